/** A short round of `deno task fuzz`, the same each time: every input that ever broke something, and some new ones. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { latin1, textOf } from "../binary.ts";
import { test } from "../runner.ts";
import { readCorpus, SEEDS } from "./corpus.ts";
import { Failure, fuzz } from "./fuzzer.ts";
import { Random } from "./random.ts";
import { type Target } from "./target.ts";
import { TARGETS } from "./targets.ts";

const RUNS = 300;

for (const target of TARGETS) {
  test(`fuzz: ${target.name}: nothing in the corpus breaks it, nor what is made of it`, async () => {
    const corpus = readCorpus(SEEDS, target.name);
    assert(corpus.length >= 10, `${corpus.length} inputs`);
    const { runs, kinds } = await fuzz(
      target,
      corpus,
      new Random(20_261_123),
      (runs) => runs < corpus.length + RUNS,
    );
    assert(runs >= RUNS && kinds > 10, `${runs} runs, ${kinds} kinds`);
  }, { needs: ["read"] });
}

/** Breaks at what takes three steps to find. */
const fragile: Target = {
  name: "fragile",
  words: ["b", "u", "g"],
  maxBytes: 50,
  run(input) {
    const text = textOf(input);
    if (text.includes("bug")) throw new Error("it broke");
    return `${text.includes("b")} ${text.includes("bu")}`;
  },
};

test("fuzz: what breaks a target is found, step by step, and made small", async () => {
  const error = await assertRejects(
    () => fuzz(fragile, [latin1("nothing of the kind")], new Random(1), (runs) => runs < 100_000),
    Failure,
    "fragile: it broke",
  );
  assertEquals(textOf(error.input), "bug");
});

test("fuzz: the same seed makes the same inputs", async () => {
  const inputs: string[][] = [];
  for (let round = 0; round < 2; round++) {
    const seen: string[] = [];
    const target: Target = {
      ...fragile,
      run: (input) => {
        seen.push(textOf(input));
        return "";
      },
    };
    await fuzz(target, [latin1("begin")], new Random(7), (runs) => runs < 200);
    inputs.push(seen);
  }
  assertEquals(inputs[0], inputs[1]);
  assert(new Set(inputs[0]).size > 100);
});
