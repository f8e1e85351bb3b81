/** How long is waited before a neighbor is dialed again. */
import { FIXED_WAITS, type Limits } from "../limits.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** Milliseconds, jittered, longer with each of `tries` in vain, and at most `limits.redialMs`. */
export function redialDelayMs(tries: number, limits: Limits, runtime: Runtime): number {
  const longest = Math.min(limits.redialMs, FIXED_WAITS.firstRedialMs * 2 ** Math.min(tries, 20));
  return longest * (0.5 + 0.5 * runtime.randomBytes(1)[0]! / 255);
}
