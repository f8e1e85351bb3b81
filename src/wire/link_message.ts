/**
 * What neighbors say to each other on a link, version 1 (the README's "Between servers"). Parsed in one pass into
 * views, as the messages of clients are.
 */
import { isBlank, LF, SPACE, startsWith, toBytes, toText } from "./bytes.ts";
import { withoutCr } from "./client_message.ts";
import { finish, type IdHash, mix } from "./id_hash.ts";
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

export type LinkMessage = At | Mark | Beat | OtherLine;

const MARK = toBytes(`${LINK_VERSION} MARK `);
const BEAT = toBytes(`${LINK_VERSION} BEAT`);

/** `HERD/1 MARK <seq>` with its LF. */
export function renderMark(seq: number): Uint8Array {
  return toBytes(`${LINK_VERSION} MARK ${seq}\n`);
}

/** `HERD/1 BEAT` with its LF. */
export const BEAT_LINE: Uint8Array = toBytes(`${LINK_VERSION} BEAT\n`);

const A = 0x41, T = 0x54;

/** Parses the lines of a link. It keeps nothing between lines. */
export class LinkParser {
  readonly #words: Int32Array;
  readonly #line = emptyAtLine();
  readonly #at: { kind: "at"; line: WritableAtLine; next: number } = {
    kind: "at",
    line: this.#line,
    next: 0,
  };

  constructor(hash: IdHash) {
    this.#words = hash.words;
  }

  /**
   * The message in the line that begins at `start`, or undefined where the line does not end before `end`.
   * `bytes[end]` must be an LF.
   */
  parse(bytes: Uint8Array, start: number, end: number): LinkMessage | undefined {
    if (bytes[start] === A && bytes[start + 1] === T && bytes[start + 2] === SPACE) {
      const after = this.#scanAt(bytes, start);
      if (after >= 0) {
        if (after >= end) return undefined;
        this.#at.next = after + 1;
        return this.#at;
      }
    }
    const lf = bytes.indexOf(LF, start);
    if (lf < 0 || lf >= end) return undefined;
    return parseOther(bytes, start, withoutCr(bytes, start, lf), lf + 1);
  }

  /** Scans an AT line whose fields are one space apart; the offset of its LF, or -1 where it is not one. */
  #scanAt(bytes: Uint8Array, start: number): number {
    const line = this.#line;
    const originEnd = fieldEnd(bytes, start + ORIGIN_OFFSET);
    if (originEnd === start + ORIGIN_OFFSET || bytes[originEnd] !== SPACE) return -1;
    const skewEnd = scanSkew(bytes, originEnd + 1);
    if (skewEnd < 0 || bytes[skewEnd] !== SPACE) return -1;
    const words = this.#words;
    let hash = 0;
    let i = skewEnd + 1;
    let byte = bytes[i]!;
    while (byte > SPACE || (byte !== LF && !isBlank(byte))) {
      hash = mix(hash, words[byte]!);
      byte = bytes[++i]!;
    }
    if (i === skewEnd + 1 || byte !== SPACE) return -1;
    const positionEnd = scanPosition(bytes, i + 1);
    if (positionEnd < 0 || bytes[positionEnd] !== SPACE) return -1;
    const end = scanTime(bytes, positionEnd + 1, line);
    if (end < 0 || bytes[end] !== LF) return -1;
    line.bytes = bytes;
    line.start = start;
    line.end = end;
    line.originEnd = originEnd;
    line.skewStart = originEnd + 1;
    line.skewEnd = skewEnd;
    line.idStart = skewEnd + 1;
    line.idEnd = i;
    line.idHash = finish(hash);
    line.positionStart = i + 1;
    line.positionEnd = positionEnd;
    return end;
  }
}

function fieldEnd(bytes: Uint8Array, i: number): number {
  while (bytes[i] !== LF && !isBlank(bytes[i]!)) i++;
  return i;
}

function parseOther(bytes: Uint8Array, start: number, end: number, next: number): LinkMessage {
  if (startsWith(bytes, start, end, MARK)) {
    const seq = toText(bytes, start + MARK.length, end);
    if (/^\d{1,15}$/.test(seq)) return { kind: "mark", seq: Number(seq), next };
  }
  if (end - start === BEAT.length && startsWith(bytes, start, end, BEAT)) return { kind: "beat", next };
  return { kind: "other", lineStart: start, lineEnd: end, next };
}
