/** What a server finds again of its earlier lives. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { recover, type Recovered, type RecoveryProgress } from "../../src/journal/recovery.ts";
import { OWN, Registry } from "../../src/registry/registry.ts";
import { toText } from "../../src/wire/bytes.ts";
import { Bench, colliding, report, spreading } from "../registry/bench.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";
import { FakeDisk } from "./fakes.ts";

const PATH = "data/Goloman.journal";

function recoverInto(
  disk: FakeDisk,
  registry: Registry,
  onProgress?: (progress: RecoveryProgress) => void,
): Promise<Recovered | undefined> {
  return recover({
    files: disk,
    registry,
    isServer: (bytes, start, end) => ["Goloman", "Hands"].includes(toText(bytes, start, end)),
    ...(onProgress === undefined ? {} : { onProgress }),
  }, PATH);
}

function journalOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

test("where there is no journal nothing is found, and none is made", async () => {
  const disk = new FakeDisk();
  assertEquals(await recoverInto(disk, new Bench().registry), undefined);
  assertEquals(disk.paths, []);
});

test("what stands in a journal is in the registry, each client's newest report", async () => {
  const disk = new FakeDisk();
  const lines = [report("kiwi", 1), report("mango", 5), report("kiwi", 3), report("mango", 4)];
  disk.put(PATH, journalOf(lines));
  const bench = new Bench();
  assertEquals(await recoverInto(disk, bench.registry), {
    path: PATH,
    records: 4,
    wholeBytes: journalOf(lines).length,
    sizeBytes: journalOf(lines).length,
    asidePath: undefined,
    strangers: 0,
    refused: 0,
  });
  assertEquals(bench.lines(), [report("mango", 5), report("kiwi", 3)]);
  assertEquals(disk.text(PATH), journalOf(lines), "reading changes nothing");
  assertEquals(disk.openFiles, 0);
});

test("a torn last line is left out, and is not worth keeping", async () => {
  const disk = new FakeDisk();
  disk.put(PATH, `${journalOf([report("kiwi")])}${report("mango")}`);
  const bench = new Bench();
  const found = await recoverInto(disk, bench.registry);
  assertEquals([found?.records, found?.wholeBytes], [1, journalOf([report("kiwi")]).length]);
  assertEquals(found?.sizeBytes, disk.bytesOf(PATH)?.length);
  assertEquals(bench.lines(), [report("kiwi")]);
  assertEquals([found?.asidePath, disk.paths], [undefined, [PATH]]);
});

test("everything from the first damage on is put aside, to the byte and on the disk", async () => {
  const head = journalOf(Array.from({ length: 30_000 }, (_, i) => report(`a${i}`)));
  const tail = `junk\0\n${journalOf(Array.from({ length: 30_000 }, (_, i) => report(`b${i}`)))}AT torn`;
  for (const readBytesAtMost of [Infinity, 65_536, 9_973]) {
    const disk = new FakeDisk();
    disk.put(PATH, head + tail);
    disk.put(`${PATH}.damaged`, "what was put aside before".repeat(1_000_000));
    disk.readBytesAtMost = readBytesAtMost;
    const bench = new Bench();
    const found = await recoverInto(disk, bench.registry);
    assertEquals([found?.records, found?.wholeBytes], [30_000, head.length]);
    assertEquals(found?.asidePath, `${PATH}.damaged`);
    assert(disk.text(`${PATH}.damaged`) === tail, "the rest is aside");
    assert(disk.durableTexts(`${PATH}.damaged`)[0] === tail, "and on the disk, before the journal is cut");
    assert(disk.text(PATH) === head + tail, "the journal is not touched");
    assertEquals([bench.registry.size, bench.held("b1")], [30_000, undefined]);
    assertEquals(disk.openFiles, 0);
  }
});

test("reports of strangers, and of more clients than may be kept, are left out and counted", async () => {
  const disk = new FakeDisk();
  const stranger = (id: string) => report(id).replace("Goloman", "Golomann");
  const lines = [report("a"), stranger("a"), stranger("b"), report("c"), report("d"), report("a", 2)];
  disk.put(PATH, journalOf(lines));
  const bench = new Bench(spreading, 2);
  const found = await recoverInto(disk, bench.registry);
  assertEquals([found?.records, found?.strangers, found?.refused], [6, 2, 1]);
  assertEquals(bench.lines(), [report("c"), report("a", 2)]);
});

test("progress goes up to all there is", async () => {
  const disk = new FakeDisk();
  const lines = Array.from({ length: 10_000 }, (_, i) => report(`kiwi-${i}`));
  disk.put(PATH, journalOf(lines));
  disk.readBytesAtMost = 100_000;
  const seen: RecoveryProgress[] = [];
  await recoverInto(disk, new Bench().registry, (progress) => seen.push(progress));
  const ofBytes = journalOf(lines).length;
  assert(seen.length > 2);
  assertEquals(
    seen.every((one, i) => one.ofBytes === ofBytes && one.bytes > (seen[i - 1]?.bytes ?? 0)),
    true,
  );
  assertEquals(seen.at(-1), { bytes: ofBytes, ofBytes, records: 10_000 });
});

test("a journal that cannot be read, or not put aside, is an error, and no file stays open", async () => {
  const disk = new FakeDisk();
  disk.put(PATH, journalOf([report("kiwi"), "junk"]));
  disk.failing.add("read");
  await assertRejects(() => recoverInto(disk, new Bench().registry), Error, "input/output error");
  assertEquals(disk.openFiles, 0);
  disk.failing.clear();
  for (const failing of ["append", "open", "sync"] as const) {
    disk.failing.add(failing);
    await assertRejects(() => recoverInto(disk, new Bench().registry), Error);
    assertEquals(disk.openFiles, 0, failing);
    disk.failing.clear();
  }
  assertEquals(disk.text(PATH), journalOf([report("kiwi"), "junk"]));
});

/** Reports that often tie: same time, other origin, position or skew. */
const aLine = fc.record({
  origin: fc.constantFrom("Goloman", "Hands"),
  skew: fc.constantFrom("+0.000000001", "-0.000000001", "+0.500000000", "+00.000000001", "-1.000000000"),
  id: fc.constantFrom("a", "b", "c", "d"),
  position: fc.constantFrom("+1+2", "+1+3", "+01+2"),
  time: fc.constantFrom("1", "1.0", "2", "01"),
  source: fc.constantFrom(OWN, 0, 1),
}).map(({ origin, skew, id, position, time, source }) => ({
  text: `AT ${origin} ${skew} ${id} ${position} ${time}`,
  source,
}));

test("a registry comes back as it was, byte for byte and in its order, also where reports tied", async () => {
  await fc.assert(fc.asyncProperty(fc.array(aLine, { maxLength: 60 }), fc.boolean(), async (offers, ties) => {
    const bench = new Bench(ties ? colliding : spreading);
    const disk = new FakeDisk();
    const lines: string[] = [];
    for (const { text, source } of offers) {
      const verdict = bench.offer(text, source);
      // The journal gets what changed, in the order of changes.
      if (verdict === "new" || verdict === "newer") lines.push(text);
    }
    disk.put(PATH, journalOf(lines));
    const after = new Bench();
    await recoverInto(disk, after.registry);
    assertEquals(after.lines(), bench.lines());
    // The same again is no news.
    for (const line of bench.lines()) assertEquals(after.offer(line), "same");
  }));
});
