/** A connection on which no acknowledgment overtakes the journal, and no reply another. */
import { assertEquals } from "@std/assert";
import { type Fsync, Journal } from "../../src/journal/journal.ts";
import { DEFAULT_LIMITS } from "../../src/limits.ts";
import type { Connection, ConnectionEvents } from "../../src/runtime/runtime.ts";
import { DurableConnection } from "../../src/server/durable_connection.ts";
import { settle } from "../settle.ts";
import { FakeClock } from "../fake_clock.ts";
import { FakeDisk } from "../journal/fakes.ts";
import { Bench, report } from "../registry/bench.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

/** A socket that takes all at once, or nothing until it is told to. */
class FakeSocket implements Connection {
  readonly remote = { host: "127.0.0.1", port: 1 };
  /** What was asked of it, in order; writes as their texts. */
  readonly asked: string[] = [];
  unsentBytes = 0;
  isSlow = false;
  events: ConnectionEvents | undefined;

  start(events: ConnectionEvents): void {
    this.events = events;
  }
  write(bytes: Uint8Array): void {
    this.asked.push(new TextDecoder().decode(bytes));
    if (this.isSlow) this.unsentBytes += bytes.length;
  }
  pause(): void {
    this.asked.push("<pause>");
  }
  resume(): void {
    this.asked.push("<resume>");
  }
  end(): void {
    this.asked.push("<end>");
  }
  destroy(): void {
    this.asked.push("<destroy>");
    this.events?.closed(undefined);
  }
  /** All that was written has been taken. */
  drain(): void {
    this.unsentBytes = 0;
    this.events?.drained();
  }
}

/** A connection on a journal whose disk is slow, and whoever listens to it. */
class Desk {
  readonly disk = new FakeDisk();
  readonly clock = new FakeClock();
  readonly bench = new Bench();
  readonly socket = new FakeSocket();
  readonly heard: string[] = [];
  readonly journal: Journal;
  readonly connection: DurableConnection;
  onDrained: () => void = () => {};

  private constructor(fsync: Fsync) {
    this.journal = new Journal(
      {
        files: this.disk,
        clock: this.clock,
        limits: DEFAULT_LIMITS,
        registry: this.bench.registry,
        dir: "data",
        name: "A.journal",
        fsync,
        run: "0123456789abcdef0123456789abcdef",
        held: () => [],
        onEvent: () => {},
      },
      0,
      0,
    );
    this.connection = new DurableConnection(this.socket, this.journal);
    this.connection.start({
      received: (bytes) => void this.heard.push(new TextDecoder().decode(bytes)),
      drained: () => {
        this.heard.push("<drained>");
        this.onDrained();
      },
      ended: () => void this.heard.push("<ended>"),
      closed: (cause) => void this.heard.push(`<closed ${cause?.message}>`),
    });
  }

  static async open(fsync: Fsync = "always"): Promise<Desk> {
    const desk = new Desk(fsync);
    desk.clock.turn();
    await settle();
    desk.disk.holdsSyncs = true;
    return desk;
  }

  #time = 0;

  /** Stores a report and writes its acknowledgment. */
  acknowledge(text: string): void {
    this.bench.offer(report("kiwi", ++this.#time));
    this.connection.acknowledges();
    this.write(text);
  }

  write(text: string): void {
    this.connection.write(new TextEncoder().encode(text));
  }

  /** The turn ends, and what is committed then is on its way to the disk. */
  async turn(): Promise<void> {
    this.clock.turn();
    await settle();
  }

  /** The disk has the commit that is on its way. */
  async commit(): Promise<void> {
    await this.turn();
    this.disk.syncs.shift()?.succeed();
    await settle();
  }
}

test("what acknowledges nothing leaves at once", async () => {
  const desk = await Desk.open();
  desk.write("first");
  desk.write("second");
  assertEquals([desk.socket.asked, desk.clock.isIdle], [["first", "second"], true]);
});

test("an acknowledgment leaves with the commit that has its report", async () => {
  const desk = await Desk.open();
  desk.acknowledge("one");
  assertEquals([desk.socket.asked, desk.connection.unsentBytes], [[], 3]);
  await desk.turn();
  assertEquals(desk.socket.asked, []);
  await desk.commit();
  assertEquals([desk.socket.asked, desk.connection.unsentBytes], [["one"], 0]);
  desk.write("after");
  assertEquals(desk.socket.asked, ["one", "after"]);
});

test("no reply overtakes one that is held, and each leaves as early as that allows", async () => {
  const desk = await Desk.open();
  desk.write("a");
  desk.acknowledge("B");
  desk.write("c");
  await desk.turn();
  desk.write("d");
  desk.acknowledge("E");
  desk.write("f");
  assertEquals(desk.socket.asked, ["a"]);
  await desk.commit();
  assertEquals([desk.socket.asked.join(""), desk.connection.unsentBytes], ["aBcd", 2]);
  await desk.commit();
  assertEquals(desk.socket.asked.join(""), "aBcdEf");
});

test("whatever is written when, replies leave whole and in order, none before its commit, and all in the end", async () => {
  const aStep = fc.constantFrom("write", "acknowledge", "turn", "turn", "commit");
  await fc.assert(
    fc.asyncProperty(
      fc.array(aStep, { maxLength: 40 }),
      fc.constantFrom<Fsync[]>("always", "interval"),
      async (steps, fsync) => {
        const desk = await Desk.open(fsync);
        const written: string[] = [];
        let committed = 0;
        for (const [i, step] of steps.entries()) {
          if (step === "turn") await desk.turn();
          else if (step === "commit") await desk.commit();
          else {
            written.push(`${i} `.repeat(1 + i % 3));
            desk[step](written.at(-1)!);
          }
          const left = desk.socket.asked.join("");
          assertEquals(written.join("").startsWith(left), true);
          assertEquals(desk.connection.unsentBytes, written.join("").length - left.length);
          if (step === "acknowledge") assertEquals(left.length, committed);
          committed = left.length;
        }
        await desk.commit();
        await desk.commit();
        assertEquals(desk.socket.asked.join(""), written.join(""));
      },
    ),
  );
});

test("the end comes behind what is held", async () => {
  const desk = await Desk.open();
  desk.acknowledge("one");
  desk.connection.end();
  assertEquals(desk.socket.asked, []);
  await desk.commit();
  assertEquals(desk.socket.asked, ["one", "<end>"]);
  const other = await Desk.open();
  other.connection.end();
  assertEquals(other.socket.asked, ["<end>"]);
});

test("drained comes when nothing is held and the socket has taken all, and once", async () => {
  const desk = await Desk.open();
  desk.acknowledge("one");
  desk.socket.drain();
  assertEquals(desk.heard, [], "one is held");
  await desk.commit();
  assertEquals(desk.heard, ["<drained>"]);
  desk.socket.isSlow = true;
  desk.acknowledge("two");
  await desk.commit();
  assertEquals([desk.heard, desk.connection.unsentBytes], [["<drained>"], 3], "the socket has not taken it");
  desk.socket.drain();
  assertEquals(desk.heard, ["<drained>", "<drained>"]);
});

test("what a listener writes when it is drained is held as anything else", async () => {
  const desk = await Desk.open();
  desk.onDrained = () => {
    desk.onDrained = () => {};
    desk.acknowledge("two");
  };
  desk.acknowledge("one");
  await desk.commit();
  assertEquals(desk.socket.asked, ["one"]);
  await desk.commit();
  assertEquals([desk.socket.asked, desk.heard], [["one", "two"], ["<drained>", "<drained>"]]);
});

test("a listener that throws ends its connection, with the cause, and no other", async () => {
  const desk = await Desk.open();
  const socket = new FakeSocket();
  const other = new DurableConnection(socket, desk.journal);
  other.start({ received() {}, drained() {}, ended() {}, closed() {} });
  desk.onDrained = () => {
    throw new Error("a fault");
  };
  desk.acknowledge("one");
  other.acknowledges();
  other.write(new TextEncoder().encode("other"));
  await desk.commit();
  assertEquals(desk.socket.asked, ["one", "<destroy>"]);
  assertEquals(desk.heard, ["<drained>", "<closed a fault>"]);
  assertEquals(socket.asked, ["other"]);
});

test("after a connection is closed, by whom ever, nothing is written and nobody is told", async () => {
  for (const close of [(desk: Desk) => desk.connection.destroy(), (desk: Desk) => desk.socket.destroy()]) {
    const desk = await Desk.open();
    desk.acknowledge("one");
    await desk.turn();
    close(desk);
    assertEquals([desk.heard, desk.connection.unsentBytes], [["<closed undefined>"], 0]);
    await desk.commit();
    assertEquals([desk.socket.asked, desk.heard], [["<destroy>"], ["<closed undefined>"]]);
    assertEquals(desk.bench.held("kiwi"), report("kiwi", 1));
    assertEquals(
      desk.disk.text("data/A.journal"),
      `${report("kiwi", 1)}\n`,
      "the report is kept all the same",
    );
  }
});

test("what happens on the socket is told as it is, and reading is paused and resumed", async () => {
  const desk = await Desk.open();
  desk.acknowledge("one");
  desk.socket.events?.received(new TextEncoder().encode("hello"));
  desk.socket.events?.ended();
  desk.connection.pause();
  desk.connection.resume();
  desk.socket.events?.closed(new Error("broken"));
  assertEquals(desk.heard, ["hello", "<ended>", "<closed broken>"]);
  assertEquals(desk.socket.asked, ["<pause>", "<resume>"]);
  assertEquals(desk.connection.remote, desk.socket.remote);
});

test("while the journal is in trouble what acknowledges stays held, and asking goes on elsewhere", async () => {
  const desk = await Desk.open();
  desk.disk.failing.add("append");
  desk.acknowledge("one");
  desk.write("two");
  await desk.turn();
  const socket = new FakeSocket();
  const other = new DurableConnection(socket, desk.journal);
  other.write(new TextEncoder().encode("asked"));
  assertEquals([desk.socket.asked, socket.asked], [[], ["asked"]]);
  desk.disk.failing.clear();
  desk.clock.pass(DEFAULT_LIMITS.journalRetryMs);
  await desk.commit();
  assertEquals(desk.socket.asked, ["onetwo"]);
});
