// Rates out of counters that only rise. A counter that fell belongs to a node that was started again.
import type { Status } from "./api";

export interface Sample {
  at: number; // seconds, of this browser's clock
  received: number;
  answered: number;
  upstream: number;
}

export interface Rates {
  at: number;
  received: number; // a second
  answered: number;
  upstream: number;
}

export function sampleOf(status: Status, at: number): Sample {
  return {
    at,
    received: status.udp.received + status.tcp.received,
    answered: status.udp.answered + status.tcp.answered,
    upstream: status.upstream.udp_sent + status.upstream.tcp_sent,
  };
}

export function ratesBetween(before: Sample, after: Sample): Rates | null {
  const seconds = after.at - before.at;
  if (seconds <= 0 || after.received < before.received) return null;
  const per = (key: "received" | "answered" | "upstream") => Math.max(0, after[key] - before[key]) / seconds;
  return { at: after.at, received: per("received"), answered: per("answered"), upstream: per("upstream") };
}
