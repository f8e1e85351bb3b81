/**
 * OwnTracks in HTTP mode. Read from:
 * https://owntracks.org/booklet/tech/http/ : the headers, empty bodies, the array that is answered
 * https://owntracks.org/booklet/tech/json/ : the messages
 * https://github.com/owntracks/android : HttpMessageProcessorEndpoint and MessageLocation, for what is sent again,
 * and for the tid, by which a friend is known
 * https://github.com/owntracks/ios : Connection.m, for the same, and message.json, by which an answer is checked
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "../../runner.ts";
import { type Answered, detailOf, Door, NOW } from "./door.ts";

const NOTHING = { status: 200, body: "[]" };
const LOCATION = { _type: "location", lat: 48.85833, lon: 2.29513, tst: 1_497_476_456, tid: "JJ", batt: 41 };
const JANE = { "x-limit-u": "jane", "x-limit-d": "phone" };

interface Friend {
  readonly _type: string;
  readonly tid: string;
  readonly lat: number;
  readonly lon: number;
  readonly tst: number;
  readonly topic: string;
}

function friendsOf({ status, body }: Answered): readonly Friend[] {
  assertEquals(status, 200, body);
  return JSON.parse(body) as readonly Friend[];
}

test("a location is told under user/device, wherever the two are said", async () => {
  const topic = "owntracks/jane/phone";
  const ways: readonly (readonly [string, object, Record<string, string>])[] = [
    ["/owntracks", {}, JANE],
    ["/owntracks?u=jane&d=phone", {}, {}],
    ["/owntracks", { topic }, {}],
    ["/owntracks?u=john&d=tablet", { topic: "owntracks/joe/car" }, JANE],
    ["/owntracks?u=jane&d=phone", { topic: "owntracks/joe/car" }, {}],
    ["/owntracks?u=jane", { tid: "phone" }, {}],
    ["/owntracks", { topic: "a/base/of/its/own/jane/phone" }, { "x-limit-u": "", "x-limit-d": "" }],
  ];
  for (const [target, more, headers] of ways) {
    const door = await Door.open();
    assertEquals(await door.post(target, { ...LOCATION, ...more }, headers), NOTHING);
    door.assertHolds("jane/phone +48.85833+2.29513 1497476456");
  }
});

test("who says only one of user and device is the client of that name", async () => {
  const ways: readonly (readonly [object, Record<string, string>])[] = [
    // As the Booklet's example for Traccar has it.
    [{ tid: "JJ" }, {}],
    [{ tid: "" }, { "x-limit-u": "JJ" }],
    [{ tid: "other" }, { "x-limit-d": "JJ" }],
  ];
  for (const [more, headers] of ways) {
    const door = await Door.open();
    assertEquals(await door.post("/owntracks", { ...LOCATION, ...more }, headers), NOTHING);
    door.assertHolds("JJ +48.85833+2.29513 1497476456");
  }
  const door = await Door.open({ user: "jane", mayWrite: (_who, id) => id === "jane" });
  assertEquals(await door.post("/owntracks", { ...LOCATION, tid: "" }), NOTHING);
  door.assertHolds("jane +48.85833+2.29513 1497476456");
});

test("a user is who proved to be one, whatever the app says", async () => {
  const door = await Door.open({ user: "jane" });
  await door.post("/owntracks?u=john", LOCATION, { "x-limit-u": "joe", "x-limit-d": "phone" });
  door.assertHolds("jane/phone +48.85833+2.29513 1497476456");
});

test("names that are no fields of a line are encoded, and those beyond ASCII are read as UTF-8", async () => {
  const door = await Door.open();
  await door.post("/owntracks?u=jane+doe&d=my/phone", LOCATION);
  const bytes = String.fromCharCode(...new TextEncoder().encode("jörg"));
  await door.post("/owntracks", LOCATION, { "x-limit-u": bytes, "x-limit-d": "phone" });
  door.assertHolds(
    "jane%20doe/my%2Fphone +48.85833+2.29513 1497476456",
    "jörg/phone +48.85833+2.29513 1497476456",
  );
});

test("all that is no location is taken, and tells nothing", async () => {
  const door = await Door.open();
  door.tell("IAMAT john/phone +1+1 1377177267");
  const types =
    "beacon card cmd configuration encrypted lwt request status steps transition waypoint waypoints";
  for (const _type of types.split(" ")) {
    const message = { ...LOCATION, _type, data: "..." };
    assertEquals(await door.post("/owntracks", message, JANE), NOTHING, _type);
  }
  for (const body of ["", "\n"]) {
    assertEquals(await door.ask("POST", "/owntracks", { body, headers: JANE }), NOTHING);
  }
  door.assertHolds("john/phone +1+1 1377177267");
});

test("what no app sends is refused", async () => {
  const door = await Door.open();
  for (const body of ["hello", "{", "a=b"]) {
    assertEquals((await door.ask("POST", "/owntracks", { body, headers: JANE })).status, 400, body);
  }
  for (const body of [[LOCATION], null, 1, {}, { ...LOCATION, _type: 1 }]) {
    assertEquals((await door.post("/owntracks", body, JANE)).status, 400, JSON.stringify(body));
  }
  const { tid: _, ...anonymous } = LOCATION;
  const nameless = await door.post("/owntracks", anonymous);
  assertEquals(nameless.status, 400);
  assertStringIncludes(detailOf(nameless), "no user, no device");
  door.assertHolds();
});

test("a location that will never be good is dropped, so that the app does not send it for weeks", async () => {
  const door = await Door.open();
  const bad: readonly object[] = [
    { lat: 90.1 },
    { lon: -181 },
    { lat: "48,85" },
    { lat: null },
    { lon: undefined },
    { tst: undefined },
    { tst: -1 },
    { tst: "noon" },
    { tst: Number(NOW) + 86_401 },
  ];
  for (const more of bad) {
    assertEquals(await door.post("/owntracks", { ...LOCATION, ...more }, JANE), NOTHING);
  }
  assertEquals(door.fake.log.of("debug").filter((text) => text.includes("was dropped")).length, bad.length);
  door.assertHolds();
});

test("who may not tell of a device is told so, and what cannot be kept is asked for again", async () => {
  const door = await Door.open({ user: "jane", mayWrite: () => false });
  assertEquals((await door.post("/owntracks", LOCATION, JANE)).status, 403);
  const full = await Door.open({ limits: { clients: 1 } });
  full.tell("IAMAT first +1+1 1377177267");
  assertEquals((await full.post("/owntracks", LOCATION, JANE)).status, 503);
});

test("friends are told of, the newest first, as the apps read them", async () => {
  const door = await Door.open();
  door.tell("IAMAT john/phone +40.75-73.5 1497476300.987");
  door.tell("IAMAT joe/car -1.5+0 1497476400");
  for (const id of ["kiwi.cs.ucla.edu", "/phone", "jane/", "a/b/c", "/", "//"]) {
    door.tell(`IAMAT ${id} +1+1 1497476456`);
  }
  const answer = await door.post("/owntracks", LOCATION, JANE);
  assertEquals(friendsOf(answer), [
    { _type: "location", tid: "joe/car", lat: -1.5, lon: 0, tst: 1_497_476_400, topic: "owntracks/joe/car" },
    {
      _type: "location",
      tid: "john/phone",
      lat: 40.75,
      lon: -73.5,
      tst: 1_497_476_300,
      topic: "owntracks/john/phone",
    },
  ]);
  door.tell("IAMAT john/phone +41-74 1497476500");
  const later = friendsOf(await door.post("/owntracks", { ...LOCATION, tst: 1_497_476_501 }, JANE));
  assertEquals(later.map(({ tid, lat }) => [tid, lat]), [["john/phone", 41], ["joe/car", -1.5]]);
});

test("nobody is told of a friend of 1970's first second, for which Android's app drops all the others", async () => {
  const door = await Door.open();
  door.tell("IAMAT john/phone +40.75-73.5 0.9");
  door.tell("IAMAT joe/car -1.5+0 1");
  const friends = friendsOf(await door.post("/owntracks", LOCATION, JANE));
  assertEquals(friends.map(({ tid, tst }) => [tid, tst]), [["joe/car", 1]]);
});

test("a device is told of friends alone", async () => {
  const door = await Door.open({
    user: "jane",
    isFriend: (who, id) => who.kind === "user" && who.name === "jane" && id.startsWith("john/"),
  });
  door.tell("IAMAT john/phone +40.75-73.5 1497476300");
  door.tell("IAMAT joe/car -1.5+0 1497476400");
  door.tell("IAMAT jane/tablet -1.5+0 1497476400");
  const friends = friendsOf(await door.post("/owntracks", LOCATION, JANE));
  assertEquals(friends.map(({ tid }) => tid), ["john/phone"]);
});

test("a device is told of so many friends at most, the newest", async () => {
  const door = await Door.open({ limits: { httpFriends: 2 } });
  for (const [name, time] of [["a", 300], ["b", 500], ["c", 400], ["d", 200]]) {
    door.tell(`IAMAT ${name}/phone +1+1 1497476${time}`);
  }
  const friends = friendsOf(await door.post("/owntracks", LOCATION, JANE));
  assertEquals(friends.map(({ tid }) => tid), ["b/phone", "c/phone"]);
  assertEquals(door.fake.hits, { httpFriends: 1 });
});

test("friends are looked for among those that reported last", async () => {
  const door = await Door.open({ limits: { httpFriendsKnown: 3 } });
  const post = () => door.post("/owntracks", LOCATION, JANE);
  for (const name of ["a", "b"]) door.tell(`IAMAT ${name}/phone +1+1 1497476300`);
  // Jane's own device is the third of them.
  assertEquals(friendsOf(await post()).map(({ tid }) => tid), ["a/phone", "b/phone"]);
  assertEquals(door.fake.hits, {});
  door.tell("IAMAT a/phone +1+1 1497476302");
  assertEquals((await post()).status, 200);
  door.tell("IAMAT c/phone +1+1 1497476301");
  assertEquals(friendsOf(await post()).map(({ tid }) => tid), ["a/phone", "c/phone"]);
  assertEquals(door.fake.hits, { httpFriendsKnown: 1 });
});

test("no post reads all clients: the rest is read between posts, up to what there was", async () => {
  const door = await Door.open();
  const session = door.fake.connect();
  // Well more than one reading of changes.
  for (let i = 0; i < 8_000; i++) session.say(`IAMAT client-number-${i} +34.068930-118.445127 1497476300\n`);
  session.say("IAMAT john/phone +40.75-73.5 1497476300\n");
  assertEquals(friendsOf(await door.post("/owntracks", LOCATION, JANE)), []);
  door.fake.clock.pass(500);
  const friends = friendsOf(await door.post("/owntracks", { ...LOCATION, tst: 1_497_476_457 }, JANE));
  assertEquals(friends.map(({ tid }) => tid), ["john/phone"]);
});

test("a door that is closed reads no more of the registry", async () => {
  const door = await Door.open();
  const { registry } = door.fake.server;
  const session = door.fake.connect();
  for (let i = 0; i < 8_000; i++) session.say(`IAMAT client-number-${i} +34.068930-118.445127 1497476300\n`);
  await door.post("/owntracks", LOCATION, JANE);
  let readings = 0;
  const takeDue = registry.takeDue.bind(registry);
  registry.takeDue = (...args) => {
    readings++;
    takeDue(...args);
  };
  door.fake.clock.pass(10);
  assertEquals(readings, 1, "it goes on while the door is open");
  door.closing.abort();
  door.fake.clock.pass(500);
  await door.post("/owntracks", LOCATION, JANE);
  assertEquals(readings, 1);
});
