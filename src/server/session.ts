/**
 * A session: one client's connection. It performs what the handlers decide, keeps replies in the order of their
 * requests, and bounds what a client can make it hold.
 */
import type { CountedLimit } from "../limit_hits.ts";
import { errorText } from "../log/error_text.ts";
import { addressText } from "../runtime/url.ts";
import { endFirst } from "../runtime/linger.ts";
import type { Connection, ConnectionEvents, Instant } from "../runtime/runtime.ts";
import { LF, toBytes } from "../wire/bytes.ts";
import type { ClientMessage } from "../wire/client_message.ts";
import { LineReader, type LineTaker } from "../wire/line_reader.ts";
import { OutBuffer, renderRefusal } from "../wire/render.ts";
import type { PlacesQuery } from "../places/provider.ts";
import { type OpenSession, type ServerContext, settle } from "./context.ts";
import { DurableConnection } from "./durable_connection.ts";

/** Replies gathered past this are written before the next line is handled. */
const WRITE_BYTES = 65_536;

const REPLY_END = toBytes("\n\n");

/** A WHATSAT whose places are being looked for, and the replies behind it, which wait for it. */
interface Pending {
  /** Its AT line, with LF; then, once they came, the places and what ends the reply. */
  readonly reply: OutBuffer;
  readonly behind: OutBuffer;
  done: boolean;
}

export class Session implements OpenSession, ConnectionEvents, LineTaker {
  readonly #context: ServerContext;
  readonly #connection: Connection;
  readonly #durable: DurableConnection | undefined;
  readonly #reader: LineReader;
  readonly #label: Uint8Array;
  /** The classic neighbor at its address, from which reports are taken; undefined for all others. */
  readonly #classic: number | undefined;
  readonly #abort = new AbortController();
  /** Oldest first. */
  readonly #pending: Pending[] = [];
  /** Searches that were answered at once, in this turn of the event loop. */
  #answers = 0;
  /** Where the lines of this read begin that are not in the log yet. */
  #logFrom = 0;
  /** Bytes of replies held behind searches. */
  #heldBytes = 0;
  #arrival: Instant;
  #isFirstLine = true;
  /** Whether more may come: the peer can end its side, and a server that stops takes no more. */
  #input: "open" | "ended" | "refused" = "open";
  #paused = false;
  #finished = false;
  #over = false;
  /** Who took the connection over, once it became a link. */
  #successor: ConnectionEvents | undefined;
  /** Whether anything came or went since the last tick, and which that was. */
  #isActive = false;
  #lastActiveMs: number;
  #lineBegunMs: number | undefined;
  #stalledUnsent = 0;
  #stalledSinceMs: number | undefined;

  constructor(context: ServerContext, connection: Connection) {
    this.#context = context;
    this.#connection = connection;
    this.#durable = connection instanceof DurableConnection ? connection : undefined;
    this.#classic = context.classicAt(this.host);
    const longest = this.#classic === undefined ? context.limits.lineBytes : context.peerLineBytes;
    this.#reader = new LineReader(context.work, longest);
    this.#label = toBytes(this.peer);
    this.#arrival = context.runtime.clock.now();
    this.#lastActiveMs = context.runtime.clock.monotonicMs();
  }

  get peer(): string {
    return addressText(this.#connection.remote);
  }

  get host(): string {
    return this.#connection.remote.host;
  }

  start(): void {
    this.#connection.start(this);
  }

  received(bytes: Uint8Array): void {
    if (this.#successor !== undefined) return this.#successor.received(bytes);
    if (this.#input !== "open") return;
    const { clock } = this.#context.runtime;
    this.#arrival = clock.now();
    this.#isActive = true;
    try {
      this.#reader.feed(bytes, this);
      this.#settle();
    } catch (error) {
      this.#fail(error);
    }
  }

  takeLines(bytes: Uint8Array, start: number, end: number): number {
    const { parser, handlers, out, log, limits } = this.#context;
    let at = start;
    if (this.#isFirstLine && end > start && bytes.indexOf(LF, start) < end) {
      this.#isFirstLine = false;
      if (this.#becomesLink(bytes, start, end)) return end;
    }
    let room = this.#room();
    this.#answers = 0;
    this.#logFrom = start;
    for (let count = 0, handled = 0; out.length <= room && this.#searches() < limits.searchesPerSession;) {
      if (handled === count) {
        count = parser.parseAhead(bytes, at, end);
        if (count === 0) break;
        if (count > 1) handlers.expect(parser.aheadHashes, count);
        handled = 0;
      }
      const message = parser.ahead[handled++]!;
      this.#handle(message, bytes);
      at = message.next;
      if (out.length >= WRITE_BYTES) {
        log.lines(this.#arrival, this.#label, "<", bytes, this.#logFrom, at);
        this.#logFrom = at;
        this.#flush();
      }
      if (out.length === 0) room = this.#room();
    }
    log.lines(this.#arrival, this.#label, "<", bytes, this.#logFrom, at);
    const wasFull = out.length > room;
    this.#flush();
    // Many searches at a time must not delay the others: the lines behind them are for the next turn. So are those
    // behind replies that the socket has taken at once, of which it will not tell.
    const hasRoom = wasFull && this.#connection.unsentBytes === 0;
    if (at < end && (hasRoom || this.#answers >= limits.searchesPerSession)) {
      this.#context.runtime.clock.soon(() => this.#continue());
    }
    return at;
  }

  /** Searches under way, and those that were answered at once in this turn. */
  #searches(): number {
    return this.#pending.length + this.#answers;
  }

  takeLast(bytes: Uint8Array, start: number, end: number): void {
    const message = this.#context.parser.parse(bytes, start, end + 1);
    this.#context.log.lines(this.#arrival, this.#label, "<", bytes, start, end);
    if (message === undefined) return;
    this.#logFrom = end + 1;
    // A CR that no LF follows is part of the line, not of its end.
    this.#handle({ ...message, lineEnd: end }, bytes);
    this.#flush();
  }

  refuseLong(bytes: Uint8Array, start: number, end: number): void {
    const { out, log, counters, limits, limitHits } = this.#context;
    log.lines(this.#arrival, this.#label, "<", bytes, start, end);
    counters.invalid++;
    limitHits.hit(this.#classic === undefined ? "lineBytes" : "peerLineBytes");
    const at = out.length;
    renderRefusal(out, bytes, start, Math.min(end, start + limits.lineBytes));
    if (this.#pending.length > 0) this.#hold(at);
    this.#flush();
  }

  drained(): void {
    if (this.#successor !== undefined) return this.#successor.drained();
    this.#stalledSinceMs = undefined;
    if (this.#reader.stopped || this.#input !== "open") this.#continue();
  }

  ended(): void {
    if (this.#successor !== undefined) return this.#successor.ended();
    if (this.#input === "open") this.#input = "ended";
    this.#guard(() => this.#settle());
  }

  closed(cause: Error | undefined): void {
    if (this.#successor !== undefined) return this.#successor.closed(cause);
    this.#end(cause === undefined ? "the client closed it" : `it broke (${cause.message})`);
  }

  tick(nowMs: number): void {
    const { limits } = this.#context;
    if (this.#isActive) {
      this.#isActive = false;
      this.#lastActiveMs = nowMs;
    }
    const unsent = this.#connection.unsentBytes;
    if (unsent === 0 || unsent !== this.#stalledUnsent) {
      this.#stalledUnsent = unsent;
      this.#stalledSinceMs = unsent === 0 ? undefined : nowMs;
    }
    if (!this.#reader.inLine || this.#reader.stopped) this.#lineBegunMs = undefined;
    else this.#lineBegunMs ??= nowMs;
    if (this.#stalledSinceMs !== undefined && nowMs - this.#stalledSinceMs >= limits.stalledMs) {
      this.#breaks("stalledMs", "it did not take its replies");
    } else if (this.#lineBegunMs !== undefined && nowMs - this.#lineBegunMs >= limits.begunLineMs) {
      this.#breaks("begunLineMs", "a line that it began did not end");
    } else if (this.#pending.length === 0 && nowMs - this.#lastActiveMs >= limits.idleMs) {
      this.#breaks("idleMs", "it was idle");
    }
  }

  #breaks(limit: CountedLimit, reason: string): void {
    this.#context.limitHits.hit(limit);
    this.close(reason);
  }

  drain(): void {
    this.#input = "refused";
    this.#guard(() => this.#settle());
  }

  close(reason: string): void {
    this.#end(reason);
    this.#connection.destroy();
  }

  #becomesLink(bytes: Uint8Array, start: number, end: number): boolean {
    const lf = bytes.indexOf(LF, start);
    const successor = this.#context.takeOver(this.#durable?.inner ?? this.#connection, bytes, start, lf);
    if (successor === undefined) return false;
    this.#context.log.lines(this.#arrival, this.#label, "<", bytes, start, lf + 1);
    this.#successor = successor;
    this.#end("it became a link");
    if (lf + 1 < end) successor.received(bytes.slice(lf + 1, end));
    return true;
  }

  #handle(message: ClientMessage, bytes: Uint8Array): void {
    const { handlers, out } = this.#context;
    if (this.#classic !== undefined && message.kind === "invalid") {
      const { lineStart, next } = message;
      if (this.#context.takeReport(bytes, lineStart, next - 1, this.#classic)) return;
    }
    const start = out.length;
    const effect = handlers.decide(message, bytes, this.#arrival, out);
    if (effect.kind === "search") {
      this.#context.counters.searches++;
      return this.#search(effect.query, message, bytes, start);
    }
    settle(this.#context, effect, this.#durable);
    if (this.#pending.length > 0) this.#hold(start);
  }

  /** A reply, which stands in the out buffer from `start`, waits for the search before it. */
  #hold(start: number): void {
    const { out } = this.#context;
    const last = this.#pending.at(-1);
    if (last === undefined) return;
    this.#heldBytes += out.length - start;
    last.behind.append(out.view(start));
    out.length = start;
  }

  /** Looks for places; the AT line stands in the out buffer from `start`. */
  #search(query: PlacesQuery, message: ClientMessage, bytes: Uint8Array, start: number): void {
    const { out } = this.#context;
    if (this.#pending.length === 0 && this.#context.answerPlaces(query, out)) {
      return this.#answered(message, bytes, start);
    }
    const pending: Pending = { reply: new OutBuffer(1_024), behind: new OutBuffer(0), done: false };
    pending.reply.append(out.view(start));
    out.length = start;
    this.#pending.push(pending);
    this.#context.findPlaces(query, this.#abort.signal).then((json) => {
      pending.reply.append(json);
      pending.reply.append(REPLY_END);
      pending.done = true;
      this.#guard(() => this.#release());
    }, () => {/* Only a session that is over gives up its searches. */});
  }

  /** A reply with places is complete, in the out buffer from `start`: it is one record of the log. */
  #answered(message: ClientMessage, bytes: Uint8Array, start: number): void {
    const { out, log } = this.#context;
    out.append(REPLY_END);
    log.lines(this.#arrival, this.#label, "<", bytes, this.#logFrom, message.next);
    this.#logFrom = message.next;
    log.lines(this.#arrival, this.#label, ">", out.bytes, 0, start);
    log.message(this.#arrival, this.#label, ">", out.view(start));
    this.#connection.write(out.view());
    out.length = 0;
    this.#answers++;
  }

  /** Sends the replies whose turn has come, oldest first. */
  #release(): void {
    if (this.#over) return;
    const { log, runtime } = this.#context;
    const now = runtime.clock.now();
    this.#isActive = true;
    for (let first = this.#pending[0]; first?.done === true; first = this.#pending[0]) {
      this.#pending.shift();
      const { reply, behind } = first;
      log.message(now, this.#label, ">", reply.view());
      log.lines(now, this.#label, ">", behind.bytes, 0, behind.length);
      this.#heldBytes -= behind.length;
      reply.append(behind.view());
      this.#connection.write(reply.view());
    }
    this.#continue();
  }

  /** Goes on with lines that had to wait. */
  #continue(): void {
    this.#guard(() => {
      if (this.#over || this.#mustWait()) return;
      this.#reader.resume(this);
      this.#settle();
    });
  }

  /** Whether no further line may be handled now. */
  #mustWait(): boolean {
    return this.#pending.length >= this.#context.limits.searchesPerSession ||
      this.#context.out.length > this.#room();
  }

  /** Bytes that the out buffer may hold before no further line is handled. */
  #room(): number {
    return this.#context.limits.unreadBytes - this.#connection.unsentBytes - this.#heldBytes;
  }

  /** After lines were handled: reads on, or stops reading, or ends where the peer has. */
  #settle(): void {
    if (this.#over || this.#finished) return;
    if (this.#input !== "open" && !this.#reader.stopped && !this.#mustWait()) {
      // What a stopping server has of an unfinished line is not a line.
      if (this.#input === "ended") this.#reader.finish(this);
      // A server that ends first does so behind what is under way: drained() comes back here.
      const isSent = this.#input === "ended" || this.#connection.unsentBytes === 0;
      if (this.#pending.length === 0 && isSent) return this.#finish();
    }
    const wait = this.#reader.stopped || this.#input === "refused";
    if (wait === this.#paused) return;
    this.#paused = wait;
    if (!wait) return this.#connection.resume();
    this.#connection.pause();
    if (this.#pending.length >= this.#context.limits.searchesPerSession) {
      this.#context.limitHits.hit("searchesPerSession");
    } else if (this.#context.out.length > this.#room()) {
      this.#context.limitHits.hit("unreadBytes");
    }
  }

  /** Everything due has been written: ends the session in good order. */
  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    if (this.#input === "ended") this.#connection.end();
    else endFirst(this.#connection, this.#context.runtime.clock);
  }

  /** Writes the replies that are in the out buffer. */
  #flush(): void {
    const { out, log } = this.#context;
    if (out.length === 0) return;
    this.#connection.write(out.view());
    log.lines(this.#arrival, this.#label, ">", out.bytes, 0, out.length);
    out.length = 0;
  }

  /** Does `step`; a fault of our own in it ends this session, and reaches nothing else. */
  #guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    const { counters, log, out } = this.#context;
    // What it had rendered is nobody else's.
    out.length = 0;
    counters.failed++;
    log.event("error", this.peer, "!", `a fault of herd's own in the session: ${errorText(error)}`);
    this.close("a fault of herd's own");
  }

  #end(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#abort.abort();
    this.#context.ended(this, reason);
  }
}
