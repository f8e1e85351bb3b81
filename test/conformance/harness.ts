/**
 * What the conformance suite stands on: real server processes started through the command line, clients on real
 * sockets, a Places service and a relay that do as a test says. It uses the modules that both runtimes have, and
 * nothing of `src/`: these tests know a server by its command line and its sockets only.
 *
 * Everything on the wire is a *binary string* here: one character (U+0000 to U+00FF) for each byte.
 */

import { Buffer } from "node:buffer";
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { connect as connectTls } from "node:tls";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** A server's runtime. */
export type Kind = "deno" | "node";

const deno = globalThis.Deno as typeof Deno | undefined;

interface NodeTestModule {
  test(name: string, options: { skip: string | boolean }, fn: () => void | Promise<void>): unknown;
  after(fn: () => void | Promise<void>): unknown;
}

const nodeTest = deno === undefined ? (await import("node:test")) as unknown as NodeTestModule : undefined;

/** Real processes on real sockets need all of these; where one was not given, the suite is skipped. */
export const permitted = deno === undefined ||
  (["env", "net", "read", "run", "sys", "write"] as const).every((name) =>
    deno.permissions.querySync({ name }).state === "granted"
  );

function chosenSuite(): "deno" | "node" | "mixed" {
  const asked = permitted ? process.env["HERD_SUITE"] : undefined;
  if (asked === "deno" || asked === "node" || asked === "mixed") return asked;
  if (asked !== undefined && asked !== "") {
    throw new Error(`HERD_SUITE is "${asked}", not deno, node or mixed`);
  }
  return deno === undefined ? "node" : "deno";
}

/** Which runtimes the servers use, from the environment variable `HERD_SUITE`. */
export const suite: "deno" | "node" | "mixed" = chosenSuite();

/** No wait of this suite is longer than this, in milliseconds. */
const PATIENCE_MS = 20_000;

/** A server's first start may have to fetch packages, so this wait alone is longer. */
const START_PATIENCE_MS = 60_000;

const projectRoot = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

// ---------------------------------------------------------------------------------------------- registering tests

/**
 * Registers a test with Deno's runner or Node's. Servers outlive the test that starts them (the tests of a file
 * share them), so Deno's watch over leaked resources is off for these.
 * @param without what the machine lacks for it: then it is skipped, and says so.
 */
export function test(name: string, fn: () => void | Promise<void>, without?: string): void {
  const fullName = `conformance (${suite}): ${name}${without === undefined ? "" : ` (skipped: ${without})`}`;
  const ignore = !permitted || without !== undefined;
  if (deno !== undefined) {
    deno.test({ name: fullName, fn, ignore, sanitizeOps: false, sanitizeResources: false });
  } else {
    nodeTest?.test(fullName, { skip: without ?? false }, fn);
  }
}

const endings: (() => Promise<void>)[] = [];

/** Calls `fn` after the last test of the file, the latest registered first. */
export function atEnd(fn: () => Promise<void>): void {
  endings.push(fn);
}

/** Undoes what was registered; the runners call it, and who uses this without one has to. */
export async function endAll(): Promise<void> {
  for (const fn of endings.splice(0).reverse()) await fn();
}

if (deno !== undefined) deno.test.afterAll(endAll);
else nodeTest?.after(endAll);

/** Makes a thing on its first use and keeps it for the tests of the file. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => made ??= make();
}

// --------------------------------------------------------------------------------------------------------- waiting

/** Waits for `promise`, but not for ever; `what` says in the failure what did not come. */
export async function within<T>(
  promise: Promise<T>,
  what: () => string,
  ms: number = PATIENCE_MS,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${ms} ms for ${what()}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks again and again until `fn` gives something, for what no event tells of. */
export async function until<T>(
  what: string,
  fn: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  let trouble: unknown;
  do {
    try {
      const value = await fn();
      if (value !== undefined && value !== false) return value;
      trouble = undefined;
    } catch (error) {
      trouble = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  } while (performance.now() < deadline);
  throw new Error(`waited ${PATIENCE_MS} ms until ${what}`, { cause: trouble });
}

// -------------------------------------------------------------------------------------------------- bytes and times

/** The UTF-8 bytes of `text`, as a binary string. */
export function utf8(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** The text whose UTF-8 bytes the binary string holds. */
export function fromUtf8(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}

const NANOS = 1_000_000_000n;

/** The test's own clock, in nanoseconds. */
export function nowNanos(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}

/** POSIX time text with nine decimals. */
export function timeText(nanos: bigint): string {
  return `${nanos / NANOS}.${String(nanos % NANOS).padStart(9, "0")}`;
}

/** The nanoseconds that a decimal text of seconds (with or without a sign and a point) means. */
export function nanosOf(text: string): bigint {
  const [, sign, whole, fraction] = /^([+-]?)(\d+)(?:\.(\d{1,9}))?$/.exec(text) ?? [];
  if (whole === undefined) throw new Error(`not decimal seconds: ${text}`);
  const nanos = BigInt(whole) * NANOS + BigInt((fraction ?? "").padEnd(9, "0"));
  return sign === "-" ? -nanos : nanos;
}

/** What an IAMAT says, and the server that heard it. */
export interface Report {
  readonly origin: string;
  readonly client: string;
  readonly position: string;
  readonly time: string;
}

/**
 * Checks an AT line, to the byte but for the skew, and the skew by its form.
 * @returns the origin's clock at arrival (skew plus time), in nanoseconds.
 */
export function checkAt(line: string, report: Report): bigint {
  const head = `AT ${report.origin} `;
  const tail = ` ${report.client} ${report.position} ${report.time}`;
  const skew = line.slice(head.length, line.length - tail.length);
  if (!line.startsWith(head) || !line.endsWith(tail) || !/^[+-]\d+\.\d{9}$/.test(skew)) {
    throw new Error(
      `${JSON.stringify(line)} is not ${JSON.stringify(`${head}<sign, digits, 9 decimals>${tail}`)}`,
    );
  }
  return nanosOf(report.time) + nanosOf(skew);
}

let lastClient = 0;

/** A client ID that no other test uses. */
export function freshClient(word = "client"): string {
  return `${word}-${++lastClient}.cs.ucla.edu`;
}

// ----------------------------------------------------------------------------------------- folders, ports, topology

/** A new folder, gone after the file's last test. */
export async function tempDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "herd-conformance-"));
  atEnd(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** Writes a file into a new folder and gives its path. */
export async function tempFile(name: string, content: string): Promise<string> {
  const path = join(await tempDir(), name);
  await writeFile(path, content, "utf8");
  return path;
}

/**
 * A port that nobody listens on, ours for as long as this process runs. They come from below the range that systems
 * take for outgoing connections: there, a neighbor's redial could by chance connect to itself. Test files run beside
 * one another, so each port is claimed by the UDP socket of its number, which the system gives to one process alone.
 * @param above how far above it another one must be ours and free too.
 */
export async function freePort(...above: readonly number[]): Promise<number> {
  for (;;) {
    const port = 13_000 + Math.floor(Math.random() * 18_000);
    let free = true;
    for (const offset of [0, ...above]) free &&= await claimed(port + offset) && await unheard(port + offset);
    if (free) return port;
  }
}

function claimed(port: number): Promise<boolean> {
  const claim = createSocket("udp4");
  return new Promise((resolve) => {
    claim.once("error", () => claim.close(() => resolve(false)));
    claim.bind(port, "127.0.0.1", () => {
      claim.unref();
      resolve(true);
    });
  });
}

function unheard(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** Two servers that are neighbors. */
export type LinkPair = readonly [string, string];

/** The text of a topology file. */
export function topologyText(ports: ReadonlyMap<string, number>, links: readonly LinkPair[]): string {
  const servers = Object.fromEntries([...ports].map(([name, port]) => [name, { host: "127.0.0.1", port }]));
  return JSON.stringify({ servers, links }, null, 2);
}

/** The default herd's names and links. */
export const FIVE = ["Goloman", "Hands", "Holiday", "Welsh", "Wilkes"] as const;
export const FIVE_LINKS: readonly LinkPair[] = [
  ["Goloman", "Hands"],
  ["Goloman", "Holiday"],
  ["Goloman", "Wilkes"],
  ["Hands", "Wilkes"],
  ["Holiday", "Welsh"],
  ["Holiday", "Wilkes"],
];

// ------------------------------------------------------------------------------------------------------- processes

/** A command that has ended; its outputs are binary strings. */
export interface Finished {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

const alive = new Set<ChildProcess>();
if (permitted) {
  process.on("exit", () => {
    for (const child of alive) child.kill("SIGKILL");
  });
}

function firstExisting(paths: readonly (string | undefined)[]): string {
  const found = paths.find((path) => path !== undefined && path !== "" && existsSync(path));
  if (found === undefined) throw new Error("no Node 24 found: npm install in the project, or set HERD_NODE");
  return found;
}

/** The Node that servers run on. */
export function nodeCommand(): string {
  const local = join(projectRoot, "node_modules", ".bin", "node");
  return deno === undefined ? process.execPath : firstExisting([process.env["HERD_NODE"], local]);
}

/** What a process is given beyond its arguments. */
export interface Surroundings {
  /** A command that starts the program, whose command line comes behind it; it must end as the program itself. */
  readonly wrapper?: readonly string[];
  /** File descriptors that it may have open. */
  readonly openFiles?: number;
  /** A module that is run before the program's own. */
  readonly preload?: string;
}

/** The command line of the program on one runtime, ready for more arguments. */
function programOn(
  kind: Kind,
  task: string | undefined,
  { openFiles, preload, wrapper = [] }: Surroundings,
): { readonly command: string; readonly args: readonly string[] } {
  const own = kind === "deno" ? onDeno(task, preload) : onNode(preload);
  const [command = own.command, ...args] = [...wrapper, own.command, ...own.args];
  const program = { command, args };
  if (openFiles === undefined) return program;
  const limited = `ulimit -n ${openFiles}; exec "$0" "$@"`;
  return { command: "sh", args: ["-c", limited, program.command, ...program.args] };
}

function onDeno(task: string | undefined, preload: string | undefined) {
  const first = preload === undefined ? [] : ["--preload", preload];
  const args = ["run", "--quiet", ...permissionsOf(task), ...first, "src/main.ts"];
  return { command: deno?.execPath() ?? "deno", args };
}

interface DenoConfig {
  readonly tasks: Readonly<Record<string, { readonly command: string }>>;
}

/** What the program may do on Deno: what it may when the task of that name starts it, or else a server. */
export function permissionsOf(task: string | undefined): readonly string[] {
  const { tasks } = JSON.parse(readFileSync(join(projectRoot, "deno.json"), "utf8")) as DenoConfig;
  const name = task === "up" ? "herd" : task ?? "serve";
  const { command } = (Object.hasOwn(tasks, name) ? tasks[name] : undefined) ?? tasks["serve"]!;
  return command.split(" ").filter((word) => word.startsWith("--allow-"));
}

function onNode(preload: string | undefined) {
  const first = preload === undefined ? [] : ["--import", preload];
  return { command: nodeCommand(), args: [...first, "src/main_node.ts"] };
}

let kindsGiven = 0;

/** The runtime of the next server: in a mixed suite each in turn. */
export function nextKind(): Kind {
  if (suite !== "mixed") return suite;
  return kindsGiven++ % 2 === 0 ? "deno" : "node";
}

const WITHHELD = new Set([
  "GOOGLE_PLACES_API_KEY",
  "HERD_SECRET",
  "HERD_SUITE",
  // Of a task runner, which passes signals on.
  "INIT_CWD",
  "NODE_OPTIONS",
  "NODE_TEST_CONTEXT",
]);

function childEnv(extra: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !WITHHELD.has(name));
  // A proxy of the machine must not stand between a server and the test's Places service.
  const local = { NO_PROXY: "127.0.0.1", no_proxy: "127.0.0.1", NO_COLOR: "1" };
  return { ...Object.fromEntries(kept.map(([name, value]) => [name, value ?? ""])), ...local, ...extra };
}

/** A running process of the program, with what it has printed so far. */
export class Program {
  readonly kind: Kind;
  /** Resolves once the process has ended and all its output has come. */
  readonly finished: Promise<Finished>;
  readonly #child: ChildProcess;
  readonly #command: string;
  #stdout = "";
  #stderr = "";
  #wake: () => void = () => {};

  constructor(
    kind: Kind,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    stdin?: string,
    surroundings: Surroundings = {},
  ) {
    const program = programOn(kind, args[0], surroundings);
    this.kind = kind;
    this.#command = `${kind} ${args.join(" ")}`;
    const child = spawn(program.command, [...program.args, ...args], {
      cwd: projectRoot,
      env: childEnv(env),
      stdio: [stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    this.#child = child;
    alive.add(child);
    child.stdout?.on("data", (bytes: Buffer) => {
      this.#stdout += bytes.toString("latin1");
      this.#wake();
    });
    child.stderr?.on("data", (bytes: Buffer) => {
      this.#stderr += bytes.toString("latin1");
    });
    this.finished = new Promise((resolve, reject) => {
      child.once("exit", () => alive.delete(child));
      child.once("error", reject);
      child.once("close", (code, signal) => {
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
    // Whoever waits gets the error; nobody waiting is fine.
    this.finished.catch(() => {});
    if (stdin !== undefined) {
      child.stdin?.on("error", () => {});
      child.stdin?.end(Buffer.from(stdin, "latin1"));
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** The process as a failure should show it. */
  describe(): string {
    return `${this.#command}\n--- stdout\n${this.#stdout}--- stderr\n${this.#stderr}---`;
  }

  signal(name: "SIGTERM" | "SIGINT" | "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
    // Not `child.kill`: on Deno that reports an end by the signal, whatever the process made of it, and works once.
    const { pid } = this.#child;
    if (pid !== undefined && alive.has(this.#child)) process.kill(pid, name);
  }

  /** Waits for a whole line on standard output that `matches`. */
  async stdoutLine(matches: RegExp, what: string): Promise<string> {
    const found = (): string | undefined =>
      this.#stdout.split("\n").slice(0, -1).find((line) => matches.test(line));
    const seen = new Promise<string>((resolve) => {
      this.#wake = () => {
        const line = found();
        if (line !== undefined) resolve(line);
      };
      this.#wake();
    });
    const ended = this.finished.then(({ code, signal }) => {
      const line = found();
      if (line !== undefined) return line;
      throw new Error(`ended (exit ${code}, signal ${signal}) without ${what}: ${this.describe()}`);
    });
    return await within(Promise.race([seen, ended]), () => `${what}: ${this.describe()}`, START_PATIENCE_MS);
  }

  async end(): Promise<Finished> {
    return await within(this.finished, () => `the end of ${this.describe()}`);
  }
}

/** Runs a command of the program to its end. */
export async function run(
  args: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly stdin?: string;
    readonly kind?: Kind;
  } = {},
): Promise<Finished> {
  const program = new Program(options.kind ?? nextKind(), args, options.env ?? {}, options.stdin);
  try {
    return await within(program.finished, () => `the end of ${program.describe()}`, START_PATIENCE_MS);
  } finally {
    program.signal("SIGKILL");
  }
}

// --------------------------------------------------------------------------------------------------------- servers

/** How one server is started. */
export interface ServeOptions extends Surroundings {
  readonly topology: string;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, number>>;
  readonly kind?: Kind;
  /** Where its log goes; a new folder when not given. */
  readonly logDir?: string;
  /** How clients speak to it, where it speaks TLS. */
  readonly tls?: ClientTls;
}

/** The arguments that `serve` is given. */
export function serveArgs(name: string, options: ServeOptions, logDir: string): string[] {
  const limits = Object.entries(options.limits ?? {}).flatMap((
    [limit, value],
  ) => ["--limit", `${limit}=${value}`]);
  const flags = options.flags ?? [];
  const places = flags.includes("--places") ? [] : ["--places", "embedded"];
  const log = flags.includes("--log-dir") ? [] : ["--log-dir", logDir];
  return ["serve", name, "--topology", options.topology, ...log, ...places, ...limits, ...flags];
}

/** What tests look at of what a server has counted. */
export interface StoppedCounters {
  readonly reports: number;
  readonly repeated: number;
  readonly invalid: number;
  readonly notAccepted: number;
  readonly limitsHit: Readonly<Record<string, number>>;
}

/** A server that listens. */
export class RunningServer {
  readonly name: string;
  readonly port: number;
  readonly program: Program;
  readonly logDir: string;
  readonly tls: ClientTls | undefined;
  #pinger: Client | undefined;
  #pings = 0;

  constructor(name: string, port: number, program: Program, logDir: string, tls?: ClientTls) {
    this.tls = tls;
    this.name = name;
    this.port = port;
    this.program = program;
    this.logDir = logDir;
  }

  /** Opens a session. */
  client(): Promise<Client> {
    return Client.connect(this.port, this.name, this.tls);
  }

  /**
   * Waits until the server has taken in whatever was sent to it before: bytes that stood in its sockets when this
   * question was asked are read no later than the question.
   */
  async turn(): Promise<void> {
    this.#pinger ??= await this.client();
    const word = `turn ${++this.#pings}`;
    await this.#pinger.send(`${word}\n`);
    const reply = await this.#pinger.line();
    if (reply !== `? ${word}`) throw new Error(`${this.name} answered ${JSON.stringify(reply)} to ${word}`);
  }

  /** The AT line that this server holds of a client, or undefined. Asks nothing of any Places service. */
  async held(client: string): Promise<string | undefined> {
    const session = await this.client();
    try {
      await session.send(`WHATSAT ${client} 0 0\n`);
      const line = await session.line();
      return line.startsWith("? ") ? undefined : line;
    } finally {
      session.destroy();
    }
  }

  /** Sends one IAMAT on a session of its own and gives the reply, checked. */
  async report(client: string, position: string, time: string): Promise<string> {
    const session = await this.client();
    try {
      await session.send(`IAMAT ${client} ${position} ${time}\n`);
      const line = await session.line();
      checkAt(line, { origin: this.name, client, position, time });
      return line;
    } finally {
      session.destroy();
    }
  }

  /** Checks that a report is taken, and known to whoever asks. */
  async serves(): Promise<void> {
    const client = freshClient("served");
    const at = await this.report(client, "+34.068930-118.445127", timeText(nowNanos()));
    const held = await this.held(client);
    if (held !== at) throw new Error(`${this.name} answered ${JSON.stringify(at)}, and holds ${held}`);
  }

  /** The log file's text as it is now, the rotated ones not among it. */
  log(): string {
    const path = join(this.logDir, `${this.name}.log`);
    return existsSync(path) ? readFileSync(path, "latin1") : "";
  }

  /** Everything in the log folder, rotated files too. */
  allLogs(): string {
    return readdirSync(this.logDir).map((file) => readFileSync(join(this.logDir, file), "latin1")).join("");
  }

  /** Waits until the log file has a line for which `matches` is true. */
  async logged(what: string, matches: (line: string) => boolean): Promise<string> {
    return await until(`${this.name}'s log has ${what}`, () => this.log().split("\n").find(matches));
  }

  /** Bytes of memory that the process has, the most of them in real memory; undefined where nobody says. */
  residentBytes(): number | undefined {
    const status = `/proc/${this.program.pid}/status`;
    if (!existsSync(status)) return undefined;
    return 1_024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(status, "latin1"))?.[1]);
  }

  /** What it said that it counted, once it has stopped. */
  counters(): StoppedCounters {
    const said = /counters (\{.*\})$/m.exec(this.log())?.[1];
    if (said === undefined) throw new Error(`no counters in the log of ${this.name}`);
    return JSON.parse(said.replaceAll("\\\\", "\\")) as StoppedCounters;
  }

  /** SIGTERM, and its exit. */
  async stop(): Promise<Finished> {
    this.#pinger?.destroy();
    this.#pinger = undefined;
    this.program.signal("SIGTERM");
    return await this.program.end();
  }

  /** SIGKILL: it gets to finish nothing. */
  async kill(): Promise<void> {
    this.#pinger?.destroy();
    this.#pinger = undefined;
    this.program.signal("SIGKILL");
    await this.program.end();
  }
}

/** Starts a server and waits until it says that it listens. It is killed after the file's last test if it runs. */
export async function startServer(name: string, options: ServeOptions): Promise<RunningServer> {
  const logDir = options.logDir ?? await tempDir();
  const program = new Program(
    options.kind ?? nextKind(),
    serveArgs(name, options, logDir),
    options.env ?? {},
    undefined,
    options,
  );
  atEnd(async () => {
    program.signal("SIGKILL");
    await program.end();
  });
  const ready = await program.stdoutLine(new RegExp(`^${name} listens on `), `the line that ${name} listens`);
  const port = Number(/ listens on 127\.0\.0\.1:(\d+)/.exec(ready)?.[1]);
  if (!(port > 0)) throw new Error(`no address of loopback in ${JSON.stringify(ready)}`);
  return new RunningServer(name, port, program, logDir, options.tls);
}

/** What `startHerd` may be told. */
export interface HerdOptions extends Surroundings {
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, number>>;
  /** Which servers start, and in which order, one after the other; all of them at once when not given. */
  readonly order?: readonly string[];
}

/** Servers of one topology. */
export class Herd {
  readonly names: readonly string[];
  readonly topology: string;
  readonly #options: HerdOptions;
  readonly #kinds: ReadonlyMap<string, Kind>;
  readonly #logDirs = new Map<string, string>();
  readonly #servers = new Map<string, RunningServer>();

  constructor(names: readonly string[], topology: string, options: HerdOptions) {
    this.names = names;
    this.topology = topology;
    this.#options = options;
    this.#kinds = new Map(names.map((name) => [name, nextKind()]));
  }

  /** A server that runs. */
  server(name: string): RunningServer {
    const server = this.#servers.get(name);
    if (server === undefined) throw new Error(`${name} does not run`);
    return server;
  }

  /** Those that run. */
  get running(): RunningServer[] {
    return [...this.#servers.values()];
  }

  /** Starts a server, again on the same runtime and the same log after it has stopped. */
  async start(name: string): Promise<RunningServer> {
    const logDir = this.#logDirs.get(name) ?? await tempDir();
    this.#logDirs.set(name, logDir);
    const kind = this.#kinds.get(name) ?? nextKind();
    const server = await startServer(name, { ...this.#options, topology: this.topology, kind, logDir });
    this.#servers.set(name, server);
    return server;
  }

  async kill(name: string): Promise<void> {
    const server = this.server(name);
    this.#servers.delete(name);
    await server.kill();
  }

  /** Stops everything with SIGTERM and gives the exit codes. */
  async stopAll(): Promise<(number | null)[]> {
    const servers = this.running;
    this.#servers.clear();
    return (await Promise.all(servers.map((server) => server.stop()))).map(({ code }) => code);
  }

  /** Waits until every running server holds a report of `client`, the same on all. */
  async agreed(client: string, at?: string): Promise<string> {
    return await until(
      `all of ${this.running.map(({ name }) => name)} hold the same of ${client}`,
      async () => {
        const held = await Promise.all(this.running.map((server) => server.held(client)));
        const first = at ?? held[0];
        return first !== undefined && held.every((line) => line === first) ? first : undefined;
      },
    );
  }

  /** Sends a report of a new client to each running server and waits until all hold all of them. */
  async linked(): Promise<void> {
    await Promise.all(this.running.map(async (server) => {
      const client = freshClient("linked");
      const at = await server.report(client, "+34.068930-118.445127", timeText(nowNanos()));
      await this.agreed(client, at);
    }));
  }
}

/** Makes a topology on free ports and starts its servers. */
export async function startHerd(
  names: readonly string[],
  links: readonly LinkPair[],
  options: HerdOptions = {},
): Promise<Herd> {
  const ports = new Map<string, number>();
  for (const name of names) ports.set(name, await freePort());
  const herd = new Herd(names, await tempFile("topology.json", topologyText(ports, links)), options);
  if (options.order === undefined) await Promise.all(names.map((name) => herd.start(name)));
  for (const name of options.order ?? []) await herd.start(name);
  return herd;
}

/** Starts one server that has no neighbors. */
export async function startAlone(name: string, options: HerdOptions = {}): Promise<RunningServer> {
  return (await startHerd([name], [], options)).server(name);
}

// ---------------------------------------------------------------------------------------------------------- clients

/** A WHATSAT reply, taken apart. */
export interface WhatsatReply {
  /** The AT line, without its line end. */
  readonly at: string;
  /** The JSON text, without the two newlines behind it. */
  readonly json: string;
}

/** What tests look at in an answer's JSON. */
export interface PlacesAnswer {
  readonly results: readonly unknown[];
  readonly status: string;
  readonly error_message?: unknown;
}

/** Reads the JSON of a WHATSAT reply, and fails where it has not the outer form of a Nearby Search response. */
export function answerOf(reply: WhatsatReply): PlacesAnswer {
  const value: unknown = JSON.parse(fromUtf8(reply.json));
  const answer = value as Partial<PlacesAnswer> | null;
  if (typeof answer !== "object" || !Array.isArray(answer?.results) || typeof answer.status !== "string") {
    throw new Error(`not a Nearby Search response: ${reply.json}`);
  }
  return { ...answer, results: answer.results, status: answer.status };
}

/** What a client speaks TLS with, as PEM: whom it believes, and what it shows if anything. */
export interface ClientTls {
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
  readonly maxVersion?: "TLSv1.2";
}

/** One session, as a device sees it. */
export class Client {
  readonly #socket: Socket;
  readonly #who: string;
  #unread = "";
  #ended = false;
  #trouble: Error | undefined;
  #wake: () => void = () => {};
  /** Each piece as the socket gave it: what one read brought. */
  readonly reads: string[] = [];

  private constructor(socket: Socket, who: string) {
    this.#socket = socket;
    this.#who = who;
    socket.setNoDelay(true);
    socket.on("data", (bytes: Buffer) => {
      const text = bytes.toString("latin1");
      this.reads.push(text);
      this.#unread += text;
      this.#wake();
    });
    socket.on("end", () => {
      this.#ended = true;
      this.#wake();
    });
    socket.on("error", (error: Error) => {
      this.#trouble = error;
      this.#wake();
    });
    socket.on("close", () => {
      this.#ended = true;
      this.#wake();
    });
  }

  static async connect(port: number, who: string, tls?: ClientTls): Promise<Client> {
    const to = { host: "127.0.0.1", port, allowHalfOpen: true };
    // Which names a certificate must have is the servers' affair.
    const socket = tls === undefined
      ? connect(to)
      : connectTls({ ...to, ...tls, checkServerIdentity: () => undefined });
    await within(
      new Promise<void>((resolve, reject) => {
        socket.once(tls === undefined ? "connect" : "secureConnect", () => resolve());
        socket.once("error", reject);
      }),
      () => `a connection to ${who}`,
    );
    return new Client(socket, who);
  }

  /** Its own address, as the server's log would name it. */
  get address(): string {
    return `127.0.0.1:${this.#socket.localPort}`;
  }

  /** What has come and was not taken yet. */
  get unread(): string {
    return this.#unread;
  }

  /** Whether the server has ended its side. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Writes, and resolves when the socket has taken all of it. */
  async send(bytes: string): Promise<void> {
    await within(
      new Promise<void>((resolve, reject) => {
        this.#socket.write(Buffer.from(bytes, "latin1"), (error) => error ? reject(error) : resolve());
      }),
      () => `${this.#who} to read ${bytes.length} bytes`,
    );
  }

  /** Writes without waiting; a session that the server closes meanwhile is no error. */
  push(bytes: string): void {
    this.#socket.write(Buffer.from(bytes, "latin1"), () => {});
  }

  /** Ends the sending side; replies still come. */
  halfClose(): void {
    this.#socket.end();
  }

  /** Stops reading, as a client that has hung does; the socket may still take in one read more. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Breaks the connection off: the server's next read fails. A plain close would look like a half-close. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async #wait<T>(what: string, ready: () => T | undefined): Promise<T> {
    const some = (): string => JSON.stringify(this.#unread.slice(0, 2_000));
    const come = new Promise<T>((resolve, reject) => {
      this.#wake = () => {
        const value = ready();
        if (value !== undefined) resolve(value);
        else if (this.#ended) {
          reject(
            new Error(`${this.#who} closed before ${what}; unread: ${some()}`, { cause: this.#trouble }),
          );
        }
      };
      this.#wake();
    });
    try {
      return await within(come, () => `${what} from ${this.#who}; unread: ${some()}`);
    } finally {
      this.#wake = () => {};
    }
  }

  #take(length: number): string {
    const taken = this.#unread.slice(0, length);
    this.#unread = this.#unread.slice(length);
    return taken;
  }

  /** The next `length` bytes. */
  async bytes(length: number): Promise<string> {
    await this.#wait(`${length} bytes`, () => this.#unread.length >= length || undefined);
    return this.#take(length);
  }

  /** The next line, without its LF. */
  async line(): Promise<string> {
    const end = await this.#wait("a line", () => {
      const index = this.#unread.indexOf("\n");
      return index < 0 ? undefined : index;
    });
    return this.#take(end + 1).slice(0, -1);
  }

  /** The next line, which must have come already. */
  unreadLine(): string {
    const end = this.#unread.indexOf("\n");
    if (end < 0) throw new Error(`no line from ${this.#who} has come: ${JSON.stringify(this.#unread)}`);
    return this.#take(end + 1).slice(0, -1);
  }

  /** The next `count` lines. */
  async lines(count: number): Promise<string[]> {
    const lines: string[] = [];
    while (lines.length < count) lines.push(await this.line());
    return lines;
  }

  /** The next reply, which must be a WHATSAT's. */
  async whatsat(): Promise<WhatsatReply> {
    const end = await this.#wait("a whole WHATSAT reply", () => {
      const lineEnd = this.#unread.indexOf("\n");
      if (lineEnd >= 0 && !this.#unread.startsWith("AT ")) return lineEnd + 1;
      const index = this.#unread.indexOf("\n\n", lineEnd + 1);
      return lineEnd < 0 || index < 0 ? undefined : index + 2;
    });
    const reply = this.#take(end);
    if (!reply.startsWith("AT ")) throw new Error(`not a WHATSAT reply: ${JSON.stringify(reply)}`);
    const lineEnd = reply.indexOf("\n");
    return { at: reply.slice(0, lineEnd), json: reply.slice(lineEnd + 1, -2) };
  }

  /** Everything until the server ends its side. */
  async rest(): Promise<string> {
    await this.#wait("the end of the session", () => this.#ended || undefined);
    return this.#take(this.#unread.length);
  }

  /** Waits until the server has ended the session, in order or not. */
  async dropped(): Promise<void> {
    await this.#wait("the end of the session", () => this.#ended || undefined);
  }
}

/** Sends lines on a new session, half-closes, and gives all that came back until the server closed. */
export async function converse(server: RunningServer, bytes: string): Promise<string> {
  const session = await server.client();
  try {
    await session.send(bytes);
    session.halfClose();
    return await session.rest();
  } finally {
    session.destroy();
  }
}

/** Checks that each line, sent alone, is answered by `? ` and its own bytes; names every one that is not. */
export async function assertRefused(server: RunningServer, lines: readonly string[]): Promise<void> {
  const wrong: string[] = [];
  let session = await server.client();
  for (const line of lines) {
    await session.send(`${line}\n`);
    const reply = await session.line();
    if (reply === `? ${line}`) continue;
    wrong.push(`${JSON.stringify(line)} was answered ${JSON.stringify(reply)}`);
    session.destroy();
    session = await server.client();
  }
  session.destroy();
  if (wrong.length > 0) throw new Error(`${wrong.length} of ${lines.length} lines:\n${wrong.join("\n")}`);
}

// -------------------------------------------------------------------------------------------------- Places service

/** A request that the fake Places service got. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** The connection has closed, whoever did it. */
  closed: boolean;
}

/** Does with the connection of a request what it likes. */
export type Answer = (socket: Socket, request: SeenRequest) => void;

/** An HTTP response, whole, after which the connection ends. `body` is a binary string. */
export function respond(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const all = {
    "content-type": "application/json; charset=UTF-8",
    "content-length": String(body.length),
    "connection": "close",
    ...headers,
  };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return (socket) => {
    socket.end(Buffer.from(`HTTP/1.1 ${status} Whatever\r\n${head}\r\n${body}`, "latin1"));
  };
}

/** A request that waits for the test. */
export interface Held {
  /** Resolves when a request has come. */
  readonly arrived: Promise<SeenRequest>;
  /** Answers it. */
  release(): void;
}

/**
 * A Places service that does as the test says. It speaks HTTP by hand over `node:net`, so that it can break the
 * rules of HTTP too and sees every connection that closes.
 */
export class FakePlaces {
  readonly port: number;
  readonly requests: SeenRequest[] = [];
  /** What happens to a request when nothing else was asked for. */
  otherwise: Answer;
  /** The most requests that were ever held at a time. */
  mostHeld = 0;
  #held = 0;
  #server: Server | undefined;
  readonly #next: Answer[] = [];
  readonly #sockets = new Set<Socket>();

  private constructor(port: number, otherwise: Answer) {
    this.port = port;
    this.otherwise = otherwise;
  }

  static async start(otherwise: Answer): Promise<FakePlaces> {
    const fake = new FakePlaces(await freePort(), otherwise);
    await fake.listen();
    atEnd(() => fake.close());
    return fake;
  }

  get base(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The next request gets this answer, the one after it the next given. */
  next(answer: Answer): void {
    this.#next.push(answer);
  }

  /** The next request waits until the test releases it. */
  hold(answer: Answer): Held {
    let letGo: () => void = () => {};
    let tell: (request: SeenRequest) => void = () => {};
    const arrived = new Promise<SeenRequest>((resolve) => {
      tell = resolve;
    });
    this.next((socket, request) => {
      this.mostHeld = Math.max(this.mostHeld, ++this.#held);
      letGo = () => {
        this.#held--;
        answer(socket, request);
      };
      tell(request);
    });
    return {
      arrived: within(arrived, () => "a request to the Places service"),
      release: () => letGo(),
    };
  }

  async listen(): Promise<void> {
    const server = createServer((socket) => this.#serve(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.port, "127.0.0.1", () => resolve());
    });
  }

  /** Stops listening and drops every connection: who calls is refused. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    if (server === undefined) return;
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  #serve(socket: Socket): void {
    let text = "";
    let request: SeenRequest | undefined;
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#sockets.delete(socket);
      if (request !== undefined) request.closed = true;
    });
    socket.on("data", (bytes: Buffer) => {
      text += bytes.toString("latin1");
      if (request !== undefined) return;
      request = parseRequest(text);
      if (request === undefined) return;
      this.requests.push(request);
      (this.#next.shift() ?? this.otherwise)(socket, request);
    });
  }
}

function parseRequest(text: string): SeenRequest | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [first = "", ...rest] = text.slice(0, end).split("\r\n");
  const [method = "", target = ""] = first.split(" ");
  const headers = new Map(rest.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  }));
  const raw = text.slice(end + 4);
  if (headers.get("transfer-encoding") === "chunked") {
    if (!raw.endsWith("0\r\n\r\n")) return undefined;
    return { method, target, headers, body: raw.replace(/(^|\r\n)[0-9a-f]+\r\n/gi, ""), closed: false };
  }
  if (raw.length < Number(headers.get("content-length") ?? 0)) return undefined;
  return { method, target, headers, body: raw, closed: false };
}

// ------------------------------------------------------------------------------------------------------------ relay

/** One connection through a relay, with all that was said on it. */
export interface Relayed {
  fromDialer: string;
  fromTarget: string;
  closed: boolean;
}

/**
 * Stands on a wire between two servers: one has the relay's port as the other's address in its topology. It
 * listens in, cuts the wire and mends it, or goes silent without closing anything.
 */
export class Relay {
  readonly port: number;
  /** Where it leads. */
  readonly target: number;
  readonly connections: Relayed[] = [];
  /** `pass` forwards, `drop` closes whoever comes, `silent` swallows what is said. */
  #mode: "pass" | "drop" | "silent" = "pass";
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();

  private constructor(port: number, target: number) {
    this.port = port;
    this.target = target;
  }

  static async start(target: number): Promise<Relay> {
    const relay = new Relay(await freePort(), target);
    const server = createServer({ allowHalfOpen: true }, (socket) => relay.#take(socket));
    relay.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(relay.port, "127.0.0.1", () => resolve());
    });
    atEnd(() => relay.close());
    return relay;
  }

  /** Drops every connection and lets none through. */
  cut(): void {
    this.#mode = "drop";
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Lets connections through again. */
  mend(): void {
    this.#mode = "pass";
  }

  /** Reads nothing from either end any more: what they say piles up before it. */
  hold(): void {
    for (const socket of this.#sockets) socket.pause();
  }

  /** Reads on. */
  release(): void {
    for (const socket of this.#sockets) socket.resume();
  }

  /** Swallows everything from now on, as a wire does that was pulled: nobody is told. */
  silence(): void {
    this.#mode = "silent";
  }

  /** All that dialers have said since connection number `from`. */
  saidByDialer(from = 0): string {
    return this.connections.slice(from).map((connection) => connection.fromDialer).join("");
  }

  /** All that the target has said. */
  saidByTarget(from = 0): string {
    return this.connections.slice(from).map((connection) => connection.fromTarget).join("");
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.cut();
    await new Promise<void>((resolve) => server === undefined ? resolve() : server.close(() => resolve()));
  }

  #take(dialer: Socket): void {
    const relayed: Relayed = { fromDialer: "", fromTarget: "", closed: false };
    this.connections.push(relayed);
    if (this.#mode === "drop") {
      relayed.closed = true;
      dialer.on("error", () => {});
      dialer.destroy();
      return;
    }
    const target = connect({ host: "127.0.0.1", port: this.target, allowHalfOpen: true });
    this.#join(dialer, target, (text) => relayed.fromDialer += text);
    this.#join(target, dialer, (text) => relayed.fromTarget += text);
    dialer.on("close", () => relayed.closed = true);
  }

  #join(from: Socket, to: Socket, heard: (text: string) => void): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on("data", (bytes: Buffer) => {
      if (this.#mode !== "pass") return;
      heard(bytes.toString("latin1"));
      to.write(bytes);
    });
    from.on("end", () => to.end());
    from.on("error", () => to.destroy());
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}

/** How often `part` stands in `text`. */
export function countOf(text: string, part: string): number {
  return text.split(part).length - 1;
}
