/** A client's connection on a server that remembers: no acknowledgment leaves before the journal has its report. */
import { COMMITTED, type CommitWaiter, type Journal } from "../journal/journal.ts";
import type { Address, Connection, ConnectionEvents } from "../runtime/runtime.ts";
import { OutBuffer } from "../wire/render.ts";

/** A connection that waits for nothing keeps no larger buffer. */
const IDLE_BYTES = 1_024;

/** Replies held up to `end` wait for commit number `commit`. */
interface Held {
  readonly commit: number;
  end: number;
}

export class DurableConnection implements Connection, CommitWaiter {
  /** The connection itself, on which nothing waits. */
  readonly inner: Connection;
  readonly #journal: Journal;
  /** What is written from now on acknowledges changes up to this number. */
  #acknowledges = 0;
  readonly #held = new OutBuffer(0);
  /** Two at most: one commit is on its way to the disk, one gathers. */
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
  }

  start(events: ConnectionEvents): void {
    this.#events = events;
    this.inner.start({
      received: (bytes) => events.received(bytes),
      drained: () => {
        if (this.#held.length === 0) events.drained();
      },
      ended: () => events.ended(),
      closed: (cause) => events.closed(this.#cause ?? cause),
    });
  }

  write(bytes: Uint8Array): void {
    const commit = this.#journal.waits(this, this.#acknowledges);
    const last = this.#waits.at(-1);
    if (commit === COMMITTED && last === undefined) return this.inner.write(bytes);
    this.#held.append(bytes);
    if (last !== undefined && last.commit >= commit) last.end = this.#held.length;
    else this.#waits.push({ commit, end: this.#held.length });
  }

  committed(commit: number): void {
    let end = 0;
    while (this.#waits[0] !== undefined && this.#waits[0].commit <= commit) end = this.#waits.shift()!.end;
    if (end === 0) return;
    this.inner.write(this.#held.view().subarray(0, end));
    this.#held.bytes.copyWithin(0, end, this.#held.length);
    this.#held.length -= end;
    for (const held of this.#waits) held.end -= end;
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
    this.#held.length = 0;
    this.#waits.length = 0;
    this.inner.destroy();
  }

  #released(): void {
    if (this.#ending) return this.inner.end();
    if (this.inner.unsentBytes > 0) return; // the inner one tells of it
    try {
      this.#events?.drained();
    } catch (error) {
      // As everywhere, a fault of the one who listens ends this connection and no other.
      this.#cause = error instanceof Error ? error : new Error(String(error));
      this.inner.destroy();
    }
  }
}
