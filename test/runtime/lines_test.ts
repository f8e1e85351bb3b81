/** Lines from streams of bytes. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { mergeLines, splitLines } from "../../src/runtime/lines.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

async function* streamOf(...pieces: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    await undefined;
    yield typeof piece === "string" ? new TextEncoder().encode(piece) : piece;
  }
}

async function all(lines: AsyncIterable<string>): Promise<string[]> {
  const read: string[] = [];
  for await (const line of lines) read.push(line);
  return read;
}

test("lines are the same in whatever pieces their bytes come", async () => {
  const text = "one\n\ntwo é 🚲\nlast without an end";
  const bytes = new TextEncoder().encode(text);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: bytes.length }), { maxLength: 8 }), async (places) => {
      const ends = [...places.toSorted((a, b) => a - b), bytes.length];
      const pieces = ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
      assertEquals(await all(splitLines(streamOf(...pieces))), text.split("\n"));
    }),
  );
});

test("of several streams every line comes, those of each in order, and a silent one holds up nobody", async () => {
  const silent = Promise.withResolvers<void>();
  async function* late(): AsyncGenerator<Uint8Array> {
    await silent.promise;
    yield* streamOf("late\n");
  }
  const lines = mergeLines([streamOf("a1\na2\n", "a3\n"), late()]);
  const read: string[] = [];
  for await (const line of lines) {
    read.push(line);
    if (read.length === 3) silent.resolve();
  }
  assertEquals(read, ["a1", "a2", "a3", "late"]);
});

test("lines that nobody takes are not read from their stream", async () => {
  let given = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) {
      given++;
      yield* streamOf("line\n");
    }
  }
  const lines = mergeLines([endless(), endless()])[Symbol.asyncIterator]();
  for (let i = 0; i < 10; i++) assertEquals((await lines.next()).value, "line");
  await new Promise((resolve) => setTimeout(resolve));
  assert(given < 20, `${given} were read for 10`);
});

test("a stream that breaks is told of", async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield* streamOf("one\n");
    throw new Error("it broke");
  }
  await assertRejects(() => all(mergeLines([broken(), streamOf("two\n")])), Error, "it broke");
});
