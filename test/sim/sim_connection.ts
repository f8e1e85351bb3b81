/**
 * A TCP connection of the simulation: two pipes between two ends. What a pipe holds is bounded by its window, so that
 * an end that does not read fills the other one's buffers, as in a kernel. Bytes keep their order and are lost only
 * with the connection; all else (how they are cut up, when they come, whether anyone says that the peer is gone) is
 * drawn.
 */
import type { Address, Connection, ConnectionEvents } from "../../src/runtime/runtime.ts";
import type { Life } from "./life.ts";
import type { Random } from "./random.ts";
import type { Trace } from "./trace.ts";

/** The most that one read brings. */
const MAX_READ_BYTES = 65_536;
/** What a buffer is filled with once its bytes are no longer good. */
const SPOILED = 0x21;

/** How a runtime tells of what happened; both real ones differ in it. */
export interface Manners {
  /** Whether a write that fits is taken at once, with no `drained` to follow (Node), or in a moment (Deno). */
  readonly takesAtOnce: boolean;
  /** Whether the end of a peer is told also where the connection is thereby over. */
  readonly tellsLastEnd: boolean;
}

export interface Host {
  readonly index: number;
  readonly address: string;
  /** Whether the machine runs, whatever its processes do. */
  isUp: boolean;
}

/** Whose end it is. */
export interface Owner {
  readonly host: Host;
  readonly life: Life;
  readonly manners: Manners;
  /** Connections that are open. */
  readonly ends: Set<End>;
}

/** How bytes fare, drawn for each history. */
export interface Weather {
  /** That a read brings only a part of what is there. */
  readonly splits: number;
  /** That the socket takes only a part of what it could. */
  readonly shortWrites: number;
}

/** What an end needs of the network. */
export interface Medium {
  readonly random: Random;
  readonly trace: Trace;
  readonly weather: Weather;
  /** When what leaves now arrives, in microseconds. */
  arrivalUs(from: Host, to: Host): number;
  /** Whether nothing passes. */
  isCut(from: Host, to: Host): boolean;
  /** `pipe` has something that cannot pass now. */
  hold(pipe: Pipe): void;
  /** Told after each write. */
  onWrite(end: End): void;
}

type Segment =
  | { readonly kind: "data"; readonly us: number; readonly bytes: Uint8Array }
  | { readonly kind: "fin" | "reset"; readonly us: number };

/** One direction. */
export class Pipe {
  readonly #medium: Medium;
  readonly #from: End;
  readonly #to: End;
  readonly #windowBytes: number;
  /** Taken from the sender and not yet read by the receiver. */
  #usedBytes = 0;
  /** Read by the receiver, which the sender cannot be told of now. */
  #owedBytes = 0;
  readonly #flight: Segment[] = [];
  #lastUs = 0;
  #isSet = false;
  /** A box on the way has forgotten the connection, and swallows all of it for ever. */
  #isSwallowed = false;

  constructor(medium: Medium, from: End, to: End, windowBytes: number) {
    this.#medium = medium;
    this.#from = from;
    this.#to = to;
    this.#windowBytes = windowBytes;
  }

  get room(): number {
    return this.#windowBytes - this.#usedBytes;
  }

  swallow(): void {
    this.#isSwallowed = true;
  }

  send(bytes: Uint8Array): void {
    this.#usedBytes += bytes.length;
    this.#push({ kind: "data", us: this.#nextUs(), bytes });
  }

  /** The sender says that it is done, or that it knows nothing of this connection. */
  close(kind: "fin" | "reset"): void {
    this.#push({ kind, us: this.#nextUs() });
  }

  /** The receiver has read so much. */
  consumed(count: number): void {
    if (this.#medium.isCut(this.#to.owner.host, this.#from.owner.host)) {
      this.#owedBytes += count;
      this.#medium.hold(this);
      return;
    }
    this.#usedBytes -= count + this.#owedBytes;
    this.#owedBytes = 0;
    this.#from.hasRoom();
  }

  /** The way may be free again. */
  retry(): void {
    if (this.#owedBytes > 0) this.consumed(0);
    if (this.#flight.length > 0) this.#set();
  }

  #nextUs(): number {
    this.#lastUs = Math.max(
      this.#lastUs,
      this.#medium.arrivalUs(this.#from.owner.host, this.#to.owner.host),
    );
    return this.#lastUs;
  }

  #push(segment: Segment): void {
    this.#flight.push(segment);
    this.#set();
  }

  #set(): void {
    const first = this.#flight[0];
    if (this.#isSet || first === undefined) return;
    this.#isSet = true;
    const { scheduler } = this.#from.owner.life;
    scheduler.at(first.us, () => this.#arrive(), this.#medium.random.unit());
  }

  #arrive(): void {
    this.#isSet = false;
    if (this.#isSwallowed) return;
    const from = this.#from.owner.host;
    const to = this.#to.owner.host;
    if (this.#medium.isCut(from, to) || !to.isUp) {
      // A reset is said once; all else is said again until it is heard.
      if (this.#flight[0]?.kind === "reset") this.#flight.length = 0;
      return this.#medium.hold(this);
    }
    const nowUs = this.#from.owner.life.scheduler.nowUs;
    for (let first = this.#flight[0]; first !== undefined && first.us <= nowUs; first = this.#flight[0]) {
      this.#flight.shift();
      this.#hand(first);
    }
    this.#set();
  }

  #hand(segment: Segment): void {
    switch (segment.kind) {
      case "data":
        return this.#to.arrived(segment.bytes);
      case "fin":
        return this.#to.peerEnded();
      case "reset":
        return this.#to.wasReset("connection reset by peer");
    }
  }
}

export class End implements Connection {
  readonly owner: Owner;
  readonly local: Address;
  readonly remote: Address;
  /** Whether a fault has touched the connection, so that it may end without a reason. */
  isDisturbed = false;
  readonly #medium: Medium;
  #peer: End | undefined;
  #outgoing: Pipe | undefined;
  #incoming: Pipe | undefined;
  #events: ConnectionEvents | undefined;
  readonly #unsent: Uint8Array[] = [];
  #unsentBytes = 0;
  /** Whether `drained` is due once all is sent. */
  #isBehind = false;
  #takeSet = false;
  readonly #inbox: Uint8Array[] = [];
  #inboxBytes = 0;
  #paused = false;
  #readSet = false;
  #ending = false;
  #finSent = false;
  #finArrived = false;
  #finTold = false;
  #gone = false;

  constructor(medium: Medium, owner: Owner, local: Address, remote: Address) {
    this.#medium = medium;
    this.owner = owner;
    this.local = local;
    this.remote = remote;
    owner.ends.add(this);
  }

  connect(peer: End, outgoing: Pipe, incoming: Pipe): void {
    this.#peer = peer;
    this.#outgoing = outgoing;
    this.#incoming = incoming;
  }

  get unsentBytes(): number {
    return this.#unsentBytes;
  }

  /** Whose the other end is. */
  get peer(): Owner | undefined {
    return this.#peer?.owner;
  }

  /** Whether the connection is over for its owner. */
  get isGone(): boolean {
    return this.#gone;
  }

  start(events: ConnectionEvents): void {
    this.#events = events;
    this.#readSoon();
  }

  write(bytes: Uint8Array): void {
    if (this.#gone || this.#ending || bytes.length === 0) return;
    this.#unsent.push(bytes.slice());
    this.#unsentBytes += bytes.length;
    if (this.owner.manners.takesAtOnce && !this.#isBehind) this.#take();
    else this.#takeSoon(0);
    this.#isBehind ||= this.#unsentBytes > 0;
    this.#medium.onWrite(this);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#readSoon();
  }

  end(): void {
    if (this.#gone || this.#ending) return;
    this.#ending = true;
    if (this.#unsentBytes === 0) this.#finish();
  }

  destroy(): void {
    if (this.#gone) return;
    // What was not read is answered by a reset, as kernels do.
    const isRude = this.#inboxBytes > 0;
    const saysBye = isRude || !this.#finSent;
    this.#vanish();
    if (saysBye) this.#outgoing?.close(isRude ? "reset" : "fin");
    this.#events?.closed(undefined);
  }

  /** The owner's process is gone, and its machine closes what it had open. */
  abandon(saysSo: boolean): void {
    if (this.#gone) return;
    const kind = this.#inboxBytes > 0 || this.#medium.random.chance(0.3) ? "reset" : "fin";
    const saysBye = saysSo && (kind === "reset" || !this.#finSent);
    this.#vanish();
    if (saysBye) this.#outgoing?.close(kind);
  }

  /** Everything under way and to come is swallowed for ever, and nobody says so. */
  swallow(): void {
    this.disturb();
    this.#outgoing?.swallow();
    this.#incoming?.swallow();
  }

  /** A box on the way ends the connection: this end is told of it, the other one only where `both` are. */
  sever(both: boolean): void {
    this.swallow();
    if (both) this.#peer?.wasReset("connection reset by a box on the way");
    this.wasReset("connection reset by a box on the way");
  }

  /** Either end may break off from now on, without a reason that its owner knows of. */
  disturb(): void {
    this.isDisturbed = true;
    if (this.#peer !== undefined) this.#peer.isDisturbed = true;
  }

  /** Bytes have reached this machine. */
  arrived(bytes: Uint8Array): void {
    if (this.#gone) return this.#outgoing?.close("reset");
    this.#medium.trace.bytes(bytes);
    this.#inbox.push(bytes);
    this.#inboxBytes += bytes.length;
    this.#readNow();
  }

  peerEnded(): void {
    if (this.#gone || this.#finArrived) return;
    this.#finArrived = true;
    this.#readNow();
  }

  /** The connection broke. What was not read is lost. */
  wasReset(why: string): void {
    if (this.#gone) return;
    this.#vanish();
    this.owner.life.enter(() => this.#events?.closed(new Error(why)));
  }

  /** The window has opened. */
  hasRoom(): void {
    if (this.#unsentBytes > 0) this.#takeSoon(0);
  }

  #vanish(): void {
    this.#gone = true;
    this.#unsent.length = this.#unsentBytes = 0;
    this.#inbox.length = this.#inboxBytes = 0;
    this.owner.ends.delete(this);
  }

  #takeSoon(ms: number): void {
    if (this.#takeSet) return;
    this.#takeSet = true;
    this.owner.life.after(ms, () => {
      this.#takeSet = false;
      this.#take();
    }, this.#medium.random.unit());
  }

  /** The socket takes what fits into the window. */
  #take(): void {
    const pipe = this.#outgoing;
    if (this.#gone || pipe === undefined) return;
    const { random, weather } = this.#medium;
    while (this.#unsentBytes > 0 && pipe.room > 0) {
      const most = Math.min(pipe.room, this.#unsentBytes);
      const isShort = random.chance(weather.shortWrites);
      const count = isShort ? random.between(1, most) : most;
      pipe.send(takeBytes(this.#unsent, count));
      this.#unsentBytes -= count;
      if (isShort) break;
    }
    if (this.#unsentBytes === 0) this.#allTaken();
    else if (pipe.room > 0) this.#takeSoon(1);
  }

  #allTaken(): void {
    if (this.#ending) return this.#finish();
    // What is taken within the write itself leaves nobody behind.
    if (!this.#isBehind && this.owner.manners.takesAtOnce) return;
    this.#isBehind = false;
    this.owner.life.after(0, () => {
      if (!this.#gone && !this.#ending && this.#unsentBytes === 0) this.#events?.drained();
    }, this.#medium.random.unit());
  }

  /** All is sent, and our side ends. */
  #finish(): void {
    if (!this.#finSent) {
      this.#finSent = true;
      this.#outgoing?.close("fin");
    }
    if (this.#finTold) this.#closeSoon();
  }

  #readNow(): void {
    if (!this.#readSet) this.owner.life.enter(() => this.#read());
  }

  #readSoon(ms = 0): void {
    if (this.#readSet || this.#gone) return;
    this.#readSet = true;
    this.owner.life.after(ms, () => {
      this.#readSet = false;
      this.#read();
    }, this.#medium.random.unit());
  }

  #read(): void {
    const events = this.#events;
    if (events === undefined || this.#paused || this.#gone) return;
    if (this.#inboxBytes === 0) {
      if (this.#finArrived && !this.#finTold) this.#tellEnd(events);
      return;
    }
    const { random, weather } = this.#medium;
    const most = Math.min(this.#inboxBytes, MAX_READ_BYTES);
    const count = random.chance(weather.splits) ? random.between(1, most) : most;
    const bytes = takeBytes(this.#inbox, count);
    this.#inboxBytes -= count;
    this.#incoming?.consumed(count);
    events.received(bytes);
    bytes.fill(SPOILED);
    if (this.#inboxBytes > 0 || this.#finArrived) this.#readSoon(random.chance(0.5) ? 0 : 1);
  }

  #tellEnd(events: ConnectionEvents): void {
    this.#finTold = true;
    if (this.#finSent && !this.owner.manners.tellsLastEnd) return this.#closeNow();
    events.ended();
    if (this.#finSent) this.#closeSoon();
  }

  #closeSoon(): void {
    this.owner.life.after(0, () => this.#closeNow(), this.#medium.random.unit());
  }

  #closeNow(): void {
    if (this.#gone) return;
    this.#vanish();
    this.#events?.closed(undefined);
  }
}

/** Takes the first `count` bytes of `chunks`, in an array of its own. */
function takeBytes(chunks: Uint8Array[], count: number): Uint8Array {
  const first = chunks[0]!;
  if (first.length === count) return chunks.shift()!;
  if (first.length > count) {
    chunks[0] = first.subarray(count);
    return first.slice(0, count);
  }
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count;) {
    const chunk = chunks[0]!;
    const part = chunk.subarray(0, count - at);
    bytes.set(part, at);
    at += part.length;
    if (part.length === chunk.length) chunks.shift();
    else chunks[0] = chunk.subarray(part.length);
  }
  return bytes;
}
