/** What more clients, sessions and servers do to throughput and memory: a table for each, and one plot of all. */
import type { Bench, Column, Entrant, Figures, Pace, Workload } from "./bench.ts";
import {
  type Contestant,
  cServer,
  HERD_DENO,
  herdDeno,
  type HerdKind,
  herdNode,
  withContestant,
} from "./contestants.ts";
import { startHerd, startTogether } from "./herd.ts";
import { load, RATE, type Shape as Load } from "./measure.ts";
import { type Chart, plot } from "./plot.ts";
import { sleep } from "./processes.ts";
import { toJson, workloadTable } from "./report.ts";
import { type Outcome, runWorkload, summaryOf } from "./rounds.ts";
import { type BenchTopology, type Shape, shaped, writeTopology } from "./topology.ts";
import { HERD_COLUMNS, loadHerd } from "./workloads/herd.ts";

/** A line of a chart: something measured at each of several sizes. */
interface Grower {
  readonly name: string;
  isHere(bench: Bench): boolean;
  measure(bench: Bench, size: number): Promise<Figures>;
}

/** What grows, and what is drawn of it. */
interface Growth {
  readonly name: string;
  readonly title: string;
  readonly xLabel: string;
  readonly sizes: readonly number[];
  readonly growers: readonly Grower[];
  readonly columns: readonly Column[];
  readonly drawn: readonly { readonly figure: string; readonly title: string }[];
}

const REST_MS = 300;
const SHAPES: readonly Shape[] = ["ring", "tree", "mesh"];
const RSS: Column = { figure: "rssMb", heading: "RSS MB" };
const RATE_DRAWN = { figure: "rate", title: "updates a second" } as const;
const RSS_DRAWN = { figure: "rssMb", title: "memory, MB" } as const;
const FRAMES_DRAWN = { figure: "framesPerLink", title: "AT lines per update and link" } as const;

/** A single server whose load depends on the size. */
function alone(contestant: Contestant, loadOf: (size: number) => Load): Grower {
  const { name, message, isHere } = contestant;
  return {
    name,
    isHere,
    measure: (bench, size) =>
      withContestant(bench, contestant, async ({ process, port }) => {
        const figures = await load(bench, process, { ...loadOf(size), message, ports: [port] });
        await sleep(REST_MS);
        return { ...figures, rssMb: process.usage().rssBytes / 1e6 };
      }),
  };
}

const HERD_LOAD: Load = { sessions: 50, depth: 100, clients: 100_000 };

/** A herd in the given shape, each server a process of its own. */
function processes(kind: HerdKind, shape: Shape): Grower {
  return herdOf(kind.isHere, shape, async (bench, topology, path) => {
    return await startHerd(bench, kind, topology, path, [...topology.ports.keys()], bench.machine.seats.herd);
  });
}

/** A herd in the given shape, all in one process. */
function together(shape: Shape): Grower {
  return herdOf(() => true, shape, async (bench, topology, path) => {
    return [await startTogether(bench, topology, path, bench.machine.seats.herd)];
  });
}

type Start = (bench: Bench, topology: BenchTopology, path: string) => ReturnType<typeof startHerd>;

function herdOf(isHere: (bench: Bench) => boolean, shape: Shape, start: Start): Grower {
  return {
    name: shape,
    isHere,
    async measure(bench, size) {
      const topology = shaped(shape, size);
      const path = await writeTopology(bench.directory, topology);
      const servers = await start(bench, topology, path);
      try {
        return await loadHerd(bench, topology, servers, HERD_LOAD);
      } finally {
        await Promise.all(servers.map((server) => server.stop()));
      }
    },
  };
}

const SINGLE = [herdDeno, herdNode, cServer];

function growths({ quick }: Pace): readonly Growth[] {
  return [
    {
      name: "clients",
      title: "One server, 50 sessions 100 deep",
      xLabel: "clients",
      sizes: quick ? [1_000, 100_000] : [1_000, 10_000, 100_000, 1_000_000],
      growers: SINGLE.map((one) => alone(one, (clients) => ({ sessions: 50, depth: 100, clients }))),
      columns: [RATE, { figure: "cpuUs", heading: "server µs each", digits: 2 }, RSS],
      drawn: [RATE_DRAWN, RSS_DRAWN],
    },
    {
      name: "sessions",
      title: "One server, ping-pong, 10,000 clients",
      xLabel: "sessions",
      sizes: quick ? [1, 100, 1_000] : [1, 10, 100, 1_000, 10_000],
      growers: SINGLE.map((one) => alone(one, (sessions) => ({ sessions, depth: 1, clients: 10_000 }))),
      columns: [RATE, { figure: "p99", heading: "p99 ms", unit: 1_000, digits: 2 }, RSS],
      drawn: [RATE_DRAWN, RSS_DRAWN],
    },
    {
      name: "servers",
      title: "Servers on Deno, each a process, all on the servers' processors; updates at each, 100 deep",
      xLabel: "servers, each a process",
      sizes: quick ? [2, 5] : [2, 3, 5, 7, 10],
      growers: SHAPES.map((shape) => processes(HERD_DENO, shape)),
      columns: [...HERD_COLUMNS, RSS],
      drawn: [RATE_DRAWN, FRAMES_DRAWN],
    },
    {
      name: "together",
      title: "Servers on Deno, all in one process, with real sockets between them; updates at each, 100 deep",
      xLabel: "servers, all in one process",
      sizes: quick ? [2, 10] : [2, 5, 10, 20, 50],
      growers: SHAPES.map((shape) => together(shape)),
      columns: [...HERD_COLUMNS, RSS],
      drawn: [RATE_DRAWN, FRAMES_DRAWN],
    },
  ];
}

function entrantName(grower: Grower, size: number): string {
  return `${grower.name} ${size.toLocaleString("en")}`;
}

/** As a workload, whose entrants are all growers at all sizes. */
function toWorkload({ name, title, columns, growers, sizes }: Growth): Workload {
  const entrants = growers.flatMap((grower) =>
    sizes.map((size): Entrant => ({
      name: entrantName(grower, size),
      isHere: grower.isHere,
      measure: (bench) => grower.measure(bench, size),
    }))
  );
  return { name, title, columns, entrants };
}

function chartsOf(growth: Growth, outcome: Outcome): readonly Chart[] {
  return growth.drawn.map(({ figure, title }) => ({
    title,
    xLabel: growth.xLabel,
    lines: growth.growers.map((grower) => ({
      name: grower.name,
      points: growth.sizes.map((x) => ({
        x,
        y: summaryOf(outcome, entrantName(grower, x), figure).median,
      })),
    })),
  }));
}

/**
 * Measures how things grow, and prints a table of each.
 * @param only the names of what is to grow; all, where undefined.
 * @returns the exit code.
 */
export async function runGrowth(
  bench: Bench,
  only: readonly string[] | undefined,
  paths: { readonly plot: string | undefined; readonly json: string | undefined },
): Promise<number> {
  const outcomes: Outcome[] = [];
  const charts: Chart[] = [];
  for (const growth of growths(bench.pace)) {
    if (only !== undefined && !only.includes(growth.name)) continue;
    const workload = toWorkload(growth);
    console.log(`\n${growth.name}`);
    const here = workload.entrants.filter((entrant) => entrant.isHere(bench));
    const outcome = await runWorkload(bench, workload, here, (line) => console.log(line));
    outcomes.push(outcome);
    charts.push(...chartsOf(growth, outcome));
  }
  for (const outcome of outcomes) console.log(workloadTable(outcome));
  if (paths.plot !== undefined) await Deno.writeTextFile(paths.plot, plot(charts));
  if (paths.json !== undefined) await Deno.writeTextFile(paths.json, toJson(bench, outcomes, new Date()));
  return outcomes.some((outcome) => outcome.failures.length > 0) ? 1 : 0;
}
