import type { Clock, Instant, Timer } from "../src/runtime/runtime.ts";

const NANOS = 1_000_000_000;

interface FakeTimer {
  dueMs: number;
  readonly everyMs: number | undefined;
  readonly fn: () => void;
}

/** Time that stands still until a test moves it. */
export class FakeClock implements Clock {
  readonly #start: Instant;
  #nowMs = 0;
  readonly #timers = new Set<FakeTimer>();
  readonly #soon: (() => void)[] = [];

  /** @param start what the clock on the wall says at first. */
  constructor(start: Instant = { seconds: 1_700_000_000, nanos: 0 }) {
    this.#start = start;
  }

  now(): Instant {
    const nanos = this.#start.nanos + (this.#nowMs % 1000) * 1e6;
    return {
      seconds: this.#start.seconds + Math.floor(this.#nowMs / 1000) + Math.floor(nanos / NANOS),
      nanos: nanos % NANOS,
    };
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(ms: number, fn: () => void): Timer {
    return this.#add(ms, undefined, fn);
  }

  every(ms: number, fn: () => void): Timer {
    return this.#add(ms, ms, fn);
  }

  soon(fn: () => void): void {
    this.#soon.push(fn);
  }

  #add(ms: number, everyMs: number | undefined, fn: () => void): Timer {
    const timer = { dueMs: this.#nowMs + ms, everyMs, fn };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  /** Timers that are set and neither fired nor cancelled. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Whether nothing is left that was to be done soon. */
  get isIdle(): boolean {
    return this.#soon.length === 0;
  }

  /** Ends the turn: what was to be done soon is done. */
  turn(): void {
    for (const fn of this.#soon.splice(0)) fn();
  }

  /** Moves on, and does all that falls due meanwhile, in order. */
  pass(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      this.turn();
      const due = [...this.#timers].filter(({ dueMs }) =>
        dueMs <= untilMs
      ).sort((a, b) => a.dueMs - b.dueMs)[0];
      if (due === undefined) break;
      this.#nowMs = due.dueMs;
      if (due.everyMs === undefined) this.#timers.delete(due);
      else due.dueMs += due.everyMs;
      due.fn();
    }
    this.#nowMs = untilMs;
  }
}
