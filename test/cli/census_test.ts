/** What the threads of a server have counted, asked of all at once. */
import { assertEquals, assertStrictEquals } from "@std/assert";
import { Census } from "../../src/cli/census.ts";
import { FIXED_WAITS } from "../../src/limits.ts";
import type { ThreadState } from "../../src/server/thread_state.ts";
import { FakeClock } from "../fake_clock.ts";
import { test } from "../runner.ts";

function state(sessions: number): ThreadState {
  return { sessions, refusing: 0, counters: {} as ThreadState["counters"] };
}

test("census: it is over once all have answered, and leaves no timer", async () => {
  const clock = new FakeClock();
  const census = new Census(clock);
  const asked: number[] = [];
  const answers = census.take(2, (question) => asked.push(question));
  census.add(1, 2, state(20));
  census.add(1, 3, state(30));
  assertEquals(await answers, { answered: 2, states: [state(20), state(30)] });
  assertEquals([asked, clock.pending], [[1], 0]);
});

test("census: one thread that answers twice is not two", async () => {
  const clock = new FakeClock();
  const census = new Census(clock);
  const answers = census.take(2, () => {});
  census.add(1, 2, state(1));
  census.add(1, 2, state(2));
  clock.pass(FIXED_WAITS.threadAnswerMs);
  assertEquals(await answers, { answered: 1, states: [state(2)] });
});

test("census: a thread that is late is told of as it was last, and does not answer the next question by it", async () => {
  const clock = new FakeClock();
  const census = new Census(clock);
  const first = census.take(2, () => {});
  census.add(1, 2, state(20));
  clock.pass(FIXED_WAITS.threadAnswerMs);
  assertEquals(await first, { answered: 1, states: [state(20)] });
  const second = census.take(2, () => {});
  census.add(1, 3, state(30));
  census.add(2, 2, state(21));
  clock.pass(FIXED_WAITS.threadAnswerMs);
  assertEquals(await second, { answered: 1, states: [state(21), state(30)] });
});

test("census: whoever asks meanwhile shares it", async () => {
  const census = new Census(new FakeClock());
  let asked = 0;
  const answers = [1, 2, 3].map(() => census.take(1, () => asked++));
  assertStrictEquals(answers[1], answers[0]);
  census.add(1, 2, state(1));
  assertEquals(asked, 1);
  assertEquals((await answers[2])?.answered, 1);
  const next = census.take(1, () => asked++);
  assertEquals(asked, 2);
  census.add(2, 2, state(1));
  await next;
});
