/**
 * A link: one connection to a neighbor, from the handshake to its end. Once up, it floods what the registry has
 * ahead of its cursor, takes the neighbor's reports, and beats.
 */
import type { LimitHits } from "../limit_hits.ts";
import type { Limits } from "../limits.ts";
import { errorText } from "../log/error_text.ts";
import type { ServerLog } from "../log/server_log.ts";
import { escapeText } from "../log/records.ts";
import type { DueLines, DueTaker } from "../registry/due_lines.ts";
import type { Cursor, Registry } from "../registry/registry.ts";
import { endFirst } from "../runtime/linger.ts";
import type { Connection, ConnectionEvents, Runtime, Timer, TlsFiles } from "../runtime/runtime.ts";
import { LF, toBytes, toText } from "../wire/bytes.ts";
import { LineReader, type LineTaker, makeWorkBuffer } from "../wire/line_reader.ts";
import {
  type AtLine,
  BEAT_LINE,
  type LinkMessage,
  LinkParser,
  ORIGIN_OFFSET,
  renderMark,
  renderSeen,
} from "../wire/link_message.ts";
import { OutBuffer, renderRefusal } from "../wire/render.ts";
import { BATCHES_PER_TURN, FloodBatches } from "./flood_batches.ts";
import {
  type Challenge,
  type HandshakeMessage,
  type Held,
  type Hello,
  parseHandshake,
  type Prover,
  renderHandshake,
  toHex,
} from "./handshake.ts";
import type { Lag } from "./lag.ts";
import { LateReports } from "./late_reports.ts";

/** What the links of one server count. */
export interface LinkCounters {
  /** AT lines sent and received, and the writes that carried those sent. */
  reportsSent: number;
  reportsReceived: number;
  floodWrites: number;
  bytesSent: number;
  bytesReceived: number;
  /** AT lines received that were newer, and so were stored and passed on. */
  reportsTaken: number;
  /** Lines from neighbors that no neighbor should send. */
  strayLines: number;
  /** Handshakes refused: hellos of no neighbor of ours, and those who could not prove to be the one they named. */
  handshakesRefused: number;
  /** Links that were dropped for a fault of our own. */
  linksFailed: number;
}

/** What all links of a server share. */
export interface LinkContext {
  readonly runtime: Runtime;
  readonly limits: Limits;
  readonly log: ServerLog;
  readonly registry: Registry;
  readonly prover: Prover;
  /** What links speak TLS with; undefined where they do not. */
  readonly tls: TlsFiles | undefined;
  readonly herd: string;
  readonly self: string;
  /** This life of the server. */
  readonly run: string;
  readonly parser: LinkParser;
  readonly work: Uint8Array;
  readonly batches: FloodBatches;
  readonly counters: LinkCounters;
  readonly limitHits: LimitHits;
  /** Handshakes that others have begun and not finished. */
  readonly greetings: Set<Link>;
  /** Whether `bytes[start, end)` is the name of a server of the herd. */
  isServer(bytes: Uint8Array, start: number, end: number): boolean;
  /** What was changed after this number may be new to someone who holds `held` of an earlier life. */
  resumeAfter(held: Held): number;
  /** The flood must go on. */
  flood(): void;
  /** Something newer was stored: it is to be kept, and flooded. */
  stored(): void;
}

/** What is known of a neighbor beyond the life of one link. */
export interface NeighborMemory {
  readonly name: string;
  /** Its number, as a source of reports in the registry. */
  readonly index: number;
  /** How much of its changes we hold. */
  held: Held | undefined;
  /** Whether we have kept all that it told us. Once we have not, its marks are no more what we hold. */
  keepsAll: boolean;
  /** Its run when we were last linked. What it is marked to have counts for that run alone, */
  run: string | undefined;
  /** and where it changed after this number. */
  knownFrom: number;
  /** Since when it has not been told everything. What is waited with counts as told. */
  readonly lag: Lag;
  /** By the number of a neighbor, + 1: whether what that one says is waited with, since it tells this one too. */
  readonly patience: Uint8Array;
}

/** What a link tells its neighbor's keeper. */
export interface LinkOwner {
  readonly memory: NeighborMemory;
  /** The handshake is done. */
  up(link: Link): void;
  /** It is over; `reason` is for people. */
  down(link: Link, reason: string): void;
}

export function makeLinkContext(
  parts: Omit<LinkContext, "parser" | "work" | "batches" | "counters" | "run" | "greetings">,
): LinkContext {
  return {
    ...parts,
    run: toHex(parts.runtime.randomBytes(16)),
    parser: new LinkParser(parts.registry.hash),
    work: makeWorkBuffer(parts.limits.peerLineBytes),
    batches: new FloodBatches(parts.registry),
    counters: {
      reportsSent: 0,
      reportsReceived: 0,
      floodWrites: 0,
      bytesSent: 0,
      bytesReceived: 0,
      reportsTaken: 0,
      strayLines: 0,
      handshakesRefused: 0,
      linksFailed: 0,
    },
    greetings: new Set(),
  };
}

type Phase = "greeting" | "up" | "over";

/** Why a link ends that has done nothing wrong. */
export const SERVER_STOPS = "the server stops";

export class Link implements ConnectionEvents, LineTaker, DueTaker {
  readonly role: "dialer" | "acceptor";
  readonly #context: LinkContext;
  readonly #owner: LinkOwner;
  readonly #connection: Connection;
  readonly #reader: LineReader;
  readonly #label: Uint8Array;
  #phase: Phase = "greeting";
  #isEnding = false;
  /** A proof is being made or checked; what comes meanwhile waits. */
  #proving = false;
  #hello: Hello | undefined;
  #challenge: Challenge | undefined;
  #cursor: Cursor | undefined;
  readonly #late = new LateReports();
  #lateTimer: Timer | undefined;
  /** The flood waits until the socket has taken what was sent. */
  #isBehind = false;
  /** Whether the last flood left something due. */
  #leftDue = false;
  /** Told when it is over, once it has been asked to end after all that is due. */
  #onLeft: (() => void) | undefined;
  #markedSeq = 0;
  /** The neighbor's last mark, until it has been told that it came. */
  #toSay: number | undefined;
  #lastReceivedMs: number;
  #lastSentMs: number;
  #reason = "the neighbor closed it";

  constructor(context: LinkContext, owner: LinkOwner, connection: Connection, role: "dialer" | "acceptor") {
    this.#context = context;
    this.#owner = owner;
    this.#connection = connection;
    this.role = role;
    this.#reader = new LineReader(context.work, context.limits.peerLineBytes);
    this.#label = toBytes(owner.memory.name);
    this.#lastReceivedMs = this.#lastSentMs = context.runtime.clock.monotonicMs();
    const timer = context.runtime.clock.after(context.limits.handshakeMs, () => {
      if (this.#phase !== "greeting") return;
      context.limitHits.hit("handshakeMs");
      this.close("no handshake in time");
    });
    if (role === "acceptor") context.greetings.add(this);
    this.#endGreeting = () => {
      timer.cancel();
      context.greetings.delete(this);
    };
  }

  readonly #endGreeting: () => void;

  /** As the dialer: starts the connection and says hello. */
  dial(): void {
    this.#connection.start(this);
    const { memory } = this.#owner;
    const { herd, self, run } = this.#context;
    this.#hello = {
      kind: "hello",
      herd,
      from: self,
      to: memory.name,
      nonce: this.#nonce(),
      run,
      held: memory.held,
    };
    this.#say(this.#hello);
  }

  /** As the acceptor: answers the hello of a session that becomes this link. */
  accept(hello: Hello): void {
    this.#hello = hello;
    this.#prove(async () => {
      const { run, prover } = this.#context;
      const bare = { kind: "challenge" as const, nonce: this.#nonce(), run, held: this.#owner.memory.held };
      const challenge = { ...bare, proof: await prover.prove("acceptor", hello, bare) };
      this.#challenge = challenge;
      this.#say(challenge);
    });
  }

  received(bytes: Uint8Array): void {
    this.#lastReceivedMs = this.#context.runtime.clock.monotonicMs();
    this.#context.counters.bytesReceived += bytes.length;
    try {
      this.#reader.feed(bytes, this);
    } catch (error) {
      this.#fail(error);
    }
  }

  takeLines(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && !this.#proving && this.#phase !== "over") {
      const next = this.#phase === "up" ? this.#takeSome(bytes, at, end) : this.#takeGreeting(bytes, at, end);
      if (next < 0) break;
      at = next;
    }
    this.#context.log.lines(this.#context.runtime.clock.now(), this.#label, "<", bytes, start, at);
    return this.#phase === "over" ? end : at;
  }

  takeLast(): void {
    this.close("the neighbor ended in mid-line");
  }

  refuseLong(): void {
    this.#context.limitHits.hit("peerLineBytes");
    this.close("the neighbor sent a line over the limit");
  }

  drained(): void {
    this.#isBehind = false;
    if (!this.#leftDue) this.#owner.memory.lag.end();
    this.flood();
  }

  ended(): void {
    this.close(this.#reason);
  }

  closed(cause: Error | undefined): void {
    if (cause !== undefined) this.#reason = `the connection broke (${cause.message})`;
    this.#end();
  }

  /** Ends the link for a reason that people will read. */
  close(reason: string): void {
    this.#reason = reason;
    if (this.#phase !== "over") this.#connection.destroy();
    this.#end();
  }

  /** Refuses to be this neighbor's link, since another one is being made. */
  sayBusy(reason: string): void {
    this.#say({ kind: "busy" });
    this.#finish(reason);
  }

  /** Changes of the registry that it has not come to yet. */
  get dueChanges(): number {
    return this.#cursor === undefined ? 0 : this.#context.registry.seq - this.#cursor.seq;
  }

  /** Sends what is due, as far as the socket and the share of one turn allow. */
  flood(): void {
    this.#guard(() => this.#flood());
  }

  #flood(): void {
    const cursor = this.#cursor;
    if (cursor === undefined || this.#phase !== "up") return;
    const { registry, limits, batches } = this.#context;
    for (let taken = 0; registry.isDue(cursor); taken++) {
      if (this.#connection.unsentBytes >= limits.linkUnsentBytes) return this.#fallBehind();
      // Catching up must delay nobody: the rest is for the next turn.
      if (taken === BATCHES_PER_TURN) {
        this.#leaveDue();
        return this.#context.flood();
      }
      this.#sendDue(batches.take(cursor, this.#owner.memory.knownFrom));
    }
    this.#leftDue = false;
    if (this.#connection.unsentBytes === 0) this.#owner.memory.lag.end();
    else this.#owner.memory.lag.begin(this.#lastSentMs);
    if (this.#onLeft !== undefined && this.#late.size > 0) this.#sendAllLate();
    // Behind what is under way, however long that takes: drained() comes back here.
    if (this.#onLeft !== undefined && this.#connection.unsentBytes === 0) this.#endAfterAll();
  }

  /** Sends what is due, and ends in good order. Resolves once it is over. */
  leave(): Promise<void> {
    if (this.#phase === "greeting") this.close(SERVER_STOPS);
    if (this.#phase === "over") return Promise.resolve();
    this.#reason = SERVER_STOPS;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onLeft = resolve;
    this.flood();
    return promise;
  }

  #sendAllLate(): void {
    while (this.#late.size > 0) this.#sendLate();
  }

  #endAfterAll(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    endFirst(this.#connection, this.#context.runtime.clock);
  }

  #leaveDue(): void {
    this.#leftDue = true;
    this.#owner.memory.lag.begin(this.#lastSentMs);
  }

  /** The neighbor is slow; drained() goes on. */
  #fallBehind(): void {
    this.#leaveDue();
    if (this.#isBehind) return;
    this.#isBehind = true;
    this.#context.limitHits.hit("linkUnsentBytes");
  }

  #sendDue(due: DueLines): void {
    due.forNeighbor(this.#owner.memory, this);
    if (this.#late.size > this.#context.limits.relaysWaiting) {
      this.#context.limitHits.hit("relaysWaiting");
      this.#sendLate();
    } else if (this.#late.size > 0) this.#lateTimer ??= this.#waitLate();
  }

  wait(entry: number, seq: number): void {
    this.#late.add(entry, seq);
  }

  send(bytes: Uint8Array, start: number, end: number, lines: number): void {
    const { counters, log, runtime } = this.#context;
    counters.reportsSent += lines;
    counters.floodWrites++;
    this.#send(bytes.subarray(start, end));
    log.lines(runtime.clock.now(), this.#label, ">", bytes, start, end);
  }

  #waitLate(): Timer {
    const { runtime, limits } = this.#context;
    return runtime.clock.after(limits.relayWaitMs, () => {
      this.#lateTimer = undefined;
      // A slow neighbor gets them later, and then whatever is newer by then.
      if (this.#connection.unsentBytes >= limits.linkUnsentBytes) {
        this.#lateTimer = this.#waitLate();
      } else {
        this.#guard(() => this.#sendLate());
      }
    });
  }

  /** Sends what was waited with, where the neighbor still is not known to have it. */
  #sendLate(): void {
    if (this.#phase !== "up") return;
    const { registry } = this.#context;
    const out = new OutBuffer(0);
    let lines = 0;
    this.#late.release((entry, seq) => {
      if (registry.appendLate(entry, seq, this.#owner.memory.index, out)) lines++;
    });
    if (lines > 0) this.send(out.bytes, 0, out.length, lines);
    if (this.#late.size > 0) this.#lateTimer ??= this.#waitLate();
  }

  /** Called often: beats, marks how far the neighbor has come, and finds out that it is dead. */
  tick(): void {
    this.#guard(() => this.#tick());
  }

  #tick(): void {
    if (this.#phase !== "up") return;
    const { limits, runtime } = this.#context;
    const nowMs = runtime.clock.monotonicMs();
    const silentMs = nowMs - this.#lastReceivedMs;
    if (silentMs > limits.heartbeatMs * (limits.heartbeatsMissed + 0.5)) {
      this.#context.limitHits.hit("heartbeatsMissed");
      return this.close(`nothing was heard for ${Math.round(silentMs / 1000)} s`);
    }
    this.#saySeen();
    const waiting = this.#late.firstSeq;
    const seq = waiting === undefined ? this.#cursor?.seq ?? 0 : waiting - 1;
    if (seq > this.#markedSeq) {
      this.#markedSeq = seq;
      this.#owner.memory.lag.marked(seq);
      this.#sendLine(renderMark(seq));
    } else if (nowMs - this.#lastSentMs >= limits.heartbeatMs) {
      this.#sendLine(BEAT_LINE);
    }
  }

  /** Takes the next few lines. @returns the offset past them, or -1 where no whole one is left. */
  #takeSome(bytes: Uint8Array, start: number, end: number): number {
    const { parser, registry } = this.#context;
    const count = parser.parseAhead(bytes, start, end);
    if (count === 0) return -1;
    registry.expect(parser.aheadHashes, count);
    let at = start;
    for (let i = 0; i < count && this.#phase === "up"; i++) {
      const message = parser.ahead[i]!;
      this.#take(message, bytes, at);
      at = message.next;
    }
    return at;
  }

  #take(message: LinkMessage, bytes: Uint8Array, start: number): void {
    if (message.next - 1 - start > this.#context.limits.peerLineBytes) return this.refuseLong();
    switch (message.kind) {
      case "at":
        return this.#takeAt(message.line);
      case "mark":
        return this.#takeMark(message.seq);
      case "seen":
        return this.#owner.memory.lag.seen(message.seq);
      case "beat":
        return;
      case "other":
        return this.#warnOfStray(bytes, message.lineStart, message.lineEnd);
    }
  }

  #takeMark(seq: number): void {
    const { memory } = this.#owner;
    if (memory.keepsAll) memory.held = { run: memory.run ?? "", seq };
    this.#toSay = seq;
    this.#saySeen();
  }

  /** Later, where the neighbor does not read. */
  #saySeen(): void {
    if (this.#toSay === undefined || this.#connection.unsentBytes >= this.#context.limits.linkUnsentBytes) {
      return;
    }
    this.#sendLine(renderSeen(this.#toSay));
    this.#toSay = undefined;
  }

  #takeAt(line: AtLine): void {
    const { counters, registry } = this.#context;
    counters.reportsReceived++;
    if (!this.#context.isServer(line.bytes, line.start + ORIGIN_OFFSET, line.originEnd)) {
      this.#owner.memory.keepsAll = false;
      return this.#warnOfStray(line.bytes, line.start, line.end);
    }
    const verdict = registry.offer(line, this.#owner.memory.index);
    if (verdict === "full") {
      this.#owner.memory.keepsAll = false;
      this.#context.limitHits.hit("clients");
    }
    if (verdict !== "new" && verdict !== "newer") return;
    counters.reportsTaken++;
    this.#context.stored();
  }

  #warnOfStray(bytes: Uint8Array, start: number, end: number): void {
    this.#context.counters.strayLines++;
    const line = escapeText(bytes, start, Math.min(end, start + 200));
    this.#context.log.event(
      "warn",
      this.#owner.memory.name,
      "!",
      `ignored a line that is none of a link: ${line}`,
    );
  }

  #takeGreeting(bytes: Uint8Array, at: number, end: number): number {
    const lf = bytes.indexOf(LF, at);
    if (lf < 0 || lf >= end) return -1;
    const message = parseHandshake(toText(bytes, at, lf));
    if (message === undefined) this.#refuse(bytes, at, lf);
    else this.#takeHandshake(message, bytes, at, lf);
    return lf + 1;
  }

  #takeHandshake(message: HandshakeMessage, bytes: Uint8Array, start: number, end: number): void {
    const hello = this.#hello;
    const challenge = this.#challenge;
    if (this.role === "dialer" && hello !== undefined) {
      if (message.kind === "challenge" && challenge === undefined) return this.#answer(hello, message);
      if (message.kind === "welcome" && challenge !== undefined) {
        return this.#rise(challenge.run, challenge.held);
      }
      if (message.kind === "busy") return this.close("the neighbor is busy: both dialed at once");
    } else if (message.kind === "proof" && hello !== undefined && challenge !== undefined) {
      return this.#judge(message.proof, hello, challenge, bytes.slice(start, end));
    }
    this.#refuse(bytes, start, end);
  }

  /** The dialer's answer to a challenge: check the acceptor's proof, then give one's own under the same secret. */
  #answer(hello: Hello, challenge: Challenge): void {
    this.#prove(async () => {
      const which = await this.#context.prover.check(challenge.proof, "acceptor", hello, challenge);
      if (which < 0) {
        this.#context.counters.handshakesRefused++;
        return this.close("it could not prove that it has the herd's secret");
      }
      this.#challenge = challenge;
      const proof = await this.#context.prover.prove("dialer", hello, challenge, which);
      this.#say({ kind: "proof", proof });
    });
  }

  #judge(proof: string, hello: Hello, challenge: Challenge, line: Uint8Array): void {
    this.#prove(async () => {
      const which = await this.#context.prover.check(proof, "dialer", hello, challenge);
      if (which < 0) return this.#refuse(line, 0, line.length);
      this.#say({ kind: "welcome" });
      this.#rise(hello.run, hello.held);
    });
  }

  /** Runs a step that waits for cryptography; lines that come meanwhile are kept. */
  async #prove(step: () => Promise<void>): Promise<void> {
    this.#proving = true;
    try {
      await step();
    } catch (error) {
      this.#fail(error);
    }
    this.#proving = false;
    this.#guard(() => this.#reader.resume(this));
  }

  /** The handshake is done: from here on reports flow, from where the two last were. */
  #rise(peerRun: string, peerHolds: Held | undefined): void {
    if (this.#phase !== "greeting") return;
    const { memory } = this.#owner;
    const { registry, run } = this.#context;
    this.#endGreeting();
    this.#phase = "up";
    if (memory.run !== peerRun) {
      memory.run = peerRun;
      memory.knownFrom = registry.seq;
    }
    if (memory.held?.run !== peerRun) memory.held = undefined;
    const ofThisLife = peerHolds?.run === run ? peerHolds.seq : 0;
    // What it holds of an earlier life tells where to begin; marks are of this one.
    this.#markedSeq = ofThisLife;
    this.#cursor = registry.openCursor(
      ofThisLife || (peerHolds === undefined ? 0 : this.#context.resumeAfter(peerHolds)),
    );
    this.#owner.up(this);
    this.flood();
  }

  /** Whoever cannot prove to be a neighbor has uttered an invalid command, and is sent away. */
  #refuse(bytes: Uint8Array, start: number, end: number): void {
    this.#context.counters.handshakesRefused++;
    const out = new OutBuffer(end - start + 3);
    renderRefusal(out, bytes, start, end);
    this.#sendLine(out.view());
    this.#finish(`refused: ${escapeText(bytes, start, Math.min(end, start + 200))}`);
  }

  /** Does `step`; a fault of our own in it ends this link, and reaches nothing else. */
  #guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    const { counters, log } = this.#context;
    counters.linksFailed++;
    log.event(
      "error",
      this.#owner.memory.name,
      "!",
      `a fault of herd's own in the link: ${errorText(error)}`,
    );
    this.close("a fault of herd's own");
  }

  #nonce(): string {
    return toHex(this.#context.runtime.randomBytes(16));
  }

  #say(message: HandshakeMessage): void {
    if (this.#phase !== "over") this.#sendLine(toBytes(renderHandshake(message)));
  }

  #sendLine(line: Uint8Array): void {
    this.#send(line);
    this.#context.log.lines(this.#context.runtime.clock.now(), this.#label, ">", line, 0, line.length);
  }

  #send(bytes: Uint8Array): void {
    this.#lastSentMs = this.#context.runtime.clock.monotonicMs();
    this.#context.counters.bytesSent += bytes.length;
    this.#connection.write(bytes);
  }

  /** Ends in good order, so that what was said last arrives. */
  #finish(reason: string): void {
    this.#reason = reason;
    endFirst(this.#connection, this.#context.runtime.clock);
    this.#end();
  }

  #end(): void {
    if (this.#phase === "over") return;
    if (this.#phase === "up") this.#owner.memory.lag.lose();
    this.#phase = "over";
    this.#endGreeting();
    this.#lateTimer?.cancel();
    this.#late.clear();
    if (this.#cursor !== undefined) this.#context.registry.closeCursor(this.#cursor);
    this.#owner.down(this, this.#reason);
    this.#onLeft?.();
  }
}
