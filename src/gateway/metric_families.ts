/** What `/metrics` tells: every metric with its help, and where its values come from. */
import { COUNTED_LIMITS } from "../limit_hits.ts";
import type { NeighborState } from "../herd/herd.ts";
import type { ServerCounters } from "../server/counters.ts";
import type { DurationCounts } from "../server/durations.ts";
import { LOOP_BOUNDS, SEARCH_BOUNDS } from "../server/measures.ts";
import type { HttpCount } from "./http_counts.ts";
import type { Whole } from "./whole.ts";

/** All that is told at one moment. */
export interface Scrape {
  readonly whole: Whole;
  readonly neighbors: readonly NeighborState[];
  readonly clients: number;
  readonly changes: number;
  readonly http: Iterable<HttpCount>;
  /** POSIX seconds. */
  readonly startSeconds: number;
  /** What this server is: labels of `herd_build_info`. */
  readonly build: Labels;
}

export type Labels = Readonly<Record<string, string>>;

export type Sample = readonly [labels: Labels, value: number];

/** A metric. One without values is left out: the server has no such thing. */
export type Family =
  & { readonly name: string; readonly help: string }
  & (
    | { readonly kind: "counter" | "gauge"; samples(scrape: Scrape): readonly Sample[] }
    | {
      readonly kind: "histogram";
      readonly boundsSeconds: readonly number[];
      durations(scrape: Scrape): DurationCounts | undefined;
    }
  );

/** A metric without labels. */
function plain(
  kind: "counter" | "gauge",
  name: string,
  help: string,
  value: (scrape: Scrape) => number | undefined,
): Family {
  return {
    kind,
    name,
    help,
    samples: (scrape) => {
      const found = value(scrape);
      return found === undefined ? [] : [[{}, found]];
    },
  };
}

/** What only grows, out of the counters of all threads. */
function counted(
  name: string,
  help: string,
  value: (counters: ServerCounters) => number | undefined,
): Family {
  return plain("counter", name, help, ({ whole }) => value(whole.state.counters));
}

function byNeighbor(name: string, help: string, value: (neighbor: NeighborState) => number): Family {
  return {
    kind: "gauge",
    name,
    help,
    samples: ({ neighbors }) => neighbors.map((one) => [{ neighbor: one.name }, value(one)]),
  };
}

function byDirection(
  name: string,
  help: string,
  sent: (counters: ServerCounters) => number,
  received: (counters: ServerCounters) => number,
): Family {
  return {
    kind: "counter",
    name,
    help,
    samples: ({ whole: { state: { counters } } }) => [
      [{ direction: "sent" }, sent(counters)],
      [{ direction: "received" }, received(counters)],
    ],
  };
}

const CLIENTS: readonly Family[] = [
  {
    kind: "counter",
    name: "herd_messages_total",
    help: "Messages of clients, over TCP and HTTP, by kind and by what became of them.",
    samples: ({ whole: { state: { counters } } }) => [
      [{ kind: "iamat", verdict: "new" }, counters.reports],
      [{ kind: "iamat", verdict: "repeated" }, counters.repeated],
      [{ kind: "iamat", verdict: "unjournaled" }, counters.unjournaled],
      [{ kind: "whatsat", verdict: "asked" }, counters.searches],
      [{ kind: "other", verdict: "invalid" }, counters.invalid],
    ],
  },
  plain("gauge", "herd_sessions", "Sessions of clients open now.", ({ whole }) => whole.state.sessions),
  counted(
    "herd_sessions_opened_total",
    "Sessions opened; those that became links are among them.",
    ({ opened }) => opened,
  ),
  counted(
    "herd_sessions_failed_total",
    "Sessions ended by a fault of herd's own.",
    ({ failed }) => failed,
  ),
  counted(
    "herd_connections_not_accepted_total",
    "Connections that could not be accepted, as when file descriptors run out.",
    ({ notAccepted }) => notAccepted,
  ),
  counted(
    "herd_tls_handshakes_failed_total",
    "Connections that did not come through their TLS handshake.",
    ({ handshakesFailed }) => handshakesFailed,
  ),
  plain("gauge", "herd_clients", "Clients in the registry.", ({ clients }) => clients),
  plain("counter", "herd_changes_total", "Changes of the registry.", ({ changes }) => changes),
];

const LINKS: readonly Family[] = [
  byNeighbor("herd_link_up", "Whether there is a link to the neighbor.", ({ linked }) => linked ? 1 : 0),
  byNeighbor(
    "herd_link_due_changes",
    "Changes of the registry that the link has not come to yet.",
    ({ dueChanges }) => dueChanges,
  ),
  byNeighbor(
    "herd_link_lag_seconds",
    "For how long the neighbor has not been told everything; without a link, since it was lost.",
    ({ behindMs }) => behindMs / 1000,
  ),
  byDirection(
    "herd_flood_lines_total",
    "AT lines to and from neighbors.",
    ({ reportsSent }) => reportsSent,
    ({ reportsReceived }) => reportsReceived,
  ),
  byDirection(
    "herd_link_bytes_total",
    "Bytes to and from neighbors.",
    ({ bytesSent }) => bytesSent,
    ({ bytesReceived }) => bytesReceived,
  ),
  counted("herd_flood_writes_total", "Writes that carried AT lines.", ({ floodWrites }) => floodWrites),
  counted(
    "herd_flood_taken_total",
    "AT lines from neighbors that were newer, and so were stored and passed on.",
    ({ reportsTaken }) => reportsTaken,
  ),
  counted(
    "herd_stray_lines_total",
    "Lines from neighbors that no neighbor should send.",
    ({ strayLines }) => strayLines,
  ),
  counted(
    "herd_handshakes_refused_total",
    "Handshakes of neighbors that were refused.",
    ({ handshakesRefused }) => handshakesRefused,
  ),
  counted(
    "herd_links_failed_total",
    "Links ended by a fault of herd's own.",
    ({ linksFailed }) => linksFailed,
  ),
];

const PLACES: readonly Family[] = [
  {
    kind: "counter",
    name: "herd_places_searches_total",
    help: "Searches for places that ended, by the status that they brought.",
    samples: ({ whole: { state: { counters } } }) =>
      Object.entries(counters.measured?.searched ?? {}).map(([status, count]) => [{ status }, count]),
  },
  {
    kind: "histogram",
    name: "herd_places_search_seconds",
    help: "How long the Places service took to answer. Places at hand are not timed.",
    boundsSeconds: SEARCH_BOUNDS,
    durations: ({ whole }) => whole.state.counters.measured?.searches,
  },
  counted(
    "herd_places_shared_total",
    "Questions answered by another one's search.",
    ({ places }) => places.shared,
  ),
  counted(
    "herd_places_spared_total",
    "Searches not made since the Places service is down.",
    ({ places }) => places.spared,
  ),
  counted(
    "herd_places_abandoned_total",
    "Searches given up since nobody waited any more.",
    ({ places }) => places.abandoned,
  ),
  plain(
    "gauge",
    "herd_places_waiting",
    "Searches in line now.",
    ({ whole }) => whole.state.counters.places.waiting,
  ),
  plain(
    "gauge",
    "herd_places_under_way",
    "Searches under way now.",
    ({ whole }) => whole.state.counters.places.underWay,
  ),
];

const JOURNAL: readonly Family[] = [
  counted("herd_journal_bytes_total", "Bytes appended to the journal.", ({ journalBytes }) => journalBytes),
  counted("herd_journal_writes_total", "Writes to the journal.", ({ journalWrites }) => journalWrites),
  counted(
    "herd_journal_syncs_total",
    "Times that the journal was brought to the disk.",
    ({ journalSyncs }) => journalSyncs,
  ),
  counted(
    "herd_journal_rewrites_total",
    "Times that the journal was written anew.",
    ({ journalRewrites }) => journalRewrites,
  ),
  counted(
    "herd_journal_failures_total",
    "Writes, syncs and rewrites of the journal that failed.",
    ({ journalFailures }) => journalFailures,
  ),
  plain(
    "gauge",
    "herd_journal_refusing",
    "Threads that refuse locations since their journal cannot be written.",
    ({ whole }) => whole.state.counters.journalBytes === undefined ? undefined : whole.state.refusing,
  ),
];

const PROCESS: readonly Family[] = [
  {
    kind: "counter",
    name: "herd_limit_hits_total",
    help: "How often something ran into a bound, by the bound's name.",
    samples: ({ whole: { state: { counters: { limitsHit } } } }) =>
      COUNTED_LIMITS.map((limit) => [{ limit }, limitsHit[limit] ?? 0]),
  },
  counted(
    "herd_log_lost_bytes_total",
    "Bytes of the log that could not be written.",
    ({ logBytesLost }) => logBytesLost,
  ),
  {
    kind: "counter",
    name: "herd_http_requests_total",
    help: "HTTP requests that were answered, by route.",
    samples: ({ http }) =>
      Array.from(
        http,
        ({ method, route, status, requests }) => [{ method, route, status: `${status}` }, requests],
      ),
  },
  {
    kind: "histogram",
    name: "herd_event_loop_delay_seconds",
    help: "How late timers were that were set to look at that, ten times a second in each thread.",
    boundsSeconds: LOOP_BOUNDS,
    durations: ({ whole }) => whole.state.counters.measured?.loopDelays,
  },
  plain("gauge", "herd_threads", "Threads that are this server.", ({ whole }) => whole.threads),
  plain(
    "gauge",
    "herd_threads_answered",
    "Those of them that answered in time; of the others it is told what they said last.",
    ({ whole }) => whole.answered,
  ),
  plain(
    "gauge",
    "herd_start_time_seconds",
    "POSIX time at which the server opened its HTTP door.",
    ({ startSeconds }) => startSeconds,
  ),
  {
    kind: "gauge",
    name: "herd_build_info",
    help: "Always 1; its labels say what runs here.",
    samples: ({ build }) => [[build, 1]],
  },
];

export const FAMILIES: readonly Family[] = [...CLIENTS, ...LINKS, ...PLACES, ...JOURNAL, ...PROCESS];
