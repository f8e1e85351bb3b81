import { assert, assertEquals } from "@std/assert";
import { PlaceIndex, PlaceTableBuilder } from "../../src/places/place_index.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

type Point = readonly [latitude: number, longitude: number];

/** A meter: more than the rounding of any distance here, so what is nearer than that counts as a tie. */
const toleranceKm = 1e-3;

function indexOf(points: readonly Point[]): PlaceIndex {
  return new PlaceIndex(
    Float64Array.from(points, ([latitude]) => latitude),
    Float64Array.from(points, ([, longitude]) => longitude),
  );
}

/** Kilometers on a sphere of 6,371 km, by the haversine formula. */
function distanceKm([latitude1, longitude1]: Point, [latitude2, longitude2]: Point): number {
  const rad = Math.PI / 180;
  const half = (degrees: number) => Math.sin(degrees * rad / 2) ** 2;
  const chord = half(latitude2 - latitude1) +
    Math.cos(latitude1 * rad) * Math.cos(latitude2 * rad) * half(longitude2 - longitude1);
  return 2 * 6371 * Math.asin(Math.sqrt(Math.min(1, chord)));
}

/** Checks one search against looking at every point. */
function checkNearest(points: readonly Point[], center: Point, radiusKm: number, limit: number): void {
  const rows = indexOf(points).nearest(center[0], center[1], radiusKm, limit);
  const all = points.map((point) => distanceKm(center, point)).sort((a, b) => a - b);
  const surely = all.filter((distance) => distance <= radiusKm - toleranceKm).length;
  const maybe = all.filter((distance) => distance <= radiusKm + toleranceKm).length;
  assert(rows.length >= Math.min(limit, surely), `${rows.length} found, ${surely} are there`);
  assert(rows.length <= Math.min(limit, maybe), `${rows.length} found, ${maybe} are there`);
  assertEquals(new Set(rows).size, rows.length);
  rows.forEach((row, rank) => {
    const found = distanceKm(center, points[row] as Point);
    const expected = all[rank] as number;
    assert(Math.abs(found - expected) <= toleranceKm, `rank ${rank}: ${found} km, not ${expected} km`);
  });
}

const degrees = (limit: number) =>
  fc.oneof(
    { weight: 8, arbitrary: fc.double({ min: -limit, max: limit, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(-limit, limit, 0) },
  );
const anywhere: fc.Arbitrary<Point> = fc.tuple(degrees(90), degrees(180));

test("finds what looking at every point finds, all over the earth", () => {
  fc.assert(
    fc.property(
      fc.array(anywhere, { maxLength: 200, size: "max" }),
      anywhere,
      fc.double({ min: 1, max: 15_000, noNaN: true }),
      fc.integer({ min: 1, max: 200 }),
      checkNearest,
    ),
    { numRuns: 500 },
  );
});

test("finds what looking at every point finds, where points are dense", () => {
  const towns = fc.constantFrom<Point>([34.07, -118.44], [0, 180], [0, 0], [89.9, 10], [-89.9, -170], [
    60,
    -180,
  ]);
  const offset = fc.double({ min: -0.6, max: 0.6, noNaN: true });
  fc.assert(
    fc.property(
      towns,
      fc.array(fc.tuple(offset, offset), { minLength: 1, maxLength: 300, size: "max" }),
      fc.tuple(offset, offset),
      fc.double({ min: 0.1, max: 50, noNaN: true }),
      fc.integer({ min: 1, max: 300 }),
      (town, offsets, centerOffset, radiusKm, limit) => {
        const points = offsets.map((by) => shifted(town, by));
        checkNearest(points, shifted(town, centerOffset), radiusKm, limit);
      },
    ),
    { seed: 20_261_124, numRuns: 500 },
  );
});

/** The point so many degrees away; it stays on the map at the poles and goes round it at the date line. */
function shifted([latitude, longitude]: Point, [north, east]: readonly [number, number]): Point {
  const lat = Math.max(-90, Math.min(90, latitude + north));
  const lng = longitude + east;
  return [lat, lng > 180 ? lng - 360 : lng < -180 ? lng + 360 : lng];
}

test("the radius is in kilometers on a sphere of 6,371 km", () => {
  const index = indexOf([[0.4, 0], [0, -0.4]]);
  const radiusKm = 0.4 * Math.PI / 180 * 6371;
  assertEquals(index.nearest(0, 0, radiusKm + toleranceKm, 9).length, 2);
  assertEquals(index.nearest(0, 0, radiusKm - toleranceKm, 9).length, 0);
});

test("the date line is no edge", () => {
  const index = indexOf([[-17, 179.9], [-17, -179.95], [-17, 0], [-17, 180], [-17, -180]]);
  assertEquals(index.nearest(-17, 179.96, 50, 4).length, 4);
  assertEquals(index.nearest(-17, 179.96, 50, 5).includes(2), false);
  assertEquals(index.nearest(-17, -179.95, 50, 1), [1]);
  assertEquals(index.nearest(-17, -179.8, 50, 5).at(-1), 0);
});

test("at the poles every longitude is near", () => {
  const index = indexOf([[90, 0], [89.9, 90], [89.8, -90], [89.7, 180], [-90, 55], [0, 0]]);
  assertEquals(index.nearest(90, 123, 50, 20), [0, 1, 2, 3]);
  assertEquals(index.nearest(89.95, -90, 50, 1).length, 1);
  assertEquals(index.nearest(89.9, -90, 25, 20).toSorted(), [0, 1, 2]);
  assertEquals(index.nearest(-90, -120, 1, 20), [4]);
});

test("points at one place are all found, and cut to the limit in the same way each time", () => {
  const index = indexOf([...Array<Point>(30).fill([1, 2]), [1.001, 2], ...Array<Point>(30).fill([1, 2])]);
  assertEquals(index.nearest(1, 2, 50, 100).length, 61);
  assertEquals(index.nearest(1, 2, 50, 61).at(-1), 30);
  const few = index.nearest(1, 2, 50, 5);
  assertEquals(few.length, 5);
  assertEquals(few.includes(30), false);
  assertEquals(index.nearest(1, 2, 50, 5), few);
});

test("no points, or no room for results, is no result", () => {
  assertEquals(indexOf([]).nearest(0, 0, 50, 20), []);
  assertEquals(indexOf([[0, 0]]).nearest(0, 0, 50, 0), []);
  assertEquals(indexOf([[0, 0]]).nearest(0, 0, 0.5, 1), [0]);
  assertEquals(indexOf([[0, 1]]).nearest(0, 0, 50, 1), []);
});

const encoder = new TextEncoder();

test("a table gives back every row that was added, however many and however long their names", () => {
  const builder = new PlaceTableBuilder("x:");
  const types = [builder.types(["a", "b"]), builder.types([])];
  const names = Array.from({ length: 5000 }, (_, row) => "né".repeat(row % 40) + row);
  names[2222] = "long ".repeat(100_000);
  names.forEach((name, row) => {
    const bytes = encoder.encode(`<${name}>`);
    const vicinity = builder.vicinity(row % 3 === 0 ? "" : `city ${row % 7}`);
    const place = {
      latitude: row / 100,
      longitude: -row / 50,
      id: row * 2,
      types: types[row % 2] ?? 0,
      vicinity,
    };
    builder.add(place, bytes, 1, bytes.length - 1);
  });
  const table = builder.build();
  assertEquals(table.size, names.length);
  assertEquals(table.latitudes.length, names.length);
  names.forEach((name, row) => {
    const place = table.result(row);
    assertEquals(place.name, name);
    assertEquals(place.placeId, `x:${row * 2}`);
    assertEquals([place.latitude, place.longitude], [row / 100, -row / 50]);
    assertEquals(place.types, row % 2 === 0 ? ["a", "b"] : []);
    assertEquals(place.vicinity, row % 3 === 0 ? undefined : `city ${row % 7}`);
  });
});

test("a table of nothing is empty", () => {
  const table = new PlaceTableBuilder("x:").build();
  assertEquals([table.size, table.latitudes.length, table.longitudes.length], [0, 0, 0]);
});
