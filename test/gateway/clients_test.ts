/** What programs ask and tell of a client. */
import { assertEquals, assertMatch } from "@std/assert";
import type { Guard } from "../../src/gateway/guard.ts";
import { OPEN_GUARD } from "./open_guard.ts";
import { toBytes } from "../../src/wire/bytes.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";
import { FakeDoor } from "./fakes.ts";

const HERE = { latitude: 34.06893, longitude: -118.445127 };

/** The problem that `path` is answered with. */
async function problem(door: FakeDoor, path: string, body?: unknown) {
  const asked = body === undefined ? {} : { method: "PUT", body };
  const { status, json, headers } = await door.askJson(path, asked);
  assertEquals(headers.get("content-type"), "application/problem+json");
  const { detail } = json as { detail: string };
  return { status, detail, retryAfter: headers.get("retry-after") };
}

test("what is told by PUT is answered by GET, and known to sessions", async () => {
  const door = new FakeDoor();
  await door.herd.start();
  const told = await door.askJson("/clients/kiwi", {
    method: "PUT",
    body: { ...HERE, time: "1699999999.5" },
  });
  const report = {
    id: "kiwi",
    ...HERE,
    time: "1699999999.5",
    origin: "Goloman",
    skew: "+0.500000000",
    at: "AT Goloman +0.500000000 kiwi +34.06893-118.445127 1699999999.5",
  };
  assertEquals([told.status, told.json], [200, { ...report, news: true }]);
  assertEquals((await door.askJson("/clients/kiwi")).json, report);
  const session = door.herd.connect();
  session.say("WHATSAT kiwi 0 0\n");
  assertMatch(session.written, /^AT Goloman \+0\.500000000 kiwi \+34\.06893-118\.445127 1699999999\.5\n/);
  assertEquals(door.herd.server.counters.reports, 1);
});

test("a location without a time is of now", async () => {
  const { json } = await new FakeDoor().askJson("/clients/kiwi", { method: "PUT", body: HERE });
  const { time, skew } = json as { time: string; skew: string };
  assertEquals([time, skew], ["1700000000", "+0.000000000"]);
});

test("an ID that is not percent-encoded UTF-8 is nobody's", async () => {
  const door = new FakeDoor();
  for (const id of ["%FF", "a%2Fb%FF", "%", "100%", "%zz", "%C3"]) {
    const { status, detail } = await problem(door, `/clients/${id}`, HERE);
    assertEquals([status, detail.startsWith("the path: ")], [400, true], id);
  }
  assertEquals(door.herd.server.registry.size, 0);
});

test("what is older than what is known is answered as told, and is no news", async () => {
  const door = new FakeDoor();
  const put = (time: number) =>
    door.askJson("/clients/kiwi", { method: "PUT", body: { latitude: time, longitude: 0, time } });
  const told: unknown[] = [];
  for (const time of [20, 10, 20]) told.push((await put(time)).json);
  const seen = told.map((one) => {
    const { latitude, time, news } = one as { latitude: number; time: string; news: boolean };
    return [latitude, time, news];
  });
  assertEquals(seen, [[20, "20", true], [10, "10", false], [20, "20", false]]);
  assertEquals(((await door.askJson("/clients/kiwi")).json as { time: string }).time, "20");
});

test("any ID that has no white space can be told of and asked for, percent-encoded", async () => {
  const door = new FakeDoor();
  const ids = fc.string({ unit: "binary", minLength: 1, maxLength: 12 })
    .filter((id) => !/[ \t-\r]/.test(id) && !/^\.{1,2}$/.test(id));
  const check = fc.asyncProperty(
    fc.oneof(ids, fc.constantFrom("user/device", "a%2Fb", "100%", "?x=1#y", "é\u{1f411}", "\0", "a+b")),
    async (id) => {
      const path = `/clients/${encodeURIComponent(id)}`;
      const told = await door.askJson(path, { method: "PUT", body: HERE });
      assertEquals([told.status, (told.json as { id: string }).id], [200, id]);
      const asked = await door.askJson(path);
      assertEquals([asked.status, (asked.json as { id: string }).id], [200, id]);
    },
  );
  await fc.assert(check, { numRuns: 200 });
});

test("times are POSIX seconds or ISO 8601, and lose nothing that they say", async () => {
  const door = new FakeDoor();
  const times: readonly (readonly [string | number, string])[] = [
    ["1520023934.918963997", "1520023934.918963997"],
    ["007", "007"],
    [1520023934.918964, "1520023934.918964"],
    [0, "0"],
    [0.0000001, "0.000000100"],
    ["2018-03-02T20:52:14Z", "1520023934"],
    ["2018-03-02T20:52:14.918963997123Z", "1520023934.918963997"],
    ["2018-03-02T12:52:14.5-08:00", "1520023934.5"],
    ["2018-03-03t02:22:14+0530", "1520023934"],
    ["2016-02-29T00:00:00Z", "1456704000"],
    ["1970-01-01T01:00:00+01:00", "0"],
  ];
  for (const [i, [time, expected]] of times.entries()) {
    const { status, json } = await door.askJson(`/clients/c${i}`, { method: "PUT", body: { ...HERE, time } });
    assertEquals([time, status, (json as { time: string }).time], [time, 200, expected]);
  }
});

test("a time that is none is refused, with what would be right", async () => {
  const door = new FakeDoor();
  const times: readonly (readonly [unknown, RegExp])[] = [
    ["", /write POSIX seconds/],
    ["now", /write POSIX seconds/],
    ["-1", /write POSIX seconds/],
    [-1, /write POSIX seconds/],
    ["1e9", /write POSIX seconds/],
    [1e25, /write POSIX seconds/],
    ["1.1234567891", /write POSIX seconds/],
    ["2018-03-02T20:52:14", /with its zone/],
    ["2018-03-02", /write POSIX seconds/],
    ["2023-02-29T00:00:00Z", /no such moment/],
    ["2018-03-02T24:52:14Z", /no such moment/],
    ["1969-12-31T23:59:59Z", /before 1970/],
    [1_700_000_000_000, /milliseconds/],
    ["1700000000000", /milliseconds/],
    [null, /time/],
  ];
  for (const [time, expected] of times) {
    const { status, detail } = await problem(door, "/clients/kiwi", { ...HERE, time });
    assertEquals(status, 400, `${JSON.stringify(time)}: ${detail}`);
    assertMatch(detail, expected);
  }
  assertEquals(door.herd.server.registry.size, 0);
});

test("what is no location is refused, with where it is wrong", async () => {
  const door = new FakeDoor();
  const bodies: readonly (readonly [unknown, RegExp])[] = [
    ["{", /no JSON/],
    ["[]", /latitude/],
    [{ latitude: 1 }, /longitude/],
    [{ latitude: "1", longitude: 2 }, /latitude/],
    [{ latitude: 90.1, longitude: 2 }, /latitude.*90/],
    [{ latitude: 1, longitude: -180.5 }, /longitude.*-180/],
    [{ ...HERE, altitude: 5 }, /altitude/],
  ];
  for (const [body, expected] of bodies) {
    const { status, detail } = await problem(door, "/clients/kiwi", body);
    assertEquals(status, 400, detail);
    assertMatch(detail, expected);
  }
  const { status, detail } = await problem(door, "/clients/ki%20wi", HERE);
  assertEquals(status, 400);
  assertMatch(detail, /white space/);
});

test("what the server does not take is refused with the reason, and counted", async () => {
  const door = new FakeDoor({ limits: { lineBytes: 60, futureSeconds: 60, clients: 1 } });
  const long = await problem(door, `/clients/${"x".repeat(60)}`, { ...HERE, time: 1 });
  assertEquals(long.status, 422);
  assertMatch(long.detail, /more than 60 bytes/);
  const early = await problem(door, "/clients/kiwi", { ...HERE, time: 1_700_000_061 });
  assertEquals(early.status, 422);
  assertMatch(early.detail, /more than 60 s ahead/);
  await door.askJson("/clients/kiwi", { method: "PUT", body: { ...HERE, time: 1 } });
  const full = await problem(door, "/clients/mango", { ...HERE, time: 1 });
  assertEquals(full.status, 507);
  assertMatch(full.detail, /knows 1 clients/);
  assertEquals(door.herd.hits, { lineBytes: 1, futureSeconds: 1, clients: 1 });
});

test("while the journal cannot be written, a location is to be told again later", async () => {
  const door = new FakeDoor({ requests: { tell: () => ({ kind: "refused", why: "unjournaled" }) } });
  const { status, retryAfter } = await problem(door, "/clients/kiwi", HERE);
  assertEquals([status, retryAfter], [503, "1"]);
});

test("a location that is not kept in time is not acknowledged", async () => {
  const door = new FakeDoor({
    limits: { httpAnswerMs: 500 },
    requests: {
      kept: (signal) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    },
  });
  const { status, retryAfter } = await problem(door, "/clients/kiwi", HERE);
  assertEquals([status, retryAfter], [503, "1"]);
  assertEquals(door.herd.hits, { httpAnswerMs: 1 });
});

test("who has gone before the answer is counted so, and as no fault of the server", async () => {
  const connection = new AbortController();
  const door = new FakeDoor({
    requests: {
      kept: (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
          connection.abort();
        }),
    },
  });
  await door.ask("/clients/kiwi", { method: "PUT", body: HERE, signal: connection.signal });
  assertEquals([...door.api.counts.all], [
    { method: "PUT", route: "/clients/{id}", status: 499, requests: 1 },
  ]);
});

test("who may not tell of a client does not", async () => {
  const guard: Guard = {
    ...OPEN_GUARD,
    identify: () => Promise.resolve({ kind: "user", name: "ann" }),
    mayWrite: (_, id) => id.startsWith("ann/"),
  };
  const door = new FakeDoor({ guard });
  assertEquals((await problem(door, "/clients/bob%2Fphone", HERE)).status, 403);
  assertEquals((await problem(door, "/clients/bob%2Fphone")).status, 404);
  const own = await door.askJson("/clients/ann%2Fphone", { method: "PUT", body: HERE });
  assertEquals(own.status, 200);
});

test("places come as the Places service wrote them, with the AT line beside them", async () => {
  const asked: unknown[] = [];
  const bytes = toBytes('{\n   "results" : [ ],\t"status":"OK", "x" : "\\u00e9é" }');
  const door = new FakeDoor({
    places: {
      answer(query, out) {
        asked.push(query);
        out.append(bytes);
        return true;
      },
      find: () => Promise.reject(new Error("not asked")),
    },
  });
  await door.askJson("/clients/caf%C3%A9%25", { method: "PUT", body: { ...HERE, time: 1_700_000_000 } });
  const response = await door.ask("/clients/caf%C3%A9%25/places");
  assertEquals(new Uint8Array(await response.arrayBuffer()), bytes);
  assertEquals(response.headers.get("content-type"), "application/json");
  const at = "AT Goloman +0.000000000 caf%C3%A9%25 +34.06893-118.445127 1700000000";
  assertEquals(response.headers.get("herd-at"), at);
  await (await door.ask("/clients/caf%C3%A9%25/places?radius=2.5&limit=3")).text();
  const [latitude, longitude] = ["34.06893", "-118.445127"];
  assertEquals(asked, [
    { latitude, longitude, radiusKm: "10", bound: 10 },
    { latitude, longitude, radiusKm: "2.5", bound: 3 },
  ]);
  const nothing = await door.askJson("/clients/caf%C3%A9%25/places?radius=0");
  assertEquals((nothing.json as { status: string }).status, "ZERO_RESULTS");
});

test("places near nobody, and questions that are none, get a problem", async () => {
  const door = new FakeDoor();
  await door.askJson("/clients/kiwi", { method: "PUT", body: HERE });
  assertEquals((await problem(door, "/clients/mango/places")).status, 404);
  assertEquals((await problem(door, "/clients/mango")).status, 404);
  for (
    const query of [
      "radius=50.1",
      "radius=51",
      "radius=-1",
      "radius=1e1",
      "limit=21",
      "limit=1.5",
      "limit=",
      "r=1",
    ]
  ) {
    const { status, detail } = await problem(door, `/clients/kiwi/places?${query}`);
    assertEquals(status, 400, query);
    assertMatch(detail, /^the query: (radius|limit|r): /);
  }
});
