/**
 * Cuts the results beyond a bound out of a Nearby Search response and leaves every other byte as it came: the
 * service's own indentation, number forms and escapes. ("What the Places service sent is not reformatted".)
 */

import { CR, isDigit, LF, MINUS, PLUS, POINT, SPACE, toText, ZERO } from "../wire/bytes.ts";
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  TAB,
} from "./json_bytes.ts";

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Containers within containers. Real responses have 6; many a client's JSON reader gives up at 1,000. */
const MAX_NESTING = 512;

/** Bytes are no Nearby Search response. The message completes the sentence "it sent …". */
export class ShapeError extends Error {
  override readonly name = "ShapeError";
}

/** What a response says, and where its parts lie in the bytes that it was read from. */
export interface ScannedResponse {
  readonly status: string;
  readonly errorMessage: string | undefined;
  /** Entries of `results`, before any cut. */
  readonly resultCount: number;
  /** The JSON text without a byte order mark in front and without line ends at either end. */
  readonly start: number;
  readonly end: number;
  /** From the last result that stays to the last one of all; the same twice where none is beyond the bound. */
  readonly cutFrom: number;
  readonly cutTo: number;
  /** Whether some LF follows another. */
  readonly hasBlankLine: boolean;
}

/**
 * Reads a response, to be cut to `bound` results.
 * @throws {ShapeError} unless `json` is JSON text in UTF-8 of an object with an array `results` and a string
 * `status`. Of several entries with one key the last counts, as with `JSON.parse`.
 */
export function scanResponse(json: Uint8Array, bound: number): ScannedResponse {
  return new Scanner(json, bound).response();
}

/**
 * The text of a scanned response with the results beyond the bound cut out, every run of LF made one, and no line
 * end at either end. It may share the memory of `json`.
 */
export function cutScanned(json: Uint8Array, scanned: ScannedResponse): Uint8Array {
  const { start, end, cutFrom, cutTo } = scanned;
  let text = json.subarray(start, end);
  if (cutFrom < cutTo) {
    text = new Uint8Array(end - start - (cutTo - cutFrom));
    text.set(json.subarray(start, cutFrom));
    text.set(json.subarray(cutTo, end), cutFrom - start);
  }
  return scanned.hasBlankLine ? withoutBlankLines(text) : text;
}

/**
 * Cuts the results of a Nearby Search response to `bound`.
 * @throws {ShapeError} as `scanResponse` does.
 */
export function cutResults(json: Uint8Array, bound: number): Uint8Array {
  return cutScanned(json, scanResponse(json, bound));
}

function withoutBlankLines(text: Uint8Array): Uint8Array {
  const kept = new Uint8Array(text.length);
  let length = 0;
  let previous = 0;
  for (const byte of text) {
    if (byte !== LF || previous !== LF) kept[length++] = byte;
    previous = byte;
  }
  return kept.subarray(0, length);
}

/** The `results` of a response: how many, and the part of them that goes. */
interface Results {
  readonly count: number;
  readonly cutFrom: number;
  readonly cutTo: number;
}

/** The closing byte of each container that a value lies in. One for all scans: none begins within another. */
const closers = new Uint8Array(MAX_NESTING);

/** One pass over a response. `at` is the offset of the next byte to look at. */
class Scanner {
  private readonly bytes: Uint8Array;
  private readonly bound: number;
  private readonly start: number;
  private readonly end: number;
  private at: number;
  private hasBlankLine = false;
  /** All bytes within strings, or-ed: whether there is anything but ASCII. */
  private seenBits = 0;
  private results: Results | undefined;
  private status: string | undefined;
  private errorMessage: string | undefined;

  constructor(bytes: Uint8Array, bound: number) {
    this.bytes = bytes;
    this.bound = bound;
    let start = BYTE_ORDER_MARK.every((byte, i) => bytes[i] === byte) ? BYTE_ORDER_MARK.length : 0;
    let end = bytes.length;
    while (start < end && isLineEnd(bytes[start]!)) start++;
    while (end > start && isLineEnd(bytes[end - 1]!)) end--;
    this.start = start;
    this.end = end;
    this.at = start;
  }

  response(): ScannedResponse {
    this.skipSpace();
    if (this.bytes[this.at] === OPEN_BRACE) this.members();
    else this.skipValue();
    this.skipSpace();
    if (this.at !== this.end) throw this.notJson();
    if (this.seenBits > 0x7f) this.checkUtf8();
    const { results, status, errorMessage, start, end, hasBlankLine } = this;
    if (results === undefined) throw new ShapeError("JSON without an array of results");
    if (status === undefined) throw new ShapeError("JSON without a status");
    const { count, cutFrom, cutTo } = results;
    return { status, errorMessage, resultCount: count, start, end, cutFrom, cutTo, hasBlankLine };
  }

  /** The top-level object. */
  private members(): void {
    this.at++;
    this.skipSpace();
    if (this.bytes[this.at] === CLOSE_BRACE) {
      this.at++;
      return;
    }
    do {
      this.skipSpace();
      this.member(this.key());
    } while (this.another(CLOSE_BRACE));
  }

  private member(key: string): void {
    const from = this.at;
    if (key === "results") {
      this.results = undefined;
      if (this.bytes[from] === OPEN_BRACKET) this.results = this.resultArray();
      else this.skipValue();
      return;
    }
    this.skipValue();
    if (key === "status") this.status = this.stringAt(from);
    else if (key === "error_message") this.errorMessage = this.stringAt(from);
  }

  private resultArray(): Results {
    let cutFrom = ++this.at;
    let cutTo = cutFrom;
    let count = 0;
    this.skipSpace();
    if (this.bytes[this.at] === CLOSE_BRACKET) {
      this.at++;
      return { count, cutFrom, cutTo };
    }
    do {
      this.skipSpace();
      this.skipValue();
      cutTo = this.at;
      if (++count <= this.bound) cutFrom = cutTo;
    } while (this.another(CLOSE_BRACKET));
    return { count, cutFrom, cutTo };
  }

  /** Past the comma before another entry (true) or the end of its container (false). */
  private another(closer: number): boolean {
    this.skipSpace();
    const byte = this.bytes[this.at++];
    if (byte !== COMMA && byte !== closer) throw this.notJson();
    return byte === COMMA;
  }

  /** Past one value, however deep, without recursion: the service decides how deep. */
  private skipValue(): void {
    let depth = 0;
    do {
      const byte = this.bytes[this.at];
      if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        const closer = byte === OPEN_BRACE ? CLOSE_BRACE : CLOSE_BRACKET;
        this.at++;
        this.skipSpace();
        if (this.bytes[this.at] !== closer) {
          if (depth === MAX_NESTING) throw new ShapeError("JSON nested too deep");
          closers[depth++] = closer;
          if (closer === CLOSE_BRACE) this.skipKey();
          continue;
        }
        this.at++;
      } else {
        this.skipScalar();
      }
      depth = this.leaveEnded(depth);
    } while (depth > 0);
  }

  /** Behind a value: out of the containers that end here, up to the next value in the one that does not. */
  private leaveEnded(depth: number): number {
    while (depth > 0) {
      const closer = closers[depth - 1]!;
      if (this.another(closer)) {
        this.skipSpace();
        if (closer === CLOSE_BRACE) this.skipKey();
        break;
      }
      depth--;
    }
    return depth;
  }

  /** Past a key, its colon and the space up to the value. */
  private skipKey(): void {
    this.skipString();
    this.skipSpace();
    if (this.bytes[this.at++] !== COLON) throw this.notJson();
    this.skipSpace();
  }

  private key(): string {
    const from = this.at;
    this.skipKey();
    return this.stringAt(from) ?? "";
  }

  /** The string that begins at `from`, already scanned; undefined for a value that is no string. */
  private stringAt(from: number): string | undefined {
    if (this.bytes[from] !== QUOTE) return undefined;
    let to = from + 1;
    while (this.bytes[to] !== QUOTE) to += this.bytes[to] === BACKSLASH ? 2 : 1;
    // With its quotes: the decoder would take a byte order mark at the very beginning away.
    const literal = toText(this.bytes, from, to + 1);
    if (!literal.includes("\\")) return literal.slice(1, -1);
    const parsed: unknown = JSON.parse(literal);
    return typeof parsed === "string" ? parsed : undefined;
  }

  private skipScalar(): void {
    const byte = this.bytes[this.at];
    if (byte === QUOTE) this.skipString();
    else if (byte === MINUS || (byte !== undefined && isDigit(byte))) this.skipNumber();
    else if (!this.skipWord("true") && !this.skipWord("false") && !this.skipWord("null")) {
      throw this.notJson();
    }
  }

  private skipWord(word: string): boolean {
    for (let i = 0; i < word.length; i++) {
      if (this.bytes[this.at + i] !== word.charCodeAt(i)) return false;
    }
    this.at += word.length;
    return true;
  }

  private skipNumber(): void {
    if (this.bytes[this.at] === MINUS) this.at++;
    if (this.bytes[this.at] === ZERO) this.at++;
    else this.skipDigits();
    if (this.bytes[this.at] === POINT) {
      this.at++;
      this.skipDigits();
    }
    if ((this.bytes[this.at]! | SPACE) !== 0x65) return; // neither "e" nor "E"
    this.at++;
    const sign = this.bytes[this.at];
    if (sign === PLUS || sign === MINUS) this.at++;
    this.skipDigits();
  }

  /** Past one digit or more. */
  private skipDigits(): void {
    const from = this.at;
    while (this.at < this.end && isDigit(this.bytes[this.at]!)) this.at++;
    if (this.at === from) throw this.notJson();
  }

  private skipString(): void {
    const { bytes, end } = this;
    if (bytes[this.at] !== QUOTE) throw this.notJson();
    let at = this.at + 1;
    let seenBits = 0;
    while (at < end) {
      const byte = bytes[at]!;
      if (byte === QUOTE) {
        this.at = at + 1;
        this.seenBits |= seenBits;
        return;
      }
      if (byte < SPACE) break;
      seenBits |= byte;
      at = byte === BACKSLASH ? this.pastEscape(at) : at + 1;
    }
    throw this.notJson();
  }

  private pastEscape(at: number): number {
    const byte = this.bytes[at + 1]!;
    if (byte === 0x75) { // "u"
      for (let i = at + 2; i < at + 6; i++) {
        if (!isHexDigit(this.bytes[i]!)) throw this.notJson();
      }
      return at + 6;
    }
    if (!ESCAPED.includes(byte)) throw this.notJson();
    return at + 2;
  }

  private skipSpace(): void {
    const { bytes, end } = this;
    let at = this.at;
    for (; at < end; at++) {
      const byte = bytes[at]!;
      if (byte === LF) this.hasBlankLine ||= bytes[at - 1] === LF;
      else if (byte !== SPACE && byte !== CR && byte !== TAB) break;
    }
    this.at = at;
  }

  private checkUtf8(): void {
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(this.bytes.subarray(this.start, this.end));
    } catch {
      throw new ShapeError("text that is not UTF-8");
    }
  }

  private notJson(): ShapeError {
    return new ShapeError("no JSON");
  }
}

/** What may follow a backslash in a string, but for `u`. */
const ESCAPED: readonly number[] = [...'"\\/bfnrt'].map((char) => char.charCodeAt(0));

function isHexDigit(byte: number): boolean {
  const lower = byte | SPACE;
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66);
}

function isLineEnd(byte: number): boolean {
  return byte === LF || byte === CR;
}
