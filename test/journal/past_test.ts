import { assert, assertEquals } from "@std/assert";
import { Past } from "../../src/journal/past.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

const [FIRST, SECOND] = ["first", "second"];

function pastOf(...lives: readonly (readonly [run: string, marks: readonly number[]])[]): Past {
  const past = new Past();
  for (const [run, marks] of lives) {
    past.beginLife(run);
    for (const seq of marks) past.mark(seq);
  }
  return past;
}

test("someone who followed a life up to a mark gets what was changed behind it", () => {
  const past = pastOf([FIRST, [5, 10, 20]]);
  assertEquals(past.resumeAfter({ run: FIRST, seq: 10 }), 10);
  assertEquals(
    past.resumeAfter({ run: FIRST, seq: 19 }),
    10,
    "between marks the one before is what is known",
  );
  assertEquals(past.resumeAfter({ run: FIRST, seq: 4 }), 0, "before the first mark all may be new");
});

test("someone who followed a life beyond what is left of it has all that is left", () => {
  assertEquals(pastOf([FIRST, [5, 10]]).resumeAfter({ run: FIRST, seq: 1_000 }), 10);
});

test("an older life than the last is known as long as the journal tells of it", () => {
  const past = pastOf([FIRST, [5, 10]], [SECOND, [30]]);
  assertEquals(past.resumeAfter({ run: FIRST, seq: 100 }), 10, "nothing of the second life was in the first");
  assertEquals(past.resumeAfter({ run: SECOND, seq: 29 }), 10);
  assertEquals(past.resumeAfter({ run: SECOND, seq: 30 }), 30);
  assertEquals(past.resumeAfter({ run: "forgotten", seq: 30 }), 0);
  assertEquals(pastOf().resumeAfter({ run: FIRST, seq: 30 }), 0);
});

test("of a neighbor what was noted last is held", () => {
  const past = new Past();
  past.hold("Hands", { run: FIRST, seq: 1 });
  past.hold("Welsh", { run: FIRST, seq: 7 });
  past.hold("Hands", { run: SECOND, seq: 3 });
  assertEquals([...past.held], [["Hands", { run: SECOND, seq: 3 }], ["Welsh", { run: FIRST, seq: 7 }]]);
});

test("once a life has begun without a part of the journal, nothing that is noted counts", () => {
  const past = pastOf([FIRST, [5, 10]]);
  past.hold("Hands", { run: FIRST, seq: 1 });
  past.forget();
  past.beginLife(SECOND);
  past.mark(20);
  past.hold("Welsh", { run: FIRST, seq: 2 });
  assertEquals([past.resumeAfter({ run: FIRST, seq: 10 }), past.resumeAfter({ run: SECOND, seq: 20 })], [
    0,
    0,
  ]);
  assertEquals([...past.held], []);
});

test("nobody misses a change, whatever lives, marks and losses there were", () => {
  // A life is a row of changes and of marks that stand behind some of them, and ends with a part of them lost.
  const life = fc.record({
    changes: fc.integer({ min: 0, max: 20 }),
    markEvery: fc.integer({ min: 1, max: 6 }),
    lost: fc.integer({ min: 0, max: 5 }),
  });
  fc.assert(
    fc.property(fc.array(life, { minLength: 1, maxLength: 4 }), fc.nat(), fc.nat(), (lives, pick, upTo) => {
      const past = new Past();
      let seq = 0;
      const changed: { readonly life: number; readonly seq: number }[] = [];
      const ends: number[] = [];
      lives.forEach(({ changes, markEvery, lost }, i) => {
        past.beginLife(`${i}`);
        const last = Math.max(seq, seq + changes - lost);
        ends.push(seq + changes);
        while (seq < last) {
          changed.push({ life: i, seq: ++seq });
          if (seq % markEvery === 0) past.mark(seq);
        }
      });
      // Someone who followed one of the lives to some point of it, the lost part too.
      const followed = pick % lives.length;
      const held = { run: `${followed}`, seq: upTo % (ends[followed]! + 1) };
      const after = past.resumeAfter(held);
      for (const change of changed) {
        const has = change.life <= followed && change.seq <= held.seq;
        assert(has || change.seq > after, `change ${change.seq} of life ${change.life} would be missed`);
      }
    }),
  );
});
