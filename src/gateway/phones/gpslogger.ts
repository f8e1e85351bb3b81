/**
 * GPSLogger for Android, by its custom URL. Its user writes the URL or the body, so several names are taken, and all
 * that `%ALL` writes. What is not answered with 2xx is sent again three times, and holds up what is behind it.
 */
import * as v from "valibot";
import type { Api, Call } from "../api.ts";
import type { GatewayContext } from "../context.ts";
import type { Identity } from "../guard.ts";
import type { Location } from "../iamat.ts";
import { Problem } from "../problem.ts";
import { clientId, ownId } from "./client_id.ts";
import { type Body, type Fields, flatFields, parseOr400, readBody, urlFields } from "./fields.ts";
import { numberSchema, tellFixes, timeSchema } from "./fix.ts";
import { acknowledge } from "./osmand.ts";

const text = (description: string) => v.optional(v.pipe(v.string(), v.description(description)));

const querySchema = v.looseObject({
  lat: text("`%LAT`"),
  lon: text("`%LON`"),
  time: text("`%TIME`; or as `timeoffset` `%TIMEOFFSET`, or as `timestamp` `%TIMESTAMP`."),
  id: text(
    "The device, the client's ID. Else `ser` or `aid`, the user's name and a slash before it; or that name.",
  ),
});

const BODY = "A form or a JSON object with the same fields as the query.";

export function addGpsLogger(api: Api, context: GatewayContext): void {
  const common = {
    path: "/gpslogger",
    tag: "phones",
    summary: "GPSLogger for Android: where a device is",
    access: "write",
    query: querySchema,
    replies: {
      200: {
        description: "Taken; or dropped, and why, since it would be no better the next time.",
        type: "text/plain",
      },
      400: { description: "No location." },
    },
  } as const;
  const answer = async (call: Call) => {
    const fix = readGpsLogger(urlFields(call.request), await readBody(call), call.who);
    return acknowledge(await tellFixes(context, call, [fix]));
  };
  api.add({ ...common, method: "get" }, answer);
  api.add({ ...common, method: "post", bodyDescription: BODY }, answer);
}

const fixSchema = v.object({ latitude: numberSchema, longitude: numberSchema, time: timeSchema });

/** @throws {Problem} for what is no location. */
function readGpsLogger(url: Fields, body: Body, who: Identity): Location {
  const fields = new Map([...fieldsOf(body), ...url]);
  const first = (...names: readonly string[]) =>
    names.map((name) => fields.get(name)).find((value) => value !== undefined && value !== "");
  const id = clientId(first("id")) ?? ownId(who, first("ser", "aid"));
  if (id === undefined) {
    throw new Problem(400, "Not understood", "no id: write &id=%SER, or a name, into the custom URL");
  }
  const named = {
    latitude: first("lat"),
    longitude: first("lon"),
    time: first("time", "timeoffset", "timestamp"),
  };
  return { id, ...parseOr400(fixSchema, named, "lat, lon and time (or timestamp)") };
}

function fieldsOf(body: Body): Fields {
  switch (body.kind) {
    case "empty":
      return new Map();
    case "form":
      return body.fields;
    case "json":
      return flatFields(body.value);
  }
}
