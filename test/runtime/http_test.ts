/** A runtime's HTTP server: whom it waits for, and whom not. */
import { assertEquals } from "@std/assert";
import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { test } from "../runner.ts";
import { runtimeHere } from "./runtime_here.ts";

const PATIENCE_MS = 10_000;

const BOUNDS = {
  connections: 10,
  headerBytes: 16_384,
  requestMs: 10_000,
  idleMs: 600_000,
  stalledMs: 10_000,
};
const PIECE = new Uint8Array(65_536);

/** An answer without an end; `gone` is called when nobody reads it any more. */
function endless(gone: () => void): Response {
  return new Response(
    new ReadableStream({
      pull: (controller) => controller.enqueue(PIECE),
      cancel: () => gone(),
    }, { highWaterMark: 0 }),
  );
}

test("an answer that nobody takes is given up, and one that is taken slowly is not", async () => {
  const { network } = await runtimeHere();
  const refused: string[] = [];
  const gone = Promise.withResolvers<string>();
  const listener = await network.serveHttp({ host: "127.0.0.1", port: 0 }, {
    bounds: { ...BOUNDS, stalledMs: 700 },
    answer(request) {
      const { pathname } = new URL(request.url);
      return endless(() => gone.resolve(pathname));
    },
    refused: (bound) => refused.push(bound),
  });
  const open = async (path: string) => {
    const socket = connect(listener.address.port, "127.0.0.1");
    socket.on("error", () => {/* It is cut off. */});
    await once(socket, "connect");
    socket.write(`GET ${path} HTTP/1.1\r\nhost: herd\r\n\r\n`);
    return socket;
  };
  const slow = await open("/slow");
  let isSlow = true;
  const reading = (async () => {
    // A little at a time, each with a pause that is shorter than the bound.
    for await (const _ of slow) {
      if (!isSlow) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  const stalled = await open("/stalled");
  stalled.pause();
  assertEquals(await gone.promise, "/stalled");
  assertEquals([refused, slow.destroyed], [["stalledMs"], false]);
  isSlow = false;
  await reading;
  stalled.destroy();
  await listener.close(1_000);
}, { needs: ["net"] });

test("a server that closes gives the answers that are due, and waits for no next request", async () => {
  const { network } = await runtimeHere();
  const asked = Promise.withResolvers<void>();
  const due = Promise.withResolvers<Response>();
  const listener = await network.serveHttp({ host: "127.0.0.1", port: 0 }, {
    bounds: BOUNDS,
    answer() {
      asked.resolve();
      return due.promise;
    },
    refused() {},
  });
  // It keeps its connections for as long as the server does.
  const agent = new Agent({ keepAlive: true });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    get({ host: "127.0.0.1", port: listener.address.port, agent }, resolve).on("error", reject);
  });
  await asked.promise;
  const closed = listener.close(600_000);
  due.resolve(new Response("late"));
  let text = "";
  for await (const bytes of await response) text += String(bytes);
  assertEquals(text, "late");
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("it still waits")), PATIENCE_MS);
  try {
    await Promise.race([closed, late]);
  } finally {
    clearTimeout(timer);
    agent.destroy();
  }
}, { needs: ["net"] });
