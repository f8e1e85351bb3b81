/** All clients at once. */
import { assertEquals, assertLess } from "@std/assert";
import * as v from "valibot";
import { collectionSchema } from "../../src/gateway/client_collection.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";
import { EventReader } from "./event_reader.ts";
import { countLooks, FakeDoor } from "./fakes.ts";

async function collection(door: FakeDoor, query = "") {
  const response = await door.ask(`/clients.geojson${query}`);
  assertEquals([response.status, response.headers.get("content-type")], [200, "application/geo+json"]);
  const json: unknown = JSON.parse(await door.until(response.text()));
  return v.parse(collectionSchema, json);
}

async function idsOf(door: FakeDoor, query = ""): Promise<string[]> {
  return (await collection(door, query)).features.map(({ id }) => id).sort();
}

async function fill(count: number): Promise<FakeDoor> {
  const door = await started();
  const lines = Array.from({ length: count }, (_, i) => `IAMAT c${i} +1.5-2.25 5\n`);
  for (let i = 0; i < count; i += 100) door.say(lines.slice(i, i + 100).join(""));
  return door;
}

async function started(): Promise<FakeDoor> {
  const door = new FakeDoor();
  await door.herd.start();
  return door;
}

test("nobody is a collection too", async () => {
  const door = await started();
  const { features, complete, lastEventId } = await collection(door);
  assertEquals([features, complete, lastEventId], [[], true, `${door.herd.server.herd.run}:0`]);
});

test("every client is a point with its report", async () => {
  const door = await started();
  door.say("IAMAT kiwi +34.5-118.25 1699999999.5\n");
  assertEquals((await collection(door)).features, [{
    type: "Feature",
    id: "kiwi",
    geometry: { type: "Point", coordinates: [-118.25, 34.5] },
    properties: {
      time: "1699999999.5",
      origin: "Goloman",
      skew: "+0.500000000",
      at: "AT Goloman +0.500000000 kiwi +34.5-118.25 1699999999.5",
    },
  }]);
});

test("a prefix, a box and a limit choose among them", async () => {
  const door = await started();
  door.say("IAMAT a/1 +10+10 1\nIAMAT a/2 +10+179 1\nIAMAT b/1 +10-179 1\nIAMAT b/2 -10-180 1\n");
  assertEquals(await idsOf(door), ["a/1", "a/2", "b/1", "b/2"]);
  assertEquals(await idsOf(door, "?prefix=a%2F"), ["a/1", "a/2"]);
  assertEquals(await idsOf(door, "?box=170,0,-170,20"), ["a/2", "b/1"]);
  assertEquals(await idsOf(door, "?box=170,-20,180,20"), ["a/2", "b/2"]);
  assertEquals(await idsOf(door, "?box=170,0,-170,20&prefix=b"), ["b/1"]);
  const three = await collection(door, "?limit=3");
  assertEquals([three.features.length, three.complete], [3, false]);
  const four = await collection(door, "?limit=4");
  assertEquals([four.features.length, four.complete], [4, true]);
  const none = await collection(door, "?limit=0&prefix=c");
  assertEquals([none.features, none.complete], [[], true]);
});

test("among many clients every turn has its bound, whether they are wanted or not", async () => {
  for (const [query, count] of [["", 6_000], ["?prefix=nobody", 0]] as const) {
    const door = await fill(6_000);
    const looked = countLooks(door);
    assertEquals((await collection(door, query)).features.length, count);
    assertEquals(looked().all, 6_000);
    assertLess(looked().mostAtOnce, 600);
  }
});

test("who takes no more is told no more, and nothing is made for them", async () => {
  const door = await fill(6_000);
  const looked = countLooks(door);
  const body = (await door.ask("/clients.geojson")).body!.getReader();
  await door.until(body.read());
  await door.until(body.read());
  const before = looked().all;
  assertEquals(before > 0 && before < 3_000, true, `${before} of 6,000`);
  await door.pass(1_000);
  assertEquals(looked().all, before);
  await body.cancel();
  await door.pass(1_000);
  assertEquals(looked().all, before);
});

test("each client known at the beginning comes once, and events since then tell the rest", async () => {
  const ids = fc.integer({ min: 0, max: 2_500 });
  const changes = fc.array(fc.array(ids, { maxLength: 300 }), { maxLength: 6 });
  const check = fc.asyncProperty(fc.integer({ min: 1, max: 900 }), changes, async (known, steps) => {
    const door = await fill(known);
    const body = (await door.ask("/clients.geojson")).body!.getReader();
    const decoder = new TextDecoder();
    let text = "";
    let time = 10;
    for (;;) {
      const { done, value } = await door.until(body.read());
      if (done) break;
      text += decoder.decode(value, { stream: true });
      const step = steps.shift() ?? [];
      door.say(step.map((id) => `IAMAT c${id} +1-2 ${++time}\n`).join(""));
    }
    const { features, lastEventId } = v.parse(collectionSchema, JSON.parse(text));
    const times = new Map(features.map(({ id, properties }) => [id, properties.time]));
    assertEquals(times.size, features.length, "none comes twice");
    for (let i = 0; i < known; i++) assertEquals(times.has(`c${i}`), true, `c${i} is there`);
    const events = new EventReader(await door.ask(`/events?since=${lastEventId}`));
    const { registry } = door.herd.server;
    while (events.parser.lastEventId !== `${door.herd.server.herd.run}:${registry.seq}`) {
      for (const { data } of await door.until(events.next()) ?? []) {
        const report = JSON.parse(data) as { id: string; time: string };
        times.set(report.id, report.time);
      }
    }
    await events.cancel();
    const newest = await collection(door);
    assertEquals(times, new Map(newest.features.map(({ id, properties }) => [id, properties.time])));
  });
  await fc.assert(check, { numRuns: 25 });
});
