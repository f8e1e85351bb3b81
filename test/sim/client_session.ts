/**
 * One session of a simulated client, with the model that every reply is held against: one for each request, in their
 * order, each what protocol.md says it is.
 */
import type { ConnectionEvents } from "../../src/runtime/runtime.ts";
import type { Ledger } from "./ledger.ts";
import { compareReports, nanosOf, parseReport, type Report } from "./order.ts";
import type { Expected } from "./requests.ts";
import { trueNanos } from "./sim_clock.ts";
import type { End } from "./sim_connection.ts";
import { placeName, PLACES } from "./sim_places.ts";
import type { Run, SimServer } from "./sim_server.ts";
import { binary, show, type Trace, unbinary, Violation } from "./trace.ts";

/** What the sessions of a history share. */
export interface SessionWorld {
  readonly ledger: Ledger;
  readonly trace: Trace;
  readonly futureSeconds: number;
  readonly lineBytes: number;
  /** Whether a report may be refused, or wait long, since the journal cannot be written. */
  readonly mayRefuse: boolean;
  nowUs(): number;
  replied(): void;
  /** A report was acknowledged by `server`, and the client knows it. */
  acknowledged(server: SimServer): void;
}

/** The fields of an IAMAT, whatever follows them. */
const IAMAT = /^[ \t\v\f]*IAMAT[ \t\v\f]+([^ \t\v\f]+)[ \t\v\f]+([^ \t\v\f]+)[ \t\v\f]+([^ \t\v\f]+)/;

export class ClientSession implements ConnectionEvents {
  readonly name: string;
  readonly #world: SessionWorld;
  readonly #server: SimServer;
  readonly #run: Run;
  readonly #end: End;
  readonly #expected: Expected[] = [];
  /** The newest that this session has seen of each client: nothing older may follow. */
  readonly #seen = new Map<string, Report>();
  #text = "";
  #over = false;
  #ended = false;
  #wentSilent = false;
  /** A reason that the server may have to end it: the client was slow, idle, or left a line unfinished. */
  isLenient = false;

  constructor(world: SessionWorld, name: string, server: SimServer, run: Run, end: End) {
    this.name = name;
    this.#world = world;
    this.#server = server;
    this.#run = run;
    this.#end = end;
    end.start(this);
  }

  get server(): SimServer {
    return this.#server;
  }

  /** Whether more can be said. */
  get isOpen(): boolean {
    return !this.#over && !this.#ended && !this.#wentSilent;
  }

  /** Whether replies must still come: the server lives, and nothing has come between. */
  get isOwed(): boolean {
    const mustAnswer = !this.#over && !this.#wentSilent && !this.#mayBreak();
    return mustAnswer && (this.#expected.length > 0 || this.#ended);
  }

  get owed(): string {
    const [first] = this.#expected;
    return first === undefined ? "the end" : `the reply to ${show(describe(first))}`;
  }

  /** A fault has touched the client's way to the server. */
  disturb(): void {
    this.#end.disturb();
  }

  /** Sends requests, in the text that asks them. */
  ask(text: string, expected: readonly Expected[]): void {
    if (!this.isOpen) return;
    this.#world.trace.say(this.name, ">", () => show(text));
    for (const one of expected) {
      this.#expected.push(one);
      // What is no command as a whole may be one as far as it comes, where the client leaves in the middle of it.
      const text = one.kind === "invalid" ? one.copy : one.line;
      const [, id, position, time] = IAMAT.exec(text) ?? [];
      if (id !== undefined && position !== undefined && time !== undefined) {
        this.#world.ledger.say(this.#server.name, id, position, time);
      }
    }
    this.#end.write(unbinary(text));
  }

  /** Ends the sending side; what is due must still come, and then the end. */
  halfClose(): void {
    if (!this.isOpen) return;
    this.#world.trace.say(this.name, "ends");
    this.#ended = true;
    this.#end.end();
  }

  /** Goes away. @param isSilent nobody is told. */
  vanish(isSilent: boolean): void {
    this.#world.trace.say(this.name, isSilent ? "is gone" : "leaves");
    this.#world.ledger.cutShort(this.#server.name);
    this.#wentSilent = true;
    this.#over = true;
    if (isSilent) this.#end.abandon(false);
    else this.#end.destroy();
  }

  pause(): void {
    this.isLenient = true;
    this.#end.pause();
  }

  resume(): void {
    this.#end.resume();
  }

  received(bytes: Uint8Array): void {
    this.#world.trace.say(this.name, "<", () => show(bytes));
    this.#text += binary(bytes);
    for (let reply = this.#nextReply(); reply !== undefined; reply = this.#nextReply()) {
      const expected = this.#expected.shift();
      if (expected === undefined) this.#fail("replies", `a reply to nothing: ${show(reply)}`);
      this.#world.replied();
      this.#check(expected, reply);
    }
  }

  drained(): void {}

  ended(): void {
    if (this.#ended && this.#expected.length === 0 && this.#text === "") {
      this.#over = true;
      return;
    }
    if (!this.#mayBreak()) this.#fail("replies", `it ended while ${this.owed} was due`);
    this.vanish(false);
  }

  closed(cause: Error | undefined): void {
    if (this.#over) return;
    this.#over = true;
    const isWhole = this.#ended && this.#expected.length === 0 && this.#text === "";
    if (isWhole && cause === undefined) return;
    if (!this.#mayBreak()) {
      this.#fail("replies", `it broke (${cause?.message ?? "closed"}) while ${this.owed} was due`);
    }
  }

  /** Whether the session may end without all that is due. */
  #mayBreak(): boolean {
    if (this.#end.isDisturbed || this.#run.isStopping || this.#server.run !== this.#run) return true;
    const { host, port } = this.#end.local;
    const reason = this.#run.witness.reasonFor(`${host}:${port}`);
    if (reason === undefined) return false;
    if (reason.startsWith("refused: ")) return true;
    const isForTime = reason.startsWith("it did not take") || reason.startsWith("a line") ||
      reason === "it was idle";
    return isForTime && (this.isLenient || this.#world.mayRefuse);
  }

  #fail(check: string, what: string): never {
    throw new Violation(check, `${this.name} at ${this.#server.name}: ${what}`);
  }

  /** Takes the next whole reply off what has come; it is as long as its request makes it. */
  #nextReply(): string | undefined {
    const isPlaces = this.#expected[0]?.kind === "whatsat" && this.#text.startsWith("AT ");
    const mark = isPlaces ? "\n\n" : "\n";
    const end = this.#text.indexOf(mark);
    if (end < 0) return undefined;
    const reply = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + mark.length);
    return reply;
  }

  #check(expected: Expected, reply: string): void {
    switch (expected.kind) {
      case "invalid":
        if (reply !== `? ${expected.copy}`) this.#mismatch(expected, reply);
        return;
      case "iamat":
        return this.#checkIamat(expected, reply);
      case "whatsat":
        return this.#checkWhatsat(expected, reply);
    }
  }

  #mismatch(expected: Expected, reply: string): never {
    this.#fail("replies", `${show(describe(expected))} was answered ${show(reply)}`);
  }

  #checkIamat(expected: Extract<Expected, { kind: "iamat" }>, reply: string): void {
    const { wall } = this.#server.machine;
    const future = BigInt(this.#world.futureSeconds) * 1_000_000_000n;
    const time = nanosOf(expected.time);
    const earliest = trueNanos(expected.sentUs) + wall.lowestNanos;
    const latest = trueNanos(this.#world.nowUs()) + wall.highestNanos;
    if (reply === `? ${expected.line}`) {
      if (time <= earliest + future && !this.#world.mayRefuse) this.#mismatch(expected, reply);
      return;
    }
    const report = parseReport(reply);
    if (report === undefined || time > latest + future) this.#mismatch(expected, reply);
    const { origin, id, position } = report;
    const isOfIt = origin === this.#server.name && id === expected.id && position === expected.position &&
      report.time === expected.time;
    const arrival = time + nanosOf(report.skew);
    if (!isOfIt || arrival < earliest || arrival > latest) this.#mismatch(expected, reply);
    this.#world.ledger.promise(report, !this.#run.isExcused);
    this.#world.acknowledged(this.#server);
    this.#see(report);
  }

  #checkWhatsat(expected: Extract<Expected, { kind: "whatsat" }>, reply: string): void {
    const seen = this.#seen.get(expected.id);
    if (reply === `? ${expected.line}`) {
      if (seen !== undefined) {
        this.#fail("stale", `${show(expected.line)} was refused, after ${show(seen.line)} on this session`);
      }
      return;
    }
    const lineEnd = reply.indexOf("\n");
    const report = parseReport(reply.slice(0, lineEnd));
    if (report === undefined || report.id !== expected.id) this.#mismatch(expected, reply);
    if (!this.#world.ledger.wasSaid(report)) {
      this.#fail("invented", `${show(expected.line)} was told what nobody said: ${show(report.line)}`);
    }
    if (seen !== undefined && compareReports(report, seen) < 0) {
      this.#fail("stale", `${show(expected.line)} was told ${show(report.line)} after ${show(seen.line)}`);
    }
    this.#see(report);
    if (!arePlaces(reply.slice(lineEnd + 1), report, expected)) {
      this.#mismatch(expected, reply.slice(lineEnd));
    }
  }

  #see(report: Report): void {
    const seen = this.#seen.get(report.id);
    if (seen === undefined || compareReports(report, seen) > 0) this.#seen.set(report.id, report);
  }
}

function describe(expected: Expected): string {
  return expected.kind === "invalid" ? expected.copy : expected.line;
}

/** Whether `json` is what a Nearby Search around the report brings, cut to the bound, or says why it brings nothing. */
function arePlaces(
  json: string,
  report: Report,
  asked: { readonly radius: string; readonly bound: number },
): boolean {
  if (json.includes("\n\n")) return false;
  const answer = JSON.parse(json) as {
    readonly status?: unknown;
    readonly error_message?: unknown;
    readonly results?: readonly { readonly name?: unknown }[];
  };
  const names = (answer.results ?? [{}]).map(({ name }) => name);
  const asksNothing = asked.bound === 0 || Number(asked.radius) === 0;
  if (asksNothing) return answer.status === "ZERO_RESULTS" && names.length === 0;
  if (answer.status !== "OK") return typeof answer.error_message === "string" && names.length === 0;
  const [, latitude = "", longitude = ""] = /^([+-][\d.]+)([+-][\d.]+)$/.exec(report.position) ?? [];
  const plain = (coordinate: string) => coordinate.replace("+", "");
  const around = Array.from({ length: PLACES }, (_, i) => placeName(plain(latitude), plain(longitude), i));
  return names.join() === around.slice(0, asked.bound).join();
}
