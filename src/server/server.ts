/** One server of the herd: its door, its sessions, its registry, and its part of the herd. */
import { HELLO_PREFIX } from "../herd/handshake.ts";
import { Herd } from "../herd/herd.ts";
import type { ServerPlace, Topology } from "../herd/topology.ts";
import type { Limits } from "../limits.ts";
import type { ServerLog } from "../log/server_log.ts";
import type { PlacesFinder } from "../places/finder.ts";
import { renderNearbySearch } from "../places/nearby_search.ts";
import type { PlacesQuery } from "../places/provider.ts";
import { Registry } from "../registry/registry.ts";
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
import type { OpenSession, ServerContext, SessionCounters } from "./context.ts";
import { Handlers } from "./handlers.ts";
import { Session } from "./session.ts";

const TICK_MS = 1_000;
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
  /** Takes over a session that asks to become a link that is another thread's. */
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
  /** What it speaks TLS with, if it does. */
  readonly tls?: TlsFiles | undefined;
  /** Its share in the work of several threads; see `cli/workers.ts`. */
  readonly share?: ServerShare;
  /** Who finds the places of a query with a radius and a bound above 0. */
  readonly places: Pick<PlacesFinder, "find" | "answer">;
}

export class Server {
  readonly registry: Registry;
  readonly herd: Herd;
  readonly counters: SessionCounters = {
    reports: 0,
    repeated: 0,
    full: 0,
    searches: 0,
    invalid: 0,
    handshakesFailed: 0,
  };
  readonly #options: ServerOptions;
  readonly #context: ServerContext;
  readonly #sessions = new Set<OpenSession>();
  readonly #sessionsOf = new Map<string, number>();
  #listener: Listener | undefined;
  #ticker: Timer | undefined;
  #onEmpty: (() => void) | undefined;
  #refusedSessions = 0;

  constructor(options: ServerOptions) {
    const { runtime, limits, log, topology, place, secrets, tls } = options;
    this.#options = options;
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
      tls,
    });
    this.#context = {
      runtime,
      limits,
      log,
      handlers: new Handlers(this.registry, limits, place.name),
      parser: new ClientParser(this.registry.hash),
      work: makeWorkBuffer(limits.lineBytes),
      out: new OutBuffer(OUT_BYTES),
      counters: this.counters,
      answerPlaces(query, out) {
        if (!asksNothing(query)) return options.places.answer(query, out);
        out.append(NO_PLACES);
        return true;
      },
      findPlaces: (query, signal) =>
        asksNothing(query) ? Promise.resolve(NO_PLACES) : options.places.find(query, signal),
      takeOver: (connection, bytes, start, end) => this.#takeOver(connection, bytes, start, end),
      flood: () => this.herd.flood(),
      ended: (session, reason) => this.#forget(session, reason),
    };
  }

  /** Sessions open now. */
  get sessions(): number {
    return this.#sessions.size;
  }

  /** Connections closed at once because there were too many. */
  get refusedSessions(): number {
    return this.#refusedSessions;
  }

  /**
   * Starts to listen, then to dial.
   * @returns the address it listens on.
   * @throws {AddressInUseError} when the port is taken.
   */
  async start(): Promise<Address> {
    const { runtime, place } = this.#options;
    const shared = this.#options.share !== undefined;
    const accept = (connection: Connection) => this.accept(connection);
    this.#listener = await runtime.network.listen(place, accept, shared, this.#listenTls());
    this.#ticker = runtime.clock.every(TICK_MS, () => {
      const nowMs = runtime.clock.monotonicMs();
      for (const session of this.#sessions) session.tick(nowMs);
    });
    this.herd.start();
    return this.#listener.address;
  }

  /** Stops: takes nothing more, sends every reply that is due, for at most `limits.drainMs`, and closes. */
  async stop(): Promise<void> {
    const { runtime, limits } = this.#options;
    this.#listener?.close();
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
    for (const session of this.#sessions) session.close("the server stops");
    this.#ticker?.cancel();
    this.herd.stop();
  }

  /** Takes a client's connection, or a neighbor's. */
  accept(connection: Connection): void {
    const { limits, log } = this.#options;
    const session = new Session(this.#context, connection);
    const fromHost = this.#sessionsOf.get(session.host) ?? 0;
    if (this.#sessions.size >= limits.sessions || fromHost >= limits.sessionsPerAddress) {
      this.#refusedSessions++;
      log.event("debug", session.peer, "!", "refused: too many sessions");
      return connection.destroy();
    }
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
      failed: ({ host, port }, reason) => {
        this.counters.handshakesFailed++;
        log.event("debug", `${host}:${port}`, "!", `the TLS handshake failed: ${reason}`);
      },
    };
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
