/** Every bound of a server that something can run into: what happens there, and that it is counted and told. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { COUNTED_LIMITS, LimitHits } from "../../src/limit_hits.ts";
import { test } from "../runner.ts";
import { FakeServer, type FakeServerOptions } from "./fakes.ts";

const IAMAT = "IAMAT kiwi +34.068930-118.445127 1520023934.5\n";
const NONCE = "0123456789abcdef0123456789abcdef";
const HELLO = `HERD/1 HELLO herd Hands Goloman ${NONCE} ${NONCE} - 0\n`;

async function serve(
  limits: NonNullable<FakeServerOptions["limits"]>,
  rest: FakeServerOptions = {},
): Promise<FakeServer> {
  return await new FakeServer({ ...rest, limits }).start();
}

test("lineBytes: a longer line is refused, whether it comes whole or not, and each is counted", async () => {
  const herd = await serve({ lineBytes: 10 });
  const session = herd.connect();
  session.say("0123456789x\n");
  session.say("0123456789xyz");
  session.say(" more\nnext\n");
  assertEquals(session.written, "? 0123456789\n? 0123456789\n? next\n");
  assertEquals([herd.hits, herd.server.counters.invalid], [{ lineBytes: 2 }, 3]);
});

test("futureSeconds and clients: such an IAMAT is refused, and counted as what it is", async () => {
  const herd = await serve({ futureSeconds: 60, clients: 1 });
  const session = herd.connect();
  session.say(IAMAT);
  session.written = "";
  session.say("IAMAT kiwi +1+2 1700000061\nIAMAT mango +1+2 3\n");
  assertEquals(session.written, "? IAMAT kiwi +1+2 1700000061\n? IAMAT mango +1+2 3\n");
  assertEquals(herd.hits, { futureSeconds: 1, clients: 1 });
  assertEquals([herd.server.counters.invalid, herd.server.counters.reports], [2, 1]);
});

test("begunLineMs: a begun line must end, however often a byte of it comes", async () => {
  const herd = await serve({ begunLineMs: 5_000 });
  const [begun, dripping, patient] = [herd.connect(), herd.connect(), herd.connect()];
  begun.say("IAMAT");
  patient.say("done\n");
  for (let i = 0; i < 4; i++) {
    dripping.say("x");
    herd.clock.pass(1_000);
  }
  assertEquals([begun.isClosed, dripping.isClosed], [false, false]);
  for (let i = 0; i < 3; i++) {
    dripping.say("x");
    herd.clock.pass(1_000);
  }
  assertEquals([begun.isClosed, dripping.isClosed, patient.isClosed], [true, true, false]);
  assertEquals(herd.hits, { begunLineMs: 2 });
});

test("idleMs: a session that says nothing is closed, one that speaks is not", async () => {
  const herd = await serve({ idleMs: 5_000 });
  const [idle, mute, speaking] = [herd.connect(), herd.connect(), herd.connect()];
  idle.say("hello\n");
  for (let i = 0; i < 7; i++) {
    speaking.say("hello\n");
    herd.clock.pass(1_000);
  }
  assertEquals([idle.isClosed, mute.isClosed, speaking.isClosed], [true, true, false]);
  assertEquals(herd.hits, { idleMs: 2 });
});

test("unreadBytes and stalledMs: who takes no replies is not read, and then closed; who takes some is not", async () => {
  const herd = await serve({ unreadBytes: 100, stalledMs: 5_000 });
  const [deaf, slow] = [herd.connect(), herd.connect()];
  for (const session of [deaf, slow]) {
    session.onWrite = (bytes) => session.unsentBytes += bytes.length;
    session.say("a line that comes back\n".repeat(50));
    assertEquals(session.isPaused, true);
    assert(session.unsentBytes <= 200, `${session.unsentBytes} bytes for one who reads none`);
  }
  for (let i = 0; i < 7; i++) {
    slow.unsentBytes--;
    herd.clock.pass(1_000);
  }
  assertEquals([deaf.isClosed, slow.isClosed], [true, false]);
  assertEquals(herd.hits, { unreadBytes: 2, stalledMs: 1 });
  slow.drain();
  while (slow.unsentBytes > 0) slow.drain();
  assertEquals(slow.written, "? a line that comes back\n".repeat(50));
});

test("sessions and sessionsPerAddress: a further connection is closed at once, until one leaves", async () => {
  const herd = await serve({ sessions: 3, sessionsPerAddress: 2 });
  const [first, second, third] = [herd.connect("::1"), herd.connect("::1"), herd.connect("::1")];
  assertEquals([first.isClosed, second.isClosed, third.isClosed], [false, false, true]);
  const [fourth, fifth] = [herd.connect("10.0.0.1"), herd.connect("10.0.0.2")];
  assertEquals([fourth.isClosed, fifth.isClosed], [false, true]);
  assertEquals(herd.hits, { sessionsPerAddress: 1, sessions: 1 });
  first.destroy();
  assertEquals(herd.connect("::1").isClosed, false);
});

test("searchesPerSession: the lines behind so many searches wait, and are handled then", async () => {
  const answers: ((json: Uint8Array) => void)[] = [];
  const herd = await serve({ searchesPerSession: 2 }, {
    places: { answer: () => false, find: () => new Promise((resolve) => answers.push(resolve)) },
  });
  const session = herd.connect();
  session.say(`${IAMAT}${"WHATSAT kiwi 10 5\n".repeat(3)}last\n`);
  assertEquals([answers.length, session.isPaused], [2, true]);
  assertEquals(herd.hits, { searchesPerSession: 1 });
  for (let i = 0; i < 3; i++) {
    answers[i]?.(new Uint8Array([0x7b, 0x7d]));
    await session.when(({ written }) => written.split("{}").length === i + 2);
  }
  assertMatch(session.written, /^(AT [^\n]*\n)(\1\{\}\n\n){3}\? last\n$/);
  assertEquals(session.isPaused, false);
});

test("handshakeMs: a neighbor that begins and does not prove itself is given up", async () => {
  const herd = await serve({ handshakeMs: 2_000 });
  const link = herd.connect();
  link.say(HELLO);
  await link.when(({ written }) => written.includes("CHALLENGE"));
  herd.clock.pass(1_999);
  assertEquals(link.isClosed, false);
  herd.clock.pass(1);
  assertEquals([link.isClosed, herd.hits], [true, { handshakeMs: 1 }]);
});

test("handshakes: a further hello is an invalid command, until one of those before it is over", async () => {
  const herd = await serve({ handshakes: 2 });
  const links = [herd.connect(), herd.connect(), herd.connect()];
  for (const link of links) link.say(HELLO);
  assertEquals(links[2]?.written, `? ${HELLO}`);
  assertEquals([herd.hits, herd.server.sessions], [{ handshakes: 1 }, 1]);
  links[0]?.destroy();
  const next = herd.connect();
  next.say(HELLO);
  await next.when(({ written }) => written.includes("CHALLENGE"));
});

test("drainMs: a stop waits so long for what is due, and no longer", async () => {
  const herd = await serve({ drainMs: 5_000 }, {
    places: { answer: () => false, find: () => new Promise(() => {}) },
  });
  const [waiting, idle] = [herd.connect(), herd.connect()];
  waiting.say(`${IAMAT}WHATSAT kiwi 10 5\n`);
  let isStopped = false;
  const stopped = herd.server.stop().then(() => isStopped = true);
  idle.sayEnd();
  assertEquals([idle.isClosed, waiting.isClosed], [true, false]);
  herd.clock.pass(4_999);
  await Promise.resolve();
  assertEquals([waiting.isClosed, isStopped], [false, false]);
  herd.clock.pass(1);
  await stopped;
  assertEquals([waiting.isClosed, herd.hits], [true, { drainMs: 1 }]);
});

test("a connection that cannot be accepted is counted, and told once until one can", async () => {
  const herd = await serve({});
  for (let i = 0; i < 3; i++) herd.network.failed(new Error("too many open files"));
  herd.assertServes();
  herd.network.failed(new Error("too many open files"));
  assertEquals(herd.server.counters.notAccepted, 4);
  const told = ": no connection can be accepted (too many open files): those that are open go on";
  assertEquals(herd.log.of("warn"), [told, told]);
});

test("each bound is told the first time that it is hit, and counted always", () => {
  const hits = new LimitHits();
  const told: string[] = [];
  hits.onFirst((limit, consequence) => told.push(`${limit}: ${consequence}`));
  for (let i = 0; i < 3; i++) hits.hit("idleMs");
  hits.hit("clients");
  assertEquals(told, [
    "idleMs: a session that was idle was closed",
    "clients: a report of a new client was refused, as the registry is full",
  ]);
  assertEquals(hits.nonZero, { idleMs: 3, clients: 1 });
  assertEquals(Object.keys(hits.counts), [...COUNTED_LIMITS]);
});
