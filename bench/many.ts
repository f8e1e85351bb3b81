/**
 * All servers of a topology in one process, with real sockets between them: `many.ts TOPOLOGY`. It says `all are
 * linked` when they are. On SIGTERM each says
 * its counters, and the process ends.
 */
import { parseTopology } from "../src/herd/topology.ts";
import { DEFAULT_LIMITS } from "../src/limits.ts";
import { NO_LOG } from "../src/log/server_log.ts";
import { denoRuntime } from "../src/runtime/deno.ts";
import { Server } from "../src/server/server.ts";

const topology = parseTopology(await Deno.readTextFile(Deno.args[0] ?? ""));
const runtime = denoRuntime();
const servers = topology.servers.map((place) =>
  new Server({
    runtime,
    limits: DEFAULT_LIMITS,
    log: NO_LOG,
    topology,
    place,
    secrets: [],
    places: { find: () => Promise.reject(new Error("no places here")), answer: () => false },
  })
);
for (const server of servers) await server.start();
const looking = setInterval(() => {
  if (!servers.every(({ herd }) => herd.neighbors.every(({ linked }) => linked))) return;
  clearInterval(looking);
  console.log("all are linked");
}, 50);

Deno.addSignalListener("SIGTERM", () => {
  for (const { counters, herd } of servers) {
    console.log(`counters ${JSON.stringify({ ...counters, ...herd.counters })}`);
  }
  Deno.exit(0);
});
