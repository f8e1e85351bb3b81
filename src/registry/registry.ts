/**
 * The registry: the newest report of every client, each kept as the AT line it is answered, flooded and journaled
 * with.
 *
 * It is also the queue of every link. Reports stand in the order of their last change, and a link's cursor stands
 * somewhere in that order: what is behind the cursor was sent, what is ahead is due. A neighbor that is slow or away
 * so costs no memory, gets the newest report of each client rather than a backlog, and catching up is the same walk
 * from an older place.
 *
 * Layout, for millions of clients without an object each, and few waits for memory: an entry is one record, 48 bytes
 * and its line behind them, in an arena of 16-byte units, and is known by the number of its first unit; an
 * open-addressed table of (hash, entry + 1) pairs finds it by the bytes of its id.
 */
import { assert } from "@std/assert";
import { copyBytes, equalBytes, LF, toText, ViewCache } from "../wire/bytes.ts";
import type { IdHash } from "../wire/id_hash.ts";
import type { AtLine } from "../wire/link_message.ts";
import type { OutBuffer } from "../wire/render.ts";
import { ChangeOrder, END, type OrderPlace } from "./change_order.ts";
import type { DueLines } from "./due_lines.ts";
import { type Chunk, RecordArena, UNIT_BYTES, wordsOf } from "./record_arena.ts";
import { compareTied, isRepeated, viewAtLine } from "./report_order.ts";

/** No entry: not found. */
export const NONE = -1;

/** What became of a report that was offered. `full`: a new client, and no room for one. */
export type Verdict = "new" | "newer" | "same" | "older" | "full";

/** Whose report it is: this server's own, or neighbor `n`'s, */
export const OWN = -1;
/** or one of which it is not known who has it: it was in the journal, or one of several neighbors sent it. */
export const UNKNOWN = -2;

/** The most neighbors whose knowledge an entry can mark. */
export const MAX_NEIGHBORS = 64;

/** A place in the order of changes. Everything behind it has been taken. */
export class Cursor implements OrderPlace {
  at = 0;
  /** The change number of what was taken last. */
  seq = 0;
}

// A record's words. The first four are two doubles: its time's seconds, and its change number.
const SECONDS = 0, SEQ = 1;
const NANOS = 4;
/** Where it stands in the order of changes. */
const ORDER = 5;
/** Bits of the neighbors known to have this report: 0 to 31, and 32 to 63. */
const KNOWN = 6, KNOWN_HIGH = 7;
/** Of its line with its LF, in bytes; and the size of its slot, with who said the report above it. */
const LENGTH = 8, ID_OFFSET = 9, ID_LENGTH = 10, SLOT = 11;
const SOURCE_SHIFT = 24;
const UNITS_MASK = (1 << SOURCE_SHIFT) - 1;
/** Its line begins here, in bytes. */
const LINE = 48;
/** Words that processors fetch at a time. */
const LINE_WORDS = 16;

/** The most ids that can be expected at a time. */
export const MAX_EXPECTED = 64;

export class Registry {
  readonly hash: IdHash;
  readonly #maxClients: number;
  readonly #arena = new RecordArena();
  readonly #order = new ChangeOrder((entry, at) => {
    this.#arena.chunkOf(entry).words[wordsOf(entry) + ORDER] = at;
  });
  readonly #expected = new Int32Array(MAX_EXPECTED);
  /** Keeps the engine from leaving out reads whose values nobody needs. */
  #read = 0;
  readonly #offered = new ViewCache();
  readonly #sought = new ViewCache();
  #table = new Int32Array(2 * 1024);
  #mask = 1023;
  #size = 0;
  #seq = 0;
  #version = 0;

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

  /** Another number whenever a report, or what is known of who has it, may have changed. */
  get version(): number {
    return this.#version;
  }

  /** The entry of the client whose id is `bytes[start, end)`, or NONE. */
  find(bytes: Uint8Array, start: number, end: number, hash: number): number {
    return this.#find(this.#sought.of(bytes), start, end, hash);
  }

  /**
   * Reads what `offer` and `find` will read for ids of these hashes, a kind of memory after the other. Most of what a
   * report costs among many clients is waiting for memory, and so the waits of several are one.
   */
  expect(hashes: Int32Array, count: number): void {
    const table = this.#table;
    const mask = this.#mask;
    const entries = this.#expected;
    let read = 0;
    for (let i = 0; i < count; i++) read ^= table[2 * (hashes[i]! & mask)]!;
    for (let i = 0; i < count; i++) {
      const entry = this.#firstOf(hashes[i]!);
      entries[i] = entry;
      if (entry === NONE) continue;
      const { words } = this.#arena.chunkOf(entry);
      const base = wordsOf(entry);
      read ^= words[base]! ^ words[base + LINE_WORDS]! ^ words[base + 2 * LINE_WORDS]!;
    }
    for (let i = 0; i < count; i++) {
      const entry = entries[i]!;
      if (entry !== NONE) {
        read ^= this.#order.entryAt(this.#arena.chunkOf(entry).words[wordsOf(entry) + ORDER]!);
      }
    }
    this.#read = read;
  }

  /** Appends the entry's AT line, with its LF. */
  appendLine(entry: number, out: OutBuffer): void {
    const chunk = this.#arena.chunkOf(entry);
    const length = chunk.words[wordsOf(entry) + LENGTH]!;
    out.reserve(length);
    const start = (wordsOf(entry) << 2) + LINE;
    copyBytes(chunk.view, start, start + length, out.data, out.length);
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
   * @param source OWN, UNKNOWN, or the number of the neighbor that sent it (then known to have it).
   */
  offer(line: AtLine, source: number): Verdict {
    const from = this.#offered.of(line.bytes);
    const entry = this.#find(from, line.idStart, line.idEnd, line.idHash);
    if (entry === NONE) return this.#add(line, from, source);
    const chunk = this.#arena.chunkOf(entry);
    const base = wordsOf(entry);
    const order = line.seconds - chunk.doubles[(base >> 1) + SECONDS]! ||
      line.nanos - chunk.words[base + NANOS]! ||
      this.#compareTied(entry, line, source);
    if (order > 0) {
      this.#replace(entry, chunk, line, from, source);
      return "newer";
    }
    if (order < 0) return "older";
    mark(chunk.words, base, source);
    this.#version++;
    return "same";
  }

  /** Goes on counting changes from `seq`, where that is ahead: as many have been made in an earlier life. */
  advance(seq: number): void {
    this.#seq = Math.max(this.#seq, seq);
  }

  /** A cursor before everything that changed after `seq`. Its cost is the number of those changes. */
  openCursor(seq: number): Cursor {
    const cursor = new Cursor();
    cursor.seq = Math.min(seq, this.#seq);
    if (seq > 0) {
      cursor.at = this.#order.end;
      for (let at = cursor.at, entry = this.#order.previous(cursor);; entry = this.#order.previous(cursor)) {
        if (entry === END || this.#seqOf(entry) <= seq) {
          cursor.at = entry === END ? 0 : at;
          break;
        }
        at = cursor.at;
      }
    }
    this.#order.keep(cursor);
    return cursor;
  }

  closeCursor(cursor: Cursor): void {
    this.#order.forget(cursor);
  }

  /**
   * Appends the lines that are due at `cursor` to `due` and moves it on, until `due` holds `maxBytes` or more, or
   * nothing is due.
   * @param knownFrom only of what changed after this number it counts which neighbors are known to have it.
   */
  takeDue(cursor: Cursor, knownFrom: number, due: DueLines, maxBytes: number): void {
    const out = due.out;
    while (out.length < maxBytes) {
      const entry = this.#order.next(cursor);
      if (entry === END) break;
      const { words, doubles } = this.#arena.chunkOf(entry);
      const base = wordsOf(entry);
      cursor.seq = doubles[(base >> 1) + SEQ]!;
      this.appendLine(entry, out);
      if (cursor.seq <= knownFrom) due.added(entry, cursor.seq, OWN, 0, 0);
      else {
        const source = (words[base + SLOT]! >>> SOURCE_SHIFT) - 1;
        due.added(entry, cursor.seq, source, words[base + KNOWN]!, words[base + KNOWN_HIGH]!);
      }
    }
  }

  /** Takes the entry that is due next at `cursor`, and moves it on; NONE where nothing is due. */
  takeNext(cursor: Cursor): number {
    const entry = this.#order.next(cursor);
    if (entry === END) return NONE;
    cursor.seq = this.#seqOf(entry);
    return entry;
  }

  /**
   * Appends to `entries` those of the place `place` of the table; 0 is the first. Whoever goes from place to place meets
   * every client known at the beginning once, whatever changes meanwhile, and so needs no cursor: when the table grows,
   * each place becomes two, and places are counted by their bits in reverse, so that what is done stays done.
   * @returns the next place; 0 after the last.
   */
  scan(place: number, entries: number[]): number {
    const table = this.#table;
    const mask = this.#mask;
    const home = place & mask;
    for (let at = home; table[2 * at + 1] !== 0; at = (at + 1) & mask) {
      if ((table[2 * at]! & mask) === home) entries.push(table[2 * at + 1]! - 1);
    }
    return reverseBits(reverseBits(place | ~mask) + 1);
  }

  /**
   * Appends a line that was waited with, unless its client's report has changed since, or the neighbor is known to
   * have it by now.
   * @returns whether it did.
   */
  appendLate(entry: number, seq: number, neighbor: number, out: OutBuffer): boolean {
    const { words, doubles } = this.#arena.chunkOf(entry);
    const base = wordsOf(entry);
    if (doubles[(base >> 1) + SEQ] !== seq) return false;
    if ((words[base + (neighbor < 32 ? KNOWN : KNOWN_HIGH)]! & (1 << (neighbor & 31))) !== 0) return false;
    this.appendLine(entry, out);
    return true;
  }

  /** Whether anything is due at `cursor`. */
  isDue(cursor: Cursor): boolean {
    return cursor.at < this.#order.end;
  }

  /** Every AT line, without LF, in the order of their last change. */
  *lines(): Generator<Uint8Array> {
    const cursor = this.openCursor(0);
    try {
      for (let entry = this.#order.next(cursor); entry !== END; entry = this.#order.next(cursor)) {
        yield this.lineOf(entry);
      }
    } finally {
      this.closeCursor(cursor);
    }
  }

  /** The first entry whose id has this hash, or NONE. */
  #firstOf(hash: number): number {
    const table = this.#table;
    const mask = this.#mask;
    let at = hash & mask;
    while (table[2 * at] !== hash && table[2 * at + 1] !== 0) at = (at + 1) & mask;
    return table[2 * at + 1]! - 1;
  }

  #find(view: DataView, start: number, end: number, hash: number): number {
    const table = this.#table;
    const mask = this.#mask;
    for (let at = hash & mask;; at = (at + 1) & mask) {
      const found = table[2 * at + 1]!;
      if (found === 0) return NONE;
      if (table[2 * at] === hash && this.#hasId(found - 1, view, start, end)) return found - 1;
    }
  }

  #add(line: AtLine, from: DataView, source: number): Verdict {
    if (this.#size >= this.#maxClients) return "full";
    if (this.#size >= this.#mask * 0.6) this.#growTable();
    this.#size++;
    const units = unitsFor(line);
    const entry = this.#arena.allocate(units);
    place(this.#table, this.#mask, line.idHash, entry + 1);
    const chunk = this.#arena.chunkOf(entry);
    chunk.words[wordsOf(entry) + SLOT] = units;
    this.#write(entry, chunk, line, from, source);
    chunk.words[wordsOf(entry) + ORDER] = this.#order.append(entry);
    return "new";
  }

  #replace(entry: number, chunk: Chunk, line: AtLine, from: DataView, source: number): void {
    const words = chunk.words;
    const base = wordsOf(entry);
    if (LINE + line.end - line.start + 1 > (words[base + SLOT]! & UNITS_MASK) * UNIT_BYTES) {
      entry = this.#moveToLarger(entry, words, base, line);
      return this.#replace(entry, this.#arena.chunkOf(entry), line, from, source);
    }
    this.#write(entry, chunk, line, from, source);
    words[base + ORDER] = this.#order.toEnd(entry, words[base + ORDER]!);
  }

  /** Gives the client of `line` a slot that has room for it. Only what `#write` does not set is kept. */
  #moveToLarger(entry: number, words: Int32Array, base: number, line: AtLine): number {
    const units = unitsFor(line);
    const moved = this.#arena.allocate(units);
    const to = this.#arena.chunkOf(moved).words;
    to[wordsOf(moved) + SLOT] = units;
    to[wordsOf(moved) + ORDER] = words[base + ORDER]!;
    this.#order.renumber(words[base + ORDER]!, moved);
    // Whoever still knows it by its old number must not take it for what it was.
    this.#arena.chunkOf(entry).doubles[(base >> 1) + SEQ] = 0;
    this.#arena.release(entry, words[base + SLOT]! & UNITS_MASK);
    const table = this.#table;
    let at = line.idHash & this.#mask;
    while (table[2 * at + 1] !== entry + 1) {
      assert(table[2 * at + 1] !== 0, "an entry stands in the table under its hash");
      at = (at + 1) & this.#mask;
    }
    table[2 * at + 1] = moved + 1;
    return moved;
  }

  #write(entry: number, chunk: Chunk, line: AtLine, from: DataView, source: number): void {
    const words = chunk.words;
    const base = wordsOf(entry);
    chunk.doubles[(base >> 1) + SECONDS] = line.seconds;
    chunk.doubles[(base >> 1) + SEQ] = ++this.#seq;
    this.#version++;
    words[base + NANOS] = line.nanos;
    words[base + SLOT] = (words[base + SLOT]! & UNITS_MASK) | ((Math.max(OWN, source) + 1) << SOURCE_SHIFT);
    words[base + KNOWN] = 0;
    words[base + KNOWN_HIGH] = 0;
    mark(words, base, source);
    const length = line.end - line.start;
    words[base + LENGTH] = length + 1;
    words[base + ID_OFFSET] = line.idStart - line.start;
    words[base + ID_LENGTH] = line.idEnd - line.idStart;
    const to = (base << 2) + LINE;
    copyBytes(from, line.start, line.end, chunk.view, to);
    chunk.bytes[to + length] = LF;
  }

  #compareTied(entry: number, line: AtLine, source: number): number {
    const held = this.#viewOf(entry);
    // At the origin a repeated IAMAT changes nothing, though a clock that stepped back gave it a smaller skew.
    if (source === OWN && isRepeated(held, line)) return 0;
    return compareTied(held, line);
  }

  #viewOf(entry: number): AtLine {
    const chunk = this.#arena.chunkOf(entry);
    const start = (wordsOf(entry) << 2) + LINE;
    return viewAtLine(chunk.bytes, start, start + chunk.words[wordsOf(entry) + LENGTH]! - 1);
  }

  #hasId(entry: number, view: DataView, start: number, end: number): boolean {
    const chunk = this.#arena.chunkOf(entry);
    const base = wordsOf(entry);
    if (chunk.words[base + ID_LENGTH] !== end - start) return false;
    return equalBytes(
      chunk.view,
      (base << 2) + LINE + chunk.words[base + ID_OFFSET]!,
      view,
      start,
      end - start,
    );
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
    return this.#arena.chunkOf(entry).doubles[(wordsOf(entry) >> 1) + SEQ]!;
  }
}

/** Units of a slot for this line. */
function unitsFor(line: AtLine): number {
  return Math.ceil((LINE + line.end - line.start + 1) / UNIT_BYTES);
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

/** The 32 bits of `word`, the last of them first. */
function reverseBits(word: number): number {
  let bits = word;
  bits = ((bits >>> 1) & 0x55555555) | ((bits & 0x55555555) << 1);
  bits = ((bits >>> 2) & 0x33333333) | ((bits & 0x33333333) << 2);
  bits = ((bits >>> 4) & 0x0f0f0f0f) | ((bits & 0x0f0f0f0f) << 4);
  bits = ((bits >>> 8) & 0x00ff00ff) | ((bits & 0x00ff00ff) << 8);
  return (bits >>> 16) | (bits << 16);
}

/** Marks that `source` has the report. */
function mark(words: Int32Array, base: number, source: number): void {
  if (source < 0) return;
  words[base + (source < 32 ? KNOWN : KNOWN_HIGH)]! |= 1 << (source & 31);
}
