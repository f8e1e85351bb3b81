/**
 * From reads to lines. A read is laid behind the unfinished line before it, in one work buffer that all sessions
 * share, so that a parser always sees whole lines in one array, however the bytes were split.
 */
import { CR, LF } from "./bytes.ts";

/** Reads longer than this are taken in pieces. */
const READ_BYTES = 65_536;

/** A work buffer for lines of up to `lineBytes`. Handling a read is synchronous, so one serves all connections. */
export function makeWorkBuffer(lineBytes: number): Uint8Array {
  return new Uint8Array(READ_BYTES + lineBytes + 3);
}

/** Takes the lines of one read, one after the other, from `bytes`. */
export interface LineTaker {
  /**
   * Handles whole lines of `bytes[start, end)`, where `bytes[end]` is an LF put there to stop scans.
   * @returns the offset of the first byte not handled: of an unfinished line, or where it was told to stop.
   */
  takeLines(bytes: Uint8Array, start: number, end: number): number;
  /** A line has grown past the limit; its first bytes are `bytes[start, end)`. The rest will be dropped. */
  refuseLong(bytes: Uint8Array, start: number, end: number): void;
  /** The peer ended in mid-line; the rest is `bytes[start, end)`, and `bytes[end]` is an LF. */
  takeLast(bytes: Uint8Array, start: number, end: number): void;
}

export class LineReader {
  readonly #work: Uint8Array;
  readonly #lineBytes: number;
  /** The unfinished line, or, after a stop, all that waits. Null while there is nothing. */
  #kept: Uint8Array | null = null;
  #keptBytes = 0;
  /** Whether whole lines may wait in what is kept. */
  #stopped = false;
  #dropping = false;

  /** @param work made by `makeWorkBuffer` for at least `lineBytes`. */
  constructor(work: Uint8Array, lineBytes: number) {
    this.#work = work;
    this.#lineBytes = lineBytes;
  }

  /** Bytes of an unfinished line, or of lines that wait. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** Whether a line has begun and not ended. */
  get inLine(): boolean {
    return this.#keptBytes > 0 || this.#dropping;
  }

  /** Whether `takeLines` stopped before the last whole line; `resume` goes on. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Hands the lines that `read` completes to `taker`. While stopped, what comes is kept. */
  feed(read: Uint8Array, taker: LineTaker): void {
    for (let at = 0; at < read.length; at += READ_BYTES) {
      this.#feedPiece(read.length <= READ_BYTES ? read : read.subarray(at, at + READ_BYTES), taker);
    }
  }

  /** Goes on with what was kept at a stop. */
  resume(taker: LineTaker): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    const kept = this.#kept;
    const length = this.#keptBytes;
    this.#keptBytes = 0;
    this.#kept = null;
    if (kept !== null) this.feed(kept.subarray(0, length), taker);
  }

  /** The peer has ended. Not to be called while stopped. */
  finish(taker: LineTaker): void {
    const length = this.#keptBytes;
    if (length === 0) return;
    this.#work.set(this.#kept!.subarray(0, length));
    this.#keptBytes = 0;
    this.#kept = null;
    this.#work[length] = LF;
    taker.takeLast(this.#work, 0, length);
  }

  #feedPiece(read: Uint8Array, taker: LineTaker): void {
    if (this.#stopped) return this.#keep(read, 0, read.length);
    let from = 0;
    if (this.#dropping) {
      from = read.indexOf(LF) + 1;
      if (from === 0) return;
      this.#dropping = false;
    }
    const kept = this.#keptBytes;
    if (kept > 0 && read.indexOf(LF, from) < 0) {
      this.#keep(read, from, read.length);
      return this.#checkLong(taker);
    }
    const work = this.#work;
    if (kept > 0) work.set(this.#kept!.subarray(0, kept));
    work.set(from === 0 ? read : read.subarray(from), kept);
    const end = kept + read.length - from;
    work[end] = LF;
    this.#keptBytes = 0;
    const rest = taker.takeLines(work, 0, end);
    if (rest === end) {
      if (kept > 0) this.#kept = null;
      return;
    }
    this.#keep(work, rest, end);
    if (work.indexOf(LF, rest) < end) this.#stopped = true;
    else this.#checkLong(taker);
  }

  #keep(bytes: Uint8Array, start: number, end: number): void {
    const length = this.#keptBytes + end - start;
    if (this.#kept === null || this.#kept.length < length) {
      const grown = new Uint8Array(Math.max(128, length * 2));
      if (this.#kept !== null) grown.set(this.#kept.subarray(0, this.#keptBytes));
      this.#kept = grown;
    }
    this.#kept.set(bytes.subarray(start, end), this.#keptBytes);
    this.#keptBytes = length;
  }

  /** An unfinished line that is longer than the limit whatever comes is refused now, and its rest dropped. */
  #checkLong(taker: LineTaker): void {
    const kept = this.#kept;
    const length = this.#keptBytes;
    const limit = this.#lineBytes;
    if (kept === null || length <= limit || (length === limit + 1 && kept[limit] === CR)) return;
    this.#keptBytes = 0;
    this.#kept = null;
    this.#dropping = true;
    taker.refuseLong(kept, 0, limit);
  }
}
