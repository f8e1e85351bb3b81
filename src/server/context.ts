/** What all sessions of a server share. */
import type { Limits } from "../limits.ts";
import type { ServerLog } from "../log/server_log.ts";
import type { PlacesQuery } from "../places/provider.ts";
import type { Connection, ConnectionEvents, Runtime } from "../runtime/runtime.ts";
import type { ClientParser } from "../wire/client_message.ts";
import type { OutBuffer } from "../wire/render.ts";
import type { Handlers } from "./handlers.ts";

/** What a server counts of its clients' messages, by what became of them. */
export interface SessionCounters {
  /** IAMATs that were news, and those that were not. */
  reports: number;
  repeated: number;
  /** IAMATs of new clients for which the registry had no room. */
  full: number;
  searches: number;
  invalid: number;
  /** Connections that did not come through their TLS handshake, and so have said nothing. */
  handshakesFailed: number;
}

/** A session, as its server sees it. */
export interface OpenSession {
  /** The client's address and port. */
  readonly peer: string;
  readonly host: string;
  /** Called about once a second: closes a session that breaks a bound of time. */
  tick(nowMs: number): void;
  /** Takes no more requests; what is due is still sent, and then the session ends. */
  drain(): void;
  /** Ends the session at once. */
  close(reason: string): void;
}

export interface ServerContext {
  readonly runtime: Runtime;
  readonly limits: Limits;
  readonly log: ServerLog;
  readonly handlers: Handlers;
  readonly parser: ClientParser;
  /** Shared by all sessions, since a read is handled without a pause. */
  readonly work: Uint8Array;
  readonly out: OutBuffer;
  readonly counters: SessionCounters;
  /**
   * Appends the places of `query` to `out`, as JSON text ready to send, where nobody has to be waited for.
   * @returns whether it did.
   */
  answerPlaces(query: PlacesQuery, out: OutBuffer): boolean;
  /** The places of `query` as JSON text ready to send; rejects only when `signal` gives up. */
  findPlaces(query: PlacesQuery, signal: AbortSignal): Promise<Uint8Array>;
  /** Who takes over a session whose first line, `bytes[start, end)`, makes it a link. */
  takeOver(
    connection: Connection,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): ConnectionEvents | undefined;
  /** A report was news: it must be flooded. */
  flood(): void;
  /** The session is over. */
  ended(session: OpenSession, reason: string): void;
}
