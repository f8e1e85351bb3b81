/** What stands on a line of the terminal. */
import { assert, assertEquals } from "@std/assert";
import { durationText, numberText, printable, sparkline, toTerminal } from "../../src/top/text.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

test("nothing that a client calls itself commands the terminal, or turns the line around", () => {
  assertEquals(printable("a\x1b[2Jb\x07\x9b\n"), "a\\x1b[2Jb\\x07\\x9b\\x0a");
  assertEquals(printable("\u202eabc\u0301\u2028"), "\\u{202e}abc\\u{301}\\u{2028}");
  assertEquals(printable("Zürich-Größe 東京"), "Zürich-Größe 東京");
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const line = toTerminal([{ text, style: "plain" }, { text, style: "bad" }], 1_000, false);
    assert(!/[\p{Cc}\p{Cf}\p{Cs}]/u.test(line), JSON.stringify(line));
  }));
});

test("a line is cut to the width of the terminal, colors and escapes not counted in", () => {
  const line = [{ text: "ab\x1b", style: "good" }, { text: "cdef", style: "plain" }] as const;
  assertEquals(toTerminal(line, 8, false), "ab\\x1bcd");
  assertEquals(toTerminal(line, 8, true), "\x1b[32mab\\x1b\x1b[0mcd");
  assertEquals(toTerminal(line, 3, false), "ab\\");
  assertEquals(toTerminal(line, 0, false), "");
});

test("numbers and durations are short", () => {
  assertEquals([undefined, 0, 3, 0.25, 9.96, 10.4, 12_345.6].map(numberText), [
    "-",
    "0",
    "3",
    "0.3",
    "10.0",
    "10",
    "12,346",
  ]);
  assertEquals([0.9, 59.9, 60, 3_599, 3_600, 86_399, 86_400, 9e6].map(durationText), [
    "0s",
    "59s",
    "1m00s",
    "59m59s",
    "1h00m",
    "23h59m",
    "1d00h",
    "104d04h",
  ]);
});

test("a sparkline shows the newest values, as high as they are beside its largest", () => {
  assertEquals(sparkline([0, 1, 2, 7, undefined, 14], 6), "▁▂▂▅ █");
  assertEquals(sparkline([7, 14, 0], 2), "█▁");
  assertEquals(sparkline([0, 0], 4), "  ▁▁");
  assertEquals(sparkline([1], 0), "");
  assertEquals(sparkline([1], -3), "");
});
