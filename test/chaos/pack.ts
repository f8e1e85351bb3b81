/** The five servers of a run: each with a disk of its own, and a wire to each neighbor. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import {
  countOf,
  FIVE,
  FIVE_LINKS,
  freePort,
  type Kind,
  type LinkPair,
  type RunningServer,
  startServer,
  topologyText,
} from "../conformance/harness.ts";
import type { SmallDisk } from "./disk.ts";
import type { Findings } from "./findings.ts";
import type { ServerName } from "./plan.ts";
import { Wire } from "./wire.ts";

/** Small, so that in minutes everything happens that takes days otherwise. */
const LIMITS = {
  heartbeatMs: 700,
  redialMs: 300,
  journalRetryMs: 200,
  logBytes: 1_048_576,
  logFiles: 2,
  stalledMs: 15_000,
  drainMs: 5_000,
};

/** What a journal may outgrow what it holds by: some are rewritten every few seconds, others keep all of a round. */
const OFTEN_BYTES = 131_072;
const SELDOM_BYTES = 4_194_304;

const TROUBLE = "the journal cannot be written";
const HEALED = "the journal is written again";

/** Text that no server may ever say. */
const FORBIDDEN = /an error that nobody caught|panicked|uncaught|unhandled|heap out of memory/i;

export interface PackOptions {
  readonly dir: string;
  readonly kindOf: (name: ServerName) => Kind;
  readonly fsync: string;
  /** Without a folder for their data they forget when they end. */
  readonly remembers: boolean;
  readonly disk: SmallDisk;
  /** The server that has it. */
  readonly diskOf: ServerName;
  readonly findings: Findings;
}

/** A server from its start to its end. */
export interface Life {
  readonly server: RunningServer;
  /** We have told it to end, or killed it. */
  isEnding: boolean;
}

export class Pack {
  readonly ports: ReadonlyMap<ServerName, number>;
  readonly #options: PackOptions;
  readonly #wires: readonly { readonly ends: LinkPair; readonly wire: Wire }[];
  readonly #lives = new Map<ServerName, Life>();

  private constructor(
    options: PackOptions,
    ports: ReadonlyMap<ServerName, number>,
    wires: readonly { readonly ends: LinkPair; readonly wire: Wire }[],
  ) {
    this.#options = options;
    this.ports = ports;
    this.#wires = wires;
  }

  /** Makes the wires and the topologies; no server runs yet. */
  static async make(options: PackOptions): Promise<Pack> {
    const ports = new Map<ServerName, number>();
    for (const name of FIVE) ports.set(name, await freePort());
    const portOf = (name: string) => [...ports].find(([known]) => known === name)?.[1] ?? 0;
    const wires = await Promise.all(FIVE_LINKS.map(async (ends) => ({
      ends,
      wire: await Wire.start(ends, [portOf(ends[0]), portOf(ends[1])]),
    })));
    const pack = new Pack(options, ports, wires);
    for (const name of FIVE) pack.#writeTopology(name);
    return pack;
  }

  portOf(name: ServerName): number {
    return this.ports.get(name) ?? 0;
  }

  /** Undefined while it does not run. */
  life(name: ServerName): Life | undefined {
    return this.#lives.get(name);
  }

  pidOf(name: ServerName): number | undefined {
    return this.#lives.get(name)?.server.program.pid;
  }

  /** Starts a server, again on its disk. Resolves once it listens. */
  async start(name: ServerName): Promise<void> {
    const { kindOf, fsync, remembers, disk, diskOf } = this.#options;
    const isSeldom = name === diskOf || FIVE.indexOf(name) % 2 === 1;
    const data = remembers ? ["--data-dir", join(this.#dirOf(name), "data"), "--fsync", fsync] : [];
    const server = await startServer(name, {
      topology: this.#topologyOf(name),
      flags: data,
      limits: { ...LIMITS, journalBytes: isSeldom ? SELDOM_BYTES : OFTEN_BYTES },
      kind: kindOf(name),
      logDir: join(this.#dirOf(name), "log"),
      wrapper: name === diskOf ? disk.under : [],
    });
    const life: Life = { server, isEnding: false };
    this.#lives.set(name, life);
    if (name === diskOf && disk.isFull) disk.fill(server.program.pid);
    void server.program.finished.then(({ code, signal }) => {
      this.#readOutput(name, life);
      if (!life.isEnding) {
        this.#options.findings.add(`${name} ended by itself (exit ${code}, signal ${signal})`);
      }
    });
  }

  async kill(name: ServerName): Promise<void> {
    const life = this.#lives.get(name);
    if (life === undefined) return;
    life.isEnding = true;
    await life.server.kill();
    this.#lives.delete(name);
  }

  /** SIGTERM: it must end in good order, and in its bound. */
  async terminate(name: ServerName): Promise<void> {
    const life = this.#lives.get(name);
    if (life === undefined) return;
    life.isEnding = true;
    try {
      const { code, signal } = await life.server.stop();
      if (code !== 0) {
        this.#options.findings.add(`${name} ended on SIGTERM with exit ${code}, signal ${signal}`);
      }
    } catch (error) {
      this.#options.findings.add(`${name} did not end on SIGTERM: ${error}`);
      await life.server.kill();
    }
    this.#lives.delete(name);
  }

  freeze(name: ServerName): void {
    this.#lives.get(name)?.server.program.signal("SIGSTOP");
  }

  thaw(name: ServerName): void {
    this.#lives.get(name)?.server.program.signal("SIGCONT");
  }

  wire([one, other]: LinkPair): Wire {
    const found = this.#wires.find(({ ends }) => ends.includes(one) && ends.includes(other));
    if (found === undefined) throw new Error(`${one} and ${other} are no neighbors`);
    return found.wire;
  }

  /** Appends to the journal of a server that does not run. @returns its size before. */
  soil(name: ServerName, tail: string): number {
    const path = this.#journalOf(name);
    const sizeBytes = existsSync(path) ? statSync(path).size : 0;
    appendFileSync(path, tail, "latin1");
    return sizeBytes;
  }

  /** Whether a line stands in a server's journal, and with it all that changed there before. */
  hasJournaled(name: ServerName, line: string): boolean {
    const path = this.#journalOf(name);
    return existsSync(path) && readFileSync(path, "latin1").includes(`\n${line}\n`);
  }

  /** Whether a server has said that its journal is written again, as often as that it is not. */
  isHealed(name: ServerName): boolean {
    const said = this.#lives.get(name)?.server.program.stdout ?? "";
    return countOf(said, TROUBLE) === countOf(said, HEALED);
  }

  /** What a server says in its log files that it should never say. */
  readLogs(): void {
    for (const name of FIVE) {
      const dir = join(this.#dirOf(name), "log");
      if (!existsSync(dir)) continue;
      for (const file of readdirSync(dir)) {
        // Lines of clients and neighbors are what they like.
        for (const line of readFileSync(join(dir, file), "latin1").split("\n")) {
          if (/ [<>] /.test(line) || !FORBIDDEN.test(line)) continue;
          this.#options.findings.add(`${name}'s log: ${line}`);
        }
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all(FIVE.map((name) => this.kill(name)));
    await Promise.all(this.#wires.map(({ wire }) => wire.close()));
  }

  #readOutput(name: ServerName, { server }: Life): void {
    const { stdout, stderr } = server.program;
    const { tally } = this.#options.findings;
    for (const line of `${stdout}\n${stderr}`.split("\n")) {
      if (FORBIDDEN.test(line)) this.#options.findings.add(`${name} said: ${line}`);
      if (line.includes("the journal was rewritten")) tally.rewritings++;
      if (line.includes(TROUBLE)) tally.troubles++;
      if (line.includes("link up")) tally.links++;
    }
  }

  #dirOf(name: ServerName): string {
    const { dir, disk, diskOf } = this.#options;
    return name === diskOf ? disk.dir : join(dir, name);
  }

  #journalOf(name: ServerName): string {
    return join(this.#dirOf(name), "data", `${name}.journal`);
  }

  #topologyOf(name: ServerName): string {
    return join(this.#options.dir, `${name}.topology.json`);
  }

  /** Each server knows its neighbors by the wires that lead to them. */
  #writeTopology(name: ServerName): void {
    const seen = new Map<string, number>(this.ports);
    for (const { ends, wire } of this.#wires) {
      const [one, other] = ends;
      if (one === name) seen.set(other, wire.portFor(name));
      if (other === name) seen.set(one, wire.portFor(name));
    }
    mkdirSync(this.#options.dir, { recursive: true });
    writeFileSync(this.#topologyOf(name), topologyText(seen, FIVE_LINKS));
  }
}
