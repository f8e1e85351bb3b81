/** protocol.md, "Log": every line received and sent, every link and session, one message a line. */

import { assert, assertEquals } from "@std/assert";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  countOf,
  FakePlaces,
  freePort,
  freshClient,
  fromUtf8,
  type Herd,
  nowNanos,
  once,
  respond,
  startAlone,
  startHerd,
  startServer,
  tempDir,
  tempFile,
  test,
  timeText,
  topologyText,
} from "./harness.ts";
import { KEY_CANARY, plainBody } from "./places_fixture.ts";

const POSITION = "+34.068930-118.445127";
const SECRET = "log-canary-secret-987";

/** Two neighbors; what one sends the other receives. */
const thePair = once(async (): Promise<Herd> => {
  const places = await FakePlaces.start(respond(200, plainBody(["Powell Library"])));
  const herd = await startHerd(["Goloman", "Hands"], [["Goloman", "Hands"]], {
    flags: ["--places", "google", "--places-url", places.base],
    env: { GOOGLE_PLACES_API_KEY: KEY_CANARY, HERD_SECRET: SECRET },
  });
  await herd.linked();
  return herd;
});

/** `2026-11-23T09:12:05.123Z`, with any number of decimals or none. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z /;

test("every line received and sent stands in the server's file, with a time, the peer and the direction", async () => {
  const goloman = (await thePair()).server("Goloman");
  const client = freshClient("logged");
  const session = await goloman.client();
  const asked = `IAMAT ${client} ${POSITION} ${timeText(nowNanos())}`;
  await session.send(`${asked}\nnonsense ${client}\nWHATSAT ${client} 10 5\n`);
  const at = await session.line();
  await session.line();
  const { json } = await session.whatsat();
  const peer = session.address;
  session.destroy();

  const lines: readonly (readonly [direction: string, text: string])[] = [
    ["<", asked],
    [">", at],
    ["<", `nonsense ${client}`],
    [">", `? nonsense ${client}`],
    ["<", `WHATSAT ${client} 10 5`],
    [">", "Powell Library"],
  ];
  assert(json.includes("Powell Library"));
  for (const [direction, text] of lines) {
    const line = await goloman.logged(
      `${direction} ${text}`,
      (line) => line.includes(peer) && line.includes(` ${direction} `) && line.includes(text),
    );
    assert(TIME.test(line), `no time in ${line}`);
    assert(!Number.isNaN(Date.parse(line.slice(0, line.indexOf(" ")))), line);
  }
});

test("a session that opens and one that drops are each a line of the log", async () => {
  const goloman = (await thePair()).server("Goloman");
  const session = await goloman.client();
  const word = freshClient("between");
  await session.send(`${word}\n`);
  await session.line();
  const peer = session.address;
  session.halfClose();
  await session.rest();
  session.destroy();

  const isMessage = (line: string): boolean => line.includes(word);
  const ofPeer = (): string[] => goloman.log().split("\n").filter((line) => line.includes(peer));
  await goloman.logged("the session's end", (line) => {
    const lines = ofPeer();
    return line.includes(peer) && !isMessage(line) && lines.indexOf(line) > lines.findLastIndex(isMessage);
  });
  const lines = ofPeer();
  assert(
    lines.findIndex(isMessage) >= 1,
    `no line of the opening ahead of the first message:\n${lines.join("\n")}`,
  );
  assertEquals(lines.filter(isMessage).length, 2, lines.join("\n"));
});

test("what crosses a link stands in both files, and so does the link's opening and its end", async () => {
  const herd = await thePair();
  const [goloman, hands] = [herd.server("Goloman"), herd.server("Hands")];
  const client = freshClient("crosses");
  const at = await goloman.report(client, POSITION, timeText(nowNanos()));
  await herd.agreed(client, at);
  await goloman.logged(
    "the AT line sent to Hands",
    (line) => TIME.test(line) && line.includes(" > ") && line.includes(at) && line.includes("Hands"),
  );
  await hands.logged(
    "the AT line received from Goloman",
    (line) => TIME.test(line) && line.includes(" < ") && line.includes(at),
  );

  const aboutLink = (line: string): boolean =>
    /link/i.test(line) && line.includes("Hands") && !/ [<>] /.test(line);
  await goloman.logged("the link's opening", aboutLink);
  const before = goloman.log().length;
  await herd.kill("Hands");
  await goloman.logged(
    "the link's end",
    (line) => aboutLink(line) && goloman.log().indexOf(line, before) >= 0,
  );
  await herd.start("Hands");
  await herd.linked();
});

test("bytes that are not printable are escaped, so one message is one line", async () => {
  const goloman = (await thePair()).server("Goloman");
  const word = freshClient("evil");
  const session = await goloman.client();
  const nasty =
    `${word} \x1b[2J\x1b]0;title\x07 \x00\x01\x08\x7f \r2026-01-01T00:00:00Z forged \x0b\x0c\t \xff\xfe\x80\x9b end`;
  await session.send(`${nasty}\nIAMAT ${word}\x1b[31m\xff ${POSITION} 1520023934.5\n`);
  assertEquals(await session.line(), `? ${nasty}`);
  await session.line();
  const peer = session.address;
  session.destroy();

  for (const direction of ["<", ">"]) {
    const line = await goloman.logged(
      `the message ${direction}`,
      (line) => line.includes(word) && line.includes(peer) && line.includes(` ${direction} `),
    );
    assert(line.includes("forged") && line.includes("end"), `the message is not whole on its line: ${line}`);
  }
  await goloman.logged("the IAMAT", (line) => line.includes(`IAMAT ${word}`) && line.includes(POSITION));
  await goloman.logged("its reply", (line) => line.includes("AT Goloman") && line.includes(word));
  const log = goloman.log();
  // deno-lint-ignore no-control-regex -- control characters are what must not be there
  assertEquals(/[\x00-\x09\x0b-\x1f\x7f]/.exec(log)?.index, undefined, "a control character in the file");
  assertEquals(fromUtf8(log).includes("\ufffd"), false, "bytes in the file that are not UTF-8");
  assert(!fromUtf8(log).includes("\u009b"), "a control character in the file");
});

test("every line of the file has a time, so none is the rest of another", async () => {
  const herd = await thePair();
  for (const server of herd.running) {
    const lines = server.log().split("\n").slice(0, -1);
    assert(lines.length > 10, `${lines.length} lines`);
    for (const line of lines) assert(TIME.test(line), JSON.stringify(line));
  }
});

test("a line too long is in the log too, not beyond what was kept of it", async () => {
  const goloman = (await thePair()).server("Goloman");
  const word = freshClient("toolong");
  const session = await goloman.client();
  await session.send(`${word} ${"x".repeat(100_000)}\n`);
  await session.line();
  session.destroy();
  const line = await goloman.logged("the long line", (line) => line.includes(" < ") && line.includes(word));
  assert(line.length < 6_000, `${line.length} characters`);
});

test("no key and no secret stands in the log or in what the servers print", async () => {
  const herd = await thePair();
  const servers = herd.running;
  assertEquals(await herd.stopAll(), [0, 0]);
  for (const server of servers) {
    const all = server.allLogs() + server.program.stdout + server.program.stderr;
    assert(all.includes("AT "), "the log holds what was said");
    for (const canary of [KEY_CANARY, SECRET]) assert(!all.includes(canary), `${canary} of ${server.name}`);
  }
});

/** The bytes that a record's text stands for. */
function unescaped(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-f]{2})|(.))/g,
    (_, hex, char) =>
      hex === undefined
        ? { n: "\n", r: "\r", t: "\t" }[char as string] ?? char
        : String.fromCharCode(parseInt(hex, 16)),
  );
}

test("a WHATSAT reply is one record, behind that of its request, however many are asked at a time", async () => {
  const server = await startAlone("Goloman");
  const session = await server.client();
  const clients = Array.from({ length: 50 }, () => freshClient("asked"));
  await session.send(
    clients.map((client) => `IAMAT ${client} ${POSITION} 1520023934.5\nWHATSAT ${client} 50 20\n`).join(""),
  );
  const replies: string[] = [];
  for (const _ of clients) {
    const line = await session.line();
    const { at, json } = await session.whatsat();
    assertEquals(at, line);
    replies.push(line, `${at}\n${json}`);
  }
  const peer = session.address;
  session.destroy();
  assertEquals((await server.stop()).code, 0);

  const records = server.log().split("\n").filter((line) => line.includes(` ${peer} `));
  const textsOf = (sign: string): string[] =>
    records.flatMap((line) =>
      line.split(` ${peer} ${sign} `).slice(1).map((text) => unescaped(text).trimEnd())
    );
  assertEquals(textsOf("<").length, 2 * clients.length);
  assertEquals(textsOf(">"), replies);
  for (const client of clients) {
    const asked = records.findIndex((line) => line.includes(` < WHATSAT ${client} `));
    const told = records.findIndex((line) => line.includes(client) && line.includes('"results"'));
    assert(asked >= 0 && told > asked, `${client}: asked in record ${asked}, told in ${told}`);
  }
});

test("a stop leaves a file that holds everything said before it", async () => {
  const server = await startAlone("Goloman");
  const session = await server.client();
  const words = Array.from({ length: 2_000 }, (_, index) => `word ${index} of many`);
  await session.send(words.map((word) => `${word}\n`).join(""));
  await session.lines(words.length);
  session.destroy();
  assertEquals((await server.stop()).code, 0);
  const log = server.log();
  // Each is there twice, received and sent; a word may be the beginning of no other.
  for (const word of words) assertEquals(countOf(log, word), 2, word);
});

test("the file is rotated by size, and only so many old ones are kept", async () => {
  const server = await startAlone("Goloman", { limits: { logBytes: 200_000, logFiles: 2 } });
  const session = await server.client();
  const rounds = 1_500;
  for (let round = 0; round < rounds; round++) {
    await session.send(`round ${round} ${"x".repeat(500)}\n`);
    await session.line();
  }
  session.destroy();
  assertEquals((await server.stop()).code, 0);
  const files = readdirSync(server.logDir);
  assertEquals(files.length, 3, `files: ${files.join(", ")}`);
  assert(
    files.includes("Goloman.log") && files.every((file) => file.startsWith("Goloman.log")),
    files.join(", "),
  );
  for (const file of files) {
    const { size } = statSync(join(server.logDir, file));
    // All together would be some 1,600 KB.
    assert(size <= 200_000, `${file} has ${size} bytes`);
  }
  // What is left is the newest, without a gap, and no line is torn.
  const seen = new Set<number>();
  for (const file of files) {
    const text = readFileSync(join(server.logDir, file), "latin1");
    assert(text === "" || text.endsWith("\n"), `${file} ends inside a line`);
    for (const line of text.split("\n").slice(0, -1)) {
      assert(TIME.test(line), JSON.stringify(line));
      const round = /round (\d+)/.exec(line)?.[1];
      if (round !== undefined) seen.add(Number(round));
    }
  }
  assert(seen.size > 10 && seen.size < rounds, `${seen.size} rounds are left`);
  for (let round = rounds - seen.size; round < rounds; round++) {
    assert(seen.has(round), `round ${round} is missing`);
  }
});

test("a server started again goes on in its file", async () => {
  const topology = await tempFile(
    "topology.json",
    topologyText(new Map([["Goloman", await freePort()]]), []),
  );
  const logDir = await tempDir();
  for (const word of ["first life", "second life"]) {
    const server = await startServer("Goloman", { topology, logDir });
    const session = await server.client();
    await session.send(`${word}\n`);
    await session.line();
    session.destroy();
    await server.stop();
  }
  const text = readFileSync(join(logDir, "Goloman.log"), "latin1");
  assert(text.indexOf("first life") >= 0 && text.indexOf("first life") < text.indexOf("second life"));
});

test("a log folder that is not there yet is made; none means no file", async () => {
  const dir = await tempDir();
  const server = await startAlone("Goloman", { flags: ["--log-dir", join(dir, "new", "deep")] });
  await server.report(freshClient("made"), POSITION, timeText(nowNanos()));
  await server.stop();
  assert(existsSync(join(dir, "new", "deep", "Goloman.log")));

  const silent = await startAlone("Goloman", { flags: ["--log-dir", "none"] });
  const client = freshClient("none");
  assertEquals(await silent.held(client), undefined);
  const at = await silent.report(client, POSITION, timeText(nowNanos()));
  assertEquals(await silent.held(client), at);
  assertEquals((await silent.stop()).code, 0);
  assertEquals(readdirSync(silent.logDir), []);
  assert(!existsSync("none"), "a folder named none");
});
