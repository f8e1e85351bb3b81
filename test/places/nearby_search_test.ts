import { assertEquals, assertThrows } from "@std/assert";
import { type NearbyResult, renderNearbySearch, typesOfKind } from "../../src/places/nearby_search.ts";
import { test } from "../runner.ts";

const decoder = new TextDecoder();

const plain: NearbyResult = {
  name: "Royce Hall",
  placeId: "herd:2",
  latitude: 34.0729,
  longitude: -118.4422,
  types: ["university", "establishment"],
};

test("a response is laid out as Google lays it out", () => {
  const full: NearbyResult = {
    ...plain,
    vicinity: "Los Angeles",
    rating: 4.5,
    userRatingsTotal: 12,
    businessStatus: "OPERATIONAL",
    priceLevel: 0,
  };
  const text = decoder.decode(renderNearbySearch({ results: [full], status: "OK" }));
  assertEquals(
    text,
    `{
   "html_attributions" : [],
   "results" : [
      {
         "business_status" : "OPERATIONAL",
         "geometry" : {
            "location" : {
               "lat" : 34.0729,
               "lng" : -118.4422
            }
         },
         "name" : "Royce Hall",
         "place_id" : "herd:2",
         "price_level" : 0,
         "rating" : 4.5,
         "types" : [ "university", "establishment" ],
         "user_ratings_total" : 12,
         "vicinity" : "Los Angeles"
      }
   ],
   "status" : "OK"
}`,
  );
});

test("what a result does not have is not in the response", () => {
  const response: unknown = JSON.parse(
    decoder.decode(renderNearbySearch({ results: [{ ...plain, types: [] }, plain], status: "OK" })),
  );
  const location = { lat: 34.0729, lng: -118.4422 };
  const bare = { geometry: { location }, name: "Royce Hall", place_id: "herd:2" };
  assertEquals(response, {
    html_attributions: [],
    results: [{ ...bare, types: [] }, { ...bare, types: ["university", "establishment"] }],
    status: "OK",
  });
});

test("a response without results has an empty list, and its error message first", () => {
  const text = decoder.decode(
    renderNearbySearch({ results: [], status: "OVER_QUERY_LIMIT", errorMessage: 'the "quota"\nis used up' }),
  );
  assertEquals(
    text,
    `{
   "error_message" : "the \\"quota\\"\\nis used up",
   "html_attributions" : [],
   "results" : [],
   "status" : "OVER_QUERY_LIMIT"
}`,
  );
});

test("texts of every kind come back from the JSON as they were", () => {
  for (const name of ['a "b" \\ c', "line\none\r\ttwo\u0000", "東京タワー", "🦬", "\u2028", "half \ud83e"]) {
    const result: NearbyResult = { ...plain, name, vicinity: name, placeId: name, types: [name] };
    const bytes = renderNearbySearch({ results: [result], status: "OK" });
    const { results: [read] } = JSON.parse(decoder.decode(bytes)) as { results: Record<string, unknown>[] };
    assertEquals([read?.["name"], read?.["vicinity"], read?.["place_id"], read?.["types"]], [
      name,
      name,
      name,
      [name],
    ]);
    assertEquals(bytes.filter((byte) => byte < 0x20 && byte !== 0x0a).length, 0);
  }
});

test("a response keeps its bytes when others are rendered after it, larger ones too", () => {
  const first = renderNearbySearch({ results: [plain], status: "OK" });
  const before = decoder.decode(first);
  const large = renderNearbySearch({ results: Array<NearbyResult>(3000).fill(plain), status: "OK" });
  renderNearbySearch({ results: [], status: "ZERO_RESULTS" });
  assertEquals(decoder.decode(first), before);
  assertEquals((JSON.parse(decoder.decode(large)) as { results: unknown[] }).results.length, 3000);
  assertEquals(first.byteLength, first.buffer.byteLength);
});

test("a number that JSON cannot hold is refused", () => {
  for (const latitude of [NaN, Infinity, -Infinity]) {
    assertThrows(
      () => renderNearbySearch({ results: [{ ...plain, latitude }], status: "OK" }),
      RangeError,
      String(latitude),
    );
  }
  assertThrows(() => renderNearbySearch({ results: [{ ...plain, rating: NaN }], status: "OK" }), RangeError);
});

test("a kind comes with the wider types that Google gives it", () => {
  assertEquals(typesOfKind("museum"), ["museum", "point_of_interest", "establishment"]);
  assertEquals(typesOfKind("mosque"), ["mosque", "place_of_worship", "point_of_interest", "establishment"]);
  assertEquals(typesOfKind("locality"), ["locality", "political"]);
  assertEquals(typesOfKind("natural_feature"), ["natural_feature", "establishment"]);
  assertEquals(typesOfKind("point_of_interest"), ["point_of_interest", "establishment"]);
  assertEquals(typesOfKind("constructor"), ["constructor", "point_of_interest", "establishment"]);
});
