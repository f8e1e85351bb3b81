/** This server's part of the herd: its neighbors, and the flood to them. */
import type { ServerLog } from "../log/server_log.ts";
import { compareBytes, startsWith, toBytes, toText } from "../wire/bytes.ts";
import type { Connection, ConnectionEvents, Runtime, Timer, TlsFiles } from "../runtime/runtime.ts";
import type { Limits } from "../limits.ts";
import type { Registry } from "../registry/registry.ts";
import { isLoopback } from "./address.ts";
import { HELLO_PREFIX, parseHandshake, Prover } from "./handshake.ts";
import { type LinkContext, type LinkCounters, makeLinkContext } from "./link.ts";
import { Neighbor } from "./neighbor.ts";
import { neighborsOf, type ServerPlace, type Topology } from "./topology.ts";

const MIN_TICK_MS = 10;
const MAX_TICK_MS = 1_000;

/** Reports that are flooded before the turn has ended: while they are at hand still in the processor's cache. */
const NEWS_AT_ONCE = 640;

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
  /** What links speak TLS with, if they do. */
  readonly tls?: TlsFiles | undefined;
}

/** The names of the herd's servers, as bytes. */
class Names {
  readonly #names: readonly Uint8Array[];
  /** The one found last: most lines in a row have one origin. */
  #last: Uint8Array = new Uint8Array(0);

  constructor(names: readonly Uint8Array[]) {
    this.#names = names;
  }

  has(bytes: Uint8Array, start: number, end: number): boolean {
    if (isName(this.#last, bytes, start, end)) return true;
    for (const name of this.#names) {
      if (!isName(name, bytes, start, end)) continue;
      this.#last = name;
      return true;
    }
    return false;
  }
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

function isName(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  return name.length === end - start && compareBytes(name, 0, name.length, bytes, start, end) === 0;
}

export class Herd {
  readonly #context: LinkContext;
  readonly #neighbors: ReadonlyMap<string, Neighbor>;
  #floodDue = false;
  /** Reports stored since the last flood. */
  #news = 0;
  #ticker: Timer | undefined;

  constructor(options: HerdOptions) {
    const { runtime, limits, log, registry, topology, self, origins, secrets, tls } = options;
    const names = new Names(origins.map(toBytes));
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
    });
    const places = neighborsOf(topology, self);
    this.#neighbors = new Map(places.map((place, i) => {
      const patience = patienceWith(topology, self, place, places);
      return [place.name, new Neighbor(this.#context, place, i, patience)];
    }));
  }

  get counters(): Readonly<LinkCounters> {
    return this.#context.counters;
  }

  /** The names of the neighbors, and whether each is linked. */
  get neighbors(): readonly { readonly name: string; readonly linked: boolean }[] {
    return Array.from(this.#neighbors, ([name, neighbor]) => ({ name, linked: neighbor.isLinked }));
  }

  start(): void {
    const { runtime, limits, prover, log } = this.#context;
    if (!prover.hasSecret && this.#neighbors.size > 0) {
      log.event("info", "", "!", "no secret is set: links are taken from loopback addresses only");
    }
    this.#ticker = runtime.clock.every(
      Math.max(MIN_TICK_MS, Math.min(MAX_TICK_MS, limits.heartbeatMs / 4)),
      () => {
        for (const neighbor of this.#neighbors.values()) neighbor.tick();
      },
    );
    for (const neighbor of this.#neighbors.values()) neighbor.start();
  }

  stop(): void {
    this.#ticker?.cancel();
    for (const neighbor of this.#neighbors.values()) neighbor.stop();
  }

  /**
   * A client's report is news: every link sends it, once this turn has gathered all it brings, or so much that it
   * fills a write.
   */
  flood(): void {
    if (this.#neighbors.size === 0) return;
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
    for (const neighbor of this.#neighbors.values()) neighbor.flood();
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
    const { herd, self, prover, log } = this.#context;
    const hello = parseHandshake(toText(bytes, start, end));
    const peer = `${connection.remote.host}:${connection.remote.port}`;
    if (hello?.kind !== "hello") return undefined;
    const neighbor = this.#neighbors.get(hello.from);
    if (neighbor === undefined || hello.to !== self || hello.herd !== herd) {
      log.event(
        "warn",
        peer,
        "!",
        `refused a hello from ${hello.from} of ${hello.herd} to ${hello.to}: no such link`,
      );
      return undefined;
    }
    if (!prover.hasSecret && !isLoopback(connection.remote.host)) {
      log.event("warn", peer, "!", "refused a hello: no secret is set, and this is not a loopback address");
      return undefined;
    }
    if (!neighbor.isProvedBy(connection)) {
      const names = neighbor.certifiedNames.join(" or ");
      log.event("warn", peer, "!", `refused a hello from ${hello.from}: no certificate of ours for ${names}`);
      return undefined;
    }
    return neighbor.accept(connection, hello);
  }
}
