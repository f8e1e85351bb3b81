/** What a server says, to the byte: skews exact in nanoseconds, refusals that copy. */
import { assert, assertEquals } from "@std/assert";
import type { Instant } from "../../src/runtime/runtime.ts";
import { ClientParser } from "../../src/wire/client_message.ts";
import { IdHash } from "../../src/wire/id_hash.ts";
import {
  AtRenderer,
  OutBuffer,
  renderRefusal,
  writeNanos,
  writeSkew,
  writeWhole,
} from "../../src/wire/render.ts";
import { latin1, textOf } from "../binary.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

const parser = new ClientParser(new IdHash(new Uint8Array(1024).map((_, i) => i * 167)));

/** The AT line, with its LF, that answers an IAMAT. */
function reply(iamat: string, arrival: Instant, origin = "Goloman"): string {
  const bytes = latin1(`${iamat}\n`);
  const message = parser.parse(bytes, 0, bytes.length);
  assert(message?.kind === "iamat", iamat);
  const out = new OutBuffer(0);
  new AtRenderer(origin).render(out, bytes, message, arrival);
  return textOf(out.view());
}

/** What a writer writes, which must be no further than it says. */
function written(write: (to: Uint8Array, at: number) => number): string {
  const to = new Uint8Array(40).fill(0x23);
  const end = write(to, 3);
  assertEquals(textOf(to, 0, 3) + textOf(to, end), "#".repeat(43 - end));
  return textOf(to, 3, end);
}

const NANOS = 1_000_000_000n;

function nanosOf({ seconds, nanos }: Instant): bigint {
  return BigInt(seconds) * NANOS + BigInt(nanos);
}

function referSkew(arrival: Instant, time: Instant): string {
  const difference = nanosOf(arrival) - nanosOf(time);
  const size = difference < 0n ? -difference : difference;
  return `${difference < 0n ? "-" : "+"}${size / NANOS}.${String(size % NANOS).padStart(9, "0")}`;
}

test("the protocol's own example", () => {
  assertEquals(
    reply("IAMAT kiwi.cs.ucla.edu +34.068930-118.445127 1520023934.918963997", {
      seconds: 1_520_023_935,
      nanos: 182_837_383,
    }),
    "AT Goloman +0.263873386 kiwi.cs.ucla.edu +34.068930-118.445127 1520023934.918963997\n",
  );
});

test("the reply copies the request's own bytes, whatever white space was around them", () => {
  const now = { seconds: 7, nanos: 0 };
  assertEquals(
    reply(" \tIAMAT\r\r\xff\0\xa0\x0b-00.50+000 \f 0007.000 \r", now, "Welsh"),
    "AT Welsh +0.000000000 \xff\0\xa0 -00.50+000 0007.000\n",
  );
  const id = "x".repeat(4_000);
  assertEquals(reply(`IAMAT ${id} +1+2 7`, now), `AT Goloman +0.000000000 ${id} +1+2 7\n`);
});

test("skews at their edges", () => {
  const edges: readonly (readonly [arrival: Instant, time: Instant, skew: string])[] = [
    [{ seconds: 0, nanos: 0 }, { seconds: 0, nanos: 0 }, "+0.000000000"],
    [{ seconds: 5, nanos: 7 }, { seconds: 5, nanos: 7 }, "+0.000000000"],
    [{ seconds: 5, nanos: 1 }, { seconds: 5, nanos: 0 }, "+0.000000001"],
    [{ seconds: 5, nanos: 0 }, { seconds: 5, nanos: 1 }, "-0.000000001"],
    [{ seconds: 5, nanos: 0 }, { seconds: 4, nanos: 999_999_999 }, "+0.000000001"],
    [{ seconds: 4, nanos: 999_999_999 }, { seconds: 5, nanos: 0 }, "-0.000000001"],
    [{ seconds: 5, nanos: 0 }, { seconds: 6, nanos: 0 }, "-1.000000000"],
    [{ seconds: 6, nanos: 0 }, { seconds: 5, nanos: 0 }, "+1.000000000"],
    [{ seconds: 5, nanos: 0 }, { seconds: 5, nanos: 999_999_999 }, "-0.999999999"],
    [{ seconds: 5, nanos: 999_999_999 }, { seconds: 7, nanos: 0 }, "-1.000000001"],
    [{ seconds: 5, nanos: 999_999_999 }, { seconds: 6, nanos: 999_999_998 }, "-0.999999999"],
    [{ seconds: 0, nanos: 0 }, { seconds: 86_400, nanos: 0 }, "-86400.000000000"],
    [{ seconds: 0, nanos: 1 }, { seconds: 99_999_999_999, nanos: 0 }, "-99999999998.999999999"],
    [{ seconds: 1_795_426_914, nanos: 0 }, { seconds: 0, nanos: 1 }, "+1795426913.999999999"],
  ];
  for (const [arrival, time, skew] of edges) {
    const when = `${time.seconds}.${String(time.nanos).padStart(9, "0")}`;
    assertEquals(reply(`IAMAT k +1+2 ${when}`, arrival), `AT Goloman ${skew} k +1+2 ${when}\n`);
  }
});

const instant = fc.record({
  seconds: fc.oneof(fc.nat({ max: 3 }), fc.integer({ min: 0, max: 99_999_999_999 })),
  nanos: fc.oneof(fc.constantFrom(0, 1, 999_999_999), fc.nat({ max: 999_999_999 })),
});

test("skews are exact in nanoseconds", () => {
  fc.assert(
    fc.property(instant, instant, (arrival, time) => {
      const skew = written((to, at) =>
        writeSkew(to, new DataView(to.buffer), at, arrival.seconds - time.seconds, arrival.nanos - time.nanos)
      );
      assertEquals(skew, referSkew(arrival, time));
      const when = `${time.seconds}.${String(time.nanos).padStart(9, "0")}`;
      assertEquals(reply(`IAMAT k +1+2 ${when}`, arrival), `AT Goloman ${skew} k +1+2 ${when}\n`);
    }),
    { numRuns: 5_000 },
  );
});

test("whole numbers and nanoseconds are written in all their digits", () => {
  const whole = fc.oneof(
    fc.integer({ min: 0, max: 999_999_999_999 }),
    fc.tuple(fc.nat({ max: 11 }), fc.integer({ min: -1, max: 1 })).map(([power, step]) =>
      Math.max(0, 10 ** power + step)
    ),
  );
  fc.assert(
    fc.property(whole, fc.nat({ max: 999_999_999 }), (value, nanos) => {
      assertEquals(written((to, at) => writeWhole(to, at, value)), String(value));
      assertEquals(
        written((to, at) => writeNanos(new DataView(to.buffer), at, nanos)),
        String(nanos).padStart(9, "0"),
      );
    }),
    { numRuns: 5_000 },
  );
});

test("a refusal copies its line exactly, whatever its bytes", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 5 }),
      fc.nat({ max: 5 }),
      (lines, capacity) => {
        const out = new OutBuffer(capacity);
        for (const line of lines) {
          renderRefusal(out, new Uint8Array([1, 2, ...line, 3]), 2, 2 + line.length);
        }
        assertEquals(textOf(out.view()), lines.map((line) => `? ${textOf(line)}\n`).join(""));
      },
    ),
    { numRuns: 500 },
  );
});

test("replies of every kind follow one another in one buffer that grows", () => {
  const out = new OutBuffer(0);
  const renderer = new AtRenderer("Hands");
  const iamat = latin1("IAMAT kiwi +1+2 3\n");
  const message = parser.parse(iamat, 0, iamat.length);
  assert(message?.kind === "iamat");
  const expected: string[] = [];
  for (let i = 0; i < 1_000; i++) {
    renderer.render(out, iamat, message, { seconds: i, nanos: 5 });
    expected.push(`AT Hands ${referSkew({ seconds: i, nanos: 5 }, { seconds: 3, nanos: 0 })} kiwi +1+2 3\n`);
    renderRefusal(out, iamat, 0, i % 18);
    expected.push(`? ${"IAMAT kiwi +1+2 3".slice(0, i % 18)}\n`);
    out.append(Uint8Array.of(0x7b, 0x7d));
    expected.push("{}");
  }
  assertEquals(textOf(out.view()), expected.join(""));
  const skipped = expected[0]?.length ?? 0;
  assertEquals(textOf(out.view(skipped)), expected.slice(1).join(""));
});
