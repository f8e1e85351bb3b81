/** Which signals mean to stop, and which are the same one told again. */
import { assertEquals } from "@std/assert";
import { onStop } from "../../src/cli/stop_signals.ts";
import { FIXED_WAITS } from "../../src/limits.ts";
import type { StopSignal } from "../../src/runtime/runtime.ts";
import { test } from "../runner.ts";

type Signal = readonly [afterMs: number, signal: StopSignal];

/** How many of these signals, each so many milliseconds after the one before, are told, where a task runner started it. */
function told(...signals: readonly Signal[]): number {
  return toldWith("INIT_CWD", ...signals);
}

function toldWith(starter: string | undefined, ...signals: readonly Signal[]): number {
  let nowMs = 5_000;
  let count = 0;
  let raise: (signal: StopSignal) => void = () => {};
  onStop(
    {
      process: {
        onStopSignal: (fn) => raise = fn,
        env: (name) => name === starter ? "" : undefined,
      },
      clock: { monotonicMs: () => nowMs },
    },
    () => count++,
  );
  for (const [afterMs, signal] of signals) {
    nowMs += afterMs;
    raise(signal);
  }
  return count;
}

const { signalEchoMs } = FIXED_WAITS;

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`${signal} that a group and its starter pass on is told once, a later one again`, () => {
    assertEquals(told([0, signal]), 1);
    assertEquals(told([0, signal], [0, signal]), 1);
    assertEquals(told([0, signal], [signalEchoMs - 2, signal], [1, signal]), 1);
    assertEquals(told([0, signal], [signalEchoMs, signal]), 2);
    assertEquals(told([0, signal], [1, signal], [signalEchoMs, signal]), 2);
  });
}

test("echoes do not put off for ever when a second signal counts", () => {
  assertEquals(told([0, "SIGINT"], [signalEchoMs - 1, "SIGINT"], [1, "SIGINT"]), 2);
});

test("Ctrl-C, and the SIGTERM that up makes of it however late, are one signal; another SIGTERM counts", () => {
  assertEquals(told([0, "SIGINT"], [9_000, "SIGTERM"]), 1);
  assertEquals(told([0, "SIGINT"], [1, "SIGINT"], [1, "SIGTERM"], [1, "SIGTERM"]), 2);
  assertEquals(told([0, "SIGINT"], [9_000, "SIGTERM"], [1, "SIGTERM"]), 2);
});

test("a signal of another kind is no echo", () => {
  assertEquals(told([0, "SIGTERM"], [0, "SIGINT"]), 2);
});

test("where nobody passes signals on, a second one counts at once", () => {
  assertEquals(toldWith(undefined, [0, "SIGTERM"], [0, "SIGTERM"]), 2);
  assertEquals(toldWith(undefined, [0, "SIGINT"], [9_000, "SIGTERM"]), 2);
  assertEquals(toldWith("HERD_STARTER", [0, "SIGTERM"], [0, "SIGTERM"]), 1);
});
