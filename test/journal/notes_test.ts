import { assertEquals } from "@std/assert";
import { FORGET_LINE, parseNote, renderHeld, renderRun } from "../../src/journal/notes.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

const hex = fc.stringMatching(/^[0-9a-f]{32}$/);
const name = fc.stringMatching(/^[!-~]{1,64}$/);

test("what is noted is read as it was meant", () => {
  fc.assert(fc.property(hex, name, fc.nat(), (run, neighbor, seq) => {
    assertEquals(parseNote(renderRun(run).trimEnd()), { kind: "run", run });
    assertEquals(parseNote(new TextDecoder().decode(FORGET_LINE).trimEnd()), { kind: "forget" });
    const held = { run, seq };
    assertEquals(parseNote(renderHeld(neighbor, held).trimEnd()), { kind: "held", neighbor, held });
  }));
});

test("what is nearly a note is none", () => {
  const run = "0123456789abcdef0123456789abcdef";
  const nearly = [
    "",
    "HERD/1",
    `HERD/1 RUN ${run.slice(1)}`,
    `HERD/1 RUN ${run} `,
    `HERD/2 RUN ${run}`,
    `HERD/1 run ${run}`,
    `HERD/1 HELD Hands ${run}`,
    `HERD/1 HELD Hands ${run} -1`,
    `HERD/1 HELD Hands ${run} 1234567890123456`,
    `HERD/1 HELD  ${run} 1`,
    `HERD/1 HELD Hands ${run} 1\r`,
    "HERD/1 BEAT",
    "HERD/1 FORGET all",
  ];
  for (const line of nearly) assertEquals(parseNote(line), undefined, line);
});
