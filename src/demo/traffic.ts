/** Brings vehicles to servers: a session for each, that goes on at another server when its own is gone. */
import type { Address, Clock, Connection, Instant, Network, Timer } from "../runtime/runtime.ts";
import { LF, QUESTION, toBytes } from "../wire/bytes.ts";
import { Random } from "./random.ts";
import type { Vehicle } from "./vehicle.ts";

/** A vehicle reports every so often: one drawn for each, between these. */
const REPORT_MS = [1_000, 2_000] as const;
/** Somebody asks what is near somebody. */
const SEARCH_MS = 2_000;
const SEARCH_RADIUS_KM = 2;
const SEARCH_BOUND = 3;
/** How long a dial may take, and the pause before the next one: between these. */
const DIAL_MS = 2_000;
const REDIAL_MS = [200, 1_000] as const;
/** A vehicle goes to another server so often, of its own accord, on average. */
const ROAM_MS = 60_000;
/** Nothing is sent to whoever has left so much unread. */
const UNSENT_BYTES = 16_384;
/** What a vehicle moves on at most between two reports, in seconds: after a long sleep it is not elsewhere at once. */
const MOST_SECONDS = 5;
/** How long the last replies are waited for. */
const LAST_REPLIES_MS = 3_000;

export interface TrafficCounters {
  /** IAMATs sent. */
  reports: number;
  /** WHATSATs sent. */
  searches: number;
  /** AT lines that came: one for each report and search. */
  answered: number;
  /** Error lines that came in place of one: for a report, */
  refused: number;
  /** and for a search, about someone whom that server did not know yet. */
  unknown: number;
  /** Vehicles that had lost their server and are at another. */
  moved: number;
}

interface Surroundings {
  readonly clock: Clock;
  readonly network: Pick<Network, "dial">;
  readonly servers: readonly Address[];
  readonly random: Random;
  readonly counters: TrafficCounters;
}

export class Traffic {
  readonly counters: TrafficCounters = {
    reports: 0,
    searches: 0,
    answered: 0,
    refused: 0,
    unknown: 0,
    moved: 0,
  };
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #ways: readonly OneWay[];
  #searches: Timer | undefined;

  /** @param servers where they listen, one at least. */
  constructor(
    runtime: { readonly clock: Clock; readonly network: Pick<Network, "dial"> },
    fleet: readonly Vehicle[],
    servers: readonly Address[],
    seed: number,
  ) {
    const { clock, network } = runtime;
    this.#clock = clock;
    this.#random = new Random(seed, "traffic");
    const around = { clock, network, servers, random: this.#random, counters: this.counters };
    this.#ways = fleet.map((vehicle, i) => new OneWay(around, vehicle, i % servers.length));
  }

  start(): void {
    for (const way of this.#ways) way.start();
    this.#searches = this.#clock.every(SEARCH_MS, () => {
      const about = this.#random.pick(this.#ways).id;
      this.#random.pick(this.#ways).ask(about);
    });
  }

  /** Sessions that are open now. */
  get sessions(): number {
    return this.#ways.filter((way) => way.isOpen).length;
  }

  /** Ends every session once its last reply has come. */
  async stop(): Promise<void> {
    this.#searches?.cancel();
    const ended = Promise.all(this.#ways.map((way) => way.stop()));
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#clock.after(LAST_REPLIES_MS, resolve);
    await Promise.race([ended, promise]);
    timer.cancel();
  }
}

/** A vehicle and its session. */
class OneWay {
  readonly #around: Surroundings;
  readonly #vehicle: Vehicle;
  readonly #closed = Promise.withResolvers<void>();
  /** Which of the servers it is at. */
  #at: number;
  #connection: Connection | undefined;
  #timer: Timer | undefined;
  #movedMs: number;
  readonly #everyMs: number;
  /** It ends its session, to go on elsewhere. */
  #isLeaving = false;
  #hasLost = false;
  #isStopping = false;

  constructor(around: Surroundings, vehicle: Vehicle, at: number) {
    this.#around = around;
    this.#vehicle = vehicle;
    this.#at = at;
    this.#everyMs = Math.round(around.random.between(...REPORT_MS));
    this.#movedMs = around.clock.monotonicMs();
  }

  get id(): string {
    return this.#vehicle.id;
  }

  get isOpen(): boolean {
    return this.#connection !== undefined;
  }

  start(): void {
    const { clock, random } = this.#around;
    this.#timer = clock.after(random.below(this.#everyMs), () => {
      this.#timer = clock.every(this.#everyMs, () => this.#report());
    });
    this.#dial();
  }

  stop(): Promise<void> {
    this.#isStopping = true;
    this.#timer?.cancel();
    if (this.#connection === undefined) this.#closed.resolve();
    else this.#connection.end();
    return this.#closed.promise;
  }

  ask(about: string): void {
    if (this.#send(`WHATSAT ${about} ${SEARCH_RADIUS_KM} ${SEARCH_BOUND}`)) this.#around.counters.searches++;
  }

  /** It moves on whether or not anyone hears of it. */
  #report(): void {
    const { clock, counters, random, servers } = this.#around;
    const nowMs = clock.monotonicMs();
    this.#vehicle.advance(Math.min((nowMs - this.#movedMs) / 1000, MOST_SECONDS));
    this.#movedMs = nowMs;
    if (this.#send(this.#vehicle.report(timeText(clock.now())))) counters.reports++;
    if (this.#connection === undefined || servers.length === 1) return;
    if (random.unit() >= this.#everyMs / ROAM_MS) return;
    this.#isLeaving = true;
    this.#connection.end();
  }

  #send(line: string): boolean {
    const connection = this.#connection;
    if (
      this.#isStopping || this.#isLeaving || connection === undefined || connection.unsentBytes > UNSENT_BYTES
    ) return false;
    connection.write(toBytes(`${line}\n`));
    return true;
  }

  async #dial(): Promise<void> {
    const { clock, network, servers, counters } = this.#around;
    const giveUp = new AbortController();
    const timer = clock.after(DIAL_MS, () => giveUp.abort());
    try {
      const connection = await network.dial(servers[this.#at]!, giveUp.signal);
      if (this.#isStopping) return connection.destroy();
      this.#connection = connection;
      if (this.#hasLost) counters.moved++;
      this.#hasLost = false;
      this.#listen(connection);
    } catch {
      this.#goOnElsewhere();
    } finally {
      timer.cancel();
    }
  }

  #listen(connection: Connection): void {
    const { counters } = this.#around;
    const replies = new ReplyCounter(counters);
    connection.start({
      received: (bytes) => replies.count(bytes),
      drained() {},
      ended: () => connection.end(),
      closed: () => {
        this.#connection = undefined;
        if (this.#isStopping) return this.#closed.resolve();
        this.#hasLost = !this.#isLeaving;
        this.#isLeaving = false;
        this.#goOnElsewhere();
      },
    });
  }

  #goOnElsewhere(): void {
    if (this.#isStopping) return;
    const { clock, random, servers } = this.#around;
    // Any other one: whoever has lost its server meets others there that have.
    this.#at = (this.#at + 1 + random.below(Math.max(1, servers.length - 1))) % servers.length;
    clock.after(random.between(...REDIAL_MS), () => {
      if (!this.#isStopping) this.#dial();
    });
  }
}

/** Counts replies by how their lines begin: "AT", "? IAMAT" or "? WHATSAT". No line of JSON begins so. */
class ReplyCounter {
  readonly #counters: TrafficCounters;
  /** Bytes of the line so far. */
  #length = 0;
  #isError = false;

  constructor(counters: TrafficCounters) {
    this.#counters = counters;
  }

  count(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (this.#length === 0) {
        if (byte === AT) this.#counters.answered++;
        this.#isError = byte === QUESTION;
      } else if (this.#length === 2 && this.#isError) {
        if (byte === WHATSAT) this.#counters.unknown++;
        else this.#counters.refused++;
      }
      this.#length = byte === LF ? 0 : this.#length + 1;
    }
  }
}

const AT = "A".charCodeAt(0);
const WHATSAT = "W".charCodeAt(0);

function timeText({ seconds, nanos }: Instant): string {
  return `${seconds}.${String(nanos).padStart(9, "0")}`;
}
