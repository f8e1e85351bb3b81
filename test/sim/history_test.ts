/** Some seeds of the simulation on each runtime; `deno task sim` runs as many as you like. */
import { assertEquals } from "@std/assert";
import { plantNamed, Subjects } from "./campaign.ts";
import { type Outcome, runHistory } from "./history.ts";
import { PLANTS } from "./plants.ts";
import { checkEdits, SMALL } from "./variants.ts";
import { test } from "../runner.ts";

const SEEDS = 10;

function failureOf({ seed, violation }: Outcome): string | undefined {
  return violation === undefined
    ? undefined
    : `${violation.check}: ${violation.message}; replay: deno task sim --seed ${seed} --trace`;
}

test("a herd keeps its promises through storms", async () => {
  const subjects = new Subjects();
  for (let seed = 0; seed < 2 * SEEDS; seed += 2) {
    assertEquals(failureOf(await runHistory(await subjects.for(seed), seed)), undefined);
  }
});

test("a herd with tiny buffers keeps them too", async () => {
  const subjects = new Subjects();
  for (let seed = 1; seed < 2 * SEEDS; seed += 2) {
    assertEquals(failureOf(await runHistory(await subjects.for(seed), seed)), undefined);
  }
}, { needs: ["read", "write", "env", "sys"] });

test("a history follows from its seed alone", async () => {
  const subjects = new Subjects();
  const subject = await subjects.for(0);
  const seed = 1_000_000;
  const first = await runHistory(subject, seed);
  await runHistory(subject, seed + 2);
  const again = await runHistory(subject, seed, true);
  assertEquals([again.hash, again.totals], [first.hash, first.totals]);
  const other = await runHistory(subject, seed + 2);
  assertEquals(other.hash === first.hash, false, "another seed, another history");
});

test("every planted bug has its place in the sources", async () => {
  await checkEdits([...PLANTS, ...SMALL]);
}, { needs: ["read"] });

/** Bugs that a few seeds bring out; `deno task sim --self-check` plants them all. */
const QUICK_PLANTS = ["no-tie-break", "flood-what-is-known", "forget-cursor", "overtake", "leave-ticker"];
const PLANT_SEEDS = 20;

test("planted bugs are caught", async () => {
  const missed: string[] = [];
  for (const name of QUICK_PLANTS) {
    const subjects = new Subjects(plantNamed(name));
    let isCaught = false;
    for (let seed = 0; seed < 2 * PLANT_SEEDS && !isCaught; seed += 2) {
      isCaught = (await runHistory(await subjects.for(seed), seed)).violation !== undefined;
    }
    if (!isCaught) missed.push(name);
  }
  assertEquals(missed, []);
}, { needs: ["read", "write", "env", "sys"] });
