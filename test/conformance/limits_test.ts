/** limits.md, what of it a client can see, with limits small enough to wait for; and how a server stops. */

import { assert, assertEquals } from "@std/assert";
import {
  checkAt,
  Client,
  FakePlaces,
  freshClient,
  once,
  respond,
  type RunningServer,
  startAlone,
  test,
  until,
} from "./harness.ts";
import { KEY_CANARY, plainBody } from "./places_fixture.ts";

const POSITION = "+34.068930-118.445127";

/** Its sessions may not begin a line and leave it. */
const strict = once(() => startAlone("Goloman", { limits: { begunLineMs: 500 } }));

test("a line that is begun and not ended in time ends its session, and no other", async () => {
  const server = await strict();
  const patient = await server.client();
  await patient.send("hello\n");
  assertEquals(await patient.line(), "? hello");

  const [begun, dripping] = [await server.client(), await server.client()];
  await begun.send("done\nIAMAT half-a-line");
  assertEquals(await begun.line(), "? done");
  // Drop by drop is no better: the line has begun when its first byte came.
  const drip = setInterval(() => dripping.push("x"), 50);
  try {
    await server.serves();
    await begun.dropped();
    await dripping.dropped();
  } finally {
    clearInterval(drip);
    begun.destroy();
    dripping.destroy();
  }

  await patient.send("still here\n");
  assertEquals(await patient.line(), "? still here");
  patient.destroy();
});

test("a client that never reads costs nobody else anything, and is dropped when it takes nothing", async () => {
  const server = await startAlone("Goloman", { limits: { stalledMs: 1_000 } });
  const deaf = await server.client();
  deaf.pause();
  // More than all buffers between here and there hold: in the end the server stops reading.
  const megabyte = "a line that comes back\n".repeat(45_000);
  for (let pushed = 0; pushed < 50; pushed++) deaf.push(megabyte);
  await server.turn();
  await server.serves();
  await deaf.dropped();
  deaf.destroy();
  await server.serves();
  await server.stop();
});

test("a client that reads late gets every reply, in order", async () => {
  const server = await startAlone("Goloman");
  const late = await server.client();
  late.pause();
  const lines = Array.from({ length: 400_000 }, (_, index) => `line ${index} that comes back`);
  const text = lines.map((line) => `${line}\n`).join("");
  late.push(text);
  await server.turn();
  await server.serves();
  late.resume();
  const expected = lines.map((line) => `? ${line}\n`).join("");
  late.halfClose();
  const replies = await late.rest();
  assert(replies === expected, `${replies.length} bytes came, ${expected.length} were due`);
  late.destroy();
  await server.stop();
});

test("a session that says nothing for the idle time is closed", async () => {
  const server = await startAlone("Goloman", { limits: { idleMs: 3_000 } });
  const [idle, mute] = [await server.client(), await server.client()];
  await idle.send("hello\n");
  assertEquals(await idle.line(), "? hello");
  assertEquals(await idle.rest(), "");
  assertEquals(await mute.rest(), "");
  idle.destroy();
  mute.destroy();
  await server.serves();
  await server.stop();
});

test("sessions past the limit of one address are turned away, until one of them leaves", async () => {
  const server = await startAlone("Goloman", { limits: { sessionsPerAddress: 4 } });
  const sessions = [];
  for (let index = 0; index < 4; index++) {
    const session = await server.client();
    await session.send("hello\n");
    assertEquals(await session.line(), "? hello");
    sessions.push(session);
  }
  const fifth = await server.client();
  await fifth.dropped();
  fifth.destroy();
  await sessions[0]?.send("still here\n");
  assertEquals(await sessions[0]?.line(), "? still here");
  sessions.pop()?.destroy();
  await until("a new session is served", async () => {
    const session = await server.client();
    try {
      await session.send("me now\n");
      return await session.line() === "? me now";
    } finally {
      session.destroy();
    }
  });
  for (const session of sessions) session.destroy();
  await server.stop();
});

test("a line limit that was set is the limit", async () => {
  const server = await startAlone("Goloman", { limits: { lineBytes: 100 } });
  const session = await server.client();
  await session.send(`${"a".repeat(100)}\n${"b".repeat(101)}\n`);
  assertEquals(await session.lines(2), [`? ${"a".repeat(100)}`, `? ${"b".repeat(100)}`]);
  session.destroy();
  await server.stop();
});

test("a thousand idle sessions delay no one", async () => {
  const server = await strict();
  const idle = await Promise.all(Array.from({ length: 1_000 }, () => server.client()));
  await server.serves();
  const session = idle[777];
  await session?.send("not that idle\n");
  assertEquals(await session?.line(), "? not that idle");
  for (const one of idle) one.destroy();
  await server.serves();
});

// --------------------------------------------------------------------------------------------------------- stopping

async function stoppable(drainMs: number): Promise<{ server: RunningServer; places: FakePlaces }> {
  const places = await FakePlaces.start(respond(200, plainBody([])));
  const server = await startAlone("Goloman", {
    flags: ["--places", "google", "--places-url", places.base],
    env: { GOOGLE_PLACES_API_KEY: KEY_CANARY },
    limits: { placesMs: 60_000, drainMs },
  });
  return { server, places };
}

async function refusesNewSessions(server: RunningServer): Promise<void> {
  await until("the server takes no new session", async () => {
    try {
      const session = await Client.connect(server.port, server.name);
      session.destroy();
      return false;
    } catch {
      return true;
    }
  });
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`at ${signal} a server finishes the replies that are due, closes, and ends with 0`, async () => {
    const { server, places } = await stoppable(60_000);
    const client = freshClient("due");
    const slow = places.hold(respond(200, plainBody(["just in time"])));
    const session = await server.client();
    const idle = await server.client();
    await session.send(`IAMAT ${client} ${POSITION} 1520023934.5\nWHATSAT ${client} 10 5\nnonsense\n`);
    const at = await session.line();
    checkAt(at, { origin: "Goloman", client, position: POSITION, time: "1520023934.5" });
    await slow.arrived;
    await server.turn();
    server.program.signal(signal);
    await refusesNewSessions(server);
    slow.release();
    const reply = await session.whatsat();
    assertEquals(reply.at, at);
    assert(reply.json.includes("just in time"));
    assertEquals(await session.line(), "? nonsense");
    assertEquals(await session.rest(), "");
    assertEquals(await idle.rest(), "");
    session.destroy();
    idle.destroy();
    const { code, signal: killedBy } = await server.program.end();
    assertEquals([code, killedBy], [0, null]);
  });
}

test("a second signal ends a server at once", async () => {
  const { server, places } = await stoppable(3_600_000);
  const client = freshClient("due");
  const slow = places.hold(respond(200, plainBody([])));
  const session = await server.client();
  await session.send(`IAMAT ${client} ${POSITION} 1520023934.5\nWHATSAT ${client} 10 5\n`);
  await session.line();
  await slow.arrived;
  server.program.signal("SIGTERM");
  await refusesNewSessions(server);
  server.program.signal("SIGTERM");
  assertEquals((await server.program.end()).code, 1);
  session.destroy();
});

test("a stop waits no longer than its limit for what is due", async () => {
  const { server, places } = await stoppable(300);
  const client = freshClient("due");
  const slow = places.hold(respond(200, plainBody([])));
  const session = await server.client();
  await session.send(`IAMAT ${client} ${POSITION} 1520023934.5\nWHATSAT ${client} 10 5\n`);
  await session.line();
  await slow.arrived;
  assertEquals((await server.stop()).code, 0);
  session.destroy();
});
