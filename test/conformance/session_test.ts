/** protocol.md, "Lines": replies in the order of the requests, whatever waits for the network, and whole. */

import { assert, assertEquals } from "@std/assert";
import {
  type Answer,
  answerOf,
  checkAt,
  type Client,
  FakePlaces,
  freshClient,
  nowNanos,
  once,
  respond,
  type RunningServer,
  startAlone,
  test,
  timeText,
  until,
} from "./harness.ts";
import { KEY_CANARY, plainBody } from "./places_fixture.ts";

interface Scene {
  readonly server: RunningServer;
  readonly places: FakePlaces;
}

/** Every test asks about places of its own, so that no search is shared between them. */
const theScene = once(async (): Promise<Scene> => {
  const places = await FakePlaces.start(respond(200, plainBody(["Powell Library"])));
  const server = await startAlone("Goloman", {
    flags: ["--places", "google", "--places-url", places.base],
    env: { GOOGLE_PLACES_API_KEY: KEY_CANARY },
    limits: { placesMs: 60_000, drainMs: 60_000 },
  });
  return { server, places };
});

let latitude = 0;

/** A position where no other test of this file is. */
function freshPosition(): string {
  return `+${(++latitude / 100 + 10).toFixed(2)}-118.445127`;
}

test("replies leave in the order of the requests, also with a slow WHATSAT ahead of IAMATs", async () => {
  const { server, places } = await theScene();
  const [one, two] = [freshClient("order"), freshClient("order")];
  const position = freshPosition();
  const slow = places.hold(respond(200, plainBody(["The slow place"])));
  const session = await server.client();
  await session.send(
    `IAMAT ${one} ${position} 1520023934.5\nWHATSAT ${one} 10 5\nIAMAT ${two} +1+1 1520023935.5\n` +
      `nonsense\nWHATSAT ${two} 0 1\nIAMAT ${one} +2+2 1520023936.5\n`,
  );
  const first = await session.line();
  checkAt(first, { origin: "Goloman", client: one, position, time: "1520023934.5" });
  await slow.arrived;
  await server.turn();
  assertEquals(session.unread, "", "nothing overtakes the WHATSAT");
  slow.release();
  const whatsat = await session.whatsat();
  assertEquals(whatsat.at, first);
  assert(whatsat.json.includes("The slow place"), whatsat.json);
  const second = await session.line();
  checkAt(second, { origin: "Goloman", client: two, position: "+1+1", time: "1520023935.5" });
  assertEquals(await session.line(), "? nonsense");
  assertEquals((await session.whatsat()).at, second);
  checkAt(await session.line(), { origin: "Goloman", client: one, position: "+2+2", time: "1520023936.5" });
  session.destroy();
});

test("searches that end in another order than they were asked are answered in the order asked", async () => {
  const { server, places } = await theScene();
  const clients = [freshClient("turned"), freshClient("turned"), freshClient("turned")];
  const session = await server.client();
  for (const client of clients) await session.send(`IAMAT ${client} ${freshPosition()} 1520023934.5\n`);
  const ats = await session.lines(clients.length);
  const held = clients.map((_, index) => places.hold(respond(200, plainBody([`place ${index}`]))));
  for (const [index, client] of clients.entries()) {
    await session.send(`WHATSAT ${client} 10 5\n`);
    await held[index]?.arrived;
  }
  for (const one of held.toReversed()) {
    one.release();
    await server.turn();
  }
  for (const at of ats) {
    const reply = await session.whatsat();
    assertEquals(reply.at, at);
    assert(reply.json.includes(`place ${ats.indexOf(at)}`), reply.json);
  }
  session.destroy();
});

test("a WHATSAT sees every IAMAT before it on its session, in one write with it and behind a slow one", async () => {
  const { server, places } = await theScene();
  const client = freshClient("sees");
  const slow = places.hold(respond(200, plainBody([])));
  const session = await server.client();
  const position = freshPosition();
  await session.send(
    `IAMAT ${client} ${position} 1520023934.5\nWHATSAT ${client} 0 0\nWHATSAT ${client} 10 5\n` +
      `IAMAT ${client} +2+2 1520023935.5\nWHATSAT ${client} 0 0\n`,
  );
  await slow.arrived;
  slow.release();
  const first = await session.line();
  assertEquals((await session.whatsat()).at, first);
  await session.whatsat();
  const second = await session.line();
  checkAt(second, { origin: "Goloman", client, position: "+2+2", time: "1520023935.5" });
  assertEquals((await session.whatsat()).at, second);
  session.destroy();
});

test("a slow WHATSAT delays no other session", async () => {
  const { server, places } = await theScene();
  const client = freshClient("slow");
  const slow = places.hold(respond(200, plainBody(["at last"])));
  const waiting = await server.client();
  await waiting.send(`IAMAT ${client} ${freshPosition()} 1520023934.5\nWHATSAT ${client} 10 5\n`);
  const at = await waiting.line();
  await slow.arrived;

  const other = await server.client();
  const another = freshClient("quick");
  const position = freshPosition();
  await other.send(`IAMAT ${another} ${position} 1520023934.5\nWHATSAT ${another} 10 5\nnonsense\n`);
  const line = await other.line();
  checkAt(line, { origin: "Goloman", client: another, position, time: "1520023934.5" });
  assertEquals((await other.whatsat()).at, line);
  assertEquals(await other.line(), "? nonsense");
  assertEquals(waiting.unread, "");

  slow.release();
  const reply = await waiting.whatsat();
  assertEquals(reply.at, at);
  assert(reply.json.includes("at last"));
  waiting.destroy();
  other.destroy();
});

test("after a half-close every due reply still comes, slow ones too, and only then the close", async () => {
  const { server, places } = await theScene();
  const client = freshClient("half");
  const slow = places.hold(respond(200, plainBody(["worth the wait"])));
  const session = await server.client();
  await session.send(
    `IAMAT ${client} ${freshPosition()} 1520023934.5\nWHATSAT ${client} 10 5\nnonsense\nIAMAT ${client} +3+3 1520023935`,
  );
  session.halfClose();
  const at = await session.line();
  await slow.arrived;
  await server.turn();
  assert(!session.ended, "the server closed before it had replied");
  assertEquals(session.unread, "");
  slow.release();
  const reply = await session.whatsat();
  assertEquals(reply.at, at);
  assert(reply.json.includes("worth the wait"));
  assertEquals(await session.line(), "? nonsense");
  checkAt(await session.line(), { origin: "Goloman", client, position: "+3+3", time: "1520023935" });
  assertEquals(await session.rest(), "");
  session.destroy();
});

test("a reply leaves in one write, a whole WHATSAT reply too", async () => {
  const { server, places } = await theScene();
  const session = await server.client();
  for (let round = 0; round < 10; round++) {
    const client = freshClient("once");
    await session.send(`IAMAT ${client} ${freshPosition()} 1520023934.5\n`);
    await session.line();
    places.next(respond(200, plainBody(Array.from({ length: 20 }, (_, i) => `place ${i}`))));
    session.reads.length = 0;
    await session.send(`WHATSAT ${client} 10 20\n`);
    const reply = await session.whatsat();
    assertEquals(answerOf(reply).results.length, 20);
    // Few enough bytes for the socket to take at once; two writes would mostly be two reads.
    assertEquals(session.reads, [`${reply.at}\n${reply.json}\n\n`]);
  }
  session.destroy();
});

test("no more searches of one session are under way than the limit; the others wait and come in order", async () => {
  const { server, places } = await theScene();
  const session = await server.client();
  const asked = Array.from(
    { length: 20 },
    () => ({ client: freshClient("storm"), position: freshPosition() }),
  );
  await session.send(
    asked.map(({ client, position }) => `IAMAT ${client} ${position} 1520023934.5\n`).join(""),
  );
  const ats = await session.lines(asked.length);
  // Each answer names the place that was asked about: the searches may arrive in any order.
  const named: Answer = (socket, request) => {
    const location = new URL(request.target, places.base).searchParams.get("location") ?? "";
    respond(200, plainBody([`at ${location}`]))(socket, request);
  };
  const held = asked.map(() => places.hold(named));
  await session.send(asked.map(({ client }) => `WHATSAT ${client} 10 5\n`).join(""));
  await Promise.all(held.slice(0, 8).map(({ arrived }) => arrived));
  for (const one of held) {
    await one.arrived;
    one.release();
  }
  for (const [index, { position }] of asked.entries()) {
    const reply = await session.whatsat();
    assertEquals(reply.at, ats[index]);
    assert(reply.json.includes(`at ${position.slice(1, 5)}`), `${position} was answered ${reply.json}`);
  }
  assertEquals(places.mostHeld, 8, "searches under way at a time");
  session.destroy();
});

test("the same search asked by two sessions at a time is made once", async () => {
  const { server, places } = await theScene();
  const client = freshClient("shared");
  const at = await server.report(client, freshPosition(), "1520023934.5");
  const slow = places.hold(respond(200, plainBody(["shared place"])));
  const [one, two] = [await server.client(), await server.client()];
  await one.send(`WHATSAT ${client} 10 5\n`);
  await slow.arrived;
  const before = places.requests.length;
  await two.send(`WHATSAT ${client} 10 5\n`);
  await server.turn();
  slow.release();
  for (const session of [one, two]) {
    const reply = await session.whatsat();
    assertEquals(reply.at, at);
    assert(reply.json.includes("shared place"));
    session.destroy();
  }
  assertEquals(places.requests.length, before);
});

test("when the client leaves, its search is given up", async () => {
  const { server, places } = await theScene();
  const client = freshClient("leaves");
  await server.report(client, freshPosition(), "1520023934.5");
  const slow = places.hold(respond(200, plainBody([])));
  const session = await server.client();
  await session.send(`WHATSAT ${client} 10 5\n`);
  const request = await slow.arrived;
  // A close alone looks like a half-close, after which replies are due; a reset does not.
  session.reset();
  await until("the request to the service is aborted", () => request.closed);
});

test("a client that resets its connection or leaves with replies due harms nobody", async () => {
  const { server } = await theScene();
  const client = freshClient("gone");
  for (let round = 0; round < 20; round++) {
    const session = await server.client();
    await session.send(`IAMAT ${client} +1+1 ${timeText(nowNanos())}\nnonsense\n`.repeat(50));
    if (round % 2 === 0) session.destroy();
    else session.reset();
  }
  const last = await server.report(client, "+2+2", timeText(nowNanos() + 1_000_000_000n));
  assertEquals(await server.held(client), last);
});

/** Sends IAMATs one after the other, each when the reply to the one before has come, as long as `goOn` of their number. */
async function pingPong(
  server: RunningServer,
  session: Client,
  goOn: (done: number) => boolean,
): Promise<void> {
  const client = freshClient("busy");
  for (let done = 0; goOn(done); done++) {
    const report = { origin: server.name, client, position: "+1.5-1.5", time: String(1_520_023_934 + done) };
    session.push(`IAMAT ${client} ${report.position} ${report.time}\n`);
    checkAt(await session.line(), report);
  }
}

/** Sessions, of which each is busy until all of them have had `replies` replies: whoever is passed over stops it all. */
async function keepBusy(server: RunningServer, sessions: readonly Client[], replies: number): Promise<void> {
  let waiting = sessions.length;
  await Promise.all(sessions.map((session) =>
    pingPong(server, session, (done) => {
      if (done === replies) waiting--;
      return done < replies || waiting > 0;
    })
  ));
}

async function openSessions(server: RunningServer, count: number): Promise<readonly Client[]> {
  const sessions = await Promise.all(Array.from({ length: count }, () => server.client()));
  await server.turn();
  return sessions;
}

function leave(sessions: readonly Client[]): void {
  for (const session of sessions) {
    assertEquals(session.unread, "");
    session.destroy();
  }
}

test("however many sessions are busy, each has its turn, and again when all others are still", async () => {
  const { server } = await theScene();
  const sessions = await openSessions(server, 150);
  await keepBusy(server, sessions, 20);
  for (const session of sessions.toReversed()) await pingPong(server, session, (done) => done < 2);
  leave(sessions);
});

test("a session that sends all it has keeps no other from its turn, nor they it", async () => {
  const { server } = await theScene();
  const sessions = await openSessions(server, 120);
  const piping = await server.client();
  const client = freshClient("pipes");
  const reports = Array.from({ length: 5_000 }, (_, i) => ({
    origin: server.name,
    client,
    position: "+1.5-1.5",
    time: String(1_520_023_934 + i),
  }));
  piping.push(reports.map(({ position, time }) => `IAMAT ${client} ${position} ${time}\n`).join(""));
  const [lines] = await Promise.all([piping.lines(reports.length), keepBusy(server, sessions, 20)]);
  for (const [i, report] of reports.entries()) checkAt(lines[i] ?? "", report);
  leave([piping, ...sessions]);
});
