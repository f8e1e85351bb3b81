/** Which of the stop signals that come count. */
import { assertEquals } from "@std/assert";
import { onStopSignal } from "../../src/cli/stop_signals.ts";
import type { StopSignal } from "../../src/runtime/runtime.ts";
import { test } from "../runner.ts";

test("one Ctrl-C that comes twice is one, and a second one counts, also of a key that is held", () => {
  let nowMs = 5;
  let press: (signal: StopSignal) => void = () => {};
  const heard: string[] = [];
  onStopSignal(
    { process: { onStopSignal: (fn) => void (press = fn) }, clock: { monotonicMs: () => nowMs } },
    (signal) => heard.push(`${signal} at ${nowMs}`),
  );
  press("SIGINT");
  press("SIGINT");
  press("SIGTERM");
  for (nowMs = 35; nowMs < 120; nowMs += 30) press("SIGINT");
  assertEquals(heard, ["SIGINT at 5", "SIGTERM at 5"]);
  press("SIGINT");
  assertEquals(heard.slice(2), ["SIGINT at 125"]);
});
