/**
 * One history: a herd starts, a storm goes over it while clients report and ask, everything heals, and then it is
 * held against what protocol.md promises. All of it follows from a seed.
 */
import { neighborsOf } from "../../src/herd/topology.ts";
import { AT_LINE_EXTRA_BYTES, FIXED_WAITS } from "../../src/limits.ts";
import { Client, type ClientWorld } from "./client.ts";
import type { ClientSession } from "./client_session.ts";
import { Faults } from "./faults.ts";
import { Ledger } from "./ledger.ts";
import { Life } from "./life.ts";
import { compareReports } from "./order.ts";
import { Random } from "./random.ts";
import { makeIds } from "./requests.ts";
import { drawScenario, MAX_SYNC_MS, type Scenario } from "./scenario.ts";
import { Scheduler } from "./scheduler.ts";
import type { End } from "./sim_connection.ts";
import { SimNetwork } from "./sim_network.ts";
import { type Run, SimServer } from "./sim_server.ts";
import type { Subject } from "./subject.ts";
import type { Totals } from "./totals.ts";
import { show, Trace, Violation } from "./trace.ts";
import type { WitnessStand } from "./witness.ts";

/** A check that did not hold. */
export interface Failure {
  /** In a word or two. */
  readonly check: string;
  readonly message: string;
}

export interface Outcome {
  readonly seed: number;
  readonly totals: Totals;
  /** Of all that happened. */
  readonly hash: number;
  readonly violation: Failure | undefined;
  /** The last lines of the trace, where it was asked for. */
  readonly trace: readonly string[];
}

/** Between two looks at whether all has settled. */
const LOOK_MS = 250;
/** What the slowest settling takes beyond the timeouts. */
const SETTLE_SPARE_MS = 15_000;
/** Longest reply to a WHATSAT beyond its AT line. */
const PLACES_REPLY_BYTES = 700;
const QUIET_REPORTS = 4;

/** Runs the history of `seed`. */
export async function runHistory(subject: Subject, seed: number, keepsTrace = false): Promise<Outcome> {
  const history = new History(subject, seed, keepsTrace);
  let violation: Failure | undefined;
  try {
    await history.run();
  } catch (error) {
    violation = error instanceof Violation
      ? { check: error.check, message: error.message }
      : { check: "crash", message: describe(error) };
  }
  return { seed, totals: history.totals, hash: history.trace.hash, violation, trace: history.trace.lines };
}

function describe(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}

class History {
  readonly trace: Trace;
  readonly #subject: Subject;
  readonly #scenario: Scenario;
  readonly #random: Random;
  readonly #scheduler = new Scheduler();
  readonly #ledger = new Ledger();
  readonly #network: SimNetwork;
  readonly #servers: readonly SimServer[];
  readonly #clients: readonly Client[];
  readonly #faults: Faults;
  readonly #serverHosts: ReadonlySet<string>;
  #phase: "storm" | "settling" | "quiet" | "stopping" = "storm";
  #replies = 0;
  #messages = 0;
  #linksUp = 0;
  #violation: Violation | undefined;
  /** Told of each handshake that begins. */
  #linkBegun: (server: string) => void = () => {};
  readonly #thirds = new Map<string, boolean>();
  /** The life of the neighbor that each server has a link to, by both names. */
  readonly #linked = new Map<string, Run | undefined>();
  /** How often each report of the quiet time was sent. */
  readonly #sentOf = new Map<string, number>();

  constructor(subject: Subject, seed: number, keepsTrace: boolean) {
    this.#subject = subject;
    this.#random = new Random(seed, "history");
    const scenario = this.#scenario = drawScenario(this.#random.split("scenario"));
    const scheduler = this.#scheduler;
    const trace = this.trace = new Trace(scheduler, keepsTrace);
    const network = this.#network = new SimNetwork(
      subject,
      scheduler,
      this.#random.split("network"),
      trace,
      scenario.ways,
      scenario.weather,
      (end) => this.#boundUnsent(end),
    );
    const world = {
      subject,
      scenario,
      scheduler,
      network,
      random: this.#random.split("servers"),
      stand: this.#stand(),
      losing: (server: SimServer, isKept: boolean) => this.#losing(server, isKept),
      returned: (server: SimServer) => this.#ledger.checkKept(server.name, server.held()),
    };
    this.#servers = scenario.topology.servers.map((place) => new SimServer(world, place));
    this.#serverHosts = new Set(scenario.topology.servers.map(({ host }) => host));
    this.#clients = this.#makeClients();
    this.#faults = new Faults({
      scenario,
      scheduler,
      network,
      trace,
      servers: this.#servers,
      clients: this.#clients,
    }, this.#random.split("faults"));
  }

  get totals(): Totals {
    return {
      servers: this.#servers.length,
      links: this.#scenario.topology.links.length,
      virtualSeconds: this.#scheduler.nowUs / 1e6,
      events: this.#scheduler.happened,
      reports: this.#clients.reduce((sum, client) => sum + client.reports, 0),
      replies: this.#replies,
      promises: this.#ledger.promises,
      messages: this.#messages,
      linksUp: this.#linksUp,
      faults: this.#faults.counts,
    };
  }

  async run(): Promise<void> {
    for (const server of this.#servers) {
      this.#scheduler.after(this.#random.unit() ** 2 * 3_000, () => {
        if (server.run === undefined && server.machine.host.isUp) server.start();
      });
    }
    for (const client of this.#clients) client.start();
    this.#faults.start();
    await this.#pass(this.#scenario.stormMs);
    this.#faults.end();
    for (const client of this.#clients) client.retire();
    this.#phase = "settling";
    const { heartbeatMs, heartbeatsMissed } = this.#scenario.limits;
    // What looks like a link may be the ghost of one; by then its ends have found out.
    await this.#pass(heartbeatMs * (heartbeatsMissed + 2));
    await this.#settle();
    this.#checkRegistries();
    await this.#quietTime();
    await this.#endSessions();
    await this.#stopAll();
  }

  #makeClients(): readonly Client[] {
    const random = this.#random.split("clients");
    const scenario = this.#scenario;
    const world: ClientWorld = {
      ledger: this.#ledger,
      trace: this.trace,
      futureSeconds: scenario.limits.futureSeconds,
      lineBytes: scenario.limits.lineBytes,
      mayRefuse: scenario.fsync === "always" && scenario.faultsPerMinute.diskTrouble > 0,
      nowUs: () => this.#scheduler.nowUs,
      replied: () => this.#replies++,
      acknowledged: (server) => this.#faults.acknowledged(server),
      network: this.#network,
      servers: this.#servers,
      limits: scenario.limits,
      ids: makeIds(random, scenario.ids),
      times: new Map(),
      actMs: scenario.actMs,
    };
    return Array.from({ length: scenario.clients }, (_, i) => {
      const owner = {
        host: this.#network.addHost(scenario.secrets.length > 0 ? `10.1.0.${i + 1}` : `127.1.0.${i + 1}`),
        life: new Life(this.#scheduler),
        manners: scenario.manners,
        ends: new Set<End>(),
      };
      return new Client(world, `client ${i}`, owner, random.split(`client ${i}`));
    });
  }

  /** Ends the history after this event. It does not throw, since a server might catch that. */
  #fail(check: string, message: string): void {
    this.#violation ??= new Violation(check, message);
  }

  #serverNamed(name: string): SimServer {
    return this.#servers.find((server) => server.name === name)!;
  }

  /** Where nothing has changed at the neighbor since it said so, what it holds must be there. */
  #checkMark(server: string, neighbor: string, seq: number): void {
    const from = this.#serverNamed(neighbor);
    if (from.run === undefined || from.run !== this.#linked.get(`${server} ${neighbor}`)) return;
    if (from.run.server.registry.seq !== seq) return;
    const held = this.#serverNamed(server).held();
    for (const [id, report] of from.held()) {
      const own = held.get(id);
      if (own !== undefined && compareReports(own, report) >= 0) continue;
      const instead = own === undefined ? "nothing" : show(own.line);
      this.#fail(
        "mark",
        `${neighbor} told ${server} that it had sent ${show(report.line)}; it holds ${instead}`,
      );
    }
  }

  #stand(): WitnessStand {
    return {
      fail: (check, message) => this.#fail(check, message),
      marked: (server, neighbor, seq) => this.#checkMark(server, neighbor, seq),
      trace: this.trace,
      reportSent: (line: string) => {
        this.#messages++;
        if (this.#phase !== "quiet") return;
        const count = (this.#sentOf.get(line) ?? 0) + 1;
        this.#sentOf.set(line, count);
        const most = 2 * this.#scenario.topology.links.length;
        if (count > most) {
          this.#fail("messages", `${show(line)} was sent ${count} times; ${most} would do`);
        }
      },
      linkBegun: (server) => this.#linkBegun(server),
      linkUp: (server, neighbor) => {
        this.#linksUp++;
        this.#linked.set(`${server} ${neighbor}`, this.#serverNamed(neighbor).run);
      },
      linkDown: (server, neighbor, reason) => {
        if (this.#phase !== "quiet") return;
        this.#fail("links", `the link of ${server} to ${neighbor} dropped in quiet times: ${reason}`);
      },
    };
  }

  /** A server must not gather more than its limits for someone who does not read. */
  #boundUnsent(end: End): void {
    const { host } = end.owner;
    if (!this.#serverHosts.has(host.address)) return;
    const { limits } = this.#scenario;
    const longest = limits.lineBytes + AT_LINE_EXTRA_BYTES;
    const isLink = this.#serverHosts.has(end.remote.host);
    const late = this.#haveThird(host.address, end.remote.host) ? this.#scenario.ids + 1 : 0;
    const bound = isLink
      ? limits.linkUnsentBytes + this.#subject.floodBytes + (late + 2) * longest
      : limits.unreadBytes + (limits.searchesPerSession + 1) * (longest + PLACES_REPLY_BYTES);
    if (end.unsentBytes <= bound) return;
    const whom = isLink ? "a neighbor" : "a client";
    this.#fail(
      "memory",
      `${host.address} holds ${end.unsentBytes} bytes for ${whom} that does not read; ${bound} is the bound`,
    );
  }

  /** Whether two servers have a neighbor in common, so that one may wait with what that one says. */
  #haveThird(host: string, otherHost: string): boolean {
    const pair = `${host} ${otherHost}`;
    const known = this.#thirds.get(pair);
    if (known !== undefined) return known;
    const { topology } = this.#scenario;
    const neighbors = [host, otherHost].map((address) => {
      const name = topology.servers.find((server) => server.host === address)?.name ?? "";
      return neighborsOf(topology, name).map((neighbor) => neighbor.name);
    });
    const have = neighbors[0]!.some((name) => neighbors[1]!.includes(name));
    this.#thirds.set(pair, have);
    return have;
  }

  /** A server is about to forget: what nobody else has by now is gone, but for what it has promised to keep. */
  #losing(server: SimServer, isKept: boolean): void {
    const others = this.#servers.filter((other) => other !== server && other.run !== undefined);
    this.#ledger.lose(server.name, server.heldOrLeft(), others.map((other) => other.held()), isKept);
  }

  async #pass(ms: number): Promise<void> {
    const endUs = this.#scheduler.nowUs + Math.round(ms * 1_000);
    await this.#scheduler.run(endUs, () => this.#violation !== undefined);
    if (this.#violation !== undefined) throw this.#violation;
  }

  /** Waits until links are up, registries equal and replies there; not for longer than the timeouts explain. */
  async #settle(): Promise<void> {
    const { handshakeMs, heartbeatMs, heartbeatsMissed, redialMs, drainMs, journalRetryMs } =
      this.#scenario.limits;
    const mostMs = 3 * (handshakeMs + redialMs + heartbeatMs * (heartbeatsMissed + 2)) + drainMs +
      2 * journalRetryMs + SETTLE_SPARE_MS;
    const endUs = this.#scheduler.nowUs + mostMs * 1_000;
    let unsettled = this.#unsettled();
    while (unsettled !== undefined) {
      if (this.#scheduler.nowUs >= endUs) {
        throw new Violation(unsettled.check, `after ${mostMs / 1000} s without a fault ${unsettled.message}`);
      }
      await this.#pass(LOOK_MS);
      unsettled = this.#unsettled();
    }
  }

  /** What has not settled yet. */
  #unsettled(): Violation | undefined {
    for (const { name, run } of this.#servers) {
      if (run === undefined || run.isStopping) return new Violation("links", `${name} is not up`);
      const missing = run.server.herd.neighbors.find(({ linked }) => !linked);
      if (missing !== undefined) return new Violation("links", `${name} has no link to ${missing.name}`);
    }
    for (const session of this.#sessions()) {
      if (session.isOwed) {
        return new Violation(
          "replies",
          `${session.name} waits at ${session.server.name} for ${session.owed}`,
        );
      }
    }
    return this.#difference();
  }

  #sessions(): readonly ClientSession[] {
    return this.#clients.flatMap(({ sessions }) => sessions);
  }

  /** Where two registries differ. */
  #difference(): Violation | undefined {
    const [first, ...others] = this.#servers;
    const held = first!.held();
    for (const other of others) {
      const otherHeld = other.held();
      for (const id of new Set([...held.keys(), ...otherHeld.keys()])) {
        const [a, b] = [held.get(id)?.line, otherHeld.get(id)?.line];
        if (a === b) continue;
        const what = `${first!.name} holds ${show(a ?? "nothing")}, ${other.name} ${show(b ?? "nothing")}`;
        return new Violation("equal", `registries differ: of ${show(id)} ${what}`);
      }
    }
    return undefined;
  }

  #checkRegistries(): void {
    const difference = this.#difference();
    if (difference !== undefined) throw difference;
    const [first] = this.#servers;
    this.#ledger.check(first!.name, first!.held());
  }

  /** No fault but clocks that jump: no link may drop, and no report may be told too often. */
  async #quietTime(): Promise<void> {
    const random = this.#random.split("quiet");
    this.#phase = "quiet";
    for (let i = 0; i < QUIET_REPORTS; i++) {
      const client = random.pick(this.#clients);
      void client.connect(random.pick(this.#servers), (session) => client.report(session));
      if (random.chance(0.5)) this.#faults.jump(random.pick(this.#servers));
      await this.#pass(random.between(20, 1_500));
    }
    await this.#settle();
    const { heartbeatMs, heartbeatsMissed } = this.#scenario.limits;
    await this.#pass(heartbeatMs * (heartbeatsMissed + 2));
    this.#checkRegistries();
  }

  /** Every session that is still open gets all that is due, and then its end. */
  async #endSessions(): Promise<void> {
    for (const session of this.#sessions()) session.halfClose();
    await this.#settle();
  }

  /** Every server stops in time, and nothing of it is left: first one, often while its links are being made. */
  async #stopAll(): Promise<void> {
    const random = this.#random.split("stop");
    this.#phase = "stopping";
    const first = random.pick(this.#servers);
    const { run } = first;
    if (random.chance(0.7)) {
      for (const end of [...run?.runtime.ends ?? []]) {
        if (this.#serverHosts.has(end.remote.host)) end.sever(true);
      }
    }
    await this.#stop([first], (stop) => {
      this.#linkBegun = (name) => {
        if (name === first.name) this.#scheduler.after(0, () => stop(first));
      };
      this.#scheduler.after(random.unit() * 500, () => stop(first));
    });
    const others = this.#servers.filter((server) => server !== first);
    await this.#stop(others, (stop) => {
      for (const server of others) {
        this.#scheduler.after(random.chance(0.5) ? 0 : random.unit() * 500, () => stop(server));
      }
    });
  }

  /** @param begin sets up when each is stopped, within half a second. */
  async #stop(
    servers: readonly SimServer[],
    begin: (stop: (server: SimServer) => void) => void,
  ): Promise<void> {
    const { drainMs, handshakeMs } = this.#scenario.limits;
    const stopping = new Set(servers);
    begin((server) => server.stop(() => stopping.delete(server)));
    await this.#pass(500 + drainMs + 2 * MAX_SYNC_MS + LOOK_MS);
    for (const { name } of stopping) {
      throw new Violation("shutdown", `${name} has not stopped in ${drainMs} ms`);
    }
    await this.#pass(Math.max(FIXED_WAITS.lingerMs, handshakeMs) + LOOK_MS);
    for (const server of servers) {
      const left = server.leftovers();
      if (left === undefined) continue;
      throw new Violation("shutdown", `${server.name} has stopped, and has left ${left}`);
    }
  }
}
