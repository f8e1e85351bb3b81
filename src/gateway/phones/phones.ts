/** What the location apps of phones speak, each as it is. */
import type { Api } from "../api.ts";
import type { GatewayContext } from "../context.ts";
import { addGpsLogger } from "./gpslogger.ts";
import { addOsmAnd } from "./osmand.ts";
import { addOverland } from "./overland.ts";
import { addOwnTracks } from "./owntracks.ts";

export function addPhones(api: Api, context: GatewayContext): void {
  addOwnTracks(api, context);
  addOsmAnd(api, context);
  addOverland(api, context);
  addGpsLogger(api, context);
}
