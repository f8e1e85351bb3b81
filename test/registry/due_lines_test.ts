/** Lines gathered for all links, against a list of lines that each knows who has it. */
import { assertEquals } from "@std/assert";
import { DueLines } from "../../src/registry/due_lines.ts";
import { OWN } from "../../src/registry/registry.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";
import { dueFor, linesFor } from "./bench.ts";

const NEIGHBORS = [0, 1, 30, 31, 32, 33, 62, 63] as const;

/** The bits of those of `neighbors` from `first` on that fit into one word. */
function bitsOf(neighbors: readonly number[], first: number): number {
  return neighbors.reduce(
    (bits, one) => one >= first && one < first + 32 ? bits | 1 << (one - first) : bits,
    0,
  );
}

const knownBy = fc.oneof(
  fc.constant([]),
  fc.subarray([...NEIGHBORS]),
  fc.constantFrom(...NEIGHBORS).map((one) => [one]),
);
/** The same neighbors often have several lines in a row. */
const stretch = fc.record({
  count: fc.integer({ min: 1, max: 4 }),
  by: knownBy,
  source: fc.constantFrom(OWN, ...NEIGHBORS),
});
const sources = fc.subarray<number>([...NEIGHBORS]);

test("every neighbor gets the lines that it lacks, in order, and no other; some are waited with", () => {
  const due = new DueLines(0);
  fc.assert(
    fc.property(fc.array(stretch, { maxLength: 60, size: "max" }), sources, (stretches, slow) => {
      due.clear();
      const patience = new Uint8Array(65);
      for (const source of slow) patience[source + 1] = 1;
      const gathered: { line: string; by: readonly number[]; source: number; entry: number; seq: number }[] =
        [];
      for (const { count, by, source } of stretches) {
        for (let i = 0; i < count; i++) {
          const seq = gathered.length + 1;
          gathered.push({ line: `line ${seq}`, by, source, entry: 3 * seq, seq });
          due.out.append(new TextEncoder().encode(`line ${seq}\n`));
          due.added(3 * seq, seq, source, bitsOf(by, 0), bitsOf(by, 32));
        }
      }
      for (const neighbor of NEIGHBORS) {
        const lacking = gathered.filter(({ by }) => !by.includes(neighbor));
        assertEquals(linesFor(neighbor, due), lacking.map(({ line }) => line), `neighbor ${neighbor}`);
        assertEquals(dueFor(neighbor, due, patience), {
          lines: lacking.filter(({ source }) => !slow.includes(source)).map(({ line }) => line),
          waiting: lacking.filter(({ source }) => slow.includes(source))
            .map(({ entry, seq }) => ({ entry, seq })),
        });
      }
    }),
    { numRuns: 500 },
  );
});

test("what a neighbor lacks in a row is one range, however the others stand to it", () => {
  const due = new DueLines(0);
  for (const known of [0, 2, 0, 4, 1, 1, 2]) {
    due.out.append(new TextEncoder().encode("x\n"));
    due.added(0, 1, OWN, known, 0);
  }
  const ranges: (readonly [start: number, end: number, lines: number])[] = [];
  const taker = {
    send: (_bytes: Uint8Array, ...range: [number, number, number]) => void ranges.push(range),
    wait() {},
  };
  due.forNeighbor({ index: 0, patience: new Uint8Array(65) }, taker);
  assertEquals(ranges, [[0, 8, 4], [12, 14, 1]]);
});
