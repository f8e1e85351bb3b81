/** How vehicles come to servers, on connections whose other end is the test. */
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { City } from "../../src/demo/city.ts";
import { makeFleet } from "../../src/demo/fleet.ts";
import { findPorts } from "../../src/demo/ports.ts";
import { Traffic } from "../../src/demo/traffic.ts";
import type { Location } from "../../src/gateway/iamat.ts";
import { readGpsLogger } from "../../src/gateway/phones/gpslogger.ts";
import { readOsmAnd } from "../../src/gateway/phones/osmand.ts";
import { readOverland } from "../../src/gateway/phones/overland.ts";
import { ownTracksId } from "../../src/gateway/phones/owntracks.ts";
import { type Address, AddressInUseError } from "../../src/runtime/runtime.ts";
import { latin1 } from "../binary.ts";
import { settle } from "../settle.ts";
import { test } from "../runner.ts";
import { FakeClock } from "../fake_clock.ts";
import { FakeConnection } from "../server/fakes.ts";

const SERVERS = [1, 2, 3].map((port) => ({
  address: { host: "127.0.0.1", port },
  http: `http://127.0.0.1:${port}00`,
}));

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Some that move, without phones or with nothing else, and the connections that they have opened. Nobody listens on `dead` ports. */
function traffic(count: number, dead: ReadonlySet<number> = new Set(), fetch?: Fetch) {
  const fleet = makeFleet(new City(1), 1, 200)
    .filter(({ app }) => (app === undefined) === (fetch === undefined))
    .slice(0, count);
  const clock = new FakeClock();
  const opened: { readonly port: number; readonly connection: FakeConnection }[] = [];
  const network = {
    dial({ port }: Address) {
      if (dead.has(port)) return Promise.reject(new Error("refused"));
      const connection = new FakeConnection();
      opened.push({ port, connection });
      return Promise.resolve(connection);
    },
    fetch: fetch ?? (() => Promise.reject(new Error("nobody here has a phone"))),
  };
  const running = new Traffic({ clock, network }, fleet, SERVERS, 1);
  return { clock, opened, running };
}

test("vehicles are spread over the servers, and each reports every second or two", async () => {
  const { clock, opened, running } = traffic(9);
  running.start();
  await settle();
  assertEquals(opened.map(({ port }) => port), [1, 2, 3, 1, 2, 3, 1, 2, 3]);
  clock.pass(4_100);
  for (const { connection } of opened) {
    const lines = connection.written.split("\n").slice(0, -1).filter((line) => line.startsWith("IAMAT"));
    assert(lines.length >= 1 && lines.length <= 4 || connection.isEnded, `${lines.length} in four seconds`);
    for (const line of lines) assertMatch(line, /^IAMAT [a-z]+-\d+\.la \+34\.\d{6}-118\.\d{6} \d+\.\d{9}$/);
  }
  assertEquals(running.heard, 9);
});

test("replies are counted, whatever the pieces they come in", async () => {
  const { opened, running } = traffic(1);
  running.start();
  await settle();
  const replies =
    'AT A +1 x +1+2 3\nAT A +1 x +1+2 3\n{\n   "name" : "AT ?"\n}\n\n? IAMAT x\n? WHATSAT y 1 1\n';
  for (const byte of latin1(replies)) opened[0]!.connection.say(Uint8Array.of(byte));
  const { answered, refused, unknown } = running.counters;
  assertEquals({ answered, refused, unknown }, { answered: 2, refused: 1, unknown: 1 });
});

test("a vehicle that loses its server goes on at another, and finds one however many are dead", async () => {
  const { clock, opened, running } = traffic(1, new Set([2]));
  running.start();
  await settle();
  opened[0]!.connection.destroy();
  for (let i = 0; i < 20 && opened.length < 2; i++) {
    clock.pass(1_000);
    await settle();
  }
  assertEquals(opened[1]?.port === 2, false);
  assertEquals(opened.length, 2);
  assertEquals(running.counters.moved, 1);
});

test("whoever has lost a server goes to any other, not there again", async () => {
  const { clock, opened, running } = traffic(60);
  running.start();
  await settle();
  for (const { port, connection } of [...opened]) {
    if (port === 1) connection.destroy();
  }
  clock.pass(1_000);
  await settle();
  const ports = opened.slice(60).map(({ port }) => port);
  assertEquals(ports.length, 20);
  assertEquals([...new Set(ports)].sort(), [2, 3]);
});

test("a stop ends every session, waits for what is due, and leaves nothing to happen", async () => {
  const { clock, opened, running } = traffic(3);
  running.start();
  await settle();
  let isOver = false;
  const stopped = running.stop().then(() => isOver = true);
  assertEquals(opened.map(({ connection }) => connection.isEnded), [true, true, true]);
  await settle();
  assertEquals(isOver, false);
  for (const { connection } of opened) connection.destroy();
  await stopped;
  // Whoever moves on looks at the clock.
  let looks = 0;
  clock.monotonicMs = () => ++looks;
  clock.pass(10_000);
  await settle();
  assertEquals([looks, opened.length], [0, 3]);
  assertEquals(running.counters.reports, 0);
});

/** What a server would keep of a request. */
async function fixOf(url: string, init: RequestInit): Promise<Location | undefined> {
  const { pathname, searchParams } = new URL(url);
  const query = new Map(searchParams);
  const request = new Request(url, init);
  const text = await request.clone().text();
  switch (pathname) {
    case "/osmand":
      return readOsmAnd(query, { kind: "empty" }, "0");
    case "/gpslogger":
      return readGpsLogger(query, { kind: "form", fields: new Map(new URLSearchParams(text)) }, NOBODY);
    case "/overland":
      return readOverland(JSON.parse(text), query, NOBODY).fixes[0];
    default: {
      const message = JSON.parse(text);
      const id = ownTracksId(request, message, NOBODY);
      return { id, latitude: message.lat, longitude: message.lon, time: `${message.tst}` };
    }
  }
}

const NOBODY = { kind: "anyone" } as const;

test("a phone tells what its app would, in a way that the door reads", async () => {
  const asked: (readonly [string, RequestInit])[] = [];
  const { clock, running } = traffic(20, new Set(), (url, init) => {
    asked.push([url, init]);
    return Promise.resolve(new Response("[]"));
  });
  running.start();
  clock.pass(4_100);
  await settle();
  const ids = new Set<string>();
  for (const [url, init] of asked) {
    const fix = await fixOf(url, init);
    assert(fix !== undefined, url);
    ids.add(fix.id);
    assert(url.includes(`/${fix.id.split("/")[1]}`), `${fix.id} asks ${url}`);
    assertMatch(`${fix.latitude} ${fix.longitude}`, /^34\.\d+ -118\.\d+$/);
    assert(Math.abs(Number(fix.time) - 1_700_000_002) < 3, fix.time);
  }
  assertEquals(ids.size, 20);
  assertEquals(running.heard, 20);
  assertEquals(running.counters.phoneReports, running.counters.reports);
});

test("a phone whose server is gone tells the same to another, and one that is refused goes on", async () => {
  const asked: string[] = [];
  let answer = (url: string): number => url.startsWith(`${SERVERS[0]!.http}/`) ? 0 : 200;
  const { clock, running } = traffic(1, new Set(), (url) => {
    asked.push(url);
    const status = answer(url);
    return status === 0
      ? Promise.reject(new TypeError("refused"))
      : Promise.resolve(new Response("", { status }));
  });
  const report = async () => {
    const before = asked.length;
    while (asked.length === before) {
      clock.pass(100);
      await settle();
    }
    await settle();
  };
  running.start();
  await report();
  assertEquals([running.counters.reports, running.counters.answered, running.heard], [1, 0, 0]);
  await report();
  const [first, second] = asked.map((url) => new URL(url));
  assertEquals([second!.search, second!.host === first!.host], [first!.search, false]);
  assertEquals([running.counters.reports, running.counters.answered, running.heard], [1, 1, 1]);
  assertEquals(running.counters.moved, 1);
  answer = () => 503;
  await report();
  await report();
  assertEquals(new URL(asked[3]!).search, new URL(asked[2]!).search);
  answer = () => 403;
  await report();
  assertEquals(running.counters.refused, 1);
  await report();
  assertNotEquals(new URL(asked[5]!).search, new URL(asked[4]!).search);
});

test("a stop waits for a phone's last answer", async () => {
  const due = Promise.withResolvers<Response>();
  const { clock, running } = traffic(1, new Set(), () => due.promise);
  running.start();
  clock.pass(4_100);
  let isOver = false;
  const stopped = running.stop().then(() => isOver = true);
  await settle();
  assertEquals(isOver, false);
  due.resolve(new Response(""));
  await stopped;
  assertEquals([running.counters.reports, running.counters.answered], [1, 1]);
});

test("ports are the wanted ones, or those of the first thousand above where all are free", async () => {
  const taken = new Set([12_001, 13_100]);
  const open = new Set<number>();
  const network = {
    listen({ host, port }: Address) {
      if (taken.has(port)) return Promise.reject(new AddressInUseError());
      open.add(port);
      return Promise.resolve({ address: { host, port }, close: () => void open.delete(port) });
    },
  };
  const wanted = [{ port: 12_000, http: 12_100 }, { port: 12_001, http: 12_101 }];
  assertEquals(await findPorts(network, "127.0.0.1", wanted.slice(0, 1)), wanted.slice(0, 1));
  assertEquals(await findPorts(network, "127.0.0.1", wanted), [
    { port: 14_000, http: 14_100 },
    { port: 14_001, http: 14_101 },
  ]);
  assertEquals(await findPorts(network, "127.0.0.1", [{ port: 12_001, http: 65_000 }]), undefined);
  assertEquals(open.size, 0);
});
