/** Lines gathered for all links, against a list of lines that each knows who has it. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { DueLines } from "../../src/registry/due_lines.ts";
import { test } from "../runner.ts";
import { linesFor } from "./bench.ts";

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
const stretch = fc.record({ count: fc.integer({ min: 1, max: 4 }), by: knownBy });

test("every neighbor gets the lines that it lacks, in order, and no other", () => {
  const due = new DueLines(0);
  fc.assert(
    fc.property(fc.array(stretch, { maxLength: 60, size: "max" }), (stretches) => {
      due.clear();
      const gathered: { readonly line: string; readonly by: readonly number[] }[] = [];
      for (const { count, by } of stretches) {
        for (let i = 0; i < count; i++) {
          const line = `line ${gathered.length}`;
          gathered.push({ line, by });
          due.out.append(new TextEncoder().encode(`${line}\n`));
          due.added(bitsOf(by, 0), bitsOf(by, 32));
        }
      }
      for (const neighbor of NEIGHBORS) {
        const lacking = gathered.filter(({ by }) => !by.includes(neighbor)).map(({ line }) => line);
        assertEquals(linesFor(neighbor, due), lacking, `neighbor ${neighbor}`);
      }
    }),
    { seed: 20_261_123, numRuns: 500 },
  );
});

test("what a neighbor lacks in a row is one range, however the others stand to it", () => {
  const due = new DueLines(0);
  for (const known of [0, 2, 0, 4, 1, 1, 2]) {
    due.out.append(new TextEncoder().encode("x\n"));
    due.added(known, 0);
  }
  const ranges: (readonly [start: number, end: number, lines: number])[] = [];
  due.forNeighbor(0, (...range) => ranges.push(range));
  assertEquals(ranges, [[0, 8, 4], [12, 14, 1]]);
});
