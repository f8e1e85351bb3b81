/**
 * Writes JSON text in the form of a Google Places *Nearby Search* response, laid out as Google lays it out:
 * three spaces of indentation, a space before each colon, keys in alphabetical order.
 */

import type { OutBuffer } from "../wire/render.ts";
import type { PlacesStatus } from "./provider.ts";

/** One place of a response. What is absent here is absent there. */
export interface NearbyResult {
  readonly name: string;
  readonly placeId: string;
  /** Decimal degrees. */
  readonly latitude: number;
  /** Decimal degrees. */
  readonly longitude: number;
  /** The most telling first, for example `["museum", "point_of_interest", "establishment"]`. */
  readonly types: readonly string[];
  /** Where it is, for people: a street, a city. */
  readonly vicinity?: string;
  /** 1 to 5. */
  readonly rating?: number;
  readonly userRatingsTotal?: number;
  /** `OPERATIONAL`, `CLOSED_TEMPORARILY` or `CLOSED_PERMANENTLY`. */
  readonly businessStatus?: string;
  /** 0 (free) to 4. */
  readonly priceLevel?: number;
}

export interface NearbyResponse {
  readonly results: readonly NearbyResult[];
  readonly status: PlacesStatus;
  /** For a person to read; says why a status is not `OK`. */
  readonly errorMessage?: string;
  /** What must be shown with the results, for whoever holds the rights to them. */
  readonly attributions?: readonly string[];
}

/** Kinds that come with a second, wider type. */
const widerTypes: ReadonlyMap<string, string> = new Map([
  ["bus_station", "transit_station"],
  ["church", "place_of_worship"],
  ["hindu_temple", "place_of_worship"],
  ["mosque", "place_of_worship"],
  ["subway_station", "transit_station"],
  ["synagogue", "place_of_worship"],
  ["train_station", "transit_station"],
]);

/** Kinds that name a part of the map rather than somewhere with a door. */
const politicalKinds = new Set([
  "administrative_area_level_1",
  "administrative_area_level_2",
  "country",
  "locality",
  "neighborhood",
]);

/** The `types` that Google gives a place of one kind: a `museum` is an establishment, too. */
export function typesOfKind(kind: string): readonly string[] {
  if (politicalKinds.has(kind)) return [kind, "political"];
  if (kind === "natural_feature") return [kind, "establishment"];
  if (kind === "route") return [kind];
  if (kind === "point_of_interest") return [kind, "establishment"];
  const wider = widerTypes.get(kind);
  return [kind, ...(wider === undefined ? [] : [wider]), "point_of_interest", "establishment"];
}

const encoder = new TextEncoder();
const maxBytesPerUnit = 3;

/** Where texts are encoded before their length is known: `encodeInto` is far cheaper than `encode`. */
let scratch = new Uint8Array(16 * 1024);

/**
 * The response as JSON text in UTF-8, in an array of its own, with no newline at the end.
 * @throws {RangeError} for a number that JSON cannot hold (`NaN`, an infinity).
 */
export function renderNearbySearch(response: NearbyResponse): Uint8Array {
  let text = "{\n";
  if (response.errorMessage !== undefined) {
    text += '   "error_message" : ' + JSON.stringify(response.errorMessage) + ",\n";
  }
  const attributions = (response.attributions ?? []).map((one) => JSON.stringify(one)).join(", ");
  text += `   "html_attributions" : [${attributions === "" ? "" : ` ${attributions} `}],\n   "results" : [`;
  let separator = "\n";
  for (const result of response.results) {
    text += separator + renderResult(result);
    separator = ",\n";
  }
  text += response.results.length === 0 ? "],\n" : "\n   ],\n";
  return encodeText(text + '   "status" : ' + JSON.stringify(response.status) + "\n}");
}

/** One entry of `results`, to be laid out with others by `appendNearbySearch`. */
export function renderEntry(result: NearbyResult): Uint8Array {
  return encodeText(renderResult(result));
}

const OPENING = encoder.encode('{\n   "html_attributions" : [],\n   "results" : [\n');
const BETWEEN = encoder.encode(",\n");
const CLOSING = encoder.encode('\n   ],\n   "status" : "OK"\n}');
const NOTHING = encoder.encode(
  '{\n   "html_attributions" : [],\n   "results" : [],\n   "status" : "ZERO_RESULTS"\n}',
);

/** Appends what `renderNearbySearch` writes of these results, from entries that are rendered already. */
export function appendNearbySearch(entries: readonly Uint8Array[], out: OutBuffer): void {
  if (entries.length === 0) return out.append(NOTHING);
  out.append(OPENING);
  for (let i = 0; i < entries.length; i++) {
    if (i > 0) out.append(BETWEEN);
    out.append(entries[i]!);
  }
  out.append(CLOSING);
}

function renderResult(result: NearbyResult): string {
  const { businessStatus, priceLevel, rating, userRatingsTotal, vicinity } = result;
  let text = "      {\n";
  if (businessStatus !== undefined) text += stringLine("business_status", businessStatus) + ",\n";
  text += '         "geometry" : {\n            "location" : {\n               "lat" : ' +
    numberText(result.latitude) + ',\n               "lng" : ' + numberText(result.longitude) +
    "\n            }\n         },\n" +
    stringLine("name", result.name) + ",\n" + stringLine("place_id", result.placeId) + ",\n";
  if (priceLevel !== undefined) text += numberLine("price_level", priceLevel) + ",\n";
  if (rating !== undefined) text += numberLine("rating", rating) + ",\n";
  text += '         "types" : ' + renderTypes(result.types);
  if (userRatingsTotal !== undefined) text += ",\n" + numberLine("user_ratings_total", userRatingsTotal);
  if (vicinity !== undefined) text += ",\n" + stringLine("vicinity", vicinity);
  return text + "\n      }";
}

function renderTypes(types: readonly string[]): string {
  if (types.length === 0) return "[]";
  let text = "[ ";
  let separator = "";
  for (const type of types) {
    text += separator + JSON.stringify(type);
    separator = ", ";
  }
  return text + " ]";
}

function stringLine(key: string, value: string): string {
  return '         "' + key + '" : ' + JSON.stringify(value);
}

function numberLine(key: string, value: number): string {
  return '         "' + key + '" : ' + numberText(value);
}

function numberText(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`${value} is no number that JSON can hold`);
  return String(value);
}

function encodeText(text: string): Uint8Array {
  const worstBytes = text.length * maxBytesPerUnit;
  if (scratch.length < worstBytes) scratch = new Uint8Array(2 * worstBytes);
  return scratch.slice(0, encoder.encodeInto(text, scratch).written);
}
