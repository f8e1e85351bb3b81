/** How a journal is read: every whole record before the first damage, and nothing behind it. */
import { assertEquals } from "@std/assert";
import { JournalReader } from "../../src/journal/journal_reader.ts";
import { LinkParser } from "../../src/wire/link_message.ts";
import { latin1, textOf } from "../binary.ts";
import { spreading } from "../registry/bench.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

const LINE_BYTES = 4_096;
const encoder = new TextEncoder();

interface Reading {
  readonly records: readonly string[];
  readonly wholeBytes: number;
  readonly damaged: boolean;
}

function read(pieces: readonly Uint8Array[], lineBytes = LINE_BYTES): Reading {
  const records: string[] = [];
  let expected = 0;
  const reader = new JournalReader(new LinkParser(spreading), {
    expect: (_hashes, count) => void (expected += count),
    take: ({ bytes, start, end }) => void records.push(textOf(bytes.subarray(start, end))),
    mark: () => {},
    note: () => {},
  }, lineBytes);
  for (const piece of pieces) reader.feed(piece);
  assertEquals(reader.records, records.length);
  assertEquals(expected >= records.length, true, "whatever is taken was expected");
  return { records, wholeBytes: reader.wholeBytes, damaged: reader.damaged };
}

function sizeOf(records: readonly string[]): number {
  return latin1(records.map((record) => `${record}\n`).join("")).length;
}

const digits = (maxLength: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${maxLength}}$`));
const word = fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" })
  .filter((text) => !/[ \t\r\n\f\v]/.test(text));
/** Records, some of them long; like all here, one character a byte. */
const aRecord = fc.tuple(word, digits(4), word, digits(9), fc.nat({ max: 20 })).map(
  ([origin, skew, id, time, length]) =>
    textOf(encoder.encode(
      `AT ${origin} +${skew}.000000001 ${id}${"x".repeat(length === 20 ? 2_000 : length)} +1.5-2 ${time}.5`,
    )),
);
const someRecords = fc.array(aRecord, { maxLength: 40 });
/** Where, as a share of all there is. */
const aPlace = fc.double({ min: 0, max: 1, noNaN: true });

/** `bytes` in pieces that end at these places. */
function split(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places.map((place) => Math.floor(place * bytes.length)), bytes.length]
    .sort((a, b) => a - b);
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
}

/** The records that end before byte `at`. */
function before(records: readonly string[], at: number): string[] {
  const whole: string[] = [];
  let end = 0;
  for (const record of records) {
    end += latin1(record).length + 1;
    if (end > at) break;
    whole.push(record);
  }
  return whole;
}

test("a journal cut at any byte gives every whole record before it, in every split of the reads", () => {
  fc.assert(fc.property(someRecords, aPlace, fc.array(aPlace, { maxLength: 6 }), (records, cut, places) => {
    const all = latin1(records.map((record) => `${record}\n`).join(""));
    const at = Math.floor(cut * all.length);
    const whole = before(records, at);
    assertEquals(read(split(all.subarray(0, at), places)), {
      records: whole,
      wholeBytes: sizeOf(whole),
      damaged: false,
    });
  }));
});

/** What a disk or a hand may leave, with an end, so that it is known to be no record. */
const garbage = fc.oneof(
  fc.uint8Array({ minLength: 0, maxLength: 300 }).map((bytes) => textOf(bytes)),
  fc.nat({ max: 10_000 }).map((count) => "\0".repeat(count)),
  fc.constantFrom(
    "AT",
    "HERD/1 BEAT",
    "HERD/1 MARK five",
    "AT Goloman +0.000000001 kiwi +1+2 3\r",
    " AT Goloman +0.000000001 kiwi +1+2 3",
    "AT Goloman +0.000000001 kiwi +1+2 3 ",
    "AT Goloman +0.000000001 kiwi +1+2",
    "AT Goloman +0.000000001 kiwi +91+2 3",
    "AT Goloman +0.0000001 kiwi +1+2 3",
    "AT Goloman +0.000000001 kiwi +1+2 nan",
    "AT  Goloman +0.000000001 kiwi +1+2 3",
    "IAMAT kiwi +1+2 3",
  ),
).map((text) => text.split("\n")[0] ?? "")
  .filter((text) => !/^AT \S+ [+-]\d+\.\d{9} \S+ [+-]\d+(\.\d+)?[+-]\d+(\.\d+)? \d+(\.\d+)?$/.test(text));

test("of a journal with garbage in it every whole record before it is read, and none behind it", () => {
  fc.assert(
    fc.property(
      someRecords,
      garbage,
      someRecords,
      fc.array(aPlace, { maxLength: 6 }),
      (head, junk, tail, places) => {
        const all = latin1([...head, junk, ...tail].map((line) => `${line}\n`).join(""));
        assertEquals(read(split(all, places)), {
          records: head,
          wholeBytes: sizeOf(head),
          damaged: true,
        });
      },
    ),
  );
});

test("nothing behind the damage is read, however much of it one read brings", () => {
  // The pieces of a read begin where lines do.
  const record = `AT Goloman +0.000000001 ${"k".repeat(32)} +1+2 1`;
  const all = [record, "j".repeat(record.length), ...Array.from({ length: 10_000 }, () => record)];
  assertEquals(read([latin1(`${all.join("\n")}\n`)]), {
    records: [record],
    wholeBytes: 64,
    damaged: true,
  });
});

test("a flipped bit costs no record before its line, and where it breaks the line, all behind", () => {
  const records = fc.array(aRecord, { minLength: 1, maxLength: 40 });
  fc.assert(fc.property(records, aPlace, fc.nat({ max: 7 }), (records, place, bit) => {
    const all = latin1(records.map((record) => `${record}\n`).join(""));
    const at = Math.min(all.length - 1, Math.floor(place * all.length));
    all[at]! ^= 1 << bit;
    const whole = before(records, at);
    const reading = read([all]);
    assertEquals(reading.records.slice(0, whole.length), whole);
    // Some flips make another record of one, or two of one; what is read is then the rest as it stands.
    const text = textOf(all);
    const taken = reading.records.map((record) => `${record}\n`).join("");
    assertEquals(text.startsWith(taken), true);
    assertEquals(reading.wholeBytes, sizeOf(reading.records));
    assertEquals(reading.damaged, text.slice(taken.length).includes("\n"));
  }));
});

test("a last line without its end is torn, though it could be a record", () => {
  const whole = "AT Goloman +0.000000001 kiwi +1+2 1\n";
  const torn = "AT Goloman +0.000000001 kiwi +1+2 17";
  assertEquals(read([latin1(whole + torn)]), {
    records: [whole.slice(0, -1)],
    wholeBytes: whole.length,
    damaged: false,
  });
  // Its rest may still come.
  assertEquals(read([latin1(whole + torn), latin1("\n")]).records.length, 2);
});

test("a line longer than any record is damage, also where it has no end yet or is a record by its form", () => {
  const whole = "AT Goloman +0.000000001 kiwi +1+2 1";
  const damaged = { records: [whole], wholeBytes: whole.length + 1, damaged: true };
  const long = `AT Goloman +0.000000001 ${"k".repeat(LINE_BYTES)} +1+2 1`;
  for (const line of [long, "\0".repeat(LINE_BYTES + 1), "\0".repeat(300_000)]) {
    assertEquals(read([latin1(`${whole}\n${line}\n${whole}\n`)]), damaged);
    assertEquals(read([latin1(`${whole}\n${line}`)]), damaged);
    const bytes = latin1(`${whole}\n${line}\n${whole}\n`);
    assertEquals(read(split(bytes, Array.from({ length: 999 }, (_, i) => i / 999))), damaged);
  }
  const longest = `AT Goloman +0.000000001 ${"k".repeat(LINE_BYTES - 31)} +1+2 1`;
  assertEquals(longest.length, LINE_BYTES);
  assertEquals(read([latin1(`${longest}\n`)]).records, [longest]);
});
