/** protocol.md, "Which report is newer": one winner on every server, whatever the order of arrival. */
import { assert, assertEquals } from "@std/assert";
import { compareTied, isRepeated, viewAtLine } from "../../src/registry/report_order.ts";
import { NONE, OWN, Registry } from "../../src/registry/registry.ts";
import { IdHash } from "../../src/wire/id_hash.ts";
import { type AtLine, LinkParser } from "../../src/wire/link_message.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

const hash = new IdHash(new Uint8Array(1024).map((_, i) => i * 167));
const parser = new LinkParser(hash);
const KIWI = new TextEncoder().encode("kiwi");
const NEIGHBOR = 0;

interface Report {
  readonly origin: string;
  readonly skew: string;
  readonly position: string;
  readonly time: string;
}

function textOf({ origin, skew, position, time }: Report): string {
  return `AT ${origin} ${skew} kiwi ${position} ${time}`;
}

/** A line of its own, as a neighbor would send it. */
function lineOf(text: string): AtLine {
  const bytes = new TextEncoder().encode(`${text}\n`);
  const message = parser.parse(bytes, 0, bytes.length);
  assert(message?.kind === "at", text);
  return { ...message.line };
}

function makeRegistry(): Registry {
  return new Registry(hash, 1_000);
}

function heldBy(registry: Registry): string {
  const entry = registry.find(KIWI, 0, KIWI.length, hash.of(KIWI, 0, KIWI.length));
  assert(entry !== NONE);
  return new TextDecoder().decode(registry.lineOf(entry));
}

function* permutations<T>(items: readonly T[]): Generator<readonly T[]> {
  if (items.length === 0) yield [];
  for (const [i, first] of items.entries()) {
    for (const rest of permutations(items.toSpliced(i, 1))) yield [first, ...rest];
  }
}

/** Offers the reports in every order, each of them `times` times, and returns all that was held in the end. */
function winners(texts: readonly string[], times = 1): ReadonlySet<string> {
  const held = new Set<string>();
  for (const order of permutations(texts)) {
    const registry = makeRegistry();
    for (let i = 0; i < times; i++) {
      for (const text of order) registry.offer(lineOf(text), NEIGHBOR);
    }
    held.add(heldBy(registry));
  }
  return held;
}

const TIED: Report = { origin: "Goloman", skew: "+0.500000000", position: "+34-118", time: "5.5" };

/** Each first one is to win over the second. */
const decided: readonly (readonly [why: string, winner: Partial<Report>, loser: Partial<Report>])[] = [
  ["100 ns later", { time: "1520023934.9189640" }, { time: "1520023934.9189639" }],
  ["one nanosecond later", { time: "1520023934.918963998" }, { time: "1520023934.918963997" }],
  ["a second more, in one digit more", { time: "1000000000.5" }, { time: "999999999.5" }],
  ["a nanosecond more, over the second", { time: "1000000000" }, { time: "999999999.999999999" }],
  ["decimals compared as decimals", { time: "5.5" }, { time: "5.10" }],
  ["decimals compared as decimals, more of them", { time: "5.1" }, { time: "5.099999999" }],
  ["leading zeros mean nothing", { time: "6" }, { time: "0000005.0" }],
  ["a later time beats a smaller origin", { time: "5.6", origin: "Z" }, { time: "5.5", origin: "A" }],
  ["the smaller origin", { origin: "Goloman" }, { origin: "Hands" }],
  ["a prefix is smaller", { origin: "Golo" }, { origin: "Goloman" }],
  ["upper case is smaller", { origin: "Z" }, { origin: "a" }],
  [
    "origin before position",
    { origin: "Goloman", position: "-1-1" },
    { origin: "Hands", position: "+1+1" },
  ],
  ["the smaller position text", { position: "+34-118" }, { position: "-34-118" }],
  ["position text, not its value", { position: "+10-118" }, { position: "+9-118" }],
  ["position text, with its zeros", { position: "+34-118" }, { position: "+34-118.0" }],
  [
    "position before skew",
    { position: "+1+1", skew: "+9.000000000" },
    { position: "+2+2", skew: "-9.000000000" },
  ],
  ["the smaller skew", { skew: "+0.500000000" }, { skew: "+0.500000001" }],
  ["a skew is a number", { skew: "+9.000000000" }, { skew: "+10.000000000" }],
  ["leading zeros of a skew mean nothing", { skew: "+000.500000000" }, { skew: "+1.000000000" }],
  ["leading zeros of a negative skew neither", { skew: "-1.000000000" }, { skew: "-000.500000000" }],
  ["a skew has a sign", { skew: "-0.000000001" }, { skew: "+0.000000001" }],
  ["a negative skew is less than none", { skew: "-0.000000001" }, { skew: "+0.000000000" }],
  ["the more negative is smaller", { skew: "-10.000000000" }, { skew: "-9.000000000" }],
  ["the more negative is smaller, by its decimals", { skew: "-0.500000001" }, { skew: "-0.500000000" }],
];

test("of two reports the newer one is held, in either order of arrival", () => {
  for (const [why, winner, loser] of decided) {
    const first = textOf({ ...TIED, ...winner });
    const second = textOf({ ...TIED, ...loser });
    assertEquals(winners([first, second]), new Set([first]), why);
    const registry = makeRegistry();
    assertEquals(registry.offer(lineOf(second), NEIGHBOR), "new", why);
    assertEquals(registry.offer(lineOf(first), NEIGHBOR), "newer", why);
    assertEquals(registry.offer(lineOf(second), NEIGHBOR), "older", why);
    assertEquals(registry.offer(lineOf(first), NEIGHBOR), "same", why);
  }
});

test("times of one value that are written differently have one winner too", () => {
  const times = ["5.5", "5.50", "5.500000000", "05.5", "005.50"];
  assertEquals(winners(times.map((time) => textOf({ ...TIED, time }))).size, 1);
});

test("skews of one value that are written differently have one winner too", () => {
  for (const skews of [["+0.000000000", "-0.000000000"], ["+0.500000000", "+00.500000000"]]) {
    assertEquals(winners(skews.map((skew) => textOf({ ...TIED, skew }))).size, 1, skews.join(" and "));
  }
});

const nines = fc.nat({ max: 2 }).map((value) => String(value * 499_999_999).padStart(9, "0"));
const report = fc.record({
  origin: fc.constantFrom("Goloman", "Hands", "Han"),
  position: fc.constantFrom("+34-118", "+34-118.0", "-34-118"),
  skew: fc.tuple(fc.constantFrom("+", "-"), fc.constantFrom("0", "1", "9", "10"), nines)
    .map(([sign, whole, decimals]) => `${sign}${whole}.${decimals}`)
    .map((skew) => skew === "-0.000000000" ? "+0.000000000" : skew),
  time: fc.constantFrom("5.5", "5.50", "05.5", "5.500000000"),
});

/** Sorts winners first, in the words of protocol.md; equal values written differently by their text. */
function refer(a: Report, b: Report): number {
  const text = (one: string, other: string) => one < other ? -1 : one > other ? 1 : 0;
  const nanos = ({ skew }: Report) => BigInt(skew.replace(/[+.]/g, ""));
  const skews = nanos(a) - nanos(b);
  return text(a.origin, b.origin) || text(a.position, b.position) ||
    (skews < 0n ? -1 : skews > 0n ? 1 : 0) || text(a.time, b.time);
}

test("tied reports are in one total order", () => {
  fc.assert(
    fc.property(report, report, report, (a, b, c) => {
      const compare = (one: Report, other: Report) =>
        Math.sign(compareTied(lineOf(textOf(one)), lineOf(textOf(other))));
      assertEquals(compare(a, b), refer(a, b));
      assertEquals(compare(a, b) + compare(b, a), 0, "antisymmetric");
      assertEquals(compare(a, a), 0);
      assertEquals(compare(a, b) === 0, textOf(a) === textOf(b), "only equals are equal");
      if (compare(a, b) <= 0 && compare(b, c) <= 0) assert(compare(a, c) <= 0, "transitive");
    }),
    { numRuns: 3_000 },
  );
});

test("over all orders of arrival, tied reports leave one winner", () => {
  fc.assert(
    fc.property(fc.array(report, { minLength: 1, maxLength: 5 }), (reports) => {
      const [best] = reports.toSorted(refer);
      assert(best !== undefined);
      assertEquals(winners(reports.map(textOf), 2), new Set([textOf(best)]));
    }),
    { numRuns: 150 },
  );
});

/** What happens in a herd of three: an IAMAT at one of them, or a report under way that arrives, perhaps twice. */
const SERVERS = ["Goloman", "Hands", "Holiday"] as const;
const happening = fc.oneof(
  fc.record({
    kind: fc.constant("iamat" as const),
    at: fc.nat({ max: 2 }),
    position: fc.constantFrom("+1+1", "-1-1"),
    skew: fc.constantFrom("-0.000000001", "+0.000000000", "+0.000000002", "+10.000000000"),
    time: fc.constantFrom("5.5", "5.50", "5.6"),
  }),
  fc.record({ kind: fc.constant("arrival" as const), which: fc.nat(), again: fc.boolean() }),
);

/** The least there is to know. */
const SOMETHING = { kind: "iamat", at: 0, position: "-1-1", skew: "+10.000000000", time: "5.5" } as const;

test("whatever reached whom first, servers that have seen the same reports hold the same", () => {
  fc.assert(
    fc.property(fc.array(happening, { minLength: 1, maxLength: 40 }), (happenings) => {
      const registries = SERVERS.map(makeRegistry);
      const underWay: { readonly to: number; readonly text: string }[] = [];
      const flood = (from: number, text: string) => {
        for (const to of SERVERS.keys()) if (to !== from) underWay.push({ to, text });
      };
      const arrive = ({ to, text }: { readonly to: number; readonly text: string }) => {
        const verdict = registries[to]?.offer(lineOf(text), NEIGHBOR);
        if (verdict === "new" || verdict === "newer") flood(to, text);
      };
      for (const one of [...happenings, SOMETHING]) {
        if (one.kind === "iamat") {
          const text = textOf({ ...one, origin: SERVERS[one.at] ?? "" });
          const verdict = registries[one.at]?.offer(lineOf(text), OWN);
          if (verdict === "new" || verdict === "newer") flood(one.at, text);
        } else if (underWay.length > 0) {
          const which = one.which % underWay.length;
          const [message] = one.again ? [underWay[which]] : underWay.splice(which, 1);
          if (message !== undefined) arrive(message);
        }
      }
      for (let message = underWay.pop(); message !== undefined; message = underWay.pop()) arrive(message);
      assertEquals(new Set(registries.map(heldBy)).size, 1);
    }),
    { numRuns: 1_000 },
  );
});

test("the same IAMAT again at the same server changes nothing, whatever its clock says by then", () => {
  for (const skew of ["-5.000000000", "+0.499999999", "+0.500000001", "+7.000000000"]) {
    const registry = makeRegistry();
    const first = textOf(TIED);
    assertEquals(registry.offer(lineOf(first), OWN), "new");
    assertEquals(registry.offer(lineOf(textOf({ ...TIED, skew })), OWN), "same", skew);
    assertEquals([registry.seq, heldBy(registry)], [1, first]);
  }
});

test("an IAMAT that says something else is no repetition", () => {
  const registry = makeRegistry();
  registry.offer(lineOf(textOf(TIED)), OWN);
  const moved = textOf({ ...TIED, position: "+33-118", skew: "+9.000000000" });
  assertEquals(registry.offer(lineOf(moved), OWN), "newer");
  const later = textOf({ ...TIED, time: "5.500000001" });
  assertEquals(registry.offer(lineOf(later), OWN), "newer");
  assertEquals(heldBy(registry), later);
  const isRepetition = (one: Partial<Report>) =>
    isRepeated(lineOf(textOf(TIED)), lineOf(textOf({ ...TIED, ...one })));
  assertEquals(
    [
      isRepetition({ skew: "-9.000000000" }),
      isRepetition({ origin: "Hands" }),
      isRepetition({ position: "+34-119" }),
    ],
    [true, false, false],
  );
});

test("the fields of a kept line are where they were when it was parsed", () => {
  const part = fc.string({ minLength: 1, maxLength: 8, unit: "grapheme-ascii" }).map((text) =>
    text.replaceAll(" ", "_")
  );
  fc.assert(
    fc.property(part, part, report, fc.nat({ max: 20 }), (origin, id, { skew, position, time }, before) => {
      const text = `AT ${origin} ${skew} ${id} ${position} ${time}`;
      const bytes = new TextEncoder().encode(`${" ".repeat(before)}${text}\nAT x y z`);
      const message = parser.parse(bytes, before, bytes.length);
      assert(message?.kind === "at");
      const { seconds, nanos, idHash } = message.line;
      const viewed = viewAtLine(bytes, before, before + text.length);
      assertEquals({ ...viewed, seconds, nanos, idHash }, message.line);
    }),
    { numRuns: 500 },
  );
});
