/** `deno task chaos`: five real servers under load, while much goes wrong; see `run.ts`. */
import { parseArgs } from "@std/cli/parse-args";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { findNode } from "../../tools/node24.ts";
import { endAll, FIVE, type Kind } from "../conformance/harness.ts";
import { DISK_WAYS, type DiskWay } from "./disk.ts";
import type { ServerName } from "./plan.ts";
import { type ChaosOptions, runChaos } from "./run.ts";
import { summary } from "./summary.ts";

const RUNTIMES = ["deno", "node", "mixed"] as const;
const FSYNC_MODES = ["always", "interval", "never"] as const;
const DEFAULTS = { seconds: "180", runtime: "deno", fsync: "always", rate: "2000" };
const ROAMERS = 36;

const HELP = `deno task chaos: five servers under load, while much goes wrong

  deno task chaos
  deno task chaos --seconds 30 --seed 7
  deno task chaos --runtime mixed --fsync interval
  deno task chaos --seconds 20 --plant forget      must find that reports are lost

Starts the default herd on free ports of 127.0.0.1, each server on a disk of its own,
each link through a wire that can be cut, stall or be slow. Clients go from server to
server, send locations, questions and garbage, and write down what was acknowledged.
Meanwhile servers are killed, stopped and started, alone and all at once, wires fail,
journals get damaged tails, and a small disk is full. It goes in rounds of half a
minute: at the end of each all is healed, the five registries are compared with each
other and with what was acknowledged, and then with what each server brings back from
its disk alone after a kill -9.

The plan of faults comes from the seed and is printed first. What the processes make
of it is not the same twice: a seed repeats a plan, not a run. And kill -9 ends a
process, not the machine, so that what was written and not yet brought to the disk
is still there: all three modes of fsync must pass. Only under always, which promises
it, is a server killed whose disk is full.

  --seconds N       how long the faults last, all rounds together            (${DEFAULTS.seconds})
  --seed S          a whole number                                (one that is printed)
  --runtime NAME    deno, node or mixed                                     (${DEFAULTS.runtime})
  --fsync MODE      always, interval or never                             (${DEFAULTS.fsync})
  --rate N          reports a second at most, of all clients together       (${DEFAULTS.rate})
  --disk WAY        how the small disk is made: tmpfs (needs the right to mount),
                    limit (prlimit), or none                  (the first that works)
  --plant forget    servers without a disk, which the run has to find
  --keep            keeps the folder of journals and logs; a failed run always does
  --help

HERD_NODE names the Node 24 to use, where the path has none. Exit code 1 when any
acknowledged report was lost or anything else was not as it should be; 2 for a flag.
`;

class FlagError extends Error {
  override readonly name = "FlagError";
}

interface Flags {
  readonly seconds: number;
  readonly seed: number;
  readonly runtime: (typeof RUNTIMES)[number];
  readonly fsync: string;
  readonly rate: number;
  readonly disk: DiskWay | undefined;
  readonly plant: "forget" | undefined;
  readonly keep: boolean;
}

/** @returns undefined where help is asked for. @throws {FlagError} */
function readFlags(args: readonly string[]): Flags | undefined {
  const given = parseArgs([...args], {
    string: ["seconds", "seed", "runtime", "fsync", "rate", "disk", "plant"],
    boolean: ["keep", "help"],
    default: DEFAULTS,
    unknown: (arg: string) => {
      throw new FlagError(`${arg} is unknown: deno task chaos --help tells the flags`);
    },
  });
  if (given.help) return undefined;
  return {
    seconds: numberOf("seconds", given.seconds, 1, 86_400),
    seed: given.seed === undefined
      ? Math.floor(Math.random() * 1_000_000)
      : numberOf("seed", given.seed, 0, 2 ** 32 - 1),
    runtime: oneOf("runtime", given.runtime, RUNTIMES),
    fsync: oneOf("fsync", given.fsync, FSYNC_MODES),
    rate: numberOf("rate", given.rate, 1, 1_000_000),
    disk: given.disk === undefined ? undefined : oneOf("disk", given.disk, DISK_WAYS),
    plant: given.plant === undefined ? undefined : oneOf("plant", given.plant, ["forget"] as const),
    keep: given.keep,
  };
}

function numberOf(flag: string, text: string, low: number, high: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (value >= low && value <= high) return value;
  throw new FlagError(`--${flag} ${JSON.stringify(text)}: give a whole number from ${low} to ${high}`);
}

function oneOf<T extends string>(flag: string, text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text);
  if (found !== undefined) return found;
  throw new FlagError(`--${flag} ${JSON.stringify(text)} is unknown: use ${known.join(", ")}`);
}

function kindsFor(runtime: Flags["runtime"]): (name: ServerName) => Kind {
  return (name) => runtime === "mixed" ? (FIVE.indexOf(name) % 2 === 0 ? "deno" : "node") : runtime;
}

async function run(flags: Flags): Promise<number> {
  if (flags.runtime !== "deno") process.env["HERD_NODE"] = await findNode();
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort());
  const dir = await mkdtemp(join(tmpdir(), "herd-chaos-"));
  const begunMs = performance.now();
  const say = (text: string) =>
    console.log(`${((performance.now() - begunMs) / 1_000).toFixed(1).padStart(6)}  ${text}`);
  const options: ChaosOptions = {
    ...flags,
    kindOf: kindsFor(flags.runtime),
    roamers: ROAMERS,
    dir,
    stop: stop.signal,
    say,
  };
  console.log(
    `seed ${flags.seed}, ${flags.seconds} s on ${flags.runtime}, --fsync ${flags.fsync}, in ${dir}`,
  );
  const report = await runChaos(options);
  await endAll();
  const isGood = report.findings.lost.length === 0 && report.findings.problems.length === 0;
  if (isGood && !flags.keep) await rm(dir, { recursive: true, force: true });
  if (stop.signal.aborted) console.log("stopped before its end: nothing is known of what was lost");
  else console.log(summary(report));
  if (!isGood || flags.keep) console.log(`Journals and logs are in ${dir}`);
  if (stop.signal.aborted) return 130;
  return isGood ? 0 : 1;
}

async function main(): Promise<number> {
  try {
    const flags = readFlags(process.argv.slice(2));
    if (flags !== undefined) return await run(flags);
    console.log(HELP);
    return 0;
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    console.error(`chaos: ${error.message}`);
    return 2;
  }
}

if (import.meta.main) process.exit(await main());
