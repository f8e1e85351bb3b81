/** A server without a machine under it: time moves when a test says so, and connections are the test's own. */
import { assert } from "@std/assert";
import { DEFAULT_LIMITS, type Limits } from "../../src/limits.ts";
import type { EventLevel, ServerLog } from "../../src/log/server_log.ts";
import type {
  Address,
  Connection,
  ConnectionEvents,
  Files,
  Hmac,
  Network,
  Process,
  Runtime,
} from "../../src/runtime/runtime.ts";
import { latin1, textOf } from "../binary.ts";
import { FakeClock } from "../fake_clock.ts";
import { turnEnds } from "../settle.ts";
import { Server, type ServerOptions } from "../../src/server/server.ts";

/** A connection whose other end is the test. */
export class FakeConnection implements Connection {
  readonly remote: Address;
  /** All that was written, in binary. */
  written = "";
  unsentBytes = 0;
  isPaused = false;
  isEnded = false;
  isClosed = false;
  /** What happens to bytes that are written; by default the socket takes them. */
  onWrite: (bytes: Uint8Array) => void = () => {};
  #events: ConnectionEvents | undefined;
  #wake: () => void = () => {};

  constructor(host = "127.0.0.1", port = 50_000) {
    this.remote = { host, port };
  }

  start(events: ConnectionEvents): void {
    this.#events = events;
  }
  write(bytes: Uint8Array): void {
    if (this.isClosed || this.isEnded) return;
    this.onWrite(bytes);
    this.written += textOf(bytes);
    this.#wake();
  }
  pause(): void {
    this.isPaused = true;
  }
  resume(): void {
    this.isPaused = false;
  }
  end(): void {
    this.isEnded = true;
    this.#wake();
  }
  destroy(): void {
    this.#close(undefined);
  }

  /** The other end sends. */
  say(bytes: string | Uint8Array): void {
    if (!this.isClosed) this.#events?.received(typeof bytes === "string" ? latin1(bytes) : bytes);
  }
  /** The other end ends its side. */
  sayEnd(): void {
    if (!this.isClosed) this.#events?.ended();
    if (this.isEnded) this.#close(undefined);
  }
  /** The socket has taken all. */
  drain(): void {
    this.unsentBytes = 0;
    if (!this.isClosed) this.#events?.drained();
  }
  /** Resolves once `isTrue`, which is asked whenever something was written or closed. */
  when(isTrue: (connection: FakeConnection) => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        if (isTrue(this)) resolve();
      };
      this.#wake();
    });
  }

  #close(cause: Error | undefined): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#events?.closed(cause);
    this.#wake();
  }
}

/** Remembers events; lines can be told to fail. */
export class FakeLog implements ServerLog {
  readonly events: { level: EventLevel; peer: string; text: string }[] = [];
  onLines: (peer: string) => void = () => {};
  lines(_now: unknown, peer: Uint8Array): void {
    this.onLines(textOf(peer));
  }
  message(): void {}
  event(level: EventLevel, peer: string, _sign: string, text: string): void {
    this.events.push({ level, peer, text });
  }
  /** Texts of a level. */
  of(level: EventLevel): string[] {
    return this.events.filter((event) => event.level === level).map(({ peer, text }) => `${peer}: ${text}`);
  }
}

function unused(): never {
  throw new Error("no use for this here");
}

class FakeNetwork implements Network {
  /** What the server does with who comes. */
  accept: (connection: Connection) => void = unused;
  failed: (cause: Error) => void = unused;
  readonly #dial: Network["dial"];
  constructor(dial: Network["dial"]) {
    this.#dial = dial;
  }
  listen: Network["listen"] = (address, accept, { failed = unused } = {}) => {
    this.accept = accept;
    this.failed = failed;
    return Promise.resolve({ address, close: () => {} });
  };
  dial: Network["dial"] = (address, signal) => this.#dial(address, signal);
  findTlsFault(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  serveHttp = unused;
  fetch = unused;
}

/** Cryptography whose end can be awaited: other threads do it, in their own time. */
class AwaitedHmac implements Hmac {
  readonly #pending = new Set<Promise<unknown>>();
  importKey =
    ((...how: Parameters<Hmac["importKey"]>) => this.#begun(crypto.subtle.importKey(...how))) as Hmac[
      "importKey"
    ];
  sign: Hmac["sign"] = (...what) => this.#begun(crypto.subtle.sign(...what));
  verify: Hmac["verify"] = (...what) => this.#begun(crypto.subtle.verify(...what));

  /** Resolves once all that was begun has ended, and what hung on it has been done. */
  async settled(): Promise<void> {
    do {
      await Promise.allSettled(this.#pending);
      await turnEnds();
    } while (this.#pending.size > 0);
  }

  #begun<T>(promise: Promise<T>): Promise<T> {
    this.#pending.add(promise);
    const over = () => void this.#pending.delete(promise);
    promise.then(over, over);
    return promise;
  }
}

export interface FakeServerOptions {
  readonly limits?: Partial<Limits>;
  readonly places?: ServerOptions["places"];
  readonly secrets?: readonly string[];
  readonly dial?: Network["dial"];
  /** Hands is a classic neighbor. */
  readonly classic?: boolean;
  readonly log?: ServerLog;
  readonly hmac?: Hmac;
  /** What it remembers on, and where. */
  readonly files?: Files;
  readonly journal?: ServerOptions["journal"];
}

/** Server Goloman, whose neighbor is Hands. */
export class FakeServer {
  readonly clock = new FakeClock();
  readonly log = new FakeLog();
  readonly server: Server;
  readonly network: FakeNetwork;
  readonly #hmac = new AwaitedHmac();

  constructor(options: FakeServerOptions = {}) {
    this.network = new FakeNetwork(options.dial ?? unused);
    const servers = [
      { name: "Goloman", host: "127.0.0.1", port: 1 },
      {
        name: "Hands",
        host: "127.0.0.1",
        port: 2,
        dialsOnly: options.dial === undefined,
        classic: options.classic === true,
      },
    ];
    const runtime: Runtime = {
      name: "none",
      clock: this.clock,
      network: this.network,
      files: options.files ?? {} as Files,
      process: {} as Process,
      hmac: options.hmac ?? this.#hmac,
      crypto: crypto.subtle,
      randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    };
    this.server = new Server({
      runtime,
      limits: { ...DEFAULT_LIMITS, ...options.limits },
      log: options.log ?? this.log,
      topology: { herd: "herd", servers, links: [["Goloman", "Hands"]], settings: {} },
      place: servers[0]!,
      secrets: options.secrets ?? ["secret"],
      places: options.places ?? { answer: () => false, find: unused },
      journal: options.journal,
    });
  }

  async start(): Promise<this> {
    await this.server.recover();
    await this.server.start();
    return this;
  }

  /** Someone connects. */
  connect(host?: string): FakeConnection {
    const connection = new FakeConnection(host);
    this.network.accept(connection);
    return connection;
  }

  /** Resolves once the server waits for nothing but its peers and for time to pass. */
  settled(): Promise<void> {
    return this.#hmac.settled();
  }

  /** Checks that a new session is served, and gets its own reply and nothing else. */
  assertServes(): void {
    const session = this.connect();
    session.say("hello\n");
    assert(session.written === "? hello\n", `served: ${JSON.stringify(session.written)}`);
    session.destroy();
  }

  get hits(): Readonly<Record<string, number>> {
    return this.server.limitHits.nonZero;
  }
}
