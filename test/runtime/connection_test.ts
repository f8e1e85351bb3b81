/** A runtime's connection, over a real socket, with TLS and without: what was written arrives, and who waits is waited for. */
import { assert, assertEquals } from "@std/assert";
import { connect } from "node:net";
import type { Connection, DialTls, Listener, ListenTls, Runtime } from "../../src/runtime/runtime.ts";
import { Authority } from "../certificates.ts";
import { test } from "../runner.ts";
import { runtimeHere } from "./runtime_here.ts";

interface Tls {
  readonly listen: ListenTls;
  readonly dial: DialTls;
}

function makeTls(): Tls {
  const authority = new Authority();
  const failed = (_: unknown, reason: string) => console.error(reason);
  const times = { authorities: undefined, handshakeMs: 10_000, handshakes: 10, failed };
  return {
    listen: { ...authority.issue(["127.0.0.1"]), ...times },
    dial: { authorities: authority.certificate, names: ["127.0.0.1"] },
  };
}

/** Hands all that comes to `take`, and resolves at its end. */
type Read = (take: (bytes: Uint8Array) => void) => Promise<void>;

async function assertArrives(
  runtime: Runtime,
  tls: ListenTls | undefined,
  open: (port: number) => Promise<Read>,
): Promise<void> {
  let accepted: (connection: Connection) => void = () => {};
  const connection = new Promise<Connection>((resolve) => accepted = resolve);
  const listener = await runtime.network.listen({ host: "127.0.0.1", port: 0 }, accepted, { tls });
  const read = await open(listener.address.port);
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
  await read((bytes) => {
    for (const byte of bytes) {
      if (byte < before) throw new Error(`${byte} behind ${before}`);
      before = byte;
      counts[byte - 1]!++;
    }
    if (isTold || counts[1] === 0) return;
    isTold = true;
    write(2);
    server.end();
  });
  assertEquals(counts, sizes);
  assertEquals(await closed, undefined);
  listener.close();
}

test("what was written before the end arrives whole, in order, however slowly it is read", async () => {
  await assertArrives(await runtimeHere(), undefined, (port) => {
    const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
    return Promise.resolve(async (take) => {
      for await (const bytes of socket) take(bytes as Uint8Array);
      socket.destroy();
    });
  });
}, { needs: ["net"] });

test("what was written before the end arrives whole and in order with TLS", async () => {
  const runtime = await runtimeHere();
  const tls = makeTls();
  await assertArrives(runtime, tls.listen, async (port) => {
    const address = { host: "127.0.0.1", port };
    const socket = await runtime.network.dial(address, new AbortController().signal, tls.dial);
    return async (take) => {
      await new Promise<void>((resolve, reject) => {
        socket.start({ received: take, drained() {}, ended: resolve, closed: reject });
      });
      socket.destroy();
    };
  });
}, { needs: ["net", "read"] });

/** More than the system takes in for someone who does not read. */
const FLOOD_BYTES = 40_000_000;

/** One that writes `FLOOD_BYTES` and ends, and the other end, which does with each read what `received` says. */
async function flood(
  { network }: Runtime,
  tls: Tls | undefined,
  received: (reader: Connection, count: number) => void,
) {
  let listener: Listener | undefined;
  let opened: (reader: Connection) => void = () => {};
  const reader = new Promise<Connection>((resolve) => opened = resolve);
  const count = new Promise<number>((resolve, reject) => {
    const accept = (connection: Connection) => {
      let count = 0;
      connection.start({
        received(bytes) {
          count += bytes.length;
          received(connection, bytes.length);
        },
        drained() {},
        ended() {
          resolve(count);
          connection.end();
        },
        closed: reject,
      });
      opened(connection);
    };
    network.listen({ host: "127.0.0.1", port: 0 }, accept, { tls: tls?.listen }).then(async (listening) => {
      listener = listening;
      const writer = await network.dial(listening.address, new AbortController().signal, tls?.dial);
      writer.start({ received() {}, drained() {}, ended() {}, closed() {} });
      writer.write(new Uint8Array(FLOOD_BYTES));
      writer.end();
    }, reject);
  });
  return { reader: await reader, count: count.finally(() => listener?.close()) };
}

async function assertWaits(tls: Tls | undefined): Promise<void> {
  const runtime = await runtimeHere();
  let paused = 0;
  const slow = await flood(runtime, tls, (reader, count) => {
    if (paused === 0) reader.pause();
    paused += count;
  });
  // As much crosses to one who reads; it would have to the other one too.
  const { count } = await flood(runtime, tls, () => {});
  assertEquals(await count, FLOOD_BYTES);
  assert(paused > 0 && paused < 1_000_000, `${paused} bytes came in spite of the pause`);
  slow.reader.resume();
  assertEquals(await slow.count, FLOOD_BYTES);
}

test("who pauses gets no more until it goes on, and then all, and the end", async () => {
  await assertWaits(undefined);
}, { needs: ["net"] });

test("who pauses with TLS gets no more until it goes on, and then all, and the end", async () => {
  await assertWaits(makeTls());
}, { needs: ["net", "read"] });
