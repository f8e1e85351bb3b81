/** What operators ask of real servers: metrics of all threads, health and readiness. */
import { assert, assertEquals } from "@std/assert";
import { spawnSync } from "node:child_process";
import { readExposition } from "../gateway/exposition.ts";
import {
  FakePlaces,
  freePort,
  freshClient,
  nowNanos,
  once,
  respond,
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

const POSITION = "+34.068930-118.445127";

/** A server with its HTTP door. */
interface Served {
  readonly server: RunningServer;
  readonly base: string;
}

async function serve(
  flags: readonly string[] = [],
  start: (flags: readonly string[]) => Promise<RunningServer> = (all) =>
    startAlone("Goloman", { flags: all }),
): Promise<Served> {
  const port = await freePort();
  return { server: await start([...flags, "--http", `127.0.0.1:${port}`]), base: `http://127.0.0.1:${port}` };
}

async function metrics({ base }: Served): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`${base}/metrics`);
  const text = await response.text();
  assertEquals(response.status, 200, text);
  return readExposition(text).values;
}

/** The status, and the text. */
async function get(url: string): Promise<readonly [number, string]> {
  const response = await fetch(url);
  return [response.status, await response.text()];
}

function iamat(client: string): string {
  return `IAMAT ${client} ${POSITION} ${timeText(nowNanos())}\n`;
}

const twoThreads = once(() => serve(["--workers", "2"]));

test("operators: the metrics of several threads are of all of them", async () => {
  const served = await twoThreads();
  const sessions = await Promise.all(Array.from({ length: 32 }, () => served.server.client()));
  for (const session of sessions) {
    await session.send(`${iamat(freshClient())}hello\n`);
    await session.lines(2);
  }
  const values = await metrics(served);
  assertEquals([values.get("herd_threads"), values.get("herd_threads_answered")], [2, 2]);
  assertEquals(values.get("herd_sessions"), 32);
  assertEquals(values.get('herd_messages_total{kind="iamat",verdict="new"}'), 32);
  assertEquals(values.get('herd_messages_total{kind="other",verdict="invalid"}'), 32);
  assertEquals(values.get('herd_flood_lines_total{direction="sent"}'), 0, "threads are no neighbors");
  assert([...values.keys()].every((key) => !key.includes("neighbor=")));
  const own = (JSON.parse((await get(`${served.base}/herd`))[1])).servers[0].own;
  assertEquals([own.sessions, own.counters.reports, own.links], [32, 32, []]);
  await until(
    "all clients are known to the first thread too",
    async () => (await metrics(served)).get("herd_clients") === 32,
  );
  for (const session of sessions) session.destroy();
  await until("no session is open", async () => (await metrics(served)).get("herd_sessions") === 0);
});

test("operators: the loop is looked at in each thread", async () => {
  const served = await twoThreads();
  const delays = await until("delays were measured", async () => {
    const values = await metrics(served);
    return (values.get("herd_event_loop_delay_seconds_count") ?? 0) > 4 && values;
  });
  assert(delays.get("herd_event_loop_delay_seconds_sum")! >= 0);
});

test("operators: links, what crosses them, and how far behind they are, also when one is lost", async () => {
  const ports = new Map([["Goloman", await freePort()], ["Hands", await freePort()]]);
  const topology = await tempFile("topology.json", topologyText(ports, [["Goloman", "Hands"]]));
  const served = await serve([], (flags) => startServer("Goloman", { topology, flags }));
  const link = (values: ReadonlyMap<string, number>, what: string) =>
    values.get(`herd_link_${what}{neighbor="Hands"}`);
  const missing = await metrics(served);
  assertEquals(link(missing, "up"), 0);
  assert(link(missing, "lag_seconds")! > 0);
  const hands = await startServer("Hands", { topology });
  const before = await until("they are linked, and all is told", async () => {
    const values = await metrics(served);
    return link(values, "up") === 1 && link(values, "lag_seconds") === 0 && values;
  });
  for (const [from, to] of [[served.server, hands], [hands, served.server]] as const) {
    const client = freshClient();
    const at = await from.report(client, POSITION, timeText(nowNanos()));
    await until("the other has it", async () => await to.held(client) === at);
  }
  const after = await metrics(served);
  for (const direction of ["sent", "received"]) {
    const key = `herd_flood_lines_total{direction="${direction}"}`;
    assertEquals(after.get(key)! - before.get(key)!, 1, direction);
  }
  // Its socket takes what it is sent all the same.
  hands.program.signal("SIGSTOP");
  await served.server.report(freshClient(), POSITION, timeText(nowNanos()));
  await until("it is known to be behind", async () => {
    const values = await metrics(served);
    return link(values, "up") === 1 && link(values, "due_changes") === 0 && link(values, "lag_seconds")! > 1;
  });
  hands.program.signal("SIGCONT");
  await until("it has seen all", async () => link(await metrics(served), "lag_seconds") === 0);
  await hands.kill();
  await until("it is behind", async () => {
    const values = await metrics(served);
    return link(values, "up") === 0 && link(values, "lag_seconds")! > 0;
  });
  await served.server.stop();
});

test("operators: searches for places by status, and how long the service took", async () => {
  const places = await FakePlaces.start(respond(200, '{"html_attributions":[],"results":[],"status":"OK"}'));
  const served = await serve(
    ["--places", "google", "--places-url", places.base],
    (flags) => startAlone("Goloman", { flags, env: { GOOGLE_PLACES_API_KEY: "key" } }),
  );
  const session = await served.server.client();
  const client = freshClient();
  await session.send(`${iamat(client)}WHATSAT ${client} 10 5\n`);
  await session.line();
  await session.whatsat();
  places.next(respond(500, "no"));
  await session.send(`WHATSAT ${client} 11 5\n`);
  await session.whatsat();
  const values = await metrics(served);
  const searched = ["OK", "UNKNOWN_ERROR", "ZERO_RESULTS"]
    .map((status) => values.get(`herd_places_searches_total{status="${status}"}`));
  assertEquals(searched, [1, 1, 0]);
  assertEquals(values.get("herd_places_search_seconds_count"), 2);
  assert(values.get("herd_places_search_seconds_sum")! > 0);
  session.destroy();
  await served.server.stop();
});

/** Files of more than so many KiB cannot be written: a full disk. */
const FULL = ["bash", "-c", `trap '' XFSZ; ulimit -S -f 64; exec "$@"`, "bash"];

test("operators: a server is alive, and ready but while its journal refuses locations", async () => {
  const dir = await tempDir();
  const flags = ["--data-dir", dir, "--fsync", "always", "--log-dir", "none"];
  const served = await serve(flags, (all) => startAlone("Goloman", { flags: all, wrapper: FULL }));
  const health = () => Promise.all(["/healthz", "/readyz"].map((path) => get(served.base + path)));
  assertEquals(await health(), [[200, '{"status":"ok"}'], [200, '{"status":"ok"}']]);
  const session = await served.server.client();
  const filler = Array.from({ length: 100 }, (_, i) => iamat(`${i}${"x".repeat(2_000)}`)).join("");
  session.push(filler);
  const [, [status, text]] = await until("it is not ready", async () => {
    const both = await health();
    return both[1]![0] !== 200 && both as [readonly [number, string], readonly [number, string]];
  });
  assertEquals(status, 503);
  assertEquals(
    (JSON.parse(text) as { detail: string }).detail,
    "the journal cannot be written, so locations are refused until it can",
  );
  assertEquals((await health())[0], [200, '{"status":"ok"}'], "it is alive all the same");
  const refusing = await metrics(served);
  assertEquals(refusing.get("herd_journal_refusing"), 1);
  assert(refusing.get("herd_journal_failures_total")! > 0);
  const { status: freed } = spawnSync("prlimit", [
    "--pid",
    `${served.server.program.pid}`,
    "--fsize=unlimited",
  ]);
  if (freed === 0) {
    await until("it is ready again", async () => (await get(`${served.base}/readyz`))[0] === 200);
  } else console.error("operators: no prlimit here: that a server is ready again is not tested");
  session.destroy();
  await served.server.stop();
});

test("operators: a server with a door stops well, and logs what it counted and not what was measured", async () => {
  const { server } = await serve();
  await server.report(freshClient(), POSITION, timeText(nowNanos()));
  assertEquals((await server.stop()).code, 0);
  assertEquals([server.counters().reports, "measured" in server.counters()], [1, false]);
});
