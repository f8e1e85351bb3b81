/** The HTTP server of the runtime layer, on whichever runtime runs this. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { once } from "node:events";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import {
  AddressInUseError,
  type HttpBounds,
  type HttpListener,
  type ServeHttp,
  type TlsIdentity,
} from "../../src/runtime/runtime.ts";
import { Authority } from "../certificates.ts";
import { test } from "../runner.ts";
import { runtimeHere } from "./runtime_here.ts";

const BOUNDS = {
  connections: 10,
  connectionsPerAddress: 10,
  headerBytes: 4_096,
  requestMs: 5_000,
  pipelined: 2,
  idleMs: 5_000,
  silentMs: 60_000,
};
const ANY_PORT = { host: "127.0.0.1", port: 0 };

const unreadable: ServeHttp["unreadable"] = (status) => ({ type: "text/x-refusal", text: `é${status}` });

async function serve(
  answer: ServeHttp["answer"],
  refused: ServeHttp["refused"] = () => {},
  bounds: Partial<HttpBounds> = {},
  tls?: TlsIdentity,
) {
  const { network } = await runtimeHere();
  const options = { bounds: { ...BOUNDS, ...bounds }, answer, unreadable, refused, tls };
  const listener = await network.serveHttp(ANY_PORT, options);
  return { listener, url: `http://127.0.0.1:${listener.address.port}` };
}

/** A connection that has asked for `paths`, one behind the other, and gathers all that comes. */
function asking(listener: HttpListener, paths: readonly string[]) {
  const socket = connect(listener.address.port, "127.0.0.1");
  const closed = Promise.withResolvers<string>();
  let text = "";
  socket.on("error", () => {});
  socket.on("data", (bytes) => text += bytes);
  socket.on("close", () => closed.resolve(text));
  for (const path of paths) socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  return { socket, closed: closed.promise };
}

const pathOf = (request: Request) => new URL(request.url).pathname;

test("a request comes with its body and where it came from, and gets its answer", async () => {
  const { listener, url } = await serve(async (request, remote) =>
    Response.json({ method: request.method, body: await request.text(), host: remote.host }, {
      status: 201,
      headers: { "x-herd": "yes" },
    })
  );
  const response = await fetch(`${url}/a?b`, { method: "POST", body: "kiwi" });
  assertEquals([response.status, response.headers.get("x-herd")], [201, "yes"]);
  assertEquals(await response.json(), { method: "POST", body: "kiwi", host: "127.0.0.1" });
  await listener.close(1_000);
}, { needs: ["net"] });

test("whoever takes nothing of an answer is cut off, and the answer is told", async () => {
  const cancelled = Promise.withResolvers<void>();
  const refused: string[] = [];
  const { listener } = await serve(
    () => {
      const piece = new Uint8Array(262_144);
      return new Response(
        new ReadableStream({
          pull: (controller) => controller.enqueue(piece),
          cancel: () => cancelled.resolve(),
        }),
      );
    },
    (bound) => refused.push(bound),
    { silentMs: 300 },
  );
  const deaf = connect(listener.address.port, "127.0.0.1");
  deaf.on("error", () => {});
  deaf.write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  await cancelled.promise;
  deaf.destroy();
  assertEquals(refused, ["silentMs"]);
  await listener.close(1_000);
}, { needs: ["net"] });

test(
  "requests that come at once are answered one after the other, and who begins an answer hears its reader go",
  async () => {
    const calls: string[] = [];
    const begun = Promise.withResolvers<void>();
    const first = Promise.withResolvers<Response>();
    const gone = Promise.withResolvers<void>();
    const { listener } = await serve((request) => {
      calls.push(pathOf(request));
      if (pathOf(request) === "/1") {
        begun.resolve();
        return first.promise;
      }
      if (pathOf(request) === "/other") {
        return new Response("other", { headers: { connection: "close" } });
      }
      const piece = new Uint8Array(1_024);
      return new Response(
        new ReadableStream(
          { pull: (controller) => controller.enqueue(piece), cancel: () => gone.resolve() },
          {
            highWaterMark: 0,
          },
        ),
      );
    });
    const { socket } = asking(listener, ["/1", "/2", "/3"]);
    await begun.promise;
    // Whoever asks later is answered meanwhile: by then all three were read.
    assertMatch(await asking(listener, ["/other"]).closed, /other$/);
    assertEquals(calls, ["/1", "/other"]);
    socket.on("data", (bytes) => bytes.length > 1_024 && socket.destroy());
    first.resolve(new Response("one"));
    await gone.promise;
    assertEquals(calls, ["/1", "/other", "/2"]);
    await listener.close(1_000);
  },
  { needs: ["net"] },
);

test("a connection on which too many requests wait is closed, and no request is begun", async () => {
  const refused: string[] = [];
  let calls = 0;
  const { listener } = await serve(() => {
    calls++;
    return new Promise(() => {});
  }, (bound) => refused.push(bound));
  const { closed } = asking(listener, Array.from({ length: 50 }, (_, i) => `/${i}`));
  assertEquals(await closed, "");
  assertEquals([refused, calls], [["pipelined"], 1]);
  await listener.close(1_000);
}, { needs: ["net"] });

test("no answer to what is no request is put into an answer under way", async () => {
  const { listener } = await serve(() =>
    new Response(new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(1)) }))
  );
  const { socket, closed } = asking(listener, ["/"]);
  socket.once("data", () => socket.write("garbage\r\n\r\n"));
  assertEquals((await closed).split("HTTP/1.1").length, 2);
  await listener.close(1_000);
}, { needs: ["net"] });

test("a connection that asks nothing more is closed, and is none that takes nothing", async () => {
  const refused: string[] = [];
  const { listener } = await serve(() => new Response("one"), (bound) => refused.push(bound), {
    idleMs: 100,
  });
  assertMatch(await asking(listener, ["/"]).closed, /one$/);
  assertEquals(refused, []);
  await listener.close(1_000);
}, { needs: ["net"] });

test("who says nothing to a door with TLS is cut off, and takes the place of nobody", async () => {
  const ours = new Authority();
  const refused: string[] = [];
  const { listener } = await serve(
    () => new Response("one"),
    (bound) => refused.push(bound),
    { connections: 1, requestMs: 200 },
    ours.issue(["127.0.0.1"]),
  );
  for (let i = 0; i < 2; i++) assertEquals(await asking(listener, []).closed, "");
  const { port } = listener.address;
  const socket = connectTls({ port, host: "127.0.0.1", ca: ours.certificate });
  socket.write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
  let text = "";
  for await (const bytes of socket) text += bytes;
  assertMatch(text, /one$/);
  assertEquals(refused, ["requestMs", "requestMs"]);
  await listener.close(1_000);
}, { needs: ["net"] });

test(
  "whatever is no request is answered in the words that are given for it, and is not asked about",
  async () => {
    let calls = 0;
    const { listener } = await serve(
      () => {
        calls++;
        return new Response("one");
      },
      () => {},
      { requestMs: 200 },
    );
    const say = (text: string) => {
      const { socket, closed } = asking(listener, []);
      socket.write(text);
      return closed;
    };
    const head = "Host: 127.0.0.1\r\nConnection: close\r\n";
    const cases = [
      [400, "garbage\r\n\r\n"],
      [400, "GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n"],
      [400, `OPTIONS * HTTP/1.1\r\n${head}\r\n`],
      [400, `GET /a\\b HTTP/1.1\r\n${head}\r\n`],
      [400, `PUT / HTTP/1.1\r\n${head}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
      [408, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Begun"],
      [431, `GET / HTTP/1.1\r\n${head}X: ${"x".repeat(20_000)}\r\n\r\n`],
    ] as const;
    for (const [status, request] of cases) {
      const answer = await say(request);
      assertMatch(answer, new RegExp(`^HTTP/1\\.1 ${status} `), request);
      assertMatch(answer, /^content-type: text\/x-refusal\r$/im, request);
      assertMatch(answer, /^content-length: 5\r$/im, request);
      assert(answer.endsWith(`\r\n\r\né${status}`), answer);
    }
    assertEquals(calls, 0);
    const expecting = await say(`PUT / HTTP/1.1\r\n${head}Expect: more\r\nContent-Length: 1\r\n\r\nx`);
    assertMatch(expecting, /^HTTP\/1\.1 200 [^]*one$/, "what is expected need not be known");
    await listener.close(1_000);
  },
  { needs: ["net"] },
);

test("one address has no more connections than it may, and what it had before one of them left", async () => {
  const refused: string[] = [];
  const { listener } = await serve(() => new Response("one"), (bound) => refused.push(bound), {
    connections: 3,
    connectionsPerAddress: 2,
  });
  const from = (localAddress: string) => {
    const socket = connect({ port: listener.address.port, host: "127.0.0.1", localAddress });
    const closed = Promise.withResolvers<string>();
    let text = "";
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      text += bytes;
      if (text.endsWith("one")) closed.resolve(text);
    });
    socket.on("close", () => closed.resolve(text));
    socket.write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    return { socket, heard: closed.promise };
  };
  const [first, second] = [from("127.0.0.1"), from("127.0.0.1")];
  for (const { heard } of [first, second]) assertMatch(await heard, /one$/);
  assertEquals(await from("127.0.0.1").heard, "");
  const other = from("127.0.0.2");
  assertMatch(await other.heard, /one$/);
  assertEquals(await from("127.0.0.2").heard, "");
  assertEquals(refused, ["connectionsPerAddress", "connections"]);
  first.socket.end();
  await once(first.socket, "close");
  // The server may hear later than we that it has closed.
  let again = from("127.0.0.1");
  while (await again.heard === "") again = from("127.0.0.1");
  assertMatch(await again.heard, /one$/);
  for (const { socket } of [second, other, again]) socket.destroy();
  await listener.close(1_000);
}, { needs: ["net"] });

test("closing waits for the answers that are due, and no longer than it is told to", async () => {
  const asked = Promise.withResolvers<void>();
  const due = Promise.withResolvers<Response>();
  const first = await serve(() => {
    asked.resolve();
    return due.promise;
  });
  const answer = fetch(first.url);
  await asked.promise;
  const closed = first.listener.close(10_000);
  due.resolve(new Response("at last"));
  assertEquals(await (await answer).text(), "at last");
  await closed;
  await assertRejects(() => fetch(first.url));

  const reached = Promise.withResolvers<void>();
  const second = await serve(() => {
    reached.resolve();
    return new Promise(() => {});
  });
  const never = fetch(second.url);
  const failed = assertRejects(() => never);
  await reached.promise;
  await second.listener.close(10);
  await failed;
}, { needs: ["net"] });

test("an answer that is large comes whole, however slowly it is taken while the server closes", async () => {
  const most = 20_000_000;
  const due = Promise.withResolvers<void>();
  const { listener } = await serve(
    () => {
      due.resolve();
      return new Response(new Uint8Array(most), { headers: { connection: "close" } });
    },
  );
  const { socket } = asking(listener, []);
  socket.pause();
  socket.removeAllListeners("data");
  socket.write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  await due.promise;
  const closed = listener.close(3_600_000);
  // Whoever asks now finds nobody: by then it is closing.
  await assertRejects(() => fetch(`http://127.0.0.1:${listener.address.port}`));
  let bytes = 0;
  for await (const part of socket) bytes += part.length;
  assert(bytes > most, `${bytes}`);
  await closed;
}, { needs: ["net"] });

test("closing waits for nobody who has not asked yet", async () => {
  const ours = new Authority();
  const patient = { requestMs: 3_600_000 };
  const one = () => new Response("one");
  const { listener } = await serve(one, () => {}, patient);
  const secure = await serve(one, () => {}, patient, ours.issue(["127.0.0.1"]));
  const { port } = secure.listener.address;
  const silent = [
    asking(listener, []),
    asking(secure.listener, []),
    { socket: connectTls({ port, host: "127.0.0.1", ca: ours.certificate }), closed: undefined },
  ];
  const begun = asking(listener, []);
  begun.socket.write("GET / HT");
  await Promise.all(silent.map(({ socket }, i) => once(socket, i === 2 ? "secureConnect" : "connect")));
  // By the time that somebody is answered who came later, they were accepted.
  await fetch(`http://127.0.0.1:${listener.address.port}`).then((response) => response.text());
  await Promise.all([listener.close(3_600_000), secure.listener.close(3_600_000)]);
}, { needs: ["net"] });

test("a port in use is an error of its own", async () => {
  const { network } = await runtimeHere();
  const { listener } = await serve(() => new Response());
  const options = { bounds: BOUNDS, answer: () => new Response(), unreadable, refused: () => {} };
  await assertRejects(() => network.serveHttp(listener.address, options), AddressInUseError);
  await listener.close(1_000);
}, { needs: ["net"] });
