/** `/clients/...`: where a client is, what is near it, and that it is somewhere else now. */
import * as v from "valibot";
import { NONE, type Registry } from "../registry/registry.ts";
import { toBytes } from "../wire/bytes.ts";
import type { Api } from "./api.ts";
import { type ClientReport, clientReportSchema, readReport } from "./client_report.ts";
import { timeSchema } from "./client_time.ts";
import type { GatewayContext } from "./context.ts";
import { iamatLine } from "./iamat.ts";
import { timeOf } from "./time.ts";
import { Problem } from "./problem.ts";
import { notYours, refusalProblem } from "./refusal.ts";

const params = v.strictObject({
  id: v.pipe(
    v.string(),
    v.regex(/^[^ \t-\r]+$/, "an ID has no white space, and is not empty"),
    v.description("The client's ID, percent-encoded: a slash in it is %2F."),
  ),
});

const locationSchema = v.strictObject({
  latitude: v.pipe(v.number(), v.minValue(-90), v.maxValue(90), v.description("Decimal degrees.")),
  longitude: v.pipe(v.number(), v.minValue(-180), v.maxValue(180), v.description("Decimal degrees.")),
  time: v.optional(timeSchema),
});

/** What became of a location that was told. */
const toldSchema = v.strictObject({
  ...clientReportSchema.entries,
  news: v.pipe(v.boolean(), v.description("Whether it was newer than what the server knew of the client.")),
});

const placesQuery = v.strictObject({
  radius: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^([0-4]?\d(\.\d+)?|50(\.0+)?)$/, "kilometers from 0 to 50, such as 2.5"),
      v.description("Kilometers, 0 to 50."),
    ),
    "10",
  ),
  limit: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^([01]?\d|20)$/, "a whole number from 0 to 20"),
      v.description("The most places, 0 to 20."),
    ),
    "10",
  ),
});

/** The outer form of a Nearby Search response; what more it has is the Places service's own. */
const placesSchema = v.looseObject({ results: v.array(v.unknown()), status: v.string() });

/** The newest report of the client `id`; undefined for one that none is known of. */
function findReport(registry: Registry, id: string): ClientReport | undefined {
  const bytes = toBytes(id);
  const entry = registry.find(bytes, 0, bytes.length, registry.hash.of(bytes, 0, bytes.length));
  return entry === NONE ? undefined : readReport(registry.lineOf(entry));
}

export function addClients(api: Api, context: GatewayContext): void {
  addClient(api, context);
  addLocation(api, context);
  addPlaces(api, context);
}

function addClient(api: Api, { server }: GatewayContext): void {
  api.add({
    method: "get",
    path: "/clients/{id}",
    tag: "programs",
    summary: "The newest report of a client",
    access: "read",
    params,
    replies: { 200: { description: "The same on every server of the herd.", schema: clientReportSchema } },
  }, ({ params: { id } }) => {
    const report = findReport(server.registry, id);
    if (report === undefined) throw unknownClient(id);
    return Response.json(report);
  });
}

function addLocation(api: Api, { server, guard, limits, runtime }: GatewayContext): void {
  api.add({
    method: "put",
    path: "/clients/{id}",
    tag: "programs",
    summary: "Tell where a client is",
    access: "write",
    params,
    body: locationSchema,
    replies: { 200: { description: "The report, kept as a session's would be.", schema: toldSchema } },
  }, async ({ params: { id }, body, who, peer, signal }) => {
    if (!guard.mayWrite(who, id)) throw notYours(guard, who, id);
    const { latitude, longitude, time = timeOf(runtime.clock.now()) } = body;
    const told = server.requests.tell(iamatLine({ id, latitude, longitude, time }), peer);
    if (told.kind === "refused") throw refusalProblem(told.why, limits, noLocation);
    await server.requests.kept(signal);
    return Response.json({ ...readReport(toBytes(told.at)), news: told.isNews });
  });
}

function addPlaces(api: Api, { server, limits }: GatewayContext): void {
  api.add({
    method: "get",
    path: "/clients/{id}/places",
    tag: "programs",
    summary: "What is near a client",
    access: "read",
    params,
    query: placesQuery,
    replies: {
      200: {
        description: "The places, in the format of a Google Places Nearby Search response.",
        schema: placesSchema,
        headers: {
          "herd-at":
            "The AT line of the report that the places are near to; what is not printable ASCII in it is percent-encoded, as is %.",
        },
      },
    },
  }, async ({ params: { id }, query: { radius, limit }, peer, signal }) => {
    const found = await server.requests.find(`WHATSAT ${id} ${radius} ${limit}`, peer, signal);
    if (found.kind === "refused") throw refusalProblem(found.why, limits, () => unknownClient(id));
    return new Response(found.json.slice(), {
      headers: { "content-type": "application/json", "herd-at": headerText(found.at) },
    });
  });
}

function unknownClient(id: string): Problem {
  return new Problem(404, "Not found", `no report of ${id} is known`);
}

function noLocation(): Problem {
  return new Problem(422, "Not taken", "this makes no valid IAMAT");
}

/** Headers are printable ASCII, and IDs are anything. */
function headerText(text: string): string {
  return text.replaceAll(/[^ -$&-~]+/gu, encodeURIComponent);
}
