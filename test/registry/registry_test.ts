/** The registry, as a map of newest reports and as the queue of every link. */
import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { RecordArena, UNIT_BYTES, wordsOf } from "../../src/registry/record_arena.ts";
import {
  type Cursor,
  MAX_EXPECTED,
  MAX_NEIGHBORS,
  NONE,
  OWN,
  UNKNOWN,
  type Verdict,
} from "../../src/registry/registry.ts";
import type { IdHash } from "../../src/wire/id_hash.ts";
import { OutBuffer } from "../../src/wire/render.ts";
import { LinkParser } from "../../src/wire/link_message.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";
import { Bench, colliding, report, spreading } from "./bench.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

test("a registry that nothing was told of is empty", () => {
  const bench = new Bench();
  const { registry } = bench;
  assertEquals([registry.size, registry.seq, bench.lines(), bench.held("kiwi")], [0, 0, [], undefined]);
  const cursor = registry.openCursor(0);
  assertEquals([registry.isDue(cursor), bench.due(cursor)], [false, []]);
});

test("the newest report of a client is held, as its line came", () => {
  const bench = new Bench();
  assertEquals(bench.offer(report("kiwi", 5)), "new");
  assertEquals(bench.offer(report("kiwi", 7, "-00.50+000.0")), "newer");
  assertEquals(bench.offer(report("kiwi", 6)), "older");
  assertEquals(bench.offer(report("kiwi", 7, "-00.50+000.0")), "same");
  assertEquals(bench.held("kiwi"), report("kiwi", 7, "-00.50+000.0"));
  assertEquals([bench.registry.size, bench.registry.seq], [1, 2]);
  const out = new OutBuffer(0);
  out.append(encoder.encode("before "));
  bench.registry.appendLine(bench.entryOf("kiwi"), out);
  assertEquals(decoder.decode(out.view()), `before ${report("kiwi", 7, "-00.50+000.0")}\n`);
});

test("a line that was handed out does not change with what comes later", () => {
  const bench = new Bench();
  bench.offer(report("kiwi", 5));
  const line = bench.registry.lineOf(bench.entryOf("kiwi"));
  bench.offer(report("kiwi", 9));
  assertEquals(decoder.decode(line), report("kiwi", 5));
});

test("any id is just a key, also where all hashes are one", () => {
  const ids = [
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "prototype",
    "valueOf",
    "0",
    "-1",
    "\0",
    "\0\0",
    "🐑",
    "🐑🐑",
    "🐒",
    "é",
    "e\u0301",
    "no\u00a0break",
    "kiwi",
    "kiwj",
    "kiw",
    "kiwii",
    "Kiwi",
    "AT",
    "NONE",
    "x".repeat(4_000),
    `${"x".repeat(3_999)}y`,
    `y${"x".repeat(3_999)}`,
  ];
  for (const hash of [spreading, colliding]) {
    const bench = new Bench(hash);
    for (const [i, id] of ids.entries()) {
      assertEquals(bench.held(id), undefined);
      assertEquals(bench.offer(report(id, i)), "new", id);
    }
    for (const [i, id] of ids.entries()) assertEquals(bench.held(id), report(id, i), id);
    for (const id of ids) assertEquals(bench.offer(report(id, 100)), "newer", id);
    assertEquals(bench.registry.size, ids.length);
    assertEquals(bench.lines(), ids.map((id) => report(id, 100)));
    assertEquals(bench.held("kiw\0"), undefined);
  }
});

test("ids that are not UTF-8 are told apart by their bytes", () => {
  const { registry } = new Bench();
  const parser = new LinkParser(registry.hash);
  const ids = [[0xff], [0xfe], [0xef, 0xbf, 0xbd], [0xc3], [0xc3, 0xa9]];
  const line = (id: readonly number[]) =>
    new Uint8Array([...encoder.encode("AT Goloman +0.000000000 "), ...id, ...encoder.encode(" +1+2 3\n")]);
  for (const id of ids) {
    const bytes = line(id);
    const message = parser.parse(bytes, 0, bytes.length);
    assert(message?.kind === "at");
    assertEquals(registry.offer(message.line, OWN), "new");
  }
  assertEquals(Array.from(registry.lines(), (held) => [...held, 0x0a]), ids.map((id) => [...line(id)]));
});

test("positions are given without a plus, as their client wrote them", () => {
  const positions: readonly (readonly [text: string, latitude: string, longitude: string])[] = [
    ["+34.068930-118.445127", "34.068930", "-118.445127"],
    ["-34+118", "-34", "118"],
    ["+34+118", "34", "118"],
    ["-34-118", "-34", "-118"],
    ["+0-0", "0", "-0"],
    ["-00.0+000.000", "-00.0", "000.000"],
    ["+90.0000000000000000000000-180.00000000", "90.0000000000000000000000", "-180.00000000"],
  ];
  const bench = new Bench();
  for (const [i, [text, latitude, longitude]] of positions.entries()) {
    // Signs in the other fields are not the position's.
    bench.offer(`AT -Go+lo -0.000000001 +ki-wi+ ${text} ${i}`);
    assertEquals(bench.registry.positionOf(bench.entryOf("+ki-wi+")), [latitude, longitude]);
  }
});

test("where there is no room a new client is refused, and the others go on", () => {
  const bench = new Bench(spreading, 3);
  for (const id of ["a", "b", "c"]) assertEquals(bench.offer(report(id)), "new");
  const cursor = bench.registry.openCursor(bench.registry.seq);
  assertEquals(bench.offer(report("d")), "full");
  assertEquals(bench.offer(report("d"), 5), "full");
  assertEquals([bench.held("d"), bench.registry.size, bench.registry.seq], [undefined, 3, 3]);
  assertEquals(bench.registry.isDue(cursor), false);
  assertEquals(bench.offer(report("b", 2)), "newer");
  assertEquals(bench.offer(report("b", 1)), "older");
  assertEquals(bench.lines(), [report("a"), report("c"), report("b", 2)]);
  assertEquals(new Bench(spreading, 0).offer(report("a")), "full");
});

test("many thousands of clients are each found, and stand in the order of their last change", () => {
  const bench = new Bench();
  const count = 60_000;
  const ids = Array.from({ length: count }, (_, i) => `client-${i}`);
  const cursor = bench.registry.openCursor(0);
  for (const id of ids) assertEquals(bench.offer(report(id)), "new");
  assertEquals(bench.due(cursor).length, count);
  // In another order, and every one of them once.
  const moved = ids.map((_, i) => ids[(i * 7_919) % count] ?? "").slice(0, count / 2);
  for (const id of moved) assertEquals(bench.offer(report(id, 2, "+3.25+4.125")), "newer");
  assertEquals([bench.registry.size, bench.registry.seq], [count, 1.5 * count]);
  const movedIds = new Set(moved);
  for (const id of ids) {
    assertEquals(bench.held(id), movedIds.has(id) ? report(id, 2, "+3.25+4.125") : report(id));
  }
  assertEquals(bench.held(`client-${count}`), undefined);
  const expected = moved.map((id) => report(id, 2, "+3.25+4.125"));
  assertEquals(bench.due(cursor), expected);
  assertEquals(bench.lines(), [
    ...ids.filter((id) => !movedIds.has(id)).map((id) => report(id)),
    ...expected,
  ]);
});

test("lines that outgrow their place, or shrink in it, harm no other", () => {
  const sizes = fc.array(
    fc.tuple(fc.nat({ max: 5 }), fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: 4_000 }))),
    {
      minLength: 10,
      maxLength: 80,
    },
  );
  fc.assert(
    fc.property(sizes, (changes) => {
      const bench = new Bench();
      const expected = new Map<string, string>();
      for (const [time, [client, decimals]] of changes.entries()) {
        const id = `client-${client}`;
        const text = report(id, time, `+1.${"7".repeat(decimals + 1)}-2`);
        bench.offer(text);
        expected.delete(id);
        expected.set(id, text);
      }
      assertEquals(bench.lines(), [...expected.values()]);
    }),
    { numRuns: 100 },
  );
});

test("lines longer than a megabyte are kept whole, since the limits allow them to be set", () => {
  const bench = new Bench();
  const ids = ["x".repeat(1_100_000), "y".repeat(1_048_576), "z".repeat(2_100_000)];
  const expected: string[] = [];
  for (const time of [1, 2]) {
    expected.length = 0;
    for (const [i, id] of ids.entries()) {
      // The second is longer than the first, and needs a place of its own again.
      for (
        const text of [
          report(`before-${i}`, time),
          report(id, time, `+1.${"5".repeat(99 * time)}+2`),
          report(`after-${i}`, time),
        ]
      ) {
        assertEquals(bench.offer(text), time === 1 ? "new" : "newer");
        expected.push(text);
      }
    }
  }
  assertEquals(bench.lines().map((line, i) => line === expected[i]), expected.map(() => true));
  for (const id of ids) assertEquals(bench.entryOf(id) === NONE, false);
});

test("the memory of a record that moved out is given to the next of its size", () => {
  const slot = fc.record({ units: fc.integer({ min: 1, max: 400 }), isReleased: fc.boolean() });
  fc.assert(
    fc.property(fc.array(slot, { minLength: 1, maxLength: 300 }), (slots) => {
      const arena = new RecordArena();
      const released = new Map<number, number[]>();
      const kept: { readonly at: number; readonly text: string }[] = [];
      for (const [i, { units, isReleased }] of slots.entries()) {
        const free = released.get(units) ?? [];
        const at = arena.allocate(units);
        if (free.length > 0) assert(free.includes(at), "a slot of that size was free");
        released.set(units, free.filter((one) => one !== at));
        const text = String(i).repeat(units * UNIT_BYTES).slice(0, units * UNIT_BYTES - 1);
        arena.chunkOf(at).bytes.set(encoder.encode(text), 4 * wordsOf(at));
        if (isReleased) {
          arena.release(at, units);
          released.get(units)?.push(at);
        } else {
          kept.push({ at, text });
        }
      }
      for (const { at, text } of kept) {
        const start = 4 * wordsOf(at);
        assertEquals(decoder.decode(arena.chunkOf(at).bytes.subarray(start, start + text.length)), text);
      }
    }),
    { numRuns: 100 },
  );
});

// ------------------------------------------------------------------------------------------------- the queue

test("a cursor gives what changed after its place, each client once, and then nothing", () => {
  const bench = new Bench();
  const { registry } = bench;
  for (const id of ["a", "b", "c"]) bench.offer(report(id));
  const all = registry.openCursor(0);
  const some = registry.openCursor(2);
  const none = registry.openCursor(3);
  const beyond = registry.openCursor(99);
  assertEquals([all, some, none, beyond].map((cursor) => registry.isDue(cursor)), [true, true, false, false]);
  assertEquals([all, some, none, beyond].map((cursor) => cursor.seq), [0, 2, 3, 3]);
  assertEquals(bench.due(all, 0, 0, 1), [report("a")]);
  bench.offer(report("a", 2));
  bench.offer(report("b", 2));
  bench.offer(report("b", 3));
  assertEquals(bench.due(all), [report("c"), report("a", 2), report("b", 3)]);
  assertEquals(bench.due(some), [report("c"), report("a", 2), report("b", 3)]);
  for (const cursor of [none, beyond]) assertEquals(bench.due(cursor), [report("a", 2), report("b", 3)]);
  for (const cursor of [all, some, none, beyond]) {
    assertEquals([registry.isDue(cursor), bench.due(cursor), cursor.seq], [false, [], 6]);
  }
});

test("a neighbor gets nothing it is known to have, unless it may have forgotten", () => {
  for (const neighbor of [0, 1, 30, 31, 32, 33, 62, MAX_NEIGHBORS - 1]) {
    const bench = new Bench();
    const other = (neighbor + 32) % MAX_NEIGHBORS;
    const due = (to: number, knownFrom: number) => bench.due(bench.registry.openCursor(0), to, knownFrom);
    bench.offer(report("a"), neighbor);
    bench.offer(report("b"));
    bench.offer(report("c"), other);
    bench.offer(report("b"), neighbor);
    bench.offer(report("c", 0), neighbor);
    assertEquals(due(neighbor, 0), [report("c")], "an older report is not the one that it lacks");
    assertEquals(due(other, 0), [report("a"), report("b")]);
    assertEquals(due(neighbor, 1), [report("a"), report("c")], "what changed at 1 may be forgotten");
    assertEquals(due(neighbor, 3), [report("a"), report("b"), report("c")]);
    bench.offer(report("a", 2), other);
    assertEquals(due(neighbor, 0), [report("c"), report("a", 2)], "it had an older one only");
  }
});

test("a report of a neighbor that is not known is for all, and in the order of reports like any other's", () => {
  const bench = new Bench();
  const line = report("a");
  assertEquals(bench.offer(line, UNKNOWN), "new");
  for (const neighbor of [0, 31, 32, 63]) {
    assertEquals(bench.due(bench.registry.openCursor(0), neighbor), [line]);
  }
  // At its origin it would be the same IAMAT again; a neighbor's smaller skew wins.
  const smaller = line.replace("+0.000000000", "-0.000000001");
  assertEquals(bench.offer(smaller, UNKNOWN), "newer");
  assertEquals(bench.offer(smaller, UNKNOWN), "same");
  assertEquals(bench.due(bench.registry.openCursor(0), 63), [smaller]);
});

test("what is due at a cursor can be taken one by one, with its number", () => {
  const bench = new Bench();
  const { registry } = bench;
  for (const id of ["a", "b", "c", "a"]) bench.offer(report(id, registry.seq + 1));
  const cursor = registry.openCursor(0);
  const taken: unknown[] = [];
  for (let entry = registry.takeNext(cursor); entry !== NONE; entry = registry.takeNext(cursor)) {
    taken.push([decoder.decode(registry.lineOf(entry)), cursor.seq]);
  }
  assertEquals(taken, [[report("b", 2), 2], [report("c", 3), 3], [report("a", 4), 4]]);
  assertEquals([registry.isDue(cursor), registry.takeNext(cursor), cursor.seq], [false, NONE, 4]);
});

test("a scan meets each client known at its beginning once, however the registry grows and changes meanwhile", () => {
  const ids = fc.nat({ max: 20_000 });
  const changes = fc.array(fc.record({ from: ids, count: fc.nat({ max: 4_000 }) }), { maxLength: 8 });
  const hashes = fc.constantFrom(spreading, colliding);
  fc.assert(
    fc.property(hashes, fc.nat({ max: 700 }), changes, (hash, known, steps) => {
      const bench = new Bench(hash);
      const few = hash === colliding ? 20 : 1;
      let time = 1;
      // Lines grow now and then, so that entries move.
      const offer = (i: number) => {
        bench.offer(report(`c${i}`, ++time, `+1.${"0".repeat(time % 90)}1+2`));
      };
      for (let i = 0; i < known / few; i++) offer(i);
      const met: string[] = [];
      let place = 0;
      let places = 0;
      do {
        const entries: number[] = [];
        place = bench.registry.scan(place, entries);
        for (const entry of entries) met.push(decoder.decode(bench.registry.lineOf(entry)).split(" ")[3]!);
        const step = places++ % 100 === 50 ? steps.shift() : undefined;
        for (let i = 0; i < (step?.count ?? 0) / few; i++) offer((step?.from ?? 0) + i);
      } while (place !== 0);
      assertEquals(new Set(met).size, met.length, "none is met twice");
      const missed = Array.from({ length: Math.ceil(known / few) }, (_, i) => `c${i}`)
        .filter((id) => !met.includes(id));
      assertEquals(missed, []);
    }),
    { numRuns: 60 },
  );
});

test("a cursor that was closed holds up nothing", () => {
  const bench = new Bench();
  const closed = bench.registry.openCursor(0);
  const open = bench.registry.openCursor(0);
  bench.offer(report("a"));
  bench.registry.closeCursor(closed);
  bench.registry.closeCursor(closed);
  bench.offer(report("a", 2));
  bench.offer(report("b"));
  assertEquals(bench.due(open), [report("a", 2), report("b")]);
});

// ------------------------------------------------------------------------------- against a model, at random

interface Known {
  readonly line: string;
  readonly report: Report;
  readonly seq: number;
  /** Neighbors that have it. */
  readonly by: ReadonlySet<number>;
}

interface Report {
  readonly id: string;
  readonly origin: string;
  readonly skew: number;
  readonly position: string;
  readonly time: number;
}

/** A reader at a cursor, and what it has been given. */
interface Reader {
  readonly cursor: Cursor;
  readonly neighbor: number;
  readonly knownFrom: number;
  readonly start: number;
  readonly got: Map<string, Known>;
}

type Operation =
  | { readonly kind: "offer"; readonly report: Report; readonly source: number }
  | {
    readonly kind: "open";
    readonly neighbor: number;
    readonly from: number;
    readonly knownFrom: number;
  }
  | { readonly kind: "read"; readonly which: number; readonly maxBytes: number }
  | { readonly kind: "close"; readonly which: number };

function write({ id, origin, skew, position, time }: Report): string {
  return `AT ${origin} ${skew < 0 ? "-" : "+"}${Math.abs(skew)}.000000000 ${id} ${position} ${time}`;
}

/** Above 0 where `a` is newer, by protocol.md. */
function compare(a: Report, b: Report): number {
  const text = (one: string, other: string) => one < other ? 1 : one > other ? -1 : 0;
  return a.time - b.time || text(a.origin, b.origin) || text(a.position, b.position) || b.skew - a.skew;
}

/** A map, an order, and the registry that is to agree with them. */
class Model {
  readonly bench: Bench;
  /** By id, in the order of the last change. */
  readonly held = new Map<string, Known>();
  readonly readers: Reader[] = [];
  #seq = 0;

  constructor(hash: IdHash) {
    this.bench = new Bench(hash);
  }

  run(operation: Operation): void {
    const { registry } = this.bench;
    switch (operation.kind) {
      case "offer": {
        const { report, source } = operation;
        assertEquals(this.bench.offer(write(report), source), this.#offer(report, source));
        break;
      }
      case "open": {
        const { neighbor } = operation;
        // As links do: a little past the last change at most, and any place before it.
        const start = operation.from % (this.#seq + 3);
        const knownFrom = operation.knownFrom % (this.#seq + 1);
        const cursor = registry.openCursor(start);
        this.readers.push({ cursor, neighbor, knownFrom, start: Math.min(start, this.#seq), got: new Map() });
        break;
      }
      case "read": {
        const reader = this.readers[operation.which % this.readers.length];
        if (reader !== undefined) this.#read(reader, operation.maxBytes);
        break;
      }
      case "close": {
        const [reader] = this.readers.splice(operation.which % (this.readers.length + 1), 1);
        if (reader !== undefined) registry.closeCursor(reader.cursor);
      }
    }
    assertEquals([registry.size, registry.seq], [this.held.size, this.#seq]);
  }

  /** Reads to the end at every cursor, and looks at all that is held. */
  finish(): void {
    assertEquals(this.bench.lines(), Array.from(this.held.values(), ({ line }) => line));
    for (const [id, { line }] of this.held) assertEquals(this.bench.held(id), line);
    for (const reader of this.readers) {
      this.#read(reader, Infinity);
      assertEquals(this.bench.registry.isDue(reader.cursor), false);
      assertEquals(reader.cursor.seq, this.#seq);
      assertEquals(this.bench.due(reader.cursor, reader.neighbor, reader.knownFrom), []);
    }
  }

  #offer(report: Report, source: number): Verdict {
    const before = this.held.get(report.id);
    const order = before === undefined ? 1 : compare(report, before.report);
    const isRepeated = before !== undefined && source === OWN && report.time === before.report.time &&
      report.origin === before.report.origin && report.position === before.report.position;
    const sources = source === OWN ? [] : [source];
    if (before !== undefined && (order === 0 || isRepeated)) {
      this.held.set(report.id, { ...before, by: new Set([...before.by, ...sources]) });
      return "same";
    }
    if (order < 0) return "older";
    this.held.delete(report.id);
    this.held.set(report.id, { line: write(report), report, seq: ++this.#seq, by: new Set(sources) });
    return before === undefined ? "new" : "newer";
  }

  #has({ neighbor, knownFrom }: Reader, known: Known): boolean {
    return known.by.has(neighbor) && known.seq > knownFrom;
  }

  #read(reader: Reader, maxBytes: number): void {
    const { cursor, neighbor, knownFrom, start, got } = reader;
    const seqBefore = cursor.seq;
    for (const line of this.bench.due(cursor, neighbor, knownFrom, maxBytes)) {
      const id = line.split(" ")[3] ?? "";
      const known = this.held.get(id);
      assert(known !== undefined);
      assertEquals(line, known.line, "the newest there is");
      assert(known.seq > start, "it changed after the start");
      assert(!this.#has(reader, known), "it was not known there");
      const last = got.get(id);
      assert(last === undefined || last.seq < known.seq, "each change once");
      assert(
        last === undefined || compare(known.report, last.report) > 0,
        "never an older one after a newer",
      );
      got.set(id, known);
    }
    assertGreaterOrEqual(cursor.seq, seqBefore);
    // What a MARK of this number would say: all that changed up to it was sent.
    for (const known of this.held.values()) {
      if (known.seq <= start || known.seq > cursor.seq) continue;
      const id = known.report.id;
      assert(got.get(id)?.seq === known.seq || this.#has(reader, known), `${id} was sent or known`);
    }
    if (maxBytes !== Infinity) return;
    for (const [id, known] of this.held) {
      if (known.seq <= start || this.#has(reader, known)) continue;
      assertEquals(got.get(id)?.line, known.line, "the reader ends with the newest");
    }
  }
}

const neighbor = fc.constantFrom(0, 1, 31, 32, 63);
const anyReport = fc.record({
  id: fc.constantFrom("a", "b", "c", "dd", "ee", "__proto__", "long".repeat(20)),
  origin: fc.constantFrom("Goloman", "Hands"),
  skew: fc.integer({ min: -2, max: 12 }),
  position: fc.oneof(
    fc.constantFrom("+1+1", "-1+1"),
    fc.nat({ max: 90 }).map((length) => `+1.${"5".repeat(length + 1)}+1`),
  ),
  time: fc.nat({ max: 12 }),
});
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant("offer" as const),
      report: anyReport,
      source: fc.oneof(fc.constant(OWN), neighbor),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("open" as const),
      neighbor,
      from: fc.nat(),
      knownFrom: fc.oneof(fc.constant(0), fc.nat()),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("read" as const),
      which: fc.nat(),
      maxBytes: fc.oneof(fc.constantFrom(0, 1, Infinity), fc.nat({ max: 300 })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("close" as const), which: fc.nat() }) },
);

test("a map, an order and readers of it agree with the registry, whatever is done in whatever order", () => {
  for (const hash of [spreading, colliding]) {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 120, size: "max" }), (operations) => {
        const model = new Model(hash);
        for (const one of operations) model.run(one);
        model.finish();
      }),
      { numRuns: 1_000 },
    );
  }
});

// ---------------------------------------------------------------------------------------- what is expected to come

/** All that can be seen of a registry. */
function sightOf(bench: Bench): unknown {
  const { registry } = bench;
  const dueTo = [0, 1, 31, 32, 63].map((neighbor) => {
    const cursor = registry.openCursor(0);
    const lines = bench.due(cursor, neighbor, 0, Number.MAX_VALUE);
    registry.closeCursor(cursor);
    return lines;
  });
  return { size: registry.size, seq: registry.seq, lines: bench.lines(), dueTo };
}

test("a registry that is told what to expect says and holds what another does", () => {
  const told = fc.record({
    reports: fc.array(fc.tuple(anyReport, fc.oneof(fc.constant(OWN), neighbor)), { maxLength: 20 }),
    strangers: fc.array(fc.oneof(fc.integer(), fc.constantFrom(0, -1, 1023)), {
      maxLength: MAX_EXPECTED - 20,
    }),
  });
  for (const hash of [spreading, colliding]) {
    fc.assert(
      fc.property(fc.array(told, { maxLength: 12 }), (groups) => {
        const [plain, expecting] = [new Bench(hash), new Bench(hash)];
        for (const { reports, strangers } of groups) {
          const hashes = Int32Array.from([...reports.map(([{ id }]) => expecting.hashOf(id)), ...strangers]);
          expecting.registry.expect(hashes, hashes.length);
          for (const [one, source] of reports) {
            assertEquals(expecting.offer(write(one), source), plain.offer(write(one), source));
          }
        }
        assertEquals(sightOf(expecting), sightOf(plain));
      }),
      { numRuns: 300 },
    );
  }
});

test("to expect ids changes nothing, known or not, while a registry grows", () => {
  for (const hash of [spreading, colliding]) {
    const bench = new Bench(hash);
    const hashes = new Int32Array(MAX_EXPECTED);
    // The table of ids grows at some hundreds of them, and again.
    for (let size = 0; size <= 1_600; size += 200) {
      for (let i = 0; i < size; i++) bench.offer(report(`client-${i}`, 1 + i % 3));
      const before = sightOf(bench);
      for (let from = 0; from < size + 200; from += MAX_EXPECTED) {
        for (let i = 0; i < MAX_EXPECTED; i++) hashes[i] = bench.hashOf(`client-${from + i}`);
        bench.registry.expect(hashes, MAX_EXPECTED);
        bench.registry.expect(hashes.map((one) => ~one), from % MAX_EXPECTED);
      }
      assertEquals(sightOf(bench), before);
    }
  }
});
