/** AT lines as other programs write them, and the addresses that they come from. */
import { assertEquals } from "@std/assert";
import { numericHost } from "../../src/herd/address.ts";
import { tidyLine, withProtocolSkew } from "../../src/herd/classic_lines.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

test("a tidy line has the same fields, one space apart", () => {
  const blank = fc.string({ unit: fc.constantFrom(" ", "\t", "\r", "\f", "\v"), minLength: 1, maxLength: 3 });
  const edge = fc.oneof(blank, fc.constant(""));
  const field = fc.string({ unit: fc.constantFrom("A", "T", "+", "7", "\u00a0", "é"), minLength: 1 });
  const padded = fc.tuple(fc.array(fc.tuple(field, blank)), field, edge, edge);
  fc.assert(fc.property(padded, ([most, last, before, after]) => {
    const line = encoder.encode(`${before}${most.map((pair) => pair.join("")).join("")}${last}${after}\n`);
    const fields = [...most.map(([first]) => first), last];
    assertEquals(decoder.decode(tidyLine(line, 0, line.length - 1)), `${fields.join(" ")}\n`);
  }));
});

test("a skew as other languages write it becomes the protocol's", () => {
  const written: readonly (readonly [string, string])[] = [
    ["+0.263873386", "+0.263873386"],
    ["+0.26387310028076172", "+0.263873100"],
    ["-0.5", "-0.500000000"],
    ["+5", "+5.000000000"],
    ["+9.5367431640625e-05", "+0.000095367"],
    ["-1.25E-07", "-0.000000125"],
    ["-1e-10", "+0.000000000"],
    ["-0.0", "+0.000000000"],
    ["+1.5e+03", "+1500.000000000"],
    ["+1.2345678901234e+02", "+123.456789012"],
    ["-275983853.8679407", "-275983853.867940700"],
    ["+000.5", "+0.500000000"],
  ];
  const none = [
    "",
    "+",
    "0.5",
    "x",
    "+.5",
    "+5.",
    "+-5",
    "nan",
    "inf",
    "+0x1p3",
    "+1e5",
    "+1_0",
    "+1,5",
    "+\u0661",
  ];
  for (const [from, to] of [...written, ...none.map((text) => [text, text] as const)]) {
    const line = withProtocolSkew(encoder.encode(`AT Hands ${from} kiwi +1-1 5\n`));
    assertEquals(decoder.decode(line), `AT Hands ${to} kiwi +1-1 5\n`);
  }
  for (const line of ["AT\n", "AT Hands\n", "AT Hands 5\n", `AT Hands +${"1".repeat(4_000)} kiwi +1-1 5\n`]) {
    assertEquals(decoder.decode(withProtocolSkew(encoder.encode(line))), line);
  }
});

test("an address is known in every form in which it can be written, and a name is none", () => {
  const same: readonly (readonly string[])[] = [
    ["127.0.0.1", "::ffff:127.0.0.1", "::FFFF:7f00:1", "0:0:0:0:0:ffff:127.0.0.1"],
    ["255.255.255.255", "::ffff:ffff:ffff"],
    ["::1", "0:0:0:0:0:0:0:1", "0000::0001"],
    ["2001:db8::a", "2001:0DB8:0::A"],
    ["0.0.0.0"],
  ];
  for (const [first = "", ...others] of same) {
    for (const form of [first, ...others]) assertEquals(numericHost(form), first, form);
  }
  const none = [
    "",
    "localhost",
    "127.1",
    "127.0.0.256",
    "127.0.0.01",
    "1.2.3.4.5",
    "a",
    "face",
    ":",
    "::1]",
    "[::1]",
  ];
  for (const host of [...none, "::g", "1::2::3", "::1%eth0", " 127.0.0.1"]) {
    assertEquals(numericHost(host), undefined, host);
  }
});
