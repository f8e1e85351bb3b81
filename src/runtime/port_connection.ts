/** A connection between two threads of one server, over a message port. */
import { toError } from "./errors.ts";
import type { Address, Connection, ConnectionEvents } from "./runtime.ts";

/** What crosses the port. `taken` gives back room: how many bytes the other end has handled. */
type Parcel =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "taken"; readonly count: number }
  | { readonly kind: "end" }
  | { readonly kind: "close" };

export class PortConnection implements Connection {
  readonly remote: Address;
  readonly #certified: readonly string[];
  readonly #port: MessagePort;
  #events: ConnectionEvents | undefined;
  #unsent = 0;
  #isPaused = false;
  /** What came while reading was paused; the other end sends no more than it may have unread. */
  readonly #held: Parcel[] = [];
  #weEnded = false;
  #theyEnded = false;
  #isClosed = false;

  /**
   * @param remote who is at the other end, or whose connection is passed on over this port.
   * @param certified the names that this one has proved to have.
   */
  constructor(port: MessagePort, remote: Address, certified: readonly string[]) {
    this.#port = port;
    this.remote = remote;
    this.#certified = certified;
  }

  readonly certifies = (name: string): boolean => this.#certified.includes(name);

  get unsentBytes(): number {
    return this.#unsent;
  }

  start(events: ConnectionEvents): void {
    this.#events = events;
    this.#port.onmessage = (event: MessageEvent<Parcel>) => this.#came(event.data);
  }

  write(bytes: Uint8Array): void {
    if (this.#isClosed || this.#weEnded || bytes.length === 0) return;
    this.#unsent += bytes.length;
    // A part of a larger buffer would be sent with all of it.
    this.#post({ kind: "bytes", bytes: bytes.slice() });
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    while (!this.#isPaused && this.#held.length > 0) this.#handle(this.#held.shift()!);
  }

  end(): void {
    if (this.#isClosed || this.#weEnded) return;
    this.#weEnded = true;
    this.#post({ kind: "end" });
    if (this.#theyEnded) this.#close(undefined);
  }

  destroy(): void {
    if (!this.#isClosed) this.#post({ kind: "close" });
    this.#close(undefined);
  }

  #post(parcel: Parcel): void {
    this.#port.postMessage(parcel);
  }

  #came(parcel: Parcel): void {
    // Room that is given back, and a close, pass by what waits.
    if (this.#isPaused && (parcel.kind === "bytes" || parcel.kind === "end")) this.#held.push(parcel);
    else this.#handle(parcel);
  }

  #handle(parcel: Parcel): void {
    if (this.#isClosed) return;
    try {
      this.#tell(parcel);
    } catch (error) {
      this.#post({ kind: "close" });
      this.#close(toError(error));
    }
  }

  #tell(parcel: Parcel): void {
    switch (parcel.kind) {
      case "bytes":
        this.#events?.received(parcel.bytes);
        return this.#post({ kind: "taken", count: parcel.bytes.length });
      case "taken":
        this.#unsent -= parcel.count;
        if (this.#unsent === 0 && !this.#weEnded) this.#events?.drained();
        return;
      case "end":
        this.#theyEnded = true;
        if (this.#weEnded) return this.#close(undefined);
        return this.#events?.ended();
      case "close":
        return this.#close(undefined);
    }
  }

  #close(cause: Error | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#unsent = 0;
    this.#held.length = 0;
    this.#port.close();
    this.#events?.closed(cause);
  }
}
