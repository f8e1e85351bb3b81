/**
 * What `GET /herd` tells: the servers and links of the herd. Servers read it of each other, and a newer one may say
 * more than an older one knows: so what is not known is left out, and no fault.
 */
import * as v from "valibot";
import { VERSION } from "../version.ts";
import type { GatewayContext } from "./context.ts";
import type { Whole } from "./whole.ts";

const linkSchema = v.object({
  neighbor: v.string(),
  linked: v.boolean(),
  dueChanges: v.pipe(v.number(), v.description("Changes of the registry that the link has not come to yet.")),
  behindMs: v.pipe(
    v.number(),
    v.description(
      "For how long the neighbor has not been told everything; without a link, since it was lost.",
    ),
  ),
});

/** What a server says of itself. */
const ownStateSchema = v.object({
  version: v.string(),
  runtime: v.pipe(v.string(), v.description('Such as "deno 2.9.6".')),
  run: v.pipe(v.string(), v.description("This life of the server.")),
  uptimeSeconds: v.pipe(v.number(), v.description("With milliseconds: rates can be told from it.")),
  clients: v.pipe(v.number(), v.description("Clients in the registry.")),
  changes: v.pipe(v.number(), v.description("The number of the registry's last change.")),
  sessions: v.pipe(v.number(), v.description("Sessions open now.")),
  places: v.pipe(v.string(), v.description('Who finds places for it: "embedded", "google", "overpass", ...')),
  counters: v.pipe(
    v.object({
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

const serverStateSchema = v.object({
  name: v.string(),
  host: v.string(),
  port: v.number(),
  http: v.nullable(v.pipe(v.string(), v.description("The address of its HTTP door, where that is known."))),
  classic: v.pipe(v.boolean(), v.description("Another program's.")),
  state: v.pipe(
    v.picklist(["up", "down", "unknown"]),
    v.description(
      "Up: it answers, or someone is linked to it. Down: its HTTP door does not answer, or a neighbor of it that does " +
        "has no link to it. Unknown: neither could be found out, as where its door wants a proof, or a certificate " +
        "that is not believed, and no neighbor of it was asked.",
    ),
  ),
  own: v.nullable(v.pipe(ownStateSchema, v.description("What it says of itself, where it could be asked."))),
});

export type ServerState = v.InferOutput<typeof serverStateSchema>;

export const herdStateSchema = v.object({
  herd: v.string(),
  asked: v.pipe(v.string(), v.description("The server that says all this.")),
  servers: v.array(serverStateSchema),
  links: v.array(v.object({
    ends: v.tuple([v.string(), v.string()]),
    state: v.pipe(
      v.picklist(["up", "down", "unknown"]),
      v.description("Up if an end that was asked says so, down if all that were asked say not."),
    ),
  })),
});

/** How a server or a link is. */
export type Condition = ServerState["state"];

export type HerdState = v.InferOutput<typeof herdStateSchema>;

/**
 * @param whole what all threads of this server say.
 * @param startedMs of the monotonic clock.
 */
export function ownState(
  { runtime, server, placesName }: GatewayContext,
  { state }: Whole,
  startedMs: number,
): OwnState {
  const { reports, repeated, searches, invalid, reportsReceived, reportsSent } = state.counters;
  return {
    version: VERSION,
    runtime: runtime.name,
    run: server.herd.run,
    uptimeSeconds: Math.round(runtime.clock.monotonicMs() - startedMs) / 1000,
    clients: server.registry.size,
    changes: server.registry.seq,
    sessions: state.sessions,
    places: placesName,
    counters: { reports, repeated, searches, invalid, reportsReceived, reportsSent },
    links: server.herd.neighbors.map(({ name, linked, dueChanges, behindMs }) => ({
      neighbor: name,
      linked,
      dueChanges,
      behindMs: Math.round(behindMs),
    })),
  };
}
