// The section of live values: rates and answer times, sample by sample.
import type { Status } from "./api";
import { byId, facts, setText } from "./dom";
import { count, milliseconds, rate } from "./format";
import { MovingPlot } from "./plots";
import { ratesBetween, sampleOf } from "./rates";
import type { Sample } from "./rates";
import { between, histogramsOf, quantile } from "./times";
import type { Histograms } from "./times";

export class Live {
  private readonly ratePlot = new MovingPlot(byId("rate-plot"), [
    { label: "Queries", colour: "--series-1" },
    { label: "To other servers", colour: "--series-2", dash: [6, 4] },
  ], rate);
  private timesPlot: MovingPlot | null = null;
  private last: Sample | null = null;
  private lastTimes: Histograms | null = null;

  show(status: Status): void {
    const sample = sampleOf(status, Date.now() / 1000);
    const rates = this.last && ratesBetween(this.last, sample);
    this.last = sample;
    const cached = status.resolver?.["cache_entries"]; // none on a node that does not resolve
    facts(byId("live-facts"), [
      ["Queries per second", rates ? rate(rates.received) : "…"],
      ["Queries since the start", count(sample.received)],
      ["TCP connections", count(status.tcp.connections_open)],
      ...(cached === undefined ? [] : [["Records in the cache", count(cached)] as [string, string]]),
    ]);
    if (!rates) return;
    this.ratePlot.add(rates.at, [rates.received, rates.upstream]);
    setText(byId("rate-caption"), `Queries per second, now ${rate(rates.received)}`);
  }

  showTimes(metrics: string): void {
    const now = histogramsOf(metrics);
    const before = this.lastTimes;
    this.lastTimes = now;
    if (!now) return;
    byId("times").hidden = false;
    this.timesPlot ??= new MovingPlot(byId("times-plot"), [
      { label: "At once, half", colour: "--series-1" },
      { label: "At once, 99 of 100", colour: "--series-1", dash: [6, 4] },
      { label: "Resolved, half", colour: "--series-2" },
      { label: "Resolved, 99 of 100", colour: "--series-2", dash: [6, 4] },
    ], (ms) => milliseconds(ms), true);
    if (!before) return;
    const values = [between(before.immediate, now.immediate), between(before.resolved, now.resolved)]
      .flatMap((buckets) => (buckets ? [quantile(buckets, 0.5), quantile(buckets, 0.99)] : [null, null]));
    this.timesPlot.add(Date.now() / 1000, values);
    const half = values[0];
    setText(byId("times-caption"), `Answer time${half === null || half === undefined ? "" : `, half within ${milliseconds(half)}`}`);
  }
}
