/**
 * The location apps of phones, each with a run of the bytes that it sends, written from its documentation and source
 * (the sources are named in test/gateway/phones). A run goes to one server of a herd; all of them must know the same.
 */
import { assertEquals } from "@std/assert";
import { readFileSync } from "node:fs";
import {
  answerOf,
  checkAt,
  Client,
  FIVE,
  FIVE_LINKS,
  Herd,
  once,
  type RunningServer,
  startHerd,
  tempDir,
  test,
} from "./harness.ts";

/** The herd, told to answer nobody before the disk has what was told. */
const herd = once(async () =>
  await startHerd(FIVE, FIVE_LINKS, {
    flags: ["--http", "127.0.0.1:0", "--data-dir", await tempDir(), "--fsync", "always"],
  })
);

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** What is to come of a run: the answer to each of its requests, and what is then known. */
interface Run {
  /** In the folder of recordings. */
  readonly file: string;
  readonly server: typeof FIVE[number];
  /** Of OwnTracks only the type of what is answered: it depends on who else is known. */
  readonly answers: readonly (Answer | "friends")[];
  readonly client: string;
  readonly position: string;
  readonly time: string;
}

const EMPTY = { status: 200, body: "" };
const NO_FRIENDS = { status: 200, body: "[]" };
const OK = { status: 200, body: '{"result":"ok"}' };

const RUNS: readonly Run[] = [
  {
    file: "owntracks_android.http",
    server: "Goloman",
    answers: [NO_FRIENDS, "friends", NO_FRIENDS, "friends"],
    client: "jane/pixel",
    position: "+34.0692-118.44535",
    time: "1700000071",
  },
  {
    file: "owntracks_ios.http",
    server: "Welsh",
    answers: [NO_FRIENDS, NO_FRIENDS, "friends"],
    client: "john/iphone",
    position: "-33.856784+151.215296",
    time: "1700000099",
  },
  {
    file: "osmand.http",
    server: "Hands",
    answers: [EMPTY, EMPTY],
    client: "bicycle",
    position: "+52.520134+13.405112",
    time: "1700000005.25",
  },
  {
    file: "traccar_client_8.http",
    server: "Holiday",
    answers: [EMPTY, EMPTY],
    client: "48241179",
    position: "-0.0001-78.4677911",
    time: "1700000301",
  },
  {
    file: "traccar_client_9.http",
    server: "Wilkes",
    answers: [EMPTY, EMPTY],
    client: "83110027",
    position: "-6.11483+106.68371",
    time: "1700000300.004",
  },
  {
    file: "traccar_client_10.http",
    server: "Goloman",
    answers: [EMPTY, EMPTY],
    client: "71003344",
    position: "+59.334591+18.06324",
    time: "1700000002",
  },
  {
    file: "overland_ios.http",
    server: "Welsh",
    answers: [OK, OK],
    client: "jane-iphone",
    position: "+45.5000001-122.65",
    time: "1700002800",
  },
  {
    file: "gpslogger.http",
    server: "Hands",
    answers: [EMPTY, EMPTY],
    client: "22abcdef01234567",
    position: "+47.49811+19.04002",
    time: "1700000005.5",
  },
];

for (const run of RUNS) {
  test(`what ${run.file} sends to ${run.server} is known to all`, async () => {
    const all = await herd();
    const answers = await replay(all.server(run.server), requestsOf(run.file));
    assertEquals(answers.length, run.answers.length);
    run.answers.forEach((expected, i) => {
      if (expected === "friends") checkFriends(answers[i], run.client);
      else assertEquals(answers[i], expected, `request ${i + 1}`);
    });
    await checkKnown(all, run);
  });
}

test("a device is told of a friend that reports to another server", async () => {
  const all = await herd();
  await replay(all.server("Welsh"), requestsOf("owntracks_ios.http"));
  await all.agreed("john/iphone");
  const answers = await replay(all.server("Goloman"), requestsOf("owntracks_android.http"));
  const friends = JSON.parse(answers.at(-1)!.body) as readonly Record<string, unknown>[];
  assertEquals(friends.find(({ tid }) => tid === "john/iphone"), {
    _type: "location",
    tid: "john/iphone",
    lat: -33.856784,
    lon: 151.215296,
    tst: 1_700_000_099,
    topic: "owntracks/john/iphone",
  });
});

test("bodies in chunks are read, such as the token by which Traccar Client would be woken", async () => {
  const all = await herd();
  const inChunks = (...chunks: readonly string[]) =>
    "POST / HTTP/1.1\r\nuser-agent: Dart/3.9 (dart:io)\r\ncontent-type: application/x-www-form-urlencoded\r\n" +
    "accept-encoding: gzip\r\ntransfer-encoding: chunked\r\nhost: 127.0.0.1\r\n\r\n" +
    [...chunks, ""].map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join("");
  const answers = await replay(all.server("Holiday"), [
    inChunks("id=71003355&notificationToken=fZ1%3AAPA91b"),
    inChunks("id=71003355&lat=59.33", "4591&lon=18.06324&timesta", "mp=1700000002"),
  ]);
  assertEquals(answers, [EMPTY, EMPTY]);
  checkAt(await all.agreed("71003355"), {
    origin: "Holiday",
    client: "71003355",
    position: "+59.334591+18.06324",
    time: "1700000002",
  });
});

test("what no app sends is refused, and the connection goes on", async () => {
  const all = await herd();
  const head = (length: number) =>
    `POST /osmand HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
  const [osmand = ""] = requestsOf("osmand.http");
  const answers = await replay(all.server("Wilkes"), [
    `${head(1)}{`,
    "GET /osmand?lat=1&lon=2 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "GET /osmand?id=a&lat=1,5&lon=2 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "GET /gpslogger?lat=1&lon=2 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    `${head(2).replace("/osmand", "/overland")}[]`,
    `${head(2).replace("/osmand", "/owntracks")}[]`,
    osmand,
  ]);
  assertEquals(answers.map(({ status }) => status), [400, 400, 400, 400, 400, 400, 200]);
});

/** The requests of a recording, as binary strings. */
function requestsOf(file: string): readonly string[] {
  const requests: string[] = [];
  let rest = readFileSync(new URL(`./recordings/${file}`, import.meta.url)).toString("latin1");
  while (rest !== "") {
    const headEnd = rest.indexOf("\r\n\r\n") + 4;
    const length = Number(/^content-length: (\d+)\r$/im.exec(rest.slice(0, headEnd))?.[1] ?? 0);
    requests.push(rest.slice(0, headEnd + length));
    rest = rest.slice(headEnd + length);
  }
  return requests;
}

/** Sends requests over one connection, each once the one before it was answered. */
async function replay(server: RunningServer, requests: readonly string[]): Promise<readonly Answer[]> {
  const line = await server.program.stdoutLine(/ serves http:/, "the line that says where it serves HTTP");
  const connection = await Client.connect(Number(/:(\d+)\/$/.exec(line)?.[1]), server.name);
  const answers: Answer[] = [];
  for (const request of requests) {
    await connection.send(request);
    answers.push(await readAnswer(connection));
  }
  connection.destroy();
  return answers;
}

async function readAnswer(connection: Client): Promise<Answer> {
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(await connection.line())?.[1]);
  const headers = new Map<string, string>();
  for (let line = await connection.line(); line !== "\r"; line = await connection.line()) {
    const [name = "", value = ""] = line.trim().split(/:\s*/, 2);
    headers.set(name.toLowerCase(), value);
  }
  if (headers.get("transfer-encoding") !== "chunked") {
    return { status, body: await connection.bytes(Number(headers.get("content-length") ?? 0)) };
  }
  let body = "";
  for (;;) {
    const length = parseInt(await connection.line(), 16);
    body += await connection.bytes(length);
    await connection.line();
    if (length === 0) return { status, body };
  }
}

function checkFriends(answer: Answer | undefined, self: string): void {
  assertEquals(answer?.status, 200);
  const friends = JSON.parse(answer?.body ?? "") as readonly {
    readonly _type: string;
    readonly tid: string;
  }[];
  assertEquals(friends.filter(({ _type }) => _type !== "location"), []);
  assertEquals(friends.some(({ tid }) => tid === self), false, "nobody is a friend of their own");
}

/** Every server says of the client, to whoever asks, the same AT line, and it is the run's. */
async function checkKnown(all: Herd, { server, client, position, time }: Run): Promise<void> {
  const at = await all.agreed(client);
  checkAt(at, { origin: server, client, position, time });
  for (const asked of all.running) {
    const session = await asked.client();
    await session.send(`WHATSAT ${client} 10 5\n`);
    const reply = await session.whatsat();
    session.destroy();
    assertEquals(reply.at, at, `as ${asked.name} says`);
    assertEquals(answerOf(reply).results.length <= 5, true);
  }
}
