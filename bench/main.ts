/**
 * The bench: builds its load generator, starts each contestant itself, and prints what each reaches beside the others.
 *
 *   deno run -A bench/main.ts [--quick] [--only WORKLOAD...] [--with CONTESTANT...] [--rounds N] [--seconds S]
 *                             [--json FILE] [--before CHECKOUT] [--list]
 *                             [--growth [--plot FILE]]
 */
import { type Bench, FULL_PACE, GROWTH_PACE, type Pace, QUICK_PACE, type Workload } from "./bench.ts";
import { BuildError, buildTools } from "./build.ts";
import { CONTESTANTS } from "./contestants.ts";
import { runGrowth } from "./growth.ts";
import { lookAtMachine } from "./machine.ts";
import { findNode } from "../tools/node24.ts";
import { RunOverError, stopAll } from "./processes.ts";
import { table, targetTable, toJson, workloadTable } from "./report.ts";
import { type Outcome, runWorkload } from "./rounds.ts";
import { WORKLOADS } from "./workloads/all.ts";

const FLAGS = [
  "quick",
  "only",
  "with",
  "rounds",
  "seconds",
  "json",
  "list",
  "growth",
  "plot",
  "before",
  "help",
] as const;
type Flag = (typeof FLAGS)[number];

const HELP = `deno task bench: herd beside its references, each alone on a processor

  deno task bench                      every workload, as long as the record takes
  deno task bench --quick              for a look
  deno task bench --list               what can be measured, and with whom
  deno task bench --only hostile50 journal50

  --only WORKLOAD...     these alone
  --with CONTESTANT...   with these alone
  --rounds N, --seconds S
                         how many rounds, and how long each measures
  --json FILE            writes all that was measured
  --before CHECKOUT      measures another tree of herd, too
  --growth               throughput and memory as work grows; --plot FILE draws them
  --help

It builds its load generator with gcc. Exit code 1 when a run failed, 2 for a flag.
`;

class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Each flag that is there, with the words behind it. */
function readFlags(args: readonly string[]): ReadonlyMap<Flag, readonly string[]> {
  const flags = new Map<Flag, string[]>();
  let words: string[] | undefined;
  for (const arg of args) {
    const flag = FLAGS.find((name) => arg === `--${name}`);
    if (flag !== undefined) flags.set(flag, words = []);
    else if (words === undefined || arg.startsWith("--")) throw new UsageError(`${arg} is unknown`);
    else words.push(arg);
  }
  return flags;
}

type Flags = ReturnType<typeof readFlags>;

function readPace(flags: Flags): Pace {
  const pace = flags.has("quick") ? QUICK_PACE : flags.has("growth") ? GROWTH_PACE : FULL_PACE;
  return {
    ...pace,
    rounds: readNumber(flags, "rounds") ?? pace.rounds,
    seconds: readNumber(flags, "seconds") ?? pace.seconds,
  };
}

function readNumber(flags: Flags, flag: Flag): number | undefined {
  const text = flags.get(flag)?.[0];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (value > 0 && value < 1_000) return value;
  throw new UsageError(`--${flag} ${text} is no fitting number`);
}

function chooseWorkloads(flags: Flags): readonly Workload[] {
  const names = flags.get("only");
  if (names === undefined) return WORKLOADS;
  return names.map((name) => {
    const workload = WORKLOADS.find((one) => one.name === name);
    if (workload !== undefined) return workload;
    throw new UsageError(
      `no workload is named ${name}: there are ${WORKLOADS.map((one) => one.name).join(", ")}`,
    );
  });
}

async function prepare(flags: Flags, directory: string): Promise<Bench> {
  const root = new URL("..", import.meta.url).pathname.replace(/\/$/, "");
  const node = await findNode().catch((error: Error) => {
    console.log(`No Node that runs TypeScript (${error.message}): measured without it.`);
    return undefined;
  });
  const tools = await buildTools(root, directory);
  const before = flags.get("before")?.[0];
  return { pace: readPace(flags), machine: await lookAtMachine(node), tools, node, root, before, directory };
}

async function runAll(bench: Bench, flags: Flags): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const wanted = flags.get("with");
  for (const workload of chooseWorkloads(flags)) {
    const entrants = workload.entrants.filter((entrant) =>
      (wanted?.includes(entrant.name) ?? !(bench.pace.quick && entrant.slow)) && entrant.isHere(bench)
    );
    if (entrants.length === 0) continue;
    console.log(`\n${workload.name}`);
    outcomes.push(await runWorkload(bench, workload, entrants, (line) => console.log(line)));
  }
  return outcomes;
}

function printReport(bench: Bench, outcomes: readonly Outcome[]): void {
  const { quick, rounds } = bench.pace;
  console.log(`\nMedians of ${rounds} rounds${quick ? ", quick: for a look, not for the record" : ""}`);
  console.log(table(Object.entries(bench.machine.description)));
  for (const outcome of outcomes) console.log(workloadTable(outcome));
  console.log(targetTable(outcomes));
  const failures = outcomes.flatMap((outcome) => outcome.failures);
  if (failures.length > 0) console.log(`Failed\n${failures.map((failure) => `  ${failure}\n`).join("")}`);
}

async function run(flags: Flags): Promise<number> {
  const directory = await Deno.makeTempDir({ prefix: "herd-bench-" });
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => void stopAll());
  }
  try {
    const bench = await prepare(flags, directory);
    if (flags.has("growth")) {
      return await runGrowth(bench, flags.get("only"), {
        plot: flags.get("plot")?.[0],
        json: flags.get("json")?.[0],
      });
    }
    const outcomes = await runAll(bench, flags);
    printReport(bench, outcomes);
    const path = flags.get("json")?.[0];
    if (path !== undefined) await Deno.writeTextFile(path, toJson(bench, outcomes, new Date()));
    return outcomes.some((outcome) => outcome.failures.length > 0) ? 1 : 0;
  } finally {
    await stopAll();
    await Deno.remove(directory, { recursive: true });
  }
}

function list(): void {
  console.log("Workloads");
  console.log(table(WORKLOADS.map(({ name, title }) => [name, title])));
  console.log("Contestants");
  console.log(table(CONTESTANTS.map(({ name, title }) => [name, title])));
}

async function main(): Promise<number> {
  try {
    const flags = readFlags(Deno.args);
    if (flags.has("help")) return console.log(HELP), 0;
    if (flags.has("list")) return list(), 0;
    return await run(flags);
  } catch (error) {
    if (error instanceof RunOverError) return 130;
    if (!(error instanceof UsageError) && !(error instanceof BuildError)) throw error;
    console.error(`bench: ${error.message}`);
    return 2;
  }
}

Deno.exit(await main());
