/**
 * Overland: batches of GeoJSON. The app keeps its points and sends them again until it gets `{"result":"ok"}`: so
 * one point that will never be good must not hold up the others, and is dropped; and what is no batch is refused,
 * so that an app that was set up wrongly loses nothing.
 */
import * as v from "valibot";
import type { Api, Call } from "../api.ts";
import type { GatewayContext } from "../context.ts";
import { faultsOf } from "../faults.ts";
import type { Identity } from "../guard.ts";
import type { Location } from "../iamat.ts";
import { Problem } from "../problem.ts";
import { clientId, ownId } from "./client_id.ts";
import { type Fields, parseOr400, readBody, urlFields } from "./fields.ts";
import { logDropped, numberSchema, tellFixes, timeSchema } from "./fix.ts";

const OK = v.strictObject({ result: v.literal("ok") });

export function addOverland(api: Api, context: GatewayContext): void {
  api.add({
    method: "post",
    path: "/overland",
    tag: "phones",
    summary: "Overland: where a device was, in batches",
    access: "write",
    query: v.looseObject({
      device_id: v.optional(
        v.pipe(v.string(), v.description("The device, the client's ID, where the points name none.")),
      ),
    }),
    bodyDescription: 'GeoJSON: `{"locations": [{"type": "Feature", ...}, ...]}`.',
    replies: {
      200: { description: "The app deletes these points.", schema: OK },
      400: { description: "No batch, or no ID: the app keeps its points." },
    },
  }, async (call) => {
    const { fixes, unread } = readOverland(
      await readBatch(call),
      urlFields(call.request),
      call.who,
    );
    for (const why of unread) logDropped(context, call, why);
    await tellFixes(context, call, fixes);
    return Response.json({ result: "ok" });
  });
}

const batchSchema = v.object({
  locations: v.array(v.unknown(), 'no array: set the app to send "All Data"'),
  /** Where the device is, when the batch is of the past. */
  current: v.optional(v.unknown()),
});

async function readBatch(call: Call): Promise<v.InferOutput<typeof batchSchema>> {
  const body = await readBody(call);
  return parseOr400(batchSchema, body.kind === "json" ? body.value : undefined, "the body");
}

const pointSchema = v.object({
  geometry: v.object({ type: v.literal("Point") }),
});

const featureSchema = v.object({
  geometry: v.object({ coordinates: v.looseTuple([numberSchema, numberSchema]) }),
  properties: v.object({
    timestamp: timeSchema,
    device_id: v.optional(v.unknown()),
    unique_id: v.optional(v.unknown()),
  }),
});

/**
 * The fixes of a batch, in its order, the current one last; and what is wrong with points that are none. Features
 * without a point, such as trips, are no fixes.
 * @throws {Problem} where nobody says whose they are.
 */
function readOverland(
  { locations, current }: v.InferOutput<typeof batchSchema>,
  url: Fields,
  who: Identity,
): { fixes: readonly Location[]; unread: readonly string[] } {
  const fixes: Location[] = [];
  const unread: string[] = [];
  const common = clientId(url.get("device_id") ?? url.get("id")) ?? ownId(who, undefined);
  for (const feature of [...locations, current]) {
    if (!v.is(pointSchema, feature)) continue;
    const result = v.safeParse(featureSchema, feature);
    if (!result.success) {
      unread.push(faultsOf(result.issues));
      continue;
    }
    const { geometry: { coordinates: [longitude, latitude] }, properties } = result.output;
    const { timestamp: time, device_id, unique_id } = properties;
    const number = nameOf(unique_id);
    const id = clientId(nameOf(device_id)) ?? (number === undefined ? common : ownId(who, number));
    if (id === undefined) {
      throw new Problem(400, "Not understood", "no device_id: add ?device_id=NAME to the app's Server URL");
    }
    fixes.push({ id, latitude, longitude, time });
  }
  return { fixes, unread };
}

function nameOf(value: unknown): string | undefined {
  return (typeof value === "string" || typeof value === "number") && value !== "" ? String(value) : undefined;
}
