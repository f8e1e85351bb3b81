/** Medians and spreads of a few rounds. */

export interface Summary {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Of the values that are numbers; NaN throughout where there is none. */
export function summarize(values: readonly (number | undefined)[]): Summary {
  const sorted = values.filter((value) => value !== undefined && Number.isFinite(value)).map(Number)
    .toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = sorted.length % 2 === 1
    ? sorted[Math.floor(middle)] ?? NaN
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
  return { median, low: sorted[0] ?? NaN, high: sorted.at(-1) ?? NaN };
}

/** The share of `values` that lie below it: `percentile(sorted, 0.99)`. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}
