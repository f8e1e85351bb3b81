/**
 * The OsmAnd protocol, which OsmAnd, Traccar Client and many others speak to a Traccar server: a fix is named texts,
 * in the URL or a form, or the JSON of Traccar Client 9. Any status but 2xx and these apps send the same fix again
 * before any other, for days; so what will never be a location of a known device is answered with 200 and dropped,
 * and 400 is for what no device sends.
 */
import * as v from "valibot";
import type { Api, Call } from "../api.ts";
import type { GatewayContext } from "../context.ts";
import type { Location } from "../iamat.ts";
import { Problem } from "../problem.ts";
import { clientId } from "./client_id.ts";
import { type Body, type Fields, flatFields, parseOr400, readBody, urlFields } from "./fields.ts";
import { numberSchema, tellFixes, timeSchema } from "./fix.ts";
import { timeOf } from "../time.ts";

const text = (description: string) => v.optional(v.pipe(v.string(), v.description(description)));

const querySchema = v.looseObject({
  id: text("The device, the client's ID."),
  deviceid: text("The same, by its other name."),
  lat: text("Latitude, decimal degrees."),
  lon: text("Longitude, decimal degrees."),
  location: text("Both: `34.06893,-118.445127`."),
  timestamp: text(
    "Seconds or milliseconds since 1970, ISO 8601, or `yyyy-MM-dd HH:mm:ss` in UTC. Now, without.",
  ),
});

const REPLIES = {
  200: {
    description: "Taken; or dropped, and why, since it would be no better the next time.",
    type: "text/plain",
  },
  400: { description: "No location." },
} as const;

const BODY = "A form with the same fields as the query, or the JSON of Traccar Client: " +
  '`{"location": {"timestamp": ..., "coords": {"latitude": ..., "longitude": ...}}, "device_id": ...}`.';

/** Whether a GET of `/`, where people find the page, is a phone's. */
function isOsmAnd(request: Request): boolean {
  const fields = urlFields(request);
  return ["id", "deviceid", "lat", "lon", "location"].some((name) => fields.has(name));
}

export function addOsmAnd(api: Api, context: GatewayContext): void {
  const answer = (call: Call) => answerOsmAnd(context, call);
  const summary = "OsmAnd, Traccar Client: where a device is";
  // Apps are often given nothing but a host and a port.
  for (const path of ["/osmand", "/"]) {
    const common = { path, tag: "phones", summary, access: "write", replies: REPLIES } as const;
    const when = path === "/" ? { when: isOsmAnd } : {};
    api.add({ ...common, ...when, method: "get", query: querySchema }, answer);
    api.add({ ...common, method: "post", query: querySchema, bodyDescription: BODY }, answer);
  }
}

async function answerOsmAnd(context: GatewayContext, call: Call): Promise<Response> {
  const body = await readBody(call);
  const fix = readOsmAnd(urlFields(call.request), body, timeOf(context.runtime.clock.now()));
  return acknowledge(fix === undefined ? [] : await tellFixes(context, call, [fix]));
}

/** The answer to whoever looks at the status alone: the body is for people. */
export function acknowledge(dropped: readonly string[]): Response {
  return new Response(dropped.map((why) => `dropped: ${why}\n`).join(""));
}

/**
 * Reads a fix; undefined for what has none in good order, such as a sign of life of a device that knows its ID and
 * the time alone, and the token by which Traccar would wake it.
 * @param now the time of a fix that has none.
 * @throws {Problem}
 */
export function readOsmAnd(url: Fields, body: Body, now: string): Location | undefined {
  switch (body.kind) {
    case "empty":
      return readFields(url, now);
    case "form":
      return readFields(new Map([...body.fields, ...url]), now);
    case "json":
      return typeof body.value === "object" && body.value !== null && "location" in body.value
        ? readJson(body.value)
        : readFields(new Map([...flatFields(body.value), ...url]), now);
  }
}

const fixSchema = v.object({ latitude: numberSchema, longitude: numberSchema, time: timeSchema });

function readFields(fields: Fields, now: string): Location | undefined {
  const id = knownId(fields.get("id") || fields.get("deviceid"), "id");
  const both = fields.get("location")?.split(",") ?? [];
  const [latitude, longitude] = both.length >= 2 ? both : [fields.get("lat"), fields.get("lon")];
  const time = fields.get("timestamp");
  const hasAny = (...names: readonly string[]) => names.some((name) => fields.has(name));
  if (!hasAny("lat", "lon", "location") && hasAny("timestamp", "notificationToken")) return undefined;
  const named = { latitude, longitude, time: time ?? now };
  return { id, ...parseOr400(fixSchema, named, "lat, lon and timestamp") };
}

const coordinatesSchema = v.object({ latitude: numberSchema, longitude: numberSchema });
const jsonSchema = v.object({
  device_id: v.union([v.string(), v.number()]),
  location: v.object({ timestamp: timeSchema, coords: v.optional(coordinatesSchema) }),
});

function readJson(value: unknown): Location | undefined {
  const { device_id, location } = parseOr400(jsonSchema, value, "the body");
  const id = knownId(String(device_id), "device_id");
  return location.coords === undefined ? undefined : { id, ...location.coords, time: location.timestamp };
}

function knownId(name: string | undefined, field: string): string {
  const id = clientId(name);
  if (id !== undefined) return id;
  throw new Problem(400, "Not understood", `no ${field}: give the device an ID`);
}
