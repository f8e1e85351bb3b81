/** protocol.md, "Lines" and "Anything else": how bytes become lines, and what is said to lines that mean nothing. */

import { assert, assertEquals } from "@std/assert";
import {
  assertRefused,
  checkAt,
  type Client,
  converse,
  freshClient,
  nowNanos,
  once,
  type Report,
  type RunningServer,
  startAlone,
  test,
  timeText,
  utf8,
} from "./harness.ts";

const theServer = once(() => startAlone("Goloman"));

const POSITION = "+34.068930-118.445127";
const TIME = "1520023934.918963997";

/** What a request has to be answered with; an AT line's skew is the server's business. */
type Expected = { readonly exactly: string } | { readonly at: Report } | { readonly places: Report };

interface Turn {
  readonly says: string;
  readonly expects: Expected;
}

/** A conversation that has every kind of line in it, with a client ID of its own, always equally long. */
function conversation(number: number): Turn[] {
  const client = `split-${String(number).padStart(6, "0")}`;
  const other = `\xc3\xa9\x80${client}`;
  const report = { origin: "Goloman", client, position: POSITION, time: TIME };
  const second = { origin: "Goloman", client: other, position: "-34+118.5", time: "1520023935" };
  return [
    { says: `IAMAT ${client} ${POSITION} ${TIME}\r\n`, expects: { at: report } },
    { says: `WHATSAT ${client} 10 0\n`, expects: { places: report } },
    { says: "\n", expects: { exactly: "? \n" } },
    { says: " no\xa0such \t\xff\x00\rline \r\n", expects: { exactly: "?  no\xa0such \t\xff\x00\rline \n" } },
    { says: `\t IAMAT\x0b${other} \x0c -34+118.5\r1520023935 \n`, expects: { at: second } },
    { says: `IAMAT ${client} +34 1\r\r\n`, expects: { exactly: `? IAMAT ${client} +34 1\r\n` } },
    { says: `WHATSAT ${other} 0 20\n`, expects: { places: second } },
    { says: "the end", expects: { exactly: "? the end\n" } },
  ];
}

/** Takes the reply to one turn and checks it. */
async function checkReply(session: Client, expects: Expected): Promise<void> {
  if ("exactly" in expects) {
    assertEquals(await session.bytes(expects.exactly.length), expects.exactly);
  } else if ("at" in expects) {
    checkAt(await session.line(), expects.at);
  } else {
    const reply = await session.whatsat();
    checkAt(reply.at, expects.places);
    const { results, status } = JSON.parse(reply.json);
    assertEquals({ results, status }, { results: [], status: "ZERO_RESULTS" });
  }
}

/** Says the conversation in the given pieces, each a read of its own, and checks every reply and the close. */
async function sayInPieces(
  server: RunningServer,
  turns: readonly Turn[],
  pieces: readonly string[],
): Promise<void> {
  const session = await server.client();
  try {
    for (const piece of pieces) {
      await session.send(piece);
      await server.turn();
    }
    session.halfClose();
    for (const turn of turns) await checkReply(session, turn.expects);
    assertEquals(await session.rest(), "");
  } finally {
    session.destroy();
  }
}

const wholeText = (turns: readonly Turn[]): string => turns.map(({ says }) => says).join("");

test("a conversation in one write is answered to the byte", async () => {
  const turns = conversation(0);
  await sayInPieces(await theServer(), turns, [wholeText(turns)]);
});

test("a conversation split in two at every byte is answered the same", async () => {
  const server = await theServer();
  const length = wholeText(conversation(0)).length;
  for (let at = 1; at < length; at++) {
    const turns = conversation(at);
    const text = wholeText(turns);
    try {
      await sayInPieces(server, turns, [text.slice(0, at), text.slice(at)]);
    } catch (error) {
      throw new Error(`split before byte ${at}, ${JSON.stringify(text.slice(at, at + 10))}`, {
        cause: error,
      });
    }
  }
});

test("a conversation of one byte at a time is answered the same", async () => {
  const turns = conversation(999_999);
  await sayInPieces(await theServer(), turns, [...wholeText(turns)]);
});

test("a thousand lines in one write are answered in their order", async () => {
  const session = await (await theServer()).client();
  const clients = Array.from({ length: 500 }, () => freshClient("thousand"));
  await session.send(
    clients.map((client) => `IAMAT ${client} ${POSITION} ${TIME}\nEcho ${client}\n`).join(""),
  );
  for (const client of clients) {
    checkAt(await session.line(), { origin: "Goloman", client, position: POSITION, time: TIME });
    assertEquals(await session.line(), `? Echo ${client}`);
  }
  session.destroy();
});

test("a session goes on from message to message, each answered before the next is said", async () => {
  const session = await (await theServer()).client();
  for (let round = 0; round < 50; round++) {
    const client = freshClient("pingpong");
    await session.send(`IAMAT ${client} ${POSITION} ${TIME}\n`);
    checkAt(await session.line(), { origin: "Goloman", client, position: POSITION, time: TIME });
  }
  session.destroy();
});

// ------------------------------------------------------------------------------------------------------ white space

test("each of the six white-space bytes separates fields, one or many of them, also around the line", async () => {
  const server = await theServer();
  for (const space of [" ", "\t", "\r", "\x0c", "\x0b", " \t\r\x0c\x0b "]) {
    const client = freshClient("spaced");
    const report = { origin: "Goloman", client, position: POSITION, time: TIME };
    const iamat = ["", "IAMAT", client, POSITION, TIME, ""].join(space);
    const whatsat = ["", "WHATSAT", client, "0", "0", ""].join(space);
    const session = await server.client();
    await session.send(`${iamat}\n${whatsat}\n`);
    const line = await session.line();
    checkAt(line, report);
    assertEquals((await session.whatsat()).at, line, JSON.stringify(space));
    session.destroy();
  }
});

test("no other byte separates fields: it is part of one", async () => {
  const server = await theServer();
  const session = await server.client();
  // Among them what other languages take for white space: NBSP, NEL, the separators 1C to 1F, wide spaces, the BOM.
  const others = ["\xa0", "\x85", "\x1c", "\x1d", "\x1e", "\x1f", "\x00", "\x08", "\x0e", "\x7f"];
  const wide = ["\u00a0", "\u0085", "\u1680", "\u2003", "\u2028", "\u2029", "\u3000", "\ufeff"].map(utf8);
  for (const byte of [...others, ...wide]) {
    const client = `${freshClient("a")}${byte}b`;
    await session.send(`IAMAT ${client} ${POSITION} ${TIME}\n`);
    checkAt(await session.line(), { origin: "Goloman", client, position: POSITION, time: TIME });
  }
  session.destroy();
  const client = freshClient("joined");
  await assertRefused(
    server,
    [...others, ...wide].flatMap((byte) => [
      `IAMAT${byte}${client} ${POSITION} ${TIME}`,
      `${byte}IAMAT ${client} ${POSITION} ${TIME}`,
      `IAMAT ${client} ${POSITION}${byte}${TIME}`,
      `IAMAT ${client} ${POSITION} ${TIME}${byte}`,
      `WHATSAT ${client} 10${byte}5`,
    ]),
  );
});

// ------------------------------------------------------------------------------------------------- what means nothing

test("an invalid command gets its own bytes back, white space and all", async () => {
  await assertRefused(await theServer(), [
    "",
    " ",
    " \t \x0b\x0c ",
    "\r ",
    "hello",
    "?",
    "? hello",
    "  hello   world  ",
    "lone\rreturn",
    "\rreturn first",
    "nul\x00byte",
    "\x00",
    "\x1b[31mred\x1b[0m",
    "\xff\xfe\xfd",
    "\xc3",
    "\xed\xa0\x80",
    "\xf0\x9f\x90\x91 sheep",
    utf8("中文 Ж é"),
    "iamat kiwi +34-118 1520023934",
    "Iamat kiwi +34-118 1520023934",
    "IAMATS kiwi +34-118 1520023934",
    "IAMA kiwi +34-118 1520023934",
    "IAMAT\xc2 kiwi +34-118 1520023934",
    "whatsat kiwi 10 5",
    "Whatsat kiwi 10 5",
    "WHATSATT kiwi 10 5",
    "QUIT",
    "GET / HTTP/1.1",
    "__proto__",
    "constructor a b c",
    '{"command":"IAMAT"}',
    "x".repeat(4_096),
  ]);
});

test("the line end, LF or CRLF, is no part of the copy; a CR before a CRLF is", async () => {
  const session = await (await theServer()).client();
  await session.send("a\nb\r\nc\r\r\n\r\n\n \r\nd\n");
  assertEquals(
    await session.bytes("? a\n? b\n? c\r\n? \n? \n?  \n? d\n".length),
    "? a\n? b\n? c\r\n? \n? \n?  \n? d\n",
  );
  session.destroy();
});

test("random bytes in random pieces get what the page says, to the byte", async () => {
  const server = await theServer();
  const session = await server.client();
  // A small generator with a fixed seed: the same bytes on every run.
  let state = 12_345;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor(state / 4_294_967_296 * below);
  };
  const text = Array.from({ length: 60_000 }, () => {
    const kind = random(100);
    return kind === 0 ? "\n" : kind === 1 ? "\r\n" : String.fromCharCode(random(256));
  }).join("") + "\n" + "y".repeat(5_000) + "\nlast\n";
  const expected = text.split("\n").slice(0, -1).map((line) => {
    const bare = line.endsWith("\r") ? line.slice(0, -1) : line;
    return `? ${bare.slice(0, 4_096)}\n`;
  }).join("");
  for (let at = 0; at < text.length;) {
    const length = 1 + random(4_000);
    await session.send(text.slice(at, at + length));
    at += length;
  }
  assertEquals(await session.bytes(expected.length), expected);
  session.destroy();
});

test("from an ordinary client AT is an invalid command, and changes nothing", async () => {
  const server = await theServer();
  const client = freshClient("forged");
  const held = await server.report(client, POSITION, TIME);
  const unknown = freshClient("forged");
  await assertRefused(server, [
    `AT Goloman +0.263873386 ${client} +10-10 ${timeText(nowNanos())}`,
    `AT Hands +0.263873386 ${client} +10-10 ${timeText(nowNanos())}`,
    `AT Hands -0.263873386 ${unknown} +10-10 ${timeText(nowNanos())}`,
    `  AT Hands +0.263873386 ${unknown} +10-10 1520023934.918963997 `,
    "AT",
    "at Hands +0.263873386 kiwi +10-10 1520023934.918963997",
  ]);
  assertEquals(await server.held(client), held);
  assertEquals(await server.held(unknown), undefined);
});

// ---------------------------------------------------------------------------------------------------- the line limit

/** An IAMAT that is `length` bytes long, by way of its client ID. */
function longIamat(length: number): { readonly line: string; readonly report: Report } {
  const bare = `IAMAT  ${POSITION} ${TIME}`;
  const client = freshClient("long").padEnd(length - bare.length, "x");
  return {
    line: `IAMAT ${client} ${POSITION} ${TIME}`,
    report: { origin: "Goloman", client, position: POSITION, time: TIME },
  };
}

test("a line of 4,096 bytes is a line like others", async () => {
  const server = await theServer();
  const session = await server.client();
  const { line, report } = longIamat(4_096);
  assertEquals(line.length, 4_096);
  // The page counts a line without its line end, so the CR of a CRLF does not make it too long.
  for (const end of ["\n", "\r\n"]) {
    await session.send(line + end);
    checkAt(await session.line(), report);
    const invalid = "z".repeat(4_096);
    await session.send(invalid + end);
    assertEquals(await session.line(), `? ${invalid}`);
    await session.send(line + end.slice(0, -1));
    await server.turn();
    await session.send("\n");
    checkAt(await session.line(), report);
  }
  session.destroy();
});

test("a longer line gets one error line with its first 4,096 bytes, and the session goes on", async () => {
  const server = await theServer();
  const session = await server.client();
  const { line, report } = longIamat(4_097);
  const client = freshClient("after");
  const invalid = `${"q".repeat(4_095)}\xff and more`;
  await session.send(`before\n${line}\n${invalid}\r\nIAMAT ${client} ${POSITION} ${TIME}\n`);
  assertEquals(await session.line(), "? before");
  assertEquals(await session.line(), `? ${line.slice(0, 4_096)}`);
  assertEquals(await session.line(), `? ${"q".repeat(4_095)}\xff`);
  checkAt(await session.line(), { origin: "Goloman", client, position: POSITION, time: TIME });
  assertEquals(await server.held(report.client), undefined);
  session.destroy();
});

test("a line that grows too long in pieces gets the same one error line", async () => {
  const server = await theServer();
  for (const first of [1, 4_095, 4_096, 4_097]) {
    const session = await server.client();
    const line = "0123456789".repeat(500);
    await session.send(line.slice(0, first));
    await server.turn();
    await session.send(line.slice(first));
    await server.turn();
    await session.send("more\nnext\n");
    assertEquals(await session.lines(2), [`? ${line.slice(0, 4_096)}`, "? next"]);
    session.destroy();
  }
});

test("a line of ten megabytes gets one error line, and the session goes on", async () => {
  const session = await (await theServer()).client();
  const megabyte = "0123456789abcdef".repeat(65_536);
  for (let sent = 0; sent < 10; sent++) await session.send(megabyte);
  const client = freshClient("after");
  await session.send(`\nIAMAT ${client} ${POSITION} ${TIME}\n`);
  assertEquals(await session.line(), `? ${megabyte.slice(0, 4_096)}`);
  checkAt(await session.line(), { origin: "Goloman", client, position: POSITION, time: TIME });
  session.halfClose();
  assertEquals(await session.rest(), "");
  session.destroy();
});

// -------------------------------------------------------------------------------------------------------- half-close

test("a last line without LF counts when the client ends its sending side", async () => {
  const server = await theServer();
  const client = freshClient("nc");
  const reply = await converse(server, `IAMAT ${client} ${POSITION} ${TIME}`);
  assert(reply.endsWith("\n"), reply);
  checkAt(reply.slice(0, -1), { origin: "Goloman", client, position: POSITION, time: TIME });
  const whatsat = await converse(server, `WHATSAT ${client} 0 0`);
  assert(whatsat.startsWith(reply) && whatsat.endsWith("\n\n"), whatsat);
  assertEquals(await converse(server, "one\ntwo"), "? one\n? two\n");
  assertEquals(await converse(server, " \t"), "?  \t\n");
  assertEquals(await converse(server, "x".repeat(5_000)), `? ${"x".repeat(4_096)}\n`);
});

test("a client that ends after an LF, or says nothing at all, has no line more", async () => {
  const server = await theServer();
  assertEquals(await converse(server, "one\n"), "? one\n");
  assertEquals(await converse(server, "one\n\n"), "? one\n? \n");
  assertEquals(await converse(server, ""), "");
});

test("every reply that is due comes before the close, however many there are", async () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => `line number ${index}`);
  const replies = await converse(await theServer(), lines.join("\n"));
  assertEquals(replies, lines.map((line) => `? ${line}\n`).join(""));
});
