/**
 * The grammar of the fields, as scanners over bytes. Each takes the offset where its field begins and returns the
 * offset just past it, or -1 where the field is not of that form. All of them stop at LF, so a scan over bytes that
 * have an LF somewhere ahead needs no bound of its own.
 */
import { isDigit, MINUS, PLUS, POINT, ZERO } from "./bytes.ts";

/** One coordinate: a sign, one to three digits, optionally a point and more digits; at most `limit` either way. */
export function scanCoordinate(bytes: Uint8Array, start: number, limit: number): number {
  const sign = bytes[start];
  if (sign !== PLUS && sign !== MINUS) return -1;
  let i = start + 1;
  let whole = 0;
  let byte = bytes[i]!;
  while (isDigit(byte)) {
    whole = whole * 10 + byte - ZERO;
    byte = bytes[++i]!;
  }
  const digits = i - start - 1;
  if (digits === 0 || digits > 3) return -1;
  let fraction = 0;
  if (byte === POINT) {
    const first = ++i;
    byte = bytes[i]!;
    while (isDigit(byte)) {
      fraction |= byte - ZERO;
      byte = bytes[++i]!;
    }
    if (i === first) return -1;
  }
  return whole > limit || (whole === limit && fraction !== 0) ? -1 : i;
}

/** A position: latitude (-90 to 90), then longitude (-180 to 180), ISO 6709 style. */
export function scanPosition(bytes: Uint8Array, start: number): number {
  const middle = scanCoordinate(bytes, start, 90);
  return middle < 0 ? -1 : scanCoordinate(bytes, middle, 180);
}

/** The largest whole second a time may have; far past any future limit, and exact as a number. */
export const MAX_SECONDS = 99_999_999_999;

/** A POSIX time being read: whole seconds, and nanoseconds past them. */
export interface ScannedTime {
  seconds: number;
  nanos: number;
}

/** A time: decimal seconds, optionally a point and one to nine digits. Its value is put into `into`. */
export function scanTime(bytes: Uint8Array, start: number, into: ScannedTime): number {
  let i = start;
  let seconds = 0;
  let byte = bytes[i]!;
  while (isDigit(byte)) {
    seconds = seconds * 10 + (byte - ZERO);
    byte = bytes[++i]!;
  }
  if (i === start || seconds > MAX_SECONDS) return -1;
  let nanos = 0;
  if (byte === POINT) {
    const first = ++i;
    byte = bytes[i]!;
    while (isDigit(byte)) {
      if (i - first === 9) return -1;
      nanos = nanos * 10 + byte - ZERO;
      byte = bytes[++i]!;
    }
    if (i === first) return -1;
    for (let digits = i - first; digits < 9; digits++) nanos *= 10;
  }
  into.seconds = seconds;
  into.nanos = nanos;
  return i;
}

/** A skew: a sign, digits, a point and nine digits. Read with `parseSkew`. */
export function scanSkew(bytes: Uint8Array, start: number): number {
  const sign = bytes[start];
  if (sign !== PLUS && sign !== MINUS) return -1;
  let i = start + 1;
  while (isDigit(bytes[i]!)) i++;
  const digits = i - start - 1;
  if (digits === 0 || digits > 12 || bytes[i] !== POINT) return -1;
  const first = ++i;
  while (isDigit(bytes[i]!)) i++;
  return i - first === 9 ? i : -1;
}

/**
 * A radius: digits, optionally a point and more digits, 0 to `maxKm`.
 * @returns the offset past it, or -1.
 */
export function scanRadius(bytes: Uint8Array, start: number, maxKm: number): number {
  let i = start;
  let whole = 0;
  while (isDigit(bytes[i]!)) whole = whole * 10 + bytes[i++]! - ZERO;
  if (i === start) return -1;
  let fraction = 0;
  if (bytes[i] === POINT) {
    const first = ++i;
    while (isDigit(bytes[i]!)) fraction |= bytes[i++]! - ZERO;
    if (i === first) return -1;
  }
  return whole > maxKm || (whole === maxKm && fraction !== 0) ? -1 : i;
}

/** A whole number from 0 to `max`, in digits. */
export function scanWhole(bytes: Uint8Array, start: number, max: number): number {
  let i = start;
  let value = 0;
  while (isDigit(bytes[i]!)) value = value * 10 + bytes[i++]! - ZERO;
  return i === start || value > max ? -1 : i;
}

/** The number that the digits of `bytes[start, end)` write. */
export function wholeOf(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let i = start; i < end; i++) value = value * 10 + bytes[i]! - ZERO;
  return value;
}
