// Rates out of counters that only rise. A counter that fell belongs to a node that was started again.
import type { Status } from "./api";

export interface Sample {
  at: number; // seconds, of this browser's clock
  received: number;
  upstream: number;
  probes: number; // of `received`, by the node's own watcher
}

export interface Rates {
  at: number;
  received: number; // a second, probes left out
  upstream: number;
}

export function sampleOf(status: Status, at: number): Sample {
  return {
    at,
    received: status.udp.received + status.tcp.received,
    upstream: status.upstream.udp_sent + status.upstream.tcp_sent,
    probes: status.anycast?.queries_sent ?? 0,
  };
}

export function ratesBetween(before: Sample, after: Sample): Rates | null {
  const seconds = after.at - before.at;
  if (seconds <= 0 || after.received < before.received) return null;
  const per = (key: "received" | "upstream" | "probes") => Math.max(0, after[key] - before[key]) / seconds;
  return { at: after.at, received: Math.max(0, per("received") - per("probes")), upstream: per("upstream") };
}
