/**
 * OsmAnd and Traccar Client. Read from:
 * https://www.traccar.org/osmand/ : the fields, the forms of a time, the JSON
 * https://github.com/traccar/traccar : OsmAndProtocolDecoder and its test, for what a Traccar server answers
 * https://github.com/traccar/traccar-client-android and https://github.com/traccar/traccar-client-sdk : what the
 * apps send, and that they send again what was not answered with 2xx, before all else
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fc } from "../../fast_check.ts";
import { test } from "../../runner.ts";
import { turnEnds } from "../../settle.ts";
import { detailOf, Door, NOW } from "./door.ts";

const TAKEN = { status: 200, body: "" };

const TRACCAR_JSON = {
  location: {
    timestamp: "2021-07-21T08:06:34.444Z",
    coords: {
      latitude: 37.4219983,
      longitude: -122.084,
      accuracy: 5,
      speed: 0,
      heading: -1,
      altitude: 5,
    },
    is_moving: false,
    odometer: 0,
    event: "motionchange",
    battery: { level: 1, is_charging: false },
    activity: { type: "still" },
    extras: {},
  },
  device_id: "48241179",
};

test("a GET in every form of the protocol is taken", async () => {
  const forms: Record<string, string> = {
    "id=902064&lat=42.06288&lon=-88.23412&timestamp=2016-01-27T18%3A55%3A47Z&hdop=6.0&altitude=224.0&speed=0.0":
      "902064 +42.06288-88.23412 1453920947",
    "id=902064&lat=42.06288&lon=-88.23412&timestamp=1442068686579&batt=87&valid=false":
      "902064 +42.06288-88.23412 1442068686.579",
    "lat=49.60688&lon=6.15788&timestamp=2014-06-04+09%3A10%3A11&id=353861053849681":
      "353861053849681 +49.60688+6.15788 1401873011",
    "id=123456&timestamp=1377177267&lat=60.0&lon=30.0": "123456 +60+30 1377177267",
    "lat=60.0&lon=30.0&vacc=0&hacc=0&deviceid=123456": `123456 +60+30 ${NOW}`,
    "id=123456&timestamp=1377177267&location=60.0,-30.5": "123456 +60-30.5 1377177267",
    "id=123456&timestamp=1377177267&lat=1.2E-4&lon=-1.0E-5": "123456 +0.00012-0.00001 1377177267",
    "id=123456&timestamp=1377177267&lat=-0.0&lon=0": "123456 +0+0 1377177267",
    "id=my+phone&timestamp=1377177267&lat=60&lon=30": "my%20phone +60+30 1377177267",
    "id=&deviceid=123456&timestamp=1377177267&lat=.5&lon=-.25": "123456 +0.5-0.25 1377177267",
    // A plus that nobody encoded.
    "id=123456&timestamp=+1377177267&lat=+60.0&lon=+30.0": "123456 +60+30 1377177267",
    "id=123456&timestamp=1377177267&location=60.0,+-30.5,250": "123456 +60-30.5 1377177267",
  };
  for (const [query, report] of Object.entries(forms)) {
    for (const path of ["/osmand", "/"]) {
      const door = await Door.open();
      assertEquals(await door.get(`${path}?${query}`), TAKEN, query);
      door.assertHolds(report);
    }
  }
});

test("a POST is taken with its fields in the URL, in a form, or in both", async () => {
  const requests: readonly (readonly [string, string])[] = [
    ["/?id=123456&lat=60.0&lon=30.0&timestamp=1377177267&speed=0.0&bearing=0.0&accuracy=5.0&batt=87.0", ""],
    ["/osmand", "id=123456&lat=60.0&lon=30.0&timestamp=1377177267&charge=true"],
    ["/?token=secret", "id=123456&lat=60.0&lon=30.0&timestamp=1377177267"],
    ["/osmand", "id=123456&lat=60.0&lon=30.0&timestamp=1377177267\r\n"],
    ["/osmand?id=123456", "id=phone&lat=60.0&lon=30.0&timestamp=1377177267"],
  ];
  for (const [target, body] of requests) {
    const door = await Door.open();
    assertEquals(await door.post(target, body), TAKEN, target);
    door.assertHolds("123456 +60+30 1377177267");
  }
});

test("the JSON of Traccar Client is taken", async () => {
  for (const path of ["/osmand", "/"]) {
    const door = await Door.open();
    assertEquals(await door.post(path, TRACCAR_JSON), TAKEN);
    door.assertHolds("48241179 +37.4219983-122.084 1626854794.444");
  }
});

test("a sign of life without a location is answered as Traccar does, and tells nothing", async () => {
  const door = await Door.open();
  assertEquals(await door.post("/", "id=48241179&timestamp=1749995112&batt=87.0"), TAKEN);
  assertEquals(await door.get("/osmand?id=123456&timestamp=1377177267&cell=257,02,16,2224"), TAKEN);
  assertEquals(await door.post("/", "id=48241179&notificationToken=fZ1%3AAPA91b"), TAKEN);
  const { timestamp, event } = TRACCAR_JSON.location;
  assertEquals(await door.post("/", { location: { timestamp, event }, device_id: "48241179" }), TAKEN);
  door.assertHolds();
});

test("what no device sends is refused, and told what would be right", async () => {
  const door = await Door.open();
  const queries: Record<string, string> = {
    "timestamp=1377177267&lat=60.0&lon=30.0": "no id",
    "id=&timestamp=1377177267&lat=60.0&lon=30.0": "no id",
    "id=123456": "latitude",
    "id=123456&timestamp=1377177267&lat=60": "longitude",
    "id=123456&timestamp=1377177267&lat=60,5&lon=30": "latitude: no decimal number",
    "id=123456&timestamp=1377177267&lat=NaN&lon=30": "latitude: no decimal number",
    "id=123456&timestamp=1377177267&lat=&lon=30": "latitude: no decimal number",
    "id=123456&timestamp=1377177267&lat={0}&lon={1}": "longitude: no decimal number",
    "id=123456&timestamp=1377177267&location=60": "latitude",
    "id=123456&timestamp=yesterday&lat=60&lon=30": "time: no time",
    "id=123456&timestamp=&lat=60&lon=30": "time: no time",
  };
  for (const [query, detail] of Object.entries(queries)) {
    const answer = await door.get(`/osmand?${query}`);
    assertEquals(answer.status, 400, query);
    assertStringIncludes(detailOf(answer), detail);
  }
  const { device_id: _, ...nameless } = TRACCAR_JSON;
  for (
    const body of [
      nameless,
      { ...TRACCAR_JSON, device_id: "" },
      { ...TRACCAR_JSON, location: { timestamp: "x", coords: TRACCAR_JSON.location.coords } },
      { ...TRACCAR_JSON, location: { ...TRACCAR_JSON.location, coords: { latitude: 1, longitude: "1,5" } } },
      { ...TRACCAR_JSON, location: 1 },
      [TRACCAR_JSON],
      null,
      {},
    ]
  ) assertEquals((await door.post("/", body)).status, 400, JSON.stringify(body));
  assertEquals((await door.ask("POST", "/", { body: '{"location": ' })).status, 400);
  door.assertHolds();
});

test("what will never be good is dropped, so that it holds up nothing", async () => {
  const door = await Door.open();
  const far = Number(NOW) + 86_401;
  const queries: Record<string, string> = {
    [`id=123456&timestamp=${far}&lat=60&lon=30`]: "too far in the future",
    "id=123456&timestamp=1377177267000000&lat=60&lon=30": "times to 99999999999 seconds",
    "id=123456&timestamp=1377177267&lat=90.1&lon=30": "is no location",
    "id=123456&timestamp=1377177267&lat=1e99&lon=30": "is no location",
    "id=123456&timestamp=1377177267&lat=60&lon=-180.000001": "is no location",
  };
  for (const [query, why] of Object.entries(queries)) {
    const { status, body } = await door.get(`/osmand?${query}`);
    assertEquals(status, 200, query);
    assertStringIncludes(body, why);
    assertEquals(body.startsWith("dropped: ") && body.endsWith("\n"), true, body);
  }
  assertEquals(door.fake.log.of("debug").filter((text) => text.includes("was dropped")).length, 5);
  assertEquals(door.fake.hits, { futureSeconds: 1 });
  door.assertHolds();
});

test("what would be good another time is asked for again", async () => {
  const door = await Door.open({ limits: { clients: 1 } });
  door.tell("IAMAT first +1+1 1377177267");
  const answer = await door.get("/osmand?id=second&timestamp=1377177267&lat=60&lon=30");
  assertEquals(answer.status, 503);
  door.assertHolds("first +1+1 1377177267");
});

test("an ID that fits no line is refused as what its user can mend", async () => {
  const door = await Door.open();
  const answer = await door.get(`/osmand?id=${"x".repeat(5_000)}&timestamp=1377177267&lat=60&lon=30`);
  assertEquals(answer.status, 400);
  assertStringIncludes(detailOf(answer), "shorter");
});

test("who may not tell of a device is told so", async () => {
  const door = await Door.open({ user: "jane", mayWrite: (_who, id) => id === "my%20car" });
  const forbidden = await door.get("/osmand?id=bike&timestamp=1377177267&lat=60&lon=30");
  assertEquals(forbidden.status, 403);
  assertEquals(await door.get("/osmand?id=my+car&timestamp=1377177267&lat=60&lon=30"), TAKEN);
  door.assertHolds("my%20car +60+30 1377177267");
});

test("nothing is acknowledged before it is kept", async () => {
  const door = await Door.open();
  const { requests } = door.fake.server;
  let keep: () => void = () => {};
  const asked = Promise.withResolvers<void>();
  requests.kept = () => {
    asked.resolve();
    return new Promise((resolve) => keep = resolve);
  };
  let isAnswered = false;
  const answer = door.get("/osmand?id=123456&timestamp=1377177267&lat=60&lon=30");
  answer.then(() => isAnswered = true);
  await asked.promise;
  await turnEnds();
  assertEquals(isAnswered, false);
  keep();
  assertEquals(await answer, TAKEN);
});

test("what could not be kept is asked for again", async () => {
  const door = await Door.open();
  door.fake.server.requests.kept = () => Promise.reject(new Error("the disk is gone"));
  const { status } = await door.get("/osmand?id=123456&timestamp=1377177267&lat=60&lon=30");
  assertEquals(status, 503);
  assertEquals(door.fake.log.of("error"), []);
});

test("a GET of / without a phone's query is no phone's: it gets the page", async () => {
  const door = await Door.open();
  for (const target of ["/", "/?", "/?token=secret"]) {
    const { status, body } = await door.get(target);
    assertEquals(status, 200);
    assertMatch(body, /^<!DOCTYPE html>/i);
  }
});

test("coordinates of any size and form keep nine decimals", async () => {
  const door = await Door.open();
  const degrees = (limit: number) =>
    fc.tuple(
      fc.integer({ min: -limit * 1e9, max: limit * 1e9 }),
      fc.constantFrom<(value: number) => string>(
        (value) => value.toFixed(9),
        (value) => value.toExponential(15),
        (value) => String(value),
      ),
    );
  const exact = (billionths: number) => {
    const size = String(Math.abs(billionths)).padStart(10, "0");
    const fraction = size.slice(-9).replace(/0+$/, "");
    return `${billionths < 0 ? "-" : "+"}${Number(size.slice(0, -9))}${
      fraction === "" ? "" : `.${fraction}`
    }`;
  };
  let id = 0;
  await fc.assert(
    fc.asyncProperty(degrees(90), degrees(180), async ([lat, writeLat], [lon, writeLon]) => {
      const query = `lat=${encodeURIComponent(writeLat(lat / 1e9))}&lon=${
        encodeURIComponent(writeLon(lon / 1e9))
      }`;
      assertEquals(await door.get(`/osmand?id=${++id}&timestamp=1377177267&${query}`), TAKEN);
      assertEquals(door.held().at(-1), `${id} ${exact(lat)}${exact(lon)} 1377177267`);
    }),
    { numRuns: 50 },
  );
});
