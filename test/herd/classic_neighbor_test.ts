/** How a classic neighbor is told, on a clock and a network in the test's hands. */
import { assert, assertEquals } from "@std/assert";
import { ClassicNeighbor } from "../../src/herd/classic_neighbor.ts";
import { type LinkContext, makeLinkContext } from "../../src/herd/link.ts";
import { LimitHits } from "../../src/limit_hits.ts";
import { DEFAULT_LIMITS, type Limits } from "../../src/limits.ts";
import { NO_LOG } from "../../src/log/server_log.ts";
import type { Connection, ConnectionEvents, Runtime } from "../../src/runtime/runtime.ts";
import { settle } from "../settle.ts";
import { FakeClock } from "../fake_clock.ts";
import { Bench, report } from "../registry/bench.ts";
import { test } from "../runner.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The neighbor's number. */
const CID = 3;

/** Our end of a connection; the test is the other. */
class FakeConnection implements Connection {
  readonly remote = { host: "10.0.0.3", port: 12_000 };
  unsentBytes = 0;
  /** What is written stays unsent until `drains`. */
  isSlow = false;
  /** Lines written. */
  readonly lines: string[] = [];
  isEnded = false;
  isOver = false;
  #events: ConnectionEvents | undefined;

  start(events: ConnectionEvents): void {
    this.#events = events;
  }
  write(bytes: Uint8Array): void {
    assert(!this.isEnded && !this.isOver, "nothing is written behind the end");
    const lines = decoder.decode(bytes).split("\n");
    assertEquals(lines.pop(), "", "whole lines are written");
    this.lines.push(...lines);
    if (this.isSlow) this.unsentBytes += bytes.length;
  }
  pause(): void {}
  resume(): void {}
  end(): void {
    this.isEnded = true;
  }
  destroy(): void {
    this.#over(undefined);
  }
  says(text: string): void {
    this.#events?.received(encoder.encode(text));
  }
  drains(): void {
    this.unsentBytes = 0;
    this.#events?.drained();
  }
  closes(): void {
    this.#events?.ended();
  }
  breaks(): void {
    this.#over(new Error("broken"));
  }
  #over(cause: Error | undefined): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#events?.closed(cause);
  }
}

class Stage {
  readonly bench = new Bench();
  readonly clock = new FakeClock();
  readonly connections: FakeConnection[] = [];
  readonly told: string[] = [];
  readonly neighbor: ClassicNeighbor;
  readonly context: LinkContext;
  isThere = true;
  dials = 0;

  constructor(limits: Partial<Limits> = {}) {
    const runtime = {
      clock: this.clock,
      randomBytes: (count: number) => new Uint8Array(count),
      network: { dial: () => this.#dial() },
    } as unknown as Runtime;
    this.context = makeLinkContext({
      runtime,
      limits: { ...DEFAULT_LIMITS, ...limits },
      log: { ...NO_LOG, event: (_, __, sign, text) => void this.told.push(`${sign} ${text}`) },
      registry: this.bench.registry,
      prover: {} as LinkContext["prover"],
      herd: "herd",
      self: "Goloman",
      isServer: (bytes, start, end) => ["Goloman", "Cid"].includes(decoder.decode(bytes.slice(start, end))),
      resumeAfter: () => 0,
      stored: () => {},
      tls: undefined,
      limitHits: new LimitHits(),
      flood: () => {},
    });
    const place = { name: "Cid", host: "10.0.0.3", port: 12_000, classic: true };
    this.neighbor = new ClassicNeighbor(this.context, place, CID, 5);
  }

  get open(): FakeConnection[] {
    return this.connections.filter((connection) => !connection.isOver);
  }

  get last(): FakeConnection {
    const last = this.connections.at(-1);
    assert(last !== undefined, "there was a connection");
    return last;
  }

  /** A client of ours reports. */
  async news(id: string, time = 1): Promise<string> {
    const line = report(id, time);
    this.bench.offer(line);
    this.neighbor.flood();
    await settle();
    return line;
  }

  async pass(ms: number): Promise<void> {
    this.clock.pass(ms);
    await settle();
  }

  /** Closes kept connections on which something was told, until each line gets one of its own. */
  async hangUpTwice(): Promise<void> {
    for (let i = 0; i < 2; i++) {
      assert(this.last.lines.length > 0);
      this.last.closes();
      await settle();
      await this.pass(1_000);
    }
  }

  #dial(): Promise<Connection> {
    this.dials++;
    if (!this.isThere) return Promise.reject(new Error("refused"));
    const connection = new FakeConnection();
    this.connections.push(connection);
    return Promise.resolve(connection);
  }
}

test("classic: a connection carries all there is and comes, but for what the neighbor said", async () => {
  const stage = new Stage();
  const first = await stage.news("a");
  stage.bench.offer(report("b"), CID);
  stage.neighbor.start();
  await settle();
  const known = report("b");
  assertEquals(stage.last.lines, [first, known], "it may have forgotten what it said before");
  const third = await stage.news("c");
  stage.last.says("AT Cid +0.000000001 d +1+2 5\nwhat?\n? AT Cid\nAT Nobody +0.000000001 e +1+2 5\n");
  stage.neighbor.flood();
  const last = await stage.news("f");
  assertEquals(stage.last.lines, [first, known, third, last]);
  assertEquals(stage.bench.held("d"), "AT Cid +0.000000001 d +1+2 5");
  assertEquals(stage.bench.held("e"), undefined);
  assertEquals(stage.context.counters.strayLines, 3);
});

test("classic: after a break everything is told again, as it is by then", async () => {
  const stage = new Stage();
  stage.neighbor.start();
  await settle();
  await stage.news("a", 1);
  const b = await stage.news("b");
  stage.last.breaks();
  const a = await stage.news("a", 2);
  assertEquals(stage.open, []);
  await stage.pass(1_000);
  assertEquals(stage.last.lines, [b, a]);
});

test("classic: a neighbor that closes twice when it was told gets each line on a connection of its own", async () => {
  const stage = new Stage({ classicConnections: 2 });
  const lines = [];
  for (const id of ["a", "b", "c", "d", "e"]) lines.push(await stage.news(id));
  stage.neighbor.start();
  await settle();
  await stage.hangUpTwice();
  const said: string[] = [];
  for (let i = 0; i < 5; i++) {
    assert(stage.open.length <= 3, "one for each of two, and one that carries nothing");
    for (const connection of stage.open.filter(({ lines }) => lines.length > 0)) {
      assertEquals([connection.lines.length, connection.isEnded], [1, true]);
      said.push(...connection.lines);
      connection.closes();
    }
    await settle();
    await stage.pass(1_000);
  }
  assertEquals(said, lines);
  assertEquals(stage.open.map(({ lines }) => lines), [[]]);
  const next = await stage.news("f");
  assertEquals(stage.last.lines, [next], "and not the whole registry again");
});

test("classic: connections for lines are no more than the pause allows, whatever the neighbor does", async () => {
  const stage = new Stage({ classicConnections: 4, classicPauseMs: 10 });
  for (let i = 0; i < 1_000; i++) await stage.news(`client-${i}`);
  stage.neighbor.start();
  await settle();
  await stage.hangUpTwice();
  const before = stage.dials;
  for (let ms = 0; ms < 100; ms++) {
    for (const connection of stage.open) connection.closes();
    await stage.pass(1);
  }
  const dials = stage.dials - before;
  assert(dials > 20 && dials <= 4 * 10 + 4 + 4, `${dials} dials in 100 ms`);
});

test("classic: a connection for a line that the neighbor does not close is given up, and the next comes", async () => {
  const stage = new Stage({ classicConnections: 1 });
  await stage.news("a");
  const second = await stage.news("b");
  stage.neighbor.start();
  await settle();
  await stage.hangUpTwice();
  const stuck = stage.open.find(({ lines }) => lines.length === 1);
  assert(stuck !== undefined);
  await stage.pass(DEFAULT_LIMITS.classicLineMs - 1_001);
  assert(!stuck.isOver);
  await stage.pass(1_001);
  assert(stuck.isOver);
  assertEquals(stage.last.lines, [second]);
});

test("classic: a neighbor that was away is told everything again, also one that closes after each line", async () => {
  const stage = new Stage();
  const a = await stage.news("a");
  stage.neighbor.start();
  await settle();
  await stage.hangUpTwice();
  for (const connection of stage.open) {
    if (connection.lines.length > 0) connection.closes();
  }
  await stage.pass(100);
  // Nothing is due: that it dies shows on the connection that carries nothing.
  const [watched] = stage.open;
  assertEquals(watched?.lines, []);
  stage.isThere = false;
  watched?.closes();
  await settle();
  await stage.pass(2_000);
  assertEquals(stage.open, []);
  assert(stage.told.some((text) => text.includes("not reached yet")));
  stage.isThere = true;
  await stage.pass(2_000);
  assertEquals(stage.open.map(({ lines }) => lines), [[a]]);
  const b = await stage.news("b");
  assertEquals(stage.last.lines, [a, b], "and by one connection as long as it is kept");
});

test("classic: one that died and came back, or closed after a long time, is none that closes after a line", async () => {
  const stage = new Stage({ idleMs: 60_000 });
  await stage.news("a");
  stage.neighbor.start();
  await settle();
  for (let i = 0; i < 5; i++) {
    stage.isThere = false;
    stage.last.closes();
    await settle();
    await stage.pass(1_000);
    stage.isThere = true;
    await stage.pass(1_000);
    assertEquals(stage.open.map(({ isEnded }) => isEnded), [false]);
  }
  for (let i = 0; i < 5; i++) {
    await stage.pass(60_000);
    stage.last.closes();
    await settle();
    await stage.pass(1_000);
    assertEquals(stage.open.map(({ isEnded }) => isEnded), [false]);
  }
});

test("classic: one that closes at once though nothing was told is dialed no faster than others", async () => {
  const stage = new Stage();
  stage.neighbor.start();
  await settle();
  for (let ms = 0; ms < 20_000; ms += 10) {
    for (const connection of stage.open) connection.closes();
    await stage.pass(10);
  }
  assert(stage.dials > 10 && stage.dials < 50, `${stage.dials} dials in 20 s`);
});

test("classic: one that takes nothing is told no more than the bound, and given up in the end", async () => {
  const stage = new Stage();
  stage.neighbor.start();
  await settle();
  const stuck = stage.last;
  stuck.unsentBytes = DEFAULT_LIMITS.linkUnsentBytes;
  const a = await stage.news("a");
  assertEquals(stuck.lines, []);
  stuck.drains();
  assertEquals(stuck.lines, [a], "it goes on where there is room");
  stuck.unsentBytes = 1;
  stage.neighbor.tick();
  await stage.pass(DEFAULT_LIMITS.stalledMs - 1);
  stage.neighbor.tick();
  assert(!stuck.isOver);
  await stage.pass(1);
  stage.neighbor.tick();
  assert(stuck.isOver);
});

for (const isOneByOne of [false, true]) {
  test(`classic: a stop ends all that goes on${isOneByOne ? ", with a connection for each line too" : ""}`, async () => {
    const stage = new Stage();
    await stage.news("a");
    stage.neighbor.start();
    await settle();
    if (isOneByOne) await stage.hangUpTwice();
    assert(stage.open.length > 0);
    stage.neighbor.stop();
    await settle();
    assertEquals([stage.open, stage.clock.pending], [[], 0]);
    const { dials } = stage;
    await stage.pass(10_000);
    assertEquals(stage.dials, dials);
  });
}

test("classic: how far behind it is: until its socket has taken all, and since it was lost", async () => {
  const stage = new Stage();
  const { neighbor, clock } = stage;
  stage.isThere = false;
  neighbor.start();
  await stage.pass(3_000);
  assertEquals(neighbor.behindMs, 3_000, "it was never told anything");
  stage.isThere = true;
  await stage.pass(1_000);
  assertEquals([neighbor.isLinked, neighbor.behindMs], [true, 0]);
  clock.pass(5_000);
  stage.last.isSlow = true;
  await stage.news("a");
  assertEquals(neighbor.behindMs, 0, "from now on");
  clock.pass(70);
  await stage.news("b");
  clock.pass(30);
  assertEquals(neighbor.behindMs, 100, "since the first that was not taken");
  stage.bench.offer(report("c"));
  stage.last.drains();
  clock.pass(20);
  assertEquals([neighbor.behindMs, stage.last.lines.length], [20, 3], "of what came since");
  stage.last.drains();
  clock.pass(1_000);
  assertEquals(neighbor.behindMs, 0);
  stage.isThere = false;
  stage.last.breaks();
  await settle();
  clock.pass(400);
  assertEquals(neighbor.behindMs, 400);
});

test("classic: told line by line it is behind until the last of them has a connection", async () => {
  const stage = new Stage({ classicConnections: 1 });
  stage.neighbor.start();
  await settle();
  await stage.news("a");
  await stage.hangUpTwice();
  const close = async () => {
    for (const connection of stage.open.filter(({ lines }) => lines.length > 0)) connection.closes();
    await settle();
    await stage.pass(1_000);
  };
  await close();
  await close();
  assertEquals(stage.neighbor.behindMs, 0, "it was told again, and nothing is due");
  await stage.news("b");
  await stage.news("c");
  await stage.pass(250);
  assertEquals(stage.neighbor.behindMs, 250);
  await close();
  await close();
  assertEquals(stage.neighbor.behindMs, 0);
});

test("classic: what waits in the registry for a slow neighbor counts until all of it is taken", async () => {
  const stage = new Stage({ linkUnsentBytes: 1 });
  const { neighbor, clock } = stage;
  neighbor.start();
  await settle();
  stage.last.isSlow = true;
  await stage.news("a");
  clock.pass(100);
  await stage.news("b");
  clock.pass(100);
  stage.last.drains();
  clock.pass(50);
  assertEquals([stage.last.lines.length, neighbor.behindMs], [2, 250]);
  stage.last.drains();
  assertEquals(neighbor.behindMs, 0);
});
