/** Where a client is shown, between reports and after them. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { Report } from "../../src/page/answers.ts";
import { TRAIL_POINTS } from "../../src/page/bounds.ts";
import { Fleet } from "../../src/page/fleet.ts";
import { latitudeAt, longitudeAt } from "../../src/page/mercator.ts";
import { Track } from "../../src/page/track.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

function report(longitude: number, latitude = 0, id = "kiwi"): Report {
  return { id, latitude, longitude, time: "1520023934.5", origin: "Goloman", skew: "+0.1", at: "AT ..." };
}

test("a dot glides to its new place in the time that the report took to come", () => {
  const track = new Track(report(10), 0);
  track.hear(report(12), 1_000, true);
  assertAlmostEquals(longitudeAt(track.xAt(1_000)), 10);
  assertAlmostEquals(longitudeAt(track.xAt(1_500)), 11);
  assertAlmostEquals(longitudeAt(track.xAt(2_000)), 12);
  assertAlmostEquals(longitudeAt(track.xAt(60_000)), 12);
  assertEquals(track.arrivesMs, 2_000);
});

test("a report on the way turns the dot where it is, without a jump", () => {
  const track = new Track(report(10), 0);
  track.hear(report(12), 1_000, true);
  track.hear(report(12, 2), 1_500, true);
  assertAlmostEquals(longitudeAt(track.xAt(1_500)), 11);
  assertAlmostEquals(latitudeAt(track.yAt(1_500)), 0);
  assertAlmostEquals(longitudeAt(track.xAt(9_000)), 12);
  assertAlmostEquals(latitudeAt(track.yAt(9_000)), 2);
});

test("nobody is seen on a way that nobody took: still pages, long silences, the antimeridian", () => {
  const still = new Track(report(10), 0);
  still.hear(report(12), 1_000, false);
  assertAlmostEquals(longitudeAt(still.xAt(1_000)), 12);
  const silent = new Track(report(10), 0);
  silent.hear(report(12), 600_000, true);
  assertAlmostEquals(longitudeAt(silent.xAt(600_000)), 12);
  assertEquals(silent.trailPoints, 0);
  const sailor = new Track(report(179.9), 0);
  sailor.hear(report(-179.9), 1_000, true);
  assertAlmostEquals(longitudeAt(sailor.xAt(1_001)), -179.9);
  assertEquals(sailor.trailPoints, 0);
});

test("a trail goes through the last places reported, each once, the oldest first", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 8 }), { maxLength: 3 * TRAIL_POINTS }), (steps) => {
      const track = new Track(report(0), 0);
      const left: number[] = [];
      let longitude = 0;
      steps.forEach((step, i) => {
        if (step > 0) left.push(longitude);
        longitude = (longitude + step / 4) % 5;
        track.hear(report(longitude), (i + 1) * 1_000, true);
      });
      const expected = left.slice(-TRAIL_POINTS);
      assertEquals(track.trailPoints, expected.length);
      expected.forEach((at, i) => assertAlmostEquals(longitudeAt(track.trailX(i)), at, 1e-9));
      for (let i = 1; i < track.trailPoints; i++) assert(track.trailMs(i) > track.trailMs(i - 1));
    }),
  );
});

test("the fleet keeps the newest, and lists them newest first", () => {
  const fleet = new Fleet(3);
  for (const [i, id] of ["a.la", "B.la", "c.ny", "a.la", "d.la"].entries()) {
    fleet.hear(report(i, 0, id), i, true);
  }
  const ids = (part: string) => fleet.newest(10, part).map((track) => track.report.id);
  assertEquals(ids(""), ["d.la", "a.la", "c.ny"]);
  assertEquals(ids(".LA"), ["d.la", "a.la"]);
  assertEquals(fleet.newest(1, "").length, 1);
  assertEquals(fleet.get("B.la"), undefined);
  assertEquals(fleet.get("a.la")?.report.longitude, 3);
  fleet.forgetAll();
  assertEquals([fleet.size, ids("")], [0, []]);
});
