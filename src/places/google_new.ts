/** Google's Places API (New), Search Nearby: its answer is written again in the format of a Nearby Search response. */

import * as v from "valibot";
import { toText } from "../wire/bytes.ts";
import { ApiKey, metersOf } from "./google.ts";
import { type Explanation, fetchBounded, type HttpAccess, parseJson } from "./http.ts";
import { type NearbyResult, renderNearbySearch } from "./nearby_search.ts";
import { PlacesError, type PlacesProvider, type PlacesQuery, type PlacesStatus } from "./provider.ts";

const GOOGLE_NEW_BASE = "https://places.googleapis.com";

/** Google bills by what is asked for, and answers nothing where nothing is. */
const FIELD_MASK = [
  "id",
  "displayName",
  "location",
  "types",
  "shortFormattedAddress",
  "rating",
  "userRatingCount",
  "businessStatus",
  "priceLevel",
].map((field) => `places.${field}`).join(",");

const PRICE_LEVELS: readonly string[] = [
  "PRICE_LEVEL_FREE",
  "PRICE_LEVEL_INEXPENSIVE",
  "PRICE_LEVEL_MODERATE",
  "PRICE_LEVEL_EXPENSIVE",
  "PRICE_LEVEL_VERY_EXPENSIVE",
];

// Google leaves fields out that are 0 or empty, a coordinate on the equator too.
const Place = v.object({
  id: v.string(),
  displayName: v.optional(v.object({ text: v.optional(v.string(), "") })),
  location: v.object({ latitude: v.optional(v.number(), 0), longitude: v.optional(v.number(), 0) }),
  types: v.optional(v.array(v.string()), []),
  shortFormattedAddress: v.optional(v.string()),
  rating: v.optional(v.number()),
  userRatingCount: v.optional(v.number()),
  businessStatus: v.optional(v.string()),
  priceLevel: v.optional(v.string()),
});

/** `{}` is no result; anything else without places is another service's answer. (To valibot an array is an object.) */
const Answer = v.pipe(
  v.unknown(),
  v.check((answer) => !Array.isArray(answer)),
  v.union([v.object({ places: v.array(Place) }), v.strictObject({})]),
);

const Refusal = v.object({
  error: v.object({
    message: v.optional(v.string(), ""),
    status: v.optional(v.string(), ""),
    details: v.optional(v.array(v.object({ reason: v.optional(v.string()) })), []),
  }),
});

export class GoogleNewProvider implements PlacesProvider {
  readonly name = "google-new";
  readonly #access: HttpAccess;
  readonly #key: ApiKey;
  readonly #base: string;

  /** @param base scheme and host, without a slash at the end. */
  constructor(access: HttpAccess, key: string, base: string = GOOGLE_NEW_BASE) {
    this.#access = access;
    this.#key = new ApiKey(key);
    this.#base = base;
  }

  searchKey(query: PlacesQuery): string {
    return `${query.latitude},${query.longitude},${metersOf(query.radiusKm)},${query.bound}`;
  }

  async search(query: PlacesQuery, signal: AbortSignal): Promise<Uint8Array> {
    const body = await fetchBounded(this.#access, {
      method: "POST",
      url: `${this.#base}/v1/places:searchNearby`,
      headers: {
        "Content-Type": "application/json",
        "X-Goog-Api-Key": this.#key.forHeader(),
        "X-Goog-FieldMask": FIELD_MASK,
      },
      body: requestBody(query),
      explain: (answer) => this.#explained(answer),
    }, signal);
    const rendered = this.#rendered(parseJson(body));
    if (this.#key.occursIn(toText(rendered))) {
      throw new PlacesError("UNKNOWN_ERROR", "the Places service sent the key back: answer withheld");
    }
    return rendered;
  }

  #rendered(answer: unknown): Uint8Array {
    const parsed = v.safeParse(Answer, answer);
    if (!parsed.success) throw this.#misshapen(answer);
    const places = "places" in parsed.output ? parsed.output.places : [];
    const status = places.length === 0 ? "ZERO_RESULTS" : "OK";
    return renderNearbySearch({ results: places.map(nearbyResult), status });
  }

  #misshapen(answer: unknown): PlacesError {
    const said = this.#explanationIn(answer);
    if (said === undefined) {
      return new PlacesError("UNKNOWN_ERROR", "the Places service sent JSON of another shape than places");
    }
    return new PlacesError(said.status ?? "UNKNOWN_ERROR", `the Places service answered: ${said.message}`);
  }

  #explained(answer: Uint8Array): Explanation | undefined {
    return this.#explanationIn(parseJson(answer));
  }

  #explanationIn(answer: unknown): Explanation | undefined {
    const parsed = v.safeParse(Refusal, answer);
    if (!parsed.success) return undefined;
    const { status, message, details } = parsed.output.error;
    // Google calls a wrong key an invalid argument.
    const wrongKey = details.some((detail) => detail.reason === "API_KEY_INVALID");
    const known = wrongKey ? "REQUEST_DENIED" : statusOf(status);
    const text = this.#key.redact(message) || known || "no reason given";
    return known === undefined ? { message: text } : { status: known, message: text };
  }
}

function requestBody(query: PlacesQuery): string {
  const center = { latitude: Number(query.latitude), longitude: Number(query.longitude) };
  return JSON.stringify({
    maxResultCount: query.bound,
    locationRestriction: { circle: { center, radius: Number(metersOf(query.radiusKm)) } },
  });
}

function nearbyResult(place: v.InferOutput<typeof Place>): NearbyResult {
  const { shortFormattedAddress, rating, userRatingCount, businessStatus } = place;
  const priceLevel = PRICE_LEVELS.indexOf(place.priceLevel ?? "");
  return {
    name: place.displayName?.text ?? "",
    placeId: place.id,
    latitude: place.location.latitude,
    longitude: place.location.longitude,
    types: place.types,
    ...(shortFormattedAddress !== undefined && { vicinity: shortFormattedAddress }),
    ...(rating !== undefined && { rating }),
    ...(userRatingCount !== undefined && { userRatingsTotal: userRatingCount }),
    ...(businessStatus !== undefined && { businessStatus }),
    ...(priceLevel !== -1 && { priceLevel }),
  };
}

/** Google's canonical error codes in the words of the older service. */
function statusOf(googleStatus: string): PlacesStatus | undefined {
  switch (googleStatus) {
    case "RESOURCE_EXHAUSTED":
      return "OVER_QUERY_LIMIT";
    case "PERMISSION_DENIED":
    case "UNAUTHENTICATED":
      return "REQUEST_DENIED";
    case "INVALID_ARGUMENT":
      return "INVALID_REQUEST";
    default:
      return undefined;
  }
}
