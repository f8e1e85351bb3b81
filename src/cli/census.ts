/** What the other threads of a server have counted: asked of all at once, and not waited for without an end. */
import { FIXED_WAITS } from "../limits.ts";
import type { Clock } from "../runtime/runtime.ts";
import type { ThreadAnswers, ThreadState } from "../server/thread_state.ts";

/** One at a time: whoever asks meanwhile gets the same. */
export class Census {
  readonly #clock: Pick<Clock, "after">;
  #taking: Promise<ThreadAnswers> | undefined;
  #question = 0;
  #enough = 0;
  /** The threads that have answered the question. */
  readonly #answered = new Set<number>();
  /** By its number: what each thread said last. */
  readonly #last = new Map<number, ThreadState>();
  #finish: () => void = () => {};

  constructor(clock: Pick<Clock, "after">) {
    this.#clock = clock;
  }

  /**
   * Resolves once all have answered, or after `threadAnswerMs`.
   * @param ask asks all `count` threads; what they say is to be given to `add` with the question's number.
   */
  take(count: number, ask: (question: number) => void): Promise<ThreadAnswers> {
    return this.#taking ??= new Promise((resolve) => {
      this.#answered.clear();
      this.#enough = count;
      const timer = this.#clock.after(FIXED_WAITS.threadAnswerMs, () => this.#finish());
      this.#finish = () => {
        timer.cancel();
        this.#taking = undefined;
        resolve({ answered: this.#answered.size, states: [...this.#last.values()] });
      };
      ask(++this.#question);
    });
  }

  /** An answer that comes too late is what that thread said last, and no answer to the next question. */
  add(question: number, thread: number, state: ThreadState): void {
    this.#last.set(thread, state);
    if (this.#taking === undefined || question !== this.#question) return;
    this.#answered.add(thread);
    if (this.#answered.size === this.#enough) this.#finish();
  }
}
