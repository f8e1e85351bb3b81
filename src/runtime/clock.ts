/** The clock of both real runtimes, from what the web platform gives each. */
import type { Clock, Instant, Timer } from "./runtime.ts";

/** How far the fine clock may be from the system's before it is set anew, in milliseconds. */
const MAX_DRIFT_MS = 2;
/** How often it is compared: a reading of it takes as long as a message. */
const COMPARE_MS = 10;

/** @param soon the runtime's way to run something after the I/O of this turn. */
export function makeClock(soon: (fn: () => void) => void): Clock {
  const readWall = makeWallClock();
  return {
    now: readWall,
    monotonicMs: () => performance.now(),
    after(ms: number, fn: () => void): Timer {
      const id = setTimeout(fn, ms);
      return { cancel: () => clearTimeout(id) };
    },
    every(ms: number, fn: () => void): Timer {
      const id = setInterval(fn, ms);
      return { cancel: () => clearInterval(id) };
    },
    soon,
  };
}

/**
 * `Date.now()` has milliseconds only, `performance.now()` is finer but does not follow when the system's clock is
 * set. So the fine one is counted from an anchor, and the anchor follows the system's.
 */
function makeWallClock(): () => Instant {
  let anchorMs = performance.timeOrigin;
  let comparedMs = -Infinity;
  return () => {
    const fineMs = performance.now();
    if (fineMs - comparedMs >= COMPARE_MS) {
      comparedMs = fineMs;
      const systemMs = Date.now();
      const drift = anchorMs + fineMs - systemMs;
      if (drift < -MAX_DRIFT_MS || drift > MAX_DRIFT_MS) anchorMs = systemMs - fineMs;
    }
    // The anchor and the count are split before they are added: their sum has too many digits for one number.
    const anchorWhole = Math.floor(anchorMs);
    const fineWhole = Math.floor(fineMs);
    const nanos = Math.floor((anchorMs - anchorWhole + (fineMs - fineWhole)) * 1e6);
    const wholeMs = anchorWhole + fineWhole + Math.floor(nanos / 1e6);
    const seconds = Math.floor(wholeMs / 1000);
    return { seconds, nanos: (wholeMs - seconds * 1000) * 1_000_000 + nanos % 1_000_000 };
  };
}
