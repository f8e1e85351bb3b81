/**
 * The clients: each roams from server to server, opens a session, and sends reports of moving clients, questions and
 * garbage, some one at a time and some many at once. Every reply is checked when it comes.
 */
import { FIVE } from "../conformance/harness.ts";
import type { SmallDisk } from "./disk.ts";
import type { Findings } from "./findings.ts";
import type { Held, Ledger, Report } from "./ledger.ts";
import type { Life, Pack } from "./pack.ts";
import type { ServerName } from "./plan.ts";
import { Random } from "./random.ts";
import { type Request, Session } from "./session.ts";
import { wait } from "./wait.ts";

/** Requests sent before replies are waited for; clients are of each sort in turn. */
const DEPTHS = [1, 10, 1, 40] as const;
const CONNECT_MS = 3_000;
/** Longer than any fault lasts, and a start after it. */
const REPLY_MS = 15_000;
/** A client that reaches nobody tries another server after so long. */
const AWAY_MS = 50;
/** Clients in use at a time. Others have been heard of for the last time, so that nothing newer covers a loss. */
const ACTIVE = 240;
/** New ones a second, each in the place of an old one. */
const NEW_PER_SECOND = 60;
const LONG_LINE_BYTES = 5_000;
const LINE_BYTES = 4_096;

export interface LoadOptions {
  readonly pack: Pack;
  readonly ledger: Ledger;
  readonly findings: Findings;
  readonly disk: SmallDisk;
  readonly diskOf: ServerName;
  readonly seed: number;
  readonly roamers: number;
  /** Reports a second, of all together, at most. */
  readonly rate: number;
}

/** Tells whether a valid report may be refused, as it may be while the server's disk is full. */
export class DiskTrouble {
  #isOn = false;
  #times = 0;

  begin(): void {
    this.#isOn = true;
    this.#times++;
  }

  /** To be called once the server is known to have found out that all is well. */
  end(): void {
    this.#isOn = false;
  }

  /** Call it when something is sent, and the answer when the reply has come: whether there was trouble between. */
  watch(): () => boolean {
    const times = this.#isOn ? -1 : this.#times;
    return () => times !== this.#times;
  }
}

export class Load {
  readonly trouble = new DiskTrouble();
  readonly #options: LoadOptions;
  readonly #roamers: readonly Roamer[];
  #isOn = false;
  #running: Promise<void> = Promise.resolve();
  /** The time under load before it was started last, and when that was. */
  #pastMs = 0;
  #startedMs = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#roamers = Array.from({ length: options.roamers }, (_, i) => new Roamer(options, this, i));
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  start(): void {
    this.#isOn = true;
    this.#startedMs = performance.now();
    this.#running = Promise.all(this.#roamers.map((roamer) => roamer.roam())).then(() => {});
    // Whoever stops it hears of it.
    this.#running.catch(() => {});
  }

  /** Resolves once every client has ended its session, or given it up. */
  async stop(): Promise<void> {
    if (!this.#isOn) return;
    this.#isOn = false;
    this.#pastMs += performance.now() - this.#startedMs;
    await this.#running;
  }

  /** A client to speak of now. */
  pick(random: Random): number {
    const ms = this.#pastMs + (this.#isOn ? performance.now() - this.#startedMs : 0);
    const first = Math.floor(ms / 1_000 * NEW_PER_SECOND);
    this.#options.ledger.grow(first + ACTIVE);
    return random.between(first, first + ACTIVE - 1);
  }
}

/** What a session has been told of a client, behind which no later answer on it may fall. */
type Seen = Map<number, number>;

class Roamer {
  readonly #options: LoadOptions;
  readonly #load: Load;
  readonly #random: Random;
  readonly #depth: number;
  /** Reports that got no answer: sent once more, to another server. */
  #doubts: Report[] = [];

  constructor(options: LoadOptions, load: Load, index: number) {
    this.#options = options;
    this.#load = load;
    this.#random = new Random(options.seed * 1_000 + index);
    this.#depth = DEPTHS[index % DEPTHS.length] ?? 1;
  }

  async roam(): Promise<void> {
    while (this.#load.isOn) {
      const server = this.#random.pick(FIVE);
      const { pack } = this.#options;
      const life = pack.life(server);
      const session = life === undefined ? undefined : await Session.connect(pack.portOf(server), CONNECT_MS);
      if (life === undefined || session === undefined) await wait(AWAY_MS);
      else await this.#visit(server, life, session);
    }
  }

  async #visit(server: ServerName, life: Life, session: Session): Promise<void> {
    const { findings, roamers, rate } = this.#options;
    const seen: Seen = new Map();
    findings.tally.sessions++;
    for (let batches = this.#random.between(1, 2 + Math.ceil(60 / this.#depth)); batches > 0; batches--) {
      const requests = Array.from({ length: this.#depth }, () => this.#request(server, seen));
      const begunMs = performance.now();
      session.send(requests, this.#splits());
      if (batches === 1 && this.#random.chance(0.1)) return this.#vanish(session);
      const outcome = await session.settled(REPLY_MS);
      if (outcome !== "answered") {
        // A server that is frozen or out of disk may be late; one that was killed ends its sessions.
        if (outcome === "ended" && !life.isEnding) findings.add(`${server} dropped a session`);
        return this.#giveUp(session);
      }
      if (!this.#load.isOn) break;
      await wait(Math.max(0, this.#depth * roamers / rate * 1_000 - (performance.now() - begunMs)));
    }
    await this.#leave(server, life, session);
  }

  /** In good order: nothing may come that was not asked for, and the server ends the session too. */
  async #leave(server: ServerName, life: Life, session: Session): Promise<void> {
    const { findings } = this.#options;
    if (this.#random.chance(0.15)) {
      // In the middle of a line, which has no answer, or one that nobody waits for.
      findings.tally.vanished++;
      session.mutter(`IAMAT ${this.#options.ledger.nameOf(this.#load.pick(this.#random))} +12.`);
      return this.#random.chance(0.5) ? session.reset() : session.close();
    }
    const ended = await session.finish(REPLY_MS);
    if (!ended && !life.isEnding) findings.add(`${server} did not end a session whose client had`);
    if (session.unread === "") return;
    findings.add(`${server} sent what nobody had asked for: ${JSON.stringify(session.unread.slice(0, 200))}`);
  }

  /** With requests under way, of which nobody will ever know what became. */
  #vanish(session: Session): void {
    this.#options.findings.tally.vanished++;
    this.#giveUp(session);
  }

  #giveUp(session: Session): void {
    session.reset();
    for (const request of session.unanswered.splice(0)) {
      if (!isReportRequest(request)) continue;
      this.#options.ledger.doubt();
      if (!request.isAgain) this.#doubts.push(request.report);
    }
  }

  #request(server: ServerName, seen: Seen): Request {
    const kind = this.#random.fraction();
    if (kind < 0.04) return this.#garbage(server);
    if (kind < 0.16) return this.#question(server, seen);
    const doubt = this.#doubts.pop();
    const again = doubt === undefined ? undefined : this.#options.ledger.reissue(doubt, server);
    const report = again ?? this.#options.ledger.issue(this.#load.pick(this.#random), server);
    return this.#reportRequest(report, again !== undefined, seen);
  }

  #reportRequest(report: Report, isAgain: boolean, seen: Seen): ReportRequest {
    const { findings, ledger, diskOf } = this.#options;
    const wasTrouble = this.#load.trouble.watch();
    return {
      line: report.line,
      isQuestion: false,
      report,
      isAgain,
      answered: (reply) => {
        if (reply === `? ${report.line}`) {
          ledger.refuse(report);
          if (report.server === diskOf && wasTrouble()) return;
          return findings.add(`${report.server} refused a valid report: ${report.line}`);
        }
        const problem = ledger.acknowledge(report, reply);
        if (problem === undefined) raise(seen, report.client, report.step);
        else findings.add(`${report.server} answered ${report.line} wrong: ${problem}`);
      },
    };
  }

  #question(server: ServerName, seen: Seen): Request {
    const { findings, ledger } = this.#options;
    const client = this.#load.pick(this.#random);
    const line = `WHATSAT ${ledger.nameOf(client)} 10 0`;
    findings.tally.questions++;
    return {
      line,
      isQuestion: true,
      answered: (reply) => {
        const known = seen.get(client) ?? 0;
        if (reply === `? ${line}` && known === 0) return;
        const held = readAnswer(ledger, client, reply);
        if (typeof held === "string") findings.add(`${server} answered ${line} wrong: ${held}`);
        else if (held.step >= known) raise(seen, client, held.step);
        else {findings.add(
            `${server} answered ${line} by an older report than it had on this session: ${reply}`,
          );}
      },
    };
  }

  #garbage(server: ServerName): Request {
    const { findings } = this.#options;
    const line = garbageLine(this.#random);
    findings.tally.garbageLines++;
    return {
      line,
      isQuestion: false,
      answered: (reply) => {
        if (reply !== `? ${line.slice(0, LINE_BYTES)}`) {
          findings.add(`${server} answered garbage ${JSON.stringify(line)} by ${JSON.stringify(reply)}`);
        }
      },
    };
  }

  /** Where the bytes of a batch are parted, in writes of their own. */
  #splits(): readonly number[] {
    return Array.from({ length: this.#random.between(0, 2) }, () => this.#random.between(1, 60 * this.#depth))
      .sort((a, b) => a - b);
  }
}

interface ReportRequest extends Request {
  readonly report: Report;
  /** It was sent before, to another server. */
  readonly isAgain: boolean;
}

function isReportRequest(request: Request): request is ReportRequest {
  return "report" in request;
}

function raise(seen: Seen, client: number, step: number): void {
  seen.set(client, Math.max(step, seen.get(client) ?? 0));
}

const NO_RESULTS =
  /^\{\s*"html_attributions"\s*:\s*\[\s*\],\s*"results"\s*:\s*\[\s*\],\s*"status"\s*:\s*"ZERO_RESULTS"\s*\}$/;

/** @returns what the answer to a WHATSAT with bound 0 says, or what is wrong with it. */
export function readAnswer(ledger: Ledger, client: number, reply: string): Held | string {
  const lf = reply.indexOf("\n");
  if (!NO_RESULTS.test(reply.slice(lf + 1))) {
    return `its JSON is not what it should be: ${JSON.stringify(reply)}`;
  }
  return ledger.read(client, reply.slice(0, lf));
}

function garbageLine(random: Random): string {
  switch (random.between(0, 5)) {
    case 0:
      return "";
    case 1:
      return "AT Welsh +0.000000001 rover-0.cs.ucla.edu +1.00000+1.00000 1";
    case 2:
      return "HERD/1 MARK 1000000";
    case 3:
      return `IAMAT rover-0.cs.ucla.edu +91-181 ${random.between(0, 1_000_000)}`;
    case 4:
      return "x".repeat(LONG_LINE_BYTES);
    default:
      return Array.from({ length: random.between(1, 60) }, () => {
        const byte = random.between(0, 255);
        return byte === 0x0a || byte === 0x0d ? "?" : String.fromCharCode(byte);
      }).join("");
  }
}
