/** What all that move share, whatever they speak: when they move on and report, and that they go from server to server. */
import type { Address, Clock, Instant, Network, Timer } from "../runtime/runtime.ts";
import type { Random } from "./random.ts";
import type { Vehicle } from "./vehicle.ts";

/** A vehicle reports every so often: one drawn for each, between these. */
const REPORT_MS = [1_000, 2_000] as const;
/** A vehicle goes to another server so often, of its own accord, on average. */
const ROAM_MS = 60_000;
/** What a vehicle moves on at most between two reports, in seconds: after a long sleep it is not elsewhere at once. */
const MOST_SECONDS = 5;

export interface DemoPlace {
  readonly address: Address;
  /** The URL of its HTTP door, without a slash at its end. */
  readonly http: string;
}

export interface TrafficCounters {
  /** Locations sent, */
  reports: number;
  /** and how many of these by phones. */
  phoneReports: number;
  /** WHATSATs sent. */
  searches: number;
  /** Of both, how many were answered as they should be. */
  answered: number;
  /** Reports that were answered by an error, */
  refused: number;
  /** and searches, about someone whom that server did not know yet. */
  unknown: number;
  /** Vehicles that had lost their server and are at another. */
  moved: number;
}

export interface Surroundings {
  readonly clock: Clock;
  readonly network: Pick<Network, "dial" | "fetch">;
  readonly servers: readonly DemoPlace[];
  readonly random: Random;
  readonly counters: TrafficCounters;
}

/** A vehicle, and how it tells where it is. */
export interface Way {
  readonly id: string;
  /** Whether it has a server now that hears it. */
  readonly isHeard: boolean;
  start(): void;
  /** Resolves once what is under way has been answered. */
  stop(): Promise<void>;
}

/** The time of a vehicle, and its choice of servers. */
export class Journey {
  readonly #around: Surroundings;
  readonly #vehicle: Vehicle;
  readonly #everyMs: number;
  #timer: Timer | undefined;
  #movedMs: number;
  #at: number;

  /** @param at the number of the server that it begins with. */
  constructor(around: Surroundings, vehicle: Vehicle, at: number) {
    this.#around = around;
    this.#vehicle = vehicle;
    this.#at = at;
    this.#everyMs = Math.round(around.random.between(...REPORT_MS));
    this.#movedMs = around.clock.monotonicMs();
  }

  get server(): DemoPlace {
    return this.#around.servers[this.#at]!;
  }

  /** Calls `report` as often as it reports. It moves on whether or not anyone hears of it. */
  start(report: (now: Instant) => void): void {
    const { clock, random } = this.#around;
    this.#timer = clock.after(random.below(this.#everyMs), () => {
      this.#timer = clock.every(this.#everyMs, () => {
        const nowMs = clock.monotonicMs();
        this.#vehicle.advance(Math.min((nowMs - this.#movedMs) / 1000, MOST_SECONDS));
        this.#movedMs = nowMs;
        report(clock.now());
      });
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Whether it feels like another server, asked once a report. */
  wantsOther(): boolean {
    const { random, servers } = this.#around;
    return servers.length > 1 && random.unit() < this.#everyMs / ROAM_MS;
  }

  /** Any other one: whoever has lost its server meets others there that have. */
  goElsewhere(): void {
    const { random, servers } = this.#around;
    this.#at = (this.#at + 1 + random.below(Math.max(1, servers.length - 1))) % servers.length;
  }
}
