/** How much the herd does, from the counters that its servers tell of each time they are asked. */
import type { HerdView } from "./answers.ts";

export interface Rates {
  /** A second, of all servers that told of themselves. */
  readonly reports: number;
  readonly searches: number;
  readonly lines: number;
  /** In the registry of the server that was asked. */
  readonly clients: number;
}

interface Reading {
  readonly run: string;
  readonly atMs: number;
  readonly reports: number;
  readonly searches: number;
  readonly lines: number;
}

/** Keeps the last reading of each server, and gives what happened between two. */
export class RateMeter {
  #last: ReadonlyMap<string, Reading> = new Map();

  /**
   * @param nowMs when it was answered, on a clock that does not jump.
   * @returns undefined where there is nothing to compare with yet.
   */
  read(herd: HerdView, nowMs: number): Rates | undefined {
    const readings = new Map<string, Reading>();
    let reports = 0;
    let searches = 0;
    let lines = 0;
    let compared = 0;
    for (const { name, own } of herd.servers) {
      if (own === null) continue;
      const { counters: count, run } = own;
      const now: Reading = {
        run,
        atMs: nowMs,
        reports: count.reports,
        searches: count.searches,
        lines: count.reportsReceived + count.reportsSent,
      };
      readings.set(name, now);
      const last = this.#last.get(name);
      // A server that was started anew counts from zero.
      if (last?.run !== run || last.atMs >= nowMs) continue;
      const seconds = (nowMs - last.atMs) / 1000;
      compared++;
      reports += Math.max(0, now.reports - last.reports) / seconds;
      searches += Math.max(0, now.searches - last.searches) / seconds;
      lines += Math.max(0, now.lines - last.lines) / seconds;
    }
    this.#last = readings;
    if (compared === 0) return undefined;
    const asked = herd.servers.find(({ name }) => name === herd.asked);
    return { reports, searches, lines, clients: asked?.own?.clients ?? 0 };
  }
}
