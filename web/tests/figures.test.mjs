// Figures of the page, computed apart from a browser: rates out of counters, quantiles out of histograms.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { transformSync } from "esbuild";

// A source without imports of its own, as JavaScript.
async function load(name) {
  const text = readFileSync(new URL(`../src/${name}`, import.meta.url), "utf8");
  const { code } = transformSync(text, { loader: "ts", format: "esm" });
  return import(`data:text/javascript,${encodeURIComponent(code)}`);
}

const { ratesBetween, sampleOf } = await load("rates.ts");
const { between, bucketsOf, histogramsOf, quantile } = await load("times.ts");
const { duration, milliseconds, rate, shortCommit } = await load("format.ts");

const status = (udp, tcp, upstream, probes) => ({
  udp: { received: udp }, tcp: { received: tcp }, upstream: { udp_sent: upstream, tcp_sent: 0 },
  ...(probes === undefined ? {} : { anycast: { queries_sent: probes } }),
});

test("rates are of all transports, by the time that really passed", () => {
  const first = sampleOf(status(100, 10, 5), 10);
  assert.deepEqual(ratesBetween(first, sampleOf(status(300, 20, 9), 12)), { at: 12, received: 105, upstream: 2 });
});

test("the watcher's own probes are no queries, and a watcher that was started again is none either", () => {
  const first = sampleOf(status(100, 0, 0, 50), 0);
  assert.equal(ratesBetween(first, sampleOf(status(130, 0, 0, 76), 1)).received, 4);
  assert.equal(ratesBetween(first, sampleOf(status(130, 0, 0, 2), 1)).received, 30);
  assert.equal(ratesBetween(first, sampleOf(status(130, 0, 0, 90), 1)).received, 0);
});

test("a node that was started again has no rate", () => {
  assert.equal(ratesBetween(sampleOf(status(100, 0, 0), 0), sampleOf(status(5, 0, 0), 1)), null);
  assert.equal(ratesBetween(sampleOf(status(1, 0, 0), 1), sampleOf(status(5, 0, 0), 1)), null);
});

const metrics = (counts) => counts.map(([le, n]) => `dotmesh_immediate_answer_duration_seconds_bucket{le="${le}"} ${n}`).join("\n");

test("buckets are read from the text format", () => {
  const text = `# TYPE x histogram\n${metrics([["0.001", 2], ["+Inf", 3]])}\nother_bucket{le="1"} 9\n`;
  assert.deepEqual(bucketsOf(text, "dotmesh_immediate_answer_duration_seconds"), [[0.001, 2], [Infinity, 3]]);
  assert.deepEqual(histogramsOf(text).resolved, []);
  assert.equal(histogramsOf("dotmesh_zones 1\n"), null);
});

test("what was counted between two looks", () => {
  assert.deepEqual(between([[1, 2], [Infinity, 4]], [[1, 5], [Infinity, 9]]), [[1, 3], [Infinity, 5]]);
  assert.equal(between([[1, 2], [Infinity, 4]], [[1, 2], [Infinity, 4]]), null);
  assert.equal(between([[1, 2], [Infinity, 4]], [[1, 1], [Infinity, 1]]), null);
  assert.equal(between([], [[1, 1]]), null);
});

test("quantiles lie inside their bucket, by its share", () => {
  const buckets = [[0.001, 50], [0.002, 100], [Infinity, 100]];
  assert.equal(quantile(buckets, 0.5), 1);
  assert.equal(quantile(buckets, 0.75), 1.5);
  assert.equal(quantile([[0.001, 0], [Infinity, 10]], 0.5), 1);  // no more is known than the last bound
});

test("figures as people read them", () => {
  assert.deepEqual([0, 0.25, 12.4, 1234.6].map(rate), ["0", "0.3", "12", "1,235"]);
  assert.deepEqual([0.0371, 0.05, 4.26, 31.7].map(milliseconds), ["0.037 ms", "0.05 ms", "4.3 ms", "32 ms"]);
  assert.deepEqual([0, 59, 60, 7300, 90000].map(duration), ["0 seconds", "59 seconds", "1 minute", "2 hours", "1 day"]);
  assert.deepEqual(["0123456789abcdef", "folder-0123456789"].map(shortCommit), ["0123456", "folder-0123456"]);
});
