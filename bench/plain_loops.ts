/**
 * herd on Deno, but for its sockets: they are read and written by plain loops, the way that starves some of many busy
 * sessions. It is here so that fairness and what it costs are measured side by side. Otherwise as `src/main.ts`.
 */
import { main } from "../src/cli/main.ts";
import { denoRuntime } from "../src/runtime/deno.ts";
import type { Address, Connection, ConnectionEvents } from "../src/runtime/runtime.ts";

const READ_BYTES = 65_536;

class PlainConnection implements Connection {
  readonly remote: Address;
  readonly #conn: Deno.TcpConn;
  #events: ConnectionEvents | undefined;
  #waiting: Uint8Array[] = [];
  #unsent = 0;
  #resume: (() => void) | undefined;
  #paused = false;
  #ending = false;
  #closed = false;

  constructor(conn: Deno.TcpConn) {
    this.remote = { host: conn.remoteAddr.hostname, port: conn.remoteAddr.port };
    this.#conn = conn;
    conn.setNoDelay(true);
  }

  get unsentBytes(): number {
    return this.#unsent;
  }

  start(events: ConnectionEvents): void {
    this.#events = events;
    this.#read(events).catch((error) => this.#close(error));
  }

  write(bytes: Uint8Array): void {
    if (this.#closed || this.#ending) return;
    this.#waiting.push(bytes.slice());
    this.#unsent += bytes.length;
    if (this.#waiting.length === 1) this.#send().catch((error) => this.#close(error));
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#resume?.();
    this.#resume = undefined;
  }

  end(): void {
    this.#ending = true;
    if (this.#unsent === 0) this.#close(undefined);
  }

  destroy(): void {
    this.#close(undefined);
  }

  async #read(events: ConnectionEvents): Promise<void> {
    const buffer = new Uint8Array(READ_BYTES);
    for (;;) {
      if (this.#paused) await new Promise<void>((resolve) => this.#resume = resolve);
      const count = await this.#conn.read(buffer);
      if (count === null) break;
      events.received(buffer.subarray(0, count));
    }
    events.ended();
  }

  async #send(): Promise<void> {
    for (let bytes = this.#waiting[0]; bytes !== undefined; bytes = this.#waiting[0]) {
      for (let at = 0; at < bytes.length;) {
        const count = await this.#conn.write(bytes.subarray(at));
        at += count;
        this.#unsent -= count;
      }
      this.#waiting.shift();
    }
    if (this.#ending) return this.#close(undefined);
    this.#events?.drained();
  }

  #close(cause: Error | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.resume();
    this.#conn.close();
    this.#events?.closed(cause);
  }
}

async function acceptAll(
  listener: Deno.TcpListener,
  accept: (connection: Connection) => void,
): Promise<void> {
  for await (const conn of listener) accept(new PlainConnection(conn));
}

const runtime = denoRuntime();
await main({
  ...runtime,
  network: {
    ...runtime.network,
    listen({ host, port }, accept) {
      const listener = Deno.listen({ hostname: host, port });
      acceptAll(listener, accept);
      return Promise.resolve({ address: { host, port }, close: () => listener.close() });
    },
  },
});
