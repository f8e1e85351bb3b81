/**
 * What a server knows of its earlier lives. Neighbors remember how far they had followed a life of it, by the numbers
 * of its changes then. The numbers that recovered reports have now may be smaller, since of reports that were
 * superseded nothing is left; only at a mark they agree.
 */
import type { Held } from "../herd/handshake.ts";

/** One life: the marks in it, which grow. */
interface Life {
  readonly run: string;
  readonly marks: number[];
}

export class Past {
  readonly #lives: Life[] = [];
  readonly #held = new Map<string, Held>();
  #isForgotten = false;

  /** How much of each neighbor's changes is held. */
  get held(): ReadonlyMap<string, Held> {
    return this.#isForgotten ? new Map() : this.#held;
  }

  /** Whether nothing of it can be relied on. */
  get isForgotten(): boolean {
    return this.#isForgotten;
  }

  /** A life began without a part of what the journal holds: from then on what it says of who has what is not true. */
  forget(): void {
    this.#isForgotten = true;
  }

  beginLife(run: string): void {
    this.#lives.push({ run, marks: [] });
  }

  mark(seq: number): void {
    this.#lives.at(-1)?.marks.push(seq);
  }

  hold(neighbor: string, held: Held): void {
    this.#held.set(neighbor, held);
  }

  /**
   * What was changed after this number may be new to someone who holds `held`; 0 where that life is not known any
   * more.
   */
  resumeAfter(held: Held): number {
    if (this.#isForgotten) return 0;
    const life = this.#lives.findLastIndex(({ run }) => run === held.run);
    for (let i = life; i >= 0; i--) {
      const mark = this.#lives[i]!.marks.findLast((seq) => seq <= held.seq);
      if (mark !== undefined) return mark;
    }
    return 0;
  }
}
