/** A simulated client: it moves, reports, asks, errs, changes servers, is slow, and goes away in the middle of a line. */
import type { Limits } from "../../src/limits.ts";
import { ClientSession, type SessionWorld } from "./client_session.ts";
import type { Random } from "./random.ts";
import { drawGap, drawGarbage, drawPosition, type Expected } from "./requests.ts";
import { EPOCH_SECONDS } from "./sim_clock.ts";
import type { Owner } from "./sim_connection.ts";
import type { SimNetwork } from "./sim_network.ts";
import type { SimServer } from "./sim_server.ts";

/** What all clients of a history share. */
export interface ClientWorld extends SessionWorld {
  readonly network: SimNetwork;
  readonly servers: readonly SimServer[];
  readonly limits: Limits;
  readonly ids: readonly string[];
  /** Times that were said before, by id: said again, of other places and to other servers, they are ties. */
  readonly times: Map<string, string[]>;
  readonly actMs: number;
}

const NANOS = 1_000_000_000n;
/** Requests sent in one go. */
const MAX_BURST = 12;

export class Client {
  readonly owner: Owner;
  readonly sessions: ClientSession[] = [];
  readonly #name: string;
  readonly #world: ClientWorld;
  readonly #random: Random;
  #session: ClientSession | undefined;
  /** What must follow, since a line was begun. */
  #rest: { readonly session: ClientSession; readonly text: string } | undefined;
  #isDialing = false;
  #isRetired = false;
  #reports = 0;

  constructor(world: ClientWorld, name: string, owner: Owner, random: Random) {
    this.#world = world;
    this.#name = name;
    this.owner = owner;
    this.#random = random;
  }

  get reports(): number {
    return this.#reports;
  }

  start(): void {
    this.owner.life.after(this.#random.unit() * this.#world.actMs, () => this.#act());
  }

  /** Ends what it has begun, and does nothing more. */
  retire(): void {
    this.#isRetired = true;
    this.#finishLine();
    for (const session of this.sessions) {
      session.isLenient = true;
      session.resume();
    }
  }

  /** Connects to `server`, and calls `opened` once that has worked. */
  async connect(server: SimServer, opened: (session: ClientSession) => void): Promise<void> {
    const giveUp = new AbortController();
    const timer = this.owner.life.after(3_000, () => giveUp.abort());
    try {
      const end = await this.#world.network.dial(this.owner, server.address, giveUp.signal);
      const { run } = server;
      if (run === undefined) return end.destroy();
      const session = new ClientSession(
        this.#world,
        `${this.#name}.${this.sessions.length}`,
        server,
        run,
        end,
      );
      const { host } = server.machine;
      const { network } = this.#world;
      const isCut = network.isCut(this.owner.host, host) || network.isCut(host, this.owner.host);
      // A server may have accepted, died, and returned before its answer came.
      if (isCut || end.peer !== run.runtime) session.disturb();
      session.isLenient = this.#isRetired;
      this.sessions.push(session);
      opened(session);
    } catch {
      // A server that cannot be reached is normal here.
    } finally {
      timer.fn = undefined;
    }
  }

  /** Reports one position to the server of `session`. */
  report(session: ClientSession): void {
    const [text, expected] = this.#iamat(session);
    session.ask(`${text}\n`, [expected]);
  }

  #act(): void {
    if (this.#isRetired) return;
    this.owner.life.after(this.#random.unit() * 2 * this.#world.actMs, () => this.#act());
    const session = this.#session;
    if (session === undefined || !session.isOpen) return this.#open();
    if (this.#rest !== undefined) return this.#finishLine();
    const roll = this.#random.unit();
    if (roll < 0.75) this.#burst(session);
    else if (roll < 0.8) this.#beginLine(session);
    else if (roll < 0.85) this.#beSlow(session);
    else if (roll < 0.93) this.#open();
    else this.#leave(session);
  }

  /** Starts another session; the one before stays open, or ends. */
  #open(): void {
    if (this.#isDialing) return;
    this.#isDialing = true;
    this.#finishLine();
    if (this.#session !== undefined) this.#session.isLenient = true;
    if (this.#random.chance(0.7)) this.#session?.halfClose();
    void this.connect(this.#random.pick(this.#world.servers), (session) => {
      this.#session = session;
    }).then(() => this.#isDialing = false);
  }

  #leave(session: ClientSession): void {
    const random = this.#random;
    this.#rest = undefined;
    if (random.chance(0.4)) {
      const [text, expected] = this.#iamat(session);
      session.ask(text.slice(0, random.between(1, text.length)), [expected]);
    }
    session.vanish(random.chance(0.3));
  }

  #beSlow(session: ClientSession): void {
    session.pause();
    const bursts = this.#random.chance(0.6) ? 1 : this.#random.between(5, 20);
    for (let i = 0; i < bursts && session.isOpen; i++) this.#burst(session);
    this.owner.life.after(this.#random.spanning(10, 8_000), () => session.resume());
  }

  #burst(session: ClientSession): void {
    const count = this.#random.chance(0.7) ? 1 : this.#random.between(2, MAX_BURST);
    let text = "";
    const expected: Expected[] = [];
    for (let i = 0; i < count; i++) {
      const [line, one] = this.#request(session);
      text += line + (this.#random.chance(0.1) ? "\r\n" : "\n");
      expected.push(one);
    }
    session.ask(text, expected);
    // The last line of a session need not have its LF.
    if (!this.#random.chance(0.05)) return;
    const [line, one] = this.#request(session);
    if (line === "") return;
    session.ask(line, [one]);
    session.halfClose();
  }

  #beginLine(session: ClientSession): void {
    const [line, one] = this.#request(session);
    const at = this.#random.between(0, line.length);
    session.isLenient = true;
    session.ask(line.slice(0, at), [one]);
    this.#rest = { session, text: `${line.slice(at)}\n` };
  }

  #finishLine(): void {
    const rest = this.#rest;
    this.#rest = undefined;
    rest?.session.ask(rest.text, []);
  }

  #request(session: ClientSession): readonly [string, Expected] {
    const roll = this.#random.unit();
    if (roll < 0.65) return this.#iamat(session);
    if (roll < 0.87) return this.#whatsat();
    if (roll < 0.97) {
      const copy = drawGarbage(this.#random);
      return [copy, { kind: "invalid", copy }];
    }
    const { lineBytes } = this.#world.limits;
    const line = this.#random.pick(["x", "IAMAT ", "é"]).repeat(lineBytes).slice(
      0,
      lineBytes + this.#random.between(1, lineBytes),
    ).trimEnd() + "!";
    return line.length <= lineBytes
      ? [line, { kind: "invalid", copy: line }]
      : [line, { kind: "invalid", copy: line.slice(0, lineBytes) }];
  }

  #iamat(session: ClientSession): readonly [string, Expected] {
    const random = this.#random;
    const id = random.pick(this.#world.ids);
    const position = drawPosition(random);
    const time = this.#drawTime(id, session.server);
    const gap = () => drawGap(random);
    const line = `${random.chance(0.05) ? gap() : ""}IAMAT${gap()}${id}${gap()}${position}${gap()}${time}`;
    this.#reports++;
    return [line, { kind: "iamat", line, id, position, time, sentUs: this.#world.nowUs() }];
  }

  #whatsat(): readonly [string, Expected] {
    const random = this.#random;
    const id = random.chance(0.95) ? random.pick(this.#world.ids) : "nobody";
    const radius = random.pick(["0", "10", "50", "0.5"]);
    const bound = random.pick([0, 0, 1, 3, 20]);
    const line = `WHATSAT${drawGap(random)}${id} ${radius} ${bound}`;
    return [line, { kind: "whatsat", line, id, radius, bound }];
  }

  #drawTime(id: string, server: SimServer): string {
    const random = this.#random;
    const earlier = this.#world.times.get(id) ?? [];
    if (earlier.length > 0 && random.chance(0.25)) return random.pick(earlier);
    const time = this.#decimal(this.#drawNanos(server, this.#world.ids.indexOf(id) % 4 === 0));
    this.#world.times.set(id, [...earlier.slice(-20), time]);
    return time;
  }

  /** Around the server's clock, mostly; sometimes far off; of one that `isEager` often near the limit of the future. */
  #drawNanos(server: SimServer, isEager: boolean): bigint {
    const random = this.#random;
    const trueNow = BigInt(EPOCH_SECONDS) * NANOS + BigInt(this.#world.nowUs()) * 1_000n;
    const future = BigInt(this.#world.futureSeconds) * NANOS;
    const roll = random.unit();
    const jitter = BigInt(random.between(-2_000_000, 100_000)) * 1_000n + BigInt(random.below(1_000));
    if (roll < 0.6) return trueNow + jitter;
    if (roll < 0.8) return trueNow + server.machine.wall.offsetNanos + jitter;
    if (roll < 0.92 && isEager) return trueNow + server.machine.wall.offsetNanos + future + jitter;
    if (roll < 0.96) return trueNow + 10n * future + jitter;
    return trueNow - BigInt(random.below(100_000)) * NANOS;
  }

  #decimal(nanos: bigint): string {
    const digits = this.#random.pick([9, 9, 9, 6, 3, 1, 0]);
    const whole = nanos / NANOS;
    if (digits === 0) return `${this.#random.chance(0.1) ? "0" : ""}${whole}`;
    return `${whole}.${(nanos % NANOS).toString().padStart(9, "0").slice(0, digits)}`;
  }
}
