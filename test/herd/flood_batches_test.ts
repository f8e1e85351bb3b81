/** What links send, gathered once for all that stand at one place, against each link's own account of it. */
import { assert, assertEquals } from "@std/assert";
import { BATCHES_PER_TURN, FLOOD_WRITE_BYTES } from "../../src/herd/flood_batches.ts";
import { type Cursor, OWN } from "../../src/registry/registry.ts";
import { LateReports } from "../../src/herd/late_reports.ts";
import { OutBuffer } from "../../src/wire/render.ts";
import { Bench, dueFor, linesFor, report } from "../registry/bench.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

const NEIGHBORS = [0, 31, 32, 63] as const;

/** Two dozen clients, half of them with so long an id that their lines fill more than one write. */
const CLIENTS = Array.from({ length: 24 }, (_, i) => `client-${i}-`.padEnd(i % 2 === 0 ? 12 : 6_000, "x"));

interface Change {
  readonly client: string;
  /** Neighbors that have it; its own where there are none. */
  readonly by: readonly number[];
}

interface Held {
  readonly line: string;
  readonly seq: number;
  readonly by: readonly number[];
}

/** A link's place: it has taken what changed up to `seq`. */
interface LinkPlace {
  readonly cursor: Cursor;
  readonly neighbor: number;
  readonly knownFrom: number;
  seq: number;
}

type Operation =
  | { readonly kind: "change"; readonly changes: readonly Change[] }
  | { readonly kind: "open"; readonly neighbor: number; readonly from: number; readonly knownFrom: number }
  | { readonly kind: "take"; readonly which: number };

class Model {
  readonly bench = new Bench();
  readonly links: LinkPlace[] = [];
  /** In the order of the last change. */
  held: Held[] = [];
  /** Takes at a place where another link has taken, and takes that left some for the next. */
  shared = 0;
  cut = 0;
  #seq = 0;
  readonly #given = new Set<string>();

  run(operation: Operation): void {
    switch (operation.kind) {
      case "change":
        for (const change of operation.changes) this.#change(change);
        break;
      case "open": {
        const { neighbor, from, knownFrom } = operation;
        const seq = from % (this.#seq + 1);
        const cursor = this.bench.registry.openCursor(seq);
        this.links.push({ cursor, neighbor, seq, knownFrom: knownFrom % (this.#seq + 1) });
        break;
      }
      case "take": {
        const link = this.links[operation.which % this.links.length];
        if (link !== undefined && this.bench.registry.isDue(link.cursor)) this.take(link);
      }
    }
  }

  #change({ client, by }: Change): void {
    const line = report(client, ++this.#seq);
    const [first = OWN, ...others] = by;
    this.bench.offer(line, first);
    for (const neighbor of others) assertEquals(this.bench.offer(line, neighbor), "same");
    this.held = this.held.filter((one) => !one.line.includes(` ${client} `));
    this.held.push({ line, seq: this.#seq, by });
  }

  /** One batch, which is the lines ahead up to the first that makes it large enough, without what is known. */
  take(link: LinkPlace): void {
    const { cursor, neighbor, knownFrom, seq } = link;
    const ahead = this.held.filter((one) => one.seq > seq);
    let bytes = 0;
    const batch = ahead.filter(({ line }) => {
      if (bytes >= FLOOD_WRITE_BYTES) return false;
      bytes += line.length + 1;
      return true;
    });
    const lacking = batch.filter((one) => !one.by.includes(neighbor) || one.seq <= knownFrom);
    assertEquals(
      linesFor(neighbor, this.bench.batches.take(cursor, knownFrom)),
      lacking.map(({ line }) => line),
      `to ${neighbor} from ${seq}`,
    );
    link.seq = batch.at(-1)?.seq ?? seq;
    assertEquals(cursor.seq, link.seq);
    const place = `${seq} of ${this.#seq}`;
    if (this.#given.has(place)) this.shared++;
    this.#given.add(place);
    if (batch.length < ahead.length) this.cut++;
  }
}

const neighbor = fc.constantFrom(...NEIGHBORS);
const change = fc.record({
  client: fc.constantFrom(...CLIENTS),
  by: fc.oneof(fc.constant([]), neighbor.map((one) => [one]), fc.subarray([...NEIGHBORS])),
});
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("change" as const),
      changes: fc.array(change, { minLength: 1, maxLength: 24, size: "max" }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("open" as const),
      neighbor,
      from: fc.oneof(fc.constant(0), fc.nat()),
      knownFrom: fc.oneof(fc.constant(0), fc.nat()),
    }),
  },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("take" as const), which: fc.nat() }) },
);

test("each link gets exactly what its neighbor lacks, whoever stood at its place before it", () => {
  const counts = { shared: 0, cut: 0 };
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60, size: "max" }), (operations) => {
      const model = new Model();
      for (const one of operations) model.run(one);
      // In turns, as links do, until nobody lacks anything.
      for (let left = model.links; left.length > 0;) {
        left = left.filter(({ cursor }) => model.bench.registry.isDue(cursor));
        for (const link of left) model.take(link);
      }
      counts.shared += model.shared;
      counts.cut += model.cut;
    }),
    { numRuns: 200 },
  );
  assert(counts.shared > 200 && counts.cut > 200, `what is tried: ${JSON.stringify(counts)}`);
});

test("links at one place, and then at the next, get the same lines, also when more batches than are kept lie ahead", () => {
  const bench = new Bench();
  const count = (BATCHES_PER_TURN + 2) * 12;
  const lines = Array.from({ length: count }, (_, i) => report(`client-${i}-`.padEnd(6_000, "x")));
  for (const line of lines) bench.offer(line);
  for (const neighbor of NEIGHBORS) assertEquals(bench.due(bench.registry.openCursor(0), neighbor), lines);
});

test("a batch is not given again once the registry has changed, ahead of the place or in what was gathered", () => {
  const bench = new Bench();
  bench.offer(report("a"));
  bench.offer(report("b"));
  const due = (neighbor: number) => bench.due(bench.registry.openCursor(0), neighbor);
  for (const neighbor of NEIGHBORS) assertEquals(due(neighbor), [report("a"), report("b")]);
  bench.offer(report("a", 2), 32);
  for (const neighbor of [0, 31, 63]) assertEquals(due(neighbor), [report("b"), report("a", 2)]);
  assertEquals(due(32), [report("b")]);
  bench.offer(report("b", 2), 63);
  for (const neighbor of [0, 31]) assertEquals(due(neighbor), [report("a", 2), report("b", 2)]);
  assertEquals(due(63), [report("a", 2)]);
});

test("a neighbor that says what was gathered but not yet sent to it is not told of it", () => {
  for (const neighbor of NEIGHBORS) {
    const bench = new Bench();
    bench.offer(report("a"));
    const [one, two] = [bench.registry.openCursor(0), bench.registry.openCursor(0)];
    assertEquals(bench.due(one, 1), [report("a")]);
    assertEquals(bench.offer(report("a"), neighbor), "same");
    assertEquals(bench.due(two, neighbor), [], `neighbor ${neighbor} has it`);
  }
});

// ------------------------------------------------------------------------------------------ reports that are waited with

const THIRD = 1, NEIGHBOR = 2;
/** Whoever is told waits with what neighbor 1 says. */
const patience = new Uint8Array(65);
patience[THIRD + 1] = 1;

test("what a common neighbor said is waited with, and not said where the other end says it meanwhile", () => {
  const bench = new Bench();
  const { registry } = bench;
  const cursor = registry.openCursor(0);
  bench.offer(report("own"));
  bench.offer(report("echoed"), THIRD);
  bench.offer(report("changed"), THIRD);
  bench.offer(report("grown"), THIRD);
  bench.offer(report("lacking"), THIRD);
  const { lines, waiting } = dueFor(NEIGHBOR, bench.batches.take(cursor, 0), patience);
  assertEquals(lines, [report("own")]);
  assertEquals(waiting.map(({ seq }) => seq), [2, 3, 4, 5]);
  assertEquals(bench.offer(report("echoed"), NEIGHBOR), "same");
  assertEquals(bench.offer(report("changed", 2)), "newer");
  // It gets another place in memory, and its old one another client.
  assertEquals(bench.offer(report("grown", `2.${"0".repeat(9)}`, `+1.${"0".repeat(99)}+2`)), "newer");
  bench.offer(report("newly"));
  const out = new OutBuffer(0);
  const said = waiting.map(({ entry, seq }) => registry.appendLate(entry, seq, NEIGHBOR, out));
  assertEquals(said, [false, false, false, true]);
  assertEquals(new TextDecoder().decode(out.view()), `${report("lacking")}\n`);
});

test("what changed before the marks count is waited with by nobody", () => {
  const bench = new Bench();
  const cursor = bench.registry.openCursor(0);
  for (const id of ["a", "b"]) bench.offer(report(id), THIRD);
  const { lines, waiting } = dueFor(NEIGHBOR, bench.batches.take(cursor, 1), patience);
  assertEquals([lines, waiting.map(({ seq }) => seq)], [[report("a")], [2]]);
});

test("reports are waited with once to twice, in the order of their changes", () => {
  const late = new LateReports();
  const released = (): number[] => {
    const seqs: number[] = [];
    late.release((_entry, seq) => void seqs.push(seq));
    return seqs;
  };
  assertEquals([late.size, late.firstSeq], [0, undefined]);
  for (const seq of [3, 5]) late.add(0, seq);
  assertEquals([late.size, late.firstSeq, released()], [2, 3, []]);
  late.add(0, 8);
  assertEquals([late.size, late.firstSeq, released()], [3, 3, [3, 5]]);
  assertEquals([late.size, late.firstSeq, released()], [1, 8, [8]]);
  assertEquals([late.size, late.firstSeq, released()], [0, undefined, []]);
});
