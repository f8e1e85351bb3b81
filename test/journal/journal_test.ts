/** The journal: when what was acknowledged may leave, what a failing disk changes of it, and how it is rewritten. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type Fsync, FSYNC_MODES, Journal, type JournalEvent } from "../../src/journal/journal.ts";
import { DEFAULT_LIMITS, type Limits } from "../../src/limits.ts";
import { settle } from "../settle.ts";
import { Bench, report } from "../registry/bench.ts";
import { test } from "../runner.ts";
import { FakeClock } from "../fake_clock.ts";
import { FakeDisk } from "./fakes.ts";

const PATH = "data/A.journal";
const RUN = "0123456789abcdef0123456789abcdef";
const RETRY_MS = DEFAULT_LIMITS.journalRetryMs;

interface Options {
  readonly fsync?: Fsync;
  readonly limits?: Partial<Limits>;
  readonly batchBytes?: number;
  /** What was in the journal, and is in the registry. */
  readonly lines?: readonly string[];
  readonly disk?: FakeDisk;
}

/** A journal on a disk in memory, and what a test says to it. */
class Desk {
  readonly disk: FakeDisk;
  readonly clock = new FakeClock();
  readonly bench = new Bench();
  readonly events: JournalEvent[] = [];
  readonly journal: Journal;
  /** Names of replies that have left, in order. */
  readonly left: string[] = [];

  constructor(
    { fsync = "always", limits = {}, batchBytes, lines = [], disk = new FakeDisk() }: Options = {},
  ) {
    this.disk = disk;
    if (lines.length > 0) disk.put(PATH, textOf(lines));
    for (const line of lines) this.bench.offer(line);
    const wholeBytes = textOf(lines).length;
    this.journal = new Journal(
      {
        files: disk,
        clock: this.clock,
        limits: { ...DEFAULT_LIMITS, ...limits },
        registry: this.bench.registry,
        dir: "data",
        name: "A.journal",
        fsync,
        run: RUN,
        held: () => [],
        ...(batchBytes === undefined ? {} : { batchBytes }),
        onEvent: (event) => void this.events.push(event),
      },
      wholeBytes,
      wholeBytes,
    );
  }

  /** Stores reports of clients. */
  offer(...lines: readonly string[]): void {
    for (const line of lines) this.bench.offer(line);
  }

  /** A reply that acknowledges all that was offered, and leaves when it may. */
  reply(name: string): void {
    const { lastSeq } = this.journal;
    const leave = () => void this.left.push(name);
    if (!this.journal.holds(lastSeq)) return leave();
    const waiter = {
      committed: (seq: number) => seq >= lastSeq ? leave() : this.journal.wait(waiter),
    };
    this.journal.wait(waiter);
  }

  /** Turns of the event loop, until nothing is left to do that waits for nothing else. */
  async turns(): Promise<void> {
    for (let turn = 0; turn === 0 || !this.clock.isIdle; turn++) {
      assert(turn < 10_000, "it spins");
      this.clock.turn();
      await settle();
    }
  }

  async pass(ms: number): Promise<void> {
    this.clock.pass(ms);
    await this.turns();
  }

  get kinds(): string[] {
    return this.events.map(({ kind }) => kind);
  }

  get text(): string | undefined {
    return this.disk.text(PATH);
  }
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

const A = report("a", 1), B = report("b", 1), C = report("c", 1);

test("always: a reply leaves when its report has come to the disk, and not before", async () => {
  const desk = new Desk();
  await desk.turns();
  desk.disk.holdsSyncs = true;
  desk.offer(A);
  desk.reply("a");
  assertEquals([desk.text, desk.left], ["", []], "nothing within the turn");
  await desk.turns();
  assertEquals([desk.text, desk.left, desk.disk.syncs.length], [textOf([A]), [], 1]);
  desk.disk.syncs.shift()?.succeed();
  await settle();
  assertEquals(desk.left, ["a"]);
});

test("always: while one commit is on its way the next gathers, and all of it is one", async () => {
  const desk = new Desk();
  await desk.turns();
  desk.disk.holdsSyncs = true;
  desk.offer(A);
  desk.reply("a");
  await desk.turns();
  for (let i = 0; i < 20; i++) {
    desk.offer(report("b", i));
    desk.reply(`b${i}`);
    await desk.turns();
  }
  desk.reply("a again");
  assertEquals([desk.text, desk.disk.syncs.length], [textOf([A]), 1]);
  desk.disk.syncs.shift()?.succeed();
  await desk.turns();
  assertEquals([desk.left, desk.disk.syncs.length], [["a"], 1]);
  assertEquals(desk.text, textOf([A, report("b", 19)]), "the newest of what gathered");
  desk.disk.syncs.shift()?.succeed();
  await desk.turns();
  assertEquals(desk.left.length, 22);
  assertEquals(desk.disk.syncs, []);
});

test("always: what a reply acknowledges that has come to the disk waits for nothing", async () => {
  const desk = new Desk();
  desk.offer(A);
  await desk.turns();
  await desk.pass(0);
  desk.journal.changed();
  await desk.turns();
  desk.disk.holdsSyncs = true;
  desk.reply("a again");
  assertEquals(desk.left, ["a again"]);
  desk.offer(B);
  desk.reply("b");
  await desk.turns();
  assertEquals(desk.journal.holds(desk.journal.lastSeq - 1), false);
  assertEquals(desk.left, ["a again"]);
});

test("always: what an earlier life left is brought to the disk before it is acknowledged again", async () => {
  const desk = new Desk({ lines: [A] });
  desk.disk.holdsSyncs = true;
  desk.reply("a again");
  await desk.turns();
  assertEquals([desk.left, desk.disk.syncs.length], [[], 1]);
  desk.disk.syncs.shift()?.succeed();
  await settle();
  assertEquals([desk.left, desk.text], [["a again"], textOf([A])]);
});

test("always: a neighbor's report is journaled too, though nobody waits", async () => {
  const desk = new Desk();
  await desk.turns();
  desk.offer(A);
  desk.journal.changed();
  await desk.turns();
  assertEquals(desk.disk.durableTexts(PATH)[1], textOf([A]));
  // Also what comes while a commit is on its way.
  desk.disk.holdsSyncs = true;
  for (const line of [B, C]) {
    desk.offer(line);
    desk.journal.changed();
    await desk.turns();
  }
  assertEquals(desk.text, textOf([A, B]));
  desk.disk.syncs.shift()?.succeed();
  await settle();
  await desk.turns();
  assertEquals(desk.text, textOf([A, B, C]));
});

for (const fsync of ["interval", "never"] as const) {
  test(`${fsync}: a reply leaves at the end of the turn, once its report is in the file`, () => {
    const desk = new Desk({ fsync });
    desk.disk.holdsSyncs = true;
    desk.offer(A);
    desk.reply("a");
    assertEquals(desk.left, []);
    desk.clock.turn();
    assertEquals([desk.text, desk.left, desk.disk.syncs], [textOf([A]), ["a"], []]);
  });
}

test("interval: what was appended is brought to the disk once a second, one at a time", async () => {
  const desk = new Desk({ fsync: "interval" });
  desk.disk.holdsSyncs = true;
  desk.offer(A);
  desk.reply("a");
  await desk.pass(DEFAULT_LIMITS.fsyncMs - 1);
  assertEquals(desk.disk.syncs.length, 0);
  await desk.pass(1);
  assertEquals(desk.disk.syncs.length, 1);
  for (const line of [B, C]) {
    desk.offer(line);
    desk.reply(line);
    await desk.pass(DEFAULT_LIMITS.fsyncMs);
  }
  assertEquals(desk.disk.syncs.length, 1, "a slow disk is not asked again");
  assertEquals(desk.left, ["a", B, C], "and nobody waits for it");
  desk.disk.syncs.shift()?.succeed();
  await settle();
  await desk.pass(DEFAULT_LIMITS.fsyncMs);
  desk.disk.syncs.shift()?.succeed();
  await settle();
  assertEquals(desk.disk.durableTexts(PATH)[1], textOf([A, B, C]));
  await desk.pass(5 * DEFAULT_LIMITS.fsyncMs);
  assertEquals(desk.disk.syncs.length, 0, "there is nothing new to bring");
});

test("never: nothing is brought to the disk before the end", async () => {
  const desk = new Desk({ fsync: "never" });
  desk.offer(A);
  desk.reply("a");
  await desk.pass(60_000);
  assertEquals(desk.disk.durableTexts(PATH)[1], "");
  await desk.journal.close();
  assertEquals(desk.disk.durableTexts(PATH)[1], textOf([A]));
});

test("always: a full disk acknowledges nothing, and what it tore is cut before it goes on", async () => {
  const desk = new Desk({ lines: [A] });
  await desk.turns();
  desk.disk.failing.add("append");
  desk.disk.appendedBeforeFailure = 10;
  desk.offer(B);
  desk.reply("b");
  await desk.turns();
  assertEquals([desk.journal.refuses, desk.left, desk.kinds], [true, [], ["trouble"]]);
  assertEquals(desk.text, `${textOf([A])}HERD/1 RUN`);
  // It is tried again, and said once.
  await desk.pass(RETRY_MS);
  await desk.pass(RETRY_MS);
  assertEquals([desk.kinds, desk.journal.counters.journalFailures], [["trouble"], 3]);
  assertEquals(desk.text, `${textOf([A])}HERD/1 RUN`);
  // Neighbors go on, and only the newest of theirs is kept for later.
  desk.offer(report("b", 2), report("c", 1), report("c", 2));
  desk.journal.changed();
  await desk.turns();
  // While what was torn cannot be cut, nothing is written behind it.
  desk.disk.failing.clear();
  desk.disk.failing.add("truncate");
  await desk.pass(RETRY_MS);
  assertEquals([desk.text, desk.journal.refuses], [`${textOf([A])}HERD/1 RUN`, true]);
  desk.disk.failing.clear();
  desk.disk.holdsSyncs = true;
  await desk.pass(RETRY_MS);
  assertEquals([desk.journal.refuses, desk.kinds, desk.left], [false, ["trouble", "healed"], []]);
  assertEquals(desk.text, textOf([A, report("b", 2), report("c", 2)]));
  desk.disk.syncs.shift()?.succeed();
  await settle();
  assertEquals(desk.left, ["b"]);
});

for (const fsync of ["interval", "never"] as const) {
  test(`${fsync}: on a full disk replies leave, and once it has room all is journaled`, async () => {
    const desk = new Desk({ fsync });
    desk.disk.failing.add("append");
    desk.offer(A);
    desk.reply("a");
    await desk.turns();
    assertEquals([desk.left, desk.kinds, desk.journal.refuses], [["a"], ["trouble"], false]);
    for (let i = 0; i < 5; i++) {
      desk.offer(report("b", i));
      desk.reply(`b${i}`);
    }
    assertEquals(desk.left.length, 6, "at once");
    desk.disk.failing.clear();
    await desk.pass(RETRY_MS);
    assertEquals([desk.text, desk.kinds], [textOf([A, report("b", 4)]), ["trouble", "healed"]]);
    desk.offer(C);
    desk.reply("c");
    assertEquals(desk.left.length, 6, "after it is healed replies wait again");
    await desk.turns();
    assertEquals(desk.left.at(-1), "c");
  });
}

test("interval: what was written before the disk was full still comes to the disk", async () => {
  const desk = new Desk({ fsync: "interval" });
  desk.offer(A);
  desk.reply("a");
  await desk.turns();
  desk.disk.failing.add("append");
  desk.offer(B);
  desk.reply("b");
  await desk.turns();
  await desk.pass(DEFAULT_LIMITS.fsyncMs);
  assertEquals(desk.disk.durableTexts(PATH)[1], textOf([A]));
});

for (const fsync of ["always", "interval"] as const) {
  test(`${fsync}: after a failed sync the journal is written into a new file`, async () => {
    const desk = new Desk({ fsync, lines: [A, report("a", 2)] });
    await desk.turns();
    desk.disk.failing.add("sync");
    desk.offer(B);
    desk.reply("b");
    await desk.pass(DEFAULT_LIMITS.fsyncMs);
    assertEquals(desk.kinds, ["trouble"]);
    assertEquals(desk.left, fsync === "always" ? [] : ["b"]);
    desk.offer(C);
    desk.journal.changed();
    desk.disk.failing.clear();
    await desk.pass(RETRY_MS);
    assertEquals(desk.kinds, ["trouble", "rewritten", "healed"]);
    assertEquals(desk.disk.durableTexts(PATH), Array(2).fill(textOf([report("a", 2), B, C])));
    assertEquals([desk.left, desk.disk.paths, desk.disk.openFiles], [["b"], [PATH], 1]);
  });
}

test("always: while a new file cannot be made nothing is acknowledged, and it is tried again", async () => {
  const desk = new Desk();
  await desk.turns();
  desk.disk.failing.add("sync");
  desk.offer(A);
  desk.reply("a");
  await desk.turns();
  for (const failing of ["open", "append", "sync", "rename", "syncDir"] as const) {
    desk.disk.failing.clear();
    desk.disk.failing.add(failing);
    await desk.pass(RETRY_MS);
    assertEquals([desk.journal.refuses, desk.left], [true, []], failing);
  }
  desk.disk.failing.clear();
  await desk.pass(RETRY_MS);
  assertEquals([desk.journal.refuses, desk.left], [false, ["a"]]);
  assertEquals([desk.kinds.at(-1), desk.kinds.filter((kind) => kind === "trouble").length], ["healed", 1]);
  assertEquals([desk.disk.durableTexts(PATH)[0], desk.disk.openFiles], [textOf([A]), 1]);
});

// --------------------------------------------------------------------------------------------------- rewriting

const SMALL: Partial<Limits> = { journalBytes: 1_000 };

/** Superseded reports of one client, until there are more bytes of them than the limit. */
async function grow(desk: Desk, from = 0): Promise<void> {
  for (let i = from; i < from + 30; i++) {
    desk.offer(report("a", i));
    desk.reply(`a${i}`);
    await desk.turns();
  }
}

for (const fsync of FSYNC_MODES) {
  test(`${fsync}: a journal that has outgrown what it holds is rewritten`, async () => {
    const desk = new Desk({ fsync, limits: SMALL, lines: [B] });
    await grow(desk);
    const event = desk.events[0];
    assert(event?.kind === "rewritten");
    assert(event.fromBytes > 1_000 && event.toBytes < 200);
    assertEquals([desk.disk.paths, desk.disk.openFiles], [[PATH], 1]);
    assert((desk.text?.length ?? 0) < 1_000);
    assertEquals(desk.text?.startsWith(textOf([B])), true);
    assertEquals(desk.text?.endsWith(textOf([report("a", 29)])), true);
    assertEquals(desk.left.length, 30);
    assertEquals(desk.journal.counters.journalRewrites, 1);
  });
}

test("a journal of which nothing is superseded is not rewritten, whatever its limit", async () => {
  const desk = new Desk({ limits: { journalBytes: 0 } });
  desk.reply("nothing");
  await desk.turns();
  desk.journal.changed();
  await desk.turns();
  assertEquals(desk.events, []);
  const rewritten = desk.journal.rewrite();
  await desk.turns();
  await rewritten;
  assertEquals(desk.kinds, ["rewritten"], "once, where it was asked for");
});

test("replies leave while a rewrite is under way, and what changes meanwhile is in the new file", async () => {
  const lines = Array.from({ length: 50 }, (_, i) => report(`c${i}`));
  const desk = new Desk({ limits: SMALL, batchBytes: 300, lines });
  void desk.journal.rewrite();
  for (let i = 0; i < 100 && desk.kinds.length === 0; i++) {
    desk.offer(report("a", i), report("c7", 100 + i));
    desk.reply(`a${i}`);
    desk.clock.turn();
    await settle();
    assertEquals(desk.left.length, i + 1, "each reply leaves in its turn");
  }
  assertEquals(desk.kinds, ["rewritten"]);
  await desk.turns();
  assertEquals(linesOf(desk), desk.bench.lines());
});

test("a rewrite comes to its end though more changes in each turn than it copies", async () => {
  for (const inTrouble of [false, true]) {
    const lines = Array.from({ length: 300 }, (_, i) => report(`c${i}`));
    const desk = new Desk({ fsync: "interval", batchBytes: 100, lines });
    await desk.turns();
    if (inTrouble) {
      desk.disk.failing.add("sync");
      await desk.pass(DEFAULT_LIMITS.fsyncMs);
      desk.disk.failing.clear();
      desk.clock.pass(RETRY_MS);
    } else {
      void desk.journal.rewrite();
    }
    for (let turn = 0; turn < 200 && !desk.kinds.includes("rewritten"); turn++) {
      for (let i = 0; i < 20; i++) desk.offer(report(`c${(turn * 20 + i) % 300}`, 2 + turn));
      desk.journal.changed();
      desk.clock.turn();
      await settle();
    }
    assertEquals(desk.kinds, inTrouble ? ["trouble", "rewritten", "healed"] : ["rewritten"]);
    await desk.turns();
    assertEquals(linesOf(desk), desk.bench.lines());
  }
});

test("a new file that is ready while a commit is on its way to the disk becomes the journal after it", async () => {
  const desk = new Desk({ lines: [A] });
  await desk.turns();
  desk.disk.holdsSyncs = true;
  desk.offer(B);
  desk.reply("b");
  await desk.turns();
  const rewriting = desk.journal.rewrite();
  await desk.turns();
  const [commit, copy] = desk.disk.syncs;
  copy?.succeed();
  await desk.turns();
  commit?.succeed();
  desk.disk.holdsSyncs = false;
  await desk.turns();
  for (const sync of desk.disk.syncs.slice(2)) sync.succeed();
  await desk.turns();
  await rewriting;
  assertEquals([desk.kinds, desk.left], [["rewritten"], ["b"]]);
});

test("what changes while a new file comes to the disk is copied before replies wait for it, if it is much", async () => {
  const desk = new Desk({ lines: [A] });
  await desk.turns();
  desk.disk.holdsSyncs = true;
  const synced: (string | undefined)[] = [];
  desk.disk.onSync = (path) => {
    synced.push(path);
    return () => {};
  };
  void desk.journal.rewrite();
  assertEquals(synced, [`${PATH}.new`]);
  for (let i = 0; i < 20_000; i++) desk.offer(report("b", i));
  desk.disk.syncs.shift()?.succeed();
  await settle();
  assertEquals(synced, [`${PATH}.new`, `${PATH}.new`]);
  // Now it is little: the commit that it rides on is the one that replies wait for.
  desk.offer(C);
  desk.reply("c");
  desk.disk.syncs.shift()?.succeed();
  await settle();
  await desk.turns();
  assertEquals([desk.left, synced.length], [[], 3]);
  desk.disk.syncs.shift()?.succeed();
  await desk.turns();
  assertEquals([desk.left, desk.kinds], [["c"], ["rewritten"]]);
  assertEquals(desk.disk.durableTexts(PATH), Array(2).fill(textOf([A, report("b", 19_999), C])));
});

test("a rewrite that fails leaves the old journal going on, and is tried when it has grown as much again", async () => {
  for (const failing of ["open", "rename"] as const) {
    const desk = new Desk({ limits: SMALL });
    desk.disk.failing.add(failing);
    await grow(desk);
    assertEquals(desk.kinds, ["not-rewritten"], failing);
    assertEquals([desk.left.length, desk.journal.refuses, desk.disk.openFiles], [30, false, 1]);
    assertEquals(desk.text, textOf(Array.from({ length: 30 }, (_, i) => report("a", i))));
    desk.disk.failing.clear();
    await grow(desk, 100);
    assertEquals(desk.kinds, ["not-rewritten", "rewritten"]);
    assertEquals(desk.left.length, 60);
  }
});

test("where a disk is too full for two journals, the old one goes on and the new one gives back its room", async () => {
  const desk = new Desk({ limits: SMALL, lines: [B] });
  await desk.turns();
  desk.disk.holdsSyncs = true;
  void desk.journal.rewrite().catch(() => {});
  assertEquals(desk.disk.text(`${PATH}.new`), textOf([B]), "it is under way");
  desk.disk.failing.add("append");
  desk.offer(A);
  desk.reply("a");
  await desk.turns();
  assertEquals([desk.kinds, desk.journal.refuses], [["trouble"], true]);
  assertEquals(desk.disk.text(`${PATH}.new`), "");
  desk.disk.failing.clear();
  desk.disk.holdsSyncs = false;
  await desk.pass(RETRY_MS);
  assertEquals([desk.left, desk.journal.refuses, desk.disk.openFiles], [["a"], false, 1]);
  for (let i = 0; i < 10; i++) {
    desk.offer(report("a", 2 + i));
    desk.reply("more");
    await desk.turns();
  }
  assertEquals(desk.kinds.includes("rewritten"), false, "it is not tried again at once");
});

test("a rewrite that was asked for says whether it succeeded", async () => {
  for (const failing of [undefined, "open", "append", "sync", "rename", "syncDir"] as const) {
    const desk = new Desk({ lines: [A, report("a", 2)] });
    await desk.turns();
    if (failing !== undefined) desk.disk.failing.add(failing);
    const rewriting = desk.journal.rewrite();
    if (failing !== undefined) rewriting.catch(() => {});
    await desk.turns();
    if (failing === undefined) await rewriting;
    else await assertRejects(() => rewriting, Error);
  }
});

// ------------------------------------------------------------------------------------------- beginning and end

test("what stands behind the whole records is cut when the journal is opened", async () => {
  const disk = new FakeDisk();
  disk.put(PATH, `${textOf([A])}AT torn`);
  const bench = new Bench();
  bench.offer(A);
  const options = {
    files: disk,
    clock: new FakeClock(),
    limits: DEFAULT_LIMITS,
    registry: bench.registry,
    dir: "data",
    name: "A.journal",
    fsync: "always" as const,
    run: RUN,
    held: () => [],
    onEvent: () => {},
  };
  for (const failing of ["open", "truncate"] as const) {
    disk.failing.add(failing);
    assertThrows(() => new Journal(options, textOf([A]).length, 0), Error);
    assertEquals(disk.text(PATH), `${textOf([A])}AT torn`, failing);
    disk.failing.clear();
  }
  await new Journal(options, textOf([A]).length, 0).close();
  assertEquals(disk.text(PATH), textOf([A]));
});

for (const fsync of FSYNC_MODES) {
  test(`${fsync}: at its end a journal has everything, on the disk`, async () => {
    const desk = new Desk({ fsync, lines: [A] });
    desk.offer(B);
    desk.reply("b");
    desk.offer(C);
    await desk.journal.close();
    await desk.turns();
    assertEquals(desk.disk.durableTexts(PATH)[1], textOf([A, B, C]));
    assertEquals([desk.disk.openFiles, desk.disk.paths], [0, [PATH]]);
    await desk.pass(60_000);
  });
}

test("an end waits for the commit that is on its way, and gives up a rewrite", async () => {
  const desk = new Desk({ batchBytes: 100, lines: Array.from({ length: 9 }, (_, i) => report(`c${i}`)) });
  await desk.turns();
  desk.disk.holdsSyncs = true;
  void desk.journal.rewrite().catch(() => {});
  desk.offer(A);
  desk.reply("a");
  desk.clock.turn();
  assertEquals(desk.disk.syncs.length, 1);
  desk.offer(B);
  const closed = desk.journal.close();
  await settle();
  assertEquals(desk.left, []);
  desk.disk.holdsSyncs = false;
  desk.disk.syncs.shift()?.succeed();
  await closed;
  await desk.turns();
  assertEquals([desk.left, desk.disk.openFiles, desk.disk.paths], [["a"], 0, [PATH]]);
  assertEquals(linesOf(desk), desk.bench.lines());
});

test("an end on a disk that fails says so, acknowledges nothing, and is an end", async () => {
  for (const failing of ["append", "sync"] as const) {
    const desk = new Desk();
    await desk.turns();
    desk.disk.failing.add(failing);
    desk.offer(A);
    desk.reply("a");
    await desk.journal.close();
    await desk.turns();
    assertEquals([desk.kinds, desk.left, desk.disk.openFiles], [["trouble"], [], 0], failing);
  }
});

/** What the journal's text says, as a server would read it. */
function linesOf(desk: Desk): string[] {
  const bench = new Bench();
  for (const line of (desk.text ?? "").split("\n").slice(0, -1)) bench.offer(line);
  return bench.lines();
}
