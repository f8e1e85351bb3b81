/** `deno task sim`: thousands of histories of a herd, each from a seed, each held against what protocol.md promises. */
import { parseArgs } from "@std/cli/parse-args";
import { plantNamed, Subjects } from "./campaign.ts";
import { type Failure, type Outcome, runHistory } from "./history.ts";
import { PLANTS } from "./plants.ts";
import { Pool } from "./pool.ts";
import { addTotals, describeTotals, type Totals } from "./totals.ts";

const DEFAULT_SEEDS = 200;
/** Seeds within which every planted bug must be caught. */
const PLANT_SEEDS = 1_000;
const TRACE_LINES = 60;
const PROGRESS_MS = 500;
const MAX_JOBS = 64;

const HELP = `deno task sim: a herd in one process, under faults, from a seed

Each seed draws a herd of 2 to 9 real servers, on a simulated clock, network and
disk, and a storm that goes over it while clients report and ask: partitions,
ways cut in one direction, crashes, power losses, lost and full disks, stalls,
jumping clocks, connections that are reset or swallowed, slow readers. Then
everything heals, and it is checked that registries are equal, that nothing
acknowledged is lost, that replies came in order and one for each request, that
messages and memory were bounded, and that a stopped server leaves nothing.
Odd seeds run the same servers with tiny buffers and batches.

  deno task sim                     ${DEFAULT_SEEDS} seeds
  deno task sim --seeds 10000 --jobs 2
  deno task sim --seed 123 --trace  one history again, and all that happened in it
  deno task sim --self-check        plants known bugs, and must catch every one

  --seeds N      how many seeds                                    (${DEFAULT_SEEDS})
  --from S       the first of them                                 (0)
  --seed S       this one alone
  --trace        prints everything that happened
  --jobs N       threads that share the seeds                      (1)
  --plant NAME   runs with a bug planted
  --plants       lists the bugs that can be planted
  --self-check   plants each of them in turn
  --help

It ends with exit code 1 when a check did not hold, and tells the one command
that shows it again.
`;

class UsageError extends Error {
  override readonly name = "UsageError";
}

interface Options {
  readonly seeds: number;
  readonly from: number;
  readonly seed: number | undefined;
  readonly trace: boolean;
  readonly jobs: number;
  readonly plant: string | undefined;
  readonly task: "run" | "help" | "plants" | "self-check";
}

function readOptions(args: readonly string[]): Options {
  const flags = parseArgs([...args], {
    string: ["seeds", "from", "seed", "jobs", "plant"],
    boolean: ["trace", "plants", "self-check", "help"],
    unknown: (arg: string) => {
      throw new UsageError(`${arg} is unknown; --help tells what there is`);
    },
  });
  const number = (name: "seeds" | "from" | "seed" | "jobs", least: number, most: number) => {
    const text = flags[name];
    if (text === undefined) return undefined;
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    throw new UsageError(`--${name} ${text}: a whole number from ${least} to ${most} is wanted`);
  };
  if (flags.plant !== undefined) plantNamed(flags.plant);
  return {
    seeds: number("seeds", 1, 1e9) ?? DEFAULT_SEEDS,
    from: number("from", 0, 1e12) ?? 0,
    seed: number("seed", 0, 1e12),
    trace: flags.trace === true,
    jobs: number("jobs", 1, MAX_JOBS) ?? 1,
    plant: flags.plant,
    task: flags.help === true
      ? "help"
      : flags.plants === true
      ? "plants"
      : flags["self-check"] === true
      ? "self-check"
      : "run",
  };
}

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  switch (options.task) {
    case "help":
      console.log(HELP);
      return 0;
    case "plants":
      for (const { name, file, why } of PLANTS) console.log(`${name.padEnd(24)} ${why} (src/${file})`);
      return 0;
    case "self-check":
      return await selfCheck(options);
    case "run":
      return options.seed === undefined ? await runSeeds(options) : await replay(options, options.seed);
  }
}

/** Runs one seed, and shows what happened. */
async function replay(options: Options, seed: number): Promise<number> {
  const subjects = new Subjects(options.plant === undefined ? undefined : plantNamed(options.plant));
  const outcome = await runHistory(await subjects.for(seed), seed, true);
  const lines = options.trace ? outcome.trace : outcome.trace.slice(-TRACE_LINES);
  if (options.trace || outcome.violation !== undefined) console.log(lines.join("\n"));
  console.log(describeTotals(outcome.totals, 1));
  console.log(`trace ${(outcome.hash >>> 0).toString(16).padStart(8, "0")}`);
  if (outcome.violation === undefined) return 0;
  console.log(describeFailure(seed, outcome.violation, options.plant));
  return 1;
}

async function runSeeds(options: Options): Promise<number> {
  const startMs = performance.now();
  const pool = new Pool(options.jobs);
  const progress = new Progress(startMs, options.seeds);
  let totals: Totals | undefined;
  let failed: Outcome | undefined;
  let done = 0;
  await pool.run({ from: options.from, count: options.seeds, plant: options.plant }, (outcome) => {
    done++;
    if (totals === undefined) totals = { ...outcome.totals, faults: { ...outcome.totals.faults } };
    else addTotals(totals, outcome.totals);
    if (outcome.violation !== undefined && (failed === undefined || outcome.seed < failed.seed)) {
      failed = outcome;
    }
    progress.show(done);
    return failed === undefined;
  });
  pool.close();
  progress.end();
  if (totals !== undefined) console.log(describeTotals(totals, done));
  const seconds = (performance.now() - startMs) / 1_000;
  console.log(`${done} seeds in ${seconds.toFixed(1)} s, ${(done / seconds).toFixed(1)} a second`);
  if (failed === undefined) return 0;
  return await replay({ ...options, trace: false }, failed.seed);
}

/** Plants every bug, and prints which check caught it after how many seeds. */
async function selfCheck(options: Options): Promise<number> {
  const pool = new Pool(options.jobs);
  let missed = 0;
  for (const { name, why } of PLANTS) {
    let seeds = 0;
    let violation: Failure | undefined;
    await pool.run({ from: options.from, count: PLANT_SEEDS, plant: name }, (outcome) => {
      if (violation === undefined) seeds++;
      violation ??= outcome.violation;
      return violation === undefined;
    });
    if (violation === undefined) missed++;
    const how = violation === undefined ? "NOT CAUGHT" : `caught by "${violation.check}"`;
    console.log(`${name.padEnd(24)} ${`${how} after ${seeds} seeds`.padEnd(40)} ${why}`);
  }
  pool.close();
  console.log(`${PLANTS.length - missed} of ${PLANTS.length} planted bugs were caught`);
  return missed === 0 ? 0 : 1;
}

function describeFailure(seed: number, { check, message }: Failure, plant: string | undefined): string {
  const planted = plant === undefined ? "" : ` --plant ${plant}`;
  return `seed ${seed} failed: ${check}: ${message}\nreplay: deno task sim --seed ${seed}${planted} --trace`;
}

/** A line on the terminal that tells how far it is. */
class Progress {
  readonly #startMs: number;
  readonly #seeds: number;
  readonly #isShown = Deno.stderr.isTerminal();
  #shownMs = 0;

  constructor(startMs: number, seeds: number) {
    this.#startMs = startMs;
    this.#seeds = seeds;
  }

  show(done: number): void {
    const nowMs = performance.now();
    if (!this.#isShown || nowMs - this.#shownMs < PROGRESS_MS) return;
    this.#shownMs = nowMs;
    const rate = (done * 1_000 / (nowMs - this.#startMs)).toFixed(1);
    this.#print(`\r${done} of ${this.#seeds} seeds, ${rate} a second `);
  }

  end(): void {
    if (this.#isShown) this.#print("\r\x1b[K");
  }

  #print(text: string): void {
    Deno.stderr.writeSync(new TextEncoder().encode(text));
  }
}

try {
  Deno.exit(await main(Deno.args));
} catch (error) {
  if (!(error instanceof UsageError || error instanceof RangeError)) throw error;
  console.error(`sim: ${error.message}`);
  Deno.exit(2);
}
