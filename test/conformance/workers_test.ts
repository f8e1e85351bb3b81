/** `serve --workers`: several threads that are one server to its clients and to its neighbors. */
import { assert, assertEquals } from "@std/assert";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Client,
  converse,
  freePort,
  freshClient,
  nowNanos,
  once,
  type RunningServer,
  startAlone,
  startHerd,
  startServer,
  tempFile,
  test,
  timeText,
  topologyText,
  until,
} from "./harness.ts";

const POSITION = "+34.068930-118.445127";
const WORKERS = { flags: ["--workers", "3"] };

const alone = once(() => startAlone("Goloman", WORKERS));

/** So many sessions that each worker is all but sure to have some: the system deals them out. */
async function sessions(server: RunningServer, count = 48): Promise<Client[]> {
  return await Promise.all(Array.from({ length: count }, () => server.client()));
}

function iamat(client: string): string {
  return `IAMAT ${client} ${POSITION} ${timeText(nowNanos())}\n`;
}

test("workers: the server says how many there are, and each has sessions and a log file", async () => {
  const server = await alone();
  assert(server.program.stdout.includes(`listens on 127.0.0.1:${server.port} with 3 workers\n`));
  const open = await sessions(server);
  for (const session of open) {
    await session.send("hello?\n");
    assertEquals(await session.line(), "? hello?");
    session.destroy();
  }
  const files = ["Goloman-2.log", "Goloman-3.log", "Goloman.log"];
  assertEquals(readdirSync(server.logDir).sort(), files);
  for (const file of files) {
    await until(
      `sessions in ${file}`,
      () => readFileSync(join(server.logDir, file), "latin1").includes("session opened"),
    );
  }
});

test("workers: a report is seen on its own session at once, and on every other a moment later", async () => {
  const server = await alone();
  const open = await sessions(server);
  const clients = open.map(() => freshClient("worker"));
  const lines = await Promise.all(open.map(async (session, i) => {
    await session.send(`${iamat(clients[i]!)}WHATSAT ${clients[i]} 0 0\n`);
    const [said, seen] = [await session.line(), (await session.whatsat()).at];
    assert(said.startsWith("AT Goloman "), said);
    assertEquals(seen, said);
    return said;
  }));
  for (const session of open) {
    for (const [i, client] of clients.entries()) {
      await until(`${client} on every session`, async () => {
        await session.send(`WHATSAT ${client} 0 0\n`);
        const line = await session.line();
        if (line.startsWith("? ")) return false;
        while ((await session.line()) !== "") { /* the JSON, up to the empty line */ }
        return line === lines[i];
      });
    }
    session.destroy();
  }
});

test("workers: of one client's reports to different workers the latest time stays everywhere", async () => {
  const server = await alone();
  const client = freshClient("moves");
  const open = await sessions(server, 12);
  const now = nowNanos();
  const replies = await Promise.all(open.map(async (session, i) => {
    await session.send(`IAMAT ${client} ${POSITION} ${timeText(now + BigInt((i * 5) % 12))}\n`);
    return await session.line();
  }));
  const latest = replies[open.findIndex((_, i) => (i * 5) % 12 === 11)];
  for (const session of open) session.destroy();
  for (let i = 0; i < 24; i++) {
    await until("the latest on every worker", async () => await server.held(client) === latest);
  }
});

test("workers: neighbors link with them as with one server, whichever worker they reach", async () => {
  const names = ["Goloman", "Hands", "Welsh"];
  const links = [["Goloman", "Hands"], ["Hands", "Welsh"], ["Goloman", "Welsh"]] as const;
  const herd = await startHerd(names, links, WORKERS);
  for (let round = 0; round < 3; round++) {
    for (const name of names) {
      const client = freshClient("herd");
      const at = await herd.server(name).report(client, POSITION, timeText(nowNanos()));
      // Each look is a new session, and so often another worker's.
      for (let look = 0; look < 4; look++) await herd.agreed(client, at);
    }
  }
  await herd.kill("Hands");
  const client = freshClient("missed");
  const at = await herd.server("Goloman").report(client, POSITION, timeText(nowNanos()));
  await herd.agreed(client, at);
  await herd.start("Hands");
  for (let look = 0; look < 4; look++) await herd.agreed(client, at);
  assertEquals(await herd.stopAll(), [0, 0, 0]);
});

test("workers: a stop sends every reply that is due, and ends with exit code 0", async () => {
  const server = await startAlone("Goloman", WORKERS);
  const open = await sessions(server, 24);
  const clients = open.map(() => freshClient("due"));
  for (const [i, session] of open.entries()) await session.send(iamat(clients[i]!).repeat(200));
  for (const session of open) await session.line();
  const finished = server.stop();
  for (const [i, session] of open.entries()) {
    const rest = await session.rest();
    assertEquals(rest.split("\n").filter((line) => line.includes(` ${clients[i]} `)).length, 199);
  }
  assertEquals((await finished).code, 0);
});

test("workers: a port that other workers share already is in use", async () => {
  const port = await freePort();
  const topology = await tempFile("topology.json", topologyText(new Map([["Goloman", port]]), []));
  const server = await startServer("Goloman", { topology, ...WORKERS });
  const second = await startServer("Goloman", { topology, ...WORKERS }).then(() => undefined, String);
  assert(second?.includes(`127.0.0.1:${port}, where Goloman listens, is in use already`), second);
  assertEquals(await converse(server, "still there?\n"), "? still there?\n");
  await server.stop();
});
