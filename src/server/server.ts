/** One server of the herd: its door, its sessions, its registry, and its part of the herd. */
import { numericHost } from "../herd/address.ts";
import { HELLO_PREFIX } from "../herd/handshake.ts";
import { Herd } from "../herd/herd.ts";
import { SERVER_STOPS } from "../herd/link.ts";
import { ServerNames } from "../herd/server_names.ts";
import { classicHosts, type ServerPlace, type Topology } from "../herd/topology.ts";
import { type Fsync, Journal, type JournalCounters } from "../journal/journal.ts";
import { Past } from "../journal/past.ts";
import { describeJournalEvent } from "../journal/words.ts";
import { recover, type Recovered, type RecoveryProgress } from "../journal/recovery.ts";
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
  Files,
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
import { Requests } from "./requests.ts";
import { Session } from "./session.ts";

const OUT_BYTES = 131_072;
const NO_PLACES = renderNearbySearch({ results: [], status: "ZERO_RESULTS" });

/** Radius 0 and bound 0 ask nothing of the Places service (protocol.md: WHATSAT). */
function asksNothing(query: PlacesQuery): boolean {
  return query.bound === 0 || Number(query.radiusKm) === 0;
}

/** Where a server remembers what it knows, and how well. */
export interface JournalPlace {
  readonly dir: string;
  /** The file's name in it. */
  readonly name: string;
  /** Others whose records are taken in at the start; then they are removed. */
  readonly inherits: readonly string[];
  readonly fsync: Fsync;
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

/** The journal at the path that is its message cannot be opened; `cause` says why. */
export class JournalError extends Error {
  override readonly name = "JournalError";
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
  #journal: Journal | undefined;
  readonly #past = new Past();
  /** What the journals held that were found. */
  #recovered: readonly Recovered[] = [];
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
      stored: () => this.#journal?.changed(),
      tls,
      threads: options.share?.threads ?? [],
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
    this.requests = new Requests(this.#context, () => this.#journal);
  }

  /** Whether no report can be kept as it was promised to be. */
  get refuses(): boolean {
    return this.#journal?.refuses === true;
  }

  get journalCounters(): Readonly<JournalCounters> | undefined {
    return this.#journal?.counters;
  }

  /** Sessions open now. */
  get sessions(): number {
    return this.#sessions.size;
  }

  /**
   * Reads what earlier lives have left in the journal, and makes one where there is none. To be called once, before
   * `start`.
   * @returns what was found, file by file.
   * @throws {JournalError} when that cannot be done.
   */
  async recover(onProgress: (progress: RecoveryProgress) => void = () => {}): Promise<readonly Recovered[]> {
    const { runtime, topology, journal } = this.#options;
    if (journal === undefined) return [];
    const { files } = runtime;
    const names = new ServerNames(topology.servers.map(({ name }) => name));
    const options = {
      files,
      registry: this.registry,
      isServer: names.has.bind(names),
      onProgress,
    };
    const found: Recovered[] = [];
    for (const name of [journal.name, ...journal.inherits]) {
      const path = `${journal.dir}/${name}`;
      try {
        // The numbers in another one are not this server's.
        const isOwn = name === journal.name;
        const recovered = await recover(isOwn ? { ...options, past: this.#past } : options, path);
        if (recovered !== undefined) found.push(recovered);
      } catch (error) {
        throw new JournalError(path, { cause: error });
      }
    }
    await this.#makeJournal(files, journal);
    // What was left out is held by nobody: neighbors have to tell it again, and to be told.
    const isComplete = found.every(({ strangers, refused }) => strangers === 0 && refused === 0);
    if (!isComplete) this.#past.forget();
    this.herd.recall(this.#past);
    return this.#recovered = found;
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
    await this.#openJournal();
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
    if (this.#journal === undefined) this.#closeListener();
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
    await this.#journal?.close();
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
    const isReady = this.#options.journal === undefined || this.#journal !== undefined;
    if (!isReady || this.#isStopping) return connection.destroy();
    this.#isRefused = false;
    const journal = this.#journal;
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

  /** @throws {Error} where another process has written it since it was read. */
  #checkUnchanged(files: Files, path: string, readBytes: number): void {
    const { file, sizeBytes } = files.openAppend(path);
    file.close();
    if (sizeBytes !== readBytes) {
      throw new Error("it has changed since it was read: another server writes it");
    }
  }

  /** Where there is none yet, an empty one whose name is on the disk before anything is acknowledged. */
  async #makeJournal(files: Files, { dir, name }: JournalPlace): Promise<void> {
    try {
      files.makeDir(dir);
      files.openAppend(`${dir}/${name}`).file.close();
      await files.syncDir(dir);
    } catch (error) {
      throw new JournalError(`${dir}/${name}`, { cause: error });
    }
  }

  /** Opens the journal for what is to come; what is in it is in the registry. */
  async #openJournal(): Promise<void> {
    const { runtime, limits, log, journal: place } = this.#options;
    if (place === undefined) return;
    const { files, clock } = runtime;
    const { dir, name, inherits, fsync } = place;
    const own = this.#recovered.find(({ path }) => path === `${dir}/${name}`);
    const heirless = inherits.map((other) => `${dir}/${other}`)
      .filter((path) => this.#recovered.some((found) => found.path === path));
    try {
      this.#checkUnchanged(files, `${dir}/${name}`, own?.sizeBytes ?? 0);
      const liveBytes = own === undefined
        ? 0
        : own.wholeBytes * (this.registry.size / Math.max(1, own.records));
      this.#journal = new Journal(
        {
          files,
          clock,
          limits,
          registry: this.registry,
          dir,
          name,
          fsync,
          run: this.herd.run,
          forgets: this.#past.isForgotten,
          held: () => this.herd.held(),
          onEvent: (event) => log.event(...describeJournalEvent(event, fsync)),
        },
        own?.wholeBytes ?? 0,
        liveBytes,
      );
      if (heirless.length > 0) await this.#journal.rewrite();
      for (const path of heirless) await files.remove(path);
    } catch (error) {
      throw new JournalError(`${dir}/${name}`, { cause: error });
    }
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
