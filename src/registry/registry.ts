/**
 * The registry: the newest report of every client, each kept as the AT line it is answered, flooded and journaled
 * with.
 *
 * It is also the queue of every link. Reports stand in the order of their last change, and a link's cursor stands
 * somewhere in that order: what is behind the cursor was sent, what is ahead is due. A neighbor that is slow or away
 * so costs no memory, gets the newest report of each client rather than a backlog, and catching up is the same walk
 * from an older place.
 *
 * Layout, for millions of clients without an object each: an entry is 64 bytes (one cache line) in segments of typed
 * arrays; its line lies in an arena in slots of 16-byte units; an open-addressed table of (hash, entry + 1) pairs
 * finds it by the bytes of its id.
 */
import { assert } from "@std/assert";
import { toText } from "../wire/bytes.ts";
import type { IdHash } from "../wire/id_hash.ts";
import type { AtLine } from "../wire/link_message.ts";
import type { OutBuffer } from "../wire/render.ts";
import { LineArena, UNIT_BYTES } from "./line_arena.ts";
import { compareTied, isRepeated, viewAtLine } from "./report_order.ts";

/** No entry: before the first, after the last, not found. */
export const NONE = -1;

/** What became of a report that was offered. `full`: a new client, and no room for one. */
export type Verdict = "new" | "newer" | "same" | "older" | "full";

/** Whose report it is: this server's own, or neighbor `n`'s. */
export const OWN = -1;

/** The most neighbors whose knowledge an entry can mark. */
export const MAX_NEIGHBORS = 64;

/** A place in the order of changes; everything up to it, `entry` included, has been taken. */
export class Cursor {
  entry = NONE;
  /** The change number of what was taken last. */
  seq = 0;
}

const SEGMENT_BITS = 14;
const SEGMENT_ENTRIES = 1 << SEGMENT_BITS;
const SEGMENT_MASK = SEGMENT_ENTRIES - 1;

// An entry's 16 words. The first four are two doubles: its time's seconds, and its change number.
const SECONDS = 0, SEQ = 1;
const NANOS = 4, NEXT = 5, PREV = 6, SLOT = 7, UNITS = 8, LENGTH = 9, ID_OFFSET = 10, ID_LENGTH = 11;
/** Bits of the neighbors known to have this report: 0 to 31, and 32 to 63. */
const KNOWN = 12, KNOWN_HIGH = 13;
/** 1 while some cursor may stand here. */
const HELD = 14;

interface Segment {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
}

export class Registry {
  readonly hash: IdHash;
  readonly #maxClients: number;
  readonly #segments: Segment[] = [];
  readonly #arena = new LineArena();
  readonly #cursors: Cursor[] = [];
  #table = new Int32Array(2 * 1024);
  #mask = 1023;
  #size = 0;
  #head = NONE;
  #tail = NONE;
  #seq = 0;

  constructor(hash: IdHash, maxClients: number) {
    this.hash = hash;
    this.#maxClients = maxClients;
  }

  /** Clients known. */
  get size(): number {
    return this.#size;
  }

  /** The number of the last change; 0 before the first. */
  get seq(): number {
    return this.#seq;
  }

  /** The entry of the client whose id is `bytes[start, end)`, or NONE. */
  find(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const table = this.#table;
    const mask = this.#mask;
    for (let at = hash & mask;; at = (at + 1) & mask) {
      const found = table[2 * at + 1]!;
      if (found === 0) return NONE;
      if (table[2 * at] === hash && this.#hasId(found - 1, bytes, start, end)) return found - 1;
    }
  }

  /** Appends the entry's AT line, with its LF. */
  appendLine(entry: number, out: OutBuffer): void {
    const words = this.#segments[entry >> SEGMENT_BITS]!.words;
    const base = (entry & SEGMENT_MASK) << 4;
    const length = words[base + LENGTH]!;
    out.reserve(length);
    this.#arena.copyOut(words[base + SLOT]!, length, out.bytes, out.length);
    out.length += length;
  }

  /** The entry's AT line without its LF, in a copy. */
  lineOf(entry: number): Uint8Array {
    const view = this.#viewOf(entry);
    return view.bytes.slice(view.start, view.end);
  }

  /** The entry's latitude and longitude as their client wrote them, without a `+`. */
  positionOf(entry: number): readonly [latitude: string, longitude: string] {
    const view = this.#viewOf(entry);
    const text = toText(view.bytes, view.positionStart, view.positionEnd);
    const middle = Math.max(text.lastIndexOf("+"), text.lastIndexOf("-"));
    return [withoutPlus(text.slice(0, middle)), withoutPlus(text.slice(middle))];
  }

  /**
   * Takes a report if it is newer than what is held of its client.
   * @param source OWN, or the number of the neighbor that sent it (then known to have it).
   */
  offer(line: AtLine, source: number): Verdict {
    const entry = this.find(line.bytes, line.idStart, line.idEnd, line.idHash);
    if (entry === NONE) return this.#add(line, source);
    const segment = this.#segments[entry >> SEGMENT_BITS]!;
    const words = segment.words;
    const base = (entry & SEGMENT_MASK) << 4;
    const order = line.seconds - segment.doubles[(base >> 1) + SECONDS]! ||
      line.nanos - words[base + NANOS]! ||
      this.#compareTied(entry, line, source);
    if (order > 0) {
      this.#store(segment, base, line);
      mark(words, base, source, true);
      this.#moveToTail(entry, segment, base);
      return "newer";
    }
    if (order < 0) return "older";
    mark(words, base, source, false);
    return "same";
  }

  /** A cursor before everything that changed after `seq`. Its cost is the number of those changes. */
  openCursor(seq: number): Cursor {
    const cursor = new Cursor();
    let entry = this.#tail;
    while (entry !== NONE && this.#seqOf(entry) > seq) entry = this.#word(entry, PREV);
    cursor.entry = entry;
    cursor.seq = Math.min(seq, this.#seq);
    if (entry !== NONE) this.#setWord(entry, HELD, 1);
    this.#cursors.push(cursor);
    return cursor;
  }

  closeCursor(cursor: Cursor): void {
    const at = this.#cursors.indexOf(cursor);
    if (at >= 0) this.#cursors.splice(at, 1);
  }

  /**
   * Appends the lines that are due at `cursor` and moves it on, until `out` holds `maxBytes` or more, or nothing is
   * due.
   * @param neighbor whose cursor it is: lines it is known to have are passed over,
   * @param knownFrom but only where they changed after this number, since before it the neighbor may have forgotten.
   * @returns lines appended.
   */
  appendDue(cursor: Cursor, neighbor: number, knownFrom: number, out: OutBuffer, maxBytes: number): number {
    let lines = 0;
    const first = cursor.entry;
    let entry = first === NONE ? this.#head : this.#word(first, NEXT);
    const word = neighbor < 32 ? KNOWN : KNOWN_HIGH;
    const bit = 1 << (neighbor & 31);
    while (entry !== NONE && out.length < maxBytes) {
      const segment = this.#segments[entry >> SEGMENT_BITS]!;
      const base = (entry & SEGMENT_MASK) << 4;
      const seq = segment.doubles[(base >> 1) + SEQ]!;
      if ((segment.words[base + word]! & bit) === 0 || seq <= knownFrom) {
        this.appendLine(entry, out);
        lines++;
      }
      cursor.entry = entry;
      cursor.seq = seq;
      entry = segment.words[base + NEXT]!;
    }
    if (cursor.entry !== first) this.#setWord(cursor.entry, HELD, 1);
    return lines;
  }

  /** Whether anything is due at `cursor`. */
  isDue(cursor: Cursor): boolean {
    return cursor.entry !== this.#tail;
  }

  /** Every AT line, without LF, in the order of their last change. */
  *lines(): Generator<Uint8Array> {
    for (let entry = this.#head; entry !== NONE; entry = this.#word(entry, NEXT)) yield this.lineOf(entry);
  }

  #add(line: AtLine, source: number): Verdict {
    if (this.#size >= this.#maxClients) return "full";
    if (this.#size >= this.#mask * 0.6) this.#growTable();
    const entry = this.#size++;
    if ((entry & SEGMENT_MASK) === 0) {
      const words = new Int32Array(SEGMENT_ENTRIES * 16);
      this.#segments.push({ words, doubles: new Float64Array(words.buffer) });
    }
    place(this.#table, this.#mask, line.idHash, entry + 1);
    const segment = this.#segments[entry >> SEGMENT_BITS]!;
    const base = (entry & SEGMENT_MASK) << 4;
    this.#store(segment, base, line);
    mark(segment.words, base, source, true);
    this.#append(entry, segment, base);
    return "new";
  }

  #store(segment: Segment, base: number, line: AtLine): void {
    const words = segment.words;
    segment.doubles[(base >> 1) + SECONDS] = line.seconds;
    words[base + NANOS] = line.nanos;
    const length = line.end - line.start + 1;
    const units = words[base + UNITS]!;
    if (length > units * UNIT_BYTES) {
      if (units > 0) this.#arena.release(words[base + SLOT]!, units);
      const needed = Math.ceil(length / UNIT_BYTES);
      words[base + SLOT] = this.#arena.allocate(needed);
      words[base + UNITS] = needed;
    }
    words[base + LENGTH] = length;
    words[base + ID_OFFSET] = line.idStart - line.start;
    words[base + ID_LENGTH] = line.idEnd - line.idStart;
    this.#arena.copyIn(words[base + SLOT]!, line.bytes, line.start, line.end);
  }

  #moveToTail(entry: number, segment: Segment, base: number): void {
    const words = segment.words;
    if (this.#tail === entry) {
      if (words[base + HELD] === 1) this.#stepCursorsBack(entry, segment, base);
      segment.doubles[(base >> 1) + SEQ] = ++this.#seq;
      return;
    }
    if (words[base + HELD] === 1) this.#stepCursorsBack(entry, segment, base);
    const prev = words[base + PREV]!;
    const next = words[base + NEXT]!;
    if (prev === NONE) this.#head = next;
    else this.#setWord(prev, NEXT, next);
    assert(next !== NONE, "an entry that is not the tail has a next one");
    this.#setWord(next, PREV, prev);
    this.#append(entry, segment, base);
  }

  #append(entry: number, segment: Segment, base: number): void {
    const tail = this.#tail;
    segment.words[base + PREV] = tail;
    segment.words[base + NEXT] = NONE;
    segment.doubles[(base >> 1) + SEQ] = ++this.#seq;
    if (tail === NONE) this.#head = entry;
    else this.#setWord(tail, NEXT, entry);
    this.#tail = entry;
  }

  /** An entry is about to change: cursors that stand on it step back, so that the change is ahead of them. */
  #stepCursorsBack(entry: number, segment: Segment, base: number): void {
    const prev = segment.words[base + PREV]!;
    let stepped = false;
    for (const cursor of this.#cursors) {
      if (cursor.entry !== entry) continue;
      cursor.entry = prev;
      stepped = true;
    }
    segment.words[base + HELD] = 0;
    if (stepped && prev !== NONE) this.#setWord(prev, HELD, 1);
  }

  #compareTied(entry: number, line: AtLine, source: number): number {
    const held = this.#viewOf(entry);
    // At the origin a repeated IAMAT changes nothing, though a clock that stepped back gave it a smaller skew.
    if (source === OWN && isRepeated(held, line)) return 0;
    return compareTied(held, line);
  }

  #viewOf(entry: number): AtLine {
    const words = this.#segments[entry >> SEGMENT_BITS]!.words;
    const base = (entry & SEGMENT_MASK) << 4;
    const length = words[base + LENGTH]!;
    const chunk = this.#arena.chunkOf(words[base + SLOT]!);
    const start = this.#arena.offsetOf(words[base + SLOT]!);
    return viewAtLine(chunk, start, start + length - 1);
  }

  #hasId(entry: number, bytes: Uint8Array, start: number, end: number): boolean {
    const words = this.#segments[entry >> SEGMENT_BITS]!.words;
    const base = (entry & SEGMENT_MASK) << 4;
    if (words[base + ID_LENGTH] !== end - start) return false;
    const chunk = this.#arena.chunkOf(words[base + SLOT]!);
    let at = this.#arena.offsetOf(words[base + SLOT]!) + words[base + ID_OFFSET]!;
    for (let i = start; i < end; i++) {
      if (chunk[at++] !== bytes[i]) return false;
    }
    return true;
  }

  #growTable(): void {
    const old = this.#table;
    const mask = this.#mask * 2 + 1;
    const table = new Int32Array(2 * (mask + 1));
    for (let i = 0; i < old.length; i += 2) {
      if (old[i + 1] !== 0) place(table, mask, old[i]!, old[i + 1]!);
    }
    this.#table = table;
    this.#mask = mask;
  }

  #seqOf(entry: number): number {
    return this.#segments[entry >> SEGMENT_BITS]!.doubles[((entry & SEGMENT_MASK) << 3) + SEQ]!;
  }

  #word(entry: number, word: number): number {
    return this.#segments[entry >> SEGMENT_BITS]!.words[((entry & SEGMENT_MASK) << 4) + word]!;
  }

  #setWord(entry: number, word: number, value: number): void {
    this.#segments[entry >> SEGMENT_BITS]!.words[((entry & SEGMENT_MASK) << 4) + word] = value;
  }
}

function withoutPlus(coordinate: string): string {
  return coordinate.startsWith("+") ? coordinate.slice(1) : coordinate;
}

function place(table: Int32Array, mask: number, hash: number, value: number): void {
  let at = hash & mask;
  while (table[2 * at + 1] !== 0) at = (at + 1) & mask;
  table[2 * at] = hash;
  table[2 * at + 1] = value;
}

/** Marks that `source` has the report; when `only`, that nobody else is known to. */
function mark(words: Int32Array, base: number, source: number, only: boolean): void {
  if (only) {
    words[base + KNOWN] = 0;
    words[base + KNOWN_HIGH] = 0;
  }
  if (source === OWN) return;
  words[base + (source < 32 ? KNOWN : KNOWN_HIGH)]! |= 1 << (source & 31);
}
