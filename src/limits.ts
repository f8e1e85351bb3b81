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
  /** Handshakes under way at a time, of TLS and, counted apart, of neighbors. */
  handshakes: 1_000,
  /** A link sends something at least this often. */
  heartbeatMs: 10_000,
  /** A link is dead after this many heartbeats missed. */
  heartbeatsMissed: 2,
  /** Longest pause between two tries to reach a neighbor. */
  redialMs: 1_000,
  /** Connections in a row that a classic neighbor closes before each line gets one of its own. */
  classicHangUps: 2,
  /** How many of those are open at a time. */
  classicConnections: 4,
  /** How long one of them waits for the neighbor to close it. */
  classicLineMs: 2_000,
  /** Pause between the beginnings of two that follow each other. Ports are used up for a minute each. */
  classicPauseMs: 10,
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
  /** What may wait to be shown on a console that nobody reads. */
  consoleChars: 65_536,
  /** Size at which the log file is rotated. */
  logBytes: 67_108_864,
  /** Rotated log files kept beside the current one. */
  logFiles: 4,
  /** How long a line may wait to be written to the log file with others. */
  logDelayMs: 25,
  /** With `--fsync interval`, how long what was appended to the journal may not have come to the disk. */
  fsyncMs: 1_000,
  /** What the journal may hold of superseded reports; more than that, and than it holds of current ones, and it is rewritten. */
  journalBytes: 67_108_864,
  /** How long after the journal could not be written it is tried again. */
  journalRetryMs: 1_000,
  /** Connections of the HTTP door open at a time. */
  httpConnections: 1_000,
  /** The same, from one address; a proxy is one. */
  httpConnectionsPerAddress: 1_000,
  /** Largest head of an HTTP request. */
  httpHeaderBytes: 16_384,
  /** Largest body of one, and of another server's answer to ours. */
  httpBodyBytes: 1_048_576,
  /** How long one may take to arrive: a batch of many points takes its time where the network is slow. */
  httpRequestMs: 30_000,
  /** Requests that may wait on one HTTP connection until those before them are answered. */
  httpPipelined: 16,
  /** How long an HTTP connection may stay open between two requests. */
  httpIdleMs: 60_000,
  /** How long an HTTP answer may wait for the journal or for places. */
  httpAnswerMs: 30_000,
  /** Event streams open at a time. */
  httpStreams: 200,
  /** Pause between two batches of an event stream. */
  httpStreamMs: 250,
  /** Friends that an OwnTracks device is told of. */
  httpFriends: 100,
  /** Passwords that people have chosen that are looked at at a time, of whoever was not known by theirs before. */
  passwordChecks: 4,
  /** Devices among which they are looked for: those that reported last. */
  httpFriendsKnown: 10_000,
  /** How long a stop may take to finish what is due. */
  drainMs: 10_000,
} as const satisfies Record<string, number>;

export type LimitName = keyof typeof DEFAULT_LIMITS;

/** A value for each bound. */
export type Limits = Readonly<Record<LimitName, number>>;

export const LIMIT_NAMES = Object.keys(DEFAULT_LIMITS) as readonly LimitName[];

/** Waits that are bounds too, but that nobody has a reason to set. */
export const FIXED_WAITS = {
  /** Between two looks at what is late: sessions and links are closed so much later than their bounds say. */
  tickMs: 1_000,
  /** The first pause between two tries to reach a neighbor; each is twice the last, up to `redialMs`. */
  firstRedialMs: 50,
  /** Before the next connection is accepted, once accepting failed, as it does when file descriptors run out. */
  acceptRetryMs: 100,
  /** How long `send` waits for a server to take its connection. */
  connectMs: 5_000,
  /** How long whoever is closed may take to close too, before it is cut off. */
  lingerMs: 1_000,
  /** How long after a signal to stop the same signal is an echo of it, from what started the server. */
  signalEchoMs: 150,
  /** How long readers of events are asked to wait before they come again. */
  eventsRetryMs: 2_000,
  /** How long one thread of a server waits for the others to say what they have counted. */
  threadAnswerMs: 1_000,
  /** Between two looks at how late timers are, where an HTTP door can tell it. */
  loopProbeMs: 100,
  /** How far from our own clock another server's may be that proves over HTTP who it is. */
  peerProofMs: 60_000,
  /** Between two looks at the users file, which may have changed. */
  usersFileMs: 2_000,
  /** Between two readings of what has changed, for who is whose friend. */
  friendsMs: 10,
  /** Between two times that a server asks the others how they are, however many ask it. */
  othersMs: 1_000,
  /** How long each of them may take to answer. */
  otherMs: 1_000,
} as const satisfies Record<string, number>;

/** What a bound may be set to: a number from `least` to `most`, and a whole one where it counts something. */
export interface LimitRange {
  readonly least: number;
  readonly most: number;
  readonly whole: boolean;
}

/** Longer lines do not fit the registry's records. */
export const MOST_LINE_BYTES = 67_108_864;
const MOST_BYTES = 1_073_741_824;
/** Timers of both runtimes take a longer wait for none. */
const MOST_MS = 2_147_483_647;
/** More do not fit the registry's numbers. */
const MOST_CLIENTS = 67_108_864;
const MOST_COUNT = 1_000_000;
const MOST_SECONDS = 1_000_000_000_000;

/** Those that may be 0, and then mean: not at all. No bound can be turned off. */
const FROM_ZERO: readonly LimitName[] = [
  "classicHangUps",
  "classicPauseMs",
  "relayWaitMs",
  "relaysWaiting",
  "futureSeconds",
  "logDelayMs",
  "drainMs",
];

/** What `name` may be set to. */
export function rangeOf(name: LimitName): LimitRange {
  return { least: FROM_ZERO.includes(name) ? 0 : 1, most: mostOf(name), whole: name !== "futureSeconds" };
}

function mostOf(name: LimitName): number {
  switch (name) {
    case "lineBytes":
    case "peerLineBytes":
      return MOST_LINE_BYTES;
    case "clients":
      return MOST_CLIENTS;
    case "futureSeconds":
      return MOST_SECONDS;
    default:
      if (name.endsWith("Ms")) return MOST_MS;
      return name.endsWith("Bytes") ? MOST_BYTES : MOST_COUNT;
  }
}

/** Why `value` cannot be the bound `name`; undefined when it can. */
export function faultOfLimit(name: LimitName, value: number): string | undefined {
  const { least, most, whole } = rangeOf(name);
  if (value >= least && value <= most && (!whole || Number.isInteger(value))) return undefined;
  const kind = whole ? "a whole number" : "a number";
  return `${name} is ${kind} from ${least.toLocaleString("en-US")} to ${most.toLocaleString("en-US")}`;
}

/** The most that an AT line has beyond its IAMAT: the origin and the skew. */
export const AT_LINE_EXTRA_BYTES = 128;

/**
 * All bounds, those that were given and the defaults. What neighbors get of a client's line must fit their link, or
 * that link would drop for ever: so `peerLineBytes` goes up with `lineBytes` where it was not given.
 */
export function completeLimits(given: Partial<Limits>): Limits {
  const limits = { ...DEFAULT_LIMITS, ...given };
  const needed = limits.lineBytes + AT_LINE_EXTRA_BYTES;
  return given.peerLineBytes === undefined && limits.peerLineBytes < needed
    ? { ...limits, peerLineBytes: needed }
    : limits;
}

/** What makes no sense among `limits`, each of which is in its own range; undefined when nothing does. */
export function faultOfRelations(limits: Limits): string | undefined {
  const { lineBytes, peerLineBytes, heartbeatMs, heartbeatsMissed } = limits;
  if (peerLineBytes < lineBytes + AT_LINE_EXTRA_BYTES) {
    return `peerLineBytes=${peerLineBytes} is too small: a neighbor's line carries a client's, of up to lineBytes=${lineBytes}, ` +
      `and ${AT_LINE_EXTRA_BYTES} bytes more, so it is ${lineBytes + AT_LINE_EXTRA_BYTES} at least`;
  }
  if (heartbeatMs * heartbeatsMissed > MOST_MS) {
    return `heartbeatMs=${heartbeatMs} times heartbeatsMissed=${heartbeatsMissed} is more than ${MOST_MS}: no dead link would be found`;
  }
  return undefined;
}
