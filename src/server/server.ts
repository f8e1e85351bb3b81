/** One server of the herd: its door, its sessions, its registry, and its part of the herd. */
import { numericHost } from "../herd/address.ts";
import { HELLO_PREFIX } from "../herd/handshake.ts";
import { Herd } from "../herd/herd.ts";
import { SERVER_STOPS } from "../herd/link.ts";
import { classicHosts, type ServerPlace, type Topology } from "../herd/topology.ts";
import type { JournalCounters } from "../journal/journal.ts";
import type { Recovered, RecoveryProgress } from "../journal/recovery.ts";
import { LimitHits } from "../limit_hits.ts";
import { FIXED_WAITS, type Limits } from "../limits.ts";
import type { ServerLog } from "../log/server_log.ts";
import type { PlacesFinder } from "../places/finder.ts";
import { renderNearbySearch } from "../places/nearby_search.ts";
import type { PlacesQuery } from "../places/provider.ts";
import { Registry } from "../registry/registry.ts";
import { addressText } from "../runtime/url.ts";
import type {
  Address,
  Connection,
  ConnectionEvents,
  Listener,
  ListenTls,
  Runtime,
  Timer,
  TlsFiles,
} from "../runtime/runtime.ts";
import { startsWith } from "../wire/bytes.ts";
import { ClientParser } from "../wire/client_message.ts";
import { IdHash } from "../wire/id_hash.ts";
import { makeWorkBuffer } from "../wire/line_reader.ts";
import { OutBuffer } from "../wire/render.ts";
import { DurableConnection } from "./durable_connection.ts";
import type { OpenSession, ServerContext, SessionCounters } from "./context.ts";
import { Handlers } from "./handlers.ts";
import { JournalKeeper, type JournalPlace } from "./journal_keeper.ts";
import { Requests } from "./requests.ts";
import { Session } from "./session.ts";

const OUT_BYTES = 131_072;
const NO_PLACES = renderNearbySearch({ results: [], status: "ZERO_RESULTS" });

/** Radius 0 and bound 0 ask nothing of the Places service (protocol.md: WHATSAT). */
function asksNothing(query: PlacesQuery): boolean {
  return query.bound === 0 || Number(query.radiusKm) === 0;
}

/** One of several threads that are one server to its clients. */
export interface ServerShare {
  /** Whom this thread has links to, and its name there. */
  readonly topology: Topology;
  readonly self: string;
  /** Those of its links that lead to other threads. */
  readonly threads: readonly string[];
  /** Takes over a session that is another thread's: one that becomes a link, or a classic neighbor's. */
  passOn?(connection: Connection): ConnectionEvents | undefined;
}

export interface ServerOptions {
  readonly runtime: Runtime;
  readonly limits: Limits;
  readonly log: ServerLog;
  readonly topology: Topology;
  /** This server, one of the topology's. */
  readonly place: ServerPlace;
  readonly secrets: readonly string[];
  /** Without one it forgets everything when it ends. */
  readonly journal?: JournalPlace | undefined;
  /** What it speaks TLS with, if it does. */
  readonly tls?: TlsFiles | undefined;
  /** Its share in the work of several threads; see `cli/workers.ts`. */
  readonly share?: ServerShare;
  /** Who finds the places of a query with a radius and a bound above 0. */
  readonly places: Pick<PlacesFinder, "find" | "answer">;
  /** Shared with whoever else counts for this server. */
  readonly limitHits?: LimitHits;
}

export class Server {
  readonly registry: Registry;
  readonly herd: Herd;
  readonly counters: SessionCounters = {
    reports: 0,
    repeated: 0,
    unjournaled: 0,
    searches: 0,
    invalid: 0,
    opened: 0,
    failed: 0,
    notAccepted: 0,
    handshakesFailed: 0,
  };
  readonly limitHits: LimitHits;
  /** The way in for what does not come over a session. */
  readonly requests: Requests;
  readonly #options: ServerOptions;
  readonly #context: ServerContext;
  /** Addresses from which sessions are another thread's. */
  readonly #passedOn: ReadonlySet<string>;
  readonly #sessions = new Set<OpenSession>();
  readonly #sessionsOf = new Map<string, number>();
  readonly #keeper: JournalKeeper | undefined;
  #listener: Listener | undefined;
  #ticker: Timer | undefined;
  #onEmpty: (() => void) | undefined;
  #isStopping = false;
  /** Accepting failed, and has not worked since. */
  #isRefused = false;

  constructor(options: ServerOptions) {
    const { runtime, limits, log, topology, place, secrets, tls } = options;
    this.#options = options;
    const passesOn = options.share?.passOn !== undefined;
    this.#passedOn = passesOn ? classicHosts(topology, place.name) : new Set();
    this.limitHits = options.limitHits ?? new LimitHits();
    this.registry = new Registry(new IdHash(runtime.randomBytes(1024)), limits.clients);
    this.herd = new Herd({
      runtime,
      limits,
      log,
      registry: this.registry,
      topology: options.share?.topology ?? topology,
      self: options.share?.self ?? place.name,
      origins: topology.servers.map(({ name }) => name),
      secrets,
      limitHits: this.limitHits,
      stored: () => this.#keeper?.journal?.changed(),
      tls,
      threads: options.share?.threads ?? [],
    });
    this.#keeper = options.journal &&
      new JournalKeeper({
        runtime,
        limits,
        log,
        registry: this.registry,
        herd: this.herd,
        servers: topology.servers.map(({ name }) => name),
        place: options.journal,
      });
    this.#context = {
      runtime,
      limits,
      log,
      handlers: new Handlers(this.registry, limits, place.name, this),
      parser: new ClientParser(this.registry.hash),
      work: makeWorkBuffer(this.herd.peerLineBytes),
      out: new OutBuffer(OUT_BYTES),
      counters: this.counters,
      limitHits: this.limitHits,
      answerPlaces(query, out) {
        if (!asksNothing(query)) return options.places.answer(query, out);
        out.append(NO_PLACES);
        return true;
      },
      findPlaces: (query, signal) =>
        asksNothing(query) ? Promise.resolve(NO_PLACES) : options.places.find(query, signal),
      takeOver: (connection, bytes, start, end) => this.#takeOver(connection, bytes, start, end),
      classicAt: (host) => this.herd.classicAt(host),
      takeReport: (bytes, start, lf, classic) => this.herd.takeReport(bytes, start, lf, classic),
      peerLineBytes: this.herd.peerLineBytes,
      flood: () => this.herd.flood(),
      ended: (session, reason) => this.#forget(session, reason),
    };
    this.requests = new Requests(this.#context, () => this.#keeper?.journal);
  }

  /** Whether no report can be kept as it was promised to be. */
  get refuses(): boolean {
    return this.#keeper?.journal?.refuses === true;
  }

  get journalCounters(): Readonly<JournalCounters> | undefined {
    return this.#keeper?.journal?.counters;
  }

  /** Sessions open now. */
  get sessions(): number {
    return this.#sessions.size;
  }

  /** As `JournalKeeper.recover`; to be called once, before `start`. @throws {JournalError} */
  async recover(onProgress: (progress: RecoveryProgress) => void = () => {}): Promise<readonly Recovered[]> {
    return await this.#keeper?.recover(onProgress) ?? [];
  }

  /**
   * Starts to listen, then to dial.
   * @returns the address it listens on.
   * @throws {AddressInUseError} when the port is taken.
   * @throws {JournalError} when the journal cannot be opened.
   */
  async start(): Promise<Address> {
    const { runtime, place } = this.#options;
    const shared = this.#options.share !== undefined;
    this.#listener = await runtime.network.listen(place, (connection) => this.accept(connection), {
      shared,
      failed: (cause) => this.#notAccepted(cause),
      tls: this.#listenTls(),
    });
    await this.#keeper?.open();
    this.#ticker = runtime.clock.every(FIXED_WAITS.tickMs, () => {
      const nowMs = runtime.clock.monotonicMs();
      for (const session of this.#sessions) session.tick(nowMs);
    });
    this.herd.start();
    return this.#listener.address;
  }

  /**
   * Stops: takes nothing more, sends every reply that is due, and every report to the neighbors, for at most
   * `limits.drainMs` (and a moment for the neighbors in any case), and closes.
   * @param others what goes on until the links may end: other threads, whose reports go out over them.
   */
  async stop(others?: Promise<unknown>): Promise<void> {
    const { runtime, limits } = this.#options;
    const startMs = runtime.clock.monotonicMs();
    this.#isStopping = true;
    // Whoever has the port has the journal, so the port is kept until that is closed.
    if (this.#keeper?.journal === undefined) this.#closeListener();
    for (const session of this.#sessions) session.drain();
    if (this.#sessions.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = runtime.clock.after(limits.drainMs, resolve);
        this.#onEmpty = () => {
          timer.cancel();
          resolve();
        };
      });
    }
    for (const session of this.#sessions) {
      this.limitHits.hit("drainMs");
      session.close(SERVER_STOPS);
    }
    this.#ticker?.cancel();
    await others;
    const restMs = limits.drainMs - (runtime.clock.monotonicMs() - startMs);
    await this.herd.stop(Math.max(FIXED_WAITS.lingerMs, restMs));
    await this.#keeper?.journal?.close();
    this.#closeListener();
  }

  #closeListener(): void {
    this.#listener?.close();
    this.#listener = undefined;
  }

  /** Takes a client's connection, or a neighbor's. */
  accept(connection: Connection): void {
    if (this.#passedOn.size === 0) return this.#open(connection);
    const { host } = connection.remote;
    const passedOn = this.#passedOn.has(numericHost(host) ?? host);
    const successor = passedOn ? this.#options.share?.passOn?.(connection) : undefined;
    if (successor === undefined) this.#open(connection);
    else connection.start(successor);
  }

  #open(connection: Connection): void {
    const { limits, log } = this.#options;
    // Nobody is served without the journal, however early, nor once the server stops.
    const journal = this.#keeper?.journal;
    const isReady = this.#keeper === undefined || journal !== undefined;
    if (!isReady || this.#isStopping) return connection.destroy();
    this.#isRefused = false;
    const session = new Session(
      this.#context,
      journal === undefined ? connection : new DurableConnection(connection, journal),
    );
    const fromHost = this.#sessionsOf.get(session.host) ?? 0;
    if (this.#sessions.size >= limits.sessions || fromHost >= limits.sessionsPerAddress) {
      this.limitHits.hit(this.#sessions.size >= limits.sessions ? "sessions" : "sessionsPerAddress");
      log.event("debug", session.peer, "!", "refused: too many sessions");
      return connection.destroy();
    }
    this.counters.opened++;
    this.#sessions.add(session);
    this.#sessionsOf.set(session.host, fromHost + 1);
    log.event("debug", session.peer, "+", "session opened");
    session.start();
  }

  #listenTls(): ListenTls | undefined {
    const { tls, limits, log } = this.#options;
    if (tls === undefined) return undefined;
    return {
      ...tls,
      handshakeMs: limits.handshakeMs,
      handshakes: limits.handshakes,
      failed: (remote, reason, bound) => {
        this.counters.handshakesFailed++;
        if (bound !== undefined) this.limitHits.hit(bound);
        log.event("debug", addressText(remote), "!", `the TLS handshake failed: ${reason}`);
      },
    };
  }

  /** Told once, until a connection is accepted again. */
  #notAccepted(cause: Error): void {
    this.counters.notAccepted++;
    if (this.#isRefused) return;
    this.#isRefused = true;
    this.#options.log.event(
      "warn",
      "",
      "!",
      `no connection can be accepted (${cause.message}): those that are open go on`,
    );
  }

  #takeOver(
    connection: Connection,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): ConnectionEvents | undefined {
    const passOn = this.#options.share?.passOn;
    if (passOn === undefined || !startsWith(bytes, start, end, HELLO_PREFIX)) {
      return this.herd.accept(connection, bytes, start, end);
    }
    const successor = passOn(connection);
    successor?.received(bytes.slice(start, end + 1));
    return successor;
  }

  #forget(session: OpenSession, reason: string): void {
    this.#sessions.delete(session);
    const fromHost = (this.#sessionsOf.get(session.host) ?? 1) - 1;
    if (fromHost === 0) this.#sessionsOf.delete(session.host);
    else this.#sessionsOf.set(session.host, fromHost);
    this.#options.log.event("debug", session.peer, "-", `session closed: ${reason}`);
    if (this.#sessions.size === 0) this.#onEmpty?.();
  }
}
