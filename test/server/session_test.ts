/** A session's promises that sockets show too seldom: its replies' order, its waits, and why it ended. */
import { assertEquals } from "@std/assert";
import { latin1 } from "../binary.ts";
import { test } from "../runner.ts";
import { FakeServer } from "./fakes.ts";

const AT = "AT Goloman +0.000000000 kiwi +34-118 1700000000\n";

test("the error line of a line that is too long waits for the search before it", async () => {
  let found: (json: Uint8Array) => void = () => {};
  const places = {
    answer: () => false,
    find: () => new Promise<Uint8Array>((resolve) => found = resolve),
  };
  const server = await new FakeServer({ limits: { lineBytes: 60 }, places }).start();
  const session = server.connect();
  session.say("IAMAT kiwi +34-118 1700000000\nWHATSAT kiwi 10 5\n");
  session.say("x".repeat(100));
  assertEquals(session.written, AT, "nothing overtakes the search");
  found(latin1("{}"));
  await session.when(({ written }) => written.includes("?"));
  assertEquals(session.written, `${AT}${AT}{}\n\n? ${"x".repeat(60)}\n`);
});

test("lines that waited for room are handled where the socket takes the replies at once", async () => {
  const server = await new FakeServer({ limits: { unreadBytes: 10 } }).start();
  const session = server.connect();
  // Nothing is ever unsent here, and so nothing is ever drained, as on Node.
  session.say("one\ntwo and three\nfour\nfive\n");
  server.clock.pass(1);
  assertEquals(session.written, "? one\n? two and three\n? four\n? five\n");
});

test("a session that its server closes ends for the server's reason", async () => {
  const server = await new FakeServer({ limits: { idleMs: 5_000 } }).start();
  server.connect();
  server.clock.pass(10_000);
  const told = server.log.events.filter(({ text }) => text.startsWith("session closed"));
  assertEquals(told.map(({ text }) => text), ["session closed: it was idle"]);
});

test("a stop waits for a client that is slow to take its replies, and then gives it a second to end", async () => {
  const server = await new FakeServer({ limits: { drainMs: 10_000 } }).start();
  const session = server.connect();
  session.onWrite = (bytes) => session.unsentBytes += bytes.length;
  session.say("one\n");
  const stopped = server.server.stop();
  server.clock.pass(5_000);
  assertEquals([session.isEnded, session.isClosed], [false, false]);
  session.drain();
  assertEquals([session.isEnded, session.isClosed], [true, false]);
  server.clock.pass(2_000);
  assertEquals(session.isClosed, true);
  await stopped;
});
