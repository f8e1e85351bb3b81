/** What all sessions of a server share. */
import type { LimitHits } from "../limit_hits.ts";
import type { Limits } from "../limits.ts";
import type { ServerLog } from "../log/server_log.ts";
import type { PlacesQuery } from "../places/provider.ts";
import type { Connection, ConnectionEvents, Runtime } from "../runtime/runtime.ts";
import type { ClientParser } from "../wire/client_message.ts";
import type { OutBuffer } from "../wire/render.ts";
import type { Effect, Handlers } from "./handlers.ts";

/** What a server counts of its clients' messages, by what became of them. */
export interface SessionCounters {
  /** IAMATs that were news, and those that were not. */
  reports: number;
  repeated: number;
  /** IAMATs refused because the journal could not be written, under `--fsync always`. */
  unjournaled: number;
  searches: number;
  /** Other lines answered with `? `, for whatever reason. */
  invalid: number;
  /** Sessions opened, and those that were ended by a fault of our own. */
  opened: number;
  failed: number;
  /** Connections that could not be accepted, as when file descriptors run out. */
  notAccepted: number;
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
  readonly limitHits: LimitHits;
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
  /** Whose reports are taken from sessions from the address `host`, if anyone's. */
  classicAt(host: string): number | undefined;
  /** Takes the report of that classic neighbor in the line `bytes[start, lf)`; whether it is one. */
  takeReport(bytes: Uint8Array, start: number, lf: number, classic: number): boolean;
  /** Longest line of a neighbor, in bytes. */
  readonly peerLineBytes: number;
  /** A report was news: it must be flooded. */
  flood(): void;
  /** The session is over. */
  ended(session: OpenSession, reason: string): void;
}

/** What has to be told that a report was acknowledged, before anybody else hears of it. */
export interface Acknowledger {
  acknowledges(): void;
}

/** Does what every way in does about an effect that needs no search. */
export function settle(
  context: ServerContext,
  effect: Exclude<Effect, { readonly kind: "search" }>,
  acknowledger?: Acknowledger,
): void {
  const { counters, limitHits } = context;
  switch (effect.kind) {
    case "flood":
      counters.reports++;
      acknowledger?.acknowledges();
      return context.flood();
    case "reply":
      counters[effect.verdict]++;
      if (effect.verdict === "repeated") acknowledger?.acknowledges();
      return;
    case "refused":
      counters.invalid++;
      return limitHits.hit(effect.limit);
  }
}
