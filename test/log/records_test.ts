/** What a record of the log looks like: one message is one line, whatever its bytes. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { escapeText, RecordWriter, type Sign } from "../../src/log/records.ts";
import type { Instant } from "../../src/runtime/runtime.ts";
import { OutBuffer } from "../../src/wire/render.ts";
import { latin1, textOf } from "../binary.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

const NOW: Instant = { seconds: 1_795_426_914, nanos: 455_291_999 };
const TIME = "2026-11-23T09:41:54.455291Z";
const PEER = latin1("Holiday");

/** All that `write` writes, into a buffer that has to grow for it. */
function written(write: (writer: RecordWriter) => void): string {
  const out = new OutBuffer(0);
  write(new RecordWriter(out));
  return textOf(out.view());
}

function linesOf(text: string, sign: Sign = "<"): string {
  const bytes = latin1(text);
  return written((writer) => writer.lines(NOW, PEER, sign, bytes, 0, bytes.length));
}

function messageOf(text: string): string {
  const bytes = latin1(text);
  return written((writer) => writer.message(NOW, PEER, ">", bytes, 0, bytes.length));
}

/** What an escaped text stands for. */
function unescaped(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-f]{2})|(.))/g,
    (_, hex: string | undefined, letter: string | undefined) => {
      if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
      const meant: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", "\\": "\\" };
      const char = meant[letter ?? ""];
      assert(char !== undefined, `\\${letter} is an escape`);
      return char;
    },
  );
}

test("a record has its time, its peer, its sign and its text", () => {
  for (const sign of ["<", ">", "+", "-", "!"] as const) {
    assertEquals(linesOf("IAMAT kiwi +1+2 3\n", sign), `${TIME} Holiday ${sign} IAMAT kiwi +1+2 3\n`);
  }
  assertEquals(messageOf("AT ...\n{}\n\n"), `${TIME} Holiday > AT ...\\n{}\\n\\n\n`);
});

test("the time is that of the instant, cut to microseconds", () => {
  const times: readonly (readonly [now: Instant, text: string])[] = [
    [{ seconds: 0, nanos: 0 }, "1970-01-01T00:00:00.000000Z"],
    [{ seconds: 0, nanos: 999 }, "1970-01-01T00:00:00.000000Z"],
    [{ seconds: 0, nanos: 1_000 }, "1970-01-01T00:00:00.000001Z"],
    [{ seconds: 951_782_399, nanos: 999_999_999 }, "2000-02-28T23:59:59.999999Z"],
    [{ seconds: 951_782_400, nanos: 100_000_000 }, "2000-02-29T00:00:00.100000Z"],
    [{ seconds: 951_782_400, nanos: 50_000 }, "2000-02-29T00:00:00.000050Z"],
    [{ seconds: 951_782_399, nanos: 7_000 }, "2000-02-28T23:59:59.000007Z"],
  ];
  // One writer for all of them, as a clock may step back.
  const text = written((writer) => {
    for (const [now] of times) writer.message(now, PEER, "!", latin1("x"), 0, 1);
  });
  assertEquals(text, times.map(([, time]) => `${time} Holiday ! x\n`).join(""));
});

test("printable ASCII stands for itself, and every other byte is escaped in a way of its own", () => {
  const escapes = new Map([["\t", "\\t"], ["\n", "\\n"], ["\r", "\\r"], ["\\", "\\\\"]]);
  const shown = new Set<string>();
  for (let byte = 0; byte < 256; byte++) {
    const char = String.fromCharCode(byte);
    const isPlain = byte >= 0x20 && byte <= 0x7e && char !== "\\";
    const hex = `\\x${byte.toString(16).padStart(2, "0")}`;
    const expected = isPlain ? char : escapes.get(char) ?? hex;
    assertEquals(messageOf(char), `${TIME} Holiday > ${expected}\n`);
    assertEquals(escapeText(latin1(char)), expected);
    if (char !== "\n") assertEquals(linesOf(char), `${TIME} Holiday < ${expected}\n`);
    shown.add(expected);
  }
  assertEquals(shown.size, 256);
});

test("nothing a peer sends looks like a record of its own", () => {
  const forged = `x\r\n${TIME} Wilkes > forged\x1b[2J\x00\u0085`;
  assertEquals(messageOf(forged), `${TIME} Holiday > x\\r\\n${TIME} Wilkes > forged\\x1b[2J\\x00\\x85\n`);
  assertEquals(
    linesOf(forged.replace("\n", "")),
    `${TIME} Holiday < x\\r${TIME} Wilkes > forged\\x1b[2J\\x00\\x85\n`,
  );
});

test("each line is a record, whether it is empty, ended or not", () => {
  assertEquals(linesOf(""), "");
  assertEquals(linesOf("\n"), `${TIME} Holiday < \n`);
  assertEquals(linesOf("\n\n"), `${TIME} Holiday < \n${TIME} Holiday < \n`);
  assertEquals(linesOf("a"), `${TIME} Holiday < a\n`);
  assertEquals(linesOf("a\nb"), `${TIME} Holiday < a\n${TIME} Holiday < b\n`);
  assertEquals(linesOf("a\r\nb\n"), `${TIME} Holiday < a\\r\n${TIME} Holiday < b\n`);
  assertEquals(messageOf(""), `${TIME} Holiday > \n`);
});

test("only the bytes between start and end are told", () => {
  const bytes = latin1("before\none\ntwo\nafter");
  const text = written((writer) => {
    writer.lines(NOW, PEER, "<", bytes, 7, 15);
    writer.lines(NOW, PEER, "<", bytes, 7, 7);
    writer.message(NOW, PEER, ">", bytes, 7, 14);
  });
  assertEquals(
    text,
    `${TIME} Holiday < one\n${TIME} Holiday < two\n${TIME} Holiday > one\\ntwo\n`,
  );
  assertEquals(escapeText(bytes, 3, 8), "ore\\no");
});

test("a long name of a peer is cut, so that its message is still told", () => {
  const text = written((writer) => {
    writer.message(NOW, latin1("p".repeat(1_000)), "<", latin1("text"), 0, 4);
  });
  assertMatch(text, /^2026-11-23T09:41:54\.455291Z p{100,1000} < text\n$/);
});

const anyText = fc.array(
  fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0x0a, 0x0a, 0x0d, 0x5c, 0x61)),
  { maxLength: 60 },
).map((bytes) => textOf(Uint8Array.from(bytes)));

test("a record tells every byte of its line, in printable ASCII", () => {
  const start = `${TIME} Holiday < `;
  fc.assert(
    fc.property(anyText, (text) => {
      const lines = text.split("\n");
      if (lines.at(-1) === "") lines.pop();
      const records = linesOf(text).split("\n");
      assertEquals(records.pop(), "");
      for (const record of records) assertMatch(record, /^[ -~]*$/);
      assertEquals(records.map((record) => record.slice(0, start.length)), lines.map(() => start));
      assertEquals(records.map((record) => unescaped(record.slice(start.length))), lines);
      const whole = messageOf(text);
      assertMatch(whole, /^[ -~]*\n$/);
      assertEquals(unescaped(whole.slice(start.length, -1)), text);
      assertEquals(unescaped(escapeText(latin1(text))), text);
    }),
    { numRuns: 1_000 },
  );
});

test("lines of every length are told in whole, plain or escaped", () => {
  for (const length of [4_095, 4_096, 4_097, 8_191, 8_192, 8_193, 16_384, 100_000]) {
    for (const [char, shown] of [["x", "x"], ["\xff", "\\xff"], ["\\", "\\\\"]] as const) {
      const line = char.repeat(length);
      const record = `${TIME} Holiday < ${shown.repeat(length)}\n`;
      assertEquals(linesOf(line) === record, true, `${length} ${shown} without an end`);
      assertEquals(linesOf(`${line}\nb\n`) === `${record}${TIME} Holiday < b\n`, true, `${length} ${shown}`);
      assertEquals(messageOf(line) === record.replace("<", ">"), true, `${length} ${shown} as a message`);
    }
  }
});
