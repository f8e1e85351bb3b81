/** Bytes and the few things that everything on the wire is made of. */

export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const PLUS = 0x2b;
export const MINUS = 0x2d;
export const POINT = 0x2e;
export const QUESTION = 0x3f;
export const ZERO = 0x30;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The UTF-8 bytes of `text`. */
export function toBytes(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** The text of bytes known to be UTF-8; what is not becomes U+FFFD. */
export function toText(bytes: Uint8Array, start = 0, end = bytes.length): string {
  return decoder.decode(bytes.subarray(start, end));
}

/** Whether `byte` separates fields within a line: the protocol's white space but LF, which ends the line. */
export function isBlank(byte: number): boolean {
  return byte === SPACE || (byte >= 0x09 && byte <= CR && byte !== LF);
}

export function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= 0x39;
}

/** The offset of the first white space, LF too, at or after `i`. There must be one. */
export function fieldEnd(bytes: Uint8Array, i: number): number {
  let byte = bytes[i]!;
  while (byte > SPACE || (byte !== LF && !isBlank(byte))) byte = bytes[++i]!;
  return i;
}

// Four bytes at a time, as one 32-bit number.

/** Whether one of the four bytes is below 33, as all white space is. */
export function hasBelow33(four: number): boolean {
  return ((four - 0x21212121) & ~four & 0x80808080) !== 0;
}

/** Whether the four bytes are all digits. */
export function areDigits(four: number): boolean {
  return ((four & 0xf0f0f0f0) | (((four + 0x06060606) & 0xf0f0f0f0) >>> 4)) === 0x33333333;
}

/** The number that four digits write, the first of them lowest. */
export function valueOfDigits(four: number): number {
  const digits = four & 0x0f0f0f0f;
  const pairs = (Math.imul(digits, 10) + (digits >>> 8)) & 0x00ff00ff;
  return (pairs & 0xff) * 100 + (pairs >>> 16);
}

/** Byte order of `a[aStart, aEnd)` and `b[bStart, bEnd)`: negative, zero or positive. */
export function compareBytes(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const shared = Math.min(aEnd - aStart, bEnd - bStart);
  for (let i = 0; i < shared; i++) {
    const difference = a[aStart + i]! - b[bStart + i]!;
    if (difference !== 0) return difference;
  }
  return (aEnd - aStart) - (bEnd - bStart);
}

/** Whether `bytes` has `prefix` at `start`. */
export function startsWith(bytes: Uint8Array, start: number, end: number, prefix: Uint8Array): boolean {
  if (end - start < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) {
    if (bytes[start + i] !== prefix[i]) return false;
  }
  return true;
}

/**
 * Keeps the view of the array it saw last, through which bytes are moved eight at a time. Most callers see one array
 * for as long as they live, and making a view costs as much as handling a message.
 */
export class ViewCache {
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(this.#bytes.buffer);

  of(bytes: Uint8Array): DataView {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    return this.#view;
  }
}

/** Copies `from[start, end)` to `to` at `at`, and nothing beyond. For short runs; `set` is better at long ones. */
export function copyBytes(from: DataView, start: number, end: number, to: DataView, at: number): void {
  const last = end - 8;
  if (last < start) {
    for (let i = start; i < end; i++) to.setUint8(at++, from.getUint8(i));
    return;
  }
  const shift = at - start;
  for (let i = start; i < last; i += 8) to.setBigUint64(i + shift, from.getBigUint64(i));
  to.setBigUint64(last + shift, from.getBigUint64(last));
}

/** Whether `a[aStart, aStart + length)` and `b[bStart, bStart + length)` are the same bytes. */
export function equalBytes(
  a: DataView,
  aStart: number,
  b: DataView,
  bStart: number,
  length: number,
): boolean {
  const last = length - 4;
  if (last < 0) {
    for (let i = 0; i < length; i++) if (a.getUint8(aStart + i) !== b.getUint8(bStart + i)) return false;
    return true;
  }
  for (let i = 0; i < last; i += 4) if (a.getInt32(aStart + i) !== b.getInt32(bStart + i)) return false;
  return a.getInt32(aStart + last) === b.getInt32(bStart + last);
}
