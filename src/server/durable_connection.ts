/** A client's connection on a server that remembers: no acknowledgment leaves before the journal has its report. */
import type { CommitWaiter, Journal } from "../journal/journal.ts";
import { toError } from "../runtime/errors.ts";
import type { Address, Connection, ConnectionEvents } from "../runtime/runtime.ts";
import { OutBuffer } from "../wire/render.ts";

/** A connection that waits for nothing keeps no larger buffer. */
const IDLE_BYTES = 1_024;

/** Replies held up to `end` acknowledge changes up to number `seq`. */
interface Held {
  readonly seq: number;
  end: number;
}

export class DurableConnection implements Connection, CommitWaiter {
  /** The connection itself, on which nothing waits. */
  readonly inner: Connection;
  readonly #journal: Journal;
  /** What is written from now on acknowledges changes up to this number. */
  #acknowledges = 0;
  readonly #held = new OutBuffer(0);
  readonly #waits: Held[] = [];
  #events: ConnectionEvents | undefined;
  #ending = false;
  #cause: Error | undefined;

  constructor(inner: Connection, journal: Journal) {
    this.inner = inner;
    this.#journal = journal;
  }

  get remote(): Address {
    return this.inner.remote;
  }

  /** What is written from now on acknowledges a report. */
  acknowledges(): void {
    this.#acknowledges = this.#journal.lastSeq;
    // The reply may have to wait for a search, and the report must not.
    this.#journal.changed();
  }

  start(events: ConnectionEvents): void {
    this.#events = events;
    this.inner.start({
      received: (bytes) => events.received(bytes),
      drained: () => {
        if (this.#held.length === 0) events.drained();
      },
      ended: () => events.ended(),
      closed: (cause) => {
        this.#letGo();
        events.closed(this.#cause ?? cause);
      },
    });
  }

  write(bytes: Uint8Array): void {
    const seq = this.#acknowledges;
    if (this.#held.length === 0 && !this.#journal.holds(seq)) return this.inner.write(bytes);
    this.#held.append(bytes);
    const last = this.#waits.at(-1);
    if (last?.seq === seq) last.end = this.#held.length;
    else this.#waits.push({ seq, end: this.#held.length });
    this.#journal.wait(this);
  }

  committed(seq: number): void {
    let count = 0;
    let end = 0;
    for (; count < this.#waits.length && this.#waits[count]!.seq <= seq; count++) {
      end = this.#waits[count]!.end;
    }
    if (count < this.#waits.length) this.#journal.wait(this);
    if (count === 0) return;
    this.inner.write(this.#held.view().subarray(0, end));
    this.#waits.splice(0, count);
    for (const held of this.#waits) held.end -= end;
    this.#held.bytes.copyWithin(0, end, this.#held.length);
    this.#held.length -= end;
    if (this.#held.length > 0) return;
    if (this.#held.bytes.length > IDLE_BYTES) this.#held.bytes = new Uint8Array(0);
    this.#released();
  }

  get unsentBytes(): number {
    return this.inner.unsentBytes + this.#held.length;
  }

  pause(): void {
    this.inner.pause();
  }

  resume(): void {
    this.inner.resume();
  }

  end(): void {
    this.#ending = true;
    if (this.#held.length === 0) this.inner.end();
  }

  destroy(): void {
    this.#letGo();
    this.inner.destroy();
  }

  /** What was held has nobody to go to any more. */
  #letGo(): void {
    this.#journal.forget(this);
    this.#waits.length = 0;
    this.#held.length = 0;
    this.#held.bytes = new Uint8Array(0);
  }

  #released(): void {
    if (this.#ending) return this.inner.end();
    if (this.inner.unsentBytes > 0) return; // the inner one tells of it
    try {
      this.#events?.drained();
    } catch (error) {
      // As everywhere, a fault of the one who listens ends this connection and no other.
      this.#cause = toError(error);
      this.inner.destroy();
    }
  }
}
