/** What neighbors say on a link: AT lines to the byte, marks, beats, and what is none of them. */
import { assert, assertEquals } from "@std/assert";
import { AHEAD, ClientParser } from "../../src/wire/client_message.ts";
import { IdHash } from "../../src/wire/id_hash.ts";
import {
  type AtLine,
  BEAT_LINE,
  type LinkMessage,
  LinkParser,
  ORIGIN_OFFSET,
  renderMark,
  renderSeen,
} from "../../src/wire/link_message.ts";
import { AtRenderer, OutBuffer } from "../../src/wire/render.ts";
import { latin1, textOf } from "../binary.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

const hash = new IdHash(new Uint8Array(1024).map((_, i) => i * 167));
const parser = new LinkParser(hash);

/** What a line says, its fields as texts with one character a byte. */
type Said =
  | { readonly kind: "at"; readonly fields: Fields }
  | { readonly kind: "mark" | "seen"; readonly seq: number }
  | { readonly kind: "beat" }
  | { readonly kind: "other"; readonly line: string };

interface Fields {
  readonly line: string;
  readonly origin: string;
  readonly skew: string;
  readonly id: string;
  readonly position: string;
  readonly seconds: number;
  readonly nanos: number;
}

function fieldsOf(line: AtLine): Fields {
  const text = (start: number, end: number) => textOf(line.bytes, start, end);
  return {
    line: text(line.start, line.end),
    origin: text(line.start + ORIGIN_OFFSET, line.originEnd),
    skew: text(line.skewStart, line.skewEnd),
    id: text(line.idStart, line.idEnd),
    position: text(line.positionStart, line.positionEnd),
    seconds: line.seconds,
    nanos: line.nanos,
  };
}

function read(bytes: Uint8Array, start: number, end: number): { said: Said; next: number } | undefined {
  const message = parser.parse(bytes, start, end);
  if (message === undefined) return undefined;
  const { kind, next } = message;
  switch (kind) {
    case "at":
      return { said: { kind, fields: fieldsOf(message.line) }, next };
    case "mark":
    case "seen":
      return { said: { kind, seq: message.seq }, next };
    case "beat":
      return { said: { kind }, next };
    case "other":
      return { said: { kind, line: textOf(bytes, message.lineStart, message.lineEnd) }, next };
  }
}

/** Reads one line that stands behind another and before stale bytes. */
function readLine(line: string): Said {
  const before = "HERD/1 BEAT\n";
  const bytes = latin1(`${before}${line}\n\nAT A +0.000000000 stale +1+1 1\n`);
  const end = before.length + line.length + 1;
  const outcome = read(bytes, before.length, end);
  assert(outcome !== undefined, `${JSON.stringify(line)} has ended`);
  assertEquals(outcome.next, end);
  return outcome.said;
}

const EXAMPLE = "AT Goloman +0.263873386 kiwi.cs.ucla.edu +34.068930-118.445127 1520023934.918963997";

test("the protocol's own example", () => {
  const fields = {
    line: EXAMPLE,
    origin: "Goloman",
    skew: "+0.263873386",
    id: "kiwi.cs.ucla.edu",
    position: "+34.068930-118.445127",
    seconds: 1_520_023_934,
    nanos: 918_963_997,
  };
  assertEquals(readLine(EXAMPLE), { kind: "at", fields });
});

test("origins and clients of any bytes, and times from any future, are taken", () => {
  const lines = [
    "AT x -0.000000001 y +1+2 3",
    "AT AT +123456789012.000000000 AT -90-180 99999999999.999999999",
    "AT \xff\0 +0.000000000 \xa0\x1b +1+2 0.1",
    `AT Goloman -99.000000000 ${"x".repeat(10_000)} +1+2 3`,
  ];
  for (const line of lines) assertEquals(readLine(line).kind, "at", line);
});

test("a line that is nearly an AT line is none", () => {
  const lines = [
    "",
    "AT",
    "AT ",
    "AT Goloman",
    "AT Goloman +0.263873386",
    "AT Goloman +0.263873386 kiwi",
    "AT Goloman +0.263873386 kiwi +1+2",
    "AT Goloman +0.263873386 kiwi +1+2 ",
    "at Goloman +0.263873386 kiwi +1+2 3",
    " AT Goloman +0.263873386 kiwi +1+2 3",
    "AT  Goloman +0.263873386 kiwi +1+2 3",
    "AT Goloman  +0.263873386 kiwi +1+2 3",
    "AT Goloman +0.263873386  kiwi +1+2 3",
    "AT Goloman +0.263873386 kiwi  +1+2 3",
    "AT Goloman +0.263873386 kiwi +1+2  3",
    "AT Goloman +0.263873386 kiwi +1+2 3 ",
    "AT\tGoloman +0.263873386 kiwi +1+2 3",
    "AT Goloman\t+0.263873386 kiwi +1+2 3",
    "AT Goloman +0.263873386\tkiwi +1+2 3",
    "AT Goloman +0.263873386 kiwi\t+1+2 3",
    "AT Goloman +0.263873386 kiwi +1+2\t3",
    "AT Goloman +0.263873386 kiwi +1+2 3 4",
    "AT Goloman +0.263873386 ki wi +1+2 3",
    "AT Goloman 0.263873386 kiwi +1+2 3",
    "AT Goloman +.263873386 kiwi +1+2 3",
    "AT Goloman +0 kiwi +1+2 3",
    "AT Goloman +0. kiwi +1+2 3",
    "AT Goloman +0.26387338 kiwi +1+2 3",
    "AT Goloman +0.2638733860 kiwi +1+2 3",
    "AT Goloman +-0.263873386 kiwi +1+2 3",
    "AT Goloman +1234567890123.263873386 kiwi +1+2 3",
    "AT Goloman +0.26387338e kiwi +1+2 3",
    "AT Goloman +0.263873386 kiwi +1 3",
    "AT Goloman +0.263873386 kiwi +91+2 3",
    "AT Goloman +0.263873386 kiwi +1+181 3",
    "AT Goloman +0.263873386 kiwi +1+2 -3",
    "AT Goloman +0.263873386 kiwi +1+2 3.",
    "AT Goloman +0.263873386 kiwi +1+2 3.0000000000",
    "AT Goloman +0.263873386 kiwi +1+2 nan",
    "IAMAT kiwi +1+2 3",
  ];
  for (const line of lines) assertEquals(readLine(line), { kind: "other", line });
});

test("marks, what is said of them, and beats come back as they were rendered", () => {
  assertEquals(textOf(BEAT_LINE, 0, BEAT_LINE.length), "HERD/1 BEAT\n");
  assertEquals(read(BEAT_LINE, 0, BEAT_LINE.length), { said: { kind: "beat" }, next: BEAT_LINE.length });
  fc.assert(
    fc.property(fc.oneof(fc.nat(), fc.integer({ min: 0, max: 999_999_999_999_999 })), (seq) => {
      for (const [kind, bytes] of [["mark", renderMark(seq)], ["seen", renderSeen(seq)]] as const) {
        assertEquals(textOf(bytes, 0, bytes.length), `HERD/1 ${kind.toUpperCase()} ${seq}\n`);
        assertEquals(read(bytes, 0, bytes.length), { said: { kind, seq }, next: bytes.length });
      }
    }),
  );
  assertEquals(readLine("HERD/1 BEAT\r"), { kind: "beat" });
  assertEquals(readLine("HERD/1 MARK 5\r"), { kind: "mark", seq: 5 });
  assertEquals(readLine("HERD/1 SEEN 5\r"), { kind: "seen", seq: 5 });
});

test("what is nearly one of these is none", () => {
  const lines = [
    "HERD/1",
    "HERD/1 ",
    "HERD/1 MARK",
    "HERD/1 MARK ",
    "HERD/1 MARK  5",
    "HERD/1 MARK 5 ",
    "HERD/1 MARK -5",
    "HERD/1 MARK +5",
    "HERD/1 MARK 5.5",
    "HERD/1 MARK 1e3",
    "HERD/1 MARK 0x5",
    "HERD/1 MARK 1234567890123456",
    "HERD/1 MARK 5\0",
    "HERD/1 SEEN",
    "HERD/1 SEEN  5",
    "HERD/1 SEEN 1234567890123456",
    "HERD/1 SEEM 5",
    "HERD/2 MARK 5",
    "herd/1 mark 5",
    "HERD/1 BEAT ",
    "HERD/1 BEATS",
    "HERD/1 BEA",
    " HERD/1 BEAT",
    "HERD/1  BEAT",
    "HERD/1 WELCOME",
  ];
  for (const line of lines) assertEquals(readLine(line), { kind: "other", line });
});

test("a line that has not ended is no message yet, wherever it was cut", () => {
  for (const line of [EXAMPLE, "HERD/1 MARK 12345", "HERD/1 BEAT", "anything \xff"]) {
    for (let cut = 0; cut <= line.length; cut++) {
      const bytes = latin1(`${line.slice(0, cut)}\n${line.slice(cut + 1)}\nAT A +0.000000000 stale +1+1 1\n`);
      assertEquals(parser.parse(bytes, 0, cut), undefined, line.slice(0, cut));
    }
  }
});

const FIELD = "[^ \\t\\r\\n\\f\\v]+";
const COORDINATE = "[+-][0-9]{1,3}(?:\\.[0-9]+)?";
const AT = new RegExp(
  `^AT (${FIELD}) ([+-][0-9]{1,12}\\.[0-9]{9}) (${FIELD}) (${COORDINATE}${COORDINATE}) ` +
    "([0-9]+)(?:\\.([0-9]{1,9}))?$",
);

/** A naive reading of lines whose positions and times are within their bounds. */
function refer(withCr: string): Said {
  const [whole, origin = "", skew = "", id = "", position = "", seconds = "", decimals = ""] =
    AT.exec(withCr) ?? [];
  if (whole !== undefined) {
    const nanos = Number(decimals.padEnd(9, "0"));
    const fields = { line: withCr, origin, skew, id, position, seconds: Number(seconds), nanos };
    return { kind: "at", fields };
  }
  const line = withCr.replace(/\r$/, "");
  const [, word, seq] = /^HERD\/1 (MARK|SEEN) ([0-9]{1,15})$/.exec(line) ?? [];
  if (seq !== undefined) return { kind: word === "MARK" ? "mark" : "seen", seq: Number(seq) };
  return line === "HERD/1 BEAT" ? { kind: "beat" } : { kind: "other", line };
}

const char = fc.nat({ max: 255 }).filter((byte) => byte !== 0x0a).map((byte) => String.fromCharCode(byte));
const field = fc.array(char.filter((one) => !" \t\v\f\r".includes(one)), { minLength: 1, maxLength: 8 })
  .map((chars) => chars.join(""));
const digits = (minLength: number, maxLength: number) =>
  fc.array(fc.constantFrom(..."0123456789"), { minLength, maxLength }).map((parts) => parts.join(""));
const sign = fc.constantFrom("+", "-");
const skew = fc.tuple(sign, digits(1, 12), digits(9, 9)).map(([s, whole, decimals]) =>
  `${s}${whole}.${decimals}`
);
const coordinate = fc.tuple(
  sign,
  fc.nat({ max: 89 }),
  fc.oneof(fc.constant(""), digits(1, 9).map((d) => `.${d}`)),
)
  .map((parts) => parts.join(""));
const position = fc.tuple(coordinate, coordinate).map((parts) => parts.join(""));
const time = fc.tuple(digits(1, 10), fc.oneof(fc.constant(""), digits(1, 9).map((d) => `.${d}`)))
  .map((parts) => parts.join(""));
const atLine = fc.tuple(fc.constant("AT"), field, skew, field, position, time).map((parts) =>
  parts.join(" ")
);
const linkLine = fc.oneof(
  atLine,
  atLine,
  digits(1, 16).map((seq) => `HERD/1 MARK ${seq}`),
  fc.constant("HERD/1 BEAT"),
  fc.array(char, { maxLength: 20 }).map((chars) => chars.join("")),
);
/** Puts one byte in the place of another, or between two, where it makes no position or time go out of bounds. */
const damagedLine = fc.tuple(linkLine, fc.nat(), fc.boolean(), fc.constantFrom(..."\t\r\0 +-.xAT\xa0"))
  .map(([line, place, isInserted, put]) => {
    const at = place % (line.length + 1);
    return line.slice(0, at) + put + line.slice(isInserted ? at : at + 1);
  });

test("a naive reading agrees on whole reads of good and damaged lines", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(linkLine, damagedLine), { maxLength: 6 }),
      linkLine,
      (whole, unfinished) => {
        const text = [...whole, unfinished].join("\n");
        const bytes = latin1(`${text}\n`);
        let at = 0;
        for (const line of whole) {
          const outcome = read(bytes, at, text.length);
          assert(outcome !== undefined);
          assertEquals(outcome.said, refer(line));
          at = outcome.next;
        }
        assertEquals(parser.parse(bytes, at, text.length), undefined);
      },
    ),
    { numRuns: 3_000 },
  );
});

/** All messages of `bytes[0, end)`, in copies, each read by itself. */
function readEach(bytes: Uint8Array, end: number): LinkMessage[] {
  const messages: LinkMessage[] = [];
  for (
    let at = 0, one = parser.parse(bytes, at, end);
    one !== undefined;
    one = parser.parse(bytes, at, end)
  ) {
    messages.push(one.kind === "at" ? { ...one, line: { ...one.line } } : one);
    at = one.next;
  }
  return messages;
}

/** The same read ahead. Each message is looked at when all of its batch have been read. */
function assertReadAhead(reader: LinkParser, bytes: Uint8Array, end: number): void {
  const expected = readEach(bytes, end);
  let at = 0;
  for (let done = 0; done <= expected.length; done += AHEAD) {
    const count = reader.parseAhead(bytes, at, end);
    const batch = expected.slice(done, done + AHEAD);
    assertEquals(reader.ahead.slice(0, count), batch);
    const hashes = batch.map((message) => message.kind === "at" ? message.line.idHash : 0);
    assertEquals([...reader.aheadHashes.subarray(0, count)], hashes);
    at = batch.at(-1)?.next ?? at;
  }
  assertEquals(reader.parseAhead(bytes, at, end), 0, "nothing is left but an unfinished line");
}

test("messages read ahead are those that are read one by one, at every split of a read", () => {
  const reader = new LinkParser(hash);
  const line = fc.oneof(linkLine, damagedLine, fc.constantFrom("", "\r"));
  const short = fc.constantFrom("", "\r", "HERD/1 MARK 7", "HERD/1 BEAT", "no", "AT a +1.000000000 b +1+2 3");
  const whole = fc.oneof(
    fc.array(line, { maxLength: 12 }),
    fc.array(short, { maxLength: 3 * AHEAD, size: "max" }),
  );
  let most = 0;
  fc.assert(
    fc.property(whole, linkLine, (lines, unfinished) => {
      most = Math.max(most, lines.length);
      const text = [...lines, unfinished].join("\n");
      for (let end = 0; end <= text.length; end++) {
        // What was not read yet lies behind the LF that stops scans, as stale bytes would.
        assertReadAhead(reader, latin1(`${text.slice(0, end)}\n${text.slice(end + 1)}\n`), end);
      }
    }),
    { numRuns: 60 },
  );
  assert(most > 2 * AHEAD, "some reads are of several batches");
});

test("an AT line that is rendered is parsed into what it was rendered from", () => {
  const clients = new ClientParser(hash);
  const origin = fc.constantFrom("Goloman", "x", "a-name-of-64-bytes".padEnd(64, "-"));
  const arrival = fc.record({
    seconds: fc.integer({ min: 0, max: 9_999_999_999 }),
    nanos: fc.nat({ max: 999_999_999 }),
  });
  fc.assert(
    fc.property(
      origin,
      field,
      position,
      time,
      arrival,
      fc.nat({ max: 5 }),
      (name, id, place, when, now, before) => {
        const iamat = latin1(`IAMAT ${id} ${place} ${when}\n`);
        const message = clients.parse(iamat, 0, iamat.length);
        assert(message?.kind === "iamat");
        const out = new OutBuffer(0);
        out.append(new Uint8Array(before));
        const line = new AtRenderer(name).render(out, iamat, message, now);
        const rendered = fieldsOf(line);
        const outcome = read(out.bytes, before, out.length);
        assert(outcome?.said.kind === "at");
        const { fields } = outcome.said;
        assertEquals(fields, rendered);
        assertEquals(
          fields,
          { ...fields, origin: name, id, position: place, seconds: message.seconds, nanos: message.nanos },
        );
        assertEquals(fields.line, `AT ${name} ${fields.skew} ${id} ${place} ${when}`);
        assertEquals(outcome.next, out.length);
        assertEquals(line.idHash, hash.of(iamat, message.idStart, message.idEnd));
      },
    ),
    { numRuns: 1_000 },
  );
});
