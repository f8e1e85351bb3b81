/** Since when a neighbor has not been told everything: kept up with each flood and each mark, not with each report. */
import type { Clock } from "../runtime/runtime.ts";

/** A mark that the neighbor has not said to have seen. */
interface Mark {
  readonly seq: number;
  readonly sentMs: number;
}

export class Lag {
  readonly #clock: Pick<Clock, "monotonicMs">;
  /** Since when the socket has not taken everything. */
  #sinceMs: number | undefined;
  /** One at a time is waited for: the next is sent a second later at most. */
  #mark: Mark | undefined;

  /** Of a neighbor that has been told nothing yet. */
  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
    this.#sinceMs = clock.monotonicMs();
  }

  /** Something is left to be told, at the latest since `sinceMs`: now, if nobody says. */
  begin(sinceMs?: number): void {
    this.#sinceMs ??= sinceMs ?? this.#clock.monotonicMs();
  }

  /** The neighbor's socket has taken everything. */
  end(): void {
    this.#sinceMs = undefined;
  }

  /** The neighbor has been sent a mark of `seq`, and will say once it has seen it. */
  marked(seq: number): void {
    this.#mark ??= { seq, sentMs: this.#clock.monotonicMs() };
  }

  /** The neighbor has seen the mark of `seq`. */
  seen(seq: number): void {
    if (this.#mark !== undefined && seq >= this.#mark.seq) this.#mark = undefined;
  }

  /** The link is lost, with what was under way on it. */
  lose(): void {
    this.begin(this.#mark?.sentMs);
    this.#mark = undefined;
  }

  /** Milliseconds for which something has been left to be told; 0 where nothing is. */
  get ms(): number {
    const sinceMs = Math.min(this.#sinceMs ?? Infinity, this.#mark?.sentMs ?? Infinity);
    return sinceMs === Infinity ? 0 : this.#clock.monotonicMs() - sinceMs;
  }
}
