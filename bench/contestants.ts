/** Who is measured, and how each is started. */
import type { Bench } from "./bench.ts";
import type { Message } from "./load.ts";
import { type Command, freePorts, type Running, startProcess, untilAccepts } from "./processes.ts";
import { type BenchTopology, writeTopology } from "./topology.ts";

export interface Contestant {
  readonly name: string;
  /** What it is, for people. */
  readonly title: string;
  /** What the generator sends it for one report. */
  readonly message: Message;
  /** Left out of quick runs where much has to be sent. */
  readonly slow?: boolean;
  isHere(bench: Bench): boolean;
  command(bench: Bench, port: number): Command | Promise<Command>;
}

/** How a server of the herd is run. */
export interface HerdKind {
  readonly name: string;
  readonly title: string;
  isHere(bench: Bench): boolean;
  /** The program, up to and without the command line's own arguments. */
  program(bench: Bench): Command;
}

export const HERD_DENO: HerdKind = {
  name: "herd-deno",
  title: "herd on Deno",
  isHere: () => true,
  program: ({ root }) => denoRun(`${root}/src/main.ts`),
};

export const HERD_NODE: HerdKind = {
  name: "herd-node",
  title: "herd on Node",
  isHere: ({ node }) => node !== undefined,
  program: ({ root, node }) => ({ program: node ?? "node", args: [`${root}/src/main_node.ts`] }),
};

/** What Deno's fairness is held against: the same server on the read and write loops that starve. */
export const HERD_PLAIN: HerdKind = {
  name: "herd-deno-plain",
  title: "herd on Deno with plain read and write loops",
  isHere: () => true,
  program: ({ root }) => denoRun(`${root}/bench/plain_loops.ts`),
};

/** The servers of an older checkout, `--before`. */
const HERD_DENO_BEFORE: HerdKind = {
  name: "herd-deno-before",
  title: "herd on Deno, as it was",
  isHere: ({ before }) => before !== undefined,
  program: ({ before }) => denoRun(`${before}/src/main.ts`),
};

const HERD_NODE_BEFORE: HerdKind = {
  name: "herd-node-before",
  title: "herd on Node, as it was",
  isHere: ({ node, before }) => node !== undefined && before !== undefined,
  program: ({ before, node }) => ({ program: node ?? "node", args: [`${before}/src/main_node.ts`] }),
};

export const HERDS: readonly HerdKind[] = [HERD_DENO, HERD_NODE];

function denoRun(script: string): Command {
  return { program: Deno.execPath(), args: ["run", "--quiet", "-A", script] };
}

export interface ServeOptions {
  /** A folder for the log file; without it there is none. */
  readonly logDir?: string;
  /** `info` makes the server say its counters when it stops. */
  readonly level?: "info" | "error";
  readonly flags?: readonly string[];
}

/** The command line of one server of the herd. */
export function serveCommand(
  bench: Bench,
  kind: HerdKind,
  name: string,
  topology: string,
  options: ServeOptions = {},
): Command {
  const { program, args } = kind.program(bench);
  const { logDir = "none", level = "error", flags = [] } = options;
  const serve = ["serve", name, "--topology", topology, "--log-dir", logDir, "--log-level", level];
  // Whatever keys this shell has, links prove nothing and places come from the server itself.
  const env = { HERD_SECRET: "", GOOGLE_PLACES_API_KEY: "" };
  return { program, args: [...args, ...serve, "--places", "embedded", ...flags], env };
}

/** One for all, since logs that stayed would fill the memory that page caches are made of, more with each round. */
async function emptyLogDir({ directory }: Bench): Promise<string> {
  const logDir = `${directory}/log`;
  await Deno.remove(logDir, { recursive: true }).catch(() => {/* There was none yet. */});
  return logDir;
}

/** What a server keeps beside its registry. */
type Keeps = "nothing" | "log" | "journal" | "journal-always";

/** Empty, as the log's: a server that finds a journal takes in what is in it. */
async function keepingFlags(bench: Bench, keeps: Keeps): Promise<ServeOptions> {
  if (keeps === "nothing") return {};
  const directory = await emptyLogDir(bench);
  if (keeps === "log") return { logDir: directory };
  return { flags: ["--data-dir", directory, "--fsync", keeps === "journal" ? "interval" : "always"] };
}

/**
 * A single server of the herd, without neighbors.
 * @param flags more of them, where the port is the server's.
 */
export function herdAlone(
  kind: HerdKind,
  keeps: Keeps,
  flags: (port: number) => readonly string[] = () => [],
): Contestant {
  return {
    name: keeps === "nothing" ? kind.name : `${kind.name}-${keeps}`,
    title: keeps === "nothing" ? kind.title : `${kind.title}, ${TITLES[keeps]}`,
    message: "iamat",
    isHere: kind.isHere,
    async command(bench, port) {
      const alone: BenchTopology = { ports: new Map([["Goloman", port]]), links: [] };
      const topology = await writeTopology(bench.directory, alone);
      const options = await keepingFlags(bench, keeps);
      const more = ["--limit", "sessions=20000", "--limit", "sessionsPerAddress=20000"];
      return serveCommand(bench, kind, "Goloman", topology, {
        ...options,
        flags: [...options.flags ?? [], ...more, ...flags(port)],
      });
    },
  };
}

const TITLES = {
  log: "log on",
  journal: "journal on, fsync once a second",
  "journal-always": "journal on, fsync before each reply",
} as const;

export const herdDeno = herdAlone(HERD_DENO, "nothing");
export const herdNode = herdAlone(HERD_NODE, "nothing");
export const herdDenoLog = herdAlone(HERD_DENO, "log");
export const herdNodeLog = herdAlone(HERD_NODE, "log");
export const herdDenoJournal = herdAlone(HERD_DENO, "journal");
export const herdNodeJournal = herdAlone(HERD_NODE, "journal");
export const herdDenoAlways = herdAlone(HERD_DENO, "journal-always");
export const herdNodeAlways = herdAlone(HERD_NODE, "journal-always");
export const herdDenoBefore = herdAlone(HERD_DENO_BEFORE, "nothing");
export const herdNodeBefore = herdAlone(HERD_NODE_BEFORE, "nothing");
export const herdPlain = herdAlone(HERD_PLAIN, "nothing");

export const cServer: Contestant = {
  name: "c",
  title: "C, epoll, one thread, the same IAMAT work",
  message: "iamat",
  isHere: () => true,
  command: ({ tools }, port) => ({ program: tools.cServer, args: [`${port}`, "Goloman"] }),
};

export const asyncioServer: Contestant = {
  name: "asyncio",
  title: "Python asyncio: streams, readline, a dict",
  message: "iamat",
  slow: true,
  isHere: () => hasProgram("python3"),
  command: ({ root }, port) => ({
    program: "python3",
    args: [`${root}/bench/asyncio_server.py`, "Goloman", `${port}`],
  }),
};

export const echoDeno: Contestant = {
  name: "echo-deno",
  title: "raw echo on Deno, plain loops",
  message: "echo",
  isHere: () => true,
  command: ({ root }, port) => withArgs(denoRun(`${root}/bench/echo_deno.ts`), `${port}`),
};

export const echoDenoNet: Contestant = {
  name: "echo-deno-net",
  title: "raw echo on Deno's node:net",
  message: "echo",
  isHere: () => true,
  command: ({ root }, port) => withArgs(denoRun(`${root}/bench/echo_node.ts`), `${port}`),
};

export const echoNode: Contestant = {
  name: "echo-node",
  title: "raw echo on Node",
  message: "echo",
  isHere: ({ node }) => node !== undefined,
  command: ({ root, node }, port) => ({
    program: node ?? "node",
    args: [`${root}/bench/echo_node.ts`, `${port}`],
  }),
};

/** Its clients move, so each GEOADD moves its member to another place of the sorted set; SET is the least it can do. */
export const redis: Contestant = redisWith("redis", "geoadd");
export const redisSet: Contestant = redisWith("redis-set", "set");

/** Everyone who can stand alone on a port, in the order of the tables. */
export const CONTESTANTS: readonly Contestant[] = [
  herdDeno,
  herdDenoLog,
  herdDenoJournal,
  herdDenoAlways,
  herdPlain,
  herdDenoBefore,
  herdNode,
  herdNodeLog,
  herdNodeJournal,
  herdNodeAlways,
  herdNodeBefore,
  echoDeno,
  echoDenoNet,
  echoNode,
  cServer,
  asyncioServer,
  redis,
  redisSet,
];

function redisWith(name: string, message: "geoadd" | "set"): Contestant {
  return {
    name,
    title: `redis-server, ${message.toUpperCase()}`,
    message,
    slow: true,
    isHere: () => hasProgram("redis-server"),
    command: (_, port) => ({
      program: "redis-server",
      args: ["--bind", "127.0.0.1", "--port", `${port}`, "--save", "", "--appendonly", "no"],
    }),
  };
}

function withArgs(command: Command, ...args: readonly string[]): Command {
  return { ...command, args: [...command.args, ...args] };
}

const programs = new Map<string, boolean>();

function hasProgram(name: string): boolean {
  const known = programs.get(name);
  if (known !== undefined) return known;
  let found = true;
  try {
    new Deno.Command(name, { args: ["--version"], stdin: "null", stdout: "null", stderr: "null" })
      .outputSync();
  } catch {
    found = false;
  }
  programs.set(name, found);
  return found;
}

/** A contestant that accepts. */
export interface Started {
  readonly process: Running;
  readonly port: number;
}

/** Starts `contestant` on the server's processor, and waits until it accepts. */
export async function startContestant(bench: Bench, contestant: Contestant): Promise<Started> {
  const [port = 0] = freePorts(1);
  const command = await contestant.command(bench, port);
  const process = startProcess(bench.machine, bench.machine.seats.server, command);
  await untilAccepts(process, port);
  return { process, port };
}

/** Runs `use` with `contestant` started, and stops it whatever happens. */
export async function withContestant<T>(
  bench: Bench,
  contestant: Contestant,
  use: (started: Started) => Promise<T>,
): Promise<T> {
  const started = await startContestant(bench, contestant);
  try {
    return await use(started);
  } finally {
    await started.process.stop();
  }
}
