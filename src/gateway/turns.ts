/**
 * Shares the event loop between answers that have much to say and everything else: a little of their work is done at
 * a time, of all of them together, and then sockets are looked at.
 */
import type { Clock } from "../runtime/runtime.ts";

/** Once this long has been worked, the rest waits for the next turn. One piece of work is always done. */
const TURN_MS = 4;
/** Between two turns, at least. A loop that is never idle may look at its sockets only once in dozens of turns. */
const PAUSE_MS = 1;
/** So much longer than was worked the pause is: three quarters of the time are everybody else's. */
const REST = 3;

export class Turns {
  readonly #clock: Clock;
  /** One for each answer at most. */
  readonly #waiting: (() => void)[] = [];
  #isSet = false;
  #pauseMs = PAUSE_MS;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Does `work` in one of the next turns. It should take a few milliseconds at most. */
  run<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => {
        try {
          resolve(work());
        } catch (error) {
          reject(error);
        }
      });
      this.#setNext();
    });
  }

  #setNext(): void {
    if (this.#isSet || this.#waiting.length === 0) return;
    this.#isSet = true;
    this.#clock.after(this.#pauseMs, () => {
      this.#isSet = false;
      const startMs = this.#clock.monotonicMs();
      let workedMs = 0;
      do {
        this.#waiting.shift()?.();
        workedMs = this.#clock.monotonicMs() - startMs;
      } while (this.#waiting.length > 0 && workedMs < TURN_MS);
      this.#pauseMs = Math.max(PAUSE_MS, REST * workedMs);
      this.#setNext();
    });
  }
}
