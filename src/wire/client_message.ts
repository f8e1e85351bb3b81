/**
 * What a client may say, parsed in one pass over the read buffer. A message is a view: offsets into those bytes,
 * good until the next call of the parser that made it, so that a message costs no object.
 */
import { CR, isBlank, LF, ViewCache } from "./bytes.ts";
import type { IdHash } from "./id_hash.ts";
import { scanPosition, scanRadius, scanTime, scanWhole, wholeOf } from "./scan.ts";

/** The largest radius and bound of a WHATSAT (protocol.md: WHATSAT). */
const MAX_RADIUS_KM = 50;
export const MAX_BOUND = 20;

interface Line {
  /** The line itself is `bytes[lineStart, lineEnd)`, without its line end; the next one begins at `next`. */
  readonly lineStart: number;
  readonly lineEnd: number;
  readonly next: number;
}

/** `IAMAT <client> <position> <time>` */
export interface Iamat extends Line {
  readonly kind: "iamat";
  readonly idStart: number;
  readonly idEnd: number;
  readonly idHash: number;
  readonly positionStart: number;
  readonly positionEnd: number;
  readonly timeStart: number;
  readonly timeEnd: number;
  /** The client's time: whole POSIX seconds and nanoseconds past them. */
  readonly seconds: number;
  readonly nanos: number;
}

/** `WHATSAT <client> <radius> <bound>` */
export interface Whatsat extends Line {
  readonly kind: "whatsat";
  readonly idStart: number;
  readonly idEnd: number;
  readonly idHash: number;
  readonly radiusStart: number;
  readonly radiusEnd: number;
  /** 0 to 20. */
  readonly bound: number;
}

/** Any other line. */
export interface Invalid extends Line {
  readonly kind: "invalid";
}

export type ClientMessage = Iamat | Whatsat | Invalid;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const I = 0x49, A = 0x41, M = 0x4d, T = 0x54, W = 0x57, H = 0x48, S = 0x53;

/** Messages that `parseAhead` parses at most. */
export const AHEAD = 16;

/** A message of each kind, for one place ahead. */
interface Views {
  readonly iamat: Writable<Iamat>;
  readonly whatsat: Writable<Whatsat>;
  readonly invalid: Writable<Invalid>;
}

function makeViews(): Views {
  return {
    iamat: {
      kind: "iamat",
      lineStart: 0,
      lineEnd: 0,
      next: 0,
      idStart: 0,
      idEnd: 0,
      idHash: 0,
      positionStart: 0,
      positionEnd: 0,
      timeStart: 0,
      timeEnd: 0,
      seconds: 0.5, // a fraction, so that the engine keeps a double here from the start
      nanos: 0,
    },
    whatsat: {
      kind: "whatsat",
      lineStart: 0,
      lineEnd: 0,
      next: 0,
      idStart: 0,
      idEnd: 0,
      idHash: 0,
      radiusStart: 0,
      radiusEnd: 0,
      bound: 0,
    },
    invalid: { kind: "invalid", lineStart: 0, lineEnd: 0, next: 0 },
  };
}

/** Parses the lines of clients. One parser serves many sessions, since it keeps nothing between lines. */
export class ClientParser {
  /** What `parseAhead` parsed. */
  readonly ahead: ClientMessage[] = [];
  /** The hashes of their ids. */
  readonly aheadHashes: Int32Array = new Int32Array(AHEAD);
  readonly #hash: IdHash;
  readonly #bytes = new ViewCache();
  readonly #views: readonly Views[] = Array.from({ length: AHEAD }, makeViews);

  /** @param hash the registry's own, so that an id is hashed once, while it is scanned. */
  constructor(hash: IdHash) {
    this.#hash = hash;
  }

  /**
   * The message in the line that begins at `start`, or undefined where the line does not end before `end`.
   * `bytes[end]` must be an LF: it stops every scan.
   */
  parse(bytes: Uint8Array, start: number, end: number): ClientMessage | undefined {
    return this.#parse(bytes, start, end, this.#views[0]!);
  }

  /**
   * Parses as many messages as there are whole lines, up to `AHEAD`, into `ahead`, so that what they will need can be
   * fetched for all at once. They are good until the next call.
   * @returns how many.
   */
  parseAhead(bytes: Uint8Array, start: number, end: number): number {
    let count = 0;
    for (let at = start; count < AHEAD && at < end; count++) {
      const message = this.#parse(bytes, at, end, this.#views[count]!);
      if (message === undefined) break;
      this.ahead[count] = message;
      this.aheadHashes[count] = message.kind === "invalid" ? 0 : message.idHash;
      at = message.next;
    }
    return count;
  }

  #parse(bytes: Uint8Array, start: number, end: number, views: Views): ClientMessage | undefined {
    let i = start;
    while (isBlank(bytes[i]!)) i++;
    const first = bytes[i];
    if (
      first === I && bytes[i + 1] === A && bytes[i + 2] === M && bytes[i + 3] === A && bytes[i + 4] === T
    ) return this.#parseIamat(bytes, start, i + 5, end, views);
    if (
      first === W && bytes[i + 1] === H && bytes[i + 2] === A && bytes[i + 3] === T && bytes[i + 4] === S &&
      bytes[i + 5] === A && bytes[i + 6] === T
    ) return this.#parseWhatsat(bytes, start, i + 7, end, views);
    return this.#refuse(bytes, start, i, end, views);
  }

  #parseIamat(
    bytes: Uint8Array,
    start: number,
    at: number,
    end: number,
    views: Views,
  ): Iamat | Invalid | undefined {
    const message = views.iamat;
    const idStart = skipBlanks(bytes, at);
    if (idStart === at) return this.#refuse(bytes, start, at, end, views);
    const view = this.#bytes.of(bytes);
    const idEnd = this.#hash.scan(bytes, view, idStart);
    const positionStart = skipBlanks(bytes, idEnd);
    if (positionStart === idEnd) return this.#refuse(bytes, start, idEnd, end, views);
    const positionEnd = scanPosition(bytes, view, positionStart);
    if (positionEnd < 0) return this.#refuse(bytes, start, positionStart, end, views);
    const timeStart = skipBlanks(bytes, positionEnd);
    if (timeStart === positionEnd) return this.#refuse(bytes, start, timeStart, end, views);
    const timeEnd = scanTime(bytes, view, timeStart, message);
    if (timeEnd < 0) return this.#refuse(bytes, start, timeStart, end, views);
    const lf = skipBlanks(bytes, timeEnd);
    if (bytes[lf] !== LF || lf >= end) return this.#refuse(bytes, start, lf, end, views);
    message.lineStart = start;
    message.lineEnd = withoutCr(bytes, start, lf);
    message.next = lf + 1;
    message.idStart = idStart;
    message.idEnd = idEnd;
    message.idHash = this.#hash.scanned;
    message.positionStart = positionStart;
    message.positionEnd = positionEnd;
    message.timeStart = timeStart;
    message.timeEnd = timeEnd;
    return message;
  }

  #parseWhatsat(
    bytes: Uint8Array,
    start: number,
    at: number,
    end: number,
    views: Views,
  ): Whatsat | Invalid | undefined {
    const message = views.whatsat;
    const idStart = skipBlanks(bytes, at);
    if (idStart === at) return this.#refuse(bytes, start, at, end, views);
    const idEnd = this.#hash.scan(bytes, this.#bytes.of(bytes), idStart);
    const radiusStart = skipBlanks(bytes, idEnd);
    if (radiusStart === idEnd) return this.#refuse(bytes, start, idEnd, end, views);
    const radiusEnd = scanRadius(bytes, radiusStart, MAX_RADIUS_KM);
    if (radiusEnd < 0) return this.#refuse(bytes, start, radiusStart, end, views);
    const boundStart = skipBlanks(bytes, radiusEnd);
    if (boundStart === radiusEnd) return this.#refuse(bytes, start, boundStart, end, views);
    const boundEnd = scanWhole(bytes, boundStart, MAX_BOUND);
    if (boundEnd < 0) return this.#refuse(bytes, start, boundStart, end, views);
    const lf = skipBlanks(bytes, boundEnd);
    if (bytes[lf] !== LF || lf >= end) return this.#refuse(bytes, start, lf, end, views);
    message.lineStart = start;
    message.lineEnd = withoutCr(bytes, start, lf);
    message.next = lf + 1;
    message.idStart = idStart;
    message.idEnd = idEnd;
    message.idHash = this.#hash.scanned;
    message.radiusStart = radiusStart;
    message.radiusEnd = radiusEnd;
    message.bound = wholeOf(bytes, boundStart, boundEnd);
    return message;
  }

  /** The whole line is invalid, once it has ended; `from` is known to be no further than its end. */
  #refuse(bytes: Uint8Array, start: number, from: number, end: number, views: Views): Invalid | undefined {
    const lf = bytes.indexOf(LF, from);
    if (lf < 0 || lf >= end) return undefined;
    const message = views.invalid;
    message.lineStart = start;
    message.lineEnd = withoutCr(bytes, start, lf);
    message.next = lf + 1;
    return message;
  }
}

/** The offset of the first byte at or after `i` that is not blank. */
export function skipBlanks(bytes: Uint8Array, i: number): number {
  while (isBlank(bytes[i]!)) i++;
  return i;
}

/** Where the line that is ended by the LF at `lf` ends, its CR taken off. */
export function withoutCr(bytes: Uint8Array, start: number, lf: number): number {
  return lf > start && bytes[lf - 1] === CR ? lf - 1 : lf;
}
