/** Changes as they are told to whoever listens. */
import { assert, assertEquals, assertGreaterOrEqual, assertLess, assertMatch } from "@std/assert";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";
import { EventReader, type HeardEvent } from "./event_reader.ts";
import { OPEN_GUARD } from "./open_guard.ts";
import { type Asked, countCursors, countLooks, FakeDoor, type FakeDoorOptions } from "./fakes.ts";

const OTHER_RUN = "0123456789abcdef0123456789abcdef";

async function open(options: FakeDoorOptions = {}): Promise<FakeDoor> {
  const door = new FakeDoor(options);
  await door.herd.start();
  return door;
}

async function listen(door: FakeDoor, query = "", asked: Asked = {}): Promise<EventReader> {
  const response = await door.ask(`/events${query}`, asked);
  assertEquals([response.status, response.headers.get("content-type")], [200, "text/event-stream"]);
  const reader = new EventReader(response);
  // The first piece says where the reader stands.
  assertEquals(await door.until(reader.next()), []);
  return reader;
}

/** Clients and times of events. */
function reports(events: readonly HeardEvent[]): string[] {
  return events.map(({ type, data }) => {
    assertEquals(type, "report");
    const { id, time } = JSON.parse(data) as { id: string; time: string };
    return `${id} ${time}`;
  });
}

function iamat(id: string, time: number, position = "+1-2"): string {
  return `IAMAT ${id} ${position} ${time}\n`;
}

/** Events until the reader has heard of the registry's last change. */
async function catchUp(door: FakeDoor, reader: EventReader): Promise<HeardEvent[]> {
  const { herd, registry } = door.herd.server;
  const heard: HeardEvent[] = [];
  while (reader.parser.lastEventId !== `${herd.run}:${registry.seq}`) {
    const events = await door.until(reader.next());
    assert(events !== undefined, "the stream goes on");
    heard.push(...events);
  }
  return heard;
}

test("once who may do what has changed, every stream ends, and whoever may comes again", async () => {
  let change = () => {};
  const door = await open({ guard: { ...OPEN_GUARD, onChange: (fn) => change = fn } });
  const reader = await listen(door);
  change();
  assertEquals(await door.until(reader.next()), undefined);
  door.say(iamat("kiwi", 1));
  const again = await listen(door, "", { headers: { "last-event-id": reader.parser.lastEventId } });
  assertEquals(reports(await catchUp(door, again)), ["kiwi 1"]);
});

test("what changes from now on is told, with the whole report", async () => {
  const door = await open();
  door.say(iamat("before", 1));
  const reader = await listen(door);
  assertEquals(reader.parser.retryMs, 2_000);
  door.say(iamat("kiwi", 1_700_000_000, "+34.5-118.25"));
  const [event, ...more] = await catchUp(door, reader);
  const at = JSON.parse(event!.data).at as string;
  assertMatch(at, /^AT Goloman \S+ kiwi \+34\.5-118\.25 1700000000$/);
  assertEquals(JSON.parse(event!.data), (await door.askJson("/clients/kiwi")).json);
  assertEquals([event!.type, event!.id, more], ["report", `${door.herd.server.herd.run}:2`, []]);
  await reader.cancel();
});

test("all that is known is told from the start, and then what changes", async () => {
  const door = await open();
  door.say(iamat("a", 1) + iamat("b", 1));
  const reader = await listen(door, "?since=start");
  assertEquals(reports(await catchUp(door, reader)), ["a 1", "b 1"]);
  door.say(iamat("a", 2));
  assertEquals(reports(await catchUp(door, reader)), ["a 2"]);
  await reader.cancel();
});

test("who comes again hears of what has changed since, by the header before the query", async () => {
  const door = await open();
  door.say(iamat("a", 1) + iamat("b", 1) + iamat("c", 1) + iamat("a", 2));
  const { run } = door.herd.server.herd;
  const since = (seq: number) => `?since=${run}:${seq}`;
  const byQuery = await listen(door, since(2));
  assertEquals(reports(await catchUp(door, byQuery)), ["c 1", "a 2"]);
  const byHeader = await listen(door, since(1), { headers: { "last-event-id": `${run}:3` } });
  assertEquals(reports(await catchUp(door, byHeader)), ["a 2"]);
  const upToDate = await listen(door, since(4));
  door.say(iamat("d", 1));
  assertEquals(reports(await catchUp(door, upToDate)), ["d 1"]);
  for (const reader of [byQuery, byHeader, upToDate]) await reader.cancel();
});

test("a reader that heard nothing at all can come again and has missed nothing", async () => {
  const door = await open();
  door.say(iamat("a", 1));
  const first = await listen(door);
  await first.cancel();
  door.say(iamat("b", 1));
  const again = await listen(door, "", { headers: { "last-event-id": first.parser.lastEventId } });
  assertEquals(reports(await catchUp(door, again)), ["b 1"]);
  await again.cancel();
});

test("who knows another life of the server is told so, and everything again", async () => {
  const door = await open();
  door.say(iamat("a", 1) + iamat("b", 1));
  const { run } = door.herd.server.herd;
  const response = await door.ask(`/events?since=${OTHER_RUN}:1`);
  const reader = new EventReader(response);
  const [restart, ...rest] = await catchUp(door, reader);
  assertEquals(restart, { type: "restart", id: `${run}:0`, data: JSON.stringify({ run }) });
  assertEquals(reports(rest), ["a 1", "b 1"]);
  await reader.cancel();
});

test("from far behind, what has changed since is told and nothing else", async () => {
  const door = await open();
  const many = Array.from({ length: 6_000 }, (_, i) => iamat(`c${i}`, 1));
  for (let i = 0; i < many.length; i += 100) door.say(many.slice(i, i + 100).join(""));
  const { run } = door.herd.server.herd;
  const looked = countLooks(door);
  const reader = await listen(door, `?since=${run}:500`);
  assertEquals(reader.parser.lastEventId, `${run}:500`);
  const heard = reports(await catchUp(door, reader));
  assertEquals([heard.length, heard[0], heard.at(-1)], [5_500, "c500 1", "c5999 1"]);
  assertEquals(looked().all, 5_500);
  assertLess(looked().mostAtOnce, 600);
  await reader.cancel();
});

test("a prefix and a box choose what is told", async () => {
  const door = await open();
  const prefixed = await listen(door, "?prefix=a%2F");
  const boxed = await listen(door, "?box=170,0,-170,20");
  door.say(iamat("a/1", 1, "+10+10") + iamat("b/1", 1, "+10+175") + iamat("b/2", 1, "+10-175"));
  door.say(iamat("a/2", 1, "+30+175"));
  assertEquals(reports(await catchUp(door, prefixed)), ["a/1 1", "a/2 1"]);
  assertEquals(reports(await catchUp(door, boxed)), ["b/1 1", "b/2 1"]);
  await prefixed.cancel();
  await boxed.cancel();
});

test("where nothing is wanted each turn has its bound, and the beats say how far it has come", async () => {
  const door = await open({ limits: { heartbeatMs: 1_000 } });
  const many = Array.from({ length: 3_000 }, (_, i) => iamat(`c${i}`, 1));
  for (let i = 0; i < many.length; i += 100) door.say(many.slice(i, i + 100).join(""));
  const looked = countLooks(door);
  const reader = await listen(door, "?since=start&prefix=nobody");
  assertEquals(await door.until(reader.next()), []);
  assertEquals(reader.parser.comments, 1);
  assertEquals(reader.parser.lastEventId, `${door.herd.server.herd.run}:3000`);
  assertEquals(looked().all, 3_000);
  assertLess(looked().mostAtOnce, 600);
  const beganMs = door.herd.clock.monotonicMs();
  await door.until(reader.next());
  const beatMs = door.herd.clock.monotonicMs() - beganMs;
  assertEquals([reader.parser.comments, beatMs >= 1_000 && beatMs <= 1_500], [2, true], `${beatMs} ms`);
  await reader.cancel();
});

test("beats come twice as often as silence is borne, however seldom links send theirs", async () => {
  const door = await open({ limits: { heartbeatMs: 60_000, stalledMs: 2_000 } });
  const reader = await listen(door);
  const beganMs = door.herd.clock.monotonicMs();
  assertEquals(await door.until(reader.next()), []);
  assertEquals(reader.parser.comments, 1);
  assertLess(door.herd.clock.monotonicMs() - beganMs, 1_500);
  await reader.cancel();
});

test("between two batches there is a pause, and what moves in it is told of once", async () => {
  const door = await open({ limits: { httpStreamMs: 1_000 } });
  const reader = await listen(door);
  door.say(iamat("a", 1));
  await catchUp(door, reader);
  const beganMs = door.herd.clock.monotonicMs();
  const next = reader.next();
  for (let time = 2; time < 7; time++) {
    door.say(iamat("a", time));
    await door.pass(100);
  }
  assertEquals(reports(await door.until(next) ?? []), ["a 6"]);
  assertGreaterOrEqual(door.herd.clock.monotonicMs() - beganMs, 1_000);
  await reader.cancel();
});

test("a reader that is slow gets the newest report of each client, and no backlog", async () => {
  const door = await open();
  const reader = await listen(door);
  for (let time = 1; time <= 500; time++) {
    door.say(iamat("a", time) + iamat("b", time));
    await door.pass(10);
  }
  assertEquals(reports(await catchUp(door, reader)), ["a 500", "b 500"]);
  await reader.cancel();
});

test("a stream ends with its reader, its connection or the door, and leaves nothing behind", async () => {
  const door = await open({ limits: { httpStreams: 1 } });
  const cursors = countCursors(door);
  const going = await listen(door);
  assertEquals(cursors(), 1);
  const pending = going.next();
  await going.cancel();
  assertEquals([cursors(), await door.until(pending)], [0, undefined]);

  const connection = new AbortController();
  const lost = await listen(door, "", { signal: connection.signal });
  const waiting = lost.next();
  await door.pass(10);
  connection.abort("gone");
  assertEquals([cursors(), await door.until(waiting)], [0, undefined]);

  const last = await listen(door);
  const ending = last.next();
  await door.pass(10);
  door.close();
  assertEquals([cursors(), await door.until(ending)], [0, undefined]);
  const late = await door.askJson("/events");
  assertEquals([late.status, late.headers.get("retry-after")], [503, "2"]);
});

test("a stream that nobody reads keeps no place in the registry", async () => {
  const door = await open({ limits: { httpStreams: 1 } });
  const cursors = countCursors(door);
  for (let i = 0; i < 3; i++) {
    const head = await door.ask("/events", { method: "HEAD" });
    assertEquals([head.status, head.body, cursors()], [200, null, 0]);
  }
  const response = await door.ask("/events");
  await door.pass(1_000);
  assertEquals(cursors(), 0);
  await response.body!.cancel();
  await (await listen(door)).cancel();
  assertEquals(cursors(), 0);
});

test("httpStreams: one more is refused for now, and counted; the place of one that ended is free", async () => {
  const door = await open({ limits: { httpStreams: 2 } });
  const [first] = [await listen(door), await listen(door)];
  const refused = await door.askJson("/events");
  assertEquals([refused.status, refused.headers.get("retry-after")], [503, "2"]);
  assertEquals(door.herd.hits, { httpStreams: 1 });
  await first.cancel();
  await listen(door);
});

test("what is no event's ID is refused, and so is one that is not yet", async () => {
  const door = await open();
  const { run } = door.herd.server.herd;
  for (const since of ["yesterday", `${run}`, `${run}:`, `${run}:-1`, `${run}:1`]) {
    for (const asked of [{ query: `?since=${since}` }, { query: "", headers: { "last-event-id": since } }]) {
      const { status, json } = await door.askJson(`/events${asked.query}`, asked);
      assertEquals([since, status], [since, 400]);
      assertMatch((json as { detail: string }).detail, /event/);
    }
  }
});

type Step =
  | { readonly kind: "reports"; readonly of: readonly number[] }
  | { readonly kind: "read"; readonly pieces: number }
  | { readonly kind: "reconnect" };

test("however reports and reconnects fall, who resumes knows the newest report of every client", async () => {
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({
      kind: fc.constant("reports" as const),
      of: fc.array(fc.nat({ max: 30 }), { maxLength: 40 }),
    }),
    fc.record({ kind: fc.constant("read" as const), pieces: fc.integer({ min: 1, max: 2 }) }),
    fc.record({ kind: fc.constant("reconnect" as const) }),
  );
  const check = fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
    const door = await open({ limits: { heartbeatMs: 500 } });
    const cursors = countCursors(door);
    const known = new Map<string, string>();
    const newest = new Map<string, string>();
    let time = 0;
    let reader = await listen(door);
    const learn = (events: readonly HeardEvent[]) => {
      for (const { data } of events) {
        const { id, time } = JSON.parse(data) as { id: string; time: string };
        assert(Number(time) > Number(known.get(id) ?? 0), "no report comes twice, or after a newer one");
        known.set(id, time);
      }
    };
    const reconnect = async () => {
      await reader.cancel();
      reader = await listen(door, "", { headers: { "last-event-id": reader.parser.lastEventId } });
    };
    for (const one of steps) {
      switch (one.kind) {
        case "reports":
          for (const client of one.of) {
            newest.set(`c${client}`, String(++time));
            door.say(iamat(`c${client}`, time));
          }
          break;
        case "read":
          for (let i = 0; i < one.pieces; i++) learn(await door.until(reader.next()) ?? []);
          break;
        case "reconnect":
          await reconnect();
          break;
      }
    }
    await reconnect();
    learn(await catchUp(door, reader));
    assertEquals(known, newest);
    await reader.cancel();
    assertEquals(cursors(), 0);
  });
  await fc.assert(check, { numRuns: 60 });
});
