/** Rendering: what a server says, written as bytes straight into the buffer that will be sent. */
import { copyBytes, LF, MINUS, PLUS, POINT, QUESTION, SPACE, toBytes, ViewCache, ZERO } from "./bytes.ts";
import type { Iamat } from "./client_message.ts";
import type { Instant } from "../runtime/runtime.ts";
import { type AtLine, emptyAtLine, type WritableAtLine } from "./link_message.ts";

/** Bytes being gathered for one write. */
export class OutBuffer {
  bytes: Uint8Array;
  length = 0;
  readonly #views = new ViewCache();

  /** @param capacity bytes it holds before it first has to grow. */
  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** The bytes, to be moved eight at a time; good until the buffer grows. */
  get data(): DataView {
    return this.#views.of(this.bytes);
  }

  /** What was gathered, in place: good until the next change. */
  view(from = 0): Uint8Array {
    return this.bytes.subarray(from, this.length);
  }
}

/** `? ` and an exact copy of the line `bytes[start, end)`. */
export function renderRefusal(out: OutBuffer, bytes: Uint8Array, start: number, end: number): void {
  out.reserve(end - start + 3);
  const to = out.bytes;
  to[out.length++] = QUESTION;
  to[out.length++] = SPACE;
  to.set(bytes.subarray(start, end), out.length);
  out.length += end - start;
  to[out.length++] = LF;
}

/** The most bytes that `AT <origin> <skew> ` takes beyond the origin's name. */
const AT_OVERHEAD_BYTES = 32;

/** Renders the AT lines of one origin. */
export class AtRenderer {
  readonly #prefix: Uint8Array;
  readonly #prefixView: DataView;
  readonly #views = new ViewCache();
  readonly #line: WritableAtLine = emptyAtLine();

  constructor(origin: string) {
    this.#prefix = toBytes(`AT ${origin} `);
    this.#prefixView = this.#views.of(this.#prefix);
  }

  /**
   * Writes the reply to an IAMAT that arrived at `arrival`: the skew is the clock at arrival minus the client's
   * time, exact in nanoseconds.
   * @returns the line's fields, in `out`; good until the next call.
   */
  render(out: OutBuffer, bytes: Uint8Array, message: Iamat, arrival: Instant): AtLine {
    const prefix = this.#prefix;
    out.reserve(prefix.length + AT_OVERHEAD_BYTES + message.timeEnd - message.idStart);
    const from = this.#views.of(bytes);
    const data = out.data;
    const to = out.bytes;
    const start = out.length;
    let i = start + prefix.length;
    copyBytes(this.#prefixView, 0, prefix.length, data, start);
    const line = this.#line;
    line.bytes = to;
    line.start = start;
    line.originEnd = i - 1;
    line.skewStart = i;
    i = writeSkew(to, data, i, arrival.seconds - message.seconds, arrival.nanos - message.nanos);
    line.skewEnd = i;
    to[i++] = SPACE;
    line.idStart = i;
    line.idHash = message.idHash;
    const { idStart, idEnd, positionStart, positionEnd, timeStart, timeEnd } = message;
    line.idEnd = i + idEnd - idStart;
    line.positionStart = line.idEnd + 1;
    line.positionEnd = line.positionStart + positionEnd - positionStart;
    if (timeEnd - idStart === idEnd - idStart + positionEnd - positionStart + timeEnd - timeStart + 2) {
      // The fields stand one byte apart, as they nearly always do: they are copied in one go.
      copyBytes(from, idStart, timeEnd, data, i);
    } else {
      copyBytes(from, idStart, idEnd, data, i);
      copyBytes(from, positionStart, positionEnd, data, line.positionStart);
      copyBytes(from, timeStart, timeEnd, data, line.positionEnd + 1);
    }
    to[line.idEnd] = SPACE;
    to[line.positionEnd] = SPACE;
    i = line.positionEnd + 1 + timeEnd - timeStart;
    line.end = i;
    line.seconds = message.seconds;
    line.nanos = message.nanos;
    to[i++] = LF;
    out.length = i;
    return line;
  }
}

/**
 * Writes a skew: its sign and nine decimals.
 * @param seconds the whole seconds of the difference, either sign; `nanos` those of the nanoseconds.
 * @param data a view of `to`.
 * @returns the offset past it.
 */
export function writeSkew(
  to: Uint8Array,
  data: DataView,
  at: number,
  seconds: number,
  nanos: number,
): number {
  if (nanos < 0) {
    nanos += 1_000_000_000;
    seconds -= 1;
  }
  let sign = PLUS;
  if (seconds < 0) {
    sign = MINUS;
    // -(seconds + nanos/1e9), both parts positive again
    seconds = -seconds;
    if (nanos > 0) {
      seconds -= 1;
      nanos = 1_000_000_000 - nanos;
    }
  }
  to[at++] = sign;
  at = writeWhole(to, at, seconds);
  to[at++] = POINT;
  return writeNanos(data, at, nanos);
}

/** Writes a whole number of 0 or more in decimal. */
export function writeWhole(to: Uint8Array, at: number, value: number): number {
  if (value < 10) {
    to[at] = ZERO + value;
    return at + 1;
  }
  let digits = 2;
  for (let rest = value; rest >= 100; rest /= 10) digits++;
  let rest = value;
  for (let i = at + digits - 1; i >= at; i--) {
    const tenth = Math.floor(rest / 10);
    to[i] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
  return at + digits;
}

/** Three digits each, as they stand in memory, and a zero byte. */
const THREE_DIGITS = Int32Array.from(
  { length: 1_000 },
  (_, n) => (ZERO + Math.floor(n / 100)) | (ZERO + Math.floor(n / 10) % 10) << 8 | (ZERO + n % 10) << 16,
);

/** Writes nanoseconds (0 to 999,999,999) as nine digits. */
export function writeNanos(to: DataView, at: number, nanos: number): number {
  const whole = nanos | 0;
  const thousands = (whole / 1_000) | 0;
  const millions = (whole / 1_000_000) | 0;
  to.setInt32(at, THREE_DIGITS[millions]!, true);
  to.setInt32(at + 3, THREE_DIGITS[thousands - millions * 1_000]!, true);
  const last = THREE_DIGITS[whole - thousands * 1_000]!;
  to.setInt16(at + 6, last, true);
  to.setInt8(at + 8, last >> 16);
  return at + 9;
}
