/**
 * How long an update takes to the farthest server of a herd: this process is that server, and also the client that
 * reports to another one. One clock sees both ends, and nobody has to ask whether the report is there yet.
 *
 *   observer.ts TOPOLOGY NAME PORT-TO-REPORT-TO UPDATES PAUSE-MS
 *
 * Prints `{"tookUs":[…]}`: from the write of each IAMAT until this server has the AT line.
 */
import { parseTopology } from "../src/herd/topology.ts";
import { DEFAULT_LIMITS } from "../src/limits.ts";
import { NO_LOG, type ServerLog } from "../src/log/server_log.ts";
import { denoRuntime } from "../src/runtime/deno.ts";
import { Server } from "../src/server/server.ts";

const CLIENT = "the-observed-one";
const LINKED_MS = 10_000;
const ARRIVAL_MS = 10_000;

const [path = "", name = "", port = "", updates = "", pauseMs = ""] = Deno.args;
const topology = parseTopology(await Deno.readTextFile(path));
const decoder = new TextDecoder();
let expected = "";
let arrived: () => void = () => {};

/** A link tells the log what it received once that has been stored. */
const watchingLog: ServerLog = {
  ...NO_LOG,
  lines(_now, _peer, sign, bytes, start, end) {
    if (sign === "<" && decoder.decode(bytes.subarray(start, end)).includes(expected)) arrived();
  },
};

async function startHere(): Promise<Server> {
  const place = topology.servers.find((server) => server.name === name);
  if (place === undefined) throw new Error(`no server is named ${name}`);
  const server = new Server({
    runtime: denoRuntime(),
    limits: DEFAULT_LIMITS,
    log: watchingLog,
    topology,
    place,
    secrets: [],
    places: { find: () => Promise.reject(new Error("no places here")), answer: () => false },
  });
  await server.start();
  for (let waitedMs = 0; !server.herd.neighbors.every(({ linked }) => linked); waitedMs += 10) {
    if (waitedMs > LINKED_MS) throw new Error("no link came up");
    await sleep(10);
  }
  return server;
}

async function timeOne(conn: Deno.TcpConn): Promise<number> {
  const time = (Date.now() / 1000).toFixed(6);
  expected = `${CLIENT} +34.068930-118.445127 ${time}`;
  const arrival = new Promise<number>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("an update did not arrive")), ARRIVAL_MS);
    arrived = () => {
      clearTimeout(timer);
      resolve(performance.now());
    };
  });
  const startMs = performance.now();
  await conn.write(new TextEncoder().encode(`IAMAT ${expected}\n`));
  return (await arrival - startMs) * 1_000;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

await startHere();
const conn = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
conn.setNoDelay(true);
(async () => {
  const buffer = new Uint8Array(65_536);
  while (await conn.read(buffer) !== null);
})();
const tookUs: number[] = [];
for (let i = 0; i < Number(updates); i++) {
  tookUs.push(await timeOne(conn));
  await sleep(Number(pauseMs));
}
console.log(JSON.stringify({ tookUs }));
Deno.exit(0);
