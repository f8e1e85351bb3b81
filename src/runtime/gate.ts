/** A socket that can be stopped while TLS reads from it. */
import type { Socket } from "node:net";
import { Duplex } from "node:stream";

/**
 * On Deno 2.9 a paused socket with TLS reads on into its memory, without a bound, and may then not tell of the end. So
 * none is ever paused; what it gets its bytes from is. And unlike the socket, this sees a peer go in mid-handshake.
 */
export class Gate extends Duplex {
  readonly #raw: Socket;
  #isShut = false;

  constructor(raw: Socket) {
    super({ allowHalfOpen: true });
    this.#raw = raw;
    raw.on("data", (bytes: Uint8Array) => {
      if (!this.push(bytes)) raw.pause();
    });
    raw.on("end", () => this.push(null));
    raw.on("error", (error) => this.destroy(error));
    raw.on("close", () => this.destroy());
  }

  /** Lets nothing more through, but for what has come already. */
  shut(): void {
    this.#isShut = true;
    this.#raw.pause();
  }

  open(): void {
    this.#isShut = false;
    this.#raw.resume();
  }

  override _read(): void {
    if (!this.#isShut) this.#raw.resume();
  }

  override _write(bytes: Uint8Array, _: string, done: (error?: Error | null) => void): void {
    this.#raw.write(bytes, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#raw.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#raw.destroy();
    done(error);
  }
}
