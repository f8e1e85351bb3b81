/**
 * One connection that we made to a classic neighbor. It carries AT lines and nothing else; what the neighbor says on
 * it is taken where it is a report, and ignored where it is an echo or an error.
 */
import { escapeText } from "../log/records.ts";
import type { Connection, ConnectionEvents } from "../runtime/runtime.ts";
import { LF, toBytes } from "../wire/bytes.ts";
import { LineReader, type LineTaker } from "../wire/line_reader.ts";
import { takeClassicLine } from "./classic_lines.ts";
import type { LinkContext } from "./link.ts";

/** What a connection tells of itself. */
export interface ClassicLinkOwner {
  readonly name: string;
  /** Its number, as a source of reports in the registry. */
  readonly index: number;
  /** The socket has taken all that was sent. */
  drained(): void;
  /** A fault of our own. */
  failed(error: unknown): void;
}

export class ClassicLink implements ConnectionEvents, LineTaker {
  /** Resolves with the reason once the connection is over. */
  readonly over: Promise<string>;
  readonly #context: LinkContext;
  readonly #owner: ClassicLinkOwner;
  readonly #connection: Connection;
  readonly #reader: LineReader;
  readonly #label: Uint8Array;
  readonly #resolve: (reason: string) => void;
  #isOver = false;
  #hungUp = false;
  #isBehind = false;
  #linesSent = 0;
  #stalledUnsent = 0;
  #stalledSinceMs: number;

  constructor(context: LinkContext, owner: ClassicLinkOwner, connection: Connection) {
    this.#context = context;
    this.#owner = owner;
    this.#connection = connection;
    this.#reader = new LineReader(context.work, context.limits.peerLineBytes);
    this.#label = toBytes(owner.name);
    this.#stalledSinceMs = context.runtime.clock.monotonicMs();
    let over: (reason: string) => void = () => {};
    this.over = new Promise((resolve) => over = resolve);
    this.#resolve = over;
    connection.start(this);
  }

  /** Whether the neighbor ended or broke it after lines had been sent to it. */
  get hungUp(): boolean {
    return this.#hungUp && this.#linesSent > 0;
  }

  get unsentBytes(): number {
    return this.#connection.unsentBytes;
  }

  /** Sends `bytes[start, end)`, `lines` AT lines. */
  send(bytes: Uint8Array, start: number, end: number, lines: number): void {
    if (this.#isOver) return;
    const { counters, log, runtime } = this.#context;
    counters.reportsSent += lines;
    counters.floodWrites++;
    counters.bytesSent += end - start;
    this.#linesSent += lines;
    this.#connection.write(bytes.subarray(start, end));
    log.lines(runtime.clock.now(), this.#label, ">", bytes, start, end);
  }

  /** Ends our side: there is no more to come. */
  end(): void {
    this.#connection.end();
  }

  /** Ends it at once. */
  close(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#connection.destroy();
    this.#resolve(reason);
  }

  /** Called often: gives up a neighbor that takes nothing. */
  tick(): void {
    const { limits, runtime } = this.#context;
    const nowMs = runtime.clock.monotonicMs();
    const unsent = this.#connection.unsentBytes;
    if (unsent === 0 || unsent !== this.#stalledUnsent) {
      this.#stalledUnsent = unsent;
      this.#stalledSinceMs = nowMs;
    } else if (nowMs - this.#stalledSinceMs >= limits.stalledMs) {
      this.#context.limitHits.hit("stalledMs");
      this.close("it did not take what was sent");
    }
  }

  received(bytes: Uint8Array): void {
    this.#context.counters.bytesReceived += bytes.length;
    try {
      this.#reader.feed(bytes, this);
    } catch (error) {
      this.#owner.failed(error);
    }
  }

  takeLines(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    for (let lf = bytes.indexOf(LF, at); lf < end; lf = bytes.indexOf(LF, at)) {
      this.#take(bytes, at, lf);
      at = lf + 1;
    }
    this.#context.log.lines(this.#context.runtime.clock.now(), this.#label, "<", bytes, start, at);
    return at;
  }

  takeLast(bytes: Uint8Array, start: number, end: number): void {
    this.#context.log.lines(this.#context.runtime.clock.now(), this.#label, "<", bytes, start, end);
    this.#take(bytes, start, end);
  }

  refuseLong(bytes: Uint8Array, start: number, end: number): void {
    this.#context.limitHits.hit("peerLineBytes");
    this.#ignore(bytes, start, end);
  }

  /** The neighbor is slow; drained() goes on. */
  fallBehind(): void {
    if (!this.#isBehind) this.#context.limitHits.hit("linkUnsentBytes");
    this.#isBehind = true;
  }

  drained(): void {
    this.#isBehind = false;
    this.#owner.drained();
  }

  ended(): void {
    this.closed(undefined);
  }

  closed(cause: Error | undefined): void {
    if (this.#isOver) return;
    if (cause === undefined) this.#finish();
    this.#hungUp = true;
    this.close(cause === undefined ? "the neighbor closed it" : `the connection broke (${cause.message})`);
  }

  #finish(): void {
    try {
      this.#reader.finish(this);
    } catch (error) {
      this.#owner.failed(error);
    }
  }

  #take(bytes: Uint8Array, start: number, lf: number): void {
    if (!takeClassicLine(this.#context, bytes, start, lf, this.#owner.index)) this.#ignore(bytes, start, lf);
  }

  #ignore(bytes: Uint8Array, start: number, end: number): void {
    this.#context.counters.strayLines++;
    const line = escapeText(bytes, start, Math.min(end, start + 200));
    this.#context.log.event("debug", this.#owner.name, "!", `ignored a line that is no report: ${line}`);
  }
}
