/** What goes wrong in a history, each kind as often as its scenario says, and each for a while. */
import type { Client } from "./client.ts";
import type { Random } from "./random.ts";
import { FAULT_KINDS, type FaultKind, MAX_SYNC_MS, type Scenario } from "./scenario.ts";
import type { Scheduler } from "./scheduler.ts";
import type { End, Host } from "./sim_connection.ts";
import type { SimNetwork } from "./sim_network.ts";
import type { SimServer } from "./sim_server.ts";
import type { Trace } from "./trace.ts";

const MINUTE_MS = 60_000;
const MAX_JUMP_SECONDS = 7_200;
const MAX_STALL_MS = 3_000;

export interface FaultWorld {
  readonly scenario: Scenario;
  readonly scheduler: Scheduler;
  readonly network: SimNetwork;
  readonly trace: Trace;
  readonly servers: readonly SimServer[];
  readonly clients: readonly Client[];
}

export class Faults {
  /** How many of each kind there were. */
  readonly counts: Record<FaultKind, number>;
  readonly #world: FaultWorld;
  readonly #random: Random;
  /** Servers that crash as soon as a client knows that something of it is safe. */
  readonly #doomed = new Map<SimServer, () => void>();
  #isOver = false;

  constructor(world: FaultWorld, random: Random) {
    this.#world = world;
    this.#random = random;
    this.counts = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Record<FaultKind, number>;
  }

  start(): void {
    for (const kind of FAULT_KINDS) this.#next(kind);
  }

  /** Nothing more goes wrong, and what is wrong is mended: ways, machines, clocks that stand. */
  end(): void {
    this.#isOver = true;
    const { network, servers, trace } = this.#world;
    trace.say("", "the storm is over");
    network.mendAll();
    for (const server of servers) {
      server.trouble(false, false);
      if (server.run !== undefined) server.run.places.isDown = false;
      else this.#restart(server);
    }
  }

  /** A client has just learned that `server` has its report. */
  acknowledged(server: SimServer): void {
    const strike = this.#doomed.get(server);
    this.#doomed.delete(server);
    if (strike !== undefined && !this.#isOver) this.#world.scheduler.after(0, strike);
  }

  /** The clock on the wall of `server` is set, forward or back. */
  jump(server: SimServer): void {
    const seconds = this.#random.pick([1, 30, MAX_JUMP_SECONDS]);
    const nanos = BigInt(this.#random.between(-seconds * 1_000, seconds * 1_000)) * 1_000_000n;
    this.#world.trace.say(server.name, "its clock jumps", () => `by ${Number(nanos) / 1e9} s`);
    server.machine.wall.jump(nanos);
  }

  #next(kind: FaultKind): void {
    const rate = this.#world.scenario.faultsPerMinute[kind];
    if (rate === 0) return;
    const waitMs = -Math.log(1 - this.#random.unit()) * MINUTE_MS / rate;
    this.#world.scheduler.after(waitMs, () => {
      if (this.#isOver) return;
      this.counts[kind]++;
      this.#strike(kind);
      this.#next(kind);
    });
  }

  #strike(kind: FaultKind): void {
    const server = this.#random.pick(this.#world.servers);
    switch (kind) {
      case "partition":
        return this.#partition();
      case "cut":
        return this.#cutPair(true);
      case "oneWayCut":
        return this.#cutPair(false);
      case "clientCut":
        return this.#cutClient(server);
      case "crash":
        return this.#soon(server, () => this.#crash(server, false));
      case "powerLoss":
        return this.#soon(server, () => this.#crash(server, true));
      case "diskLoss":
        return this.#loseDisk(server);
      case "diskTrouble":
        return this.#troubleDisk(server);
      case "stopAndStart":
        return this.#stopAndStart(server);
      case "sever":
        return this.#touch(server, (end) => end.sever(this.#random.chance(0.5)));
      case "swallow":
        return this.#touch(server, (end) => end.swallow());
      case "slowWay":
        return this.#slowWay();
      case "stall":
        return this.#stall(server);
      case "clockJump":
        return this.jump(server);
      case "noPlaces":
        return this.#noPlaces(server);
    }
  }

  /** How long a fault lasts: often too short to be noticed, sometimes long enough for every timeout. */
  #durationMs(): number {
    return this.#random.spanning(50, 15_000);
  }

  #during(ms: number, end: () => void): void {
    this.#world.scheduler.after(ms, () => {
      if (!this.#isOver) end();
    });
  }

  #cut(ways: readonly (readonly [Host, Host])[]): void {
    const { network } = this.#world;
    for (const [from, to] of ways) network.cut(from, to);
    this.#during(this.#durationMs(), () => {
      for (const [from, to] of ways) network.mend(from, to);
    });
  }

  #partition(): void {
    const servers = this.#random.shuffle(this.#world.servers);
    const here = servers.slice(0, this.#random.between(1, servers.length - 1));
    const there = servers.slice(here.length);
    this.#world.trace.say("", "partition", () => here.map(({ name }) => name).join(", "));
    const pairs = here.flatMap((a) => there.map((b): [Host, Host] => [a.machine.host, b.machine.host]));
    this.#cut([...pairs, ...pairs.map(([a, b]): [Host, Host] => [b, a])]);
  }

  #cutPair(isBothWays: boolean): void {
    const { topology } = this.#world.scenario;
    const link = this.#random.shuffle(this.#random.pick(topology.links));
    const [a, b] = link.map((name) => this.#world.servers.find((server) => server.name === name)!);
    this.#world.trace.say(a!.name, isBothWays ? "cut off from" : "no more heard by", () => b!.name);
    const there: [Host, Host] = [a!.machine.host, b!.machine.host];
    this.#cut(isBothWays ? [there, [there[1], there[0]]] : [there]);
  }

  #cutClient(server: SimServer): void {
    const client = this.#random.pick(this.#world.clients);
    for (const session of client.sessions) if (session.server === server) session.disturb();
    const there: [Host, Host] = [client.owner.host, server.machine.host];
    this.#world.trace.say(server.name, "cut off from a client");
    this.#cut(this.#random.pick([[there], [[there[1], there[0]]], [there, [there[1], there[0]]]]));
  }

  /** Now, or at the worst moment. */
  #soon(server: SimServer, strike: () => void): void {
    if (this.#random.chance(0.4)) strike();
    else this.#doomed.set(server, strike);
  }

  #crash(server: SimServer, isPowerLoss: boolean): void {
    if (server.run === undefined) return;
    server.crash(isPowerLoss);
    this.#during(this.#durationMs(), () => this.#restart(server));
  }

  #loseDisk(server: SimServer): void {
    this.#crash(server, true);
    if (server.run === undefined) server.loseDisk();
  }

  /** It is full, or cannot bring bytes home, or takes long to do it. */
  #troubleDisk(server: SimServer): void {
    const { troubles } = server.machine.disk;
    troubles.syncMs = this.#random.spanning(1, MAX_SYNC_MS);
    const trouble = this.#random.pick(["full", "unsyncable", "slow"]);
    this.#world.trace.say(server.name, "its disk is", () => trouble);
    if (trouble === "slow") return;
    for (const end of server.run?.runtime.ends ?? []) end.disturb();
    server.trouble(trouble === "full", trouble === "unsyncable");
    this.#during(this.#durationMs(), () => server.trouble(false, false));
  }

  #restart(server: SimServer): void {
    if (server.run !== undefined) return;
    this.#world.network.switchOn(server.machine.host);
    server.start();
  }

  #stopAndStart(server: SimServer): void {
    const { run } = server;
    server.stop(() => {
      // It may have crashed meanwhile.
      if (server.run !== run || run === undefined) return;
      server.exit();
      if (this.#isOver) this.#restart(server);
      else this.#during(this.#random.spanning(1, 5_000), () => this.#restart(server));
    });
  }

  /** Something happens to a connection of `server`. */
  #touch(server: SimServer, how: (end: End) => void): void {
    const all = [...server.run?.runtime.ends ?? []];
    const links = all.filter(({ remote }) => this.#isServer(remote.host));
    const ends = links.length > 0 && this.#random.chance(0.7) ? links : all;
    if (ends.length === 0) return;
    const end = this.#random.pick(ends);
    this.#world.trace.say(server.name, "a fault on", () => `${end.remote.host}:${end.remote.port}`);
    how(end);
  }

  #isServer(host: string): boolean {
    return this.#world.servers.some(({ machine }) => machine.host.address === host);
  }

  #slowWay(): void {
    const { network, servers } = this.#world;
    const [a, b] = this.#random.shuffle(servers);
    const from = a!.machine.host;
    const to = b!.machine.host;
    network.slow(from, to, this.#random.spanning(10, 3_000));
    this.#during(this.#durationMs(), () => network.slow(from, to, 0));
  }

  #stall(server: SimServer): void {
    const { scheduler, trace } = this.#world;
    const { run } = server;
    if (run === undefined) return;
    trace.say(server.name, "stalls");
    for (const end of run.runtime.ends) end.disturb();
    run.runtime.life.stall(scheduler.nowUs + 1_000 * this.#random.spanning(10, MAX_STALL_MS));
  }

  #noPlaces(server: SimServer): void {
    const { run } = server;
    if (run === undefined) return;
    run.places.isDown = true;
    this.#during(this.#durationMs(), () => run.places.isDown = false);
  }
}
