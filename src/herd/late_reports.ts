/**
 * Reports that a link waits with for a moment. Where two neighbors have a third one in common, what that one says
 * reaches both, and each would tell the other: one line each way over a link that needs but one. So the one with the
 * greater name waits; mostly the other's line comes meanwhile, and nothing is to be said any more.
 */

/** Reports in the order of their changes, by their entries and change numbers. */
interface Reports {
  readonly entries: number[];
  readonly seqs: number[];
}

export class LateReports {
  #older: Reports = { entries: [], seqs: [] };
  #newer: Reports = { entries: [], seqs: [] };

  get size(): number {
    return this.#older.seqs.length + this.#newer.seqs.length;
  }

  /** The change number of the first of them; undefined where there is none. */
  get firstSeq(): number | undefined {
    return this.#older.seqs[0] ?? this.#newer.seqs[0];
  }

  add(entry: number, seq: number): void {
    this.#newer.entries.push(entry);
    this.#newer.seqs.push(seq);
  }

  /** Calls `send` with those that have waited since the last call, and forgets them. */
  release(send: (entry: number, seq: number) => void): void {
    const { entries, seqs } = this.#older;
    for (let i = 0; i < seqs.length; i++) send(entries[i]!, seqs[i]!);
    this.#older = this.#newer;
    this.#newer = { entries: [], seqs: [] };
  }

  clear(): void {
    this.#older = { entries: [], seqs: [] };
    this.#newer = { entries: [], seqs: [] };
  }
}
