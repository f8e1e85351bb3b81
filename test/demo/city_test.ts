/** The city of the demo and those who move in it: all from a seed, on its streets, within its rules. */
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { City, type Point, SPEED_LIMITS, toDegrees } from "../../src/demo/city.ts";
import { makeFleet } from "../../src/demo/fleet.ts";
import { findRoute } from "../../src/demo/route.ts";
import { Vehicle } from "../../src/demo/vehicle.ts";
import { ClientParser } from "../../src/wire/client_message.ts";
import { toBytes } from "../../src/wire/bytes.ts";
import { IdHash } from "../../src/wire/id_hash.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

const city = new City(1);

/** Meters from `point` to the nearest road. */
function fromStreets({ x, y }: Point): number {
  let least = Infinity;
  for (const here of city.crossings) {
    for (const { to, lengthM } of here.roads) {
      const there = city.crossing(to);
      const along = ((x - here.x) * (there.x - here.x) + (y - here.y) * (there.y - here.y)) / lengthM ** 2;
      const share = Math.max(0, Math.min(1, along));
      const dx = here.x + share * (there.x - here.x) - x, dy = here.y + share * (there.y - here.y) - y;
      least = Math.min(least, Math.hypot(dx, dy));
    }
  }
  return least;
}

function reports(seed: number, count: number): readonly string[] {
  const fleet = makeFleet(new City(seed), seed, count);
  return fleet.flatMap((vehicle) =>
    [1.5, 0.7, 60].map((seconds) => {
      vehicle.advance(seconds);
      return vehicle.report("1520023934.5");
    })
  );
}

test("the city and its traffic follow from the seed", () => {
  assertEquals(reports(7, 40), reports(7, 40));
  assertNotEquals(reports(7, 40), reports(8, 40));
  assertEquals(reports(7, 20), reports(7, 40).slice(0, 60), "more vehicles change nothing for the others");
});

test("a fleet has some of each kind, each with a name of its own", () => {
  const ids = makeFleet(city, 1, 300).map(({ id }) => id);
  assertEquals(new Set(ids).size, 300);
  const kinds = ["bus", "taxi", "bike", "walker"].map((kind) =>
    ids.filter((id) => id.startsWith(`${kind}-`)).length
  );
  assertEquals(kinds, [60, 135, 75, 30]);
  for (const id of ids) {
    assertMatch(
      id,
      /^((bus|taxi)-\d+\.la|bike-\d+\.la\/(osmand|gpslogger)|walker-\d+\.la\/(owntracks|overland))$/,
    );
  }
  const few = new Set(makeFleet(city, 1, 20).map(({ id }) => id.split("-")[0]));
  assertEquals(few.size, 4);
});

test("whatever the steps in which time passes, nobody leaves the streets or goes faster than they may", () => {
  const fleet = makeFleet(city, 3, 60);
  fc.assert(
    fc.property(fc.nat(59), fc.array(fc.double({ min: 0.001, max: 5, noNaN: true }), { maxLength: 20 }), (
      which,
      steps,
    ) => {
      const vehicle = fleet[which]!;
      for (const seconds of steps) {
        const before = vehicle.point;
        vehicle.advance(seconds);
        const after = vehicle.point;
        const far = Math.hypot(after.x - before.x, after.y - before.y);
        assert(far <= vehicle.manner.speed * seconds + 1e-6, `${vehicle.id} went ${far} m in ${seconds} s`);
        assert(fromStreets(after) < 0.001, `${vehicle.id} is ${fromStreets(after)} m from a street`);
      }
    }),
  );
});

test("how finely time is cut does not change where one comes to", () => {
  const coarse = makeFleet(city, 5, 40);
  const fine = makeFleet(city, 5, 40);
  for (const vehicle of coarse) vehicle.advance(600);
  for (const vehicle of fine) {
    for (let i = 0; i < 6_000; i++) vehicle.advance(0.1);
  }
  coarse.forEach((vehicle, i) => {
    const one = vehicle.point, other = fine[i]!.point;
    assert(Math.hypot(one.x - other.x, one.y - other.y) < 0.01, vehicle.id);
  });
});

test("all move, the whole day long, and are heard of as valid IAMATs", () => {
  const parser = new ClientParser(new IdHash(new Uint8Array(1_024)));
  for (const vehicle of makeFleet(city, 2, 100)) {
    for (let hour = 0; hour < 3; hour++) {
      vehicle.advance(3_600);
      const places = Array.from({ length: 60 }, () => {
        vehicle.advance(1);
        return JSON.stringify(vehicle.point);
      });
      assert(new Set(places).size > 20, `${vehicle.id} is at ${places}`);
      const line = toBytes(`${vehicle.report("1520023934.123456789")}\n`);
      assertEquals(parser.parse(line, 0, line.length)?.kind, "iamat");
    }
  }
});

test("every place that a street leads to can be reached, also without the ring road", () => {
  const places = city.crossings.map((_, i) => i).filter((i) => city.crossing(i).roads.length > 0);
  assert(places.length < city.crossings.length, "there are parks");
  const start = city.at(0, 0);
  for (const usesRing of [false, true]) {
    for (const place of places.filter((place) => place !== start && place % 5 === 0)) {
      const isOnRing = city.crossing(place).roads.every(({ kind }) => kind === "ring");
      if (isOnRing && !usesRing) continue;
      const way = findRoute(city, start, place, { speed: 20, usesRing });
      assertEquals(way.at(-1), place);
      way.reduce((from, to) => (assert(city.road(from, to) !== undefined), to), start);
    }
  }
});

test("whoever may use the ring road does where that is faster", () => {
  const from = city.at(0, 24), to = city.at(32, 24);
  const seconds = (usesRing: boolean) => {
    let at = from;
    return findRoute(city, from, to, { speed: 25, usesRing }).reduce((sum, next) => {
      const { lengthM, kind } = city.road(at, next);
      at = next;
      return sum + lengthM / SPEED_LIMITS[kind];
    }, 0);
  };
  assert(seconds(true) < seconds(false));
});

test("a red light stops those who go on, and lets one direction through at a time", () => {
  const light = city.at(4, 4);
  const [south, west] = [city.at(4, 3), city.at(3, 4)];
  for (let timeS = 0; timeS < 80; timeS++) {
    const waits = [city.waitS(south, light, timeS), city.waitS(west, light, timeS)];
    assertEquals(waits.filter((wait) => wait === 0).length, 1, `at ${timeS} s`);
    const red = Math.max(...waits);
    assert(red > 0 && red <= 20);
    // When it is over it is green.
    const from = waits[0] === 0 ? west : south;
    assertEquals(city.waitS(from, light, timeS + red + 0.001), 0);
  }
  // Someone who comes there at red, having stood before for as long as that takes.
  const neededS = 150 / SPEED_LIMITS.boulevard;
  const standS = Array.from({ length: 40 }, (_, i) => i + 1).find((s) =>
    city.waitS(south, light, s + neededS) > 5
  )!;
  const waitS = city.waitS(south, light, standS + neededS);
  const way = [light, city.at(4, 5)];
  const vehicle = new Vehicle(
    "x",
    undefined,
    city,
    { speed: 20, usesRing: false },
    { next: () => ({ way, standS }) },
    south,
  );
  vehicle.advance(standS + neededS + waitS - 0.5);
  assertEquals(vehicle.point, { x: city.crossing(light).x, y: city.crossing(light).y });
  vehicle.advance(1);
  assert(vehicle.point.y > city.crossing(light).y);
});

test("the city is where Los Angeles is", () => {
  for (const { x, y } of city.crossings) {
    const { latitude, longitude } = toDegrees({ x, y });
    assert(Math.abs(latitude - 34.07) < 0.03 && Math.abs(longitude + 118.44) < 0.04);
  }
});
