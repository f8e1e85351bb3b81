/** The map's arithmetic: positions, distances, the net of degrees, the outlines of the land. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { ago, kilometers, latitude, longitude, rate } from "../../src/page/format.ts";
import { gridDecimals, gridLines, gridStep } from "../../src/page/graticule.ts";
import { readLand } from "../../src/page/land.ts";
import {
  distanceKm,
  latitudeAt,
  longitudeAt,
  MOST_LATITUDE,
  worldX,
  worldY,
} from "../../src/page/mercator.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

test("the world is a square with its middle at 0, 0, and the poles at its edges", () => {
  assertEquals([worldX(0), worldY(0)], [0.5, 0.5]);
  assertEquals([worldX(-180), worldX(180)], [0, 1]);
  assertAlmostEquals(worldY(90), 0, 1e-9);
  assertAlmostEquals(worldY(-90), 1, 1e-9);
  // Los Angeles, by the formula of slippy maps.
  const radians = 34.06893 * Math.PI / 180;
  assertAlmostEquals(worldX(-118.445127), 61.554873 / 360, 1e-9);
  assertAlmostEquals(
    worldY(34.06893),
    (1 - Math.log(Math.tan(radians) + 1 / Math.cos(radians)) / Math.PI) / 2,
    1e-9,
  );
});

test("a position comes back from where it is drawn", () => {
  const degrees = fc.tuple(
    fc.double({ min: -MOST_LATITUDE, max: MOST_LATITUDE, noNaN: true }),
    fc.double({ min: -180, max: 180, noNaN: true }),
  );
  fc.assert(fc.property(degrees, ([north, east]) => {
    assertAlmostEquals(latitudeAt(worldY(north)), north, 1e-9);
    assertAlmostEquals(longitudeAt(worldX(east)), east, 1e-9);
  }));
});

test("distances are those of the globe", () => {
  const losAngeles = { latitude: 34.0522, longitude: -118.2437 };
  const paris = { latitude: 48.8566, longitude: 2.3522 };
  assertAlmostEquals(distanceKm(losAngeles, paris), 9_085, 5);
  assertEquals(distanceKm(paris, paris), 0);
  const fiji = { latitude: 0, longitude: 179.5 };
  assertAlmostEquals(distanceKm(fiji, { latitude: 0, longitude: -179.5 }), 111.2, 0.1);
});

test("lines of the net keep their distance at every scale, and their names tell them apart", () => {
  for (let zoom = 0; zoom <= 18; zoom += 0.25) {
    const pixelsPerDegree = 256 * 2 ** zoom / 360;
    const step = gridStep(pixelsPerDegree);
    assert(step === 90 || step * pixelsPerDegree >= 110, `zoom ${zoom}`);
    const names = gridLines(-step * 3, step * 3, step).map((at) => longitude(at, gridDecimals(step)));
    assertEquals(new Set(names).size, 7, names.join());
  }
  assertEquals(gridLines(-180, -91, 30), [-180, -150, -120]);
});

test("numbers are written for people", () => {
  assertEquals([latitude(-33.86785), longitude(151.20732)], ["33.86785° S", "151.20732° E"]);
  assertEquals([latitude(0, 0), longitude(0, 1)], ["0°", "0.0°"]);
  assertEquals([kilometers(0.2764), kilometers(1.26), kilometers(48.7)], ["276 m", "1.3 km", "49 km"]);
  assertEquals([ago(-5), ago(59.9), ago(61), ago(7_300), ago(172_800)], [
    "now",
    "59 s",
    "1 min",
    "2 h",
    "2 d",
  ]);
  assertEquals([rate(0), rate(0.5), rate(149.6), rate(123_456)], ["0", "0.5", "150", "123K"]);
});

test("the land is unpacked as it was packed", () => {
  assertEquals(readLand({ scale: 10, rings: [[-1800, 900, 5, -10, 0, 25], [1, 2, 3, 4]] }), [
    [[90, -180], [89, -179.5], [91.5, -179.5]],
    [[0.2, 0.1], [0.6, 0.4]],
  ]);
});
