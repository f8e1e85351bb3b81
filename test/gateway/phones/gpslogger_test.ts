/**
 * GPSLogger for Android. Read from:
 * https://gpslogger.app/ : the custom URL
 * https://github.com/mendhak/gpslogger : CustomUrlManager and its test, for what is written in place of %LAT and the
 * others; CustomUrlRequest and CustomUrlWorker, for the headers, and for what is sent again
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Guard } from "../../../src/gateway/guard.ts";
import { test } from "../../runner.ts";
import { detailOf, Door, NOW } from "./door.ts";

const TAKEN = { status: 200, body: "" };
const ALL = "lat=12.193&lon=19.111&sat=9&desc=&alt=45.0&acc=8.0&dir=359.0&prov=gps&spd_kph=32.4&spd=9.0&" +
  "timestamp=1457205869&timeoffset=2016-03-05T21:24:29.949%2B02:00&time=2016-03-05T19:24:29.949Z&" +
  "starttimestamp=1457205800&date=2016-03-05&batt=91.0&ischarging=false&aid=22ab&ser=22ab&act=&" +
  "filename=20160305&profile=Default+Profile&hdop=&vdop=&pdop=&dist=27&";

test("a URL of any template is taken", async () => {
  const targets: Record<string, string> = {
    "lat=12.193&lon=19.111&time=2016-03-05T19:24:29.949Z&id=SRS11": "SRS11 +12.193+19.111 1457205869.949",
    "lat=12.193&lon=19.111&timeoffset=2016-03-05T21:24:29.949%2B02:00&id=SRS11":
      "SRS11 +12.193+19.111 1457205869.949",
    "lat=12.193&lon=19.111&timestamp=1457205869&id=my+phone": "my%20phone +12.193+19.111 1457205869",
    "lat=12.193&lon=19.111&timestamp=1457205869000&aid=22ab": "22ab +12.193+19.111 1457205869",
    "lat=1.0E-4&lon=-19.111&time=2016-03-05T19:24:29.949Z&ser=SRS11": "SRS11 +0.0001-19.111 1457205869.949",
    // As in the app's own examples.
    "lat=12.193&long=19.111&time=2016-03-05T19:24:29.949Z&id=SRS11": "SRS11 +12.193+19.111 1457205869.949",
    "lat=12.193&longitude=19.111&time=2016-03-05T19:24:29.949Z&s=9.0&id=SRS11":
      "SRS11 +12.193+19.111 1457205869.949",
    "lat=12.193&lon=19.111&time=&timestamp=1457205869&id=&ser=SRS11": "SRS11 +12.193+19.111 1457205869",
    [ALL]: "22ab +12.193+19.111 1457205869.949",
  };
  for (const [query, report] of Object.entries(targets)) {
    for (const method of ["GET", "POST"]) {
      const door = await Door.open();
      assertEquals(await door.ask(method, `/gpslogger?${query}`), TAKEN, query);
      door.assertHolds(report);
    }
  }
});

test("a body is taken as a form or as JSON, with no word of which it is", async () => {
  const json = { lat: "12.193", lon: "19.111", time: "2016-03-05T21:24:29.949%2B02:00", id: "SRS11" };
  const bodies = [
    ALL.replace("ser=22ab", "id=SRS11"),
    "lat=12.193&lon=19.111&time=2016-03-05T19:24:29.949Z&id=SRS11\n",
    JSON.stringify(json),
    JSON.stringify({ ...json, lat: 12.193 }),
  ];
  for (const text of bodies) {
    const door = await Door.open();
    // Bytes bring no content-type with them, as GPSLogger's do.
    assertEquals(await door.ask("POST", "/gpslogger?", { body: new TextEncoder().encode(text) }), TAKEN);
    door.assertHolds("SRS11 +12.193+19.111 1457205869.949");
  }
});

test("a device without a name has its user's", async () => {
  const door = await Door.open({ user: "jane" });
  await door.get("/gpslogger?lat=12.193&lon=19.111&timestamp=1457205869");
  door.assertHolds("jane +12.193+19.111 1457205869");
});

test("what %ALL writes of a user's phone is told of one of the user's devices", async () => {
  const mayWrite: Guard["mayWrite"] = (_, id) => id.startsWith("jane/");
  const door = await Door.open({ user: "jane", mayWrite });
  assertEquals(await door.get(`/gpslogger?${ALL}`), TAKEN);
  door.assertHolds("jane/22ab +12.193+19.111 1457205869.949");
});

test("a template that is none is refused, and told what would be right", async () => {
  const door = await Door.open();
  const queries: Record<string, string> = {
    "lat=12.193&lon=19.111&timestamp=1457205869": "&id=%SER",
    "lon=19.111&timestamp=1457205869&id=SRS11": "latitude",
    "lat=12,193&lon=19,111&timestamp=1457205869&id=SRS11": "latitude: no decimal number",
    "lat=12.193&lon=NaN&timestamp=1457205869&id=SRS11": "longitude: no decimal number",
    "lat=12.193&lon=19.111&id=SRS11": "time: no time",
    "lat=12.193&lon=19.111&time=%25TIME&id=SRS11": "time: no time",
  };
  for (const [query, detail] of Object.entries(queries)) {
    const answer = await door.get(`/gpslogger?${query}`);
    assertEquals(answer.status, 400, query);
    assertStringIncludes(detailOf(answer), detail);
  }
  for (const body of ['{"lat": ', "[1]", "null"]) {
    assertEquals((await door.ask("POST", "/gpslogger", { body })).status, 400, body);
  }
  door.assertHolds();
});

test("what will never be good is dropped, so that it holds up nothing", async () => {
  const door = await Door.open();
  for (
    const query of [`lat=91&lon=1&timestamp=1457205869`, `lat=1&lon=1&timestamp=${Number(NOW) + 86_401}`]
  ) {
    const { status, body } = await door.get(`/gpslogger?id=SRS11&${query}`);
    assertEquals(status, 200);
    assertStringIncludes(body, "dropped: ");
  }
  door.assertHolds();
});

test("who may not tell of a device is told so, and what cannot be kept is asked for again", async () => {
  const target = "/gpslogger?lat=12.193&lon=19.111&timestamp=1457205869&id=SRS11";
  const reader = await Door.open({ user: "jane", mayWrite: () => false });
  const all = await reader.get(target);
  assertEquals([all.status, detailOf(all)], [403, "this user may not tell where anybody is"]);
  const door = await Door.open({ user: "jane", mayWrite: (_, id) => id === "jane" });
  const one = await door.get(target);
  assertEquals([one.status, detailOf(one)], [
    403,
    "jane tells where jane and jane/... are: SRS11 is another's ID",
  ]);
  const failing = await Door.open();
  failing.fake.server.requests.kept = () => Promise.reject(new Error("the disk is gone"));
  assertEquals((await failing.get(target)).status, 503);
});
