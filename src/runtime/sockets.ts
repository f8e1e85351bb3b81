/** Sockets as Node has them: all of Node's, and on Deno those that speak TLS. */
import type { Server, Socket } from "node:net";
import { addressText } from "./url.ts";
import { buffers, NO_BYTES } from "./buffers.ts";
import { toError } from "./errors.ts";
import type { Gate } from "./gate.ts";
import { type Address, AddressInUseError, type Connection, type ConnectionEvents } from "./runtime.ts";

/** What a socket with TLS stands on. */
interface Secure {
  readonly raw: Socket;
  /** What is shut in place of the socket's being paused. */
  readonly gate: Gate;
  /** What its peer's certificate proves, if anything. */
  readonly certifies: ((name: string) => boolean) | undefined;
}

export class SocketConnection implements Connection {
  readonly remote: Address;
  readonly certifies?: (name: string) => boolean;
  readonly #socket: Socket;
  readonly #isSecure: boolean;
  readonly #gate: Gate | undefined;
  #events: ConnectionEvents | undefined;
  #ending = false;
  #closed = false;
  #cause: Error | undefined;
  /** The socket has not taken all yet; it is asked to tell when it has. */
  #isBehind = false;
  /** Reused for the next write once the socket has taken all of it. */
  #buffer = NO_BYTES;

  constructor(socket: Socket, secure?: Secure) {
    this.#isSecure = secure !== undefined;
    this.#gate = secure?.gate;
    if (secure?.certifies !== undefined) this.certifies = secure.certifies;
    const { remoteAddress = "", remotePort = 0 } = secure?.raw ?? socket;
    this.remote = { host: remoteAddress, port: remotePort };
    this.#socket = socket;
    if (!this.#isSecure) socket.setNoDelay(true);
    socket.on("error", (error) => this.#cause = error);
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  start(events: ConnectionEvents): void {
    this.#events = events;
    const socket = this.#socket;
    socket.on("data", (bytes: Uint8Array) => {
      if (!this.#closed) this.#tell(() => events.received(bytes));
    });
    socket.on("end", () => {
      if (!this.#closed) this.#tell(() => events.ended());
    });
    socket.on("close", () => this.#close(this.#cause));
    if (socket.destroyed) queueMicrotask(() => this.#close(this.#cause));
  }

  write(bytes: Uint8Array): void {
    if (this.#closed || this.#ending) return;
    const socket = this.#socket;
    if (this.#buffer.length < bytes.length) this.#buffer = buffers.grow(this.#buffer, 0, bytes.length);
    const buffer = this.#buffer;
    buffer.set(bytes);
    if (this.#isSecure) socket.write(buffer.subarray(0, bytes.length), this.#wrote);
    else socket.write(buffer.subarray(0, bytes.length));
    if (socket.writableLength === 0) {
      this.#buffer = buffers.release(buffer);
    } else {
      // The socket keeps the buffer until it has sent it.
      this.#buffer = NO_BYTES;
      if (!this.#isSecure && !this.#isBehind) this.#awaitDrain();
    }
  }

  /** With TLS every write is told of: it is never done at once, and an empty one breaks the connection on Deno. */
  readonly #wrote = (): void => {
    if (this.#closed || this.#ending || this.#socket.writableLength > 0) return;
    this.#tell(() => this.#events?.drained());
  };

  #awaitDrain(): void {
    this.#isBehind = true;
    this.#socket.write(NO_BYTES, () => {
      // Behind the end nothing more can be written, and nobody waits for room.
      if (this.#closed || this.#ending) return;
      if (this.#socket.writableLength > 0) return this.#awaitDrain();
      this.#isBehind = false;
      this.#tell(() => this.#events?.drained());
    });
  }

  pause(): void {
    if (this.#gate === undefined) this.#socket.pause();
    else this.#gate.shut();
  }

  resume(): void {
    if (this.#gate === undefined) this.#socket.resume();
    else this.#gate.open();
  }

  end(): void {
    if (this.#closed || this.#ending) return;
    this.#ending = true;
    this.#socket.end();
  }

  destroy(): void {
    this.#close(undefined);
  }

  #tell(event: () => void): void {
    try {
      event();
    } catch (error) {
      this.#close(toError(error));
    }
  }

  #close(cause: Error | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.destroy();
    this.#events?.closed(cause);
  }
}

/**
 * Lets `server` listen. Whoever calls it hears of a failed accept, which does not end that.
 * @returns the bound address.
 * @throws {AddressInUseError} when the port is taken.
 */
export function bindServer(server: Server, address: Address, reusePort: boolean): Promise<Address> {
  const { host, port } = address;
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => {
      const inUse = error.code === "EADDRINUSE";
      reject(inUse ? new AddressInUseError(`${addressText(address)} is in use`, { cause: error }) : error);
    };
    server.once("error", failed);
    server.listen({ host, port, backlog: 1024, reusePort }, () => {
      server.off("error", failed);
      const bound = server.address();
      resolve({ host, port: bound !== null && typeof bound === "object" ? bound.port : port });
    });
  });
}
