/** A fault of herd's own in one session, link or search takes that one along, is logged with its cause, and no more. */
import { assertEquals, assertMatch } from "@std/assert";
import { errorText } from "../../src/log/error_text.ts";
import { latin1 } from "../binary.ts";
import { turnEnds } from "../settle.ts";
import { test } from "../runner.ts";
import { FakeConnection, FakeServer } from "./fakes.ts";
import { rise } from "./hands.ts";

const IAMAT = "IAMAT kiwi +34.068930-118.445127 1520023934.5\n";
/** What broke, with where and why. */
function assertLogged(herd: FakeServer, peer: RegExp): void {
  const [line = "", ...more] = herd.log.of("error");
  assertEquals(more, []);
  assertMatch(line, peer);
  assertMatch(line, /Error: planted/);
  assertMatch(line, /\n +at .+_test\.ts/, "with its stack");
  assertMatch(line, /caused by .*Error: the root of it/);
}

function plant(): never {
  throw new Error("planted", { cause: new Error("the root of it") });
}

test("a fault while a session's line is handled ends that session alone, and none of its reply is another's", async () => {
  const herd = await new FakeServer({
    places: {
      find: plant,
      answer(_query, out) {
        out.append(latin1("half a secret of the one"));
        return plant();
      },
    },
  }).start();
  const [one, other] = [herd.connect(), herd.connect()];
  other.say(IAMAT);
  other.written = "";
  one.say("WHATSAT kiwi 10 5\n");
  assertEquals(one.isClosed, true);
  assertLogged(herd, /^127\.0\.0\.1:50000: a fault of herd's own in the session/);
  assertEquals([herd.server.counters.failed, herd.server.sessions], [1, 1]);
  other.say("still here\n");
  assertEquals(other.written, "? still here\n");
  herd.assertServes();
});

test("a fault when a search's answer comes ends its session alone", async () => {
  let answer: (json: Uint8Array) => void = () => {};
  const herd = await new FakeServer({
    places: { answer: () => false, find: () => new Promise((resolve) => answer = resolve) },
  }).start();
  const session = herd.connect();
  session.say(`${IAMAT}WHATSAT kiwi 10 5\n`);
  session.onWrite = plant;
  answer(latin1("{}"));
  await session.when(({ isClosed }) => isClosed);
  assertLogged(herd, /a fault of herd's own in the session/);
  herd.assertServes();
});

test("a search that throws at once, behind another, ends its session alone", async () => {
  let asked = 0;
  const herd = await new FakeServer({
    places: { answer: () => false, find: () => asked++ === 0 ? new Promise(() => {}) : plant() },
  }).start();
  const session = herd.connect();
  session.say(`${IAMAT}WHATSAT kiwi 10 5\nWHATSAT kiwi 11 5\n`);
  assertEquals([session.isClosed, asked], [true, 2]);
  assertLogged(herd, /a fault of herd's own in the session/);
  herd.assertServes();
});

test("a fault in a link ends that link alone: the client whose report was flooded has its reply", async () => {
  const herd = await new FakeServer().start();
  const link = herd.connect();
  await rise(link);
  assertEquals(herd.server.herd.neighbors.map(({ linked }) => linked), [true]);
  const client = herd.connect();
  link.onWrite = plant;
  client.say(IAMAT);
  herd.clock.turn();
  assertMatch(client.written, /^AT Goloman \S+ kiwi /);
  assertEquals([link.isClosed, client.isClosed], [true, false]);
  assertLogged(herd, /^Hands: a fault of herd's own in the link/);
  assertEquals(herd.server.herd.counters.linksFailed, 1);
  assertEquals(herd.server.herd.neighbors.map(({ linked }) => linked), [false]);
  herd.assertServes();

  const again = herd.connect();
  await rise(again);
  assertMatch(again.written, /WELCOME\nAT Goloman \S+ kiwi /, "a new link catches up");
});

test("a fault while a neighbor's line is taken ends that link alone", async () => {
  const herd = await new FakeServer().start();
  const link = herd.connect();
  await rise(link);
  herd.log.onLines = (peer) => {
    if (peer === "Hands") plant();
  };
  link.say("AT Hands +0.000000000 mango +1+2 3\n");
  assertEquals(link.isClosed, true);
  assertLogged(herd, /^Hands: a fault of herd's own in the link/);
  herd.assertServes();
});

test("a fault at a link's beat ends that link alone", async () => {
  const herd = await new FakeServer().start();
  const link = herd.connect();
  await rise(link);
  link.onWrite = plant;
  herd.clock.pass(15_000);
  assertEquals(link.isClosed, true);
  assertLogged(herd, /^Hands: a fault of herd's own in the link/);
  herd.assertServes();
});

test("a fault in a classic link ends that link alone, and another is made", async () => {
  const links: FakeConnection[] = [];
  const herd = await new FakeServer({
    classic: true,
    dial() {
      const link = new FakeConnection();
      links.push(link);
      return Promise.resolve(link);
    },
  }).start();
  await turnEnds();
  const client = herd.connect("10.0.0.9");
  links[0]!.onWrite = plant;
  client.say(IAMAT);
  await turnEnds();
  herd.clock.turn();
  assertMatch(client.written, /^AT Goloman \S+ kiwi /);
  assertEquals([links[0]?.isClosed, client.isClosed], [true, false]);
  assertLogged(herd, /^Hands: a fault of herd's own in the classic link/);
  await turnEnds();
  herd.clock.pass(2_000);
  await turnEnds();
  assertMatch(links[1]?.written ?? "", /^AT Goloman \S+ kiwi /, "a new one is told everything");
});

test("the text of an error has its stack and those of its causes, and ends", () => {
  const text = errorText(new Error("outer", { cause: new TypeError("inner", { cause: "word" }) }));
  assertMatch(text, /^Error: outer\n[^]*\ncaused by TypeError: inner\n[^]*\ncaused by word$/);
  assertEquals(errorText("thrown"), "thrown");
  const ring = new Error("ring");
  ring.cause = ring;
  assertEquals(errorText(ring).split("caused by").length, 9);
});
