/** What the readers of places files share: the rows that they leave out, and the bytes that they step over. */
import { CR, LF, SPACE } from "../wire/bytes.ts";
import { TAB } from "./json_bytes.ts";

/** A places file that cannot be used. Its message says which file, where possible which line, and what. */
export class PlacesFileError extends Error {
  override readonly name = "PlacesFileError";
}

/** A row that was left out. */
export interface SkippedRow {
  /** From 1. */
  readonly line: number;
  readonly reason: string;
}

/** Counts the rows left out, and finds the first one's line only when it is asked for. */
export class SkippedRows {
  readonly #bytes: Uint8Array;
  count = 0;
  #firstAt = 0;
  #firstReason = "";

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Leaves out the row that begins at byte `at`. */
  add(at: number, reason: string): void {
    if (this.count === 0) {
      this.#firstAt = at;
      this.#firstReason = reason;
    }
    this.count++;
  }

  get first(): SkippedRow | undefined {
    if (this.count === 0) return undefined;
    return { line: lineOf(this.#bytes, this.#firstAt), reason: this.#firstReason };
  }
}

/** The line, from 1, that byte `at` is on. */
export function lineOf(bytes: Uint8Array, at: number): number {
  let line = 1;
  for (let end = bytes.indexOf(LF); end !== -1 && end < at; end = bytes.indexOf(LF, end + 1)) {
    line++;
  }
  return line;
}

export function hasByteOrderMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/** The first byte from `at` on that is no white space. */
export function skipBlank(bytes: Uint8Array, at: number): number {
  let next = at;
  while (next < bytes.length && isBlank(bytes[next] as number)) next++;
  return next;
}

export function isBlank(byte: number): boolean {
  return byte === SPACE || byte === LF || byte === CR || byte === TAB;
}
