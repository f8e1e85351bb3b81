/** One life of a process: what it had set up to happen happens no more once it has ended. */
import { ARRIVAL, type Event, type Phase, type Scheduler } from "./scheduler.ts";

export class Life {
  readonly scheduler: Scheduler;
  #ended = false;
  #stalledUntilUs = 0;

  constructor(scheduler: Scheduler) {
    this.scheduler = scheduler;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The process is no more. */
  end(): void {
    this.#ended = true;
  }

  /** The process does nothing until `us`, as when the machine is busy with something else. */
  stall(us: number): void {
    this.#stalledUntilUs = us;
  }

  /** Calls `fn` at `us`; later where the process is stalled then. */
  at(us: number, fn: () => void, tie = 0.5, phase: Phase = ARRIVAL): Event {
    return this.scheduler.at(us, () => this.#enter(fn, tie, phase), tie, phase);
  }

  after(ms: number, fn: () => void, tie = 0.5): Event {
    return this.at(this.scheduler.nowUs + Math.round(ms * 1_000), fn, tie);
  }

  /** Calls `fn` at once where it can. */
  enter(fn: () => void): void {
    this.#enter(fn, 0.5, ARRIVAL);
  }

  #enter(fn: () => void, tie: number, phase: Phase): void {
    if (this.#ended) return;
    if (this.#stalledUntilUs > this.scheduler.nowUs) this.at(this.#stalledUntilUs, fn, tie, phase);
    else fn();
  }
}
