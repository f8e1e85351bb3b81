/**
 * The grammar of the fields, as scanners over bytes. Each takes the offset where its field begins and returns the
 * offset just past it, or -1 where the field is not of that form. All of them stop at LF, so a scan over bytes that
 * have an LF somewhere ahead needs no bound of its own. `view` is one of the same bytes, read four at a time.
 */
import { areDigits, isDigit, MINUS, PLUS, POINT, valueOfDigits, ZERO } from "./bytes.ts";

/** One coordinate: a sign, one to three digits, optionally a point and more digits; at most `limit` either way. */
function scanCoordinate(bytes: Uint8Array, view: DataView, start: number, limit: number): number {
  const sign = bytes[start];
  if (sign !== PLUS && sign !== MINUS) return -1;
  let i = start + 1;
  let whole = 0;
  let byte = bytes[i]!;
  while (isDigit(byte)) {
    whole = (whole * 10 + byte - ZERO) | 0;
    byte = bytes[++i]!;
  }
  const digits = i - start - 1;
  if (digits === 0 || digits > 3 || whole > limit) return -1;
  if (byte !== POINT) return i;
  const first = i + 1;
  const end = digitsEnd(bytes, view, first);
  return end === first || (whole === limit && !areZeros(bytes, first, end)) ? -1 : end;
}

/** A position: latitude (-90 to 90), then longitude (-180 to 180), ISO 6709 style. */
export function scanPosition(bytes: Uint8Array, view: DataView, start: number): number {
  const middle = scanCoordinate(bytes, view, start, 90);
  return middle < 0 ? -1 : scanCoordinate(bytes, view, middle, 180);
}

function digitsEnd(bytes: Uint8Array, view: DataView, start: number): number {
  const last = bytes.length - 4;
  let i = start;
  while (i <= last && areDigits(view.getInt32(i, true))) i += 4;
  while (isDigit(bytes[i]!)) i++;
  return i;
}

function areZeros(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== ZERO) return false;
  return true;
}

/** The largest whole second a time may have; far past any future limit, and exact as a number. */
export const MAX_SECONDS = 99_999_999_999;

/** A POSIX time being read: whole seconds, and nanoseconds past them. */
export interface ScannedTime {
  seconds: number;
  nanos: number;
}

/** What a count of digits after the point is multiplied by to be nanoseconds. */
const TO_NANOS = Int32Array.from({ length: 10 }, (_, digits) => 10 ** (9 - digits));

/** A time: decimal seconds, optionally a point and one to nine digits. Its value is put into `into`. */
export function scanTime(bytes: Uint8Array, view: DataView, start: number, into: ScannedTime): number {
  const last = bytes.length - 4;
  let i = start;
  let seconds = 0;
  while (i <= last) {
    const four = view.getInt32(i, true);
    if (!areDigits(four)) break;
    seconds = seconds * 10_000 + valueOfDigits(four);
    i += 4;
  }
  for (let byte = bytes[i]!; isDigit(byte); byte = bytes[++i]!) seconds = seconds * 10 + (byte - ZERO);
  if (i === start || seconds > MAX_SECONDS) return -1;
  let nanos = 0;
  if (bytes[i] === POINT) {
    const first = ++i;
    for (let four = 0; i < first + 8 && i <= last; i += 4) {
      if (!areDigits(four = view.getInt32(i, true))) break;
      nanos = (nanos * 10_000 + valueOfDigits(four)) | 0;
    }
    for (let byte = bytes[i]!; isDigit(byte); byte = bytes[++i]!) {
      if (i - first === 9) return -1;
      nanos = (nanos * 10 + byte - ZERO) | 0;
    }
    if (i === first) return -1;
    nanos *= TO_NANOS[i - first]!;
  }
  into.seconds = seconds;
  into.nanos = nanos;
  return i;
}

/** A skew: a sign, digits, a point and nine digits. */
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
