/** One server on several processors: its threads, and the exchange between them, against one thread. */
import type { Bench, Entrant, Workload } from "../bench.ts";
import { type HerdKind, HERDS, serveCommand } from "../contestants.ts";
import { until } from "../herd.ts";
import { CPU, GENERATOR, LATENCIES, load, RATE, type Shape } from "../measure.ts";
import { freePorts, startProcess, untilAccepts } from "../processes.ts";
import { writeTopology } from "../topology.ts";

const COUNTS = [1, 2, 4] as const;

/** Nobody is pinned: the threads take what processors there are, and share them with the generator. */
function unpinned(bench: Bench): Bench {
  const all = [...new Set(Object.values(bench.machine.seats).flat())];
  const seats = { server: all, neighbors: all, herd: all, generator: all };
  return { ...bench, machine: { ...bench.machine, seats } };
}

function withWorkers(kind: HerdKind, count: number, shape: Shape): Entrant {
  return {
    name: `${kind.name} x ${count}`,
    against: `${kind.name} x 1`,
    slow: count > 2,
    isHere: kind.isHere,
    async measure(pinned) {
      const bench = unpinned(pinned);
      const [port = 0] = freePorts(1);
      const path = await writeTopology(bench.directory, { ports: new Map([["Goloman", port]]), links: [] });
      const command = serveCommand(bench, kind, "Goloman", path, { flags: ["--workers", `${count}`] });
      const server = startProcess(bench.machine, bench.machine.seats.server, command);
      try {
        await untilAccepts(server, port);
        await until(() => server.lines.some((line) => line.includes("listens on")), "all workers");
        return await load(bench, server, { ...shape, message: "iamat", ports: [port] });
      } finally {
        await server.stop();
      }
    },
  };
}

function workers(name: string, title: string, shape: Shape): Workload {
  return {
    name,
    title,
    columns: [RATE, CPU, ...LATENCIES.slice(0, 2), GENERATOR],
    entrants: HERDS.flatMap((kind) => COUNTS.map((count) => withWorkers(kind, count, shape))),
  };
}

const CLIENTS = 100_000;

export const WORKERS: readonly Workload[] = [
  workers(
    "workers",
    "Threads of one server, 100 deep on 50 sessions; all processors are shared with the generator",
    {
      sessions: 50,
      depth: 100,
      clients: CLIENTS,
    },
  ),
  workers("workers-pingpong", "The same, ping-pong on 50 sessions", {
    sessions: 50,
    depth: 1,
    clients: CLIENTS,
  }),
];
