/**
 * A classic neighbor: a server that speaks no handshake, remembers nothing of us and acknowledges nothing. It is told
 * by bare AT lines over connections that we make; what it says comes over those that it makes (`Herd.takeReport`), or
 * back over ours.
 *
 * At first one connection is kept, and carries the whole registry and then what is new: after a break it cannot be
 * known what the neighbor has. Some such servers take one line from a connection and close it. So a neighbor that
 * closes `classicHangUps` connections in a row on which lines were sent, and was there whenever it was dialed again,
 * gets each line on a connection of its own: the line, our end, its end, the next one. It is told the registry once
 * that way, then what is new, however often it closes. One more connection is open meanwhile and carries nothing: its
 * end tells that the neighbor may be gone. Once it cannot be dialed it was away, and may have forgotten all:
 * everything begins anew.
 *
 * What is promised: as long as the neighbor reads what it accepts, it gets the newest report of every client that it
 * is not known to have, in the order of their last change, again after every absence that a dial has noticed. What is
 * not: a line that was sent counts as read. So what is lost in a network that breaks, or with a neighbor that closes
 * after each line and is back before the next dial finds it gone, is told again when its client's report changes, or
 * after the next absence.
 */
import { errorMessage, errorText } from "../log/error_text.ts";
import type { DueTaker } from "../registry/due_lines.ts";
import type { Cursor } from "../registry/registry.ts";
import type { Address, Connection } from "../runtime/runtime.ts";
import { LF } from "../wire/bytes.ts";
import { ClassicLink, type ClassicLinkOwner } from "./classic_link.ts";
import { BATCHES_PER_TURN } from "./flood_batches.ts";
import { Lag } from "./lag.ts";
import { type LinkContext, SERVER_STOPS } from "./link.ts";
import { redialDelayMs } from "./redial.ts";
import type { ServerPlace } from "./topology.ts";

const AWAY = "the neighbor was away";
const OWN_FAULT = "a fault of herd's own";

export class ClassicNeighbor implements ClassicLinkOwner, DueTaker {
  readonly name: string;
  readonly index: number;
  /** Nothing is waited with: a neighbor that acknowledges nothing is not known to tell the others. */
  readonly patience: Uint8Array;
  readonly #context: LinkContext;
  readonly #address: Address;
  /** What is behind it was sent. */
  #cursor: Cursor | undefined;
  /** What it is marked to have counts where it changed after this number. */
  #knownFrom = 0;
  /** The connection that is kept. */
  #kept: ClassicLink | undefined;
  readonly #links = new Set<ClassicLink>();
  /** Connections that it closed since it was last away, or kept one for long. */
  #hangUps = 0;
  #tries = 0;
  /** Each line gets a connection of its own, */
  #hasLanes = false;
  /** and this one carries nothing. */
  #watched: ClassicLink | undefined;
  /** Lines taken from the registry that wait for a connection: one batch of the flood at most. */
  #lines: Uint8Array[] = [];
  readonly #dialing = new Set<AbortController>();
  /** Ends the waits of pauses, and those for something due. */
  readonly #pauses = new Set<() => void>();
  readonly #idle = new Set<() => void>();
  #stopped = false;
  readonly #lag: Lag;
  /** Whether the last flood left something due. */
  #leftDue = false;
  /** The last trouble told to people, which is not told again until it changes. */
  #told = "";

  /** @param sources how many neighbors there are that reports come from. */
  constructor(context: LinkContext, place: ServerPlace, index: number, sources: number) {
    this.#context = context;
    this.#address = { host: place.host, port: place.port };
    this.name = place.name;
    this.index = index;
    this.patience = new Uint8Array(sources + 1);
    this.#lag = new Lag(context.runtime.clock);
  }

  /** Whether it was there when it was last told something. */
  get isLinked(): boolean {
    return this.#kept !== undefined || this.#hasLanes;
  }

  get dueChanges(): number {
    return this.#cursor === undefined ? 0 : this.#context.registry.seq - this.#cursor.seq;
  }

  get behindMs(): number {
    return this.#lag.ms;
  }

  start(): void {
    this.#run();
  }

  stop(): void {
    this.#stopped = true;
    for (const giveUp of this.#dialing) giveUp.abort();
    for (const link of this.#links) link.close(SERVER_STOPS);
    for (const wake of this.#pauses) wake();
    this.#wakeIdle();
    if (this.#cursor !== undefined) this.#context.registry.closeCursor(this.#cursor);
  }

  /** A fault of our own ends the connections to this neighbor, and reaches nothing else. */
  failed(error: unknown): void {
    const { counters, log } = this.#context;
    counters.linksFailed++;
    log.event("error", this.name, "!", `a fault of herd's own in the classic link: ${errorText(error)}`);
    this.#isAway();
    for (const link of this.#links) link.close(OWN_FAULT);
  }

  /** Sends what is due, as far as the socket and the share of one turn allow. */
  flood(): void {
    try {
      this.#flood();
    } catch (error) {
      this.failed(error);
    }
  }

  #flood(): void {
    this.#wakeIdle();
    const link = this.#kept;
    const cursor = this.#cursor;
    if (cursor === undefined) return;
    const { registry, limits } = this.#context;
    if (registry.isDue(cursor)) this.#lag.begin();
    if (link === undefined) return;
    this.#leftDue = true;
    for (let taken = 0; registry.isDue(cursor); taken++) {
      if (link.unsentBytes >= limits.linkUnsentBytes) return link.fallBehind();
      if (taken === BATCHES_PER_TURN) return this.#context.flood();
      this.#take(cursor);
    }
    this.#leftDue = false;
    if (link.unsentBytes === 0) this.#lag.end();
  }

  drained(): void {
    if (this.#kept !== undefined && !this.#leftDue) this.#lag.end();
    this.flood();
  }

  tick(): void {
    this.#kept?.tick();
  }

  send(bytes: Uint8Array, start: number, end: number, lines: number): void {
    if (this.#kept !== undefined) return this.#kept.send(bytes, start, end, lines);
    for (let at = start; at < end;) {
      const next = bytes.indexOf(LF, at) + 1;
      this.#lines.push(bytes.slice(at, next));
      at = next;
    }
  }

  wait(): void {/* It has no patience. */}

  async #run(): Promise<void> {
    const { clock } = this.#context.runtime;
    while (!this.#stopped) {
      const begunMs = clock.monotonicMs();
      try {
        if (this.#hangUps < this.#context.limits.classicHangUps) await this.#keepTelling();
        else await this.#tellByLines();
      } catch (error) {
        this.failed(error);
      }
      await this.#pauseToRedial(begunMs);
    }
  }

  /** It also gives a neighbor that has died the time to be gone for good, so that the next dial tells. */
  #pauseToRedial(begunMs: number): Promise<void> {
    const { limits, runtime } = this.#context;
    if (runtime.clock.monotonicMs() - begunMs >= limits.redialMs) this.#tries = 0;
    return this.#pause(redialDelayMs(this.#tries++, limits, runtime));
  }

  /** Makes a connection, and tells over it all there is and comes until it ends. */
  async #keepTelling(): Promise<void> {
    const { limits, log, runtime } = this.#context;
    const link = await this.#open();
    if (link === undefined) return;
    const openedMs = runtime.clock.monotonicMs();
    this.#startOver();
    this.#kept = link;
    log.event("info", this.name, "+", "classic link up");
    this.flood();
    const reason = await link.over;
    this.#kept = undefined;
    this.#lag.begin();
    log.event("info", this.name, "-", `classic link down: ${reason}`);
    if (runtime.clock.monotonicMs() - openedMs >= limits.idleMs) this.#hangUps = 0;
    if (!link.hungUp) return;
    this.#tries = 0;
    if (++this.#hangUps < limits.classicHangUps) return;
    log.event(
      "info",
      this.name,
      "!",
      "it closes when it has been told: each line gets a connection of its own",
    );
  }

  /** Tells all there is and comes over a connection for each line, until one cannot be made. */
  async #tellByLines(): Promise<void> {
    this.#startOver();
    this.#hasLanes = true;
    const lanes = Array.from({ length: this.#context.limits.classicConnections }, () => this.#tellLines());
    await Promise.all([this.#watch(), ...lanes]);
  }

  /** Finds out that the neighbor has gone, also while there is nothing to tell. */
  async #watch(): Promise<void> {
    while (this.#hasLanes && !this.#stopped) {
      const begunMs = this.#context.runtime.clock.monotonicMs();
      this.#watched = await this.#open();
      if (!this.#hasLanes) this.#watched?.close(AWAY);
      await this.#watched?.over;
      this.#watched = undefined;
      if (this.#hasLanes) await this.#pauseToRedial(begunMs);
    }
  }

  /** One line after the other, each on a connection of its own. */
  async #tellLines(): Promise<void> {
    const { limits, limitHits, log, runtime } = this.#context;
    for (let line = await this.#nextLine(); line !== undefined; line = await this.#nextLine()) {
      const paused = this.#pause(limits.classicPauseMs);
      const link = await this.#open();
      if (link === undefined) return;
      log.event("debug", this.name, "+", "connection for a line");
      link.send(line, 0, line.length, 1);
      link.end();
      const timer = runtime.clock.after(limits.classicLineMs, () => {
        limitHits.hit("classicLineMs");
        link.close("it was not closed in time");
      });
      const reason = await link.over;
      timer.cancel();
      log.event("debug", this.name, "-", `connection for a line: ${reason}`);
      await paused;
    }
  }

  /** The next line that is due, once there is one; undefined when lines are not told one by one any more. */
  async #nextLine(): Promise<Uint8Array | undefined> {
    while (this.#hasLanes && !this.#stopped) {
      const line = this.#lines.shift();
      if (line !== undefined) return line;
      const cursor = this.#cursor;
      if (cursor !== undefined && this.#context.registry.isDue(cursor)) this.#take(cursor);
      else {
        if (this.#hasLanes) this.#lag.end();
        await new Promise<void>((resolve) => this.#idle.add(resolve));
      }
    }
    return undefined;
  }

  #take(cursor: Cursor): void {
    this.#context.batches.take(cursor, this.#knownFrom).forNeighbor(this, this);
  }

  /** It may have forgotten everything, or never got it. */
  #startOver(): void {
    const { registry } = this.#context;
    if (this.#cursor !== undefined) registry.closeCursor(this.#cursor);
    this.#cursor = registry.openCursor(0);
    this.#knownFrom = registry.seq;
    this.#lines = [];
  }

  /** Dials once. @returns undefined where the neighbor cannot be reached, or the server stops. */
  async #open(): Promise<ClassicLink | undefined> {
    const { runtime, limits } = this.#context;
    const giveUp = new AbortController();
    this.#dialing.add(giveUp);
    const timer = runtime.clock.after(limits.handshakeMs, () => {
      this.#context.limitHits.hit("handshakeMs");
      giveUp.abort();
    });
    try {
      const connection = await runtime.network.dial(this.#address, giveUp.signal);
      if (!this.#stopped) return this.#adopt(connection);
      connection.destroy();
    } catch (error) {
      this.#isAway();
      this.#tell(`not reached yet (${errorMessage(error)})`);
    } finally {
      timer.cancel();
      this.#dialing.delete(giveUp);
    }
    return undefined;
  }

  #isAway(): void {
    this.#lag.begin();
    this.#hangUps = 0;
    this.#hasLanes = false;
    this.#watched?.close(AWAY);
    this.#wakeIdle();
  }

  #adopt(connection: Connection): ClassicLink {
    this.#told = "";
    const link = new ClassicLink(this.#context, this, connection);
    this.#links.add(link);
    link.over.then(() => this.#links.delete(link));
    return link;
  }

  #pause(ms: number): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        timer.cancel();
        this.#pauses.delete(wake);
        resolve();
      };
      const timer = this.#context.runtime.clock.after(ms, wake);
      this.#pauses.add(wake);
    });
  }

  #wakeIdle(): void {
    if (this.#idle.size === 0) return;
    const idle = [...this.#idle];
    this.#idle.clear();
    for (const wake of idle) wake();
  }

  /** A missing neighbor is normal: it is told once, not at every try. */
  #tell(trouble: string): void {
    if (this.#stopped || trouble === this.#told) return;
    this.#told = trouble;
    this.#context.log.event("info", this.name, "!", trouble);
  }
}
