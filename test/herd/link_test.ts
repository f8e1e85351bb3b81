/** A link under random and mutated handshakes, in either role: it never throws, and nothing is believed without a proof. */
import { assert, assertEquals } from "@std/assert";
import { type Challenge, renderHandshake } from "../../src/herd/handshake.ts";
import { FakeConnection, FakeServer } from "../server/fakes.ts";
import { HELLO, proofLine, rise, sayHello } from "../server/hands.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

const OTHER = "fedcba9876543210fedcba9876543210";
const PROOF = "ab".repeat(32);
const CHALLENGE: Challenge = { kind: "challenge", nonce: OTHER, run: OTHER, held: undefined, proof: PROOF };
const REPORT = "AT Hands +0.000000000 kiwi +34.068930-118.445127 1520023934.5\n";

const line = fc.oneof(
  fc.constantFrom(
    renderHandshake(HELLO),
    renderHandshake({ ...HELLO, herd: "another" }),
    renderHandshake({ ...HELLO, held: { run: OTHER, seq: 999_999_999_999_999 } }),
    renderHandshake(CHALLENGE),
    renderHandshake({ kind: "proof", proof: PROOF }),
    renderHandshake({ kind: "welcome" }),
    renderHandshake({ kind: "busy" }),
    REPORT,
    "HERD/1 MARK 5\n",
    "HERD/1 BEAT\n",
    "\n",
    "\r\n",
  ),
  fc.array(fc.nat({ max: 255 }), { maxLength: 40 }).map((bytes) => `${String.fromCharCode(...bytes)}\n`),
);
/** Lines, some of them damaged, in pieces. */
const speech = fc.tuple(
  fc.array(line, { minLength: 1, maxLength: 8 }).map((lines) => lines.join("")),
  fc.array(fc.tuple(fc.nat(), fc.nat({ max: 3 }), fc.constantFrom("", " ", "\0", "\n", "f", "\xff")), {
    maxLength: 3,
  }),
  fc.array(fc.nat(), { maxLength: 6 }),
).map(([text, damages, cuts]) => {
  const said = damages.reduce((whole, [place, taken, put]) => {
    const at = place % (whole.length + 1);
    return whole.slice(0, at) + put + whole.slice(at + taken);
  }, text);
  const places = [...new Set(cuts.map((cut) => cut % (said.length + 1)))].toSorted((a, b) => a - b);
  return [...places, said.length].map((place, i) => said.slice(places[i - 1] ?? 0, place));
});

async function assertUnbelieved(
  herd: FakeServer,
  link: FakeConnection,
  pieces: readonly string[],
): Promise<void> {
  for (const piece of pieces) {
    link.say(piece);
    if (piece.length % 2 === 0) await herd.settled();
  }
  await herd.settled();
  const { server } = herd;
  assertEquals(server.herd.neighbors.map(({ linked }) => linked), [false]);
  assertEquals(
    [server.registry.seq, server.herd.counters.reportsReceived],
    [0, 0],
    "the registry is as it was",
  );
  assertEquals(herd.log.of("error"), []);
  assert(!/^HERD\/1 (WELCOME|PROOF)/m.test(link.written), link.written);
  herd.clock.pass(10_000);
  assertEquals(link.isClosed, true, "it is given up in time");
  herd.assertServes();
}

test("link: who dialed and proves nothing is believed nothing, whatever it says and however it is split", async () => {
  await fc.assert(
    fc.asyncProperty(speech, async (pieces) => {
      const herd = await new FakeServer().start();
      const link = herd.connect();
      link.say(renderHandshake(HELLO));
      await assertUnbelieved(herd, link, pieces);
    }),
    { numRuns: 150 },
  );
});

test("link: who was dialed and proves nothing is believed nothing, whatever it says and however it is split", async () => {
  await fc.assert(
    fc.asyncProperty(speech, async (pieces) => {
      const link = new FakeConnection();
      const herd = await new FakeServer({ dial: () => Promise.resolve(link) }).start();
      await link.when(({ written }) => written.startsWith("HERD/1 HELLO "));
      await assertUnbelieved(herd, link, pieces);
    }),
    { numRuns: 150 },
  );
});

test("link: what comes right behind a proof, or with it, is taken once it is found good, and only then", async () => {
  for (const secret of ["secret", "another"]) {
    const herd = await new FakeServer().start();
    const link = herd.connect();
    link.say(await proofLine(await sayHello(link), secret) + REPORT);
    assertEquals(herd.server.registry.size, 0, "not while it is being checked");
    await link.when(({ written, isEnded }) => written.endsWith("WELCOME\n") || isEnded);
    await herd.settled();
    assertEquals(herd.server.registry.size, secret === "secret" ? 1 : 0);
  }
});

test("link: a handshake that a stop overtakes makes no link", async () => {
  const herd = await new FakeServer().start();
  const link = herd.connect();
  const proof = await proofLine(await sayHello(link));
  await herd.server.stop();
  link.say(proof);
  await link.when(({ isClosed }) => isClosed);
  assertEquals(herd.server.herd.neighbors.map(({ linked }) => linked), [false]);
});

/** A herd with a link that is up, on which `said` came behind the proof. */
async function linked(said = ""): Promise<{ herd: FakeServer; link: FakeConnection }> {
  const herd = await new FakeServer().start();
  const link = herd.connect();
  await rise(link);
  await herd.settled();
  link.say(said);
  return { herd, link };
}

test("link: a mark counts as long as all was kept that came before it, and no longer", async () => {
  const held = (herd: FakeServer) => [...herd.server.herd.held()].map(([name, { seq }]) => [name, seq]);
  const kept = await linked(`${REPORT}HERD/1 MARK 5\n`);
  assertEquals(held(kept.herd), [["Hands", 5]]);
  const stray = REPORT.replace("AT Hands", "AT Nobody");
  kept.link.say(`${stray}HERD/1 MARK 6\n${REPORT}HERD/1 MARK 7\n`);
  assertEquals(
    held(kept.herd),
    [["Hands", 5]],
    "what came from a server that is not known here was not kept",
  );
});

test("link: a stop waits for a neighbor that is slow to take what is due, and counts one that does not", async () => {
  for (const isSlow of [true, false]) {
    const { herd, link } = await linked();
    link.onWrite = (bytes) => link.unsentBytes += bytes.length;
    const client = herd.connect();
    client.say("IAMAT kiwi +34-118 1\n");
    client.sayEnd();
    const stopped = herd.server.stop();
    await herd.settled();
    assert(link.written.includes("AT Goloman "), "it was told");
    herd.clock.pass(5_000);
    assertEquals([link.isEnded, link.isClosed], [false, false]);
    if (isSlow) link.drain();
    assertEquals(link.isEnded, isSlow);
    herd.clock.pass(2_000);
    await herd.settled();
    herd.clock.pass(10_000);
    await stopped;
    assertEquals([link.isClosed, herd.hits], [true, isSlow ? {} : { drainMs: 1 }]);
  }
});
