/** What the server answers, as far as the page reads it: parsed here once, and trusted from here on. */
import * as v from "valibot";
import type { ClientReport } from "../gateway/client_report.ts";
import type { HerdState } from "../gateway/herd_state.ts";

const reportSchema = v.object({
  id: v.string(),
  latitude: v.number(),
  longitude: v.number(),
  time: v.string(),
  origin: v.string(),
  skew: v.string(),
  at: v.string(),
});

/** The newest report of a client. */
export type Report = v.InferOutput<typeof reportSchema>;

const positionSchema = v.tupleWithRest([v.number(), v.number()], v.number());

const clientsSchema = v.object({
  features: v.array(v.object({
    id: v.string(),
    geometry: v.object({ coordinates: positionSchema }),
    properties: v.object({
      time: v.string(),
      origin: v.string(),
      skew: v.string(),
      at: v.string(),
    }),
  })),
  lastEventId: v.string(),
});

export interface Clients {
  readonly reports: readonly Report[];
  /** Where the events go on from there. */
  readonly lastEventId: string;
}

const stateSchema = v.picklist(["up", "down", "unknown"]);

/** Of a server or a link. */
export type State = v.InferOutput<typeof stateSchema>;

const ownSchema = v.object({
  runtime: v.string(),
  run: v.string(),
  uptimeSeconds: v.number(),
  clients: v.number(),
  places: v.string(),
  counters: v.object({
    reports: v.number(),
    searches: v.number(),
    reportsReceived: v.number(),
    reportsSent: v.number(),
  }),
});

const serverSchema = v.object({
  name: v.string(),
  http: v.nullable(v.string()),
  state: stateSchema,
  own: v.nullable(ownSchema),
});

export type ServerView = v.InferOutput<typeof serverSchema>;

const linkSchema = v.object({ ends: v.tuple([v.string(), v.string()]), state: stateSchema });

const herdSchema = v.object({
  herd: v.string(),
  asked: v.string(),
  servers: v.array(serverSchema),
  links: v.array(linkSchema),
});

export type HerdView = v.InferOutput<typeof herdSchema>;

const nearbySchema = v.object({
  status: v.string(),
  error_message: v.optional(v.string()),
  html_attributions: v.optional(v.array(v.string()), []),
  results: v.array(v.object({
    name: v.optional(v.string(), "(without a name)"),
    vicinity: v.optional(v.string()),
    types: v.optional(v.array(v.string()), []),
    geometry: v.object({ location: v.object({ lat: v.number(), lng: v.number() }) }),
  })),
});

export type Nearby = v.InferOutput<typeof nearbySchema>;

// Compiled, never called: what the server's own types say has to fit what is read here.
export type Fits = [
  Check<ClientReport, v.InferInput<typeof reportSchema>>,
  Check<HerdState, v.InferInput<typeof herdSchema>>,
];
type Check<Said extends Read, Read> = [Said, Read];

/** @throws {v.ValiError} when it is none. */
export function readReport(text: string): Report {
  return v.parse(reportSchema, JSON.parse(text));
}

export function readClients(value: unknown): Clients {
  const { features, lastEventId } = v.parse(clientsSchema, value);
  const reports = features.map(({ id, geometry: { coordinates: [longitude, latitude] }, properties }) => ({
    ...properties,
    id,
    latitude,
    longitude,
  }));
  return { reports, lastEventId };
}

export function readClient(value: unknown): Report {
  return v.parse(reportSchema, value);
}

export function readHerd(value: unknown): HerdView {
  return v.parse(herdSchema, value);
}

export function readNearby(value: unknown): Nearby {
  return v.parse(nearbySchema, value);
}

const problemSchema = v.object({ detail: v.string() });

/** What a problem says, for a person; undefined for what is no problem. */
export function readProblem(value: unknown): string | undefined {
  const result = v.safeParse(problemSchema, value);
  return result.success ? result.output.detail : undefined;
}
