/** OpenStreetMap's Overpass API, which needs no key: named nodes around the point, as a Nearby Search response. */

import * as v from "valibot";
import { VERSION } from "../version.ts";
import { MAX_BOUND } from "../wire/client_message.ts";
import { metersOf } from "./google.ts";
import { fetchBounded, type HttpAccess, parseJson } from "./http.ts";
import { type NearbyResult, renderNearbySearch } from "./nearby_search.ts";
import { PlacesError, type PlacesProvider, type PlacesQuery } from "./provider.ts";

const ATTRIBUTION = '© <a href="https://www.openstreetmap.org/copyright">OpenStreetMap</a> contributors';

const OVERPASS_BASE = "https://overpass-api.de";

/** The public servers ask callers to say who they are. */
const USER_AGENT = `herd/${VERSION} (location servers that answer what places are near a client)`;

/** Nodes that are taken of one circle; some 500 bytes each. */
const MAX_NODES = 500;
/**
 * Overpass cannot sort by distance. So the circle grows, in meters, until it holds enough: that finds the nearest
 * without sending a whole city, and keeps the search short.
 */
const CIRCLES = [100, 500, 2_500, 10_000];

/** Whose tags make a named node a place, the most telling first. */
const PLACE_KEYS = ["amenity", "shop", "tourism", "leisure", "historic", "aeroway"];

const OsmNode = v.object({
  type: v.literal("node"),
  id: v.number(),
  lat: v.number(),
  lon: v.number(),
  tags: v.record(v.string(), v.string()),
});
type OsmNode = v.InferOutput<typeof OsmNode>;

const Answer = v.object({ elements: v.array(OsmNode), remark: v.optional(v.string()) });

export class OverpassProvider implements PlacesProvider {
  readonly name = "overpass";
  readonly #access: HttpAccess;
  readonly #base: string;

  /** @param base scheme and host, without a slash at the end. */
  constructor(access: HttpAccess, base: string = OVERPASS_BASE) {
    this.#access = access;
    this.#base = base;
  }

  searchKey(query: PlacesQuery): string {
    return `${query.latitude},${query.longitude},${metersOf(query.radiusKm)}`;
  }

  async search(query: PlacesQuery, signal: AbortSignal): Promise<Uint8Array> {
    const seconds = Math.max(1, Math.ceil(this.#access.limits.placesMs / 1000));
    const body = await fetchBounded(this.#access, {
      method: "POST",
      url: `${this.#base}/api/interpreter`,
      headers: { "Content-Type": "application/x-www-form-urlencoded", "User-Agent": USER_AGENT },
      body: `data=${encodeURIComponent(overpassQuery(query, seconds))}`,
    }, signal);
    const results = nearest(nodesIn(parseJson(body)), Number(query.latitude), Number(query.longitude));
    const status = results.length === 0 ? "ZERO_RESULTS" : "OK";
    return renderNearbySearch({ results, status, attributions: [ATTRIBUTION] });
  }
}

/** The same for every bound that a WHATSAT may have, so that searches can be shared. */
function overpassQuery(query: PlacesQuery, seconds: number): string {
  const meters = metersOf(query.radiusKm);
  const circles = [...CIRCLES.filter((circle) => circle < Number(meters)).map(String), meters];
  const [first = meters, ...wider] = circles.map((circle) => {
    const around = `node(around:${circle},${query.latitude},${query.longitude})[name]`;
    return `(${around}[~"^(${PLACE_KEYS.join("|")})$"~"."];${around}[railway=station];)->.near;`;
  });
  const growth = wider.map((statement) => `if(near.count(nodes)<${MAX_BOUND}){${statement}}`);
  return `[out:json][timeout:${seconds}];${first}${growth.join("")}.near out ${MAX_NODES};`;
}

function nodesIn(answer: unknown): readonly OsmNode[] {
  const parsed = v.safeParse(Answer, answer);
  if (!parsed.success) {
    throw new PlacesError(
      "UNKNOWN_ERROR",
      "the Places service sent JSON of another shape than Overpass nodes",
    );
  }
  // A query that Overpass breaks off is an HTTP 200, with whatever it had so far.
  if (parsed.output.remark?.includes("error")) {
    throw new PlacesError("UNKNOWN_ERROR", "the Places service broke the search off: out of time or memory");
  }
  return parsed.output.elements;
}

function nearest(nodes: readonly OsmNode[], latitude: number, longitude: number): NearbyResult[] {
  return nodes
    .map((node) => ({ node, angle: angleBetween(latitude, longitude, node.lat, node.lon) }))
    .sort((a, b) => a.angle - b.angle || a.node.id - b.node.id)
    .flatMap(({ node }) => nearbyResult(node))
    .slice(0, MAX_BOUND);
}

/** The angle at the earth's center, in radians: grows with the distance (haversine). All else in degrees. */
function angleBetween(latitude1: number, longitude1: number, latitude2: number, longitude2: number): number {
  const radians = Math.PI / 180;
  const across = Math.sin((latitude2 - latitude1) * radians / 2) ** 2;
  const along = Math.sin((longitude2 - longitude1) * radians / 2) ** 2;
  const scale = Math.cos(latitude1 * radians) * Math.cos(latitude2 * radians);
  return 2 * Math.asin(Math.min(1, Math.sqrt(across + scale * along)));
}

/** A node as a result: none where it has no name. */
function nearbyResult(node: OsmNode): NearbyResult[] {
  const { id, lat, lon, tags } = node;
  if (tags["name"] === undefined) return [];
  const vicinity = vicinityOf(tags);
  return [{
    name: tags["name"],
    placeId: `osm:node/${id}`,
    latitude: lat,
    longitude: lon,
    types: typesOf(tags),
    ...(vicinity !== "" && { vicinity }),
  }];
}

/** `12 Rue Cler, Paris`. */
function vicinityOf(tags: Readonly<Record<string, string>>): string {
  const street = [tags["addr:housenumber"], tags["addr:street"]].filter(Boolean).join(" ");
  return [street, tags["addr:city"]].filter(Boolean).join(", ");
}

function typesOf(tags: Readonly<Record<string, string>>): string[] {
  const own = PLACE_KEYS.flatMap((key) => {
    const value = tags[key];
    if (value === undefined) return [];
    return value === "yes" ? [key] : value.split(";").map((type) => type.trim()).filter(Boolean);
  });
  if (tags["railway"] === "station") own.push("train_station");
  return [...new Set([...own, "point_of_interest", "establishment"])];
}
