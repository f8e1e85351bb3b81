/** Signals to stop, each told once. */
import { FIXED_WAITS } from "../limits.ts";
import type { Clock, Process, StopSignal } from "../runtime/runtime.ts";

/** What of a runtime it takes. */
interface Signaled {
  readonly process: Pick<Process, "onStopSignal" | "env">;
  readonly clock: Pick<Clock, "monotonicMs">;
}

/** In the environment of a server that `up` or `demo` has started. */
export const STARTER_NAME = "HERD_STARTER";

/** Task runners set this one. */
const STARTER_NAMES = [STARTER_NAME, "INIT_CWD"];

/**
 * Calls `fn` for every SIGTERM and SIGINT that somebody meant: a second one asks to stop at once.
 *
 * Ctrl-C, and whoever stops a group of processes, reach a server and also what started it, which then tells the
 * server once more: `deno task` and `npm run` with the same signal, a moment later; `up`, whenever it comes to it,
 * with SIGTERM. Such an echo would cut off what the first signal let finish.
 */
export function onStop({ process, clock }: Signaled, fn: () => void): void {
  const hasStarter = STARTER_NAMES.some((name) => process.env(name) !== undefined);
  const echoMs = hasStarter ? FIXED_WAITS.signalEchoMs : 0;
  let meant: { readonly signal: StopSignal; readonly atMs: number } | undefined;
  let isToldByUp = false;
  process.onStopSignal((signal) => {
    const nowMs = clock.monotonicMs();
    if (meant?.signal === signal && nowMs - meant.atMs < echoMs) return;
    const isEcho = isToldByUp && signal === "SIGTERM";
    isToldByUp = hasStarter && meant === undefined && signal === "SIGINT";
    if (isEcho) return;
    meant = { signal, atMs: nowMs };
    fn();
  });
}
