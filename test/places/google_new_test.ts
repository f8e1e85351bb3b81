import { assertEquals, assertFalse, assertRejects } from "@std/assert";
import { GoogleNewProvider } from "../../src/places/google_new.ts";
import { renderNearbySearch } from "../../src/places/nearby_search.ts";
import { PlacesError } from "../../src/places/provider.ts";
import { test } from "../runner.ts";
import { answering, calm, everythingIn, failing, FakeService, jsonOf, QUERY, textOf } from "./fakes.ts";

const canary = "CANARY-0123456789";

function searched(service: FakeService): Promise<Uint8Array> {
  return new GoogleNewProvider(service.access(), canary).search(QUERY, calm());
}

async function failureOf(service: FakeService): Promise<readonly [string, string]> {
  const error = await assertRejects(() => searched(service), PlacesError);
  const all = everythingIn(error);
  assertFalse(all.includes(canary), all);
  return [error.status, error.message];
}

function answeringJson(value: unknown, status = 200): FakeService {
  return answering(JSON.stringify(value), status);
}

const museum = {
  id: "ChIJ1",
  displayName: { text: "Mus\u00e9e \u00ab1\u00bb", languageCode: "fr" },
  location: { latitude: 34.07, longitude: -118.44 },
  types: ["museum", "point_of_interest"],
  shortFormattedAddress: "1 Rue X, Paris",
  rating: 4.5,
  userRatingCount: 12,
  businessStatus: "OPERATIONAL",
  priceLevel: "PRICE_LEVEL_MODERATE",
};

test("google-new: asks by POST, with the key in a header and the circle in the body", async () => {
  const service = answeringJson({});
  await new GoogleNewProvider(service.access(), canary).search({ ...QUERY, radiusKm: "0.0005" }, calm());
  const { url, init } = service.request;
  assertEquals(url, "https://places.googleapis.com/v1/places:searchNearby");
  assertEquals([init.method, init.redirect], ["POST", "manual"]);
  assertEquals(init.headers, {
    "Content-Type": "application/json",
    "X-Goog-Api-Key": canary,
    "X-Goog-FieldMask":
      "places.id,places.displayName,places.location,places.types,places.shortFormattedAddress," +
      "places.rating,places.userRatingCount,places.businessStatus,places.priceLevel",
  });
  assertEquals(JSON.parse(String(init.body)), {
    maxResultCount: 5,
    locationRestriction: {
      circle: { center: { latitude: 34.06893, longitude: -118.445127 }, radius: 0.5 },
    },
  });
});

test("google-new: another base takes the place of scheme and host", async () => {
  const service = answeringJson({});
  await new GoogleNewProvider(service.access(), canary, "http://127.0.0.1:8080").search(QUERY, calm());
  assertEquals(service.request.url, "http://127.0.0.1:8080/v1/places:searchNearby");
});

test("google-new: places are told in the form of a Nearby Search response", async () => {
  // Google leaves out what is 0: this one lies where the equator meets Greenwich's meridian.
  const bare = { id: "ChIJ2", location: {} };
  assertEquals(
    textOf(await searched(answeringJson({ places: [museum, bare] }))),
    textOf(renderNearbySearch({
      results: [
        {
          name: "Mus\u00e9e \u00ab1\u00bb",
          placeId: "ChIJ1",
          latitude: 34.07,
          longitude: -118.44,
          types: ["museum", "point_of_interest"],
          vicinity: "1 Rue X, Paris",
          rating: 4.5,
          userRatingsTotal: 12,
          businessStatus: "OPERATIONAL",
          priceLevel: 2,
        },
        { name: "", placeId: "ChIJ2", latitude: 0, longitude: 0, types: [] },
      ],
      status: "OK",
    })),
  );
});

test("google-new: price levels are numbers from 0 to 4, and none where Google knows none", async () => {
  const levels = ["FREE", "INEXPENSIVE", "MODERATE", "EXPENSIVE", "VERY_EXPENSIVE", "UNSPECIFIED"];
  const places = levels.map((level) => ({ ...museum, priceLevel: `PRICE_LEVEL_${level}` }));
  const { results } = jsonOf(await searched(answeringJson({ places }))) as {
    results: { price_level?: number }[];
  };
  assertEquals(results.map((result) => result.price_level), [0, 1, 2, 3, 4, undefined]);
});

test("google-new: an empty answer is no result", async () => {
  for (const empty of [{}, { places: [] }]) {
    assertEquals(
      textOf(await searched(answeringJson(empty))),
      textOf(renderNearbySearch({ results: [], status: "ZERO_RESULTS" })),
    );
  }
});

test("google-new: what is no answer of its is a failure that says so", async () => {
  assertEquals(await failureOf(answering("<html>")), ["UNKNOWN_ERROR", "the Places service sent no JSON"]);
  const others = [
    [],
    null,
    "places",
    { results: [], status: "OK" },
    { places: {} },
    { places: [{ id: 1 }] },
    {
      places: [{ ...museum, location: { latitude: "34" } }],
    },
  ];
  for (const other of others) {
    assertEquals(await failureOf(answeringJson(other)), [
      "UNKNOWN_ERROR",
      "the Places service sent JSON of another shape than places",
    ]);
  }
});

test("google-new: Google's reasons become statuses", async () => {
  const cases = [
    [429, "RESOURCE_EXHAUSTED", "OVER_QUERY_LIMIT"],
    [403, "PERMISSION_DENIED", "REQUEST_DENIED"],
    [401, "UNAUTHENTICATED", "REQUEST_DENIED"],
    [400, "INVALID_ARGUMENT", "INVALID_REQUEST"],
    [403, "RESOURCE_EXHAUSTED", "OVER_QUERY_LIMIT"],
    [404, "NOT_FOUND", "UNKNOWN_ERROR"],
    [500, "INTERNAL", "UNKNOWN_ERROR"],
  ] as const;
  for (const [code, status, expected] of cases) {
    const error = { code, message: `why ${canary}, see https://x.example/?key=${canary}`, status };
    const message = `the Places service answered HTTP ${code}: why (key), see (a link)`;
    assertEquals(await failureOf(answeringJson({ error }, code)), [expected, message]);
  }
});

test("google-new: a wrong key is a denial, though Google calls it an invalid argument", async () => {
  const error = {
    code: 400,
    message: "API key not valid. Please pass a valid API key.",
    status: "INVALID_ARGUMENT",
    details: [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID" }, {}],
  };
  assertEquals(await failureOf(answeringJson({ error }, 400)), [
    "REQUEST_DENIED",
    "the Places service answered HTTP 400: API key not valid. Please pass a valid API key.",
  ]);
});

test("google-new: a refusal without reasons, or with others', goes by its HTTP status", async () => {
  for (const body of ["<html>", "{}", `{"error":"no"}`, ""]) {
    assertEquals(await failureOf(answering(body, 403)), [
      "REQUEST_DENIED",
      "the Places service answered HTTP 403",
    ]);
  }
  assertEquals(await failureOf(answeringJson({ error: {} }, 429)), [
    "OVER_QUERY_LIMIT",
    "the Places service answered HTTP 429: no reason given",
  ]);
});

test("google-new: an error that comes as HTTP 200 is one all the same", async () => {
  const error = { code: 429, message: "too many", status: "RESOURCE_EXHAUSTED" };
  assertEquals(await failureOf(answeringJson({ error })), [
    "OVER_QUERY_LIMIT",
    "the Places service answered: too many",
  ]);
});

test("google-new: an answer that holds the key is withheld", async () => {
  const withheld = ["UNKNOWN_ERROR", "the Places service sent the key back: answer withheld"] as const;
  const places = [{ ...museum, shortFormattedAddress: `?key=${canary}` }];
  assertEquals(await failureOf(answeringJson({ places })), withheld);
});

test("google-new: no failure of the request shows the key", async () => {
  assertEquals(await failureOf(failing(new TypeError(`bad header ${canary}`))), [
    "UNKNOWN_ERROR",
    "the Places service could not be talked to",
  ]);
  const redirect = new FakeService(() =>
    new Response(null, { status: 307, headers: { location: `http://x.example/${canary}` } })
  );
  assertEquals((await failureOf(redirect))[0], "UNKNOWN_ERROR");
  assertEquals(redirect.requests.length, 1);
  const provider = new GoogleNewProvider(redirect.access(), canary);
  assertFalse((JSON.stringify(provider) + provider.searchKey(QUERY)).includes(canary));
});

test("google-new: searches of one circle and one bound are one search", () => {
  const provider = new GoogleNewProvider(answering("").access(), canary);
  const key = provider.searchKey(QUERY);
  assertEquals(provider.searchKey({ ...QUERY, radiusKm: "10.00" }), key);
  for (const other of [{ bound: 6 }, { radiusKm: "1" }, { latitude: "1" }, { longitude: "1" }]) {
    assertEquals(provider.searchKey({ ...QUERY, ...other }) === key, false);
  }
});
