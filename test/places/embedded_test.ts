import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { distance } from "geoflatbush";
import { cutResults } from "../../src/places/cut.ts";
import { EmbeddedProvider } from "../../src/places/embedded.ts";
import { renderNearbySearch } from "../../src/places/nearby_search.ts";
import { readPlacesFile } from "../../src/places/place_file.ts";
import { PlaceIndex, type PlaceTable, PlaceTableBuilder } from "../../src/places/place_index.ts";
import { PlacesError, type PlacesQuery } from "../../src/places/provider.ts";
import { OutBuffer } from "../../src/wire/render.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";
import { bytesOf, textOf } from "./fakes.ts";

interface Response {
  readonly html_attributions: unknown[];
  readonly results: {
    readonly geometry: { readonly location: { readonly lat: number; readonly lng: number } };
    readonly name: string;
    readonly place_id: string;
    readonly types: string[];
    readonly vicinity?: string;
  }[];
  readonly status: string;
}

const signal = new AbortController().signal;
const ucla: PlacesQuery = { latitude: "34.068930", longitude: "-118.445127", radiusKm: "10", bound: 5 };

async function ask(provider: EmbeddedProvider, query: PlacesQuery): Promise<Response> {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(await provider.search(query, signal));
  assertEquals(text.includes("\n\n") || text.endsWith("\n"), false);
  return JSON.parse(text) as Response;
}

test("a search at UCLA finds UCLA", async () => {
  const response = await ask(new EmbeddedProvider(), ucla);
  assertEquals(Object.keys(response), ["html_attributions", "results", "status"]);
  assertEquals([response.html_attributions, response.status, response.results.length], [[], "OK", 5]);
  assertEquals(response.results[0], {
    geometry: { location: { lat: 34.0689, lng: -118.4452 } },
    name: "University of California, Los Angeles",
    place_id: "herd:1",
    types: ["university", "point_of_interest", "establishment"],
    vicinity: "Los Angeles, United States",
  });
});

test("a place's name comes in its own script", async () => {
  const query: PlacesQuery = { latitude: "35.6586", longitude: "139.7454", radiusKm: "0.1", bound: 1 };
  const { results } = await ask(new EmbeddedProvider(), query);
  assertEquals(results.map((result) => result.name), ["東京タワー (Tokyo Tower)"]);
});

test("an answer is bounded, within the radius, nearest first, and has a status that fits", async () => {
  const provider = new EmbeddedProvider();
  const cities = [[34.06, -118.44], [40.75, -73.98], [51.5, -0.12], [-33.87, 151.2], [-90, 0], [
    0,
    -150,
  ]] as const;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...cities),
      fc.tuple(
        fc.double({ min: -0.2, max: 0.2, noNaN: true }),
        fc.double({ min: -0.2, max: 0.2, noNaN: true }),
      ),
      fc.integer({ min: 1, max: 500 }),
      fc.integer({ min: 1, max: 20 }),
      async ([latitude, longitude], [north, east], tenthsKm, bound) => {
        const lat = Math.max(-90, latitude + north);
        const lng = longitude + east;
        const radiusKm = tenthsKm / 10;
        const { results, status } = await ask(provider, {
          latitude: lat.toFixed(6),
          longitude: lng.toFixed(6),
          radiusKm: String(radiusKm),
          bound,
        });
        const distances = results.map(({ geometry: { location } }) =>
          distance(lng, lat, location.lng, location.lat)
        );
        assert(results.length <= bound);
        assert(distances.every((km) => km <= radiusKm + 0.002));
        assert(distances.every((km, rank) => rank === 0 || km >= (distances[rank - 1] as number) - 0.002));
        assertEquals(status, results.length === 0 ? "ZERO_RESULTS" : "OK");
      },
    ),
    { numRuns: 300 },
  );
});

test("a search in the empty ocean has no results, and says so", async () => {
  const query: PlacesQuery = { latitude: "-48.8767", longitude: "-123.3933", radiusKm: "50", bound: 20 };
  assertEquals(await ask(new EmbeddedProvider(), query), {
    html_attributions: [],
    results: [],
    status: "ZERO_RESULTS",
  });
});

test("a search at the pole finds what stands there", async () => {
  const query: PlacesQuery = { latitude: "-90", longitude: "123.4", radiusKm: "1", bound: 20 };
  const { results } = await ask(new EmbeddedProvider(), query);
  assertEquals(results.map((result) => result.name), ["Amundsen–Scott South Pole Station"]);
});

test("two providers give the same bytes, so that every server of a herd does", async () => {
  const query: PlacesQuery = { ...ucla, radiusKm: "50", bound: 20 };
  const one = await new EmbeddedProvider().search(query, signal);
  const two = await new EmbeddedProvider().search(query, signal);
  assertEquals(one, two);
  const { results } = JSON.parse(new TextDecoder().decode(one)) as Response;
  assertEquals(new Set(results.map((result) => result.place_id)).size, 20);
});

test("the answers stand by themselves", async () => {
  const provider = new EmbeddedProvider();
  const first = await provider.search(ucla, signal);
  const copy = first.slice();
  await provider.search({ ...ucla, latitude: "48.8566", longitude: "2.3522", bound: 20 }, signal);
  assertEquals(first, copy);
});

test("places of a file take the gazetteer's place", async () => {
  const lines = [[-118.445127, 34.06893, "mine"], [-118.445127, 34.07893, "farther"]].map((
    [lng, lat, name],
  ) =>
    JSON.stringify({
      type: "Feature",
      properties: { name },
      geometry: { type: "Point", coordinates: [lng, lat] },
    })
  );
  const { places } = readPlacesFile(new TextEncoder().encode(lines.join("\n")), "places.json");
  const { results, status } = await ask(new EmbeddedProvider(places), ucla);
  assertEquals([results.map((result) => result.name), status], [["mine", "farther"], "OK"]);
});

test("no places at all is no results", async () => {
  const provider = new EmbeddedProvider(new PlaceTableBuilder("herd:").build());
  assertEquals((await ask(provider, ucla)).status, "ZERO_RESULTS");
});

test("searches share a key only when they ask the same", () => {
  const provider = new EmbeddedProvider();
  const others: PlacesQuery[] = [
    { ...ucla, latitude: "34" },
    { ...ucla, longitude: "-118" },
    { ...ucla, radiusKm: "1" },
    { ...ucla, bound: 4 },
  ];
  assertEquals(provider.searchKey({ ...ucla }), provider.searchKey(ucla));
  for (const other of others) assertNotEquals(provider.searchKey(other), provider.searchKey(ucla));
});

test("a search that was given up is refused", async () => {
  const error = await assertRejects(
    () => new EmbeddedProvider().search(ucla, AbortSignal.abort()),
    PlacesError,
  );
  assertEquals(error.status, "UNKNOWN_ERROR");
});

// ---------------------------------------------------------------------------------------- answers without a wait

interface Place {
  readonly name: string;
  readonly vicinity: string;
  readonly latitude: number;
  readonly longitude: number;
}

function tableOf(places: readonly Place[]): PlaceTable {
  const builder = new PlaceTableBuilder("herd:");
  const types = builder.types(["museum", "point_of_interest"]);
  for (const [id, { name, vicinity, latitude, longitude }] of places.entries()) {
    const bytes = bytesOf(name);
    const row = { id, types, latitude, longitude, vicinity: builder.vicinity(vicinity) };
    builder.add(row, bytes, 0, bytes.length);
  }
  return builder.build();
}

/** The same search, rendered at once from the places themselves. */
function rendered(table: PlaceTable, { latitude, longitude, radiusKm, bound }: PlacesQuery): string {
  const index = new PlaceIndex(table.latitudes, table.longitudes);
  const rows = index.nearest(Number(latitude), Number(longitude), Number(radiusKm), bound);
  const results = rows.map((row) => table.result(row));
  return textOf(renderNearbySearch({ results, status: results.length > 0 ? "OK" : "ZERO_RESULTS" }));
}

function answered(provider: EmbeddedProvider, query: PlacesQuery): string {
  const out = new OutBuffer(0);
  provider.answer(query, out);
  return textOf(out.view());
}

const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.constantFrom('"', '\\"', "\n\n", "a\r\n\n\nb", '"results" : [', "] }", "🐑", "東京", "\u2028", "", "\0"),
);
const nearZero = fc.double({ min: -0.2, max: 0.2, noNaN: true });
const anyPlace = fc.record({ name: anyText, vicinity: anyText, latitude: nearZero, longitude: nearZero });
const anyQuery = fc.record({
  latitude: nearZero.map((degrees) => degrees.toFixed(6)),
  longitude: nearZero.map((degrees) => degrees.toFixed(6)),
  radiusKm: fc.constantFrom("0.001", "3", "10", "50"),
  bound: fc.integer({ min: 1, max: 20 }),
});

test("an answer is, behind whatever stands before it, what its places are rendered as, ready to be sent", () => {
  const before = bytesOf("AT Goloman ...\n\n");
  fc.assert(
    fc.property(
      fc.array(anyPlace, { maxLength: 40, size: "max" }),
      fc.array(anyQuery, { minLength: 1, maxLength: 4 }),
      (places, queries) => {
        const table = tableOf(places);
        const provider = new EmbeddedProvider(table);
        const out = new OutBuffer(0);
        out.append(before);
        let expected = textOf(before);
        // Twice: of what was asked for before, entries may have been kept.
        for (const query of [...queries, ...queries]) {
          const start = out.length;
          provider.answer(query, out);
          expected += rendered(table, query);
          const answer = out.view(start);
          assertEquals(cutResults(answer, query.bound), answer, "it is within its bound already");
          assertEquals(
            /\n\n|^\n|\n$/.test(textOf(answer)),
            false,
            "and has single newlines, none at its ends",
          );
        }
        assertEquals(textOf(out.view()), expected);
      },
    ),
    { numRuns: 200 },
  );
});

test("answers are right also once more places were asked for than are kept rendered", () => {
  const columns = 150;
  const table = tableOf(Array.from({ length: 120 * columns }, (_, i) => ({
    name: `place ${i}`,
    vicinity: "",
    latitude: Math.floor(i / columns) / 100,
    longitude: (i % columns) / 100,
  })));
  const provider = new EmbeddedProvider(table);
  const queryAt = (row: number): PlacesQuery => ({
    latitude: String(table.latitudes[row]),
    longitude: String(table.longitudes[row]),
    radiusKm: "0.5",
    bound: 20,
  });
  for (let round = 0; round < 2; round++) {
    for (let row = 0; row < table.size; row++) {
      const { results } = JSON.parse(answered(provider, queryAt(row))) as Response;
      assertEquals(results.map(({ name }) => name), [`place ${row}`]);
    }
  }
  assertEquals(answered(provider, queryAt(0)), rendered(table, queryAt(0)));
});

test("the gazetteer's answers without a wait are those of its searches", async () => {
  const provider = new EmbeddedProvider();
  for (const bound of [1, 5, 20]) {
    for (const latitude of ["34.068930", "-48.8767"]) {
      const query = { ...ucla, latitude, bound };
      assertEquals(answered(new EmbeddedProvider(), query), textOf(await provider.search(query, signal)));
    }
  }
});
