/** What is measured for operators alone, and so only where an HTTP door can tell it. */
import { FIXED_WAITS } from "../limits.ts";
import type { SearchedStatus } from "../places/finder.ts";
import type { Clock, Timer } from "../runtime/runtime.ts";
import { type DurationCounts, Durations } from "./durations.ts";

/** Bounds of what is counted, in seconds. */
export const SEARCH_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;
export const LOOP_BOUNDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2] as const;

export interface MeasuredCounts {
  /** Searches that the provider of places ended, by what they brought. */
  readonly searched: Readonly<Record<SearchedStatus, number>>;
  /** How long those took that were waited for; by SEARCH_BOUNDS. */
  readonly searches: DurationCounts;
  /** How late timers were: for so long nothing else could be done either; by LOOP_BOUNDS. */
  readonly loopDelays: DurationCounts;
}

export class Measures {
  readonly #clock: Clock;
  readonly #searched: Record<SearchedStatus, number> = {
    OK: 0,
    ZERO_RESULTS: 0,
    INVALID_REQUEST: 0,
    OVER_QUERY_LIMIT: 0,
    REQUEST_DENIED: 0,
    UNKNOWN_ERROR: 0,
    OTHER: 0,
  };
  readonly #searches = new Durations(SEARCH_BOUNDS);
  readonly #loopDelays = new Durations(LOOP_BOUNDS);
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Looks at how late timers are until `stop`. */
  start(): void {
    const dueMs = this.#clock.monotonicMs() + FIXED_WAITS.loopProbeMs;
    this.#timer = this.#clock.after(FIXED_WAITS.loopProbeMs, () => {
      this.#loopDelays.add(Math.max(0, this.#clock.monotonicMs() - dueMs));
      this.start();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  readonly searched = (status: SearchedStatus, ms: number | undefined): void => {
    this.#searched[status]++;
    if (ms !== undefined) this.#searches.add(ms);
  };

  get counts(): MeasuredCounts {
    return {
      searched: { ...this.#searched },
      searches: this.#searches.counts,
      loopDelays: this.#loopDelays.counts,
    };
  }
}
