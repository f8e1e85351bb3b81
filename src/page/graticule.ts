/** The net of parallels and meridians: which lines there are at a scale, and what they are called. */

/** Degrees between two lines. */
const STEPS = [90, 60, 30, 15, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];

/** At least so many pixels between two meridians. */
const LEAST_PIXELS = 110;

/** @param pixelsPerDegree of longitude. */
export function gridStep(pixelsPerDegree: number): number {
  return STEPS.findLast((step) => step * pixelsPerDegree >= LEAST_PIXELS) ?? STEPS[0]!;
}

/** The multiples of `step` between two degrees. */
export function gridLines(from: number, to: number, step: number): readonly number[] {
  const first = Math.ceil(from / step);
  const lines: number[] = [];
  for (let i = first; i * step <= to; i++) lines.push(i * step);
  return lines;
}

/** Decimals that tell two lines apart. */
export function gridDecimals(step: number): number {
  return Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
}
