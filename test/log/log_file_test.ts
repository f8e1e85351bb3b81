/** The log file: rotated by size, and a disk that fails costs records, never the server. */
import { assert, assertEquals, assertLessOrEqual, assertThrows } from "@std/assert";
import { LimitHits } from "../../src/limit_hits.ts";
import { LogFile } from "../../src/log/log_file.ts";
import { type AppendFile, FileNotFoundError, type LogFiles } from "../../src/runtime/runtime.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

const PATH = "log/Goloman.log";

/** A disk in memory that fails when it is told to. As on a real one, an open file goes with its new name. */
class FakeFiles implements LogFiles {
  readonly contents = new Map<string, { text: string }>();
  /** What fails, and with what. */
  readonly failing: { append?: Error; open?: Error; rename?: Error; renameOf?: string } = {};
  opened = 0;
  closed = 0;

  openAppend(path: string): { file: AppendFile; sizeBytes: number } {
    if (this.failing.open !== undefined) throw this.failing.open;
    const content = this.contents.get(path) ?? { text: "" };
    this.contents.set(path, content);
    this.opened++;
    let isOpen = true;
    const file: AppendFile = {
      appendSync: (bytes) => {
        if (!isOpen) throw new Error("bad file descriptor");
        if (this.failing.append !== undefined) throw this.failing.append;
        content.text += new TextDecoder().decode(bytes);
      },
      close: () => {
        if (!isOpen) throw new Error("bad file descriptor");
        isOpen = false;
        this.closed++;
      },
    };
    return { file, sizeBytes: content.text.length };
  }

  renameSync(from: string, to: string): void {
    const { rename, renameOf = from } = this.failing;
    if (rename !== undefined && renameOf === from) throw rename;
    const content = this.contents.get(from);
    if (content === undefined) throw new FileNotFoundError(from);
    this.contents.delete(from);
    this.contents.set(to, content);
  }

  remove(path: string): Promise<void> {
    return this.contents.delete(path) ? Promise.resolve() : Promise.reject(new Error(`there is no ${path}`));
  }

  makeDir(): void {}

  textOf(path: string): string | undefined {
    return this.contents.get(path)?.text;
  }

  /** All files, by their names. */
  all(): Record<string, string> {
    return Object.fromEntries(Array.from(this.contents, ([path, { text }]) => [path, text]));
  }

  /** All that is kept, oldest first. */
  history(): string {
    const age = (path: string) => Number(/\.(\d+)$/.exec(path)?.[1] ?? 0);
    return [...this.contents].toSorted(([a], [b]) => age(b) - age(a)).map(([, { text }]) => text).join("");
  }
}

interface Bench {
  readonly files: FakeFiles;
  readonly log: LogFile;
  readonly troubles: readonly unknown[];
  append(text: string): void;
}

function makeBench(maxBytes: number, maxFiles: number, files = new FakeFiles()): Bench {
  const troubles: unknown[] = [];
  const log = new LogFile(files, {
    path: PATH,
    maxBytes,
    maxFiles,
    onTrouble: (cause) => troubles.push(cause),
    limitHits: new LimitHits(),
  });
  return { files, log, troubles, append: (text) => log.append(new TextEncoder().encode(text)) };
}

test("records are appended, also to a file that was there", () => {
  const files = new FakeFiles();
  files.contents.set(PATH, { text: "old\n" });
  const { append, troubles } = makeBench(100, 2, files);
  append("one\n");
  append("two\n");
  assertEquals(files.all(), { [PATH]: "old\none\ntwo\n" });
  assertEquals(troubles, []);
});

test("a file that would grow past its bound is put aside, the latest as .1", () => {
  const { append, files } = makeBench(8, 3);
  append("aaa\n");
  append("bbb\n");
  assertEquals(files.all(), { [PATH]: "aaa\nbbb\n" }, "the bound itself is within");
  append("c\n");
  assertEquals(files.all(), { [PATH]: "c\n", [`${PATH}.1`]: "aaa\nbbb\n" });
  append("ddddddd\n");
  assertEquals(files.all(), { [PATH]: "ddddddd\n", [`${PATH}.1`]: "c\n", [`${PATH}.2`]: "aaa\nbbb\n" });
});

test("what was there at the start counts toward the bound", () => {
  const files = new FakeFiles();
  files.contents.set(PATH, { text: "before\n" });
  makeBench(10, 1, files).append("more\n");
  assertEquals(files.all(), { [PATH]: "more\n", [`${PATH}.1`]: "before\n" });
});

test("a batch goes into as many files as it takes, and a record larger than the bound into one of its own", () => {
  const { append, files } = makeBench(5, 5);
  append("a\nfirst and long\nb\nc\nd\n");
  append("second and long\n");
  assertEquals(files.all(), {
    [PATH]: "second and long\n",
    [`${PATH}.1`]: "d\n",
    [`${PATH}.2`]: "b\nc\n",
    [`${PATH}.3`]: "first and long\n",
    [`${PATH}.4`]: "a\n",
  });
});

test("no more files are kept than asked for, and each is closed but the last", () => {
  const { append, files, log } = makeBench(4, 2);
  for (const text of ["one\n", "two\n", "3rd\n", "4th\n", "5th\n"]) append(text);
  assertEquals(files.all(), { [PATH]: "5th\n", [`${PATH}.1`]: "4th\n", [`${PATH}.2`]: "3rd\n" });
  assertEquals(files.opened - files.closed, 1);
  log.close();
  assertEquals(files.opened - files.closed, 0);
});

test("whatever is logged, the latest of it is kept in order and within its bounds", () => {
  const batches = fc.array(fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 6 }), { maxLength: 30 });
  fc.assert(
    fc.property(
      batches,
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 4 }),
      (sizesOf, maxBytes, maxFiles) => {
        const { append, files, troubles, log } = makeBench(maxBytes, maxFiles);
        let made = 0;
        const record = (size: number) => `${String.fromCharCode(97 + made++ % 26).repeat(size - 1)}\n`;
        const said = sizesOf.map((sizes) => sizes.map(record));
        for (const batch of said) append(batch.join(""));
        const records = said.flat();
        assert(records.join("").endsWith(files.history()));
        assertLessOrEqual(files.contents.size, maxFiles + 1);
        for (const text of Object.values(files.all())) {
          assert(text.length <= maxBytes || records.includes(text), "a file holds its bound, or one record");
        }
        if (files.contents.size <= maxFiles) assertEquals(files.history(), records.join(""));
        assertEquals([troubles, log.lostBytes], [[], 0]);
      },
    ),
    { numRuns: 500 },
  );
});

test("where no old file is to be kept, the file still does not grow past its bound", () => {
  const { append, files } = makeBench(8, 0);
  for (let i = 0; i < 20; i++) append("aaa\n");
  assertLessOrEqual(files.textOf(PATH)?.length ?? 0, 8);
});

test("a write that fails is counted and told once, until it works again", () => {
  const { append, files, log, troubles } = makeBench(100, 1);
  const full = new Error("no space left on device");
  append("one\n");
  files.failing.append = full;
  append("two\n");
  append("three\n");
  assertEquals([troubles, log.lostBytes], [[full], 10]);
  delete files.failing.append;
  append("four\n");
  append("five\n");
  assertEquals([troubles, log.lostBytes], [[full, undefined], 10]);
  files.failing.append = full;
  append("six\n");
  assertEquals([troubles, log.lostBytes], [[full, undefined, full], 14]);
  assertEquals(files.textOf(PATH), "one\nfour\nfive\n");
});

test("a file that cannot be put aside is written on, told of once, and nothing is lost", () => {
  const { append, files, log, troubles } = makeBench(8, 2);
  const denied = new Error("permission denied");
  append("aaaaaaa\n");
  files.failing.rename = denied;
  append("b\n");
  append("c\n");
  assertEquals([files.history(), log.lostBytes, troubles], ["aaaaaaa\nb\nc\n", 0, [denied]]);
  delete files.failing.rename;
  append("d\n");
  assertEquals(troubles, [denied, undefined]);
  assertEquals(files.textOf(PATH), "d\n");
  assertEquals(files.history(), "aaaaaaa\nb\nc\nd\n");
});

test("while the file alone cannot be put aside, no old file is lost", () => {
  const { append, files, troubles } = makeBench(8, 2);
  for (const text of ["1111111\n", "2222222\n", "3333333\n"]) append(text);
  const denied = new Error("permission denied");
  files.failing.renameOf = PATH;
  files.failing.rename = denied;
  for (let i = 0; i < 5; i++) append("late\n");
  assertEquals([files.history(), troubles], [`2222222\n3333333\n${"late\n".repeat(5)}`, [denied]]);
  delete files.failing.rename;
  append("4444444\n");
  assertEquals(files.history(), `2222222\n3333333\n${"late\n".repeat(5)}4444444\n`);
});

test("rotations, and old files dropped, are counted", async () => {
  const limitHits = new LimitHits();
  const log = new LogFile(new FakeFiles(), {
    path: PATH,
    maxBytes: 8,
    maxFiles: 2,
    onTrouble: () => {},
    limitHits,
  });
  for (let i = 0; i < 5; i++) log.append(new TextEncoder().encode("aaaaaaa\n"));
  await log.close();
  assertEquals(limitHits.nonZero, { logBytes: 4, logFiles: 2 });
});

test("when no new file can be opened for a while, the log goes on after it, and the old files are still there", () => {
  const { append, files, log, troubles } = makeBench(8, 3);
  for (const text of ["1111111\n", "2222222\n", "3333333\n"]) append(text);
  const exhausted = new Error("too many open files");
  files.failing.open = exhausted;
  for (let i = 0; i < 10; i++) append("late\n");
  assertEquals(troubles, [exhausted]);
  delete files.failing.open;
  append("4444444\n");
  assertEquals(troubles, [exhausted, undefined]);
  assertEquals(log.lostBytes, 0, "the file put aside was written on meanwhile");
  assertEquals(log.lostBytes + files.history().length, 3 * 8 + 10 * 5 + 8);
  assert(files.history().startsWith("1111111\n2222222\n3333333\n"), "what had been logged is kept");
  assert(files.history().endsWith("4444444\n"));
});

test("a file that cannot be opened at the start is an error", () => {
  const files = new FakeFiles();
  files.failing.open = new Error("permission denied");
  assertThrows(() => makeBench(8, 1, files), Error, "permission denied");
});
