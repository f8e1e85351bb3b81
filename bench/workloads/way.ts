/**
 * An update's way to the farthest of five servers: three links, from Hands to Welsh. Welsh runs in the process that
 * also reports to Hands (see `observer.ts`); the four others share the servers' processors.
 */
import type { Bench, Entrant, Figures, Workload } from "../bench.ts";
import { type HerdKind, HERDS } from "../contestants.ts";
import { startHerd } from "../herd.ts";
import { runLoad } from "../load.ts";
import { sleep, startProcess } from "../processes.ts";
import { percentile } from "../statistics.ts";
import { type BenchTopology, defaultHerd, portOf, writeTopology } from "../topology.ts";

const FROM = "Hands";
const FARTHEST = "Welsh";
const PAUSE_MS = 2;
/** Updates a second of others at the same time, in the loaded case; far from what the herd can take. */
const OTHERS_PER_SECOND = 5_000;

async function observe(
  bench: Bench,
  topology: BenchTopology,
  path: string,
  updates: number,
): Promise<Figures> {
  const observer = startProcess(bench.machine, bench.machine.seats.generator, {
    program: Deno.execPath(),
    args: [
      "run",
      "--quiet",
      "-A",
      `${bench.root}/bench/observer.ts`,
      path,
      FARTHEST,
      `${portOf(topology, FROM)}`,
      `${updates}`,
      `${PAUSE_MS}`,
    ],
  });
  try {
    if (await observer.ended !== 0) throw new Error(observer.lines.slice(-3).join(" | "));
  } finally {
    await observer.stop();
  }
  const { tookUs } = JSON.parse(observer.lines.at(-1) ?? "null") as { readonly tookUs: readonly number[] };
  // The first ones find code that has not run yet.
  const sorted = tookUs.slice(Math.floor(tookUs.length / 4)).toSorted((a, b) => a - b);
  return {
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
    max: sorted.at(-1) ?? NaN,
  };
}

async function observeWithOthers(bench: Bench, topology: BenchTopology, path: string, updates: number) {
  const ports = ["Goloman", "Hands", "Holiday", "Wilkes"].map((name) => portOf(topology, name));
  const seconds = 1 + updates * (PAUSE_MS + 2) / 1_000;
  const others = runLoad(bench, {
    ports,
    message: "iamat",
    sessions: 20,
    depth: 1,
    clients: 10_000,
    rate: OTHERS_PER_SECOND,
    seconds,
  });
  await sleep(500);
  const [figures] = await Promise.all([observe(bench, topology, path, updates), others]);
  return figures;
}

function way(kind: HerdKind, loaded: boolean): Entrant {
  return {
    name: loaded ? `${kind.name}+load` : kind.name,
    isHere: kind.isHere,
    async measure(bench) {
      const topology = defaultHerd();
      const path = await writeTopology(bench.directory, topology);
      const names = [...topology.ports.keys()].filter((name) => name !== FARTHEST);
      const servers = await startHerd(bench, kind, topology, path, names, bench.machine.seats.herd);
      const updates = bench.pace.quick ? 400 : 1_600;
      try {
        return await (loaded ? observeWithOthers : observe)(bench, topology, path, updates);
      } finally {
        await Promise.all(servers.map((server) => server.stop()));
      }
    },
  };
}

export const WAY: Workload = {
  name: "way5",
  title:
    `An update's way over three links to the farthest of five servers; with ${OTHERS_PER_SECOND} others a second`,
  columns: [
    { figure: "p50", heading: "p50 ms", unit: 1_000, digits: 2 },
    { figure: "p99", heading: "p99 ms", unit: 1_000, digits: 2 },
    { figure: "max", heading: "max ms", unit: 1_000, digits: 1 },
  ],
  entrants: HERDS.flatMap((kind) => [way(kind, false), way(kind, true)]),
};
