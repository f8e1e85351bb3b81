/** Topologies for the bench, as the server reads them. */
import { freePorts } from "./processes.ts";

export interface BenchTopology {
  /** Each server's port, in order. */
  readonly ports: ReadonlyMap<string, number>;
  readonly links: readonly (readonly [string, string])[];
}

export type Shape = "ring" | "tree" | "mesh";

const DEFAULT_NAMES = ["Goloman", "Hands", "Holiday", "Welsh", "Wilkes"] as const;
const DEFAULT_LINKS = [
  ["Goloman", "Hands"],
  ["Goloman", "Holiday"],
  ["Goloman", "Wilkes"],
  ["Hands", "Wilkes"],
  ["Holiday", "Welsh"],
  ["Holiday", "Wilkes"],
] as const;

/** The five servers of protocol.md, on free ports. */
export function defaultHerd(): BenchTopology {
  return place(DEFAULT_NAMES, DEFAULT_LINKS);
}

/** One server, linked to `count` others. */
export function star(count: number): BenchTopology {
  const names = ["Goloman", ...Array.from({ length: count }, (_, i) => `Neighbor${i + 1}`)];
  return place(names, names.slice(1).map((name) => ["Goloman", name] as const));
}

/** `count` servers in a ring, a binary tree or a full mesh. */
export function shaped(shape: Shape, count: number): BenchTopology {
  const name = (i: number) => `S${i}`;
  const names = Array.from({ length: count }, (_, i) => name(i));
  const links: [string, string][] = [];
  for (let i = 1; i < count; i++) {
    if (shape === "tree") links.push([name(Math.floor((i - 1) / 2)), name(i)]);
    else if (shape === "ring") links.push([name(i - 1), name(i)]);
    else for (let k = 0; k < i; k++) links.push([name(k), name(i)]);
  }
  if (shape === "ring" && count > 2) links.push([name(count - 1), name(0)]);
  return place(names, links);
}

function place(names: readonly string[], links: readonly (readonly [string, string])[]): BenchTopology {
  const ports = freePorts(names.length);
  return { ports: new Map(names.map((name, i) => [name, ports[i] ?? 0])), links };
}

export function portOf(topology: BenchTopology, name: string): number {
  const port = topology.ports.get(name);
  if (port === undefined) throw new Error(`no server is named ${name}`);
  return port;
}

let written = 0;

/** Writes `topology` into `directory`. @returns the path. */
export async function writeTopology(directory: string, topology: BenchTopology): Promise<string> {
  const servers = Array.from(topology.ports, ([name, port]) => [name, { host: "127.0.0.1", port }] as const);
  const path = `${directory}/topology${written++}.json`;
  await Deno.writeTextFile(
    path,
    JSON.stringify({ servers: Object.fromEntries(servers), links: topology.links }),
  );
  return path;
}
