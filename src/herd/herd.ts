/** This server's part of the herd: its neighbors, and the flood to them. */
import { LimitHits } from "../limit_hits.ts";
import { FIXED_WAITS, type Limits } from "../limits.ts";
import type { ServerLog } from "../log/server_log.ts";
import { startsWith, toText } from "../wire/bytes.ts";
import { addressText } from "../runtime/url.ts";
import type { Connection, ConnectionEvents, Runtime, Timer, TlsFiles } from "../runtime/runtime.ts";
import { type Registry, UNKNOWN } from "../registry/registry.ts";
import { isLoopback, numericHost } from "./address.ts";
import { takeClassicLine } from "./classic_lines.ts";
import { ClassicNeighbor } from "./classic_neighbor.ts";
import { type Held, HELLO_PREFIX, parseHandshake, Prover } from "./handshake.ts";
import { type LinkContext, type LinkCounters, makeLinkContext } from "./link.ts";
import { Neighbor } from "./neighbor.ts";
import { ServerNames } from "./server_names.ts";
import { neighborsOf, type ServerPlace, type Topology } from "./topology.ts";

const MIN_TICK_MS = 10;

/** Reports that are flooded before the turn has ended: while they are at hand still in the processor's cache. */
const NEWS_AT_ONCE = 640;

/** What is known of this server's earlier lives. */
export interface PastLives {
  /** By its name: how much of a neighbor's changes is held. */
  readonly held: ReadonlyMap<string, Held>;
  /** What was changed after this number may be new to someone who holds `held` of an earlier life. */
  resumeAfter(held: Held): number;
}

/** How a neighbor is linked. */
export interface NeighborState {
  readonly name: string;
  readonly linked: boolean;
  /** Changes of the registry that the link has not come to yet; 0 while there is none. */
  readonly dueChanges: number;
  /**
   * For how long the neighbor has not been told everything, in milliseconds: since its socket last had taken all that
   * had changed, or, without a link, since that was lost; from the start on where there was none. 0 where nothing is
   * due.
   */
  readonly behindMs: number;
}

export interface HerdOptions {
  readonly runtime: Runtime;
  readonly limits: Limits;
  readonly log: ServerLog;
  readonly registry: Registry;
  readonly topology: Topology;
  /** The name of this server in it. */
  readonly self: string;
  /** The names that reports may have as their origin. */
  readonly origins: readonly string[];
  /** The shared secrets: none, one, or while it is rotated two. */
  readonly secrets: readonly string[];
  readonly limitHits?: LimitHits;
  /** A neighbor's report was stored. */
  stored?(): void;
  /** What links speak TLS with, if they do. */
  readonly tls?: TlsFiles | undefined;
  /** Those of its neighbors that are threads of this same server. */
  readonly threads?: readonly string[];
}

/** Whose reports are waited with before `place` is told: its other neighbors among ours, if ours is the greater name. */
function patienceWith(
  topology: Topology,
  self: string,
  place: ServerPlace,
  places: readonly ServerPlace[],
): Uint8Array {
  const patience = new Uint8Array(places.length + 1);
  const theirs = new Set(neighborsOf(topology, place.name).map(({ name }) => name));
  places.forEach(({ name }, i) => patience[i + 1] = self > place.name && theirs.has(name) ? 1 : 0);
  return patience;
}

export class Herd {
  readonly #context: LinkContext;
  /** Those that prove who they are, by their names, */
  readonly #neighbors = new Map<string, Neighbor>();
  /** and all of them. */
  readonly #all: readonly (Neighbor | ClassicNeighbor)[];
  /** Who may say AT in a session: the numbers of the classic neighbors, by their addresses. */
  readonly #classicAt = new Map<string, number>();
  readonly #threads: ReadonlySet<string>;
  #past: PastLives | undefined;
  #floodDue = false;
  /** Reports stored since the last flood. */
  #news = 0;
  #ticker: Timer | undefined;

  constructor(options: HerdOptions) {
    const { runtime, limits, log, registry, topology, self, origins, secrets, stored, tls } = options;
    const names = new ServerNames(origins);
    this.#context = makeLinkContext({
      runtime,
      limits,
      log,
      registry,
      prover: new Prover(runtime.hmac, secrets),
      tls,
      herd: topology.herd,
      self,
      isServer: (bytes, start, end) => names.has(bytes, start, end),
      flood: () => this.#floodSoon(),
      limitHits: options.limitHits ?? new LimitHits(),
      resumeAfter: (held) => this.#past?.resumeAfter(held) ?? 0,
      stored: () => {
        stored?.();
        this.#floodSoon();
      },
    });
    this.#threads = new Set(options.threads);
    // What crosses between threads is no traffic of the herd.
    const inner: LinkContext = { ...this.#context, counters: { ...this.#context.counters } };
    const places = neighborsOf(topology, self);
    this.#all = places.map((place, i) => {
      if (place.classic === true) return this.#meetClassic(place, i, places.length);
      const context = this.#threads.has(place.name) ? inner : this.#context;
      const neighbor = new Neighbor(context, place, i, patienceWith(topology, self, place, places));
      this.#neighbors.set(place.name, neighbor);
      return neighbor;
    });
  }

  #meetClassic(place: ServerPlace, index: number, sources: number): ClassicNeighbor {
    const host = numericHost(place.host) ?? place.host;
    // Several at one address cannot be told apart.
    this.#classicAt.set(host, this.#classicAt.has(host) ? UNKNOWN : index);
    return new ClassicNeighbor(this.#context, place, index, sources);
  }

  /** Of the links to neighbors. */
  get counters(): Readonly<LinkCounters> {
    return this.#context.counters;
  }

  /** This life of the server. */
  get run(): string {
    return this.#context.run;
  }

  /** How much of each neighbor's changes the registry holds. */
  *held(): Generator<readonly [neighbor: string, held: Held]> {
    for (const [name, { memory }] of this.#neighbors) {
      if (memory.held !== undefined) yield [name, memory.held];
    }
  }

  /** Remembers what was so before this life; before `start`. */
  recall(past: PastLives): void {
    this.#past = past;
    for (const [name, { memory }] of this.#neighbors) memory.held = past.held.get(name);
  }

  /** The neighbors, and how each is linked; threads of this same server are not among them. */
  get neighbors(): readonly NeighborState[] {
    return this.#all
      .filter(({ name }) => !this.#threads.has(name))
      .map(({ name, isLinked, dueChanges, behindMs }) => ({ name, linked: isLinked, dueChanges, behindMs }));
  }

  /** Longest line of a neighbor, in bytes. */
  get peerLineBytes(): number {
    return this.#context.limits.peerLineBytes;
  }

  /** Whose reports come in a session from the address `host`: the source for `takeReport`, or undefined. */
  classicAt(host: string): number | undefined {
    if (this.#classicAt.size === 0) return undefined;
    return this.#classicAt.get(numericHost(host) ?? host);
  }

  /**
   * Takes the line of a session `bytes[start, lf)`, where `bytes[lf]` is its LF, from the classic neighbor `source`.
   * @returns whether it is a report.
   */
  takeReport(bytes: Uint8Array, start: number, lf: number, source: number): boolean {
    return takeClassicLine(this.#context, bytes, start, lf, source);
  }

  start(): void {
    const { runtime, limits, prover, log } = this.#context;
    if (!prover.hasSecret && this.#neighbors.size > 0) {
      log.event("info", "", "!", "no secret is set: links are taken from loopback addresses only");
    }
    for (const host of this.#classicAt.keys()) {
      log.event("info", "", "!", `reports from ${host} are believed: the address is a classic neighbor's`);
    }
    this.#ticker = runtime.clock.every(
      Math.max(MIN_TICK_MS, Math.min(FIXED_WAITS.tickMs, limits.heartbeatMs / 4)),
      () => {
        for (const neighbor of this.#all) neighbor.tick();
      },
    );
    for (const neighbor of this.#all) neighbor.start();
  }

  /** Lets every neighbor have what is due to it, for at most `withinMs`, and ends the links. */
  async stop(withinMs: number): Promise<void> {
    const { clock } = this.#context.runtime;
    const neighbors = [...this.#neighbors.values()];
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = clock.after(withinMs, () => {
      this.#context.limitHits.hit("drainMs");
      resolve();
    });
    await Promise.race([Promise.all(neighbors.map((neighbor) => neighbor.leave())), promise]);
    timer.cancel();
    this.#ticker?.cancel();
    for (const neighbor of this.#all) neighbor.stop();
  }

  /**
   * A client's report is news: every link sends it, once this turn has gathered all it brings, or so much that it
   * fills a write.
   */
  flood(): void {
    if (this.#all.length === 0) return;
    if (++this.#news >= NEWS_AT_ONCE) this.#floodNow();
    else this.#floodSoon();
  }

  /** At the end of the turn: by then a neighbor may have said that it has what another one said. */
  #floodSoon(): void {
    if (this.#floodDue) return;
    this.#floodDue = true;
    this.#context.runtime.clock.soon(() => {
      this.#floodDue = false;
      this.#floodNow();
    });
  }

  #floodNow(): void {
    this.#news = 0;
    for (const neighbor of this.#all) neighbor.flood();
  }

  /**
   * Whether the first line of a session, `bytes[start, end)`, asks to become a link, from where and in a name that
   * may. If so the answer is who takes the connection over.
   */
  accept(
    connection: Connection,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): ConnectionEvents | undefined {
    if (!startsWith(bytes, start, end, HELLO_PREFIX)) return undefined;
    const { herd, self, prover, log, limits, limitHits, greetings, counters } = this.#context;
    const hello = parseHandshake(toText(bytes, start, end));
    const peer = addressText(connection.remote);
    if (hello?.kind !== "hello") return undefined;
    const neighbor = this.#neighbors.get(hello.from);
    if (neighbor === undefined || hello.to !== self || hello.herd !== herd) {
      counters.handshakesRefused++;
      log.event(
        "warn",
        peer,
        "!",
        `refused a hello from ${hello.from} of ${hello.herd} to ${hello.to}: no such link`,
      );
      return undefined;
    }
    if (!prover.hasSecret && !isLoopback(connection.remote.host)) {
      counters.handshakesRefused++;
      log.event("warn", peer, "!", "refused a hello: no secret is set, and this is not a loopback address");
      return undefined;
    }
    if (!neighbor.isProvedBy(connection)) {
      counters.handshakesRefused++;
      const names = neighbor.certifiedNames.join(" or ");
      log.event("warn", peer, "!", `refused a hello from ${hello.from}: no certificate of ours for ${names}`);
      return undefined;
    }
    if (greetings.size >= limits.handshakes) {
      limitHits.hit("handshakes");
      log.event("debug", peer, "!", "refused a hello: too many handshakes are under way");
      return undefined;
    }
    return neighbor.accept(connection, hello);
  }
}
