/**
 * OwnTracks in its HTTP mode: a device posts a message a time, and gets where its friends are. Android sends what was
 * not answered with 2xx again, for weeks; iOS does so after 5xx, and forgets it after 4xx. So a location that will
 * never be good is answered as any other.
 */
import * as v from "valibot";
import { toText } from "../../wire/bytes.ts";
import type { Api, Call } from "../api.ts";
import type { GatewayContext } from "../context.ts";
import { faultsOf } from "../faults.ts";
import type { Identity } from "../guard.ts";
import { Problem } from "../problem.ts";
import { deviceId } from "./client_id.ts";
import { parseOr400, readBody, urlFields } from "./fields.ts";
import { logDropped, numberSchema, tellFixes, timeSchema } from "./fix.ts";
import { type Friend, Friends } from "./friends.ts";

const friendSchema = v.strictObject({
  _type: v.literal("location"),
  tid: v.pipe(v.string(), v.description("The apps know a friend by it, so it is the whole ID.")),
  lat: v.number(),
  lon: v.number(),
  tst: v.pipe(v.number(), v.integer()),
  topic: v.pipe(v.string(), v.description("`owntracks/<user>/<device>`")),
});

export function addOwnTracks(api: Api, context: GatewayContext): void {
  const friends = new Friends(context);
  api.add({
    method: "post",
    path: "/owntracks",
    tag: "phones",
    summary: "OwnTracks in HTTP mode: where a device is, and then where its friends are",
    access: "write",
    query: v.looseObject({
      u: v.optional(v.pipe(v.string(), v.description("The user, where no header X-Limit-U says so."))),
      d: v.optional(v.pipe(v.string(), v.description("The device, where no header X-Limit-D says so."))),
    }),
    bodyDescription: "A message of OwnTracks; all but `location` are ignored, and so is an empty body.",
    replies: { 200: { description: "Friends, newest first.", schema: v.array(friendSchema) } },
  }, async (call) => {
    const message = await readMessage(call);
    if (message?._type !== "location") return Response.json([]);
    const id = ownTracksId(call.request, message, call.who);
    await tellLocation(context, call, id, message);
    return Response.json(friends.newest(call.who, id).map(toMessage));
  });
}

const messageSchema = v.looseObject({ _type: v.string() });
type Message = v.InferOutput<typeof messageSchema>;

async function readMessage(call: Call): Promise<Message | undefined> {
  const body = await readBody(call);
  switch (body.kind) {
    case "empty":
      return undefined;
    case "form":
      throw new Problem(400, "Not understood", "the body: it is no JSON");
    case "json":
      return parseOr400(messageSchema, body.value, "the body");
  }
}

const locationSchema = v.object({ lat: numberSchema, lon: numberSchema, tst: timeSchema });

async function tellLocation(
  context: GatewayContext,
  call: Call,
  id: string,
  message: Message,
): Promise<void> {
  const result = v.safeParse(locationSchema, message);
  if (!result.success) return logDropped(context, call, `${id}: ${faultsOf(result.issues)}`);
  const { lat, lon, tst } = result.output;
  await tellFixes(context, call, [{ id, latitude: lat, longitude: lon, time: tst }]);
}

/**
 * The client's ID, `user/device`. The user is whoever has proved to be one; else, as for the device, the header, the
 * URL and the topic are asked in turn.
 * @throws {Problem} where one of the two is missing.
 */
function ownTracksId(request: Call["request"], message: Message, who: Identity): string {
  const url = urlFields(request);
  const topic = typeof message.topic === "string" ? message.topic.split("/") : [];
  const [topicUser, topicDevice] = topic.length >= 3 ? topic.slice(-2) : [];
  const user = who.kind === "user"
    ? who.name
    : firstOf(header(request, "x-limit-u"), url.get("u"), topicUser);
  const tid = typeof message.tid === "string" ? message.tid : undefined;
  const device = firstOf(header(request, "x-limit-d"), url.get("d"), topicDevice, tid);
  const id = deviceId(user, device);
  if (id !== undefined) return id;
  const missing = user === undefined ? "user" : "device";
  throw new Problem(400, "Not understood", `no ${missing}: give the app one, under Identification`);
}

function firstOf(...names: readonly (string | undefined)[]): string | undefined {
  return names.find((name) => name !== undefined && name !== "");
}

/** A header's text. HTTP hands on bytes, and those of a name beyond ASCII are UTF-8. */
function header(request: Call["request"], name: string): string | undefined {
  const value = request.headers.get(name);
  return value === null ? undefined : toText(Uint8Array.from(value, (char) => char.charCodeAt(0)));
}

function toMessage({ id, latitude, longitude, seconds }: Friend): v.InferOutput<typeof friendSchema> {
  return {
    _type: "location",
    tid: id,
    lat: latitude,
    lon: longitude,
    tst: Math.floor(seconds),
    topic: `owntracks/${id}`,
  };
}
