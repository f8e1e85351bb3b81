/** Who may do what at the HTTP door: users and servers, on real sockets; and what no browser or proxy can talk it into. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { Buffer } from "node:buffer";
import { spawn } from "node:child_process";
import { createHmac, pbkdf2Sync } from "node:crypto";
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import {
  Client,
  countOf,
  freePort,
  once,
  run,
  type RunningServer,
  startServer,
  tempDir,
  tempFile,
  test,
  topologyText,
  until,
} from "./harness.ts";

const SECRET = "guard-canary-secret-31";
const CHOSEN = "guard-canary chosen é";

interface HttpAnswer {
  readonly status: number;
  /** Lines of the head, in small letters. */
  readonly head: readonly string[];
  readonly body: string;
}

/** Sends `lines` as the head of a request, as they are. */
async function raw(port: number, ...lines: readonly string[]): Promise<HttpAnswer> {
  const socket = await Client.connect(port, "the HTTP door");
  try {
    await socket.send(Buffer.from(`${lines.join("\r\n")}\r\nConnection: close\r\n\r\n`).toString("latin1"));
    const text = await socket.rest();
    const end = text.indexOf("\r\n\r\n");
    const [first = "", ...head] = text.slice(0, end).toLowerCase().split("\r\n");
    return { status: Number(first.split(" ")[1]), head, body: text.slice(end + 4) };
  } finally {
    socket.destroy();
  }
}

async function status(port: number, ...lines: readonly string[]): Promise<number> {
  return (await raw(port, ...lines)).status;
}

/** A request of `/herd` as a program on the same machine sends it. */
const plain = (port: number) => ["GET /herd HTTP/1.1", `Host: 127.0.0.1:${port}`] as const;

const basic = (name: string, password: string) =>
  `Authorization: Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;

/** A users file that the command has made, and the passwords that it has told. */
const theUsers = once(async () => {
  const file = join(await tempDir(), "users.txt");
  const add = async (stdin: string | undefined, ...args: readonly string[]) => {
    const { code, stdout, stderr } = await run(
      ["users", "add", file, ...args],
      stdin === undefined ? {} : {
        stdin: Buffer.from(stdin).toString("latin1"),
      },
    );
    assertEquals(code, 0, stderr);
    return stdout.trim();
  };
  const deck = await add(undefined, "deck", "--friends", "van,bike/7");
  const board = await add(undefined, "board", "--rights", "read");
  assertEquals(await add(`${CHOSEN}\n`, "carl", "--rights", "write,read", "--password-stdin"), "");
  return { file, deck, board };
});

interface Doors {
  readonly server: RunningServer;
  readonly port: number;
}

async function open(
  host: string,
  flags: readonly string[],
  env: Record<string, string> = {},
): Promise<Doors> {
  const port = await freePort();
  const topology = await tempFile(
    "topology.json",
    topologyText(new Map([["Goloman", await freePort()]]), []),
  );
  const server = await startServer("Goloman", {
    topology,
    flags: ["--http", `${host}:${port}`, ...flags],
    env,
  });
  return { server, port };
}

/** A door that nobody guards, on loopback. */
const openDoor = once(() => open("127.0.0.1", []));
/** On loopback, with users. */
const homeDoor = once(async () => await open("127.0.0.1", ["--users", (await theUsers()).file]));
/** On every address, with users and a secret. */
const wideDoor = once(async () =>
  await open("0.0.0.0", ["--users", (await theUsers()).file], { HERD_SECRET: SECRET })
);

// ---------------------------------------------------------------------------------------------------- the command

test("users are added to a file that is its owner's alone, listed, and removed; no password stands in it", async () => {
  const { file, deck, board } = await theUsers();
  assertMatch(deck, /^[0-9a-z]{26}$/);
  assert(deck !== board, "each has its own");
  const text = readFileSync(file, "utf8");
  for (const password of [deck, board, CHOSEN]) assert(!text.includes(password));
  if (process.platform !== "win32") assertEquals(statSync(file).mode & 0o777, 0o600);
  const [, iterations, salt, digest] =
    /^carl write,read pbkdf2-sha256:(\d+):([0-9a-f]+):([0-9a-f]+)$/m.exec(text) ?? [];
  assert(Number(iterations) >= 600_000, text);
  const derived = pbkdf2Sync(CHOSEN, Buffer.from(salt ?? "", "hex"), Number(iterations), 32, "sha256");
  assertEquals(digest, derived.toString("hex"));

  const listed = await run(["users", "list", file]);
  assertEquals([listed.code, listed.stderr], [0, ""]);
  assertEquals(listed.stdout.trimEnd().split("\n").map((line) => line.split(/ {2,}/)), [
    ["deck", "write", "password or token", "friends=van,bike/7"],
    ["board", "read", "password or token"],
    ["carl", "write,read", "chosen password"],
  ]);

  const copy = join(await tempDir(), "copy.txt");
  writeFileSync(copy, `# ours\n${text}`);
  chmodSync(copy, 0o640);
  assertEquals((await run(["users", "remove", copy, "board"])).code, 0);
  const left = `# ours\n${text}`.split("\n").filter((line) => !line.startsWith("board ")).join("\n");
  assertEquals(readFileSync(copy, "utf8"), left);
  if (process.platform !== "win32") assertEquals(statSync(copy).mode & 0o777, 0o640, "it stays as it was");
  assert(!existsSync(`${copy}.new`));
  for (const name of ["deck", "carl"]) assertEquals((await run(["users", "remove", copy, name])).code, 0);
  assertEquals((await run(["users", "add", copy, "first"])).code, 0, "also once nobody is left");
});

test("a mistake in the command or the file is told in a line, with exit code 2, and changes nothing", async () => {
  const { file } = await theUsers();
  const wrong = await tempFile("users.txt", "# ours\ndeck write hunter2\n\nvan wirte sha256:\n");
  const before = readFileSync(file, "utf8");
  const door = ["serve", "Goloman", "--http", "127.0.0.1:21399"];
  const cases: readonly (readonly [args: readonly string[], says: readonly string[], stdin?: string])[] = [
    [["users"], ["users add FILE NAME"]],
    [["users", "add", file], ["users add FILE NAME"]],
    [["users", "list", file, "deck"], ["users add FILE NAME"]],
    [["users", "drop", file, "deck"], ['"drop"']],
    [["users", "list", file, "--rights", "read"], ["--rights is for users add"]],
    [["users", "add", file, "deck"], ["deck already", "users remove"]],
    [["users", "add", file, "a/b"], ['"a/b"', "name"]],
    [["users", "add", file, "new", "--rights", "admin"], ["--rights", '"admin"', "write,read"]],
    [["users", "add", file, "new", "--friends", "a, b"], ["--friends"]],
    [["users", "add", file, "new", "--password-stdin"], ["8 to 256"], "short\n"],
    [["users", "add", file, "new", "--password-stdin"], ["8 to 256"], ""],
    [["users", "remove", file, "nobody"], ['"nobody"', "deck, board, carl"]],
    [["users", "remove", `${file}.none`, "deck"], ["no such users file"]],
    [["users", "add", wrong, "new"], [`${wrong}: line 2: the hash`, `${wrong}: line 4: `]],
    [[...door, "--users", wrong], [`${wrong}: line 2: the hash`, `${wrong}: line 4: `]],
    [[...door, "--users", `${file}.none`], [`${file}.none: there is no such users file`]],
    [[...door, "--users", await tempFile("users.txt", "# nobody\n")], ["there is no user in it"]],
    [["serve", "Goloman", "--http", "0.0.0.0:21399"], ["0.0.0.0:21399", "--users FILE", "127.0.0.1"]],
    [["serve", "Goloman", "--http", "[::]:21399", "--users", "none"], ["--users FILE", "127.0.0.1"]],
  ];
  for (const [args, says, stdin] of cases) {
    const { code, stdout, stderr } = await run(args, stdin === undefined ? {} : { stdin });
    const shown = `${args.join(" ")}: exit ${code}\n${stdout}${stderr}`;
    assertEquals([code, stdout], [2, ""], shown);
    assertEquals(countOf(stderr, "\n"), says.filter((word) => word.includes(": line ")).length || 1, shown);
    for (const word of says) assert(stderr.includes(word), shown);
    assert(!stderr.includes("hunter2"), shown);
  }
  assertEquals(readFileSync(file, "utf8"), before);
});

test("a server that runs knows of users who come and go, and ends what it tells those who are gone", async () => {
  const file = join(await tempDir(), "users.txt");
  const change = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await run(["users", ...args]);
    assertEquals(code, 0, stderr);
    return { password: stdout.trim(), stderr };
  };
  const first = await change("add", file, "board", "--rights", "read");
  assertMatch(first.stderr, /servers that use it know within \d+ s/);
  const { server, port } = await open("0.0.0.0", ["--users", file]);
  const stream = await Client.connect(port, "an event stream");
  await stream.send(
    ["GET /events HTTP/1.1", "Host: herd.example", basic("board", first.password), "", ""].join("\r\n"),
  );
  assertEquals((await stream.line()).trimEnd(), "HTTP/1.1 200 OK");

  const second = await change("add", file, "carl", "--rights", "read");
  const ask = (name: string, password: string) => status(port, ...plain(port), basic(name, password));
  await until("carl is known", async () => await ask("carl", second.password) === 200);
  await change("remove", file, "board");
  await until("board is not", async () => await ask("board", first.password) === 401);
  await stream.dropped();
  writeFileSync(file, "carl read hunter2\n");
  const told = await server.logged("what is wrong with it", (line) => line.includes("users.txt: line 1"));
  assertMatch(told, /the hash is neither .*; the HTTP door goes by what the users file said before/);
  assertEquals(await ask("carl", second.password), 200);
  assertEquals((await server.stop()).code, 0);
  assert(!server.allLogs().includes("hunter2"));
});

test("users that come through a pipe, which can be read but once, are those until a restart", async () => {
  const { file, deck } = await theUsers();
  const pipe = join(await tempDir(), "users");
  spawn("sh", ["-c", 'mkfifo "$1" && exec cat "$0" > "$1"', file, pipe], { stdio: "ignore" });
  await until("the pipe is there", () => existsSync(pipe));
  const { server, port } = await open("0.0.0.0", ["--users", pipe]);
  await server.logged("how long they count", (line) => line.endsWith("its users are these until a restart"));
  assertEquals(await status(port, ...plain(port), basic("deck", deck)), 403, "known, and not to read");
  assertEquals((await server.stop()).code, 0);
});

// --------------------------------------------------------------------------------------------------------- who reads

test("where others reach the door, users who may read do: by Basic, by Bearer, by a token in the URL", async () => {
  const { port } = await wideDoor();
  const { deck, board } = await theUsers();
  const stranger = await raw(port, ...plain(port));
  assertEquals(stranger.status, 401);
  assert(stranger.head.includes('www-authenticate: basic realm="herd", charset="utf-8"'));
  assert(stranger.head.includes("content-type: application/problem+json"));
  const good = [
    basic("board", board),
    `Authorization: Bearer ${board}`,
    `authorization:bearer ${board}`,
    basic("carl", CHOSEN),
  ];
  for (const line of good) assertEquals(await status(port, ...plain(port), line), 200, line);
  const inUrl = await raw(port, `GET /herd?token=${board} HTTP/1.1`, "Host: herd.example");
  assertEquals([inUrl.status, JSON.parse(inUrl.body).asked], [200, "Goloman"]);
  const wrong = [
    basic("board", deck),
    basic("carl", board),
    basic("nobody", board),
    basic("carl", `${CHOSEN}x`),
    `Authorization: Bearer ${CHOSEN}`,
    `Authorization: Bearer ${board}x`,
    "Authorization: Basic é",
    "Authorization: Negotiate abc",
  ];
  for (const line of wrong) assertEquals(await status(port, ...plain(port), line), 401, line);
  assertEquals(await status(port, "GET /herd?token=x HTTP/1.1", "Host: herd.example"), 401);
  assertEquals(await status(port, ...plain(port), basic("deck", deck)), 403, "deck may not read");
});

test("another server of the herd reads with a proof under the secret, and with no other", async () => {
  const { port } = await wideDoor();
  const now = Math.floor(Date.now() / 1000);
  const proof = (secret: string, seconds: number) => {
    const digest = createHmac("sha256", secret).update(`HERD-HTTP/1\nHands\n${seconds}\n`).digest("hex");
    return `Authorization: Herd Hands ${seconds} ${digest}`;
  };
  assertEquals(await status(port, ...plain(port), proof(SECRET, now)), 200);
  assertEquals(await status(port, ...plain(port), proof(SECRET, now - 120)), 401);
  assertEquals(await status(port, ...plain(port), proof("another", now)), 401);
});

test("on loopback everybody on the machine reads, and a wrong password is told all the same", async () => {
  const { deck } = await theUsers();
  const open = (await openDoor()).port;
  const home = (await homeDoor()).port;
  assertEquals(await status(open, ...plain(open)), 200);
  assertEquals(await status(open, ...plain(open), basic("whoever", "x")), 200);
  assertEquals(await status(home, ...plain(home)), 200);
  assertEquals(await status(home, ...plain(home), basic("deck", deck)), 200);
  assertEquals(await status(home, ...plain(home), basic("deck", "x")), 401);
});

// ----------------------------------------------------------------------------------------------------------- hazards

test("what a proxy on the machine sends on needs a user, and where there is no users file it is refused", async () => {
  const { board } = await theUsers();
  const open = (await openDoor()).port;
  const home = (await homeDoor()).port;
  for (const line of ["X-Forwarded-For: 192.0.2.1", "Forwarded: for=192.0.2.1", "Via: 1.1 proxy"]) {
    const refused = await raw(open, ...plain(open), line);
    assertEquals(refused.status, 403, line);
    assertMatch(refused.body, /proxy.*--users/);
    assertEquals(await status(home, ...plain(home), line), 401, line);
    const outside = ["GET /herd HTTP/1.1", "Host: herd.example", "Origin: https://herd.example", line];
    assertEquals(await status(home, ...outside, basic("board", board)), 200, line);
  }
});

test("a door on loopback answers to names of this machine alone, however they are written", async () => {
  const { port } = await openDoor();
  for (const host of ["127.0.0.1", `localhost:${port}`, "[::1]", "LocalHost"]) {
    assertEquals(await status(port, "GET /herd HTTP/1.1", `Host: ${host}`), 200, host);
  }
  for (const host of ["evil.example", `evil.example:${port}`, "127.0.0.1.evil.example", "0.0.0.0"]) {
    const answer = await raw(port, "GET /herd HTTP/1.1", `Host: ${host}`);
    assertEquals([answer.status, answer.body.includes("Goloman")], [421, false], host);
  }
  const odd: readonly (readonly string[])[] = [
    ["GET http://127.0.0.1/herd HTTP/1.1", "Host: evil.example"],
    ["GET /herd HTTP/1.1"],
    ["GET /herd HTTP/1.0"],
    ["GET /herd HTTP/1.1", "Host: a b"],
    ["GET /herd HTTP/1.1", "Host: evil.example/127.0.0.1"],
    ["GET /herd HTTP/1.1", "Host: evil.example", "Host: 127.0.0.1"],
  ];
  for (const lines of odd) {
    const answer = await raw(port, ...lines);
    assert([400, 421].includes(answer.status), `${lines}: ${answer.status}`);
    assert(!answer.body.includes("Goloman"), lines.join());
  }
});

test("a page of another site gets nothing through a browser, and no leave to ask", async () => {
  const { board } = await theUsers();
  for (const { port } of [await openDoor(), await homeDoor(), await wideDoor()]) {
    const own = [...plain(port), basic("board", board)];
    const bad = [
      "Origin: https://evil.example",
      "Origin: null",
      "Origin: http://127.0.0.1:1",
      "Sec-Fetch-Site: cross-site",
      "Sec-Fetch-Site: same-site",
    ];
    for (const line of bad) assertEquals(await status(port, ...own, line), 403, line);
    const good = [`Origin: http://127.0.0.1:${port}`, "Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: none"];
    for (const line of good) assertEquals(await status(port, ...own, line), 200, line);
    const preflight = await raw(
      port,
      "OPTIONS /herd HTTP/1.1",
      `Host: 127.0.0.1:${port}`,
      "Origin: https://evil.example",
      "Access-Control-Request-Method: GET",
    );
    assertEquals(preflight.status, 403);
    assert(!preflight.head.some((line) => line.startsWith("access-control-")), preflight.head.join());
  }
});

// ----------------------------------------------------------------------------------------------------------- secrets

test("no password, token or proof stands in what a server writes, and its users go to every thread", async () => {
  const { file, deck, board } = await theUsers();
  const { server, port } = await open(
    "0.0.0.0",
    ["--users", file, "--workers", "2", "--log-level", "debug"],
    { HERD_SECRET: SECRET },
  );
  const answers = [
    await raw(port, ...plain(port), basic("board", board)),
    await raw(port, ...plain(port), basic("deck", deck)),
    await raw(port, ...plain(port), basic("nobody", deck)),
    await raw(port, ...plain(port), basic("carl", CHOSEN)),
    await raw(port, ...plain(port), `Authorization: Bearer ${board}`),
    await raw(port, ...plain(port), `Authorization: ${SECRET}`),
    await raw(port, `GET /herd?token=${board} HTTP/1.1`, "Host: x"),
    await raw(port, `GET /nothing?token=${deck} HTTP/1.1`, "Host: x"),
    await raw(port, `BREW /herd?token=${deck} HTTP/1.1`, "Host: x"),
    await raw(port, `GET /herd?token=${deck} HTTP/9`, "Host: x"),
  ];
  assertEquals(answers.map((answer) => answer.status), [200, 403, 401, 200, 200, 401, 200, 404, 400, 400]);
  const refused = await server.logged("a refusal", (line) => line.includes("refused: no such user"));
  assertMatch(refused, /http:127\.0\.0\.1:\d+/);
  assertEquals((await server.stop()).code, 0);
  const { stdout, stderr } = server.program;
  assert(server.log().includes("the HTTP door speaks no TLS"), "who runs it is told what can be read");
  for (const text of [...answers.map(({ body }) => body), server.allLogs(), stdout, stderr]) {
    for (const canary of [deck, board, CHOSEN, SECRET]) assert(!text.includes(canary), `${canary}: ${text}`);
  }
});

// ------------------------------------------------------------------------------------------------ who tells of whom

/** A location of `id`, in the words of an app, from whoever the further lines of the head say. */
async function tell(port: number, id: string, ...lines: readonly string[]): Promise<number> {
  const path = `/osmand?id=${encodeURIComponent(id)}&lat=1.5&lon=2.5`;
  return await status(port, `GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, ...lines);
}

test("a device tells of its own client and its own devices, by whatever its app can send, and of no other", async () => {
  const { deck, board } = await theUsers();
  for (const { server, port } of [await homeDoor(), await wideDoor()]) {
    assertEquals(await tell(port, "deck"), 401, "nobody");
    assertEquals(await tell(port, "deck", basic("deck", deck)), 200);
    assertEquals(await tell(port, "deck/phone", `Authorization: Bearer ${deck}`), 200);
    const url = `/osmand?token=${deck}&id=deck%2Ftracker&lat=1.5&lon=2.5`;
    assertEquals(await status(port, `GET ${url} HTTP/1.1`, `Host: 127.0.0.1:${port}`), 200);
    assertEquals(await tell(port, "carl", basic("carl", CHOSEN)), 200);
    for (const other of ["carl", "deckhand", "deckhand/phone", "DECK", "van", "bike/7"]) {
      assertEquals(await tell(port, other, basic("deck", deck)), 403, other);
    }
    assertEquals(await tell(port, "board", basic("board", board)), 403, "board may only read");
    for (const id of ["deck", "deck/phone", "deck/tracker", "carl"]) {
      assertMatch(await server.held(id) ?? "", / \+1\.5\+2\.5 /, id);
    }
    assertEquals(await server.held("deckhand"), undefined);
  }
});
