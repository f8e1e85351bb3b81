/** Since when a neighbor has not been told everything: kept up with each flood, not with each report. */
import type { Clock } from "../runtime/runtime.ts";

export class Lag {
  readonly #clock: Pick<Clock, "monotonicMs">;
  #sinceMs: number | undefined;

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

  /** Milliseconds for which something has been left to be told; 0 where nothing is. */
  get ms(): number {
    return this.#sinceMs === undefined ? 0 : this.#clock.monotonicMs() - this.#sinceMs;
  }
}
