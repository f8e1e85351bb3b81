/** One server of a simulated herd, through all its lives. */
import type { ServerPlace } from "../../src/herd/topology.ts";
import type { Server } from "../../src/server/server.ts";
import { Life } from "./life.ts";
import type { Newest } from "./ledger.ts";
import { compareReports, parseReport, type Report } from "./order.ts";
import type { Random } from "./random.ts";
import type { Scenario } from "./scenario.ts";
import type { Scheduler } from "./scheduler.ts";
import { WallClock } from "./sim_clock.ts";
import { SimDisk } from "./sim_disk.ts";
import type { SimNetwork } from "./sim_network.ts";
import { SimPlaces } from "./sim_places.ts";
import { type Machine, SimRuntime } from "./sim_runtime.ts";
import type { Subject } from "./subject.ts";
import { binary, show, Violation } from "./trace.ts";
import { Witness, type WitnessStand } from "./witness.ts";

/** Between two tries to start. */
const START_AGAIN_MS = 500;

/** What all servers of a history share. */
export interface ServerWorld {
  readonly subject: Subject;
  readonly scenario: Scenario;
  readonly scheduler: Scheduler;
  readonly network: SimNetwork;
  readonly random: Random;
  readonly stand: WitnessStand;
  /** A server that was up is about to end, or its disk to be lost. @param isKept what it had promised is still there. */
  losing(server: SimServer, isKept: boolean): void;
  /** A server has read its journal. */
  returned(server: SimServer): void;
}

/** One life of a server. */
export interface Run {
  readonly runtime: SimRuntime;
  readonly server: Server;
  readonly witness: Witness;
  readonly places: SimPlaces;
  /** Its disk was in trouble meanwhile. */
  hadTrouble: boolean;
  /** It was told to stop. */
  isStopping: boolean;
  /** What it has acknowledged need not be there any more. */
  isExcused: boolean;
}

export class SimServer {
  readonly name: string;
  readonly machine: Machine;
  readonly #place: ServerPlace;
  readonly #world: ServerWorld;
  #run: Run | undefined;
  /** What it held at the ends of its lives, as far as that may be on its disk. */
  #left: Newest = new Map();
  readonly #runs: Run[] = [];
  /** Lines that it has held, since they are looked at often. */
  readonly #parsed = new Map<string, Report>();

  constructor(world: ServerWorld, place: ServerPlace) {
    const random = world.random.split(place.name);
    const spread = world.scenario.clockSpreadSeconds;
    this.name = place.name;
    this.#place = place;
    this.#world = world;
    this.machine = {
      host: world.network.addHost(place.host),
      wall: new WallClock(BigInt(random.between(-spread * 1_000, spread * 1_000)) * 1_000_003n),
      disk: new SimDisk(world.subject, random.split("disk")),
    };
    this.machine.disk.troubles.syncMs = world.scenario.syncMs;
  }

  /** The life it is in; undefined while it is down. */
  get run(): Run | undefined {
    return this.#run;
  }

  get address(): ServerPlace {
    return this.#place;
  }

  /** Begins a life. */
  start(): void {
    const { subject, scenario, scheduler, network, random, stand } = this.#world;
    const life = new Life(scheduler);
    const runtime = new SimRuntime(life, this.machine, network, scenario.manners, random);
    const witness = new Witness(this.name, stand);
    const places = new SimPlaces(subject, life, random);
    const { fsync, limits } = scenario;
    const server = new subject.Server({
      runtime,
      limits,
      log: witness,
      topology: scenario.topology,
      place: this.#place,
      secrets: scenario.secrets,
      journal: fsync === undefined
        ? undefined
        : { dir: "data", name: `${this.name}.journal`, inherits: [], fsync },
      places: new subject.PlacesFinder(places, limits, runtime.clock, {
        onUnexpected: (error) => stand.fail("places", describe(error)),
      }),
    });
    stand.trace.say(this.name, "starts");
    const { isFull, cannotSync } = this.machine.disk.troubles;
    const run = this.#run = {
      runtime,
      server,
      witness,
      places,
      hadTrouble: isFull || cannotSync,
      isStopping: false,
      isExcused: false,
    };
    this.#runs.push(run);
    void this.#open(run).catch((error) => this.#fail(error));
  }

  /** A check that a promise ran into must end the history all the same. */
  #fail(error: unknown): void {
    this.#world.scheduler.after(0, () => {
      throw error;
    });
  }

  async #open(run: Run): Promise<void> {
    try {
      await run.server.recover();
      run.witness.remembers(Array.from(run.server.registry.lines(), binary));
      if (this.#run === run) this.#world.returned(this);
      await run.server.start();
    } catch (error) {
      if (error instanceof Violation) throw error;
      if (this.#run !== run) return;
      if (!run.hadTrouble) throw new Violation("start", `${this.name} cannot start: ${describe(error)}`);
      // As any process that cannot start it exits, and whoever looks after it tries again.
      this.#world.stand.trace.say(this.name, "cannot start", () => describe(error));
      this.exit();
      this.#world.scheduler.after(START_AGAIN_MS, () => {
        if (this.#run === undefined && this.machine.host.isUp) this.start();
      });
    }
  }

  /** The process dies. @param isPowerLoss its machine goes with it, and nobody tells the others. */
  crash(isPowerLoss: boolean): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#world.stand.trace.say(this.name, isPowerLoss ? "loses power" : "crashes");
    const { fsync } = this.#world.scenario;
    const outlivesProcess = fsync !== undefined && !run.hadTrouble;
    this.#leave(run, !isPowerLoss, fsync === "always" || (outlivesProcess && !isPowerLoss));
    if (!isPowerLoss) return;
    this.machine.host.isUp = false;
    this.machine.disk.crash();
  }

  /** It gets another disk, an empty one. To be called while it is down. */
  loseDisk(): void {
    this.#world.stand.trace.say(this.name, "loses its disk");
    this.#lose(false);
    this.machine.disk.erase();
    this.#left = new Map();
  }

  /** Stops in good order, and calls `stopped` once that is done. */
  stop(stopped: () => void): void {
    const run = this.#run;
    if (run === undefined || run.isStopping) return;
    run.isStopping = true;
    this.#world.stand.trace.say(this.name, "stops");
    void run.server.stop().then(stopped, (error) => this.#fail(error));
  }

  /** The process, which has stopped, exits. */
  exit(): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#world.stand.trace.say(this.name, "exits");
    const { fsync } = this.#world.scenario;
    this.#leave(run, true, fsync === "always" || (fsync !== undefined && !run.hadTrouble));
  }

  /** Its disk is in trouble, or not any more. */
  trouble(isFull: boolean, cannotSync: boolean): void {
    const { troubles } = this.machine.disk;
    troubles.isFull = isFull;
    troubles.cannotSync = cannotSync;
    if (this.#run !== undefined) this.#run.hadTrouble ||= isFull || cannotSync;
  }

  /** What it holds, and what its earlier lives may have left on its disk. */
  heldOrLeft(): Newest {
    const all = new Map(this.#left);
    for (const [id, report] of this.held()) {
      const left = all.get(id);
      if (left === undefined || compareReports(report, left) > 0) all.set(id, report);
    }
    return all;
  }

  /** What it holds of each client. */
  held(): Newest {
    const held = new Map<string, Report>();
    for (const bytes of this.#run?.server.registry.lines() ?? []) {
      const line = binary(bytes);
      const report = this.#parse(line);
      if (report === undefined) throw new Violation("garbled", `${this.name} holds ${show(line)}`);
      if (held.has(report.id)) throw new Violation("garbled", `${this.name} holds two of ${show(report.id)}`);
      held.set(report.id, report);
    }
    return held;
  }

  #parse(line: string): Report | undefined {
    const known = this.#parsed.get(line);
    if (known !== undefined) return known;
    const report = parseReport(line);
    if (report !== undefined) this.#parsed.set(line, report);
    return report;
  }

  /** What is still set up to happen, for people; undefined where there is nothing. */
  leftovers(): string | undefined {
    const runtime = this.#run?.runtime;
    if (runtime === undefined) return undefined;
    const left = [
      count(runtime.clock.timers.size, "timer"),
      count(runtime.ends.size, "connection"),
      count(this.#world.network.portsOf(runtime), "listener"),
    ].filter((text) => text !== "");
    return left.length === 0 ? undefined : left.join(", ");
  }

  #lose(isKept: boolean): void {
    if (!isKept) { for (const run of this.#runs) run.isExcused = true; }
    this.#world.losing(this, isKept);
  }

  #leave(run: Run, saysSo: boolean, isKept: boolean): void {
    this.#lose(isKept);
    this.#left = this.#world.scenario.fsync === undefined ? new Map() : this.heldOrLeft();
    run.runtime.life.end();
    this.#world.network.abandon(run.runtime, saysSo);
    this.#run = undefined;
  }
}

function count(number: number, of: string): string {
  return number === 0 ? "" : `${number} ${of}${number === 1 ? "" : "s"}`;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? `${error}` : `${error} (${describe(error.cause)})`;
}
