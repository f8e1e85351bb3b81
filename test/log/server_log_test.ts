/** How records come from a server's traffic to its file: in batches, in order, none late and none lost. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import * as log from "@std/log";
import { LimitHits } from "../../src/limit_hits.ts";
import { DEFAULT_LIMITS } from "../../src/limits.ts";
import { BATCH_BYTES, NO_LOG, TrafficRecorder } from "../../src/log/server_log.ts";
import { type LogOptions, type ProcessLog, setupLog } from "../../src/log/setup.ts";
import type { Instant, LogFiles } from "../../src/runtime/runtime.ts";
import { FakeClock } from "../fake_clock.ts";
import { test } from "../runner.ts";

const NOW: Instant = { seconds: 1_795_426_914, nanos: 455_291_999 };
const TIME = "2026-11-23T09:41:54.455291Z";
const PEER = bytesOf("127.0.0.1:5000");
const DELAY_MS = 25;

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

interface Bench {
  readonly clock: FakeClock;
  readonly recorder: TrafficRecorder;
  readonly batches: readonly string[];
  receive(text: string): void;
}

function makeBench(): Bench {
  const clock = new FakeClock(NOW);
  const batches: string[] = [];
  const recorder = new TrafficRecorder(clock, DELAY_MS, (records) => {
    batches.push(new TextDecoder().decode(records));
  });
  const receive = (text: string) => {
    const bytes = bytesOf(text);
    recorder.lines(NOW, PEER, "<", bytes, 0, bytes.length);
  };
  return { clock, recorder, batches, receive };
}

const record = (sign: string, text: string) => `${TIME} 127.0.0.1:5000 ${sign} ${text}\n`;

test("records of all kinds go on in one batch, in their order, once the delay is over", () => {
  const { clock, recorder, batches, receive } = makeBench();
  receive("IAMAT kiwi\nIAMAT mango\n");
  recorder.message(NOW, PEER, ">", bytesOf("AT x\n{}\n\n"));
  recorder.event("Hands", "+", "link up");
  recorder.event("", "!", "started\n");
  clock.pass(DELAY_MS - 1);
  assertEquals(batches, []);
  clock.pass(1);
  assertEquals(batches, [[
    record("<", "IAMAT kiwi"),
    record("<", "IAMAT mango"),
    record(">", "AT x\\n{}\\n\\n"),
    `${TIME} Hands + link up\n`,
    `${TIME}  ! started\\n\n`,
  ].join("")]);
});

test("the first record of a batch sets its time, and each batch is handed on once", () => {
  const { clock, batches, receive } = makeBench();
  receive("one\n");
  clock.pass(DELAY_MS - 1);
  receive("two\n");
  assertEquals(clock.pending, 1);
  clock.pass(1);
  receive("three\n");
  assertEquals(batches, [record("<", "one") + record("<", "two")]);
  clock.pass(DELAY_MS);
  clock.pass(10 * DELAY_MS);
  assertEquals(batches.slice(1), [record("<", "three")]);
  assertEquals(clock.pending, 0);
});

test("a large batch does not wait", () => {
  const { clock, batches, receive } = makeBench();
  receive("small\n");
  receive("x".repeat(BATCH_BYTES));
  assertEquals(batches, [record("<", "small") + record("<", "x".repeat(BATCH_BYTES))]);
  receive("later\n");
  clock.pass(DELAY_MS);
  assertEquals(batches.slice(1), [record("<", "later")]);
});

test("a flush hands on what there is, and nothing where there is nothing", () => {
  const { clock, recorder, batches, receive } = makeBench();
  recorder.flush();
  assertEquals(batches, []);
  receive("one\n");
  recorder.flush();
  recorder.flush();
  assertEquals(batches, [record("<", "one")]);
  clock.pass(DELAY_MS);
  assertEquals(batches.length, 1);
  receive("two\n");
  clock.pass(DELAY_MS);
  assertEquals(batches.slice(1), [record("<", "two")]);
});

test("much traffic is handed on in whole records, none twice, none left out", () => {
  const { clock, recorder, batches, receive } = makeBench();
  const expected: string[] = [];
  for (let i = 0; i < 5_000; i++) {
    receive(`line ${i} ${"~".repeat(i % 100)}\n`);
    expected.push(record("<", `line ${i} ${"~".repeat(i % 100)}`));
    if (i % 700 === 0) clock.pass(DELAY_MS);
  }
  recorder.flush();
  assertEquals(batches.join("") === expected.join(""), true);
  assertEquals(batches.every((batch) => batch.endsWith("\n")), true);
});

test("a log that goes nowhere takes everything", () => {
  NO_LOG.lines(NOW, PEER, "<", bytesOf("x\n"), 0, 2);
  NO_LOG.message(NOW, PEER, ">", bytesOf("x\n"));
  assertEquals(NO_LOG.event("error", "Hands", "!", "x"), undefined);
});

// -------------------------------------------------------------------------------------- the log of a process

/** A disk in memory. */
class FakeFiles implements LogFiles {
  readonly folders: string[] = [];
  readonly contents = new Map<string, string>();
  isFull = false;
  cannotOpen = false;

  openAppend(path: string) {
    if (this.cannotOpen) throw new Error("permission denied");
    const appendSync = (bytes: Uint8Array) => {
      if (this.isFull) throw new Error("no space left on device");
      this.contents.set(path, (this.contents.get(path) ?? "") + new TextDecoder().decode(bytes));
    };
    return { file: { appendSync, close() {} }, sizeBytes: 0 };
  }

  remove(): Promise<void> {
    return Promise.reject(new Error("there is none"));
  }

  renameSync(): void {
    throw new Error("nothing here is that large");
  }

  makeDir(path: string): void {
    this.folders.push(path);
  }
}

interface ProcessBench {
  readonly files: FakeFiles;
  readonly clock: FakeClock;
  readonly log: ProcessLog;
}

const OPTIONS = {
  server: "Goloman",
  dir: "some/log",
  level: "info",
  isColored: false,
  limits: DEFAULT_LIMITS,
  show: () => Promise.resolve(),
} as const;

/** Runs `fn` with a log that is set up, and returns the lines that it has shown on the console. */
async function consoleOf(options: Partial<LogOptions>, fn: (bench: ProcessBench) => void): Promise<string[]> {
  let shown = "";
  const show = (text: string) => {
    shown += text;
    return Promise.resolve();
  };
  try {
    const files = new FakeFiles();
    const clock = new FakeClock(NOW);
    const log = setupLog(clock, files, { ...OPTIONS, show, limitHits: new LimitHits(), ...options });
    fn({ files, clock, log });
    await log.close();
  } finally {
    log.setup({});
  }
  return shown.split("\n").slice(0, -1);
}

function logEverything({ lines, message, event }: ProcessLog): void {
  lines(NOW, PEER, "<", bytesOf("IAMAT kiwi\n"), 0, 11);
  message(NOW, PEER, ">", bytesOf("AT x\n\n"));
  event("debug", "127.0.0.1:5000", "+", "session opened");
  event("info", "", "!", "started");
  event("warn", "Hands", "!", "stray");
  event("error", "", "!", "broken");
}

test("the file gets everything, in a folder that is made for it", async () => {
  await consoleOf({}, ({ files, clock, log }) => {
    assertEquals(files.folders, ["some/log"]);
    logEverything(log);
    assertEquals(files.contents.size, 0);
    clock.pass(DELAY_MS);
    assertEquals(Object.fromEntries(files.contents), {
      "some/log/Goloman.log": [
        record("<", "IAMAT kiwi"),
        record(">", "AT x\\n\\n"),
        record("+", "session opened"),
        `${TIME}  ! started\n`,
        `${TIME} Hands ! stray\n`,
        `${TIME}  ! broken\n`,
      ].join(""),
    });
    log.event("debug", "", "!", "the last");
    log.flush();
    assertStringIncludes(files.contents.get("some/log/Goloman.log") ?? "", " ! the last\n");
  });
});

test("the console gets events of its level and above, and no traffic", async () => {
  const all = ["127.0.0.1:5000: session opened", "started", "Hands: stray", "broken"];
  for (const dir of ["some/log", undefined]) {
    for (const [skipped, level] of (["debug", "info", "warn", "error"] as const).entries()) {
      const printed = await consoleOf({ level, dir }, ({ log, files }) => {
        logEverything(log);
        log.flush();
        assertEquals(files.contents.size, dir === undefined ? 0 : 1);
      });
      assertEquals(printed.length, all.length - skipped);
      printed.forEach((line, i) => assertStringIncludes(line, `Goloman: ${all[skipped + i]}`));
    }
  }
});

test("a line for the console alone stands in its place among the others, bare and at every level", async () => {
  const printed = await consoleOf({ level: "error" }, ({ log, files }) => {
    log.event("error", "", "!", "before");
    log.print("Goloman listens");
    log.event("error", "", "!", "behind");
    log.flush();
    assert(!(files.contents.get("some/log/Goloman.log") ?? "").includes("listens"));
  });
  assertEquals(printed.map((line) => line.split(" ").at(-1)), ["before", "listens", "behind"]);
  assertEquals(printed[1], "Goloman listens");
});

test("without a folder no file is touched", async () => {
  await consoleOf({ dir: undefined }, ({ files, clock, log }) => {
    logEverything(log);
    log.flush();
    assertEquals([files.folders, files.contents.size, clock.pending], [[], 0, 0]);
  });
});

test("what peers say reaches no terminal as it is", async () => {
  const [line] = await consoleOf(
    {},
    ({ log }) => log.event("warn", "Ha\x07nds", "!", "a\x1b[2J\r\nb\x9bc\x7f é"),
  );
  assert(line !== undefined);
  assertStringIncludes(line, "Goloman: Ha\\x07nds: a\\x1b[2J\\x0d\\x0ab\\x9bc\\x7f é");
});

test("a disk that is full is told of once, and once more when it is not", async () => {
  const printed = await consoleOf({}, ({ files, log }) => {
    files.isFull = true;
    for (let i = 0; i < 5; i++) {
      log.lines(NOW, PEER, "<", bytesOf("lost\n"), 0, 5);
      log.flush();
    }
    files.isFull = false;
    for (let i = 0; i < 5; i++) {
      log.lines(NOW, PEER, "<", bytesOf("kept\n"), 0, 5);
      log.flush();
    }
    assertEquals(files.contents.get("some/log/Goloman.log"), record("<", "kept").repeat(5));
  });
  assertEquals(printed.length, 2);
  assertStringIncludes(printed[0] ?? "", "no space left on device");
  assertStringIncludes(printed[1] ?? "", "can be written again");
});

test("a log file that cannot be opened is an error at the start", () => {
  const files = new FakeFiles();
  files.cannotOpen = true;
  const options: LogOptions = { ...OPTIONS, limitHits: new LimitHits() };
  assertThrows(() => setupLog(new FakeClock(NOW), files, options), Error, "permission denied");
});
