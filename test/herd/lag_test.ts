/** How far behind a neighbor is, as its link knows. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { FIXED_WAITS } from "../../src/limits.ts";
import { FakeConnection, FakeServer } from "../server/fakes.ts";
import { rise } from "../server/hands.ts";
import { test } from "../runner.ts";

class Stage {
  readonly herd: FakeServer;
  readonly #session: FakeConnection;
  #reports = 0;

  private constructor(herd: FakeServer) {
    this.herd = herd;
    this.#session = herd.connect();
  }

  static async begin(linkUnsentBytes = 262_144): Promise<Stage> {
    return new Stage(await new FakeServer({ limits: { linkUnsentBytes } }).start());
  }

  /** Hands makes a link. */
  async link(): Promise<FakeConnection> {
    const link = this.herd.connect();
    await rise(link);
    await this.herd.settled();
    return link;
  }

  /** A client reports, and the turn ends. */
  news(): void {
    this.report();
    this.herd.clock.turn();
  }

  /** A client reports; the turn goes on. */
  report(): void {
    this.#session.say(`IAMAT a${++this.#reports} +1+2 ${1_600_000_000 + this.#reports}\n`);
  }

  get behindMs(): number {
    return this.herd.server.herd.neighbors[0]!.behindMs;
  }
}

/** A socket that takes nothing until it is drained. */
function stuck(link: FakeConnection): void {
  link.onWrite = (bytes) => void (link.unsentBytes += bytes.length);
}

test("lag: a neighbor that was never there is behind since the start, and one that has all is not", async () => {
  const stage = await Stage.begin();
  stage.news();
  stage.herd.clock.pass(3_000);
  assertEquals(stage.behindMs, 3_000);
  const link = await stage.link();
  assertEquals(stage.behindMs, 0);
  stage.herd.clock.pass(500);
  stage.news();
  stage.herd.clock.pass(500);
  assertEquals(stage.behindMs, 0);
  link.destroy();
  stage.herd.clock.pass(700);
  assertEquals(stage.behindMs, 700, "since it was lost");
  await stage.link();
  assertEquals(stage.behindMs, 0);
});

test("lag: what the socket has not taken is not told, since the first of it was sent", async () => {
  const stage = await Stage.begin();
  const link = await stage.link();
  stuck(link);
  stage.herd.clock.pass(300);
  stage.news();
  assertEquals(stage.behindMs, 0, "from now on");
  stage.herd.clock.pass(200);
  stage.news();
  stage.herd.clock.pass(100);
  assertEquals(stage.behindMs, 300);
  link.drain();
  assertEquals(stage.behindMs, 0);
});

test("lag: a neighbor that takes all in time is never far behind, however steady the news", async () => {
  const stage = await Stage.begin();
  const link = await stage.link();
  stuck(link);
  stage.news();
  for (let i = 0; i < 50; i++) {
    stage.herd.clock.pass(20);
    assertEquals(stage.behindMs, 20);
    // There always is something new by the time that all is taken.
    stage.report();
    link.drain();
    assertEquals([stage.behindMs, link.unsentBytes > 0], [0, true]);
  }
});

test("lag: what waits in the registry for a slow neighbor counts until all of it is taken", async () => {
  const stage = await Stage.begin(1);
  const link = await stage.link();
  stuck(link);
  stage.news();
  stage.herd.clock.pass(100);
  stage.news();
  assertEquals(stage.herd.server.herd.neighbors[0]!.dueChanges, 1);
  stage.herd.clock.pass(100);
  link.drain();
  assertEquals(stage.herd.server.herd.neighbors[0]!.dueChanges, 0, "the second one has been sent");
  stage.herd.clock.pass(50);
  assertEquals(stage.behindMs, 250, "and has not been taken");
  link.drain();
  assertEquals(stage.behindMs, 0);
});

test("lag: a neighbor whose socket takes all, and that has not seen its mark, is behind since that was sent", async () => {
  const stage = await Stage.begin();
  const link = await stage.link();
  stage.news();
  stage.herd.clock.pass(FIXED_WAITS.tickMs);
  assertStringIncludes(link.written, "HERD/1 MARK 1\n");
  stage.news();
  stage.herd.clock.pass(2 * FIXED_WAITS.tickMs);
  assertStringIncludes(link.written, "HERD/1 MARK 2\n");
  assertEquals(stage.behindMs, 2 * FIXED_WAITS.tickMs, "since the first");
  link.say("HERD/1 SEEN 0\n");
  assertEquals(stage.behindMs, 2 * FIXED_WAITS.tickMs);
  link.say("HERD/1 SEEN 1\n");
  assertEquals(stage.behindMs, 0);
  stage.news();
  stage.herd.clock.pass(FIXED_WAITS.tickMs);
  link.destroy();
  stage.herd.clock.pass(300);
  assertEquals(stage.behindMs, 300, "what was under way when it broke came late from its mark on");
});

test("lag: a neighbor is told that its mark was seen, once it reads", async () => {
  const stage = await Stage.begin(1);
  const link = await stage.link();
  const seen = () => link.written.match(/HERD\/1 SEEN \d+/g);
  link.say("HERD/1 MARK 5\n");
  assertEquals(seen(), ["HERD/1 SEEN 5"]);
  stuck(link);
  stage.news();
  for (let seq = 6; seq < 1_000; seq++) link.say(`HERD/1 MARK ${seq}\n`);
  assertEquals(seen(), ["HERD/1 SEEN 5"], "nothing is gathered for who does not read");
  link.drain();
  stage.herd.clock.pass(FIXED_WAITS.tickMs);
  assertEquals(seen(), ["HERD/1 SEEN 5", "HERD/1 SEEN 999"]);
});
