/** How long to wait before the next try. */
import { LEAST_RETRY_MS, MOST_RETRY_MS } from "./bounds.ts";

export class Retry {
  #ms = LEAST_RETRY_MS;

  /** The pause before the next try, longer each time. */
  next(): number {
    const ms = this.#ms;
    this.#ms = Math.min(MOST_RETRY_MS, 2 * ms);
    return ms;
  }

  succeeded(): void {
    this.#ms = LEAST_RETRY_MS;
  }
}
