/**
 * What the clients know: each report that was sent, to whom, and what became of it. A report's position and time follow
 * from its client and its step, so that any AT line can be judged without keeping all that was said.
 *
 * A report is acknowledged once its AT line has arrived complete, refused once a `? ` has; in between it is in doubt:
 * the herd may hold it or not.
 */
import { FIVE, nanosOf, nowNanos, timeText } from "../conformance/harness.ts";
import type { ServerName } from "./plan.ts";

/** One IAMAT. */
export interface Report {
  readonly client: number;
  /** 1 for the client's first report. The times of two steps are a nanosecond apart. */
  readonly step: number;
  readonly server: ServerName;
  /** The IAMAT, without its LF. */
  readonly line: string;
}

/** A client's newest acknowledged step, and its AT line by the server that acknowledged it. */
interface Acknowledged {
  readonly step: number;
  readonly lines: Map<string, string>;
}

interface Client {
  readonly name: string;
  /** For each step the servers that it was sent to and did not refuse it, a bit each. */
  readonly sentTo: number[];
  acknowledged: Acknowledged | undefined;
}

/** What an AT line says. */
export interface Held {
  readonly step: number;
  readonly origin: string;
}

const AT = /^AT (\S+) [+-]\d+\.\d{9} (\S+) (\S+) (\S+)$/;

export class Ledger {
  acknowledgedCount = 0;
  doubtfulCount = 0;
  refusedCount = 0;
  readonly #clients: Client[] = [];
  readonly #startNanos = nowNanos() / 1_000_000_000n * 1_000_000_000n;

  /** Clients there are. */
  get size(): number {
    return this.#clients.length;
  }

  /** Makes sure that there are clients up to number `count` - 1. */
  grow(count: number): void {
    while (this.#clients.length < count) {
      this.#clients.push({
        name: `rover-${this.#clients.length}.cs.ucla.edu`,
        sentTo: [],
        acknowledged: undefined,
      });
    }
  }

  nameOf(client: number): string {
    return this.#client(client).name;
  }

  /** The client's next report, to be sent to `server`. */
  issue(client: number, server: ServerName): Report {
    const { sentTo } = this.#client(client);
    sentTo.push(bitOf(server));
    return this.#report(client, sentTo.length, server);
  }

  /** The same report to another server, as a client sends that got no answer. Undefined where that one got it already. */
  reissue({ client, step }: Report, server: ServerName): Report | undefined {
    const { sentTo } = this.#client(client);
    const servers = sentTo[step - 1] ?? 0;
    if ((servers & bitOf(server)) !== 0) return undefined;
    sentTo[step - 1] = servers | bitOf(server);
    return this.#report(client, step, server);
  }

  /** @returns what is wrong with this line as the reply to the report, or undefined. */
  acknowledge(report: Report, line: string): string | undefined {
    const { client, step, server } = report;
    const held = this.read(client, line);
    if (typeof held === "string") return held;
    if (held.step !== step || held.origin !== server) return `it speaks of another report: ${line}`;
    this.acknowledgedCount++;
    const record = this.#client(client);
    const newest = record.acknowledged;
    if (newest === undefined || newest.step < step) {
      record.acknowledged = { step, lines: new Map([[server, line]]) };
    } else if (newest.step === step) {
      newest.lines.set(server, line);
    }
    return undefined;
  }

  refuse({ client, step, server }: Report): void {
    this.refusedCount++;
    const { sentTo } = this.#client(client);
    sentTo[step - 1] = (sentTo[step - 1] ?? 0) & ~bitOf(server);
  }

  doubt(): void {
    this.doubtfulCount++;
  }

  /** @returns what an AT line says of the client, or what is wrong with it. */
  read(client: number, line: string): Held | string {
    const [, origin = "", name, position, time = ""] = AT.exec(line) ?? [];
    const record = this.#client(client);
    if (name !== record.name) return `no AT line of ${record.name}: ${JSON.stringify(line)}`;
    const step = Number(nanosOf(time) - this.#startNanos);
    if (time !== this.#timeOf(step) || position !== positionOf(client, step)) {
      return `no report of ${name} says so: ${line}`;
    }
    if (((record.sentTo[step - 1] ?? 0) & bitOf(origin)) === 0) {
      return `${origin} was not sent this report, or refused it: ${line}`;
    }
    return { step, origin };
  }

  /** Whether anything of the client was ever acknowledged. */
  isKnown(client: number): boolean {
    return this.#client(client).acknowledged !== undefined;
  }

  /** @returns how far what is held of the client is behind what was acknowledged; undefined where nothing was lost. */
  lossOf(client: number, line: string | undefined): string | undefined {
    const { name, acknowledged } = this.#client(client);
    if (acknowledged === undefined) return undefined;
    const { step, lines } = acknowledged;
    const promised = `${name}: ${[...lines.values()].join(" and ")} was acknowledged`;
    if (line === undefined) return `${promised}, and nothing is held`;
    const held = this.read(client, line);
    if (typeof held === "string" || held.step > step) return undefined;
    if (held.step < step) return `${promised}, and ${line} is held`;
    const first = [...lines.keys()].sort()[0] ?? "";
    if (held.origin > first) return `${promised}, and at the same time ${line} is held`;
    const own = lines.get(held.origin);
    return own === undefined || own === line ? undefined : `${promised}, and ${line} is held: other bytes`;
  }

  #report(client: number, step: number, server: ServerName): Report {
    const { name } = this.#client(client);
    const line = `IAMAT ${name} ${positionOf(client, step)} ${this.#timeOf(step)}`;
    return { client, step, server, line };
  }

  #timeOf(step: number): string {
    return timeText(this.#startNanos + BigInt(step));
  }

  #client(client: number): Client {
    const record = this.#clients[client];
    if (record === undefined) throw new Error(`there is no client ${client}`);
    return record;
  }
}

function bitOf(server: string): number {
  const index = FIVE.findIndex((name) => name === server);
  return index < 0 ? 0 : 1 << index;
}

/** Where a client is at a step: somewhere else each time. */
function positionOf(client: number, step: number): string {
  const latitude = (client * 7_919 + step * 104_729) % 18_000_001 / 100_000 - 90;
  const longitude = (client * 15_485_863 + step * 32_452_843) % 36_000_001 / 100_000 - 180;
  return signed(latitude) + signed(longitude);
}

function signed(degrees: number): string {
  return (degrees < 0 ? "-" : "+") + Math.abs(degrees).toFixed(5);
}
