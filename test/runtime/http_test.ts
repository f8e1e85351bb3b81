/** The HTTP server of the runtime layer, on whichever runtime runs this. */
import { assertEquals, assertRejects } from "@std/assert";
import { connect } from "node:net";
import { AddressInUseError, type ServeHttp } from "../../src/runtime/runtime.ts";
import { test } from "../runner.ts";
import { runtimeHere } from "./runtime_here.ts";

const BOUNDS = {
  connections: 10,
  headerBytes: 4_096,
  requestMs: 5_000,
  idleMs: 5_000,
  silentMs: 300,
};
const ANY_PORT = { host: "127.0.0.1", port: 0 };

async function serve(answer: ServeHttp["answer"], refused: ServeHttp["refused"] = () => {}) {
  const { network } = await runtimeHere();
  const listener = await network.serveHttp(ANY_PORT, { bounds: BOUNDS, answer, refused });
  return { listener, url: `http://127.0.0.1:${listener.address.port}` };
}

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
  const { listener } = await serve(() => {
    const piece = new Uint8Array(262_144);
    return new Response(
      new ReadableStream({
        pull: (controller) => controller.enqueue(piece),
        cancel: () => cancelled.resolve(),
      }),
    );
  }, (bound) => refused.push(bound));
  const deaf = connect(listener.address.port, "127.0.0.1");
  deaf.on("error", () => {});
  deaf.write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  await cancelled.promise;
  deaf.destroy();
  assertEquals(refused, ["silentMs"]);
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

test("a port in use is an error of its own", async () => {
  const { network } = await runtimeHere();
  const { listener } = await serve(() => new Response());
  const options = { bounds: BOUNDS, answer: () => new Response(), refused: () => {} };
  await assertRejects(() => network.serveHttp(listener.address, options), AddressInUseError);
  await listener.close(1_000);
}, { needs: ["net"] });
