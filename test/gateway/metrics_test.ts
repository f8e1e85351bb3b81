/** What operators read: each number moves by what was done, and no other. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { FAMILIES } from "../../src/gateway/metric_families.ts";
import { COUNTED_LIMITS } from "../../src/limit_hits.ts";
import { EmbeddedProvider } from "../../src/places/embedded.ts";
import { PlacesError, type PlacesProvider } from "../../src/places/provider.ts";
import { sumStates, type ThreadState } from "../../src/server/thread_state.ts";
import { settle } from "../settle.ts";
import { FakeDisk } from "../journal/fakes.ts";
import { rise } from "../server/hands.ts";
import { OPEN_GUARD } from "./open_guard.ts";
import { test } from "../runner.ts";
import { Door } from "./door.ts";
import { readExposition } from "./exposition.ts";

const NOW = 1_600_000_000;
const SESSION = { herd_sessions: 1, herd_sessions_opened_total: 1 };

function embedded(): Promise<Door> {
  return Door.open(new EmbeddedProvider());
}

test("the reader of Prometheus' format takes what is right, and nothing else", () => {
  const good = '# HELP a_total Well.\n# TYPE a_total counter\na_total{b="c\\"",a="\\\\"} 1\n';
  assertEquals([...readExposition(good).values], [['a_total{a="\\\\",b="c\\""}', 1]]);
  const histogram =
    '# HELP h Well.\n# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 2\nh_sum 3\nh_count 2\n';
  assertEquals(readExposition(histogram).values.get("h_count"), 2);
  for (
    const bad of [
      good.trimEnd(),
      good.replaceAll("a_total", "a"),
      good.replace(" 1\n", " one\n"),
      good.replace('"c\\""', '"c""'),
      good.replace(" Well.", ""),
      good + good,
      good.replace("\na_total", "\nb_total"),
      good.slice(0, good.indexOf("a_total{")),
      histogram.replace('"1"} 1', '"1"} 3'),
      histogram.replace("h_count 2", "h_count 3"),
      histogram.replace("h_sum 3\n", ""),
    ]
  ) assertThrows(() => readExposition(bad), Error, undefined, bad);
});

test("metrics: all are told in the right format, each with a help and once", async () => {
  const door = await embedded();
  await door.get("/healthz");
  const response = await door.get("/metrics");
  assertEquals(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  const { kinds, values } = readExposition(await response.text());
  // A server without a journal tells nothing of one.
  const told = FAMILIES.filter(({ name }) => !name.startsWith("herd_journal_"));
  assertEquals([...kinds].sort(), told.map(({ name, kind }) => [name, kind] as const).sort());
  assertEquals(new Set(FAMILIES.map(({ name }) => name)).size, FAMILIES.length);
  assertEquals(
    values.get('herd_build_info{places="embedded",runtime="none 1.0",server="Goloman",version="0.1.0"}'),
    1,
  );
  assertEquals(values.get("herd_start_time_seconds"), 1_700_000_000);
  for (const limit of COUNTED_LIMITS) assertEquals(values.get(`herd_limit_hits_total{limit="${limit}"}`), 0);
});

test("metrics: messages count by kind and verdict, sessions and clients as they are", async () => {
  const door = await embedded();
  const moved = await door.changes(() => {
    const session = door.herd.connect();
    session.say(`IAMAT a +1+2 ${NOW}\nIAMAT b +1+2 ${NOW}\nIAMAT a +1+2 ${NOW}\nhello\n\n`);
    session.say("WHATSAT a 10 5\nWHATSAT nobody 10 5\n");
  });
  assertEquals(moved, {
    ...SESSION,
    'herd_messages_total{kind="iamat",verdict="new"}': 2,
    'herd_messages_total{kind="iamat",verdict="repeated"}': 1,
    'herd_messages_total{kind="other",verdict="invalid"}': 3,
    'herd_messages_total{kind="whatsat",verdict="asked"}': 1,
    'herd_places_searches_total{status="ZERO_RESULTS"}': 1,
    herd_clients: 2,
    herd_changes_total: 2,
  });
});

test("metrics: what comes over HTTP is a message too", async () => {
  const door = await embedded();
  const moved = await door.changes(() => {
    door.herd.server.requests.tell(`IAMAT a +34.068930-118.445127 ${NOW}`, "http");
    door.herd.server.requests.tell("IAMAT a", "http");
    door.herd.server.requests.find("WHATSAT a 10 5", "http", new AbortController().signal);
  });
  assertEquals(moved, {
    'herd_messages_total{kind="iamat",verdict="new"}': 1,
    'herd_messages_total{kind="other",verdict="invalid"}': 1,
    'herd_messages_total{kind="whatsat",verdict="asked"}': 1,
    'herd_places_searches_total{status="OK"}': 1,
    herd_clients: 1,
    herd_changes_total: 1,
  });
});

test("metrics: bounds count under their own names, and faults as what they are", async () => {
  const door = await embedded();
  const moved = await door.changes(() => {
    door.herd.connect().say(`${"x".repeat(5_000)}\nIAMAT a +1+2 99999999999\n`);
    door.herd.network.failed(new Error("too many open files"));
  });
  assertEquals(moved, {
    ...SESSION,
    'herd_messages_total{kind="other",verdict="invalid"}': 2,
    'herd_limit_hits_total{limit="lineBytes"}': 1,
    'herd_limit_hits_total{limit="futureSeconds"}': 1,
    herd_connections_not_accepted_total: 1,
  });
});

test("metrics: links tell what crossed them, and how far behind they are", async () => {
  const door = await embedded();
  const { herd } = door;
  const link = herd.connect();
  let before = 0;
  const risen = await door.changes(async () => {
    await rise(link);
    await herd.settled();
    before = link.written.length;
  });
  assertEquals(risen['herd_link_up{neighbor="Hands"}'], 1);
  assertEquals(risen['herd_link_bytes_total{direction="sent"}'], before);
  link.onWrite = () => link.unsentBytes = 300_000;
  const flooded = await door.changes(() => {
    link.say("AT Hands +1.000000000 b +1+2 5\nAT Hands +1.000000000 b +1+2 5\nwhat\n");
    herd.connect().say(`IAMAT a +1+2 ${NOW}\n`);
    herd.clock.turn();
    herd.connect().say(`IAMAT c +1+2 ${NOW}\n`);
    herd.clock.pass(250);
  });
  assertEquals(flooded, {
    herd_sessions: 2,
    herd_sessions_opened_total: 2,
    'herd_messages_total{kind="iamat",verdict="new"}': 2,
    herd_clients: 3,
    herd_changes_total: 3,
    'herd_flood_lines_total{direction="sent"}': 1,
    'herd_flood_lines_total{direction="received"}': 2,
    herd_flood_taken_total: 1,
    herd_flood_writes_total: 1,
    herd_stray_lines_total: 1,
    'herd_link_bytes_total{direction="sent"}': link.written.length - before,
    'herd_link_bytes_total{direction="received"}': 67,
    'herd_limit_hits_total{limit="linkUnsentBytes"}': 1,
    'herd_link_due_changes{neighbor="Hands"}': 1,
    'herd_link_lag_seconds{neighbor="Hands"}': 0.25,
  });
  const { links } = (await (await door.get("/herd")).json()).servers[0].own;
  assertEquals(links, [{ neighbor: "Hands", linked: true, dueChanges: 1, behindMs: 250 }]);
});

test("metrics: a handshake that is refused counts", async () => {
  const door = await embedded();
  const moved = await door.changes(() => {
    const stranger = door.herd.connect();
    stranger.say(`HERD/1 HELLO herd Welsh Goloman ${"0".repeat(32)} ${"0".repeat(32)} - 0\n`);
    stranger.destroy();
  });
  assertEquals(moved, {
    herd_sessions_opened_total: 1,
    herd_handshakes_refused_total: 1,
    'herd_messages_total{kind="other",verdict="invalid"}': 1,
  });
});

test("metrics: searches count by what they brought, and in the buckets of how long they took", async () => {
  const results: Promise<Uint8Array>[] = [];
  const ends: ((end: Uint8Array | Error) => void)[] = [];
  const provider: PlacesProvider = {
    name: "google",
    searchKey: ({ radiusKm }) => radiusKm,
    search: () => {
      const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
      ends.push((end) => end instanceof Error ? reject(end) : resolve(end));
      results.push(promise);
      return promise;
    },
  };
  const door = await Door.open(provider);
  const session = door.herd.connect();
  session.say(`IAMAT a +1+2 ${NOW}\nWHATSAT a 1 5\nWHATSAT a 1 6\nWHATSAT a 2 5\n`);
  assertEquals((await door.metrics()).values.get("herd_places_under_way"), 2);
  const moved = await door.changes(async () => {
    door.searchClock.pass(30);
    ends[0]!(new TextEncoder().encode('{"results":[],"status":"OK"}'));
    await settle();
    door.searchClock.pass(670);
    ends[1]!(new PlacesError("OVER_QUERY_LIMIT", "too many"));
    await settle();
  });
  const [first, both] = [["0.05", "0.1", "0.25", "0.5"], ["1", "2.5", "5", "10", "+Inf"]];
  const bucket = (le: string) => `herd_places_search_seconds_bucket{le="${le}"}`;
  assertEquals(moved, {
    'herd_places_searches_total{status="OK"}': 1,
    'herd_places_searches_total{status="OVER_QUERY_LIMIT"}': 1,
    ...Object.fromEntries(first!.map((le) => [bucket(le), 1])),
    ...Object.fromEntries(both!.map((le) => [bucket(le), 2])),
    herd_places_search_seconds_sum: 0.73,
    herd_places_search_seconds_count: 2,
    herd_places_under_way: -2,
  });
  assertEquals((await door.metrics()).values.get("herd_places_shared_total"), 1);
  session.say("WHATSAT a 3 5\n");
  assertEquals(await door.changes(() => session.destroy()), {
    herd_sessions: -1,
    herd_places_abandoned_total: 1,
  });
});

test("metrics and readiness: a journal tells what it wrote, and that it refuses", async () => {
  const disk = new FakeDisk();
  const journal = { dir: "data", name: "Goloman.journal", inherits: [], fsync: "always" as const };
  const door = await Door.open(new EmbeddedProvider(), { files: disk, journal });
  door.herd.clock.turn();
  await settle();
  const session = door.herd.connect();
  const size = () => disk.bytesOf("data/Goloman.journal")!.length;
  const before = size();
  const tell = async (id: string) => {
    session.say(`IAMAT ${id} +1+2 ${NOW}\n`);
    door.herd.clock.turn();
    await settle();
  };
  const wrote = await door.changes(() => tell("a"));
  assertEquals(
    [wrote["herd_journal_bytes_total"], wrote["herd_journal_syncs_total"]],
    [size() - before, 1],
  );
  assert(wrote["herd_journal_writes_total"]! >= 1);
  assertEquals((await door.get("/readyz")).status, 200);
  disk.failing.add("append");
  const failed = await door.changes(() => tell("b"));
  assertEquals([failed["herd_journal_failures_total"], failed["herd_journal_refusing"]], [1, 1]);
  const refused = await door.changes(() => tell("c"));
  assertEquals(refused, { 'herd_messages_total{kind="iamat",verdict="unjournaled"}': 1 });
  const response = await door.get("/readyz");
  assertEquals(response.status, 503);
  assertEquals(response.headers.get("content-type"), "application/problem+json");
  assertEquals(
    (await response.json()).detail,
    "the journal cannot be written, so locations are refused until it can",
  );
  assertEquals((await door.get("/healthz")).status, 200, "it is alive all the same");
  disk.failing.clear();
  door.herd.clock.pass(1_000);
  await settle();
  assertEquals((await door.get("/readyz")).status, 200);
  assertEquals((await door.metrics()).values.get("herd_journal_refusing"), 0);
});

test("readiness: a server that stops is not ready, and alive", async () => {
  const door = await embedded();
  assertEquals([(await door.get("/readyz")).status, (await door.get("/healthz")).status], [200, 200]);
  door.closing.abort();
  const response = await door.get("/readyz");
  assertEquals([response.status, (await response.json()).detail], [503, "the server is stopping"]);
  assertEquals(response.headers.get("retry-after"), "1");
  assertEquals((await door.get("/healthz")).status, 200);
});

test("metrics: requests count by route and status, whatever is asked for", async () => {
  const door = await Door.open(new EmbeddedProvider(), {}, {
    guard: {
      ...OPEN_GUARD,
      identify: (request) =>
        Promise.resolve(request.headers.has("authorization") ? { kind: "anyone" } : undefined),
    },
  });
  for (const path of ["/healthz", "/herd", "/metrics", "/a", "/b", "/healthz"]) await door.get(path);
  const counts = Array.from(
    door.api.counts.all,
    ({ method, route, status, requests }) => `${method} ${route} ${status}: ${requests}`,
  );
  assertEquals(counts, [
    "GET /healthz 200: 2",
    "GET /herd 401: 1",
    "GET /metrics 401: 1",
    "none none 404: 2",
  ]);
});

test("metrics: threads are summed, and of one that does not answer it is told what it said last", async () => {
  const door = await embedded();
  const others: ThreadState[] = [];
  let answered = 2;
  const many = await Door.open(new EmbeddedProvider(), {}, {
    threads: {
      count: 2,
      ask: () => Promise.resolve({ answered, states: others }),
    },
  });
  assertEquals((await many.metrics()).values.get("herd_sessions"), 0);
  const counters = many.herd.server.counters;
  const other: ThreadState = {
    sessions: 3,
    refusing: 1,
    counters: {
      ...counters,
      ...many.herd.server.herd.counters,
      reports: 5,
      opened: 7,
      places: {
        searches: 1,
        shared: 1,
        spared: 0,
        abandoned: 0,
        failures: { INVALID_REQUEST: 0, OVER_QUERY_LIMIT: 0, REQUEST_DENIED: 0, UNKNOWN_ERROR: 0 },
        waiting: 0,
        underWay: 1,
      },
      limitsHit: { idleMs: 2 },
      logBytesLost: 4,
      journalBytes: 10,
      journalWrites: 1,
      journalSyncs: 1,
      journalRewrites: 0,
      journalFailures: 0,
      measured: {
        searched: {
          OK: 1,
          ZERO_RESULTS: 0,
          INVALID_REQUEST: 0,
          OVER_QUERY_LIMIT: 0,
          REQUEST_DENIED: 0,
          UNKNOWN_ERROR: 0,
          OTHER: 0,
        },
        searches: { buckets: [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], sumSeconds: 20 },
        loopDelays: { buckets: Array<number>(12).fill(0), sumSeconds: 0 },
      },
    },
  };
  others.push(other, other);
  many.herd.connect().say(`IAMAT a +1+2 ${NOW}\n`);
  const { values } = await many.metrics();
  const expected: Readonly<Record<string, number>> = {
    herd_sessions: 7,
    herd_sessions_opened_total: 15,
    'herd_messages_total{kind="iamat",verdict="new"}': 11,
    herd_clients: 1,
    herd_places_under_way: 2,
    'herd_places_searches_total{status="OK"}': 2,
    'herd_places_search_seconds_bucket{le="0.01"}': 2,
    'herd_places_search_seconds_bucket{le="10"}': 2,
    herd_places_search_seconds_count: 4,
    herd_places_search_seconds_sum: 40,
    'herd_limit_hits_total{limit="idleMs"}': 4,
    herd_log_lost_bytes_total: 8,
    herd_journal_bytes_total: 20,
    herd_journal_refusing: 2,
    herd_threads: 3,
    herd_threads_answered: 3,
  };
  for (const [key, value] of Object.entries(expected)) assertEquals(values.get(key), value, key);
  const own = (await (await many.get("/herd")).json()).servers[0].own;
  assertEquals([own.sessions, own.counters.reports, own.clients], [7, 11, 1]);
  assertEquals((await many.get("/readyz")).status, 503, "some clients would be refused");
  answered = 1;
  assertEquals((await many.metrics()).values.get("herd_threads_answered"), 2);
  const alone = (await door.metrics()).values;
  assertEquals([alone.get("herd_threads"), alone.get("herd_threads_answered")], [1, 1]);
});

test("metrics: threads that tell of different things are a fault, not a wrong sum", () => {
  const state = { sessions: 1, refusing: 0, counters: {} } as unknown as ThreadState;
  assertThrows(
    () => sumStates(state, [{ ...state, counters: 5 as unknown as ThreadState["counters"] }]),
    TypeError,
  );
});
