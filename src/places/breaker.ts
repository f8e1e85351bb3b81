/** When a Places service that is down is left alone. */
import type { Limits } from "../limits.ts";
import type { ServiceDownError } from "./http.ts";

type BreakerLimits = Pick<Limits, "breakerFailures" | "breakerMs">;

/** Spares a service that is down: after some failures in a row it rests, then one search at a time tries it again. */
export class Breaker {
  readonly #limits: BreakerLimits;
  #failures = 0;
  #cause = "";
  #restsUntilMs = 0;
  #trying = false;

  constructor(limits: BreakerLimits) {
    this.#limits = limits;
  }

  /** Why a search must not be made now; undefined when it may, and then its end has to be told. */
  refuses(nowMs: number): string | undefined {
    const { breakerFailures, breakerMs } = this.#limits;
    if (this.#failures < breakerFailures) return undefined;
    if (nowMs >= this.#restsUntilMs && !this.#trying) {
      this.#trying = true;
      return undefined;
    }
    return `${this.#cause} (${breakerFailures} times in a row or more; herd asks it again after ${
      breakerMs / 1000
    } s)`;
  }

  answered(): void {
    this.#failures = 0;
    this.#trying = false;
  }

  down(error: ServiceDownError, nowMs: number): void {
    this.#failures++;
    this.#cause = error.message;
    this.#restsUntilMs = nowMs + this.#limits.breakerMs;
    this.#trying = false;
  }

  abandoned(): void {
    this.#trying = false;
  }
}
