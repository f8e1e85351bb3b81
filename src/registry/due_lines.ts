/**
 * The next lines of the flood, from one place in the order of changes on. They are gathered once for all links that
 * stand there; each then leaves out what its neighbor is known to have.
 */
import { OutBuffer } from "../wire/render.ts";

/** Words of a run: where it ends in the buffer, its lines, and the neighbors that have them (0 to 31, and 32 to 63). */
const END = 0, LINES = 1, KNOWN = 2, KNOWN_HIGH = 3, RUN_WORDS = 4;

export class DueLines {
  readonly out: OutBuffer;
  /** Lines in a row that the same neighbors have are one run. */
  #runs = new Int32Array(16 * RUN_WORDS);
  #end = 0;

  constructor(capacity: number) {
    this.out = new OutBuffer(capacity);
  }

  clear(): void {
    this.out.length = 0;
    this.#end = 0;
  }

  /** One more line was appended to the buffer; its neighbors' bits are `known` and `knownHigh`. */
  added(known: number, knownHigh: number): void {
    const last = this.#end - RUN_WORDS;
    if (last < 0 || this.#runs[last + KNOWN] !== known || this.#runs[last + KNOWN_HIGH] !== knownHigh) {
      return this.#begin(known, knownHigh);
    }
    this.#runs[last + END] = this.out.length;
    this.#runs[last + LINES]!++;
  }

  /** Calls `send` with each range of the buffer that `neighbor` is not known to have, and the number of its lines. */
  forNeighbor(neighbor: number, send: (start: number, end: number, lines: number) => void): void {
    const runs = this.#runs;
    const word = neighbor < 32 ? KNOWN : KNOWN_HIGH;
    const bit = 1 << (neighbor & 31);
    let start = 0;
    let lines = 0;
    let end = 0;
    for (let run = 0; run < this.#end; run += RUN_WORDS) {
      if ((runs[run + word]! & bit) === 0) {
        lines += runs[run + LINES]!;
      } else {
        if (lines > 0) send(start, end, lines);
        start = runs[run + END]!;
        lines = 0;
      }
      end = runs[run + END]!;
    }
    if (lines > 0) send(start, end, lines);
  }

  #begin(known: number, knownHigh: number): void {
    if (this.#end === this.#runs.length) {
      const grown = new Int32Array(2 * this.#runs.length);
      grown.set(this.#runs);
      this.#runs = grown;
    }
    this.#runs[this.#end + END] = this.out.length;
    this.#runs[this.#end + LINES] = 1;
    this.#runs[this.#end + KNOWN] = known;
    this.#runs[this.#end + KNOWN_HIGH] = knownHigh;
    this.#end += RUN_WORDS;
  }
}
