/**
 * The next lines of the flood, from one place in the order of changes on. They are gathered once for all links that
 * stand there; each then leaves out what its neighbor is known to have, and what it had better wait with.
 */
import { OutBuffer } from "../wire/render.ts";

/** Words of a run: where it ends in the buffer, its lines, who said it, and the neighbors that have it (0 to 31, and 32 to 63). */
const END = 0, LINES = 1, SOURCE = 2, KNOWN = 3, KNOWN_HIGH = 4, RUN_WORDS = 5;

/** Whom the lines are for. */
export interface DueFor {
  /** The neighbor's number. */
  readonly index: number;
  /** By the number of who said it, + 1: whether it is better waited with. */
  readonly patience: Uint8Array;
}

/** What becomes of lines. */
export interface DueTaker {
  /** `lines` lines, `bytes[start, end)`, are to be sent. */
  send(bytes: Uint8Array, start: number, end: number, lines: number): void;
  /** A report is to be waited with: the entry of its client, and its change number. */
  wait(entry: number, seq: number): void;
}

export class DueLines {
  readonly out: OutBuffer;
  /** Lines in a row that came from the same neighbor, and that the same neighbors have, are one run. */
  #runs = new Int32Array(16 * RUN_WORDS);
  #end = 0;
  #entries = new Int32Array(64);
  #seqs = new Float64Array(64);
  #lines = 0;

  constructor(capacity: number) {
    this.out = new OutBuffer(capacity);
  }

  /** Lines in the buffer. */
  get lines(): number {
    return this.#lines;
  }

  clear(): void {
    this.out.length = 0;
    this.#end = 0;
    this.#lines = 0;
  }

  /** One more line was appended to the buffer; its neighbors' bits are `known` and `knownHigh`. */
  added(entry: number, seq: number, source: number, known: number, knownHigh: number): void {
    if (this.#lines === this.#entries.length) this.#growLines();
    this.#entries[this.#lines] = entry;
    this.#seqs[this.#lines++] = seq;
    const runs = this.#runs;
    const last = this.#end - RUN_WORDS;
    if (
      last < 0 || runs[last + SOURCE] !== source || runs[last + KNOWN] !== known ||
      runs[last + KNOWN_HIGH] !== knownHigh
    ) return this.#begin(source, known, knownHigh);
    runs[last + END] = this.out.length;
    runs[last + LINES]!++;
  }

  /** Tells `taker` what is to be sent to `neighbor`, and what is to be waited with. */
  forNeighbor(neighbor: DueFor, taker: DueTaker): void {
    const runs = this.#runs;
    const { bytes } = this.out;
    const word = neighbor.index < 32 ? KNOWN : KNOWN_HIGH;
    const bit = 1 << (neighbor.index & 31);
    let start = 0;
    let lines = 0;
    let end = 0;
    let line = 0;
    for (let run = 0; run < this.#end; run += RUN_WORDS) {
      const isKnown = (runs[run + word]! & bit) !== 0;
      const waits = !isKnown && neighbor.patience[runs[run + SOURCE]! + 1] === 1;
      if (isKnown || waits) {
        if (lines > 0) taker.send(bytes, start, end, lines);
        start = runs[run + END]!;
        lines = 0;
      } else {
        lines += runs[run + LINES]!;
      }
      const next = line + runs[run + LINES]!;
      if (waits) { for (let i = line; i < next; i++) taker.wait(this.#entries[i]!, this.#seqs[i]!); }
      line = next;
      end = runs[run + END]!;
    }
    if (lines > 0) taker.send(bytes, start, end, lines);
  }

  #begin(source: number, known: number, knownHigh: number): void {
    if (this.#end === this.#runs.length) {
      const grown = new Int32Array(2 * this.#runs.length);
      grown.set(this.#runs);
      this.#runs = grown;
    }
    this.#runs[this.#end + END] = this.out.length;
    this.#runs[this.#end + LINES] = 1;
    this.#runs[this.#end + SOURCE] = source;
    this.#runs[this.#end + KNOWN] = known;
    this.#runs[this.#end + KNOWN_HIGH] = knownHigh;
    this.#end += RUN_WORDS;
  }

  #growLines(): void {
    const entries = new Int32Array(2 * this.#entries.length);
    entries.set(this.#entries);
    this.#entries = entries;
    const seqs = new Float64Array(entries.length);
    seqs.set(this.#seqs);
    this.#seqs = seqs;
  }
}
