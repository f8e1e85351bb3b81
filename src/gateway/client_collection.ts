/** `/clients.geojson`: every client at once, for whatever draws maps. */
import * as v from "valibot";
import type { Registry } from "../registry/registry.ts";
import type { Server } from "../server/server.ts";
import type { Api } from "./api.ts";
import { ClientFilter, filterEntries } from "./client_filter.ts";
import type { ClientReport } from "./client_report.ts";
import type { GatewayContext } from "./context.ts";
import { EVENT_ID, formatEventId } from "./event_id.ts";
import { PIECE_CHARS, type TextSource, textStream } from "./text_stream.ts";
import type { Turns } from "./turns.ts";

const TYPE = "application/geo+json";

/** Clients that are looked at in one turn, and places of the registry's table. */
const TURN_CLIENTS = 512;
const TURN_PLACES = 4_096;

const featureSchema = v.strictObject({
  type: v.literal("Feature"),
  id: v.pipe(v.string(), v.description("The client's ID.")),
  geometry: v.strictObject({
    type: v.literal("Point"),
    coordinates: v.pipe(v.array(v.number()), v.length(2), v.description("Longitude, latitude.")),
  }),
  properties: v.strictObject({ time: v.string(), origin: v.string(), skew: v.string(), at: v.string() }),
});

export const collectionSchema = v.strictObject({
  type: v.literal("FeatureCollection"),
  features: v.array(featureSchema),
  complete: v.pipe(v.boolean(), v.description("False where more clients were wanted than the limit allows.")),
  lastEventId: v.pipe(
    v.string(),
    v.regex(EVENT_ID),
    v.description("What has changed since the answer began, /events?since= this tells."),
  ),
});

const query = v.strictObject({
  ...filterEntries,
  limit: v.optional(v.pipe(
    v.string(),
    v.regex(/^\d{1,9}$/, "a whole number"),
    v.description("The most clients. Which they are is not said."),
    v.transform(Number),
  )),
});

export function addClientCollection(api: Api, { server }: GatewayContext, turns: Turns): void {
  api.add({
    method: "get",
    path: "/clients.geojson",
    tag: "programs",
    summary: "Every client, on a map",
    access: "read",
    query,
    replies: {
      200: { description: "Each client once, in no order.", type: TYPE, schema: collectionSchema },
    },
  }, ({ query: { prefix, box, limit = Infinity } }) => {
    const source = new Collection(server, turns, new ClientFilter({ prefix, box }), limit);
    return new Response(textStream(source), {
      headers: { "content-type": TYPE, "cache-control": "no-store" },
    });
  });
}

class Collection implements TextSource {
  readonly #registry: Registry;
  readonly #turns: Turns;
  readonly #filter: ClientFilter;
  #left: number;
  /** Where the walk through the registry's table stands; undefined at its end. */
  #place: number | undefined = 0;
  #phase: "head" | "features" | "done" = "head";
  #isFirst = true;
  #isComplete = true;
  readonly #lastEventId: string;

  constructor({ registry, herd }: Server, turns: Turns, filter: ClientFilter, limit: number) {
    this.#registry = registry;
    this.#turns = turns;
    this.#filter = filter;
    this.#left = limit;
    this.#lastEventId = formatEventId({ run: herd.run, seq: registry.seq });
  }

  async next(): Promise<string | undefined> {
    switch (this.#phase) {
      case "head":
        this.#phase = "features";
        return '{"type":"FeatureCollection","features":[';
      case "features":
        return await this.#features();
      case "done":
        return undefined;
    }
  }

  end(): void {}

  async #features(): Promise<string> {
    let text = "";
    while (this.#place !== undefined && text.length < PIECE_CHARS) {
      text += await this.#turns.run(() => this.#turn());
    }
    if (this.#place !== undefined) return text;
    this.#phase = "done";
    const lastEventId = JSON.stringify(this.#lastEventId);
    return `${text}\n],"complete":${this.#isComplete},"lastEventId":${lastEventId}}\n`;
  }

  /** The features of one turn. */
  #turn(): string {
    const registry = this.#registry;
    const entries: number[] = [];
    for (let places = 0; places < TURN_PLACES && entries.length < TURN_CLIENTS; places++) {
      const next = registry.scan(this.#place ?? 0, entries);
      this.#place = next === 0 ? undefined : next;
      if (this.#place === undefined) break;
    }
    let text = "";
    for (const entry of entries) {
      const report = this.#filter.read(registry.lineOf(entry));
      if (report === undefined) continue;
      if (this.#left-- <= 0) {
        this.#isComplete = false;
        this.#place = undefined;
        break;
      }
      text += `${this.#isFirst ? "\n" : ",\n"}${JSON.stringify(featureOf(report))}`;
      this.#isFirst = false;
    }
    return text;
  }
}

function featureOf({ id, latitude, longitude, ...properties }: ClientReport) {
  return {
    type: "Feature",
    id,
    geometry: { type: "Point", coordinates: [longitude, latitude] },
    properties,
  };
}
