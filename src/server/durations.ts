/** How long things took, counted in buckets, so that many are remembered in few numbers that can be sent and summed. */

/** Numbers alone, so that those of several threads can be added. */
export interface DurationCounts {
  /** How many took longer than the bound before, and at most this one, in the order of the bounds; the last: longer than all. */
  readonly buckets: readonly number[];
  /** Of all of them, in seconds. */
  readonly sumSeconds: number;
}

export class Durations {
  readonly #boundsSeconds: readonly number[];
  readonly #buckets: number[];
  #sumSeconds = 0;

  /** @param boundsSeconds in growing order. */
  constructor(boundsSeconds: readonly number[]) {
    this.#boundsSeconds = boundsSeconds;
    this.#buckets = new Array<number>(boundsSeconds.length + 1).fill(0);
  }

  add(ms: number): void {
    const seconds = ms / 1000;
    const found = this.#boundsSeconds.findIndex((bound) => seconds <= bound);
    this.#buckets[found < 0 ? this.#boundsSeconds.length : found]!++;
    this.#sumSeconds += seconds;
  }

  get counts(): DurationCounts {
    return { buckets: [...this.#buckets], sumSeconds: this.#sumSeconds };
  }
}
