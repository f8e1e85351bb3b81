/** A small writer of line charts as one SVG, readable on light and on dark. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Line {
  readonly name: string;
  readonly points: readonly Point[];
}

/** One chart; the x axis is logarithmic, the y axis begins at 0. */
export interface Chart {
  readonly title: string;
  readonly xLabel: string;
  readonly lines: readonly Line[];
}

const WIDTH = 400, HEIGHT = 260, COLUMNS = 2;
const LEFT = 56, RIGHT = 16, TOP = 52, BOTTOM = 44;
const Y_TICKS = 4;

/** Told apart by dashes too, not by color alone. */
const STYLES = [
  { color: "#2f7ed8", dash: "none" },
  { color: "#d9822b", dash: "7 3" },
  { color: "#3a9d5d", dash: "2 3" },
  { color: "#a05bc0", dash: "9 3 2 3" },
] as const;

const CSS = `text { fill: #333; font: 12px system-ui, sans-serif }
.title { font-weight: 600 }
.small { font-size: 11px }
.grid { stroke: #888; stroke-opacity: 0.3 }
.line { fill: none; stroke-width: 2 }
@media (prefers-color-scheme: dark) { text { fill: #ddd } }`;

/** All `charts` in one SVG document, two in a row. */
export function plot(charts: readonly Chart[]): string {
  const rows = Math.ceil(charts.length / COLUMNS);
  const [width, height] = [COLUMNS * WIDTH, rows * HEIGHT];
  const drawn = charts.map((chart, i) => {
    const [x, y] = [(i % COLUMNS) * WIDTH, Math.floor(i / COLUMNS) * HEIGHT];
    return `<g transform="translate(${x} ${y})">\n${draw(chart)}</g>\n`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" ` +
    `height="${height}">\n<style>${CSS}</style>\n${drawn.join("")}</svg>\n`;
}

/** Where a value stands on the page. */
interface Scales {
  x(value: number): number;
  y(value: number): number;
}

function draw(chart: Chart): string {
  const points = chart.lines.flatMap((line) => line.points).filter(({ y }) => Number.isFinite(y));
  const xs = [...new Set(points.map(({ x }) => x))].toSorted((a, b) => a - b);
  const ticks = ticksTo(Math.max(...points.map(({ y }) => y), Number.MIN_VALUE));
  const [low, high] = [Math.log(xs[0] ?? 1), Math.log(xs.at(-1) ?? 1)];
  const top = ticks.at(-1) ?? 1;
  const scales: Scales = {
    x: (value) => LEFT + (WIDTH - LEFT - RIGHT) * (high > low ? (Math.log(value) - low) / (high - low) : 0.5),
    y: (value) => HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top,
  };
  return text(LEFT, 18, chart.title, "start", "title") +
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, chart.xLabel, "middle", "small") +
    ticks.map((tick) => drawYTick(scales, tick)).join("") +
    xs.map((x) => text(scales.x(x), HEIGHT - BOTTOM + 16, short(x), "middle", "small")).join("") +
    chart.lines.map((line, i) => drawLine(scales, line, i)).join("");
}

function drawYTick(scales: Scales, tick: number): string {
  const y = scales.y(tick).toFixed(1);
  return `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}"/>\n` +
    text(LEFT - 6, scales.y(tick) + 4, short(tick), "end", "small");
}

function drawLine(scales: Scales, { name, points }: Line, index: number): string {
  const { color, dash } = STYLES[index % STYLES.length] ?? STYLES[0];
  const there = points.filter(({ y }) => Number.isFinite(y));
  const path = there.map(({ x, y }) => `${scales.x(x).toFixed(1)},${scales.y(y).toFixed(1)}`).join(" ");
  const style = `stroke="${color}" stroke-dasharray="${dash}"`;
  const dots = there.map(({ x, y }) =>
    `<circle cx="${scales.x(x).toFixed(1)}" cy="${scales.y(y).toFixed(1)}" r="3" fill="${color}"/>\n`
  );
  const legendX = LEFT + index * 110;
  return `<polyline class="line" ${style} points="${path}"/>\n${dots.join("")}` +
    `<line class="line" ${style} x1="${legendX}" x2="${legendX + 22}" y1="34" y2="34"/>\n` +
    text(legendX + 27, 38, name, "start", "small");
}

function text(x: number, y: number, content: string, anchor: string, kind: string): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text class="${kind}" x="${x.toFixed(1)}" y="${
    y.toFixed(1)
  }" text-anchor="${anchor}">${escaped}</text>\n`;
}

/** Round numbers from 0 to no less than `highest`. */
function ticksTo(highest: number): readonly number[] {
  const rough = highest / Y_TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
  return Array.from({ length: Math.ceil(highest / step) + 1 }, (_, i) => i * step);
}

function short(value: number): string {
  if (value >= 1e6) return `${trim(value / 1e6)}M`;
  if (value >= 1e3) return `${trim(value / 1e3)}k`;
  return trim(value);
}

function trim(value: number): string {
  return `${Number(value.toPrecision(3))}`;
}
