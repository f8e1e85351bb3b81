/** Herds of several servers, each a process or all in one, and what their links carried. */
import type { Bench } from "./bench.ts";
import { type HerdKind, serveCommand, type ServeOptions } from "./contestants.ts";
import { type Running, sleep, startProcess, untilAccepts } from "./processes.ts";
import { type BenchTopology, portOf } from "./topology.ts";

const LINKED_MS = 30_000;

/** What servers counted, added up: of all that it says when it stops, what the bench reads. */
export interface LinkTotals {
  readonly reportsSent: number;
  readonly reportsReceived: number;
  readonly reportsTaken: number;
  readonly floodWrites: number;
  readonly bytesSent: number;
}

/** Starts one server of `topology`, the file at `path`, on `cpus`, and waits until it accepts. */
export async function startServer(
  bench: Bench,
  kind: HerdKind,
  topology: BenchTopology,
  path: string,
  name: string,
  cpus: readonly number[],
  options: ServeOptions = {},
): Promise<Running> {
  const process = startProcess(bench.machine, cpus, serveCommand(bench, kind, name, path, options));
  await untilAccepts(process, portOf(topology, name));
  return process;
}

/** Starts the servers `names`, all on `cpus`, and waits until their links have had the time to come up. */
export async function startHerd(
  bench: Bench,
  kind: HerdKind,
  topology: BenchTopology,
  path: string,
  names: readonly string[],
  cpus: readonly number[],
): Promise<readonly Running[]> {
  const start = (name: string) => startServer(bench, kind, topology, path, name, cpus, { level: "info" });
  const servers = await Promise.all(names.map(start));
  await untilLinked(servers, topology, names);
  return servers;
}

/** Starts all servers of the topology at `path` in one process. */
export async function startTogether(
  bench: Bench,
  topology: BenchTopology,
  path: string,
  cpus: readonly number[],
): Promise<Running> {
  const process = startProcess(bench.machine, cpus, {
    program: Deno.execPath(),
    args: ["run", "--quiet", "-A", `${bench.root}/bench/many.ts`, path],
  });
  for (const port of topology.ports.values()) await untilAccepts(process, port);
  await until(() => process.lines.includes("all are linked"), "all links");
  return process;
}

/** A server says `link up` at level info; a link between two of `names` is said twice. */
async function untilLinked(
  servers: readonly Running[],
  topology: BenchTopology,
  names: readonly string[],
): Promise<void> {
  const inside = topology.links.filter(([a, b]) => names.includes(a) && names.includes(b)).length;
  await until(() => linksUp(servers) >= 2 * inside, `${2 * inside} ends of links`);
}

/** How often `servers` have said that a link came up. */
export function linksUp(servers: readonly Running[]): number {
  return servers.flatMap(({ lines }) => lines.filter((line) => line.includes("link up"))).length;
}

/** @param what is waited for, for people. */
export async function until(isThere: () => boolean, what: string): Promise<void> {
  const deadlineMs = performance.now() + LINKED_MS;
  while (!isThere()) {
    if (performance.now() > deadlineMs) throw new Error(`waited too long for ${what}`);
    await sleep(20);
  }
}

/** What stopped servers said in their line `counters {…}`, added up; undefined where none of them said it. */
export function readTotals(servers: readonly Running[]): LinkTotals | undefined {
  const said = servers.flatMap(({ lines }) => lines.map((line) => /counters (\{.*\})/.exec(line)?.[1]))
    .filter((json) => json !== undefined)
    .map((json) => JSON.parse(json) as Partial<Record<keyof LinkTotals, number>>);
  if (said.length === 0) return undefined;
  const sum = (key: keyof LinkTotals) => said.reduce((total, counters) => total + (counters[key] ?? 0), 0);
  return {
    reportsSent: sum("reportsSent"),
    reportsReceived: sum("reportsReceived"),
    reportsTaken: sum("reportsTaken"),
    floodWrites: sum("floodWrites"),
    bytesSent: sum("bytesSent"),
  };
}
