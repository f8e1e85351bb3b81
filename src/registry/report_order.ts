/** Which of two reports of one client is newer: a total order, the same on every server (protocol.md: Which report is newer). */
import { compareBytes, MINUS, POINT, SPACE, ZERO } from "../wire/bytes.ts";
import { type AtLine, emptyAtLine, ORIGIN_OFFSET, type WritableAtLine } from "../wire/link_message.ts";

/**
 * Compares two reports of equal time: by origin, then position text, then skew. Negative when `a` wins; the smaller
 * wins throughout, so that of two arrivals at one server the first stays. Skews and times that are equal but
 * written differently are told apart last, by their text.
 */
export function compareTied(a: AtLine, b: AtLine): number {
  return compareBytes(
    a.bytes,
    a.start + ORIGIN_OFFSET,
    a.originEnd,
    b.bytes,
    b.start + ORIGIN_OFFSET,
    b.originEnd,
  ) ||
    compareBytes(a.bytes, a.positionStart, a.positionEnd, b.bytes, b.positionStart, b.positionEnd) ||
    compareSkews(a, b) ||
    compareBytes(a.bytes, a.skewStart, a.skewEnd, b.bytes, b.skewStart, b.skewEnd) ||
    compareBytes(a.bytes, a.positionEnd + 1, a.end, b.bytes, b.positionEnd + 1, b.end);
}

/** Whether two reports of equal time say the same of the same origin, whenever they arrived there. */
export function isRepeated(a: AtLine, b: AtLine): boolean {
  return compareBytes(
        a.bytes,
        a.start + ORIGIN_OFFSET,
        a.originEnd,
        b.bytes,
        b.start + ORIGIN_OFFSET,
        b.originEnd,
      ) ===
      0 &&
    compareBytes(a.bytes, a.positionStart, a.positionEnd, b.bytes, b.positionStart, b.positionEnd) === 0;
}

function compareSkews(a: AtLine, b: AtLine): number {
  const aNegative = a.bytes[a.skewStart] === MINUS;
  const bNegative = b.bytes[b.skewStart] === MINUS;
  const size = compareDecimals(a.bytes, a.skewStart + 1, a.skewEnd, b.bytes, b.skewStart + 1, b.skewEnd);
  if (aNegative && bNegative) return -size;
  if (aNegative !== bNegative && !(size === 0 && isZero(a))) return aNegative ? -1 : 1;
  return size;
}

function isZero(line: AtLine): boolean {
  for (let i = line.skewStart + 1; i < line.skewEnd; i++) {
    const byte = line.bytes[i]!;
    if (byte !== ZERO && byte !== POINT) return false;
  }
  return true;
}

/** Compares two numbers written with any leading zeros, a point and nine decimals each. */
function compareDecimals(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  while (a[aStart] === ZERO && a[aStart + 1] !== POINT) aStart++;
  while (b[bStart] === ZERO && b[bStart + 1] !== POINT) bStart++;
  return (aEnd - aStart) - (bEnd - bStart) || compareBytes(a, aStart, aEnd, b, bStart, bEnd);
}

/** The fields of an AT line that is known to be one, its time and hash aside. Not for hot paths. */
export function viewAtLine(bytes: Uint8Array, start: number, end: number): AtLine {
  const ends: number[] = [];
  for (let i = start + ORIGIN_OFFSET; ends.length < 4 && i < end; i++) {
    if (bytes[i] === SPACE) ends.push(i);
  }
  const [originEnd = end, skewEnd = end, idEnd = end, positionEnd = end] = ends;
  const line: WritableAtLine = emptyAtLine();
  line.bytes = bytes;
  line.start = start;
  line.end = end;
  line.originEnd = originEnd;
  line.skewStart = originEnd + 1;
  line.skewEnd = skewEnd;
  line.idStart = skewEnd + 1;
  line.idEnd = idEnd;
  line.positionStart = idEnd + 1;
  line.positionEnd = positionEnd;
  return line;
}
