/** The clocks of one process of the simulation: one that only goes forward, and one on the wall that may jump. */
import type { Clock, Instant, Timer } from "../../src/runtime/runtime.ts";
import type { Life } from "./life.ts";
import { END_OF_TURN, type Event } from "./scheduler.ts";

/** When every history begins, in POSIX seconds. */
export const EPOCH_SECONDS = 1_800_000_000;
const NANOS = 1_000_000_000n;
/** The shortest wait, as with the timers of both runtimes. */
const MIN_TIMER_MS = 1;

/** The clock on the wall of a machine: it outlives the processes. */
export class WallClock {
  /** How far from the true time it is, in nanoseconds. */
  #offsetNanos = 0n;
  #offsetSeconds = 0;
  #offsetRest = 0;
  /** The furthest it has been off, either way. */
  lowestNanos: bigint;
  highestNanos: bigint;

  constructor(offsetNanos: bigint) {
    this.lowestNanos = this.highestNanos = offsetNanos;
    this.jump(offsetNanos);
  }

  get offsetNanos(): bigint {
    return this.#offsetNanos;
  }

  jump(byNanos: bigint): void {
    this.#offsetNanos += byNanos;
    // Far from 1970, so that the whole seconds are rounded down.
    const base = BigInt(EPOCH_SECONDS) * NANOS + this.#offsetNanos;
    this.#offsetSeconds = Number(base / NANOS);
    this.#offsetRest = Number(base % NANOS);
    if (this.#offsetNanos < this.lowestNanos) this.lowestNanos = this.#offsetNanos;
    if (this.#offsetNanos > this.highestNanos) this.highestNanos = this.#offsetNanos;
  }

  at(nowUs: number): Instant {
    const nanos = (nowUs % 1_000_000) * 1_000 + this.#offsetRest;
    const carry = nanos >= 1_000_000_000 ? 1 : 0;
    return {
      seconds: Math.floor(nowUs / 1_000_000) + this.#offsetSeconds + carry,
      nanos: nanos - carry * 1_000_000_000,
    };
  }
}

/** The true time, in nanoseconds since 1970. */
export function trueNanos(nowUs: number): bigint {
  return BigInt(EPOCH_SECONDS) * NANOS + BigInt(nowUs) * 1_000n;
}

export class SimClock implements Clock {
  readonly #life: Life;
  readonly #wall: WallClock;
  readonly #startMs: number;
  /** Timers that are set. */
  readonly timers = new Set<object>();

  /** @param startMs what the clock that only goes forward says at the beginning of the history. */
  constructor(life: Life, wall: WallClock, startMs: number) {
    this.#life = life;
    this.#wall = wall;
    this.#startMs = startMs;
  }

  now(): Instant {
    return this.#wall.at(this.#life.scheduler.nowUs);
  }

  monotonicMs(): number {
    return this.#startMs + this.#life.scheduler.nowUs / 1_000;
  }

  after(ms: number, fn: () => void): Timer {
    const timer = new SimTimer(this.timers);
    timer.set(this.#life.after(Math.max(MIN_TIMER_MS, ms), () => timer.fire(fn)));
    return timer;
  }

  every(ms: number, fn: () => void): Timer {
    const timer = new SimTimer(this.timers);
    const next = () => {
      if (timer.isOver) return;
      timer.set(this.#life.after(Math.max(MIN_TIMER_MS, ms), () => {
        if (timer.isOver) return;
        next();
        fn();
      }));
    };
    next();
    return timer;
  }

  soon(fn: () => void): void {
    const timer = new SimTimer(this.timers);
    timer.set(this.#life.at(this.#life.scheduler.nowUs, () => timer.fire(fn), 0.5, END_OF_TURN));
  }
}

class SimTimer implements Timer {
  readonly #timers: Set<object>;
  #event: Event | undefined;

  constructor(timers: Set<object>) {
    this.#timers = timers;
    timers.add(this);
  }

  get isOver(): boolean {
    return !this.#timers.has(this);
  }

  set(event: Event): void {
    this.#event = event;
  }

  /** A process that was stalled may have cancelled it after its time had come. */
  fire(fn: () => void): void {
    if (this.isOver) return;
    this.cancel();
    fn();
  }

  cancel(): void {
    this.#timers.delete(this);
    if (this.#event !== undefined) this.#event.fn = undefined;
  }
}
