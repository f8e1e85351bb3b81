import { assert, assertEquals, assertMatch } from "@std/assert";
import { distance } from "geoflatbush";
import { gazetteer } from "../../src/places/gazetteer.ts";
import { test } from "../runner.ts";

interface Row {
  readonly name: string;
  readonly kind: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly vicinity: string;
}

const lines = gazetteer.split("\n").slice(0, -1);
const rows: readonly Row[] = lines.map((line) => {
  const [name = "", kind = "", latitude = "", longitude = "", vicinity = ""] = line.split("\t");
  return { name, kind, latitude: Number(latitude), longitude: Number(longitude), vicinity };
});

const kinds = new Set([
  ...["airport", "amusement_park", "aquarium", "art_gallery", "book_store", "cafe", "casino", "cemetery"],
  ...[
    "church",
    "city_hall",
    "gym",
    "hindu_temple",
    "hospital",
    "library",
    "local_government_office",
    "locality",
  ],
  ...[
    "lodging",
    "mosque",
    "movie_theater",
    "museum",
    "natural_feature",
    "neighborhood",
    "night_club",
    "park",
  ],
  ...["place_of_worship", "point_of_interest", "route", "shopping_mall", "spa", "stadium", "synagogue"],
  ...["tourist_attraction", "train_station", "university", "zoo"],
]);

test("every row has five columns, a plain position and a kind that Google knows", () => {
  assert(gazetteer.endsWith("\n"));
  for (const line of lines) {
    assertMatch(line, /^[^\t\n]+\t[a-z_]+\t-?\d{1,2}(\.\d{1,6})?\t-?\d{1,3}(\.\d{1,6})?\t[^\t\n]+$/);
  }
  for (const { name, kind, latitude, longitude, vicinity } of rows) {
    assert(kinds.has(kind), `${name}: ${kind}`);
    assert(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180, name);
    assertEquals(name, name.trim());
    assertEquals(vicinity, vicinity.trim());
  }
});

test("it is a sample of several hundred places, none of them twice", () => {
  assert(rows.length >= 600 && rows.length <= 900, `${rows.length} rows`);
  assertEquals(new Set(rows.map((row) => `${row.name}\t${row.vicinity}`)).size, rows.length);
  assertEquals(new Set(rows.map((row) => `${row.latitude},${row.longitude}`)).size, rows.length);
});

const countries = {
  africa: ["Egypt", "Nigeria", "Kenya", "South Africa", "Morocco"],
  antarctica: ["Antarctica"],
  asia: ["Japan", "China", "India", "Singapore", "Thailand"],
  europe: ["United Kingdom", "France", "Germany", "Italy", "Spain"],
  northAmerica: ["United States", "Canada", "Mexico"],
  oceania: ["Australia", "New Zealand", "Fiji"],
  southAmerica: ["Brazil", "Argentina", "Chile", "Peru"],
};

test("every continent is there", () => {
  for (const [continent, names] of Object.entries(countries)) {
    const count = rows.filter((row) => names.includes(row.vicinity.split(", ").at(-1) ?? "")).length;
    assert(count >= 10, `${continent}: ${count}`);
  }
});

function within(latitude: number, longitude: number, km: number): number {
  return rows.filter((row) => distance(longitude, latitude, row.longitude, row.latitude) <= km).length;
}

test("it is dense around UCLA", () => {
  assert(within(34.0689, -118.4452, 3) >= 25, "within 3 km");
  assert(within(34.0689, -118.4452, 50) >= 60, "within 50 km");
});

test("it is dense in large cities of the world", () => {
  const cities: readonly (readonly [string, number, number])[] = [
    ["New York", 40.7128, -74.006],
    ["London", 51.5074, -0.1278],
    ["Paris", 48.8566, 2.3522],
    ["Tokyo", 35.6895, 139.6917],
    ["Beijing", 39.9042, 116.4074],
    ["Shanghai", 31.2304, 121.4737],
    ["São Paulo", -23.5505, -46.6333],
    ["Lagos", 6.5244, 3.3792],
    ["Cairo", 30.0444, 31.2357],
    ["Mumbai", 19.076, 72.8777],
    ["Sydney", -33.8688, 151.2093],
    ["Mexico City", 19.4326, -99.1332],
    ["Berlin", 52.52, 13.405],
    ["Istanbul", 41.0082, 28.9784],
    ["Nairobi", -1.2864, 36.8172],
    ["Singapore", 1.2897, 103.8501],
    ["Buenos Aires", -34.6037, -58.3816],
  ];
  for (const [city, latitude, longitude] of cities) {
    assert(within(latitude, longitude, 50) >= 20, `${city}: ${within(latitude, longitude, 50)}`);
  }
});

test("places stand where their city is", () => {
  const centers = new Map(
    rows.filter((row) => row.kind === "locality").map((row) => [row.vicinity, row] as const),
  );
  let checked = 0;
  for (const row of rows) {
    const center = centers.get(row.vicinity);
    if (center === undefined) continue;
    const km = distance(row.longitude, row.latitude, center.longitude, center.latitude);
    assert(km <= 75, `${row.name} is ${km} km from ${center.name}`);
    checked++;
  }
  assert(checked > 400, `${checked} checked`);
});
