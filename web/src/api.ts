// What a node tells at /api/..., as docs/OPERATIONS.md describes it. Keys that are not used here are left out.

export interface Commit {
  commit: string;
  author: string;
  subject: string;
  time: string; // RFC 3339, empty: not known
  serial: number;
}

export interface Serving extends Commit {
  since: string;
  zones: number;
  warnings: number;
  from_last_good: boolean;
  serial_note: string;
}

export interface Refused {
  commit: string;
  since: string;
  errors: number;
  text: string;
}

export interface Service {
  address: string;
  presented: boolean;
  ready: boolean;
  announced: string; // "yes", "last resort", "no"
  why: string;
  since: number | string;
}

export interface Messages {
  received: number;
  answered: number;
  dropped: number;
  malformed: number;
}

export interface Status {
  version: string;
  node: string;
  started: string;
  uptime_seconds: number;
  listening: string[];
  source: { from: string; last_fetch: string; fault: string; failures: number };
  serving: Serving | null;
  refused: Refused | null;
  faults: string[];
  anycast?: { method: string; queries_sent: number; drained: boolean; alive: boolean; services: Service[] };
  udp: Messages;
  tcp: Messages & { connections_open: number };
  upstream: { udp_sent: number; tcp_sent: number };
  resolver?: Record<string, number>;
}

export interface Zone {
  name: string;
  file: string;
  twin_of: string | null;
  serial: number;
  records: number;
  names: number;
  warnings: number;
}

export interface Zones {
  commit: string;
  total: number;
  zones: Zone[];
}

export interface RecordChange {
  owner: string;
  type: string;
  before: string | null;
  after: string | null;
}

export interface ZoneChange {
  name: string;
  twin_of: string | null;
  what: "changed" | "added" | "removed";
  serial_before: number;
  serial_after: number;
  added: number;
  removed: number;
  changed: number;
  proofs: number;
  records: RecordChange[];
}

export interface Changes {
  from: string | null;
  to: string | null;
  zones: ZoneChange[];
  zones_not_told: number;
  records_not_told: number;
}

export interface Found {
  name: string;
  zone: string;
  twins: string[];
  covers: boolean;
  records: { type: string; ttl: number; data: string }[];
  records_not_told: number;
}

export interface SearchResult {
  fault?: string;
  kind?: "address" | "name";
  results: Found[];
  more?: boolean;
  incomplete?: boolean;
}

export interface FleetNode {
  name: string;
  address: string;
  state: string;
  commit: string;
  version: string;
  latency_ms: number | null;
  error: string;
}

// A node that hangs must not leave the page waiting for ever.
const kTimeout = 8000;

async function request(path: string): Promise<Response> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), kTimeout);
  try {
    const response = await fetch(path, { signal: abort.signal, cache: "no-store" });
    if (!response.ok) throw new Error(`${path}: HTTP status ${response.status}`);
    return response;
  } finally {
    clearTimeout(timer);
  }
}

async function get<T>(path: string): Promise<T> {
  return (await request(path)).json() as Promise<T>;
}

export const getStatus = () => get<Status>("/api/status");
export const getZones = () => get<Zones | null>("/api/zones");
export const getChanges = () => get<Changes>("/api/changes");
export const getFleet = () => get<FleetNode[]>("/api/fleet");
export const search = (question: string) => get<SearchResult>(`/api/search?q=${encodeURIComponent(question)}`);
export const getMetrics = async () => (await request("/metrics")).text();
