/** How fast a server that missed a million reports gets them from its neighbor, against its rate of IAMATs. */
import { Asker } from "../asker.ts";
import type { Bench, Entrant, Figures, Workload } from "../bench.ts";
import { type HerdKind, HERDS } from "../contestants.ts";
import { startServer } from "../herd.ts";
import { load } from "../measure.ts";
import { sleep } from "../processes.ts";
import { portOf, star, writeTopology } from "../topology.ts";

const HOLDER = "Goloman";
const LATE = "Neighbor1";
/** Catching up goes in the order of change: these two are reported before and after all others. */
const FIRST = "the-first";
const LAST = "the-last";
const LOOK_MS = 5;
const PATIENCE_MS = 60_000;

interface Arrival {
  /** When the server last did not know the client. */
  readonly missingMs: number;
  /** When it first did. */
  readonly knownMs: number;
  /** How long the slowest answer took meanwhile. */
  readonly slowestMs: number;
}

/** @param sinceMs when the client is sure to have been missing. */
async function untilKnown(asker: Asker, client: string, sinceMs: number): Promise<Arrival> {
  let missingMs = sinceMs;
  let slowestMs = 0;
  for (const deadlineMs = performance.now() + PATIENCE_MS; performance.now() < deadlineMs;) {
    const askedMs = performance.now();
    const isKnown = await asker.knows(client);
    const knownMs = performance.now();
    slowestMs = Math.max(slowestMs, knownMs - askedMs);
    if (isKnown) return { missingMs, knownMs, slowestMs };
    missingMs = askedMs;
    await sleep(LOOK_MS);
  }
  throw new Error(`${client} did not arrive`);
}

async function report(port: number, client: string): Promise<void> {
  const asker = await Asker.connect(port);
  await asker.report(client);
  asker.close();
}

/** The holder runs where neighbors do, so that the one that catches up has its processor to itself. */
async function measure(bench: Bench, kind: HerdKind): Promise<Figures> {
  const topology = star(1);
  const path = await writeTopology(bench.directory, topology);
  const { neighbors, server } = bench.machine.seats;
  const clients = bench.pace.quick ? 200_000 : 1_000_000;
  const alone = await iamatRate(bench, kind, clients);
  const holder = await startServer(bench, kind, topology, path, HOLDER, neighbors);
  try {
    const port = portOf(topology, HOLDER);
    await report(port, FIRST);
    await load(bench, holder, {
      sessions: 50,
      depth: 100,
      clients,
      seconds: 0,
      message: "iamat",
      ports: [port],
    });
    await report(port, LAST);
    const late = await startServer(bench, kind, topology, path, LATE, server);
    try {
      const asker = await Asker.connect(portOf(topology, LATE));
      const first = await untilKnown(asker, FIRST, late.startedMs);
      const last = await untilKnown(asker, LAST, first.missingMs);
      asker.close();
      // From when nothing was there: an answer that had to wait for reports must not shorten their time.
      const tookMs = last.knownMs - first.missingMs;
      const slowestMs = Math.max(first.slowestMs, last.slowestMs);
      const rate = clients / tookMs * 1_000;
      return {
        rate,
        tookMs,
        slowestMs,
        ...alone,
        share: rate / alone.iamat,
        shareOfNew: rate / alone.iamatNew,
      };
    } finally {
      await late.stop();
    }
  } finally {
    await holder.stop();
  }
}

/** What the same server takes from clients: the first report of each of as many, and then newer ones. */
async function iamatRate(bench: Bench, kind: HerdKind, clients: number) {
  const topology = star(0);
  const path = await writeTopology(bench.directory, topology);
  const server = await startServer(bench, kind, topology, path, HOLDER, bench.machine.seats.server);
  try {
    const ports = [portOf(topology, HOLDER)];
    const figures = await load(bench, server, { sessions: 50, depth: 100, clients, message: "iamat", ports });
    return { iamat: figures["rate"] ?? NaN, iamatNew: figures["fillRate"] ?? NaN };
  } finally {
    await server.stop();
  }
}

function catchingUp(kind: HerdKind): Entrant {
  return { name: kind.name, isHere: kind.isHere, measure: (bench) => measure(bench, kind) };
}

export const CATCH_UP: Workload = {
  name: "catchup",
  title: "Catch-up of a server that starts after a million reports (quick: 200 thousand)",
  columns: [
    { figure: "rate", heading: "k/s", unit: 1_000 },
    { figure: "tookMs", heading: "took ms" },
    { figure: "slowestMs", heading: "slowest answer ms", digits: 1 },
    { figure: "iamat", heading: "IAMAT k/s", unit: 1_000 },
    { figure: "share", heading: "of IAMAT", digits: 2 },
    { figure: "iamatNew", heading: "IAMAT of new clients k/s", unit: 1_000 },
    { figure: "shareOfNew", heading: "of those", digits: 2 },
  ],
  entrants: HERDS.map(catchingUp),
};
