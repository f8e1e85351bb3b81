/** What `herd top` shows of a herd, at any size of the terminal. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { HerdState, OwnState } from "../../src/gateway/herd_state.ts";
import type { SeenReport } from "../../src/top/newest.ts";
import { RateMeter } from "../../src/top/rates.ts";
import { renderTop, type Size, type TopView } from "../../src/top/screen.ts";
import { toTerminal } from "../../src/top/text.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

function own(change: Partial<OwnState> = {}, counted: Partial<OwnState["counters"]> = {}): OwnState {
  return {
    version: "1",
    runtime: "deno 2.9.6",
    run: "run",
    uptimeSeconds: 100,
    clients: 300,
    changes: 3,
    sessions: 4,
    places: "embedded",
    links: [],
    ...change,
    counters: {
      reports: 1_000,
      repeated: 0,
      searches: 5,
      invalid: 0,
      reportsReceived: 2_000,
      reportsSent: 3_000,
      ...counted,
    },
  };
}

function server(name: string, state: "up" | "down" | "unknown", ofItself: OwnState | null) {
  return { name, host: "127.0.0.1", port: 1, http: null, classic: false, state, own: ofItself };
}

function herd(ofAnn: OwnState): HerdState {
  return {
    herd: "zoo",
    asked: "Ann",
    servers: [
      server("Ann", "up", ofAnn),
      server("Bob", "down", null),
      { ...server("Cid", "unknown", null), classic: true },
    ],
    links: [{ ends: ["Ann", "Bob"], state: "down" }, { ends: ["Bob", "Cid"], state: "unknown" }],
  };
}

const LINKS = [{ neighbor: "Bob", linked: false, dueChanges: 12, behindMs: 0 }];

const REPORTS: readonly SeenReport[] = [
  { id: "bus\x1b[31m", latitude: 34.06893, longitude: -118.445127, origin: "Ann", atMs: 9_000 },
  { id: "taxi", latitude: -1, longitude: 2, origin: "Bob", atMs: 1_000 },
];

function view(change: Partial<TopView> = {}): TopView {
  const state = herd(own({ links: LINKS }));
  return {
    state,
    url: "http://a:1",
    meter: undefined,
    newest: undefined,
    nowMs: 10_000,
    trouble: undefined,
    ...change,
  };
}

function shown(topView: TopView, size: Size): readonly string[] {
  return renderTop(topView, size).map((line) => toTerminal(line, size.columns, false));
}

const ENDLESS: Size = { columns: Infinity, rows: Infinity };

test("at one moment there is a table of servers, with what they have counted, and one of links", () => {
  assertEquals(shown(view(), ENDLESS), [
    "zoo   1 of 3 servers up   0 of 2 links up   300 clients   Ann at http://a:1",
    "",
    "SERVER  STATE             RUNTIME     UP FOR  CLIENTS  SESSIONS  REPORTS  SEARCHES  AT IN  AT OUT",
    "Ann     up                deno 2.9.6   1m40s      300         4    1,000         5  2,000   3,000",
    "Bob     down              -                -        -         -        -         -      -       -",
    "Cid     unknown, classic  -                -        -         -        -         -      -       -",
    "",
    "LINK       STATE    DUE TO EACH    BEHIND",
    "Ann - Bob  down          12 / -  0 ms / -",
    "Bob - Cid  unknown        - / -     - / -",
  ]);
});

test("how far a link is behind is shown", () => {
  const links = [{ ...LINKS[0]!, behindMs: 1_234.4 }];
  const lines = shown(view({ state: herd(own({ links })) }), ENDLESS);
  assertEquals(lines.slice(-3), [
    "LINK       STATE    DUE TO EACH        BEHIND",
    "Ann - Bob  down          12 / -  1,234 ms / -",
    "Bob - Cid  unknown        - / -         - / -",
  ]);
});

/** Two seconds in which Ann did some work. */
function liveView(change: Partial<TopView> = {}): TopView {
  const meter = new RateMeter();
  meter.add(herd(own()));
  const now = own({ uptimeSeconds: 102, links: LINKS }, {
    reports: 1_040,
    searches: 6,
    reportsReceived: 2_300,
    reportsSent: 3_001,
  });
  meter.add(herd(now));
  return view({ state: herd(now), meter, newest: REPORTS, ...change });
}

test("live there are rates, sparklines and the newest reports, whose IDs are escaped", () => {
  const lines = shown(liveView(), { columns: 140, rows: 40 });
  assertEquals(lines.slice(2, 5).map((line) => line.replace(/ {2,}/g, "  ")), [
    "reports/s  20  █",
    "searches/s  0.5  █",
    "AT lines/s  150  █",
  ]);
  assertEquals(
    lines.slice(6, 8).map((line) => line.replace(/ {2,}/g, "  ")),
    [
      "SERVER  STATE  RUNTIME  UP FOR  CLIENTS  SESSIONS  REPORTS/S  SEARCHES/S  AT IN/S  AT OUT/S",
      "Ann  up  deno 2.9.6  1m42s  300  4  20  0.5  150  0.5  █",
    ],
  );
  assertEquals(lines.slice(-4), [
    "NEWEST REPORTS",
    "+34.06893 -118.44513      1s ago  Ann  bus\\x1b[31m",
    " -1.00000   +2.00000      9s ago  Bob  taxi",
    "q quits",
  ]);
});

test("what is not of this moment says so", () => {
  const lines = shown(liveView({ trouble: "nobody answers" }), { columns: 80, rows: 40 });
  assertEquals(lines[1], "nobody answers");
});

test("a narrow terminal has the columns that matter most, whole ones", () => {
  const titles = (columns: number) =>
    shown(view(), { columns, rows: 40 }).find((line) => line.startsWith("SERVER"))?.split(/ {2,}/);
  assertEquals(titles(80), [
    "SERVER",
    "STATE",
    "UP FOR",
    "CLIENTS",
    "SESSIONS",
    "REPORTS",
    "SEARCHES",
    "AT IN",
  ]);
  assertEquals(titles(50), ["SERVER", "STATE", "SESSIONS", "REPORTS"]);
  assertEquals(titles(24), ["SERVER", "STATE"]);
});

test("in a narrow terminal a long name leaves room for its state, and clients are named", () => {
  const servers = [server("a-very-long-name-of-a-server-in-the-far-west", "down", null)];
  const lines = shown(liveView({ state: { ...herd(own()), servers } }), { columns: 40, rows: 30 });
  const table = lines.findIndex((line) => line.startsWith("SERVER"));
  assertMatch(lines[table]!, /STATE$/);
  assertMatch(lines[table + 1]!, /^a-very-long-name-of.*… {2}down$/);
  assertEquals(lines.slice(-3, -1), ["    1s ago  Ann  bus\\x1b[31m", "    9s ago  Bob  taxi"]);
});

test("IDs stand below each other, however long the names of the servers are", () => {
  const newest = [{ ...REPORTS[0]!, origin: "Annabella" }, REPORTS[1]!];
  const lines = shown(liveView({ newest }), { columns: 100, rows: 40 });
  assertEquals(new Set(lines.slice(-3, -1).map((line) => line.search(/bus|taxi/))).size, 1);
});

test("at any size no line is too long, there are not too many, and the head and the end are there", () => {
  fc.assert(
    fc.property(fc.nat(200), fc.integer({ min: 2, max: 60 }), fc.boolean(), (columns, rows, hasTrouble) => {
      const lines = shown(liveView({ trouble: hasTrouble ? "trouble" : undefined }), { columns, rows });
      assert(lines.length <= rows, `${lines.length} of ${rows}`);
      for (const line of lines) assert(line.length <= columns, JSON.stringify(line));
      assertEquals(
        lines[0],
        "zoo   1 of 3 servers up   0 of 2 links up   300 clients   Ann at http://a:1".slice(0, columns)
          .trimEnd(),
      );
      assertEquals(lines.at(-1), "q quits".slice(0, columns).trimEnd());
    }),
  );
});

test("a short terminal says how much more there is", () => {
  const servers = Array.from({ length: 30 }, (_, i) => server(`S${i}`, "up", own()));
  const lines = shown(view({ state: { ...herd(own()), servers } }), { columns: 80, rows: 20 });
  assertEquals(lines.length <= 20, true);
  const more = lines.find((line) => line.startsWith("... and "));
  const named = lines.filter((line) => /^S\d/.test(line)).length;
  assertEquals(more, `... and ${30 - named} more`);
  assert(lines.some((line) => line.startsWith("LINK")), "the links have their place");
});

test("rates are told by the server's own clock, and not across its lives", () => {
  const meter = new RateMeter();
  const add = (change: Partial<OwnState>, reports: number) => meter.add(herd(own(change, { reports })));
  add({ uptimeSeconds: 10 }, 0);
  assertEquals(meter.of("Ann"), undefined);
  add({ uptimeSeconds: 10.5 }, 10);
  assertEquals(meter.of("Ann")?.reports, 20);
  // The same answer once more.
  add({ uptimeSeconds: 10.5 }, 10);
  assertEquals(meter.of("Ann")?.reports, 20);
  add({ uptimeSeconds: 1, run: "next" }, 3);
  assertEquals(meter.of("Ann"), undefined);
  add({ uptimeSeconds: 2, run: "next" }, 4);
  assertEquals(meter.total?.reports, 1);
  meter.add({ ...herd(own()), servers: [server("Ann", "down", null)] });
  assertEquals(meter.total, undefined);
  assertEquals(meter.history("Ann"), [undefined, 20, 20, undefined, 1, undefined]);
});
