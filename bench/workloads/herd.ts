/** The whole herd of five under updates at every server: what it sustains, and what its links carry for an update. */
import type { Bench, Entrant, Figures, Workload } from "../bench.ts";
import { type HerdKind, HERDS } from "../contestants.ts";
import { type LinkTotals, readTotals, startHerd } from "../herd.ts";
import { figuresOf, RATE, type Shape } from "../measure.ts";
import { runLoad } from "../load.ts";
import { type Running, untilQuiet } from "../processes.ts";
import { type BenchTopology, defaultHerd, writeTopology } from "../topology.ts";

/** How long links may take to bring everywhere what was reported. */
const CATCH_UP_MS = 20_000;

/** Loads every server of a herd, waits until all of it is everywhere, and stops it. */
export async function loadHerd(
  bench: Bench,
  topology: BenchTopology,
  servers: readonly Running[],
  shape: Shape,
): Promise<Figures> {
  const ports = [...topology.ports.values()];
  const startMs = performance.now();
  const result = await runLoad(bench, { ...shape, message: "iamat", fill: false, ports, servers });
  const loadedMs = performance.now() - startMs;
  const lagMs = await untilQuiet(servers, CATCH_UP_MS);
  const figures = figuresOf(result);
  const rssBytes = servers.reduce((sum, server) => sum + server.usage().rssBytes, 0);
  await Promise.all(servers.map((server) => server.stop()));
  const totals = readTotals(servers);
  return {
    ...figures,
    // Replies are no proof that the herd keeps up: what counts is when all servers have everything.
    rate: result.totalReplies / (loadedMs + lagMs) * 1_000,
    replies: result.rate,
    lagMs,
    rssMb: rssBytes / 1e6,
    ...(totals === undefined ? {} : perUpdate(totals, result.totalReplies, topology.links.length)),
  };
}

function perUpdate(totals: LinkTotals, updates: number, links: number): Figures {
  return {
    framesPerLink: totals.reportsSent / (updates * links),
    writesPerUpdate: totals.floodWrites / updates,
    bytesPerUpdate: totals.bytesSent / updates,
    usefulShare: totals.reportsTaken / totals.reportsReceived,
  };
}

export const HERD_COLUMNS: Workload["columns"] = [
  { ...RATE, heading: "k/s sustained" },
  { figure: "replies", heading: "k/s replied", unit: 1_000, digits: 1 },
  { figure: "lagMs", heading: "lag ms" },
  { figure: "framesPerLink", heading: "AT lines per update and link", digits: 2 },
  { figure: "writesPerUpdate", heading: "writes per update", digits: 3 },
  { figure: "bytesPerUpdate", heading: "bytes per update" },
];

function wholeHerd(kind: HerdKind, shape: Shape): Entrant {
  return {
    name: kind.name,
    isHere: kind.isHere,
    async measure(bench) {
      const topology = defaultHerd();
      const path = await writeTopology(bench.directory, topology);
      const names = [...topology.ports.keys()];
      const servers = await startHerd(bench, kind, topology, path, names, bench.machine.seats.herd);
      try {
        return await loadHerd(bench, topology, servers, shape);
      } finally {
        await Promise.all(servers.map((server) => server.stop()));
      }
    },
  };
}

function herd(name: string, title: string, shape: Shape): Workload {
  return { name, title, columns: HERD_COLUMNS, entrants: HERDS.map((kind) => wholeHerd(kind, shape)) };
}

const CLIENTS = 100_000;

export const WHOLE_HERD: readonly Workload[] = [
  herd("herd5", "Five servers on the servers' processors, updates at each, 100 deep on 50 sessions", {
    sessions: 50,
    depth: 100,
    clients: CLIENTS,
  }),
  herd("herd5-pingpong", "The same, ping-pong on 50 sessions", { sessions: 50, depth: 1, clients: CLIENTS }),
];
