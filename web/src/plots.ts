// Moving plots of the last minutes. Each is one uPlot in the colours of the style sheet.
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

// Ten minutes at a sample a second: what fits a screen; older samples go.
const kMaxSamples = 600;

const clock = (at: number) => new Date(at * 1000).toLocaleTimeString("en-GB");

export interface Series {
  label: string;
  colour: string; // name of a custom property
  dash?: number[];
}

export class MovingPlot {
  private readonly columns: (number | null)[][];
  private plot: uPlot | null = null;

  constructor(private readonly parent: HTMLElement, private readonly series: Series[],
              private readonly text: (value: number) => string, private readonly logarithmic = false) {
    this.columns = [[], ...series.map(() => [])];
    new ResizeObserver(() => this.resize()).observe(parent);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  // Null: nothing known at that time.
  add(at: number, values: (number | null)[]): void {
    [at, ...values].forEach((value, i) => {
      const column = this.columns[i]!;
      column.push(value);
      if (column.length > kMaxSamples) column.shift();
    });
    if (this.plot) this.plot.setData(this.columns as uPlot.AlignedData);
    else this.draw();
    // Where nobody points at the plot, its legend tells the newest values.
    if ((this.plot?.cursor.idx ?? null) === null) this.plot?.setLegend({ idx: this.columns[0]!.length - 1 });
  }

  private colour(name: string): string {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  private draw(): void {
    this.plot?.destroy();
    const axis: uPlot.Axis = { stroke: this.colour("--muted"), grid: { stroke: this.colour("--line"), width: 1 }, ticks: { show: false } };
    const options: uPlot.Options = {
      ...this.size(),
      cursor: { y: false },
      legend: { live: true },
      scales: { y: this.logarithmic ? { distr: 3 } : { range: (_u, _min, max) => [0, max > 0 ? max * 1.1 : 1] } },
      axes: [{ ...axis, values: (_u, ticks) => ticks.map(clock), space: 80 }, { ...axis, ...this.grid(), size: 64, values: (_u, ticks) => ticks.map((tick) => (tick === null ? "" : this.text(tick))) }],
      series: [
        { value: (_u, at) => (at === null ? "" : clock(at)) },
        ...this.series.map((series): uPlot.Series => ({
          label: series.label,
          stroke: this.colour(series.colour),
          width: 2,
          dash: series.dash,
          spanGaps: true,
          points: { show: false },
          value: (_u, value) => (value === null ? "" : this.text(value)),
        })),
      ],
    };
    this.plot = new uPlot(options, this.columns as uPlot.AlignedData, this.parent);
  }

  // On a logarithmic scale only the powers of ten.
  private grid(): uPlot.Axis {
    if (!this.logarithmic) return {};
    const powers = (_u: uPlot, splits: number[]) => splits.map((at) => (Number.isInteger(Math.log10(at)) ? at : null));
    return { filter: powers, grid: { stroke: this.colour("--line"), width: 1, filter: powers } };
  }

  private size(): { width: number; height: number } {
    return { width: Math.max(this.parent.clientWidth, 200), height: 190 };
  }

  private resize(): void {
    const size = this.size();
    if (this.plot && this.plot.width !== size.width) this.plot.setSize(size);
  }
}
