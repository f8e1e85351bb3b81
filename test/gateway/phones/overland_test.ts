/**
 * Overland. Read from:
 * https://github.com/aaronpk/Overland-iOS#api : the batch, its features, "current" and "trip", and that the app keeps
 * its points until it gets {"result":"ok"}
 * https://github.com/OpenHumans/Overland_android#api : the same on Android
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { fc } from "../../fast_check.ts";
import { test } from "../../runner.ts";
import { detailOf, Door, NOW } from "./door.ts";

const OK = { status: 200, body: '{"result":"ok"}' };

function feature(coordinates: unknown, properties: object = {}): object {
  return {
    type: "Feature",
    geometry: { type: "Point", coordinates },
    properties: {
      timestamp: "2015-10-01T08:00:00-0700",
      altitude: 0,
      speed: 4,
      motion: ["driving", "stationary"],
      battery_level: 0.8,
      wifi: "",
      device_id: "iphone",
      ...properties,
    },
  };
}

test("a batch is told in its order, and the current location last", async () => {
  const door = await Door.open();
  const told: string[] = [];
  const { requests } = door.fake.server;
  const tell = requests.tell.bind(requests);
  requests.tell = (line, peer) => {
    told.push(line);
    return tell(line, peer);
  };
  const locations = ["08:00:00-0700", "15:00:01Z", "15:00:02.5Z"].map((time, i) =>
    feature([-122.030581 + i, 37.3318], { timestamp: `2015-10-01T${time}` })
  );
  const current = feature([-119, 37.3318, 12.5], { timestamp: "2015-10-01T16:00:00Z" });
  const trip = {
    distance: 1,
    mode: "car",
    start_location: feature([1, 1]),
    current_location: feature([2, 2]),
  };
  assertEquals(await door.post("/overland", { locations, current, trip }), OK);
  assertEquals(told, [
    "IAMAT iphone +37.3318-122.030581 1443711600",
    "IAMAT iphone +37.3318-121.030581 1443711601",
    "IAMAT iphone +37.3318-120.030581 1443711602.5",
    "IAMAT iphone +37.3318-119 1443715200",
  ]);
  door.assertHolds("iphone +37.3318-119 1443715200");
});

test("the ID is the point's, else the URL's, else the user's name", async () => {
  const ways: readonly (readonly [string, object, string | undefined, string])[] = [
    ["/overland?device_id=other", { unique_id: "F00-BA4" }, "jane", "iphone"],
    ["/overland?device_id=other", { device_id: "", unique_id: "F00-BA4" }, undefined, "F00-BA4"],
    ["/overland?device_id=other", { device_id: "", unique_id: "F00-BA4" }, "jane", "jane/F00-BA4"],
    ["/overland?device_id=my+phone", { device_id: "" }, "jane", "my%20phone"],
    ["/overland?id=other", { device_id: "" }, "jane", "other"],
    ["/overland", { device_id: "" }, "jane", "jane"],
    ["/overland", { device_id: 12 }, undefined, "12"],
  ];
  for (const [target, properties, user, id] of ways) {
    const door = await Door.open(user === undefined ? {} : { user });
    assertEquals(await door.post(target, { locations: [feature([2, 1], properties)] }), OK);
    door.assertHolds(`${id} +1+2 1443711600`);
  }
});

test("a batch whose points nobody names is refused: the app keeps them", async () => {
  const door = await Door.open();
  const answer = await door.post("/overland", { locations: [feature([2, 1], { device_id: "" })] });
  assertEquals(answer.status, 400);
  assertStringIncludes(detailOf(answer), "?device_id=NAME");
  door.assertHolds();
});

test("what is no batch is refused: the app keeps what it has", async () => {
  const door = await Door.open();
  const { locations: _, ...none } = { locations: 1, current: feature([2, 1]) };
  for (
    const body of [none, [feature([2, 1])], { locations: feature([2, 1]) }, { locations: null }, null, {}]
  ) {
    const { status } = await door.post("/overland", body);
    assertEquals(status, 400, JSON.stringify(body));
  }
  for (const body of ["", "{", "locations=1"]) {
    assertEquals((await door.ask("POST", "/overland", { body })).status, 400, body);
  }
  door.assertHolds();
});

test("an empty batch, and features without a point, are taken", async () => {
  const door = await Door.open();
  const line = {
    type: "Feature",
    geometry: { type: "LineString", coordinates: [[1, 2], [3, 4]] },
    properties: {},
  };
  const visit = { type: "Feature", geometry: null, properties: { type: "trip", device_id: "iphone" } };
  for (const locations of [[], [line, visit, {}, null, 1, "x", []]]) {
    assertEquals(await door.post("/overland", { locations }), OK);
  }
  door.assertHolds();
});

test("points that will never be good are dropped, and hold up no others", async () => {
  const door = await Door.open();
  const future = new Date(Number(NOW) * 1000 + 86_401_000).toISOString();
  const bad = [
    feature([2, 90.5]),
    feature([-180.5, 1]),
    feature([2, "1,5"]),
    feature([2, null]),
    feature([2]),
    feature([]),
    feature("2,1"),
    feature([2, 1], { timestamp: "yesterday" }),
    feature([2, 1], { timestamp: undefined }),
    feature([2, 1], { timestamp: future }),
    { ...feature([2, 1]), properties: null },
  ];
  const good = [feature([3, 1]), feature([4, 1], { timestamp: "2015-10-01T15:00:01Z" })];
  const locations = [bad.slice(0, 5), good[0], bad.slice(5), good[1], bad].flat();
  assertEquals(await door.post("/overland", { locations }), OK);
  assertEquals(
    door.fake.log.of("debug").filter((text) => text.includes("was dropped")).length,
    2 * bad.length,
  );
  door.assertHolds("iphone +1+4 1443711601");
});

test("of a batch that a user may tell in part, that part is told, and the app keeps it all", async () => {
  const door = await Door.open({ user: "jane", mayWrite: (_who, id) => id === "iphone" });
  const locations = [feature([2, 1], { device_id: "other" }), feature([3, 1])];
  assertEquals((await door.post("/overland", { locations })).status, 403);
  door.assertHolds("iphone +1+3 1443711600");
});

test("a batch that could not be kept is asked for again", async () => {
  const door = await Door.open();
  door.fake.server.requests.kept = () => Promise.reject(new Error("the disk is gone"));
  assertEquals((await door.post("/overland", { locations: [feature([3, 1])] })).status, 503);
});

test("of any batch the newest good point of each device stays", async () => {
  const point = fc.record({
    device: fc.constantFrom("a", "b"),
    seconds: fc.integer({ min: 1_000_000_000, max: Number(NOW) }),
    isBad: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(point, { selector: ({ seconds }) => seconds }), async (points) => {
      const door = await Door.open();
      const locations = points.map(({ device, seconds, isBad }) =>
        feature([isBad ? 200 : 2, 1], {
          device_id: device,
          timestamp: new Date(seconds * 1000).toISOString(),
        })
      );
      assertEquals(await door.post("/overland", { locations }), OK);
      const newest = ["a", "b"].flatMap((device) => {
        const good = points.filter((one) => one.device === device && !one.isBad);
        if (good.length === 0) return [];
        return [`${device} +1+2 ${Math.max(...good.map(({ seconds }) => seconds))}`];
      });
      assertEquals(door.held().toSorted(), newest);
    }),
    { numRuns: 30 },
  );
});
