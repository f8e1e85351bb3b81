/** `up`: starts every server of the topology, each in a process of its own, and says what to try. */
import { isLoopbackHost } from "../herd/address.ts";
import { neighborsOf, type ServerPlace, type Topology } from "../herd/topology.ts";
import { addressText, urlOf } from "../runtime/url.ts";
import type { Address, Runtime } from "../runtime/runtime.ts";
import { readServeConfig, readTopology, SERVE_FLAGS, type ServeConfig } from "./config.ts";
import { type Flags, readFlags } from "./flags.ts";
import { UP_HELP } from "./help.ts";
import { MAX_PORT, readDoors } from "./http.ts";
import { type ServerProcess, startServer } from "./server_process.ts";
import { onStop } from "./stop_signals.ts";
import { checkTls } from "./tls.ts";
import { UserError } from "./user_error.ts";

/** Runs `up` with `args`. @returns the exit code. @throws {UserError} */
export async function up(runtime: Runtime, args: readonly string[]): Promise<number> {
  const flags = readFlags(args, SERVE_FLAGS);
  if (flags.help) return runtime.process.print(UP_HELP), 0;
  if (flags.words.length > 0) {
    throw new UserError(`up starts every server, and takes no ${flags.words.join(" ")}`);
  }
  const path = flags.values["topology"] ?? "topology.json";
  const topology = await readTopology(runtime.files, path);
  const [first] = ownServers(topology);
  if (first === undefined) {
    throw new UserError(
      `${path}: every server is marked classic, so there is none to start; leave the mark out where herd runs it`,
    );
  }
  // One server's mistakes are all servers' mistakes: find them before any process is started.
  const http = httpFlag(flags.values, topology);
  const given: Flags = {
    ...flags,
    values: { ...flags.values, ...(http === undefined ? {} : { http }) },
    words: [first.name],
  };
  const config = await readServeConfig(given, runtime.files, runtime.process);
  if (config.tls !== undefined) await checkTls(runtime.network, config.tls);
  return await new HerdOfProcesses(runtime, config, handedOn(given)).run();
}

/** Each server's port plus this is the first choice for its HTTP door. */
const HTTP_OFFSET = 100;

/**
 * What every server gets as `--http`: all have a door, unless the topology or the user says which have, or others
 * than who is on this machine could come to it and nobody has said who may do what.
 * @throws {UserError} for an address, which no two of them can have.
 */
function httpFlag(values: Flags["values"], topology: Topology): string | undefined {
  const flag = values["http"];
  if (flag === "none" || flag?.startsWith("+") === true) return flag;
  if (flag !== undefined) {
    throw new UserError(
      `--http ${flag}: up starts every server, so write +N (each one's port plus N) or none, or give each its "http" in the topology`,
    );
  }
  const own = ownServers(topology);
  if (own.some(({ http }) => http !== undefined)) return undefined;
  const usersFile = values["users"] ?? topology.settings.usersFile ?? "none";
  if (usersFile === "none" && !own.every(({ host }) => isLoopbackHost(host))) return "none";
  const taken = new Set(own.map(({ port }) => port));
  const offsets = Array.from({ length: 10 }, (_, i) => HTTP_OFFSET * (i + 1));
  const free = offsets.find((offset) =>
    own.every(({ port }) => port + offset <= MAX_PORT && !taken.has(port + offset))
  );
  return free === undefined ? "none" : `+${free}`;
}

/** The doors that `up` opens where no flag says otherwise, by the names of their servers. */
export function doorsOfUp(topology: Topology): ReadonlyMap<string, Address> {
  const [place] = topology.servers;
  const flag = httpFlag({}, topology);
  return place === undefined || flag === "none" ? new Map() : readDoors(flag, topology, place);
}

/** Those that herd runs. */
function ownServers(topology: Topology): readonly ServerPlace[] {
  return topology.servers.filter((place) => place.classic !== true);
}

/** The flags that every server gets. */
function handedOn(flags: Flags): readonly string[] {
  const values = Object.entries(flags.values).map(([name, value]) => `--${name}=${value}`);
  const repeated = Object.entries(flags.repeated).flatMap(([name, list]) =>
    list.map((value) => `--${name}=${value}`)
  );
  const quiet = flags.values["log-level"] === undefined ? ["--log-level=warn"] : [];
  return [...values, ...repeated, ...quiet];
}

class HerdOfProcesses {
  readonly #runtime: Runtime;
  readonly #config: ServeConfig;
  readonly #flags: readonly string[];
  readonly #children = new Map<string, ServerProcess>();
  #stopping = false;
  /** The exit code of the server that ended by itself: those that are stopped for it end otherwise. */
  #failure: number | undefined;

  /** @param config of one of the servers: but for its name it is every one's. */
  constructor(runtime: Runtime, config: ServeConfig, flags: readonly string[]) {
    this.#runtime = runtime;
    this.#config = config;
    this.#flags = flags;
  }

  async run(): Promise<number> {
    const { process } = this.#runtime;
    onStop(this.#runtime, () => this.#stop());
    const ends = ownServers(this.#config.topology).map((place) => this.#start(place));
    const ready = await Promise.all(ends.map((end) => end.ready));
    if (ready.every((isReady) => isReady)) process.print(this.#introduction());
    const codes = await Promise.all(ends.map((end) => end.exited));
    return this.#failure ?? codes.find((code) => code !== 0) ?? 0;
  }

  /** Starts one server; `ready` tells whether it came to listen. */
  #start(place: ServerPlace): { ready: Promise<boolean>; exited: Promise<number> } {
    const { process } = this.#runtime;
    const child = startServer(process, place.name, this.#flags);
    this.#children.set(place.name, child);
    const exited = child.exited.then((code) => {
      if (this.#stopping) return code;
      process.printError(`herd: ${place.name} ended with exit code ${code}, so the others are stopped\n`);
      this.#stop();
      this.#failure = code === 0 ? 1 : code;
      return code;
    });
    return { ready: child.ready, exited };
  }

  /** The first call asks every server to finish what is due; the next ones reach them as a second signal. */
  #stop(): void {
    this.#stopping = true;
    for (const child of this.#children.values()) child.terminate();
  }

  #introduction(): string {
    const { topology, tls, http } = this.#config;
    const { servers } = topology;
    const own = ownServers(topology);
    const width = Math.max(...servers.map((server) => server.name.length));
    const lines = servers.map((server) => {
      const neighbors = neighborsOf(topology, server.name).map((neighbor) => neighbor.name).join(", ");
      return `  ${server.name.padEnd(width)}  ${addressText(server)}  linked to ${neighbors || "nobody"}${
        server.classic === true ? " (classic: not started here)" : ""
      }`;
    });
    const first = own[0]!;
    const last = own.at(-1)!;
    const { host, port } = last;
    const ca = tls?.paths.authorities;
    const flags = ca === undefined ? "" : ` --tls-ca ${ca}`;
    const netcat = tls !== undefined ? "" : `
  printf 'WHATSAT kiwi.cs.ucla.edu 2 3\\n' | nc -N ${host} ${port}    the same by netcat`;
    const door = own.map(({ name }) => http.doors.get(name)).find((address) => address !== undefined);
    const page = door === undefined ? "" : `
See it move:  ${urlOf(door, tls !== undefined)}/
`;
    return `A herd of ${own.length} is up:
${lines.join("\n")}
${page}
Try, in another terminal (npx -y deno@2.9.6 in place of deno, where there is none):
  deno task send ${first.name} iamat kiwi.cs.ucla.edu +34.068930-118.445127${flags}    tell one where you are
  deno task send ${last.name} whatsat kiwi.cs.ucla.edu 10 5${flags}    ask another what is near${netcat}
Ctrl-C stops the herd.
`;
  }
}
