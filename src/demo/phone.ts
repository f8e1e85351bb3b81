/** What the location apps of phones send: the same that real ones do, as src/gateway/phones reads it. */
import type { Instant } from "../runtime/runtime.ts";

export const PHONE_APPS = ["osmand", "gpslogger", "owntracks", "overland"] as const;
export type PhoneApp = (typeof PHONE_APPS)[number];

/** Where a phone is. Coordinates are decimal degrees, in six decimals. */
export interface Fix {
  /** The client's ID, `user/device`. */
  readonly id: string;
  readonly latitude: string;
  readonly longitude: string;
  readonly time: Instant;
}

export interface PhoneRequest {
  /** With the query. */
  readonly path: string;
  readonly init: {
    readonly method: "GET" | "POST";
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  };
}

/** The request with which `app` tells a fix. */
export function phoneRequest(app: PhoneApp, { id, latitude, longitude, time }: Fix): PhoneRequest {
  const ms = time.seconds * 1000 + Math.floor(time.nanos / 1e6);
  const iso = new Date(ms).toISOString();
  switch (app) {
    case "osmand": {
      const query = new URLSearchParams({ id, lat: latitude, lon: longitude, timestamp: `${ms}` });
      return { path: `/osmand?${query}`, init: { method: "GET" } };
    }
    case "gpslogger": {
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      const body = `${new URLSearchParams({ lat: latitude, lon: longitude, time: iso, id })}`;
      return { path: "/gpslogger", init: { method: "POST", headers, body } };
    }
    case "owntracks": {
      const [user = "", device = ""] = id.split("/");
      const lat = Number(latitude), lon = Number(longitude);
      const message = { _type: "location", topic: `owntracks/${id}`, lat, lon, tst: time.seconds };
      return post("/owntracks", message, { "x-limit-u": user, "x-limit-d": device });
    }
    case "overland":
      return post("/overland", {
        locations: [{
          type: "Feature",
          geometry: { type: "Point", coordinates: [Number(longitude), Number(latitude)] },
          properties: { timestamp: iso, device_id: id },
        }],
      });
  }
}

function post(path: string, json: unknown, headers: Readonly<Record<string, string>> = {}): PhoneRequest {
  const body = JSON.stringify(json);
  return {
    path,
    init: { method: "POST", headers: { "content-type": "application/json", ...headers }, body },
  };
}
