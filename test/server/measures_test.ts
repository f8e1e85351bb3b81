/** How late timers are, on a clock that can stall. */
import { assertEquals } from "@std/assert";
import { LOOP_BOUNDS, Measures } from "../../src/server/measures.ts";
import { Durations } from "../../src/server/durations.ts";
import { test } from "../runner.ts";
import { FakeClock } from "../fake_clock.ts";

/** A clock whose timers fire late by what is said. */
class LateClock extends FakeClock {
  lateMs = 0;
  override monotonicMs(): number {
    return super.monotonicMs() + this.lateMs;
  }
}

test("measures: the loop's delay is how late a timer was, each in its bucket", () => {
  const clock = new LateClock();
  const measures = new Measures(clock);
  measures.start();
  clock.pass(300);
  clock.lateMs += 40;
  clock.pass(100);
  clock.lateMs += 3_000;
  clock.pass(100);
  const { buckets, sumSeconds } = measures.counts.loopDelays;
  const expected = Array<number>(LOOP_BOUNDS.length + 1).fill(0);
  expected[0] = 3;
  expected[LOOP_BOUNDS.indexOf(0.05)] = 1;
  expected[LOOP_BOUNDS.length] = 1;
  assertEquals(buckets, expected);
  assertEquals(Math.round(sumSeconds * 1000), 3_040);
  measures.stop();
  clock.pass(1_000);
  assertEquals(measures.counts.loopDelays.buckets, expected, "it has stopped");
});

test("durations: what is as long as a bound is in its bucket", () => {
  const durations = new Durations([0.1, 1]);
  for (const ms of [0, 100, 101, 1_000, 1_001, 9_999]) durations.add(ms);
  assertEquals(durations.counts.buckets, [2, 2, 2]);
});
