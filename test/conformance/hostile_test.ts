/** Rows of docs/faults.md that take a real process: hostile peers, little of what a machine has, and how a server ends. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  answerOf,
  Client,
  countOf,
  FakePlaces,
  freePort,
  freshClient,
  nowNanos,
  Relay,
  respond,
  run,
  type RunningServer,
  startAlone,
  startServer,
  tempDir,
  tempFile,
  test,
  timeText,
  topologyText,
  until,
} from "./harness.ts";
import { KEY_CANARY, plainBody } from "./places_fixture.ts";

const POSITION = "+34.068930-118.445127";
const SECRET = "hostile-canary-secret-314";
const MEGABYTE = 1_048_576;

/** Checks that what was done since `before` took no memory to speak of. */
function assertFlat(server: RunningServer, before: number | undefined, most: number): void {
  const now = server.residentBytes();
  if (before === undefined || now === undefined) return;
  const grown = Math.round((now - before) / MEGABYTE);
  assert(now - before < most, `${grown} MiB more than before`);
}

// ------------------------------------------------------------------------------------------------- hostile clients

test("hundreds of megabytes without an LF, and of garbage, take no memory to speak of", async () => {
  const server = await startAlone("Goloman", { flags: ["--log-dir", "none"] });
  const garbage = Array.from(
    { length: 64 * 1_024 },
    (_, i) => String.fromCharCode((i * i * 31 + i * 7) % 251),
  )
    .join("");
  const session = await server.client();
  await session.send(`IAMAT ${"x".repeat(MEGABYTE)}`);
  const before = server.residentBytes();
  const block = "\0".repeat(MEGABYTE);
  for (let i = 0; i < 200; i++) await session.send(block);
  await session.send("\n");
  assertEquals((await session.line()).length, 4_098);
  // What is answered must be read, or else the server stops reading.
  for (let i = 0; i < 200; i++) {
    await session.send(`${garbage}\n`);
    await session.bytes(1);
    while (session.unread.length > 0) await session.bytes(session.unread.length);
  }
  assertFlat(server, before, 128 * MEGABYTE);
  session.destroy();
  await server.serves();
  await server.stop();
});

test("ten thousand idle sessions, some with a begun line, delay no one; one more is turned away", async () => {
  const server = await startAlone("Goloman", { limits: { begunLineMs: 2_000 } });
  const idle: Client[] = [];
  while (idle.length < 9_990) {
    const some = Math.min(90, 9_990 - idle.length);
    idle.push(...await Promise.all(Array.from({ length: some }, () => server.client())));
  }
  for (const session of idle.slice(0, 500)) session.push("IAMAT half");
  await server.serves();
  await Promise.all(idle.slice(0, 500).map((session) => session.dropped()));
  await server.serves();
  await idle[5_000]?.send("not that idle\n");
  assertEquals(await idle[5_000]?.line(), "? not that idle");

  // 500 of the first have gone, so 510 of these are served: or some fewer, where others are only just leaving.
  const more = await Promise.all(Array.from({ length: 600 }, () => server.client()));
  const served = await Promise.all(more.map((session) => {
    session.push("anyone?\n");
    return session.line().then(() => true, () => false);
  }));
  const turnedAway = served.filter((yes) => !yes).length;
  assert(turnedAway >= 90 && turnedAway <= 100, `${turnedAway} of 600 were turned away`);
  for (const session of [...idle, ...more]) session.destroy();
  await until("the others have left", async () => {
    await server.serves();
    return true;
  });
  assertEquals((await server.stop()).code, 0);
  const { limitsHit } = server.counters();
  assertEquals(limitsHit["begunLineMs"], 500);
  const hit = (limitsHit["sessions"] ?? 0) + (limitsHit["sessionsPerAddress"] ?? 0);
  assert(hit >= turnedAway, JSON.stringify(limitsHit));
});

test("where file descriptors run out, open sessions go on, and others are served once some are free", async () => {
  const server = await startAlone("Goloman", { openFiles: 64 });
  const sessions = await Promise.all(Array.from({ length: 8 }, () => server.client()));
  for (const session of sessions) {
    await session.send("hello\n");
    assertEquals(await session.line(), "? hello");
  }
  const crowd = await Promise.all(Array.from({ length: 120 }, () => server.client()));
  await server.logged("a word about it", (line) => line.includes("no connection can be accepted"));
  for (const session of sessions) {
    const client = freshClient("open");
    await session.send(`IAMAT ${client} ${POSITION} 1520023934.5\n`);
    assertMatch(await session.line(), /^AT Goloman /);
  }
  for (const session of crowd) session.destroy();
  await until("a new session is served", async () => {
    await server.serves();
    return true;
  });
  await sessions[0]?.send("still here\n");
  assertEquals(await sessions[0]?.line(), "? still here");
  for (const session of sessions) session.destroy();
  assertEquals((await server.stop()).code, 0);
  assert(server.counters().notAccepted > 0);
});

// -------------------------------------------------------------------------------------------------- slow neighbors

test("a neighbor that does not read costs no memory, and then gets the newest report of each client", async () => {
  const betaPort = await freePort();
  const relay = await Relay.start(betaPort);
  const names = ["Alpha", "Beta"] as const;
  const seenBy = (alpha: number, beta: number) =>
    tempFile("topology.json", topologyText(new Map([["Alpha", alpha], ["Beta", beta]]), [names]));
  const limits = { heartbeatMs: 60_000 };
  const flags = ["--log-dir", "none"];
  const alpha = await startServer("Alpha", {
    topology: await seenBy(await freePort(), relay.port),
    limits,
    flags: [...flags, "--log-level", "debug"],
  });
  const beta = await startServer("Beta", {
    topology: await seenBy(await freePort(), betaPort),
    limits,
    flags,
  });
  const first = freshClient("slow");
  const at = await alpha.report(first, POSITION, timeText(nowNanos()));
  await until("Beta has it", async () => await beta.held(first) === at);

  relay.hold();
  // Long ones, so that the buffers between here and there hold little of it all.
  const clients = Array.from({ length: 40 }, () => freshClient(`slow-${"x".repeat(2_000)}`));
  const session = await alpha.client();
  const rounds = 500;
  let before: number | undefined;
  for (let round = 0; round < rounds; round++) {
    if (round === rounds / 2) before = alpha.residentBytes();
    await session.send(
      clients.map((client) => `IAMAT ${client} ${POSITION} ${1_520_000_000 + round}\n`).join(""),
    );
    await session.lines(clients.length);
  }
  assertFlat(alpha, before, 64 * MEGABYTE);
  await alpha.serves();
  relay.release();
  for (const client of clients) {
    await until(
      `Beta has the newest of ${client}`,
      async () => (await beta.held(client))?.endsWith(` ${1_520_000_000 + rounds - 1}`),
    );
  }
  const lines = countOf(relay.saidByDialer() + relay.saidByTarget(), "AT Alpha ");
  assert(
    lines < rounds * clients.length / 2,
    `${lines} lines crossed for ${rounds * clients.length} reports`,
  );
  session.destroy();
  assertEquals([(await alpha.stop()).code, (await beta.stop()).code], [0, 0]);
  // With no log file the counters are on the console of who asks for all that is told.
  assertMatch(alpha.program.stdout + alpha.program.stderr, /counters \{.*"linkUnsentBytes":[1-9]/);
});

test("a server that stops lets its neighbors have what it has acknowledged, also one that is slow", async () => {
  const betaPort = await freePort();
  const relay = await Relay.start(betaPort);
  const names = ["Alpha", "Beta"] as const;
  const seenBy = (alpha: number, beta: number) =>
    tempFile("topology.json", topologyText(new Map([["Alpha", alpha], ["Beta", beta]]), [names]));
  const alpha = await startServer("Alpha", {
    topology: await seenBy(await freePort(), relay.port),
    flags: ["--log-dir", "none"],
    limits: { drainMs: 60_000 },
  });
  const beta = await startServer("Beta", {
    topology: await seenBy(await freePort(), betaPort),
    flags: ["--log-dir", "none"],
  });
  const first = freshClient("left");
  const at = await alpha.report(first, POSITION, timeText(nowNanos()));
  await until("Beta has it", async () => await beta.held(first) === at);

  relay.hold();
  // More than the buffers between here and there hold.
  const clients = Array.from({ length: 12_000 }, (_, i) => `left-${i}-${"x".repeat(3_000)}`);
  const session = await alpha.client();
  session.push(clients.map((client) => `IAMAT ${client} ${POSITION} 1520023934.5\n`).join(""));
  const replies = await session.lines(clients.length);
  alpha.program.signal("SIGTERM");
  await until("the signal has come", () => alpha.program.stdout.includes("stopping"));
  relay.release();
  assertEquals((await alpha.program.end()).code, 0);
  await until("Beta has the last", async () => await beta.held(clients.at(-1) ?? "") !== undefined);
  for (const [i, client] of clients.entries()) {
    if (i % 500 > 0) continue;
    assertEquals(await beta.held(client), replies[i]);
  }
  session.destroy();
  await beta.stop();
});

test("a hello of another herd, in an unknown name, or to another server is an invalid command, and is logged", async () => {
  const ports = new Map([["Goloman", await freePort()], ["Hands", await freePort()], [
    "Welsh",
    await freePort(),
  ]]);
  const topology = await tempFile("topology.json", topologyText(ports, [["Goloman", "Hands"]]));
  const server = await startServer("Goloman", { topology, env: { HERD_SECRET: SECRET } });
  const nonce = "0123456789abcdef0123456789abcdef";
  const client = freshClient("believed");
  const wrong = ["other Hands Goloman", "herd Welsh Goloman", "herd Nobody Goloman", "herd Goloman Goloman"];
  for (const names of [...wrong, "herd Hands Welsh", "herd Hands Nobody"]) {
    const session = await server.client();
    const hello = `HERD/1 HELLO ${names} ${nonce} ${nonce} - 0`;
    const at = `AT Hands +0.000000000 ${client} ${POSITION} 1520023934.5`;
    await session.send(`${hello}\n${at}\nstill a session\n`);
    assertEquals(await session.lines(3), [`? ${hello}`, `? ${at}`, "? still a session"]);
    await server.logged(
      "a word about it",
      (line) => line.includes(session.address) && line.includes("refused a hello"),
    );
    session.destroy();
  }
  assertEquals(await server.held(client), undefined);
  await server.stop();
});

// --------------------------------------------------------------------------------------------------------- storms

test("in a storm of WHATSATs no more are under way than the limit, each is answered, and IAMATs are served", async () => {
  const places = await FakePlaces.start(respond(200, plainBody(["Powell Library"])));
  const server = await startAlone("Goloman", {
    flags: ["--places", "google", "--places-url", places.base],
    env: { GOOGLE_PLACES_API_KEY: KEY_CANARY },
    limits: { searches: 4, searchesPerSession: 2, placesMs: 60_000 },
  });
  let underWay = 0;
  let most = 0;
  let isHeld = true;
  const waiting: (() => void)[] = [];
  places.otherwise = (socket, request) => {
    most = Math.max(most, ++underWay);
    const answer = () => {
      underWay--;
      respond(200, plainBody(["Powell Library"]))(socket, request);
    };
    if (isHeld) waiting.push(answer);
    else answer();
  };
  const sessions = await Promise.all(Array.from({ length: 40 }, () => server.client()));
  for (const [i, session] of sessions.entries()) {
    // Each at a place of its own, since equal searches are one.
    const asked = [0, 1, 2].map((j) => {
      const client = freshClient("storm");
      return `IAMAT ${client} +34.${1_000 + 3 * i + j}-118.4 1520023934.5\nWHATSAT ${client} 10 5\n`;
    });
    await session.send(asked.join(""));
  }
  await until("as many are under way as may be", () => underWay === 4);
  await server.serves();
  sessions.pop()?.destroy();
  isHeld = false;
  for (const answer of waiting.splice(0)) answer();
  for (const session of sessions) {
    for (let j = 0; j < 3; j++) {
      assertMatch(await session.line(), /^AT Goloman /);
      assertEquals(answerOf(await session.whatsat()).status, "OK");
    }
    session.destroy();
  }
  assertEquals(most, 4);
  assertEquals((await server.stop()).code, 0);
  const { limitsHit } = server.counters();
  assert(
    (limitsHit["searches"] ?? 0) > 0 && (limitsHit["searchesPerSession"] ?? 0) > 0,
    JSON.stringify(limitsHit),
  );
});

// -------------------------------------------------------------------------------------------------------- secrets

/** The command lines of all processes, as `ps` shows them. */
function commandLines(): string[] {
  if (!existsSync("/proc/self/cmdline")) return [];
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map((pid) => {
    try {
      return readFileSync(join("/proc", pid, "cmdline"), "latin1").replaceAll("\0", " ");
    } catch {
      return ""; // It has ended.
    }
  });
}

test("no key and no secret stands in any command line, nor in what is printed about a mistake", async () => {
  const secretFile = await tempFile("secret", `${SECRET}\n`);
  const server = await startAlone("Goloman", {
    flags: ["--secret-file", secretFile, "--places", "google", "--places-url", "http://127.0.0.1:1"],
    env: { GOOGLE_PLACES_API_KEY: KEY_CANARY },
  });
  const client = freshClient("canary");
  const session = await server.client();
  await session.send(`IAMAT ${client} ${POSITION} 1520023934.5\nWHATSAT ${client} 10 5\n`);
  await session.line();
  const { json } = await session.whatsat();
  assert(json.includes("error_message"));
  session.destroy();
  const shown = commandLines();
  if (shown.length > 0) assert(shown.some((line) => line.includes(secretFile)), "the server is among them");
  assertEquals((await server.stop()).code, 0);

  const wrong = await run(
    ["serve", "Goloman", "--places-url", `http://127.0.0.1/?key=${KEY_CANARY}`, "--secret-file", secretFile],
    { env: { GOOGLE_PLACES_API_KEY: KEY_CANARY } },
  );
  assertEquals(wrong.code, 2);
  const all = [...shown, json, server.allLogs(), server.program.stdout, server.program.stderr, wrong.stderr];
  for (const canary of [KEY_CANARY, SECRET]) {
    for (const text of all) assert(!text.includes(canary), `${canary} stands in it`);
  }
});

// ----------------------------------------------------------------------------------------------------- how it ends

/** A module that makes something fail in the running program once there is a file `go`, which nobody expects or catches. */
// Deno would wait for a timer of the module itself before it begins with the program.
async function planted(body: string, go: string): Promise<string> {
  const text = `import { existsSync } from "node:fs";
const error = () => new Error("planted ${KEY_CANARY}", { cause: new Error("the root of it") });
const every = globalThis.setInterval;
globalThis.setInterval = (fn, ms, ...rest) => {
  globalThis.setInterval = every;
  const looking = every(() => {
    if (!existsSync(${JSON.stringify(go)})) return;
    clearInterval(looking);
    ${body}
  }, 20);
  return every(fn, ms, ...rest);
};
`;
  return pathToFileURL(await tempFile("planted.mjs", text)).href;
}

for (
  const [what, body] of [["thrown", "throw error();"], ["rejected", "Promise.reject(error());"]] as const
) {
  test(`an error that nobody caught, ${what}, is logged with its stack and cause, without keys, and ends in 1`, async () => {
    const go = join(await tempDir(), "go");
    const server = await startAlone("Goloman", {
      preload: await planted(body, go),
      env: { GOOGLE_PLACES_API_KEY: KEY_CANARY },
    });
    writeFileSync(go, "");
    const { code, stdout, stderr } = await server.program.end();
    assertEquals(code, 1);
    const line = server.log().split("\n").find((text) => text.includes("an error that nobody caught")) ?? "";
    for (const text of [line, stdout + stderr]) {
      assertMatch(text, /an error that nobody caught: Error: planted \*\*\*/);
      assertMatch(text, /planted\.mjs/, "with its stack");
      assertMatch(text, /caused by .*Error: the root of it/);
      assert(!text.includes(KEY_CANARY), "without the key that it quotes");
    }
  });
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`at ${signal} under load each session gets whole replies, in order, of all that was taken`, async () => {
    const server = await startAlone("Goloman");
    const sessions = await Promise.all(Array.from({ length: 20 }, () => server.client()));
    const clients = sessions.map(() => freshClient("load"));
    let isOver = false;
    const speaking = sessions.map(async (session, i) => {
      for (let n = 0; !isOver && !session.ended; n++) {
        session.push(`IAMAT ${clients[i]} ${POSITION} ${1_520_000_000 + n}\n`);
        if (n % 50 === 49) await new Promise((resolve) => setTimeout(resolve));
      }
    });
    await until("each is served", () => sessions.every(({ unread }) => unread.length > 10_000));
    server.program.signal(signal);
    const { code } = await server.program.end();
    isOver = true;
    await Promise.all(speaking);
    assertEquals(code, 0);
    let replies = 0;
    for (const [i, session] of sessions.entries()) {
      await session.dropped();
      const lines = session.unread.split("\n");
      assertEquals(lines.pop(), "", "the last reply is whole");
      lines.forEach((line, n) => {
        if (!line.endsWith(` ${clients[i]} ${POSITION} ${1_520_000_000 + n}`)) {
          throw new Error(`${n}: ${line}`);
        }
      });
      replies += lines.length;
      session.destroy();
    }
    const { reports, repeated, invalid } = server.counters();
    assertEquals([replies, repeated, invalid], [reports, 0, 0], "each that was taken was answered");
    assertEquals(countOf(server.allLogs(), " > AT Goloman "), replies, "and stands in the log");
  });
}

/** A server that owes a client the places near it, which do not come. */
async function oweAnAnswer(env: Readonly<Record<string, string>> = {}) {
  const places = await FakePlaces.start(respond(200, plainBody([])));
  const server = await startAlone("Goloman", {
    flags: ["--places", "google", "--places-url", places.base],
    env: { GOOGLE_PLACES_API_KEY: KEY_CANARY, ...env },
    limits: { placesMs: 3_600_000, drainMs: 3_600_000 },
  });
  const client = freshClient("due");
  const slow = places.hold(respond(200, plainBody([])));
  const session = await server.client();
  await session.send(`IAMAT ${client} ${POSITION} 1520023934.5\nWHATSAT ${client} 10 5\n`);
  await session.line();
  await slow.arrived;
  return { server, session, client, slow };
}

test("a second signal ends a server with 1, at once, and its log says so", async () => {
  const { server, session } = await oweAnAnswer();
  server.program.signal("SIGTERM");
  await server.logged("the first signal", (line) => line.includes("stopping"));
  server.program.signal("SIGINT");
  assertEquals((await server.program.end()).code, 1);
  assertMatch(server.log(), /stopped at once by a second signal/);
  session.destroy();
});

test("Ctrl-C, which its starter tells a server of once more, is one signal", async () => {
  const { server, session, client, slow } = await oweAnAnswer({ HERD_STARTER: "herd" });
  server.program.signal("SIGINT");
  await server.logged("the first signal", (line) => line.includes("stopping"));
  server.program.signal("SIGTERM");
  slow.release();
  const { at } = await session.whatsat();
  assertMatch(at, new RegExp(`^AT Goloman .* ${client} `));
  session.destroy();
  assertEquals((await server.program.end()).code, 0);
});

test("a limit that makes no sense is one line that names it, exit code 2, before listening", async () => {
  const dir = await tempDir();
  const port = await freePort();
  const topology = await tempFile("topology.json", topologyText(new Map([["Goloman", port]]), []));
  for (
    const [given, told] of [
      [["lineBytes=0.5"], /lineBytes=0\.5: lineBytes is a whole number from 1 /],
      [["searches=0"], /searches=0: searches is a whole number from 1 /],
      [["heartbeatMs=0"], /heartbeatMs=0: heartbeatMs is a whole number from 1 /],
      [["drainMs=99999999999"], /drainMs is a whole number from 0 to 2,147,483,647/],
      [["lineBytes=5000", "peerLineBytes=5000"], /peerLineBytes=5000 is too small: .* 5128 at least/],
    ] as const
  ) {
    const limits = given.flatMap((item) => ["--limit", item]);
    const { code, stdout, stderr } = await run(
      ["serve", "Goloman", "--topology", topology, "--log-dir", dir, ...limits],
    );
    assertEquals([code, stdout], [2, ""]);
    assertMatch(stderr, told);
    assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
  }
});
