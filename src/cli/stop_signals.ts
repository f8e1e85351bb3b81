/** Stop signals, each counted once however many times it comes. */
import type { Clock, Process, StopSignal } from "../runtime/runtime.ts";

/**
 * One Ctrl-C comes twice where `deno task` passes on what the terminal has said already, within milliseconds. Nobody
 * presses it twice within so short a time.
 */
const SAME_MS = 100;

/** Calls `fn` for every stop signal but the echoes of one. */
export function onStopSignal(
  { process, clock }: {
    readonly process: Pick<Process, "onStopSignal">;
    readonly clock: Pick<Clock, "monotonicMs">;
  },
  fn: (signal: StopSignal) => void,
): void {
  const lastMs = new Map<StopSignal, number>();
  process.onStopSignal((signal) => {
    const nowMs = clock.monotonicMs();
    if (nowMs - (lastMs.get(signal) ?? -Infinity) < SAME_MS) return;
    lastMs.set(signal, nowMs);
    fn(signal);
  });
}
