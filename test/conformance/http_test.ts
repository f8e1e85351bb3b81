/** The HTTP door as anyone on the network can meet it: its bounds, its end, and that it harms no session. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createServer } from "node:net";
import { Client, freePort, once, run, startAlone, tempFile, test, topologyText, until } from "./harness.ts";

const LIMITS = {
  httpRequestMs: 500,
  httpIdleMs: 500,
  httpConnections: 4,
  httpHeaderBytes: 2_048,
  httpBodyBytes: 1_000,
};

const strict = once(async () => {
  const door = await freePort();
  const server = await startAlone("Goloman", { limits: LIMITS, flags: ["--http", `127.0.0.1:${door}`] });
  return { server, door };
});

/** Everything that comes until the server closes. */
async function untilClosed(client: Client): Promise<string> {
  await until("the server closes", () => client.ended);
  client.destroy();
  return client.unread;
}

/** A PUT of the client `id`, whose body has the length that `length` says. */
function put(id: string, length: string, body: string): string {
  const path = `/clients/${encodeURIComponent(id)}`;
  return `PUT ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n${length}\r\n\r\n${body}`;
}

async function ask(door: number, request: string): Promise<string> {
  const client = await Client.connect(door, "the door");
  await client.send(request);
  return await untilClosed(client);
}

test("a request that is none, or breaks a bound, is refused with its status and closed", async () => {
  const { door } = await strict();
  const unreadable = [
    [400, "IAMAT kiwi +1+1 1\n\n"],
    [400, "GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n"],
    [431, `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(4_000)}\r\n\r\n`],
    [408, "GET / HTTP/1.1\r\nHost: a\r\nX-Begun"],
  ] as const;
  for (const [status, request] of unreadable) {
    const [head = "", body = ""] = (await ask(door, request)).split("\r\n\r\n");
    assert(head.startsWith(`HTTP/1.1 ${status} `), head);
    assertMatch(head, /^content-type: application\/problem\+json$/im);
    assertEquals((JSON.parse(body) as { status: number }).status, status);
  }
  assertMatch(await ask(door, ""), /^(HTTP\/1\.1 408 |$)/);
  const x = "x".repeat(2_000);
  const large = [
    put("kiwi", "Content-Length: 2000", x),
    put("kiwi", "Transfer-Encoding: chunked", `7d0\r\n${x}\r\n0\r\n\r\n`),
  ];
  for (const request of large) {
    const answer = await ask(door, request);
    assertMatch(answer, /^HTTP\/1\.1 413 /);
    assertStringIncludes(answer, "application/problem+json");
  }
});

test("a body comes in one piece or in chunks, and a request that has none needs no length", async () => {
  const { server, door } = await strict();
  const [one, other] = ['{"latitude": 1.5, ', '"longitude": -2.5}'] as const;
  const chunks = [one, other, ""].map((text) => `${text.length.toString(16)}\r\n${text}\r\n`).join("");
  const whole = await ask(
    door,
    put("kiwi/whole", `Content-Length: ${one.length + other.length}`, `${one}${other}`),
  );
  const chunked = await ask(door, put("kiwi/chunked", "Transfer-Encoding: chunked", chunks));
  for (const answer of [whole, chunked]) assertMatch(answer, /^HTTP\/1\.1 200 /);
  assertMatch(await server.held("kiwi/chunked") ?? "", / \+1\.5-2\.5 /);

  assertMatch(await ask(door, put("kiwi", "X: none", "")), /^HTTP\/1\.1 400 .*the body: it is no JSON/s);
  for (const method of ["DELETE", "OPTIONS"]) {
    const answer = await ask(
      door,
      `${method} /clients/kiwi HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`,
    );
    assertMatch(answer, /^HTTP\/1\.1 405 /);
    assertMatch(answer, /\r\nallow: GET, HEAD, PUT\r\n/i);
  }
});

test("a body that breaks off is no fault of herd's own", async () => {
  const door = await freePort();
  const server = await startAlone("Goloman", { limits: LIMITS, flags: ["--http", `127.0.0.1:${door}`] });
  const begun = [
    put("kiwi", "Content-Length: 100", '{"lat'),
    put("kiwi", "Transfer-Encoding: chunked", '5\r\n{"lat\r\n'),
  ];
  for (const request of begun) {
    const ending = await Client.connect(door, "the door");
    await ending.send(request);
    ending.halfClose();
    assert(!(await ending.rest()).startsWith("HTTP/1.1 5"));
    ending.destroy();
    assertMatch(await ask(door, request), /^(HTTP\/1\.1 408 |$)/);
    const gone = await Client.connect(door, "the door");
    await gone.send(request);
    gone.reset();
  }
  assertMatch(
    await ask(door, put("kiwi", "Transfer-Encoding: chunked", "no chunk\r\n")),
    /^HTTP\/1\.1 400 /,
  );
  assertEquals((await server.stop()).code, 0);
  assert(!server.allLogs().includes("a fault of herd's own"), server.allLogs());
});

test("an app's body may come in chunks, or not at all, and is no fault where nobody wants one", async () => {
  const { door } = await strict();
  const post = (path: string, headers: string, body = "") =>
    ask(door, `${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n${headers}\r\n${body}`);
  const chunked = "Transfer-Encoding: chunked\r\n";
  const form = "id=chunk&lat=1&lon=2&timestamp=1700000000";
  const taken = await post(
    "POST /osmand",
    chunked,
    `14\r\n${form.slice(0, 20)}\r\n15\r\n${form.slice(20)}\r\n0\r\n\r\n`,
  );
  assertMatch(taken, /^HTTP\/1\.1 200 /);
  assertMatch(await post("GET /clients/chunk", ""), /^HTTP\/1\.1 200 /);

  assertMatch(await post("POST /owntracks", ""), /^HTTP\/1\.1 200 [^]*\[\]/);
  assertMatch(await post("PATCH /nothing", chunked, "1\r\nx\r\n0\r\n\r\n"), /^HTTP\/1\.1 404 /);
  assertMatch(await post("TRACE /", ""), /^HTTP\/1\.1 40[45] /);
});

test("a connection that asks nothing more is closed, and one too many at once", async () => {
  const { door } = await strict();
  const kept = await Client.connect(door, "the door");
  await kept.send("GET /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  assertMatch(await untilClosed(kept), /^HTTP\/1\.1 404 /);

  const idle = await Promise.all(Array.from({ length: 4 }, () => Client.connect(door, "the door")));
  const further = await Client.connect(door, "the door");
  assertEquals(await untilClosed(further), "");
  for (const client of idle) client.destroy();
});

test("what happens at the HTTP door reaches no session, and is counted", async () => {
  const { server, door } = await strict();
  const session = await server.client();
  const flood = Array.from({ length: 20 }, () => ask(door, "no request\n\n").catch(() => ""));
  await session.send("hello\n");
  assertEquals(await session.line(), "? hello");
  await Promise.all(flood);
  session.destroy();
  const { code } = await server.stop();
  assertEquals(code, 0);
  const { limitsHit } = server.counters();
  for (const limit of ["httpHeaderBytes", "httpBodyBytes", "httpRequestMs", "httpConnections"]) {
    assert((limitsHit[limit] ?? 0) > 0, `${limit}: ${JSON.stringify(limitsHit)}`);
  }
});

test("a door at any port that is free says which one it is", async () => {
  const server = await startAlone("Goloman", { flags: ["--http", "0"] });
  const [, url = "", door = ""] = /serves (http:\/\/127\.0\.0\.1:(\d+))\/\n/.exec(server.program.stdout) ??
    [];
  const answer = await ask(
    Number(door),
    "GET /herd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
  );
  assertStringIncludes(answer, `"http":"${url}"`);
});

test("a door that cannot be opened is the user's mistake: one line, exit code 2", async () => {
  const taken = createServer();
  const port = await new Promise<number>((resolve) => {
    taken.listen(0, "127.0.0.1", () => {
      const address = taken.address();
      resolve(address !== null && typeof address === "object" ? address.port : 0);
    });
  });
  const file = await tempFile("topology.json", topologyText(new Map([["Ann", await freePort()]]), []));
  const serve = ["serve", "Ann", "--topology", file, "--log-dir", "none", "--log-level", "error"];
  const inUse = await run([...serve, "--http", `127.0.0.1:${port}`]);
  await new Promise((resolve) => taken.close(resolve));
  assertEquals(inUse.code, 2);
  assertMatch(
    inUse.stderr,
    new RegExp(`^herd: 127\\.0\\.0\\.1:${port}, where Ann serves HTTP, is in use already: .*\n$`),
  );
  const nowhere = await run([...serve, "--http", "somewhere"]);
  assertEquals(nowhere.code, 2);
  assertMatch(nowhere.stderr, /^herd: --http "somewhere": .*\n$/);
});
