/** How often each bound was hit, under its own name, so that whoever sees a count knows what to set. */
import type { LimitName } from "./limits.ts";

/** The bounds that something can run into. The others are paces: how often something is done. */
export const COUNTED_LIMITS = [
  "lineBytes",
  "peerLineBytes",
  "unreadBytes",
  "stalledMs",
  "begunLineMs",
  "idleMs",
  "sessions",
  "sessionsPerAddress",
  "classicLineMs",
  "handshakeMs",
  "handshakes",
  "heartbeatsMissed",
  "linkUnsentBytes",
  "relaysWaiting",
  "searches",
  "searchesPerSession",
  "placesMs",
  "placesBytes",
  "breakerFailures",
  "futureSeconds",
  "clients",
  "consoleChars",
  "logBytes",
  "logFiles",
  "httpConnections",
  "httpConnectionsPerAddress",
  "httpHeaderBytes",
  "httpBodyBytes",
  "httpRequestMs",
  "httpPipelined",
  "httpAnswerMs",
  "httpStreams",
  "httpFriends",
  "passwordChecks",
  "httpFriendsKnown",
  "drainMs",
] as const satisfies readonly LimitName[];

export type CountedLimit = typeof COUNTED_LIMITS[number];

/** What was done to whom, in the words of the log: told at the first time of each. That the log is rotated shows. */
const CONSEQUENCES: Readonly<Record<Exclude<CountedLimit, "logBytes" | "logFiles">, string>> = {
  lineBytes: "a client's line was too long, and was refused",
  peerLineBytes: "a neighbor's line was too long, and its link was dropped; a classic one's was ignored",
  unreadBytes: "a session is not read until it has taken its replies",
  stalledMs: "a session, or a classic neighbor's connection, that took nothing was closed",
  begunLineMs: "a session whose line did not end was closed",
  idleMs: "a session that was idle was closed",
  sessions: "a connection was closed at once, as too many are open",
  sessionsPerAddress: "a connection was closed at once, as too many of its address are open",
  classicLineMs: "a connection for a line was given up that the neighbor did not close",
  handshakeMs: "a handshake took too long, and was given up",
  handshakes: "a handshake was refused, as too many are under way",
  heartbeatsMissed: "a link on which nothing was heard was dropped",
  linkUnsentBytes: "the flood waits for a neighbor that is slow to take it",
  relaysWaiting: "reports were sent at once that a common neighbor may be about to tell",
  searches: "a search waits in line for those under way",
  searchesPerSession: "a session's lines wait for its searches",
  placesMs: "a search for places took too long",
  placesBytes: "an answer of the Places service was too large",
  breakerFailures: "the Places service is down, and is spared",
  futureSeconds: "an IAMAT from too far in the future was refused",
  clients: "a report of a new client was refused, as the registry is full",
  consoleChars: "a line was not shown on the console, as nobody reads it",
  httpConnections: "an HTTP connection was closed at once, as too many are open",
  httpConnectionsPerAddress: "an HTTP connection was closed at once, as too many of its address are open",
  httpHeaderBytes: "an HTTP request's head was too large, and was refused",
  httpBodyBytes: "an HTTP request's body was too large, and was refused",
  httpRequestMs: "an HTTP request took too long to arrive, and was given up",
  httpPipelined: "an HTTP connection was closed on which too many requests wait for those before them",
  httpAnswerMs: "an HTTP answer that waited too long was given up",
  httpStreams: "an event stream was refused, as too many are open",
  httpFriends: "a device was told of its newest friends only",
  passwordChecks: "a password was not looked at, as too many are",
  httpFriendsKnown: "friends are looked for among the devices that reported last only",
  drainMs: "a session or a link was cut off that had not ended by the end of a stop",
};

/** Counts, and tells the first time of each. */
export class LimitHits {
  readonly counts: Readonly<Record<CountedLimit, number>>;
  readonly #counts: Record<CountedLimit, number>;
  #tell: (limit: CountedLimit, consequence: string) => void = () => {};

  constructor() {
    const none = Object.fromEntries(COUNTED_LIMITS.map((limit) => [limit, 0]));
    this.counts = this.#counts = none as Record<CountedLimit, number>;
  }

  /** Calls `tell` at the first hit of each bound from now on. */
  onFirst(tell: (limit: CountedLimit, consequence: string) => void): void {
    this.#tell = tell;
  }

  hit(limit: CountedLimit): void {
    if (this.#counts[limit]++ > 0 || limit === "logBytes" || limit === "logFiles") return;
    this.#tell(limit, CONSEQUENCES[limit]);
  }

  /** Those that were hit. */
  get nonZero(): Readonly<Partial<Record<CountedLimit, number>>> {
    return Object.fromEntries(Object.entries(this.#counts).filter(([, count]) => count > 0));
  }
}
