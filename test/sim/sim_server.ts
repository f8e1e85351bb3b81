/** One server of a simulated herd, through all its lives. */
import type { ServerPlace } from "../../src/herd/topology.ts";
import type { Server } from "../../src/server/server.ts";
import { Life } from "./life.ts";
import type { Newest } from "./ledger.ts";
import { parseReport, type Report } from "./order.ts";
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

/** What all servers of a history share. */
export interface ServerWorld {
  readonly subject: Subject;
  readonly scenario: Scenario;
  readonly scheduler: Scheduler;
  readonly network: SimNetwork;
  readonly random: Random;
  readonly stand: WitnessStand;
}

/** One life of a server. */
export interface Run {
  readonly runtime: SimRuntime;
  readonly server: Server;
  readonly witness: Witness;
  readonly places: SimPlaces;
  /** It was told to stop. */
  isStopping: boolean;
}

export class SimServer {
  readonly name: string;
  readonly machine: Machine;
  readonly #place: ServerPlace;
  readonly #world: ServerWorld;
  #run: Run | undefined;

  constructor(world: ServerWorld, place: ServerPlace) {
    const random = world.random.split(place.name);
    const spread = world.scenario.clockSpreadSeconds;
    this.name = place.name;
    this.#place = place;
    this.#world = world;
    this.machine = {
      host: world.network.addHost(place.host),
      wall: new WallClock(BigInt(random.between(-spread * 1_000, spread * 1_000)) * 1_000_003n),
      disk: new SimDisk(random.split("disk")),
    };
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
    const server = new subject.Server({
      runtime,
      limits: scenario.limits,
      log: witness,
      topology: scenario.topology,
      place: this.#place,
      secrets: scenario.secrets,
      places: new subject.PlacesFinder(places, scenario.limits, runtime.clock, {
        breaker: { failures: scenario.limits.breakerFailures, restMs: scenario.limits.breakerMs },
        onUnexpected(error) {
          throw error;
        },
      }),
    });
    stand.trace.say(this.name, "starts");
    this.#run = { runtime, server, witness, places, isStopping: false };
    void server.start();
  }

  /** The process dies. @param isPowerLoss its machine goes with it, and nobody tells the others. */
  crash(isPowerLoss: boolean): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#world.stand.trace.say(this.name, isPowerLoss ? "loses power" : "crashes");
    this.#leave(run, !isPowerLoss);
    if (!isPowerLoss) return;
    this.machine.host.isUp = false;
    this.machine.disk.crash();
  }

  /** Stops in good order, and calls `stopped` once that is done. */
  stop(stopped: () => void): void {
    const run = this.#run;
    if (run === undefined || run.isStopping) return;
    run.isStopping = true;
    this.#world.stand.trace.say(this.name, "stops");
    void run.server.stop().then(stopped);
  }

  /** The process, which has stopped, exits. */
  exit(): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#world.stand.trace.say(this.name, "exits");
    this.#leave(run, true);
  }

  /** What it holds of each client. */
  held(): Newest {
    const held = new Map<string, Report>();
    for (const bytes of this.#run?.server.registry.lines() ?? []) {
      const line = binary(bytes);
      const report = parseReport(line);
      if (report === undefined) throw new Violation("garbled", `${this.name} holds ${show(line)}`);
      if (held.has(report.id)) throw new Violation("garbled", `${this.name} holds two of ${show(report.id)}`);
      held.set(report.id, report);
    }
    return held;
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

  #leave(run: Run, saysSo: boolean): void {
    run.runtime.life.end();
    this.#world.network.abandon(run.runtime, saysSo);
    this.#run = undefined;
  }
}

function count(number: number, of: string): string {
  return number === 0 ? "" : `${number} ${of}${number === 1 ? "" : "s"}`;
}
