/** `demo`: a herd, and a city full of vehicles that tell it where they are. */
import { City } from "../demo/city.ts";
import { makeFleet } from "../demo/fleet.ts";
import { findPorts, type Ports } from "../demo/ports.ts";
import { Traffic } from "../demo/traffic.ts";
import type { Topology } from "../herd/topology.ts";
import { errorMessage } from "../log/error_text.ts";
import { FileNotFoundError, type Files, type Runtime } from "../runtime/runtime.ts";
import { urlOf } from "../runtime/url.ts";
import { readTopology } from "./config.ts";
import { DemoHerd, type DemoServer } from "./demo_herd.ts";
import { type Flags, readFlags } from "./flags.ts";
import { DEMO_HELP } from "./help.ts";
import { doorsOfUp } from "./up.ts";
import { onStop } from "./stop_signals.ts";
import { UserError } from "./user_error.ts";

const HOST = "127.0.0.1";
/** Where `up` would open a server no HTTP door it gets one, so far above its port. */
const HTTP_OFFSET = 100;
/** The folder of the demo's topology: that of the logs. */
const DIR = "log";
const MOST_VEHICLES = 5_000;
const MOST_SECONDS = 1_000_000;
const MOST_SEED = 4_294_967_295;

/** Runs `demo` with `args`. @returns 1 when something went wrong on the way, else 0. @throws {UserError} */
export async function demo(runtime: Runtime, args: readonly string[]): Promise<number> {
  const flags = readFlags(args, { values: ["topology", "vehicles", "seconds", "seed"], switches: ["open"] });
  if (flags.help) return runtime.process.print(DEMO_HELP), 0;
  if (flags.words.length > 0) throw new UserError(`demo takes flags alone, not ${flags.words.join(" ")}`);
  const config = readConfig(flags);
  const path = flags.values["topology"] ?? "topology.json";
  const topology = await readTopology(runtime.files, path);
  const servers = await placeServers(runtime, topology, path);
  const file = `${DIR}/demo-${servers[0]!.port}.json`;
  writeTopology(runtime.files, file, topology, servers);
  try {
    const given = flags.values["topology"];
    const own = given === undefined ? "" : ` --topology ${given}`;
    const stage = { servers, file, own: isOwn(topology, servers) ? own : undefined };
    if (stage.own === undefined) runtime.process.print(elsewhere(stage, topology));
    return await run(runtime, config, stage);
  } finally {
    await runtime.files.remove(file).catch((error: unknown) => {
      if (!(error instanceof FileNotFoundError)) runtime.process.printError(`herd: ${errorMessage(error)}\n`);
    });
  }
}

interface DemoConfig {
  readonly vehicles: number;
  /** Undefined for until it is stopped. */
  readonly seconds: number | undefined;
  readonly seed: number;
  readonly opensPage: boolean;
}

function readConfig({ values, switches }: Flags): DemoConfig {
  const { vehicles, seconds, seed } = values;
  return {
    vehicles: vehicles === undefined ? 300 : whole("vehicles", vehicles, 1, MOST_VEHICLES),
    seconds: seconds === undefined ? undefined : whole("seconds", seconds, 1, MOST_SECONDS),
    seed: seed === undefined ? 1 : whole("seed", seed, 0, MOST_SEED),
    opensPage: switches.includes("open"),
  };
}

function whole(flag: string, text: string, least: number, most: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new UserError(
    `--${flag} ${JSON.stringify(text)}: give a whole number from ${least} to ${most.toLocaleString("en-US")}`,
  );
}

/** Those of the topology that herd can run, all on this machine. */
async function placeServers(
  runtime: Runtime,
  topology: Topology,
  path: string,
): Promise<readonly DemoServer[]> {
  const own = topology.servers.filter(({ classic }) => classic !== true);
  if (own.length === 0) {
    throw new UserError(`${path}: every server is marked classic, so there is none to start`);
  }
  const doors = doorsOfUp(topology);
  const wanted = own.map(({ name, port }): Ports => ({
    port,
    http: doors.get(name)?.port ?? port + HTTP_OFFSET,
  }));
  const ports = await findPorts(runtime.network, HOST, wanted).catch((error: unknown) => {
    throw new UserError(`${path}: its ports cannot be had on ${HOST} (${errorMessage(error)})`);
  });
  if (ports === undefined) {
    throw new UserError(
      `${path}: its ports, and those 1000, 2000, ... above, are in use on ${HOST}: stop what has them`,
    );
  }
  return own.map(({ name }, i) => ({ name, ...ports[i]! }));
}

/** Whether all listen where the topology says, and have their doors where `top` looks for them. */
function isOwn(topology: Topology, servers: readonly DemoServer[]): boolean {
  const doors = doorsOfUp(topology);
  return servers.every(({ name, port, http }) => {
    const place = topology.servers.find((server) => server.name === name);
    return place?.port === port && place.host === HOST && doors.get(name)?.port === http;
  });
}

/** @throws {UserError} */
function writeTopology(files: Files, file: string, topology: Topology, servers: readonly DemoServer[]): void {
  const known = new Set(servers.map(({ name }) => name));
  const text = JSON.stringify({
    herd: topology.herd,
    servers: Object.fromEntries(servers.map(({ name, port, http }) => [name, { host: HOST, port, http }])),
    links: topology.links.filter((ends) => ends.every((end) => known.has(end))),
  });
  try {
    files.makeDir(DIR);
    const { file: open } = files.openAppend(file);
    open.truncateSync(0);
    open.appendSync(new TextEncoder().encode(`${text}\n`));
    open.close();
  } catch (error) {
    throw new UserError(`${file}, the topology of the demo, cannot be written (${errorMessage(error)})`);
  }
}

interface Stage {
  readonly servers: readonly DemoServer[];
  /** Of their topology. */
  readonly file: string;
  /** The flag that names the user's own topology, if all are where that says. */
  readonly own: string | undefined;
}

async function run(runtime: Runtime, config: DemoConfig, stage: Stage): Promise<number> {
  const { process, clock } = runtime;
  const { servers, file } = stage;
  const stopped = Promise.withResolvers<void>();
  let isByHand = false;
  const herd = new DemoHerd(runtime, servers, file);
  let isStopping = false;
  onStop(runtime, () => {
    isByHand = true;
    stopped.resolve();
    if (isStopping) herd.terminate();
  });
  const isUp = await Promise.race([herd.start(), stopped.promise.then(() => false)]);
  if (!isUp) {
    isStopping = true;
    await herd.stop();
    return 1;
  }
  const fleet = makeFleet(new City(config.seed), config.seed, config.vehicles);
  const places = servers.map(({ port, http }) => ({
    address: { host: HOST, port },
    http: urlOf({ host: HOST, port: http }, false),
  }));
  const traffic = new Traffic(runtime, fleet, places, config.seed);
  process.print(introduction(config, stage, herd));
  if (config.opensPage) process.openInBrowser(`${pageOf(servers)}/`);
  const end = config.seconds === undefined ? undefined : clock.after(config.seconds * 1000, stopped.resolve);
  traffic.start();
  const progress = showProgress(runtime, traffic, config);
  await stopped.promise;
  isStopping = true;
  end?.cancel();
  progress.end();
  await traffic.stop();
  const isInOrder = await herd.stop();
  process.print(summary(traffic));
  const { refused, moved } = traffic.counters;
  // With a server that died, replies are lost that were under way; and Ctrl-C stops the servers, too.
  const isRight = refused === 0 && (moved > 0 || isByHand || unanswered(traffic) === 0);
  return isInOrder && isRight ? 0 : 1;
}

function pageOf(servers: readonly DemoServer[]): string {
  return urlOf({ host: HOST, port: servers[0]!.http }, false);
}

function elsewhere({ servers: [first], file }: Stage, topology: Topology): string {
  const above = first!.port - topology.servers.find(({ name }) => name === first!.name)!.port;
  const why = above === 0 ? "" : `A port of the topology is taken, so all are ${above} above it. `;
  return `${why}The demo's own topology is ${file}\n`;
}

function introduction(config: DemoConfig, { servers, file, own }: Stage, herd: DemoHerd): string {
  const topology = own ?? ` --topology ${file}`;
  const last = servers.at(-1)!;
  const width = Math.max(...servers.map(({ name }) => name.length));
  const lines = servers.map(({ name, port, http }) =>
    `  ${name.padEnd(width)}  ${HOST}:${port}  ${urlOf({ host: HOST, port: http }, false)}  process ${
      herd.pidOf(name)
    }\n`
  );
  return `A herd of ${servers.length}, and a city with ${config.vehicles} vehicles, seed ${config.seed}:
${lines.join("")}
Buses and taxis speak TCP. Bikes and people on foot have phones, with apps as people have
them: OsmAnd, GPSLogger, OwnTracks and Overland, over HTTP.

See it move:  ${pageOf(servers)}/

Try, in another terminal (npx -y deno@2.9.6 in place of deno, where there is none):
  deno task top${topology}    watch the herd
  deno task send ${last.name} whatsat bus-1.la 2 3${topology}    ask what is near a bus
  kill -9 ${herd.pidOf(last.name)}    ${last.name} dies: its vehicles go on elsewhere, and it comes back
${config.seconds === undefined ? "" : `It ends after ${config.seconds} s. `}Ctrl-C stops it all.
`;
}

/** On a terminal the line is drawn anew so often; elsewhere one is printed now and then. */
const DRAW_MS = 1_000;
const PRINT_MS = 10_000;

/** How it goes, on standard error. */
function showProgress(
  { clock, process }: Runtime,
  traffic: Traffic,
  { vehicles }: DemoConfig,
): { end(): void } {
  const { isTerminal } = process;
  let lastMs = clock.monotonicMs();
  let lastReports = 0;
  const timer = clock.every(isTerminal ? DRAW_MS : PRINT_MS, () => {
    const { reports, searches } = traffic.counters;
    const nowMs = clock.monotonicMs();
    const rate = Math.round((reports - lastReports) / (nowMs - lastMs) * 1000);
    const line =
      `${traffic.heard} of ${vehicles} vehicles have a server, ${rate} reports/s, ${searches} searches`;
    process.printError(isTerminal ? `\r${line}\x1b[K` : `${line}\n`);
    lastMs = nowMs;
    lastReports = reports;
  });
  return {
    end() {
      timer.cancel();
      if (isTerminal) process.printError("\r\x1b[K");
    },
  };
}

function unanswered({ counters: { reports, searches, answered, refused, unknown } }: Traffic): number {
  return reports + searches - answered - refused - unknown;
}

function summary(traffic: Traffic): string {
  const { reports, phoneReports, searches, refused, unknown, moved } = traffic.counters;
  const missing = unanswered(traffic);
  const phones = phoneReports === 0 ? "" : ` (${phoneReports.toLocaleString("en-US")} by phones' apps)`;
  const parts = [
    `${count(reports, "report")}${phones} and ${count(searches, "search", "searches")}`,
    missing === 0 ? "all answered" : `${missing.toLocaleString("en-US")} of them without an answer`,
    ...refused === 0 ? [] : [`${count(refused, "report")} refused`],
    ...unknown === 0 ? [] : [`${count(unknown, "search", "searches")} for someone not known there yet`],
    ...moved === 0 ? [] : [`${count(moved, "time")} a vehicle lost its server and went on at another`],
  ];
  return `${parts.join(", ")}.\n`;
}

function count(value: number, one: string, many: string = `${one}s`): string {
  return `${value.toLocaleString("en-US")} ${value === 1 ? one : many}`;
}
