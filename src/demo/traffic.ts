/** Brings all that move to servers: vehicles by sessions of their own, phones by what their apps post. */
import type { Clock, Network, Timer } from "../runtime/runtime.ts";
import { PhoneWay } from "./phone_way.ts";
import { Random } from "./random.ts";
import { SessionWay } from "./session_way.ts";
import type { Vehicle } from "./vehicle.ts";
import type { DemoPlace, TrafficCounters, Way } from "./way.ts";

/** Somebody asks what is near somebody. */
const SEARCH_MS = 2_000;
/** How long the last replies are waited for. */
const LAST_REPLIES_MS = 3_000;

export class Traffic {
  readonly counters: TrafficCounters = {
    reports: 0,
    phoneReports: 0,
    searches: 0,
    answered: 0,
    refused: 0,
    unknown: 0,
    moved: 0,
  };
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #ways: readonly Way[];
  /** Those that can ask: no app of a phone can. */
  readonly #sessions: readonly SessionWay[];
  #searches: Timer | undefined;

  /** @param servers one at least. */
  constructor(
    runtime: { readonly clock: Clock; readonly network: Pick<Network, "dial" | "fetch"> },
    fleet: readonly Vehicle[],
    servers: readonly DemoPlace[],
    seed: number,
  ) {
    const { clock, network } = runtime;
    this.#clock = clock;
    this.#random = new Random(seed, "traffic");
    const around = { clock, network, servers, random: this.#random, counters: this.counters };
    this.#ways = fleet.map((vehicle, i) => {
      const at = i % servers.length;
      return vehicle.app === undefined
        ? new SessionWay(around, vehicle, at)
        : new PhoneWay(around, vehicle, vehicle.app, at);
    });
    this.#sessions = this.#ways.filter((way) => way instanceof SessionWay);
  }

  start(): void {
    for (const way of this.#ways) way.start();
    this.#searches = this.#clock.every(SEARCH_MS, () => {
      const about = this.#random.pick(this.#ways).id;
      if (this.#sessions.length > 0) this.#random.pick(this.#sessions).ask(about);
    });
  }

  /** Those that have a server now. */
  get heard(): number {
    return this.#ways.filter((way) => way.isHeard).length;
  }

  /** Ends all once the last reply has come. */
  async stop(): Promise<void> {
    this.#searches?.cancel();
    const ended = Promise.all(this.#ways.map((way) => way.stop()));
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#clock.after(LAST_REPLIES_MS, resolve);
    await Promise.race([ended, promise]);
    timer.cancel();
  }
}
