/// <reference lib="dom" />
/** The rates as numbers and small plots. */
import type { HerdView } from "./answers.ts";
import { PLOT_READINGS } from "./bounds.ts";
import { element, make, makeSvg, setText } from "./dom.ts";
import { count, rate } from "./format.ts";
import { type RateMeter, type Rates } from "./rates.ts";

const WIDTH = 120;
const HEIGHT = 34;

interface Plot {
  readonly key: keyof Rates;
  readonly words: string;
  readonly write: (value: number) => string;
}

const PLOTS: readonly Plot[] = [
  { key: "reports", words: "reports/s", write: rate },
  { key: "searches", words: "searches/s", write: rate },
  { key: "lines", words: "AT lines/s", write: rate },
  { key: "clients", words: "clients", write: count },
];

interface Drawn extends Plot {
  readonly number: HTMLElement;
  readonly line: SVGPathElement;
  readonly area: SVGPathElement;
  readonly values: number[];
}

export class RatesView {
  readonly #meter: RateMeter;
  readonly #plots: readonly Drawn[];

  constructor(meter: RateMeter) {
    this.#meter = meter;
    this.#plots = PLOTS.map(build);
  }

  /** What is shown is of a moment that is over. */
  stale(): void {
    setText(element("#rates-of", HTMLElement), "when last heard");
  }

  show(herd: HerdView, nowMs: number): void {
    const rates = this.#meter.read(herd, nowMs);
    const told = herd.servers.filter(({ own }) => own !== null).length;
    setText(
      element("#rates-of", HTMLElement),
      told === 1 ? `of ${herd.asked}` : `of ${told} servers together`,
    );
    if (rates === undefined) return;
    for (const plot of this.#plots) {
      const value = rates[plot.key];
      plot.values.push(value);
      if (plot.values.length > PLOT_READINGS) plot.values.shift();
      setText(plot.number, plot.write(value));
      draw(plot);
    }
  }
}

function build(plot: Plot): Drawn {
  const box = make("div", "rate");
  box.dataset["rate"] = plot.key;
  const number = make("span", "number", "–");
  const line = makeSvg("path", { class: "plot-line" });
  const area = makeSvg("path", { class: "plot-area" });
  const svg = makeSvg("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  });
  svg.append(area, line);
  const words = make("p", "reading");
  words.append(number, " ", make("span", "unit", plot.words));
  box.append(words, svg);
  element("#rates", HTMLElement).append(box);
  return { ...plot, number, line, area, values: [] };
}

/** From zero to the highest that is shown, the newest at the right. */
function draw({ values, line, area }: Drawn): void {
  const most = Math.max(1, ...values);
  const step = WIDTH / (PLOT_READINGS - 1);
  const start = WIDTH - (values.length - 1) * step;
  const points = values.map((value, i) =>
    `${(start + i * step).toFixed(1)} ${(HEIGHT - 2 - (HEIGHT - 4) * value / most).toFixed(1)}`
  );
  const path = `M${points.join("L")}`;
  line.setAttribute("d", path);
  area.setAttribute("d", `${path}V${HEIGHT}H${start.toFixed(1)}Z`);
}
