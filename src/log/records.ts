/**
 * What a line of the log looks like: `<time> <peer> <sign> <text>`, one record a line. The sign is `<` for a line
 * received, `>` for one sent, `+` and `-` for a session or link that opened or dropped, `!` for anything else. Bytes
 * that are not printable ASCII are escaped, so that nothing a peer sends can make or break a record.
 */
import type { Instant } from "../runtime/runtime.ts";
import { copyBytes, LF, SPACE, toBytes, ViewCache } from "../wire/bytes.ts";
import type { OutBuffer } from "../wire/render.ts";

export type Sign = "<" | ">" | "+" | "-" | "!";

const BACKSLASH = 0x5c;
const DIGITS = toBytes("0123456789abcdef");
const ESCAPES: ReadonlyMap<number, number> = new Map([[0x09, 0x74], [LF, 0x6e], [0x0d, 0x72], [
  BACKSLASH,
  BACKSLASH,
]]);

/** 1 for the bytes that stand for themselves. */
const PLAIN = new Uint8Array(256);
for (let byte = SPACE; byte < 0x7f; byte++) PLAIN[byte] = byte === BACKSLASH ? 0 : 1;

/** Whether four bytes all stand for themselves. It may say no of four that do. */
function arePlain(four: number): boolean {
  const backslashes = four ^ 0x5c5c5c5c;
  const odd = four | (four - 0x20202020) | (four + 0x01010101) | ((backslashes - 0x01010101) & ~backslashes);
  return (odd & 0x80808080) === 0;
}

/** What an escape takes at most. */
const ESCAPE_BYTES = 4;
/** Long lines are written in runs, each with room for as many escapes. */
const RUN_BYTES = 4_096;

/** Writes the records of one peer at one moment. */
export class RecordWriter {
  readonly #out: OutBuffer;
  #second = NaN;
  #secondText: Uint8Array = new Uint8Array(0);
  readonly #prefix = new Uint8Array(512);
  readonly #prefixView = new DataView(this.#prefix.buffer);
  readonly #views = new ViewCache();

  constructor(out: OutBuffer) {
    this.#out = out;
  }

  /** One record for each line of `bytes[start, end)`; the last need not have its LF. */
  lines(now: Instant, peer: Uint8Array, sign: Sign, bytes: Uint8Array, start: number, end: number): void {
    if (start === end) return;
    const prefixLength = this.#writePrefix(now, peer, sign);
    const from = this.#views.of(bytes);
    const out = this.#out;
    for (let i = start; i < end; i++) {
      out.reserve(prefixLength);
      copyBytes(this.#prefixView, 0, prefixLength, out.data, out.length);
      out.length += prefixLength;
      do {
        i = this.#writeRun(bytes, from, i, Math.min(end, i + RUN_BYTES));
      } while (i < end && bytes[i] !== LF);
      out.reserve(1);
      out.bytes[out.length++] = LF;
    }
  }

  /** Writes `bytes[start, stop)` up to its first LF. @returns where it stopped. */
  #writeRun(bytes: Uint8Array, from: DataView, start: number, stop: number): number {
    const out = this.#out;
    out.reserve(ESCAPE_BYTES * (stop - start));
    const { bytes: to, data } = out;
    let at = out.length;
    let i = start;
    while (i < stop && bytes[i] !== LF) {
      for (; i + 4 <= stop; i += 4, at += 4) {
        const four = from.getInt32(i);
        if (!arePlain(four)) break;
        data.setInt32(at, four);
      }
      for (const next = Math.min(stop, i + 4); i < next && bytes[i] !== LF; i++) {
        const byte = bytes[i]!;
        if (PLAIN[byte] === 1) to[at++] = byte;
        else at = writeEscape(to, at, byte);
      }
    }
    out.length = at;
    return i;
  }

  /** One record for all of `bytes[start, end)`, its line ends escaped. */
  message(now: Instant, peer: Uint8Array, sign: Sign, bytes: Uint8Array, start: number, end: number): void {
    const prefixLength = this.#writePrefix(now, peer, sign);
    const out = this.#out;
    out.reserve(prefixLength + 4 * (end - start) + 1);
    out.append(this.#prefix.subarray(0, prefixLength));
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!;
      if (PLAIN[byte] === 1) out.bytes[out.length++] = byte;
      else out.length = writeEscape(out.bytes, out.length, byte);
    }
    out.bytes[out.length++] = LF;
  }

  #writePrefix(now: Instant, peer: Uint8Array, sign: Sign): number {
    if (now.seconds !== this.#second) {
      this.#second = now.seconds;
      this.#secondText = toBytes(new Date(now.seconds * 1000).toISOString().slice(0, 20));
    }
    const to = this.#prefix;
    to.set(this.#secondText);
    let at = this.#secondText.length;
    let rest = Math.floor(now.nanos / 1000);
    for (let i = at + 5; i >= at; i--) {
      to[i] = DIGITS[rest % 10]!;
      rest = Math.floor(rest / 10);
    }
    at += 6;
    to[at++] = 0x5a;
    to[at++] = SPACE;
    const peerBytes = Math.min(peer.length, 256);
    for (let i = 0; i < peerBytes; i++) to[at++] = peer[i]!;
    to[at++] = SPACE;
    to[at++] = sign.charCodeAt(0);
    to[at++] = SPACE;
    return at;
  }
}

function writeEscape(to: Uint8Array, at: number, byte: number): number {
  to[at] = BACKSLASH;
  const letter = ESCAPES.get(byte);
  if (letter !== undefined) {
    to[at + 1] = letter;
    return at + 2;
  }
  to[at + 1] = 0x78;
  to[at + 2] = DIGITS[byte >> 4]!;
  to[at + 3] = DIGITS[byte & 15]!;
  return at + 4;
}

/** `bytes[start, end)` as a record shows it. */
export function escapeText(bytes: Uint8Array, start = 0, end = bytes.length): string {
  const to = new Uint8Array(4 * (end - start));
  let at = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (PLAIN[byte] === 1) to[at++] = byte;
    else at = writeEscape(to, at, byte);
  }
  return String.fromCharCode(...to.subarray(0, at));
}
