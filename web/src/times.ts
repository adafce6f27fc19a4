// Answer times: quantiles out of the histograms in /metrics (Prometheus text format).

const kHistograms = { immediate: "dotmesh_immediate_answer_duration_seconds", resolved: "dotmesh_resolved_answer_duration_seconds" };

// Cumulative counts by upper bound in seconds, in rising order; the last bound is Infinity.
export type Buckets = [number, number][];

export interface Histograms {
  immediate: Buckets;
  resolved: Buckets;
}

export function bucketsOf(metrics: string, name: string): Buckets {
  const found: Buckets = [];
  for (const line of metrics.split("\n")) {
    if (!line.startsWith(`${name}_bucket{`)) continue;
    const parts = /le="([^"]+)"\} (\S+)$/.exec(line);
    if (parts) found.push([parts[1] === "+Inf" ? Infinity : Number(parts[1]), Number(parts[2])]);
  }
  return found;
}

// Null on a node that has no such metrics.
export function histogramsOf(metrics: string): Histograms | null {
  const found = { immediate: bucketsOf(metrics, kHistograms.immediate), resolved: bucketsOf(metrics, kHistograms.resolved) };
  return found.immediate.length + found.resolved.length > 0 ? found : null;
}

// What was counted between the two; null when nothing was, or the node was started again.
export function between(before: Buckets, after: Buckets): Buckets | null {
  if (before.length !== after.length || after.length === 0) return null;
  const counted = after.map(([bound, n], i): [number, number] => [bound, n - before[i]![1]]);
  return counted[counted.length - 1]![1] > 0 && counted.every(([, n]) => n >= 0) ? counted : null;
}

// Milliseconds below which the share `q` of answers was given; linear inside a bucket, as Prometheus does it.
export function quantile(buckets: Buckets, q: number): number {
  const wanted = buckets[buckets.length - 1]![1] * q;
  let [lowBound, low] = [0, 0];
  for (const [bound, n] of buckets) {
    if (n >= wanted) {
      if (bound === Infinity) return lowBound * 1000;
      return (lowBound + ((bound - lowBound) * (wanted - low)) / Math.max(n - low, 1)) * 1000;
    }
    [lowBound, low] = [bound, n];
  }
  return lowBound * 1000;
}
