/** A vehicle that speaks TCP: a session, that goes on at another server when its own is gone. */
import type { Connection, Instant } from "../runtime/runtime.ts";
import { LF, QUESTION, toBytes } from "../wire/bytes.ts";
import type { Vehicle } from "./vehicle.ts";
import { Journey, type Surroundings, type TrafficCounters, type Way } from "./way.ts";

const SEARCH_RADIUS_KM = 2;
const SEARCH_BOUND = 3;
/** How long a dial may take, and the pause before the next one: between these. */
const DIAL_MS = 2_000;
const REDIAL_MS = [200, 1_000] as const;
/** Nothing is sent to whoever has left so much unread. */
const UNSENT_BYTES = 16_384;

export class SessionWay implements Way {
  readonly #around: Surroundings;
  readonly #vehicle: Vehicle;
  readonly #journey: Journey;
  readonly #closed = Promise.withResolvers<void>();
  #connection: Connection | undefined;
  /** It ends its session, to go on elsewhere. */
  #isLeaving = false;
  #hasLost = false;
  #isStopping = false;

  constructor(around: Surroundings, vehicle: Vehicle, at: number) {
    this.#around = around;
    this.#vehicle = vehicle;
    this.#journey = new Journey(around, vehicle, at);
  }

  get id(): string {
    return this.#vehicle.id;
  }

  get isHeard(): boolean {
    return this.#connection !== undefined;
  }

  start(): void {
    this.#journey.start((now) => this.#report(now));
    this.#dial();
  }

  stop(): Promise<void> {
    this.#isStopping = true;
    this.#journey.stop();
    if (this.#connection === undefined) this.#closed.resolve();
    else this.#connection.end();
    return this.#closed.promise;
  }

  ask(about: string): void {
    if (this.#send(`WHATSAT ${about} ${SEARCH_RADIUS_KM} ${SEARCH_BOUND}`)) this.#around.counters.searches++;
  }

  #report(now: Instant): void {
    if (this.#send(this.#vehicle.report(timeText(now)))) this.#around.counters.reports++;
    if (this.#connection === undefined || !this.#journey.wantsOther()) return;
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
    const { clock, network, counters } = this.#around;
    const giveUp = new AbortController();
    const timer = clock.after(DIAL_MS, () => giveUp.abort());
    try {
      const connection = await network.dial(this.#journey.server.address, giveUp.signal);
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
    const replies = new ReplyCounter(this.#around.counters);
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
    const { clock, random } = this.#around;
    this.#journey.goElsewhere();
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
