/** protocol.md's grammar of IAMAT and WHATSAT, to the byte, and where the parser says that each field stands. */
import { assert, assertEquals } from "@std/assert";
import { AHEAD, type ClientMessage, ClientParser } from "../../src/wire/client_message.ts";
import { IdHash } from "../../src/wire/id_hash.ts";
import { latin1, textOf } from "../binary.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

const LF = 0x0a;
const hash = new IdHash(new Uint8Array(1024).map((_, i) => i * 167));
const parser = new ClientParser(hash);

/** What a line says, its fields as texts with one character a byte. */
type Said =
  | { readonly kind: "invalid"; readonly line: string }
  | {
    readonly kind: "iamat";
    readonly line: string;
    readonly id: string;
    readonly position: string;
    readonly time: string;
    readonly seconds: number;
    readonly nanos: number;
  }
  | {
    readonly kind: "whatsat";
    readonly line: string;
    readonly id: string;
    readonly radius: string;
    readonly bound: number;
  };

function utf8(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return textOf(bytes, 0, bytes.length);
}

/** The message that begins at `start` as it is told, and where the next begins. */
function read(bytes: Uint8Array, start: number, end: number): { said: Said; next: number } | undefined {
  const message = parser.parse(bytes, start, end);
  if (message === undefined) return undefined;
  const text = (from: number, to: number) => textOf(bytes, from, to);
  const line = text(message.lineStart, message.lineEnd);
  const { kind, next } = message;
  switch (kind) {
    case "iamat": {
      const { seconds, nanos } = message;
      const position = text(message.positionStart, message.positionEnd);
      const time = text(message.timeStart, message.timeEnd);
      const id = text(message.idStart, message.idEnd);
      return { said: { kind, line, id, position, time, seconds, nanos }, next };
    }
    case "whatsat": {
      const radius = text(message.radiusStart, message.radiusEnd);
      const id = text(message.idStart, message.idEnd);
      return { said: { kind, line, id, radius, bound: message.bound }, next };
    }
    case "invalid":
      return { said: { kind, line }, next };
  }
}

/** Reads one line as a session would: other lines before it, and stale bytes of an earlier read behind it. */
function readLine(line: string): Said {
  const before = "IAMAT a +1+1 1\n";
  const bytes = latin1(`${before}${line}\n\nIAMAT stale +1+1 1\n`);
  const end = before.length + line.length + 1;
  const outcome = read(bytes, before.length, end);
  assert(outcome !== undefined, `${JSON.stringify(line)} has ended`);
  assertEquals(outcome.next, end);
  return outcome.said;
}

// The reference: as naive as protocol.md is short.
const SPACE = "[ \\t\\r\\f\\v]";
const FIELD = "([^ \\t\\r\\n\\f\\v]+)";
const IAMAT = new RegExp(`^${SPACE}*IAMAT${SPACE}+${FIELD}${SPACE}+${FIELD}${SPACE}+${FIELD}${SPACE}*$`);
const WHATSAT = new RegExp(`^${SPACE}*WHATSAT${SPACE}+${FIELD}${SPACE}+${FIELD}${SPACE}+${FIELD}${SPACE}*$`);
const COORDINATE = "([+-][0-9]{1,3})(?:\\.([0-9]+))?";
const POSITION = new RegExp(`^${COORDINATE}${COORDINATE}$`);
const TIME = /^([0-9]+)(?:\.([0-9]{1,9}))?$/;
const RADIUS = /^([0-9]+)(?:\.([0-9]+))?$/;

/** Whether a number, in its whole and its decimals, is at most `limit` either way. */
function isWithin(whole: string, decimals: string, limit: bigint): boolean {
  const size = BigInt(whole.replace(/^[+-]/, ""));
  return size < limit || (size === limit && /^0*$/.test(decimals));
}

function refer(withCr: string): Said {
  const line = withCr.replace(/\r$/, "");
  const invalid: Said = { kind: "invalid", line };
  const iamat = IAMAT.exec(withCr);
  if (iamat !== null) {
    const [, id = "", position = "", time = ""] = iamat;
    const [, latitude = "", latitudeDecimals = "", longitude = "", longitudeDecimals = ""] =
      POSITION.exec(position) ?? [];
    const [, seconds = "", decimals = ""] = TIME.exec(time) ?? [];
    const isGood = latitude !== "" && seconds !== "" && isWithin(latitude, latitudeDecimals, 90n) &&
      isWithin(longitude, longitudeDecimals, 180n) && BigInt(seconds) <= 99_999_999_999n;
    if (!isGood) return invalid;
    const nanos = Number(decimals.padEnd(9, "0"));
    return { kind: "iamat", line, id, position, time, seconds: Number(seconds), nanos };
  }
  const [, id = "", radius = "", bound = ""] = WHATSAT.exec(withCr) ?? [];
  const [, kilometers = "", decimals = ""] = RADIUS.exec(radius) ?? [];
  const isGood = kilometers !== "" && isWithin(kilometers, decimals, 50n) && /^[0-9]+$/.test(bound) &&
    BigInt(bound) <= 20n;
  return isGood ? { kind: "whatsat", line, id, radius, bound: Number(bound) } : invalid;
}

function saysIamat(id: string, position: string, time: string, seconds: number, nanos: number): Said {
  return { kind: "iamat", line: `IAMAT ${id} ${position} ${time}`, id, position, time, seconds, nanos };
}

test("the protocol's own examples", () => {
  assertEquals(
    readLine("IAMAT kiwi.cs.ucla.edu +34.068930-118.445127 1520023934.918963997"),
    saysIamat(
      "kiwi.cs.ucla.edu",
      "+34.068930-118.445127",
      "1520023934.918963997",
      1_520_023_934,
      918_963_997,
    ),
  );
  const line = "WHATSAT kiwi.cs.ucla.edu 10 5";
  assertEquals(readLine(line), { kind: "whatsat", line, id: "kiwi.cs.ucla.edu", radius: "10", bound: 5 });
});

test("six bytes are white space: they separate fields, and are ignored around the line", () => {
  const blanks = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte))
    .filter((char) => char !== "\n")
    .filter((char) => readLine(`${char}IAMAT${char}kiwi${char}+1+2${char}3${char}`).kind === "iamat");
  assertEquals(blanks, ["\t", "\v", "\f", "\r", " "]);
  const all = " \t\v\f\r ";
  const iamat = readLine(`${all}IAMAT${all}kiwi${all}+1-2.5${all}3.25${all}`);
  assert(iamat.kind === "iamat");
  assertEquals([iamat.id, iamat.position, iamat.time, iamat.nanos], ["kiwi", "+1-2.5", "3.25", 250_000_000]);
  const whatsat = readLine(`${all}WHATSAT${all}kiwi${all}1.5${all}20${all}`);
  assert(whatsat.kind === "whatsat");
  assertEquals([whatsat.id, whatsat.radius, whatsat.bound], ["kiwi", "1.5", 20]);
});

test("any other byte is part of a field", () => {
  for (let byte = 0; byte < 256; byte++) {
    const char = String.fromCharCode(byte);
    if (" \t\v\f\r\n".includes(char)) continue;
    const id = `${char}ki${char}wi${char}`;
    assertEquals(readLine(`IAMAT ${id} +1+2 3`), saysIamat(id, "+1+2", "3", 3, 0));
    const line = `WHATSAT ${char} 1 2`;
    assertEquals(readLine(line), { kind: "whatsat", line, id: char, radius: "1", bound: 2 });
    assertEquals(readLine(`${char}IAMAT kiwi +1+2 3`).kind, "invalid", `before the command: ${byte}`);
    assertEquals(readLine(`IAMAT${char}kiwi +1+2 3`).kind, "invalid", `behind the command: ${byte}`);
  }
});

test("clients of every kind keep their bytes", () => {
  const ids = [
    "x",
    "\0",
    "a\0b",
    utf8("no\u00a0break"),
    "\xa0\x85",
    "\xff\xfe",
    "\xc3",
    "\xed\xa0\x80",
    utf8("🐑"),
    utf8("\u2028"),
    "IAMAT",
    "AT",
    "+34-118",
    "?",
    "__proto__",
    "x".repeat(4_000),
  ];
  for (const id of ids) assertEquals(readLine(`IAMAT ${id} +1+2 3`), saysIamat(id, "+1+2", "3", 3, 0));
});

test("of a CR before the LF one is the line's end, of others none", () => {
  const line = (text: string) => readLine(text).line;
  assertEquals(line("IAMAT kiwi +1+2 3\r"), "IAMAT kiwi +1+2 3");
  assertEquals(line("WHATSAT kiwi 1 2\r\r"), "WHATSAT kiwi 1 2\r");
  assertEquals(line("\r"), "");
  assertEquals(line("\r\r"), "\r");
  assertEquals(line("a\rb"), "a\rb");
  assertEquals(line(""), "");
  assertEquals(readLine("IAMAT\rkiwi\r+1+2\r\r3\r").kind, "iamat");
  assertEquals(readLine("IAMAT kiwi +1+2 3\rx").kind, "invalid");
});

const goodPositions = [
  "+34.068930-118.445127",
  "+34-118",
  "-0+0",
  "+000-000",
  "+90+180",
  "-90-180",
  "+90.000-180.0000000000000000000000",
  "+89.999999999999999999999999999999+179.99999999999999999999999999",
  "+1-1.00000000000000000000000000000000000000000000000000000000000001",
  "+090+180",
  "-5.5+5",
];

const badPositions = [
  "+90.00000000000000000000000000000000000001+0",
  "+0-180.00000000000000000000000000000000000001",
  "-91+0",
  "+0+181",
  "+0+999",
  "+0034-118",
  "+34-0118",
  "34-118",
  "+34118",
  "+34",
  "+34-",
  "+-118",
  "-",
  "+34.-118",
  "+34-118.",
  "+.5-118",
  "+34-.5",
  "+34..5-118",
  "+34-118-5",
  "+34-118/",
  "+34-118x",
  "+34,5-118",
  "++34-118",
  "+3e1-118",
  "+0x1-118",
  "+nan-118",
  "+34\0-118",
  "+34-118\0",
  "+34-118\xa0",
  "\xa0+34-118",
  utf8("+34\u2212118"),
  utf8("+\u0663\u0664-118"),
];

test("positions are taken to the very edge and refused past it", () => {
  for (const position of goodPositions) {
    assertEquals(readLine(`IAMAT k ${position} 3.5`), saysIamat("k", position, "3.5", 3, 500_000_000));
  }
  for (const position of [...badPositions, "+34 -118"]) {
    const line = `IAMAT k ${position} 3.5`;
    assertEquals(readLine(line), { kind: "invalid", line });
  }
});

const goodTimes: readonly (readonly [time: string, seconds: number, nanos: number])[] = [
  ["0", 0, 0],
  ["0.000000001", 0, 1],
  ["1520023934.918963997", 1_520_023_934, 918_963_997],
  ["999999999.999999999", 999_999_999, 999_999_999],
  ["1520023934.9189639", 1_520_023_934, 918_963_900],
  ["5.5", 5, 500_000_000],
  ["5.000000000", 5, 0],
  ["007.010", 7, 10_000_000],
  ["00000000000000000000000000000000000000001", 1, 0],
  ["2147483648", 2_147_483_648, 0],
  ["99999999999.999999999", 99_999_999_999, 999_999_999],
];

const badTimes = [
  "100000000000",
  "1".repeat(400),
  "1.0000000000",
  "1.",
  ".5",
  "-1",
  "+1",
  "1.5.5",
  "1..5",
  "1,5",
  "nan",
  "NaN",
  "inf",
  "Infinity",
  "1e9",
  "1.5e3",
  "1E9",
  "0x10",
  "1_000",
  "1n",
  "5\0",
  "5\xa0",
  "\xa05",
  utf8("\uff15"),
];

test("times are taken exactly, and only as plain decimals", () => {
  for (const [time, seconds, nanos] of goodTimes) {
    assertEquals(readLine(`IAMAT k +1+2 ${time}`), saysIamat("k", "+1+2", time, seconds, nanos));
  }
  for (const time of badTimes) assertEquals(readLine(`IAMAT k +1+2 ${time}`).kind, "invalid", time);
});

const goodRadii = ["0", "0.0", "10", "50", "050", "50.000", "49.99999999999999999999999999", "0.5", "000001"];
const badRadii = [
  "50.00000000000000000000000000000000001",
  "51",
  "500",
  "9".repeat(400),
  "10.",
  ".5",
  "+10",
  "-0",
  "1e1",
  "0x5",
  "1_0",
  "ten",
  "nan",
  "1.5.5",
  "5\0",
  utf8("\u0661"),
];
const goodBounds: readonly (readonly [bound: string, value: number])[] = [
  ["0", 0],
  ["00", 0],
  ["1", 1],
  ["20", 20],
  ["0000000000000000000000000000020", 20],
];
const badBounds = ["21", "200", "9".repeat(400), "5.0", "5.", "+5", "-1", "1e1", "0x5", "x", "5\0", "5\xa0"];

test("radius and bound are plain digits within their limits", () => {
  for (const radius of goodRadii) {
    const line = `WHATSAT k ${radius} 5`;
    assertEquals(readLine(line), { kind: "whatsat", line, id: "k", radius, bound: 5 });
  }
  for (const radius of badRadii) assertEquals(readLine(`WHATSAT k ${radius} 5`).kind, "invalid", radius);
  for (const [text, bound] of goodBounds) {
    const line = `WHATSAT k 1.5 ${text}`;
    assertEquals(readLine(line), { kind: "whatsat", line, id: "k", radius: "1.5", bound });
  }
  for (const bound of badBounds) assertEquals(readLine(`WHATSAT k 1.5 ${bound}`).kind, "invalid", bound);
});

test("whatever else a client says is invalid, and is known to the byte", () => {
  const lines = [
    "",
    " ",
    "\0",
    "IAMAT",
    "IAMAT ",
    "IAMAT kiwi",
    "IAMAT kiwi +1+2",
    "IAMAT kiwi +1+2 ",
    "IAMAT kiwi +1+2 3 4",
    "IAMAT +1+2 3",
    "IAMATkiwi +1+2 3",
    "iamat kiwi +1+2 3",
    "Iamat kiwi +1+2 3",
    "IAMA kiwi +1+2 3",
    "IAMAT\xa0kiwi +1+2 3",
    "WHATSAT",
    "WHATSAT kiwi",
    "WHATSAT kiwi 1",
    "WHATSAT kiwi 1 2 3",
    "whatsat kiwi 1 2",
    "WHATSATkiwi 1 2",
    "WHATSA kiwi 1 2",
    "WHATSAT kiwi\xa01 2",
    "AT Goloman +0.263873386 kiwi +1+2 3",
    "HERD/1 BEAT",
    "? IAMAT kiwi +1+2 3",
    "\xef\xbb\xbfIAMAT kiwi +1+2 3",
    "\xff\xfe\x00",
    "  spaces\t all \x0b over  ",
    "I".repeat(10_000),
  ];
  for (const line of lines) assertEquals(readLine(line), { kind: "invalid", line });
});

const sampleLines = [
  "  IAMAT kiwi +34.068930-118.445127 1520023934.918963997 \r",
  "\tWHATSAT kiwi 10.5 20 \r",
  "IAMA what \xff is this",
  "",
];

test("a line that has not ended is no message yet, wherever it was cut", () => {
  for (const line of sampleLines) {
    for (let cut = 0; cut <= line.length; cut++) {
      // Behind the LF that stops scans lies what an earlier, longer read left.
      const bytes = latin1(`${line.slice(0, cut)}\n${line.slice(cut + 1)}\nIAMAT stale +1+1 1\n`);
      assertEquals(parser.parse(bytes, 0, cut), undefined, JSON.stringify(line.slice(0, cut)));
    }
  }
});

test("lines in one read are taken one after the other", () => {
  const lines = sampleLines.flatMap((line) => [line, "\r", line]);
  const bytes = latin1(`${lines.join("\n")}\n\n`);
  const said: Said[] = [];
  let at = 0;
  for (
    let one = read(bytes, at, bytes.length - 1);
    one !== undefined;
    one = read(bytes, at, bytes.length - 1)
  ) {
    said.push(one.said);
    at = one.next;
  }
  assertEquals(said, lines.map(refer));
  assertEquals(at, bytes.length - 1);
});

const blank = fc.constantFrom(" ", " ", "\t", "\r", "\f", "\v");
const gap = fc.array(blank, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(""));
const edge = fc.array(blank, { maxLength: 2 }).map((parts) => parts.join(""));
const digits = (minLength: number, maxLength: number) =>
  fc.array(fc.constantFrom(..."00123456789"), { minLength, maxLength }).map((parts) => parts.join(""));
const anyChar = fc.nat({ max: 255 }).filter((byte) => byte !== LF).map((byte) => String.fromCharCode(byte));
const oneOf = (texts: readonly string[]) => fc.constantFrom(...texts);
const id = fc.oneof(
  fc.array(anyChar, { minLength: 1, maxLength: 8 }).map((parts) => parts.join("")),
  oneOf(["kiwi.cs.ucla.edu", "IAMAT", "+1+2", "1"]),
);
const decimals = fc.oneof(fc.constant(""), digits(0, 12).map((text) => `.${text}`), fc.constant(".000"));
const coordinate = fc.tuple(fc.constantFrom("+", "-"), fc.oneof(digits(1, 3), oneOf(["90", "180"])), decimals)
  .map((parts) => parts.join(""));
const position = fc.oneof(
  fc.tuple(coordinate, coordinate).map((parts) => parts.join("")),
  oneOf([...goodPositions, ...badPositions]),
);
const time = fc.oneof(
  fc.tuple(digits(1, 13), decimals).map((parts) => parts.join("")),
  oneOf([...goodTimes.map(([text]) => text), ...badTimes]),
);
const radius = fc.oneof(
  fc.tuple(digits(1, 2), decimals).map((parts) => parts.join("")),
  oneOf([...goodRadii, ...badRadii]),
);
const bound = fc.oneof(digits(1, 2), oneOf([...goodBounds.map(([text]) => text), ...badBounds]));
const composedLine = fc.oneof(
  fc.tuple(edge, fc.constant("IAMAT"), gap, id, gap, position, gap, time, edge),
  fc.tuple(edge, fc.constant("WHATSAT"), gap, id, gap, radius, gap, bound, edge),
).map((parts) => parts.join(""));

/** Takes some of a line's bytes away, and puts others in. */
const damagedLine = fc.tuple(
  composedLine,
  fc.array(
    fc.tuple(
      fc.nat(),
      fc.nat({ max: 2 }),
      fc.oneof(blank, anyChar, fc.constantFrom(..."+-.019AITW"), fc.constant("")),
    ),
    {
      minLength: 1,
      maxLength: 3,
    },
  ),
).map(([line, damages]) =>
  damages.reduce((text, [place, taken, put]) => {
    const at = place % (text.length + 1);
    return text.slice(0, at) + put + text.slice(at + taken);
  }, line)
);
const randomLine = fc.array(fc.oneof(anyChar, blank, fc.constantFrom(..."IAMATWHS019+-.")), { maxLength: 40 })
  .map((parts) => parts.join(""));

test("a naive reading of the protocol agrees on composed, damaged and random lines", () => {
  const kinds = new Map<string, number>();
  fc.assert(
    fc.property(fc.oneof(composedLine, composedLine, damagedLine, randomLine), (line) => {
      const said = readLine(line);
      kinds.set(said.kind, (kinds.get(said.kind) ?? 0) + 1);
      assertEquals(said, refer(line));
    }),
    { numRuns: 10_000 },
  );
  // What is generated is neither all good nor all bad.
  for (const kind of ["iamat", "whatsat", "invalid"]) assert((kinds.get(kind) ?? 0) > 500, kind);
});

test("a naive reading agrees on whole reads of lines, and on what is left unfinished", () => {
  const lines = fc.array(fc.oneof(composedLine, damagedLine, randomLine), { maxLength: 8 });
  fc.assert(
    fc.property(lines, randomLine, (whole, unfinished) => {
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
      assertEquals(text.length - at, unfinished.length);
    }),
    { numRuns: 2_000 },
  );
});

/** All messages of `bytes[0, end)`, in copies, each read by itself. */
function readEach(bytes: Uint8Array, end: number): ClientMessage[] {
  const messages: ClientMessage[] = [];
  for (
    let at = 0, one = parser.parse(bytes, at, end);
    one !== undefined;
    one = parser.parse(bytes, at, end)
  ) {
    messages.push({ ...one });
    at = one.next;
  }
  return messages;
}

/** The same read ahead. Each message is looked at when all of its batch have been read. */
function assertReadAhead(reader: ClientParser, bytes: Uint8Array, end: number): void {
  const expected = readEach(bytes, end);
  let at = 0;
  for (let done = 0; done <= expected.length; done += AHEAD) {
    const count = reader.parseAhead(bytes, at, end);
    const batch = expected.slice(done, done + AHEAD);
    assertEquals(reader.ahead.slice(0, count), batch);
    const hashes = batch.map((message) => message.kind === "invalid" ? 0 : message.idHash);
    assertEquals([...reader.aheadHashes.subarray(0, count)], hashes);
    at = batch.at(-1)?.next ?? at;
  }
  assertEquals(reader.parseAhead(bytes, at, end), 0, "nothing is left but an unfinished line");
}

test("messages read ahead are those that are read one by one, at every split of a read", () => {
  const reader = new ClientParser(hash);
  const line = fc.oneof(composedLine, damagedLine, randomLine, fc.constantFrom("", "", "\r", ...sampleLines));
  const short = oneOf(["", "\r", "WHATSAT a 1 2", "IAMAT b +1+2 3", "IAMAT c +1+2 3.5 ", "no"]);
  const whole = fc.oneof(
    fc.array(line, { maxLength: 12 }),
    fc.array(short, { maxLength: 3 * AHEAD, size: "max" }),
  );
  let most = 0;
  fc.assert(
    fc.property(whole, randomLine, (lines, unfinished) => {
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
