/**
 * `deno task fuzz`: gives every target inputs that nobody thought of, for a time. What makes one do something new is
 * added to a folder, from which the next run begins; what breaks one is printed, and kept as a regression.
 */
import { parseArgs } from "@std/cli/parse-args";
import { readFileSync } from "node:fs";
import process from "node:process";
import { escapeText } from "../../src/log/records.ts";
import { addToCorpus, readCorpus, SEEDS } from "./corpus.ts";
import { Failure, fuzz, runOne } from "./fuzzer.ts";
import { Random } from "./random.ts";
import type { Target } from "./target.ts";
import { TARGETS } from "./targets.ts";

const HELP = `deno task fuzz [--seconds 60] [--target NAME] [--corpus .fuzz] [--seed N]
deno task fuzz --target NAME --replay FILE

--seconds is the time of all targets together. Targets: ${TARGETS.map(({ name }) => name).join(", ")}
`;

/** Much slower than any input should be on any machine that is not too busy. */
const SLOW_MS = 2_000;

async function main(args: string[]): Promise<number> {
  const flags = parseArgs(args, {
    string: ["seconds", "target", "corpus", "seed", "replay"],
    boolean: ["help"],
    unknown: (arg: string) => fail(`${arg} is unknown`),
  });
  if (flags.help) return console.log(HELP), 0;
  const chosen = flags.target === undefined ? TARGETS : TARGETS.filter(({ name }) => name === flags.target);
  if (chosen.length === 0) fail(`--target ${flags.target} is unknown`);
  if (flags.replay !== undefined) {
    if (chosen.length > 1) fail("--replay needs its --target");
    return await replay(chosen[0]!, flags.replay);
  }
  const seconds = Number(flags.seconds ?? 60);
  if (!(seconds > 0 && seconds <= 86_400)) fail(`--seconds ${flags.seconds}: give a number, at most 86400`);
  const seed = flags.seed === undefined ? Date.now() >>> 0 : Number(flags.seed);
  if (!Number.isInteger(seed)) fail(`--seed ${flags.seed}: give a whole number`);
  console.log(`seed ${seed}`);
  let code = 0;
  for (const target of chosen) {
    code = Math.max(
      code,
      await fuzzOne(target, 1000 * seconds / chosen.length, flags.corpus ?? ".fuzz", seed),
    );
  }
  return code;
}

function fail(what: string): never {
  console.error(`fuzz: ${what}\n${HELP}`);
  process.exit(2);
}

async function fuzzOne(target: Target, ms: number, folder: string, seed: number): Promise<number> {
  const corpus = [...readCorpus(SEEDS, target.name), ...readCorpus(folder, target.name)];
  const endMs = performance.now() + ms;
  try {
    const { runs, kinds, found } = await fuzz(
      target,
      corpus,
      new Random(seed),
      () => performance.now() < endMs,
      SLOW_MS,
    );
    for (const input of found) addToCorpus(folder, target.name, input);
    console.log(
      `${target.name.padEnd(10)} ${runs} runs, ${Math.round(1000 * runs / ms)} a second, ${kinds} kinds, ` +
        `${found.length} of them new`,
    );
    return 0;
  } catch (error) {
    return report(target, error);
  }
}

function report(target: Target, error: unknown): number {
  if (!(error instanceof Failure)) throw error;
  const path = addToCorpus(SEEDS, target.name, error.input, "broke-");
  console.error(`${error.message}\n${error.cause instanceof Error ? error.cause.stack : error.cause}`);
  console.error(`input, of ${error.input.length} bytes: ${escapeText(error.input.slice(0, 4_096))}`);
  console.error(`again: deno task fuzz --target ${target.name} --replay ${path}`);
  return 1;
}

async function replay(target: Target, path: string): Promise<number> {
  try {
    console.log(`${target.name}: ${await runOne(target, new Uint8Array(readFileSync(path)), SLOW_MS)}`);
    return 0;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.error(`${error.message}\n${error.cause instanceof Error ? error.cause.stack : error.cause}`);
    return 1;
  }
}

process.exit(await main(process.argv.slice(2)));
