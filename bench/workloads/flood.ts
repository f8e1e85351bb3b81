/** What telling three neighbors costs a server: its update rate with them against its rate alone. */
import type { Bench, Entrant, Figures, Workload } from "../bench.ts";
import { type HerdKind, HERDS } from "../contestants.ts";
import { linksUp, startServer, until } from "../herd.ts";
import { CPU, LATENCIES, load, RATE, type Shape } from "../measure.ts";
import { type Running, sleep, startProcess } from "../processes.ts";
import { portOf, star, writeTopology } from "../topology.ts";

/** Who the neighbors are: nobody who is there, sinks that throw everything away, or real servers. */
type Neighbors = "alone" | "sinks" | "servers";

const HUB = "Goloman";
const NEIGHBORS = ["Neighbor1", "Neighbor2", "Neighbor3"] as const;
/** An AT line of the generator's clients while the skew is below 10 s. */
const LINE_BYTES = 88;

function flooding(kind: HerdKind, neighbors: Neighbors, shape: Shape): Entrant {
  return {
    name: neighbors === "alone" ? kind.name : `${kind.name}+${neighbors}`,
    isHere: kind.isHere,
    against: kind.name,
    measure: (bench) => measure(bench, kind, neighbors, shape),
  };
}

async function measure(bench: Bench, kind: HerdKind, neighbors: Neighbors, shape: Shape): Promise<Figures> {
  const topology = star(neighbors === "alone" ? 0 : NEIGHBORS.length);
  const path = await writeTopology(bench.directory, topology);
  const others: Running[] = [];
  const hub = await startServer(bench, kind, topology, path, HUB, bench.machine.seats.server, {
    level: "info",
  });
  try {
    if (neighbors === "sinks") others.push(startSinks(bench, path));
    if (neighbors === "servers") others.push(...await startNeighbors(bench, kind, topology, path));
    if (neighbors !== "alone") await until(() => linksUp([hub]) >= NEIGHBORS.length, "three links");
    const figures = await load(bench, hub, { ...shape, message: "iamat", ports: [portOf(topology, HUB)] });
    await sleep(200);
    await Promise.all(others.map((process) => process.stop()));
    return { ...figures, relayed: relayedShare(others, figures) };
  } finally {
    await Promise.all([hub, ...others].map((process) => process.stop()));
  }
}

function startSinks(bench: Bench, path: string): Running {
  return startProcess(bench.machine, bench.machine.seats.neighbors, {
    program: Deno.execPath(),
    args: ["run", "--quiet", "-A", `${bench.root}/bench/sink.ts`, path, ...NEIGHBORS],
  });
}

function startNeighbors(
  bench: Bench,
  kind: HerdKind,
  topology: ReturnType<typeof star>,
  path: string,
): Promise<readonly Running[]> {
  const { neighbors } = bench.machine.seats;
  return Promise.all(NEIGHBORS.map((name) => startServer(bench, kind, topology, path, name, neighbors)));
}

/** How many of the updates reached each sink, about: more reports of one client may become one. */
function relayedShare(others: readonly Running[], figures: Figures): number {
  const line = others.flatMap(({ lines }) => lines).find((said) => said.startsWith("received "));
  if (line === undefined) return NaN;
  const bytes = Object.values(JSON.parse(line.slice("received ".length)) as Record<string, number>);
  return Math.min(...bytes) / LINE_BYTES / (figures["total"] ?? NaN);
}

function flood(name: string, title: string, shape: Shape): Workload {
  const everyone: readonly Neighbors[] = ["alone", "sinks", "servers"];
  return {
    name,
    title,
    columns: [RATE, CPU, ...LATENCIES.slice(0, 2), { figure: "relayed", heading: "relayed", digits: 2 }],
    entrants: HERDS.flatMap((kind) => everyone.map((neighbors) => flooding(kind, neighbors, shape))),
  };
}

const CLIENTS = 100_000;

export const FLOOD: readonly Workload[] = [
  flood("flood3", "Three neighbors, 100 deep on 50 sessions", { sessions: 50, depth: 100, clients: CLIENTS }),
  flood("flood3-pingpong", "Three neighbors, ping-pong on 50 sessions", {
    sessions: 50,
    depth: 1,
    clients: CLIENTS,
  }),
];
