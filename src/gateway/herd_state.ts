/** `GET /herd`: the servers and links of the herd, as far as this server knows. */
import * as v from "valibot";
import { neighborsOf } from "../herd/topology.ts";
import { urlOf } from "../runtime/url.ts";
import { VERSION } from "../version.ts";
import type { Api } from "./api.ts";
import type { GatewayContext } from "./context.ts";

const linkSchema = v.strictObject({
  neighbor: v.string(),
  linked: v.boolean(),
  dueChanges: v.pipe(v.number(), v.description("Changes of the registry that the link has not come to yet.")),
});

/** What a server says of itself. */
export const ownStateSchema = v.strictObject({
  version: v.string(),
  runtime: v.pipe(v.string(), v.description('Such as "deno 2.9.6".')),
  run: v.pipe(v.string(), v.description("This life of the server.")),
  uptimeSeconds: v.number(),
  clients: v.pipe(v.number(), v.description("Clients in the registry.")),
  changes: v.pipe(v.number(), v.description("The number of the registry's last change.")),
  sessions: v.pipe(v.number(), v.description("Sessions open now.")),
  places: v.pipe(v.string(), v.description('Who finds places for it: "embedded", "google", "overpass", ...')),
  counters: v.pipe(
    v.strictObject({
      reports: v.pipe(v.number(), v.description("IAMATs of its own clients that were news.")),
      repeated: v.pipe(v.number(), v.description("Those that were not.")),
      searches: v.pipe(v.number(), v.description("WHATSATs.")),
      invalid: v.pipe(v.number(), v.description("What was answered with an error line.")),
      reportsReceived: v.pipe(v.number(), v.description("AT lines from neighbors.")),
      reportsSent: v.pipe(v.number(), v.description("AT lines to neighbors.")),
    }),
    v.description("Since it started."),
  ),
  links: v.array(linkSchema),
});

export type OwnState = v.InferOutput<typeof ownStateSchema>;

export const serverStateSchema = v.strictObject({
  name: v.string(),
  host: v.string(),
  port: v.number(),
  http: v.nullable(v.pipe(v.string(), v.description("The address of its HTTP door, where that is known."))),
  classic: v.pipe(v.boolean(), v.description("Another program's.")),
  state: v.pipe(
    v.picklist(["up", "down", "unknown"]),
    v.description("Unknown where nobody could be asked: it has no HTTP door, and is no neighbor."),
  ),
  own: v.nullable(v.pipe(ownStateSchema, v.description("What it says of itself, where it could be asked."))),
});

export type ServerState = v.InferOutput<typeof serverStateSchema>;

export const herdStateSchema = v.strictObject({
  herd: v.string(),
  asked: v.pipe(v.string(), v.description("The server that says all this.")),
  servers: v.array(serverStateSchema),
  links: v.array(v.strictObject({
    ends: v.tuple([v.string(), v.string()]),
    state: v.picklist(["up", "down", "unknown"]),
  })),
});

export type HerdState = v.InferOutput<typeof herdStateSchema>;

export function addHerd(api: Api, context: GatewayContext): void {
  const startedMs = context.runtime.clock.monotonicMs();
  api.add({
    method: "get",
    path: "/herd",
    tag: "programs",
    summary: "The servers and links of the herd, and how they are",
    access: "read",
    replies: { 200: { description: "As far as this server knows.", schema: herdStateSchema } },
  }, () => Response.json(herdState(context, startedMs)));
}

function herdState(context: GatewayContext, startedMs: number): HerdState {
  const { topology, place, server, doors, isTls } = context;
  const own = ownState(context, startedMs);
  const linked = new Map(server.herd.neighbors.map(({ name, linked }) => [name, linked]));
  const neighbors = new Set(neighborsOf(topology, place.name).map(({ name }) => name));
  return {
    herd: topology.herd,
    asked: place.name,
    servers: topology.servers.map(({ name, host, port, classic }) => {
      const door = doors.get(name);
      return {
        name,
        host,
        port,
        http: door === undefined ? null : urlOf(door, isTls),
        classic: classic === true,
        state: name === place.name || linked.get(name) === true ? "up" : "unknown",
        own: name === place.name ? own : null,
      };
    }),
    links: topology.links.map(([a, b]) => {
      const other = a === place.name ? b : b === place.name ? a : undefined;
      if (other === undefined || !neighbors.has(other)) return { ends: [a, b], state: "unknown" };
      return { ends: [a, b], state: linked.get(other) === true ? "up" : "down" };
    }),
  };
}

function ownState(context: GatewayContext, startedMs: number): OwnState {
  const { runtime, server, placesName, counters: count } = context;
  const { reports, repeated, searches, invalid, reportsReceived, reportsSent } = count();
  return {
    version: VERSION,
    runtime: runtime.name,
    run: server.herd.run,
    uptimeSeconds: Math.round((runtime.clock.monotonicMs() - startedMs) / 1000),
    clients: server.registry.size,
    changes: server.registry.seq,
    sessions: server.sessions,
    places: placesName,
    counters: { reports, repeated, searches, invalid, reportsReceived, reportsSent },
    links: server.herd.neighbors.map(({ name, linked, dueChanges }) => ({
      neighbor: name,
      linked,
      dueChanges,
    })),
  };
}
