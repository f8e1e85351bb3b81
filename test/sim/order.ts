/**
 * protocol.md's "Which report is newer", written once more and plainly, from its words alone: what the simulation
 * holds the servers against.
 */

/** An AT line, one character for each byte. */
export interface Report {
  readonly line: string;
  readonly origin: string;
  readonly skew: string;
  readonly id: string;
  readonly position: string;
  readonly time: string;
  /** The time in nanoseconds. */
  readonly nanos: bigint;
}

/** The fields of `line`, or undefined where it is no AT line. */
export function parseReport(line: string): Report | undefined {
  const [at, origin, skew, id, position, time, ...rest] = line.split(" ");
  if (at !== "AT" || time === undefined || rest.length > 0) return undefined;
  if (!/^[+-]\d+\.\d{9}$/.test(skew ?? "") || !/^\d+(\.\d{1,9})?$/.test(time)) return undefined;
  return { line, origin: origin!, skew: skew!, id: id!, position: position!, time, nanos: nanosOf(time) };
}

/** Decimal seconds in whole nanoseconds. */
export function nanosOf(decimal: string): bigint {
  const [, sign = "", whole = "0", fraction = ""] = /^([+-]?)(\d+)(?:\.(\d*))?$/.exec(decimal) ?? [];
  const nanos = BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0"));
  return sign === "-" ? -nanos : nanos;
}

function compare<T>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * More than 0 when `a` is newer than `b`: the later time wins, then the smaller origin, then the smaller position
 * text. Two that are equal so far are one report that arrived twice.
 */
export function compareReports(a: Report, b: Report): number {
  return compare(a.nanos, b.nanos) || compare(b.origin, a.origin) ||
    compare(b.position, a.position);
}
