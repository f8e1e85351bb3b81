/** Someone with a phone: an app that posts to a server's HTTP door, one location at a time. */
import type { Instant } from "../runtime/runtime.ts";
import { type PhoneApp, type PhoneRequest, phoneRequest } from "./phone.ts";
import type { Vehicle } from "./vehicle.ts";
import { Journey, type Surroundings, type Way } from "./way.ts";

/** How long an answer may take: apps are patient, and a busy machine is slow. */
const ANSWER_MS = 10_000;

export class PhoneWay implements Way {
  readonly #around: Surroundings;
  readonly #vehicle: Vehicle;
  readonly #app: PhoneApp;
  readonly #journey: Journey;
  /** What has not been taken yet: as apps do, it sends the same until it is, and nothing before it. */
  #due: PhoneRequest | undefined;
  #underWay: Promise<void> | undefined;
  #hasLost = false;
  #isHeard = false;

  constructor(around: Surroundings, vehicle: Vehicle, app: PhoneApp, at: number) {
    this.#around = around;
    this.#vehicle = vehicle;
    this.#app = app;
    this.#journey = new Journey(around, vehicle, at);
  }

  get id(): string {
    return this.#vehicle.id;
  }

  get isHeard(): boolean {
    return this.#isHeard;
  }

  start(): void {
    this.#journey.start((now) => this.#report(now));
  }

  async stop(): Promise<void> {
    this.#journey.stop();
    await this.#underWay;
  }

  #report(now: Instant): void {
    if (this.#underWay !== undefined) return;
    if (this.#due === undefined) {
      const { counters } = this.#around;
      counters.reports++;
      counters.phoneReports++;
      this.#due = phoneRequest(this.#app, { id: this.id, ...this.#vehicle.position, time: now });
    }
    this.#underWay = this.#send(this.#due).finally(() => this.#underWay = undefined);
  }

  async #send({ path, init }: PhoneRequest): Promise<void> {
    const { clock, network, counters } = this.#around;
    const giveUp = new AbortController();
    const timer = clock.after(ANSWER_MS, () => giveUp.abort());
    try {
      const { status, body } = await network.fetch(`${this.#journey.server.http}${path}`, {
        ...init,
        signal: giveUp.signal,
      });
      // Read to its end, the connection is used again.
      if (body !== null) { for await (const _ of body); }
      if (status >= 500) throw new Error(`status ${status}`);
      if (status === 200) counters.answered++;
      else counters.refused++;
      this.#due = undefined;
      if (this.#hasLost) counters.moved++;
      this.#hasLost = false;
      this.#isHeard = true;
      if (this.#journey.wantsOther()) this.#journey.goElsewhere();
    } catch {
      this.#hasLost = true;
      this.#isHeard = false;
      this.#journey.goElsewhere();
    } finally {
      timer.cancel();
    }
  }
}
