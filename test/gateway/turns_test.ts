/** Work that is done a little at a time. */
import { assertEquals, assertRejects } from "@std/assert";
import { Turns } from "../../src/gateway/turns.ts";
import { test } from "../runner.ts";
import { FakeClock } from "../fake_clock.ts";

/** Work that takes its time. */
class SlowClock extends FakeClock {
  workedMs = 0;
  override monotonicMs(): number {
    return super.monotonicMs() + this.workedMs;
  }
}

test("a turn takes work up in order until it has taken a few milliseconds, and the rest is for the next", async () => {
  const clock = new SlowClock();
  const turns = new Turns(clock);
  const done: number[] = [];
  const works = [1, 1, 1, 1, 1, 1, 9, 1].map((ms, i) =>
    turns.run(() => {
      clock.workedMs += ms;
      done.push(i);
      return i;
    })
  );
  assertEquals(done, [], "nothing is done at once");
  clock.pass(1);
  assertEquals(done, [0, 1, 2, 3]);
  clock.pass(11);
  assertEquals(done, [0, 1, 2, 3], "four milliseconds of work are followed by twelve for everybody else");
  clock.pass(1);
  assertEquals(done, [0, 1, 2, 3, 4, 5, 6]);
  clock.pass(32);
  assertEquals(done, [0, 1, 2, 3, 4, 5, 6]);
  clock.pass(1);
  assertEquals(await Promise.all(works), [0, 1, 2, 3, 4, 5, 6, 7]);
});

test("work that fails is its own affair", async () => {
  const clock = new FakeClock();
  const turns = new Turns(clock);
  const failed = turns.run(() => {
    throw new Error("no");
  });
  const next = turns.run(() => "yes");
  clock.pass(1);
  await assertRejects(() => failed, Error, "no");
  assertEquals(await next, "yes");
});
