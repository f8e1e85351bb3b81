/**
 * Every bound of a server, in one place. Each can be set with `--limit name=value` or in the topology's
 * `settings.limits`; the defaults and their reasons are those of the README's table of limits.
 */

export const DEFAULT_LIMITS = {
  /** Longest line of a client, in bytes, without its line end. */
  lineBytes: 4_096,
  /** Longest line of a neighbor. Longer than a client's, since an AT line carries the client's fields and more. */
  peerLineBytes: 16_384,
  /** Replies a session may leave unread before it is not read any more. */
  unreadBytes: 262_144,
  /** How long a session with unread replies may go without taking any. */
  stalledMs: 30_000,
  /** How long a begun line may take to end. */
  begunLineMs: 30_000,
  /** How long a session may say nothing. */
  idleMs: 600_000,
  /** Sessions open at a time. */
  sessions: 10_000,
  /** Sessions open at a time from one address. */
  sessionsPerAddress: 10_000,
  /** How long a handshake may take, a neighbor's or TLS's. */
  handshakeMs: 2_000,
  /** TLS handshakes under way at a time. */
  handshakes: 1_000,
  /** A link sends something at least this often. */
  heartbeatMs: 10_000,
  /** A link is dead after this many heartbeats missed. */
  heartbeatsMissed: 2,
  /** Longest pause between two tries to reach a neighbor. */
  redialMs: 1_000,
  /** Bytes a link may have under way before the flood waits for it to drain. */
  linkUnsentBytes: 262_144,
  /** How long a link waits, once to twice, with what a common neighbor is about to tell the other end. */
  relayWaitMs: 100,
  /** Reports that a link waits with. */
  relaysWaiting: 65_536,
  /** Searches for places under way at a time, of all sessions; more wait in line. */
  searches: 64,
  /** The same, of one session. */
  searchesPerSession: 8,
  /** How long a search for places may take. */
  placesMs: 5_000,
  /** Largest answer of a Places service. */
  placesBytes: 1_048_576,
  /** Searches in a row that find the Places service down before it is spared. */
  breakerFailures: 5,
  /** How long it is then spared before one search tries it again. */
  breakerMs: 1_000,
  /** How far in the server's future a client's time may be, in seconds. */
  futureSeconds: 86_400,
  /** Clients in the registry. */
  clients: 16_777_216,
  /** Size at which the log file is rotated. */
  logBytes: 67_108_864,
  /** Rotated log files kept beside the current one. */
  logFiles: 4,
  /** How long a line may wait to be written to the log file with others. */
  logDelayMs: 25,
  /** How long a stop may take to finish what is due. */
  drainMs: 10_000,
} as const satisfies Record<string, number>;

export type LimitName = keyof typeof DEFAULT_LIMITS;

/** A value for each bound. */
export type Limits = Readonly<Record<LimitName, number>>;
