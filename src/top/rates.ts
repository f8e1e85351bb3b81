/** From what servers have counted since they started to how much they do a second. */
import type { HerdState, OwnState } from "../gateway/herd_state.ts";

/** Of one server, or of all: how many a second. */
export interface Rates {
  readonly reports: number;
  readonly searches: number;
  readonly atIn: number;
  readonly atOut: number;
}

/** Moments that are remembered. */
const HISTORY = 120;

export class RateMeter {
  readonly #last = new Map<string, OwnState>();
  readonly #rates = new Map<string, Rates>();
  readonly #reports = new Map<string, (number | undefined)[]>();
  readonly #totals: (Rates | undefined)[] = [];

  /** Takes in how the herd is now. A server that says nothing, or has just started, has no rates. */
  add(state: HerdState): void {
    for (const { name, own } of state.servers) {
      const rates = this.#next(name, own);
      if (rates === undefined) this.#rates.delete(name);
      else this.#rates.set(name, rates);
      remember(this.#listOf(name), rates?.reports);
    }
    remember(this.#totals, this.total);
  }

  /** Of one server. */
  of(name: string): Rates | undefined {
    return this.#rates.get(name);
  }

  /** Of all servers whose rates are known; undefined where there is none. */
  get total(): Rates | undefined {
    if (this.#rates.size === 0) return undefined;
    const all = [...this.#rates.values()];
    const sum = (of: (rates: Rates) => number) => all.reduce((total, rates) => total + of(rates), 0);
    return {
      reports: sum(({ reports }) => reports),
      searches: sum(({ searches }) => searches),
      atIn: sum(({ atIn }) => atIn),
      atOut: sum(({ atOut }) => atOut),
    };
  }

  /** The reports a second of a server, the newest last. */
  history(name: string): readonly (number | undefined)[] {
    return this.#reports.get(name) ?? [];
  }

  /** The totals, the newest last. */
  get totals(): readonly (Rates | undefined)[] {
    return this.#totals;
  }

  #listOf(name: string): (number | undefined)[] {
    const list = this.#reports.get(name) ?? [];
    this.#reports.set(name, list);
    return list;
  }

  #next(name: string, own: OwnState | null): Rates | undefined {
    const last = this.#last.get(name);
    if (own === null) {
      this.#last.delete(name);
      return undefined;
    }
    this.#last.set(name, own);
    if (last === undefined || last.run !== own.run) return undefined;
    // By the server's own clock: its answer may be some moments old.
    const seconds = own.uptimeSeconds - last.uptimeSeconds;
    // It is the same answer, as where others have asked a moment before.
    if (seconds <= 0) return this.#rates.get(name);
    const { counters: now } = own;
    const { counters: then } = last;
    return {
      reports: (now.reports - then.reports) / seconds,
      searches: (now.searches - then.searches) / seconds,
      atIn: (now.reportsReceived - then.reportsReceived) / seconds,
      atOut: (now.reportsSent - then.reportsSent) / seconds,
    };
  }
}

function remember<T>(list: T[], value: T): void {
  list.push(value);
  if (list.length > HISTORY) list.shift();
}
