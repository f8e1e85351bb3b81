/** AT lines as other programs write them, and the addresses that they come from. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { numericHost } from "../../src/herd/address.ts";
import { tidyLine } from "../../src/herd/classic_lines.ts";
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
