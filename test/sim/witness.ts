/**
 * The log of one life of a server, read by a checker. On every link each report may pass once in each direction, and
 * never back to who brought it; so over all links no report makes more messages than twice their number.
 */
import type { EventLevel, ServerLog } from "../../src/log/server_log.ts";
import type { Instant } from "../../src/runtime/runtime.ts";
import { binary, show, type Trace } from "./trace.ts";

const MARK = "HERD/1 MARK ";
const SEEN = "HERD/1 SEEN ";

/** What passed on one link, while it lived. */
interface LinkLife {
  readonly neighbor: string;
  readonly sent: Set<string>;
  /** What the server did not know before it came from there. */
  readonly news: Set<string>;
  /** How far the neighbor was told that it has come. */
  marked: number;
}

/** What all witnesses of a history tell. */
export interface WitnessStand {
  readonly trace: Trace;
  /** An AT line was sent on a link. */
  reportSent(line: string): void;
  /** A neighbor has said hello, and its handshake goes on. */
  linkBegun(server: string): void;
  linkUp(server: string, neighbor: string): void;
  linkDown(server: string, neighbor: string, reason: string): void;
  /** The server has taken in all that its neighbor had changed up to `seq`, or so the neighbor says. */
  marked(server: string, neighbor: string, seq: number): void;
  /** A check did not hold: ends the history after this event. */
  fail(check: string, message: string): void;
}

export class Witness implements ServerLog {
  readonly #server: string;
  readonly #stand: WitnessStand;
  /** By the label that a link has for as long as it lives; null for a session's. */
  readonly #links = new Map<Uint8Array, LinkLife | null>();
  /** Reports that the server knows, or knew. */
  readonly #known = new Set<string>();
  readonly #closed = new Map<string, string>();

  constructor(server: string, stand: WitnessStand) {
    this.#server = server;
    this.#stand = stand;
  }

  /** The server has these from an earlier life. */
  remembers(lines: Iterable<string>): void {
    for (const line of lines) this.#known.add(line);
  }

  /** Why the server ended the session of `peer`, or refused it; undefined where it did not. */
  reasonFor(peer: string): string | undefined {
    return this.#closed.get(peer);
  }

  lines(
    _now: Instant,
    peer: Uint8Array,
    sign: "<" | ">",
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    if (start === end) return;
    const { trace } = this.#stand;
    trace.say(this.#server, sign, () => `${show(peer)}: ${show(bytes.subarray(start, end))}`);
    const link = this.#linkOf(peer);
    if (link === null) return;
    for (const line of binary(bytes.subarray(start, end)).split("\n")) {
      if (line.startsWith("AT ")) this.#passed(link, sign, line);
      else if (line.startsWith(MARK)) this.#marked(link, sign, Number(line.slice(MARK.length)));
      else if (sign === "<" && line.startsWith(SEEN)) this.#seen(link, Number(line.slice(SEEN.length)));
    }
  }

  message(_now: Instant, peer: Uint8Array, sign: "<" | ">", bytes: Uint8Array): void {
    this.#stand.trace.say(this.#server, sign, () => `${show(peer)}: ${show(bytes)}`);
  }

  event(_level: EventLevel, peer: string, sign: "+" | "-" | "!", text: string): void {
    this.#stand.trace.say(this.#server, sign, () => `${peer}: ${show(text)}`);
    if (text === "session closed: it became a link") this.#stand.linkBegun(this.#server);
    else if (text.startsWith("session closed: ")) {
      this.#closed.set(peer, text.slice("session closed: ".length));
    } else if (text.startsWith("refused: ")) this.#closed.set(peer, text);
    else if (text === "link up") this.#stand.linkUp(this.#server, peer);
    else if (text.startsWith("link down: ")) {
      this.#stand.linkDown(this.#server, peer, text.slice("link down: ".length));
    } else if (text.startsWith("ignored a line")) {
      this.#stand.fail("stray", `${this.#server} heard from ${peer} what no neighbor says: ${text}`);
    } else if (text.startsWith("a fault of herd's own")) {
      this.#stand.fail("fault", `${this.#server} with ${peer}: ${text}`);
    } else if (text.includes("the handshake failed (")) {
      this.#stand.fail("handshake", `${this.#server} with ${peer}: ${text}`);
    }
  }

  #linkOf(label: Uint8Array): LinkLife | null {
    const known = this.#links.get(label);
    if (known !== undefined) return known;
    const name = binary(label);
    // Sessions are known by an address and a port.
    const link = name.includes(":")
      ? null
      : { neighbor: name, sent: new Set<string>(), news: new Set<string>(), marked: 0 };
    this.#links.set(label, link);
    return link;
  }

  #marked(link: LinkLife, sign: "<" | ">", seq: number): void {
    if (sign === "<") this.#stand.marked(this.#server, link.neighbor, seq);
    else link.marked = seq;
  }

  #seen(link: LinkLife, seq: number): void {
    if (seq <= link.marked) return;
    const told = `and had been told ${link.marked}`;
    this.#stand.fail("seen", `${link.neighbor} told ${this.#server} that it had seen ${seq}, ${told}`);
  }

  #passed(link: LinkLife, sign: "<" | ">", line: string): void {
    const isKnown = this.#known.has(line);
    this.#known.add(line);
    if (sign === "<") {
      if (!isKnown) link.news.add(line);
      return;
    }
    const said = `${this.#server} sent ${link.neighbor} ${show(line)}`;
    if (link.sent.has(line)) this.#stand.fail("sent twice", `${said} twice on one link`);
    if (link.news.has(line)) this.#stand.fail("sent back", `${said}, which it had from there`);
    link.sent.add(line);
    this.#stand.reportSent(line);
  }
}
