/**
 * What neighbors say to each other on a link, version 1 (docs/links.md). Parsed in one pass into
 * views, as the messages of clients are.
 */
import { fieldEnd, LF, SPACE, startsWith, toBytes, toText, ViewCache } from "./bytes.ts";
import { AHEAD, withoutCr } from "./client_message.ts";
import type { IdHash } from "./id_hash.ts";
import { scanPosition, scanSkew, scanTime } from "./scan.ts";

/** The version of the link's language, first on each of its own lines. */
export const LINK_VERSION = "HERD/1";

/** A report as one line: `AT <origin> <skew> <client> <position> <time>`, with where each field stands. */
export interface AtLine {
  readonly bytes: Uint8Array;
  /** The line is `bytes[start, end)`, without its LF; its fields are one space apart. */
  readonly start: number;
  readonly end: number;
  readonly originEnd: number;
  readonly skewStart: number;
  readonly skewEnd: number;
  readonly idStart: number;
  readonly idEnd: number;
  readonly idHash: number;
  readonly positionStart: number;
  readonly positionEnd: number;
  /** The client's time: whole POSIX seconds and nanoseconds past them. */
  readonly seconds: number;
  readonly nanos: number;
}

export type WritableAtLine = { -readonly [K in keyof AtLine]: AtLine[K] };

/** The origin begins after `AT `. */
export const ORIGIN_OFFSET = 3;

export function emptyAtLine(): WritableAtLine {
  return {
    bytes: new Uint8Array(0),
    start: 0,
    end: 0,
    originEnd: 0,
    skewStart: 0,
    skewEnd: 0,
    idStart: 0,
    idEnd: 0,
    idHash: 0,
    positionStart: 0,
    positionEnd: 0,
    seconds: 0.5, // a fraction, so that the engine keeps a double here from the start
    nanos: 0,
  };
}

/** A report. */
export interface At {
  readonly kind: "at";
  readonly line: AtLine;
  readonly next: number;
}

/** `HERD/1 MARK <seq>`: all that I have changed up to `seq` has been sent. */
export interface Mark {
  readonly kind: "mark";
  readonly seq: number;
  readonly next: number;
}

/** `HERD/1 SEEN <seq>`: your `MARK` of `seq` has come to me, and so has all before it. */
export interface Seen {
  readonly kind: "seen";
  readonly seq: number;
  readonly next: number;
}

/** `HERD/1 BEAT`: I am here. */
export interface Beat {
  readonly kind: "beat";
  readonly next: number;
}

/** A line of the handshake, or one that no neighbor should send; its text says which. */
export interface OtherLine {
  readonly kind: "other";
  readonly lineStart: number;
  readonly lineEnd: number;
  readonly next: number;
}

export type LinkMessage = At | Mark | Seen | Beat | OtherLine;

const MARK = toBytes(`${LINK_VERSION} MARK `);
const SEEN = toBytes(`${LINK_VERSION} SEEN `);
const BEAT = toBytes(`${LINK_VERSION} BEAT`);

/** `HERD/1 MARK <seq>` with its LF. */
export function renderMark(seq: number): Uint8Array {
  return toBytes(`${LINK_VERSION} MARK ${seq}\n`);
}

/** `HERD/1 SEEN <seq>` with its LF. */
export function renderSeen(seq: number): Uint8Array {
  return toBytes(`${LINK_VERSION} SEEN ${seq}\n`);
}

/** `HERD/1 BEAT` with its LF. */
export const BEAT_LINE: Uint8Array = toBytes(`${LINK_VERSION} BEAT\n`);

const A = 0x41, T = 0x54;

interface WritableAt {
  readonly kind: "at";
  readonly line: WritableAtLine;
  next: number;
}

/** Parses the lines of a link. It keeps nothing between lines. */
export class LinkParser {
  /** What `parseAhead` parsed. */
  readonly ahead: LinkMessage[] = [];
  /** The hashes of its ids. */
  readonly aheadHashes: Int32Array = new Int32Array(AHEAD);
  readonly #hash: IdHash;
  readonly #bytes = new ViewCache();
  readonly #views: readonly WritableAt[] = Array.from(
    { length: AHEAD },
    () => ({ kind: "at", line: emptyAtLine(), next: 0 }),
  );

  constructor(hash: IdHash) {
    this.#hash = hash;
  }

  /**
   * The message in the line that begins at `start`, or undefined where the line does not end before `end`.
   * `bytes[end]` must be an LF.
   */
  parse(bytes: Uint8Array, start: number, end: number): LinkMessage | undefined {
    return this.#parse(bytes, start, end, this.#views[0]!);
  }

  /**
   * Parses as many messages as there are whole lines, up to `AHEAD`, into `ahead`. They are good until the next call.
   * @returns how many.
   */
  parseAhead(bytes: Uint8Array, start: number, end: number): number {
    let count = 0;
    for (let at = start; count < AHEAD && at < end; count++) {
      const message = this.#parse(bytes, at, end, this.#views[count]!);
      if (message === undefined) break;
      this.ahead[count] = message;
      this.aheadHashes[count] = message.kind === "at" ? message.line.idHash : 0;
      at = message.next;
    }
    return count;
  }

  #parse(bytes: Uint8Array, start: number, end: number, view: WritableAt): LinkMessage | undefined {
    if (bytes[start] === A && bytes[start + 1] === T && bytes[start + 2] === SPACE) {
      const after = this.#scanAt(bytes, start, view.line);
      if (after >= 0) {
        if (after >= end) return undefined;
        view.next = after + 1;
        return view;
      }
    }
    const lf = bytes.indexOf(LF, start);
    if (lf < 0 || lf >= end) return undefined;
    return parseOther(bytes, start, withoutCr(bytes, start, lf), lf + 1);
  }

  /** Scans an AT line whose fields are one space apart; the offset of its LF, or -1 where it is not one. */
  #scanAt(bytes: Uint8Array, start: number, line: WritableAtLine): number {
    const originEnd = fieldEnd(bytes, start + ORIGIN_OFFSET);
    if (originEnd === start + ORIGIN_OFFSET || bytes[originEnd] !== SPACE) return -1;
    const skewEnd = scanSkew(bytes, originEnd + 1);
    if (skewEnd < 0 || bytes[skewEnd] !== SPACE) return -1;
    const view = this.#bytes.of(bytes);
    const idEnd = this.#hash.scan(bytes, view, skewEnd + 1);
    if (idEnd === skewEnd + 1 || bytes[idEnd] !== SPACE) return -1;
    const positionEnd = scanPosition(bytes, view, idEnd + 1);
    if (positionEnd < 0 || bytes[positionEnd] !== SPACE) return -1;
    const end = scanTime(bytes, view, positionEnd + 1, line);
    if (end < 0 || bytes[end] !== LF) return -1;
    line.bytes = bytes;
    line.start = start;
    line.end = end;
    line.originEnd = originEnd;
    line.skewStart = originEnd + 1;
    line.skewEnd = skewEnd;
    line.idStart = skewEnd + 1;
    line.idEnd = idEnd;
    line.idHash = this.#hash.scanned;
    line.positionStart = idEnd + 1;
    line.positionEnd = positionEnd;
    return end;
  }
}

function parseOther(bytes: Uint8Array, start: number, end: number, next: number): LinkMessage {
  const mark = seqBehind(MARK, bytes, start, end);
  if (mark !== undefined) return { kind: "mark", seq: mark, next };
  const seen = seqBehind(SEEN, bytes, start, end);
  if (seen !== undefined) return { kind: "seen", seq: seen, next };
  if (end - start === BEAT.length && startsWith(bytes, start, end, BEAT)) return { kind: "beat", next };
  return { kind: "other", lineStart: start, lineEnd: end, next };
}

/** The number that is all that stands behind `word` in `bytes[start, end)`; undefined where that is not so. */
function seqBehind(word: Uint8Array, bytes: Uint8Array, start: number, end: number): number | undefined {
  if (!startsWith(bytes, start, end, word)) return undefined;
  const seq = toText(bytes, start + word.length, end);
  return /^\d{1,15}$/.test(seq) ? Number(seq) : undefined;
}
