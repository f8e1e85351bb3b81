/** However a stream of bytes is split into reads, its lines come out the same. */
import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { LineReader, type LineTaker, makeWorkBuffer } from "../../src/wire/line_reader.ts";
import { latin1, textOf } from "../binary.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

const LF = 0x0a;
const CR = 0x0d;
const READ_BYTES = 65_536;

/** `line`: in whole. `long`: the first bytes of one past the limit. `last`: what no LF ended. */
type Event = readonly [kind: "line" | "long" | "last", text: string];

/** Takes lines as a session does, `budget` of them and then no more. */
class Taker implements LineTaker {
  readonly events: Event[] = [];
  budget = Infinity;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  takeLines(bytes: Uint8Array, start: number, end: number): number {
    assertEquals(bytes[end], LF, "an LF stops every scan");
    let at = start;
    while (this.budget > 0) {
      const lf = bytes.indexOf(LF, at);
      if (lf >= end) break;
      this.budget--;
      this.#take("line", bytes, at, lf > at && bytes[lf - 1] === CR ? lf - 1 : lf);
      at = lf + 1;
    }
    return at;
  }

  refuseLong(bytes: Uint8Array, start: number, end: number): void {
    this.events.push(["long", textOf(bytes, start, end)]);
  }

  takeLast(bytes: Uint8Array, start: number, end: number): void {
    assertEquals(bytes[end], LF, "an LF stops every scan");
    this.#take("last", bytes, start, end);
  }

  /** A line that came in whole may be past the limit too; it is answered as if it had been refused on its way. */
  #take(kind: "line" | "last", bytes: Uint8Array, start: number, end: number): void {
    const isLong = end - start > this.#limit;
    this.events.push([isLong ? "long" : kind, textOf(bytes, start, isLong ? start + this.#limit : end)]);
  }
}

function refer(text: string, limit: number): Event[] {
  const told = (kind: Event[0], line: string): Event =>
    line.length > limit ? ["long", line.slice(0, limit)] : [kind, line];
  const lines = text.split("\n");
  const last = lines.pop() ?? "";
  const events = lines.map((line) => told("line", line.replace(/\r$/, "")));
  return last === "" ? events : [...events, told("last", last)];
}

/** Feeds one read whose bytes are gone when the call is over, as a runtime's are. */
function feed(reader: LineReader, taker: Taker, text: string): void {
  const read = latin1(text);
  reader.feed(read, taker);
  read.fill(0xaa);
}

function split(text: string, places: readonly number[]): string[] {
  const cuts = [...new Set(places.map((place) => place % (text.length + 1)))].toSorted((a, b) => a - b);
  return [...cuts, text.length].map((cut, i) => text.slice(cuts[i - 1] ?? 0, cut));
}

function readAll(reads: readonly string[], limit: number): readonly Event[] {
  const taker = new Taker(limit);
  const reader = new LineReader(makeWorkBuffer(limit), limit);
  let said = "";
  for (const read of reads) {
    feed(reader, taker, read);
    said += read;
    assertLessOrEqual(reader.keptBytes, limit + 1);
    assertEquals(reader.inLine, said !== "" && !said.endsWith("\n"));
    assertEquals(reader.stopped, false);
  }
  reader.finish(taker);
  return taker.events;
}

const limitBytes = fc.constantFrom(1, 2, 5, 16);
const char = fc.constantFrom("a", "b", "\r", "\0", "\xff");
/** Lines short and long, many of them about as long as the limit, ended in every way. */
const streamOf = (limit: number) =>
  fc.array(
    fc.tuple(
      fc.oneof(
        fc.array(char, { minLength: Math.max(0, limit - 2), maxLength: limit + 3 }).map((chars) =>
          chars.join("")
        ),
        fc.array(char, { maxLength: 3 }).map((chars) => chars.join("")),
        fc.nat({ max: 3 * limit }).map((length) => "x".repeat(length)),
      ),
      fc.constantFrom("\n", "\n", "\n", "\r\n", "\r\n", "\r\r\n", "\n\n", "\r"),
    ).map(([line, end]) => line + end),
    { maxLength: 10 },
  ).map((lines) => lines.join(""));
const limitAndStream = limitBytes.chain((limit) =>
  fc.tuple(
    fc.constant(limit),
    fc.tuple(streamOf(limit), fc.constantFrom("", "", "tail", "t".repeat(limit + 1))),
  )
).map(([limit, [text, tail]]) => ({ limit, text: text + tail }));
const places = fc.array(fc.nat(), { maxLength: 12 });

test("a stream gives the same lines in one read, in reads of one byte, and in any others", () => {
  fc.assert(
    fc.property(limitAndStream, places, ({ limit, text }, cuts) => {
      const expected = refer(text, limit);
      assertEquals(readAll([text], limit), expected, "one read");
      assertEquals(readAll([...text], limit), expected, "byte by byte");
      assertEquals(readAll(split(text, cuts), limit), expected, "split");
    }),
    { numRuns: 3_000 },
  );
});

test("lines about as long as the limit, at every split in two", () => {
  const limit = 5;
  for (let length = 0; length <= limit + 3; length++) {
    for (const end of ["", "\n", "\r\n", "\r\r\n", "\r", "\rx\n"]) {
      const text = `ab\n${"x".repeat(length)}${end}`;
      for (const rest of end.endsWith("\n") ? ["", "next\r\n", "\n", "unfinished"] : [""]) {
        const whole = text + rest;
        for (let cut = 0; cut <= whole.length; cut++) {
          const told = JSON.stringify([whole.slice(0, cut), whole.slice(cut)]);
          assertEquals(
            readAll([whole.slice(0, cut), whole.slice(cut)], limit),
            refer(whole, limit),
            told,
          );
        }
      }
    }
  }
});

test("an endless line is refused once, as soon as it is known to be too long, and not kept", () => {
  const limit = 4_096;
  const taker = new Taker(limit);
  const reader = new LineReader(makeWorkBuffer(limit), limit);
  feed(reader, taker, "y".repeat(limit));
  assertEquals([taker.events.length, reader.keptBytes], [0, limit]);
  feed(reader, taker, "\r");
  assertEquals(taker.events.length, 0, "it may still end in CRLF");
  for (let i = 0; i < 160; i++) {
    feed(reader, taker, "x".repeat(READ_BYTES));
    assertEquals([taker.events.length, reader.keptBytes, reader.inLine], [1, 0, true]);
  }
  assertEquals(taker.events, [["long", "y".repeat(limit)]]);
  feed(reader, taker, "rest\r\nnext\n");
  assertEquals(taker.events.slice(1), [["line", "next"]]);
  assertEquals(reader.inLine, false);
  reader.finish(taker);
  assertEquals(taker.events.length, 2);
});

test("the end of a long line that was refused is not a line of its own", () => {
  const limit = 5;
  for (const rest of ["", "\n", "more", "more\n"]) {
    const taker = new Taker(limit);
    const reader = new LineReader(makeWorkBuffer(limit), limit);
    for (const read of ["123456789", rest]) feed(reader, taker, read);
    reader.finish(taker);
    assertEquals(taker.events, [["long", "12345"]], JSON.stringify(rest));
  }
});

test("an end of the stream is told once, and only in mid-line", () => {
  const taker = new Taker(10);
  const reader = new LineReader(makeWorkBuffer(10), 10);
  reader.finish(taker);
  feed(reader, taker, "one\n");
  reader.finish(taker);
  assertEquals(taker.events, [["line", "one"]]);
  feed(reader, taker, "tw");
  feed(reader, taker, "o\r");
  reader.finish(taker);
  reader.finish(taker);
  assertEquals(taker.events, [["line", "one"], ["last", "two\r"]]);
});

test("reads over 64 KiB are taken as smaller ones are", () => {
  const limit = 4_096;
  const lengths = fc.array(fc.oneof(fc.nat({ max: 30 }), fc.integer({ min: limit - 3, max: limit + 3 })), {
    minLength: 1,
    maxLength: 12,
  });
  fc.assert(
    fc.property(lengths, fc.nat({ max: 2 * limit }), fc.boolean(), places, (sizes, shift, crlf, cuts) => {
      const end = crlf ? "\r\n" : "\n";
      const round = sizes.map((size, i) => String.fromCharCode(97 + i).repeat(size) + end).join("");
      const times = Math.ceil(2.5 * READ_BYTES / round.length);
      const text = "s".repeat(shift) + round.repeat(times) + "unfinished";
      const expected = refer(text, limit);
      assertEquals(readAll([text], limit), expected, "one read");
      assertEquals(readAll(split(text, cuts), limit), expected, "split");
    }),
    { numRuns: 40 },
  );
});

test("a read of exactly 64 KiB, and the bytes around its edges", () => {
  const limit = 16;
  for (const size of [READ_BYTES - 1, READ_BYTES, READ_BYTES + 1, 2 * READ_BYTES, 2 * READ_BYTES + 1]) {
    for (const tail of ["\n", "x", "\r\n", "\r", "end", "twelve bytes\n"]) {
      const text = "0123456789abcde\n".repeat(2 * READ_BYTES / 16 + 1).slice(0, size - tail.length) + tail;
      assertEquals(readAll([text], limit), refer(text, limit), `${size} ${JSON.stringify(tail)}`);
      assertEquals(
        readAll(["0", text], limit),
        refer(`0${text}`, limit),
        `0, ${size} ${JSON.stringify(tail)}`,
      );
    }
  }
});

/** Reads come while the taker takes only so many lines at a time; then all that waits is taken. */
function readWithStops(
  reads: readonly string[],
  budgets: readonly number[],
  limit: number,
): readonly Event[] {
  const taker = new Taker(limit);
  const reader = new LineReader(makeWorkBuffer(limit), limit);
  reads.forEach((read, i) => {
    const budget = budgets[i % budgets.length] ?? 0;
    taker.budget = budget;
    const before = taker.events.length;
    if (i % 2 === 0) reader.resume(taker);
    const stopped = reader.stopped;
    feed(reader, taker, read);
    if (stopped) assert(reader.stopped, "what comes while it is stopped waits");
    const lines = taker.events.slice(before).filter(([kind]) => kind === "line").length;
    assertLessOrEqual(lines, budget);
  });
  while (reader.stopped) {
    assert(reader.inLine && reader.keptBytes > 0);
    taker.budget = 1;
    const before = taker.events.length;
    reader.resume(taker);
    assert(taker.events.length > before || !reader.stopped, "a resume goes on");
  }
  taker.budget = Infinity;
  reader.finish(taker);
  return taker.events;
}

test("a taker that stops after some lines loses nothing and gets all in order", () => {
  const budgets = fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(limitAndStream, places, budgets, ({ limit, text }, cuts, counts) => {
      assertEquals(readWithStops(split(text, cuts), counts, limit), refer(text, limit));
    }),
    { numRuns: 3_000 },
  );
});

test("a stop in the middle of much that waits loses nothing and gets all in order", () => {
  const limit = 40;
  const lines = Array.from({ length: 6_000 }, (_, i) => `line ${i}${"~".repeat(i % 35)}\r\n`);
  const text = `${lines.join("")}unfinished`;
  const expected = refer(text, limit);
  assertEquals(readWithStops([text], [0], limit), expected);
  assertEquals(readWithStops(split(text, [3, 70_000, 70_001, 140_000]), [1, 2_000], limit), expected);
});

test("a resume without a stop does nothing", () => {
  const taker = new Taker(10);
  const reader = new LineReader(makeWorkBuffer(10), 10);
  feed(reader, taker, "one\ntw");
  reader.resume(taker);
  feed(reader, taker, "o\n");
  assertEquals(taker.events, [["line", "one"], ["line", "two"]]);
});

test("readers that share a work buffer do not see each other's bytes", () => {
  const limit = 8;
  const streams = fc.array(streamOf(limit), { minLength: 2, maxLength: 4 });
  fc.assert(
    fc.property(streams, places, (texts, cuts) => {
      const work = makeWorkBuffer(limit);
      const sessions = texts.map((text) => ({
        reads: split(text, cuts),
        taker: new Taker(limit),
        reader: new LineReader(work, limit),
      }));
      for (let i = 0; i <= cuts.length; i++) {
        for (const { reads, taker, reader } of sessions) feed(reader, taker, reads[i] ?? "");
      }
      sessions.forEach(({ taker, reader }, i) => {
        reader.finish(taker);
        assertEquals(taker.events, refer(texts[i] ?? "", limit));
      });
    }),
    { numRuns: 500 },
  );
});
