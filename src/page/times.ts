/** Times as reports carry them: POSIX seconds as decimal text. */
import type { Report } from "./answers.ts";
import { CLOCK_MS } from "./bounds.ts";

/** How far the server's clock is ahead of this one. */
let aheadMs = 0;

/** @param date of an answer that has just come, as HTTP writes it: whole seconds. */
export function learnServerTime(date: string | null): void {
  const ms = Date.parse(date ?? "") - Date.now();
  if (!Number.isNaN(ms)) aheadMs = Math.abs(ms) > CLOCK_MS ? ms : 0;
}

/** POSIX seconds, by the server's clock: reports carry its time, and this one may be hours off. */
export function nowSeconds(): number {
  return (Date.now() + aheadMs) / 1000;
}

/** When the server that was told heard it, by that server's clock, in POSIX seconds. */
export function heardSeconds({ time, skew }: Report): number {
  return Number(time) + Number(skew);
}

/** The newest last. */
export function byAge(reports: readonly Report[]): readonly Report[] {
  return reports
    .map((report) => ({ report, seconds: heardSeconds(report) }))
    .sort((a, b) => a.seconds - b.seconds)
    .map(({ report }) => report);
}

/** A skew to the millisecond, where that says enough: `+0.264 s`. */
export function skewWords(skew: string): string {
  const seconds = Number(skew);
  const sign = seconds < 0 ? "−" : "+";
  return `${sign}${Math.abs(seconds).toFixed(3)} s`;
}
