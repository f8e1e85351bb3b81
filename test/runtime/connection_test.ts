/** A runtime's connection, over a real socket: what was written arrives, also behind a peer that is slow to read. */
import { assertEquals } from "@std/assert";
import { connect } from "node:net";
import type { Connection, Runtime } from "../../src/runtime/runtime.ts";
import { test } from "../runner.ts";

const isDeno = "Deno" in globalThis;

async function runtimeHere(): Promise<Runtime> {
  if (isDeno) return (await import("../../src/runtime/deno.ts")).denoRuntime();
  return (await import("../../src/runtime/node.ts")).nodeRuntime();
}

test("what was written before the end arrives whole, in order, however slowly it is read", async () => {
  const runtime = await runtimeHere();
  let accepted: (connection: Connection) => void = () => {};
  const connection = new Promise<Connection>((resolve) => accepted = resolve);
  const listener = await runtime.network.listen({ host: "127.0.0.1", port: 0 }, accepted);
  const socket = connect({ host: "127.0.0.1", port: listener.address.port, allowHalfOpen: true });
  const server = await connection;
  const closed = new Promise<Error | undefined>((resolve) => {
    server.start({ received() {}, drained() {}, ended() {}, closed: resolve });
  });
  // Each of the first two is more than the system takes while nobody reads. The last is written, and the end told,
  // while the second is on its way.
  const sizes = [12_000_000, 24_000_000, 300_000];
  const write = (i: number) => server.write(new Uint8Array(sizes[i] ?? 0).fill(i + 1));
  write(0);
  write(1);
  const counts: number[] = sizes.map(() => 0);
  let before = 0;
  let isTold = false;
  for await (const bytes of socket) {
    for (const byte of bytes as Uint8Array) {
      if (byte < before) throw new Error(`${byte} behind ${before}`);
      before = byte;
      counts[byte - 1]!++;
    }
    if (isTold || counts[1] === 0) continue;
    isTold = true;
    write(2);
    server.end();
  }
  socket.destroy();
  assertEquals(counts, sizes);
  assertEquals(await closed, undefined);
  listener.close();
}, { needs: ["net"] });
