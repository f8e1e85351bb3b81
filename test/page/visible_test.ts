/** What is shown of texts that others have chosen. */
import { assertEquals } from "@std/assert";
import { visible } from "../../src/page/visible.ts";
import { test } from "../runner.ts";

test("what turns a text around, or is not seen in it, is shown as what it is", () => {
  assertEquals(visible("kiwi\u202e7-nav\u2069"), "kiwi\\u{202e}7-nav\\u{2069}");
  assertEquals(visible("a\u0000b\u009bc\u2028d\n"), "a\\u{0}b\\u{9b}c\\u{2028}d\\u{a}");
});

test("words of every language, and pictures made of several characters, stand as they are", () => {
  for (const text of ["van/7 \\x", "שלום", "متجر", "🚲", "👩‍🚒", "é", "सड़क"]) assertEquals(visible(text), text);
});
