/** README.md, "For programs": clients and events over HTTP, from real servers to real connections. */
import { assert, assertEquals } from "@std/assert";
import { get, type IncomingMessage } from "node:http";
import { type EventParser, EventReader, type HeardEvent } from "../gateway/event_reader.ts";
import {
  freshClient,
  type Herd,
  nowNanos,
  once,
  type RunningServer,
  startHerd,
  tempDir,
  test,
  timeText,
  until,
  within,
} from "./harness.ts";

const HERE = { latitude: 34.06893, longitude: -118.445127 };
const POSITION = "+34.06893-118.445127";

function door(server: RunningServer): string {
  const url = / serves (http:\/\/\S+)\/$/m.exec(server.program.stdout)?.[1];
  if (url === undefined) throw new Error(`no HTTP door: ${server.program.describe()}`);
  return url;
}

interface Report {
  readonly id: string;
  readonly time: string;
  readonly at: string;
  /** In the answer to whoever told it. */
  readonly news?: boolean;
}

async function put(server: RunningServer, client: string, location: unknown = HERE): Promise<Report> {
  const response = await fetch(`${door(server)}/clients/${encodeURIComponent(client)}`, {
    method: "PUT",
    body: JSON.stringify(location),
  });
  const text = await response.text();
  assertEquals(response.status, 200, text);
  return JSON.parse(text) as Report;
}

async function getReport(server: RunningServer, client: string): Promise<Report | undefined> {
  const response = await fetch(`${door(server)}/clients/${encodeURIComponent(client)}`);
  const text = await response.text();
  return response.status === 200 ? JSON.parse(text) as Report : undefined;
}

/** A connection that listens to events. */
class Listener {
  readonly heard: HeardEvent[] = [];
  readonly ended: Promise<"in order" | "broken off">;
  readonly #response: IncomingMessage;
  readonly #reader: EventReader;
  #wake: () => void = () => {};

  constructor(response: IncomingMessage) {
    this.#response = response;
    const pieces = new ReadableStream<Uint8Array>({
      start(controller) {
        response.on("data", (bytes: Uint8Array) => controller.enqueue(bytes));
        response.on("close", () => controller.close());
        response.on("error", () => {/* What it breaks off with shows in `complete`. */});
      },
    });
    this.#reader = new EventReader(new Response(pieces));
    this.ended = this.#read();
  }

  static async open(server: RunningServer, query = "", lastEventId?: string): Promise<Listener> {
    const headers: Record<string, string> = lastEventId === undefined ? {} : { "last-event-id": lastEventId };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get(`${door(server)}/events${query}`, { headers, agent: false }, resolve).on("error", reject);
    });
    assertEquals([response.statusCode, response.headers["content-type"]], [200, "text/event-stream"]);
    const listener = new Listener(response);
    await listener.when("where it stands", ({ parser }) => parser.lastEventId !== "");
    return listener;
  }

  get parser(): EventParser {
    return this.#reader.parser;
  }

  /** Waits until it has heard what `isTrue` is asked about whenever something came. */
  async when(what: string, isTrue: (listener: Listener) => boolean): Promise<void> {
    const come = new Promise<void>((resolve, reject) => {
      this.#wake = () => {
        if (isTrue(this)) resolve();
        else if (this.#response.closed) reject(new Error(`the stream ended before ${what}`));
      };
      this.#wake();
    });
    await within(come, () => `${what}; heard: ${JSON.stringify(this.heard.slice(-5))}`);
  }

  async hears(at: string): Promise<void> {
    await this.when(at, ({ reports }) => reports.some((report) => report.at === at));
  }

  get reports(): Report[] {
    return this.heard.filter(({ type }) => type === "report").map(({ data }) => JSON.parse(data) as Report);
  }

  /** Breaks off. */
  destroy(): void {
    this.#response.destroy();
  }

  /** Takes nothing any more. */
  pause(): void {
    this.#response.pause();
  }

  async #read(): Promise<"in order" | "broken off"> {
    for (;;) {
      const events = await this.#reader.next();
      this.heard.push(...events ?? []);
      this.#wake();
      if (events === undefined) return this.#response.complete ? "in order" : "broken off";
    }
  }
}

// A stop that waited for the bound, or for a connection to be idle for long, would outlast the suite's patience.
const LIMITS = { drainMs: 60_000, httpIdleMs: 60_000 };

const pair = once(async (): Promise<Herd> => {
  const herd = await startHerd(["Goloman", "Hands"], [["Goloman", "Hands"]], {
    flags: ["--http", "0"],
    limits: LIMITS,
  });
  await herd.linked();
  return herd;
});

test("what is told to one server over HTTP, another one answers over HTTP and in sessions", async () => {
  const herd = await pair();
  const client = `user/${freshClient()}`;
  const told = await put(herd.server("Goloman"), client, { ...HERE, time: timeText(nowNanos()) });
  assertEquals(await herd.agreed(client), told.at);
  const known = await getReport(herd.server("Hands"), client);
  assertEquals<unknown>({ ...known, news: true }, told);
  const path = `/clients/${encodeURIComponent(client)}/places?radius=1&limit=1`;
  const places = await fetch(door(herd.server("Hands")) + path);
  const session = await herd.server("Hands").client();
  await session.send(`WHATSAT ${client} 1 1\n`);
  const reply = await session.whatsat();
  session.destroy();
  assertEquals([places.headers.get("herd-at"), await places.text()], [reply.at, reply.json]);
});

test("what changes is told on every server, and who resumes after a break has missed nothing", async () => {
  const herd = await pair();
  const [goloman, hands] = [herd.server("Goloman"), herd.server("Hands")];
  const word = freshClient("moving");
  const [here, there] = [
    await Listener.open(goloman, `?prefix=${word}`),
    await Listener.open(hands, `?prefix=${word}`),
  ];
  const first = await goloman.report(`${word}-a`, POSITION, timeText(nowNanos()));
  await here.hears(first);
  await there.hears(first);
  const { lastEventId } = there.parser;
  there.destroy();
  assertEquals(await there.ended, "broken off");
  const missed = [
    await put(goloman, `${word}-b`),
    await put(hands, `${word}-c`),
    await put(hands, `${word}-b`),
  ];
  const again = await Listener.open(hands, `?prefix=${word}`, lastEventId);
  for (const { at } of missed.slice(1)) await again.hears(at);
  assertEquals(again.reports.filter(({ id }) => id === `${word}-a`), [], "what was heard is not told again");
  here.destroy();
  again.destroy();
});

test("all clients come as one collection, and what has changed since as events", async () => {
  const herd = await pair();
  const word = freshClient("many");
  const count = 3_000;
  const session = await herd.server("Goloman").client();
  const time = timeText(nowNanos());
  await session.send(Array.from({ length: count }, (_, i) => `IAMAT ${word}-${i} +1.5-2 ${time}\n`).join(""));
  await session.lines(count);
  session.destroy();
  await herd.agreed(`${word}-${count - 1}`);
  const response = await fetch(`${door(herd.server("Hands"))}/clients.geojson?prefix=${word}`);
  const { features, lastEventId } = await response.json() as {
    features: { id: string }[];
    lastEventId: string;
  };
  assertEquals(new Set(features.map(({ id }) => id)).size, count);
  assertEquals(features.length, count);
  const { at } = await put(herd.server("Goloman"), `${word}-7`, HERE);
  const listener = await Listener.open(herd.server("Hands"), `?prefix=${word}&since=${lastEventId}`);
  await listener.hears(at);
  assertEquals(listener.reports.length, 1);
  listener.destroy();
});

test("a server that stops ends its streams in good order, and waits for nobody who only keeps a connection", async () => {
  const herd = await startHerd(["Goloman"], [], { flags: ["--http", "0"], limits: LIMITS });
  const server = herd.server("Goloman");
  const listeners = [await Listener.open(server), await Listener.open(server, "?since=start&prefix=nobody")];
  // Its connection is kept, for a next request that does not come.
  const { at } = await put(server, freshClient());
  await listeners[0]!.hears(at);
  const { code } = await server.stop();
  assertEquals([code, server.counters().limitsHit], [0, {}]);
  for (const listener of listeners) assertEquals(await listener.ended, "in order");
});

test("who comes again to a server that has begun a new life is told so, and everything", async () => {
  const data = await tempDir();
  const herd = await startHerd(["Goloman"], [], { flags: ["--http", "0", "--data-dir", data] });
  const client = freshClient();
  const { at } = await put(herd.server("Goloman"), client);
  const listener = await Listener.open(herd.server("Goloman"));
  await herd.kill("Goloman");
  assertEquals(await listener.ended, "broken off");
  await herd.start("Goloman");
  const again = await Listener.open(herd.server("Goloman"), "", listener.parser.lastEventId);
  await again.hears(at);
  assertEquals(again.heard.map(({ type }) => type), ["restart", "report"]);
  again.destroy();
  await herd.stopAll();
});

test("a listener that takes nothing is ended, and no other", async () => {
  const herd = await startHerd(["Goloman"], [], {
    flags: ["--http", "0"],
    // The log is read for what was closed, and would be rotated.
    limits: { stalledMs: 2_000, httpAnswerMs: 500, logBytes: 1_073_741_824 },
  });
  const server = herd.server("Goloman");
  const good = await Listener.open(server);
  const bad = await Listener.open(server);
  bad.pause();
  // More than sockets hold: each of these is told of, to who listens.
  const filler = "x".repeat(3_000);
  const session = await server.client();
  const hit = until(
    "the bound is hit",
    () => server.log().includes("that took nothing was closed") || undefined,
  );
  let isHit = false;
  hit.finally(() => isHit = true).catch(() => {});
  for (let i = 0; !isHit; i++) {
    const time = timeText(nowNanos());
    const lines = Array.from(
      { length: 100 },
      (_, j) => `IAMAT ${filler}-${i % 20}-${j} ${POSITION} ${time}\n`,
    );
    await session.send(lines.join(""));
    await session.lines(100);
  }
  await hit;
  session.destroy();
  const { at } = await put(server, freshClient());
  await good.hears(at);
  good.destroy();
  assert((await server.stop()).code === 0);
  assertEquals(server.counters().limitsHit, { stalledMs: 1 });
});

test("the description of the door is there, and says what there is", async () => {
  const herd = await pair();
  const response = await fetch(`${door(herd.server("Goloman"))}/openapi.json`);
  const { openapi, paths } = await response.json() as { openapi: string; paths: Record<string, unknown> };
  assertEquals([response.status, openapi], [200, "3.1.0"]);
  for (const path of ["/clients/{id}", "/clients/{id}/places", "/clients.geojson", "/events", "/herd"]) {
    assert(path in paths, path);
  }
});
