/** What `herd top` shows, as lines: a pure function of what is known and of the size of the terminal. */
import type { Condition, HerdState, OwnState, ServerState } from "../gateway/herd_state.ts";
import type { SeenReport } from "./newest.ts";
import type { RateMeter, Rates } from "./rates.ts";
import { fitTable, type TableColumn } from "./table.ts";
import { durationText, type Line, numberText, type Span, sparkline, type Style } from "./text.ts";

export interface TopView {
  readonly state: HerdState;
  /** Who was asked. */
  readonly url: string;
  /** Undefined for a look at one moment: there are totals instead. */
  readonly meter: RateMeter | undefined;
  /** Undefined where no server tells of them. */
  readonly newest: readonly SeenReport[] | undefined;
  readonly nowMs: number;
  /** Why what is shown is not of this moment. */
  readonly trouble: string | undefined;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const EMPTY: Line = [];
/** Rows that the newest clients get at least, heading and all, where there are some. */
const CLIENT_ROWS = 5;
/** In a terminal with fewer rows the totals give theirs to the servers. */
const TOTALS_FROM_ROWS = 18;
/** In a terminal with fewer columns the newest reports are shown without their positions. */
const POSITION_FROM_COLUMNS = 60;
/** Columns of a sparkline, at most. */
const SPARK_COLUMNS = 60;

/** All lines, at most `size.rows`. */
export function renderTop(view: TopView, size: Size): readonly Line[] {
  const isLive = view.meter !== undefined;
  const head = [...renderHead(view), ...renderTotals(view, size), EMPTY];
  const foot = isLive ? [[dim("q quits")]] : [];
  const servers = renderServers(view, size.columns);
  const links = renderLinks(view.state, size.columns);
  const clients = renderNewest(view, size.columns);
  let room = size.rows - head.length - foot.length;
  const linksAndClients = Math.min(links.length + 1, 4) + Math.min(clients.length + 1, CLIENT_ROWS);
  const shownServers = cut(servers, Math.max(room - linksAndClients, Math.ceil(room / 2)));
  room -= shownServers.length;
  const shownLinks = cut(links, room - 1 - Math.min(clients.length + 1, CLIENT_ROWS));
  room -= shownLinks.length === 0 ? 0 : shownLinks.length + 1;
  const shownClients = cut(clients, room - 1, false);
  const sections = [shownServers, shownLinks, shownClients].filter((section) => section.length > 0);
  const body = sections.flatMap((section, i) => i === 0 ? section : [EMPTY, ...section]);
  const lines = [...head, ...body].slice(0, Math.max(0, size.rows - foot.length));
  return [...lines, ...foot].slice(0, size.rows);
}

/** At most `rows` of `lines`; the last says how many more there are. */
function cut(lines: readonly Line[], rows: number, saysMore = true): readonly Line[] {
  if (lines.length <= rows) return lines;
  // A heading alone says nothing.
  if (rows < 2) return [];
  if (!saysMore) return lines.slice(0, rows);
  const shown = lines.slice(0, rows - 1);
  return [...shown, [dim(`... and ${lines.length - shown.length} more`)]];
}

function renderHead({ state, url, trouble }: TopView): readonly Line[] {
  const { servers, links } = state;
  const clients = Math.max(0, ...servers.map(({ own }) => own?.clients ?? 0));
  const line: Line = [
    { text: state.herd, style: "title" },
    plain("   "),
    ...upOf(servers, "servers"),
    plain("   "),
    ...upOf(links, "links"),
    plain(`   ${numberText(clients)} clients`),
    dim(`   ${state.asked} at ${url}`),
  ];
  return trouble === undefined ? [line] : [line, [{ text: trouble, style: "bad" }]];
}

function upOf(all: readonly { readonly state: Condition }[], what: string): readonly Span[] {
  const up = all.filter(({ state }) => state === "up").length;
  const worst = all.some(({ state }) => state === "down") ? "down" : up === all.length ? "up" : "unknown";
  return [{ text: `${up} of ${all.length}`, style: styleOf(worst) }, plain(` ${what} up`)];
}

function renderTotals({ meter }: TopView, { columns, rows: terminalRows }: Size): readonly Line[] {
  if (meter === undefined || terminalRows < TOTALS_FROM_ROWS) return [];
  const rows: readonly (readonly [string, (rates: Rates) => number])[] = [
    ["reports/s", ({ reports }) => reports],
    ["searches/s", ({ searches }) => searches],
    ["AT lines/s", ({ atIn }) => atIn],
  ];
  const { total, totals } = meter;
  return [
    EMPTY,
    ...rows.map(([name, of]) => {
      const now = numberText(total === undefined ? undefined : of(total));
      const head = `${name.padEnd(11)}${now.padStart(9)}  `;
      const values = totals.map((rates) => rates === undefined ? undefined : of(rates));
      const width = Math.min(SPARK_COLUMNS, columns - head.length);
      return [plain(head), { text: sparkline(values, width), style: "good" } satisfies Span];
    }),
  ];
}

type ServerColumn = TableColumn<ServerState>;

function renderServers({ state, meter }: TopView, columns: number): readonly Line[] {
  const counted = (
    title: string,
    priority: number,
    ofRates: (rates: Rates) => number,
    ofTotals: (counters: OwnState["counters"]) => number,
  ): ServerColumn => ({
    title: meter === undefined ? title : `${title}/S`,
    priority,
    isRight: true,
    cell({ name, own }) {
      if (meter === undefined) return plain(numberText(own === null ? undefined : ofTotals(own.counters)));
      const rates = meter.of(name);
      return plain(numberText(rates === undefined ? undefined : ofRates(rates)));
    },
  });
  const told = (title: string, priority: number, of: (own: OwnState) => string, isRight = true) => ({
    title,
    priority,
    isRight,
    cell: ({ own }: ServerState) => plain(own === null ? "-" : of(own)),
  });
  const all: readonly ServerColumn[] = [
    { title: "SERVER", priority: 99, cell: ({ name }) => plain(name) },
    {
      title: "STATE",
      priority: 98,
      cell: ({ state, classic }) => ({ text: classic ? `${state}, classic` : state, style: styleOf(state) }),
    },
    told("RUNTIME", 2, ({ runtime }) => runtime, false),
    told("UP FOR", 5, ({ uptimeSeconds }) => durationText(uptimeSeconds)),
    told("CLIENTS", 6, ({ clients }) => numberText(clients)),
    told("SESSIONS", 7, ({ sessions }) => numberText(sessions)),
    counted("REPORTS", 8, ({ reports }) => reports, ({ reports }) => reports),
    counted("SEARCHES", 4, ({ searches }) => searches, ({ searches }) => searches),
    counted("AT IN", 3, ({ atIn }) => atIn, ({ reportsReceived }) => reportsReceived),
    counted("AT OUT", 3, ({ atOut }) => atOut, ({ reportsSent }) => reportsSent),
  ];
  const spark: ServerColumn | undefined = meter === undefined ? undefined : {
    title: "",
    priority: 1,
    cell: ({ name }) => ({ text: sparkline(meter.history(name), 16), style: "good" }),
  };
  return fitTable(spark === undefined ? all : [...all, spark], state.servers, columns);
}

interface LinkRow {
  readonly ends: readonly [string, string];
  readonly state: Condition;
  /** What each end says of it. */
  readonly views: readonly [LinkView | undefined, LinkView | undefined];
}

type LinkView = OwnState["links"][number];

function renderLinks({ links, servers }: HerdState, columns: number): readonly Line[] {
  if (links.length === 0) return [];
  const owns = new Map(servers.map(({ name, own }) => [name, own]));
  const view = (end: string, other: string) =>
    owns.get(end)?.links.find(({ neighbor }) => neighbor === other);
  const rows = links.map(({ ends: [a, b], state }): LinkRow => ({
    ends: [a, b],
    state,
    views: [view(a, b), view(b, a)],
  }));
  const both = (of: (view: LinkView) => string) => ({ views }: LinkRow) =>
    plain(views.map((view) => view === undefined ? "-" : of(view)).join(" / "));
  const table: TableColumn<LinkRow>[] = [
    { title: "LINK", priority: 99, cell: ({ ends }) => plain(ends.join(" - ")) },
    { title: "STATE", priority: 98, cell: ({ state }) => ({ text: state, style: styleOf(state) }) },
    {
      title: "DUE TO EACH",
      priority: 2,
      isRight: true,
      cell: both(({ dueChanges }) => numberText(dueChanges)),
    },
    {
      title: "BEHIND",
      priority: 1,
      isRight: true,
      cell: both(({ behindMs }) => `${numberText(Math.round(behindMs))} ms`),
    },
  ];
  return fitTable(table, rows, columns);
}

function renderNewest({ newest, nowMs }: TopView, columns: number): readonly Line[] {
  if (newest === undefined || newest.length === 0) return [];
  const width = Math.max(...newest.map(({ origin }) => origin.length));
  // Who it is matters more than where.
  const hasRoom = columns >= POSITION_FROM_COLUMNS;
  const rows = newest.map(({ id, latitude, longitude, origin, atMs }): Line => [
    ...hasRoom ? [plain(`${degrees(latitude).padStart(9)} ${degrees(longitude).padStart(10)}  `)] : [],
    dim(`${durationText((nowMs - atMs) / 1000).padStart(6)} ago  `),
    plain(`${origin.padEnd(width)}  `),
    // Last, since what it looks like may be wider than it is long.
    { text: id, style: "title" },
  ]);
  return [[dim("NEWEST REPORTS")], ...rows];
}

function degrees(value: number): string {
  return `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(5)}`;
}

function styleOf(state: Condition): Style {
  switch (state) {
    case "up":
      return "good";
    case "down":
      return "bad";
    case "unknown":
      return "doubtful";
  }
}

function plain(text: string): Span {
  return { text, style: "plain" };
}

function dim(text: string): Span {
  return { text, style: "dim" };
}
