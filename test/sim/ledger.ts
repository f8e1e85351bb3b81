/** What the clients know: what they have said, what they were promised, and what the herd may have lost since. */
import { compareReports, type Report } from "./order.ts";
import { show, Violation } from "./trace.ts";

/** The newest report of each client. */
export type Newest = ReadonlyMap<string, Report>;

/** A server lost what it held of a client: what is newer than `floor` and not newer than `lost` is gone with it. */
interface Loss {
  readonly floor: Report | undefined;
  readonly lost: Report;
}

export class Ledger {
  /** Every IAMAT that may have reached the server it was for. */
  readonly #said = new Map<string, Set<string>>();
  /** Servers with a session that ended anywhere in a line: what was said to them may be cut short. */
  readonly #cutShort = new Set<string>();
  readonly #promised: Report[] = [];
  /** By server and client: the newest that it has acknowledged, and must have kept whatever happened to it since. */
  readonly #kept = new Map<string, Map<string, Report>>();
  readonly #losses = new Map<string, Loss[]>();

  get promises(): number {
    return this.#promised.length;
  }

  say(origin: string, id: string, position: string, time: string): void {
    const key = `${origin} ${id} ${position}`;
    const times = this.#said.get(key);
    if (times === undefined) this.#said.set(key, new Set([time]));
    else times.add(time);
  }

  /** A client of `origin` went away, maybe in the middle of a line: one without its end counts, as far as it came. */
  cutShort(origin: string): void {
    this.#cutShort.add(origin);
  }

  /** Whether the report is what some client has said to its origin. */
  wasSaid({ origin, id, position, time }: Report): boolean {
    const times = this.#said.get(`${origin} ${id} ${position}`);
    if (times === undefined) return false;
    return times.has(time) ||
      (this.#cutShort.has(origin) && [...times].some((said) => said.startsWith(time)));
  }

  /** Its origin has acknowledged it. @param isKept that life of it has not ended in a way that excuses it since. */
  promise(report: Report, isKept: boolean): void {
    this.#promised.push(report);
    if (!isKept) return;
    const kept = this.#kept.get(report.origin) ?? new Map<string, Report>();
    this.#kept.set(report.origin, kept);
    const newest = kept.get(report.id);
    if (newest === undefined || compareReports(report, newest) > 0) kept.set(report.id, report);
  }

  /** What a server returns with must be all that it had to keep. */
  checkKept(server: string, held: Newest): void {
    for (const [id, promised] of this.#kept.get(server) ?? []) {
      const report = held.get(id);
      if (report !== undefined && compareReports(report, promised) >= 0) continue;
      const instead = report === undefined ? "nothing" : show(report.line);
      throw new Violation(
        "forgotten",
        `${server} had acknowledged ${show(promised.line)}, and has returned with ${instead}`,
      );
    }
  }

  /**
   * A server has lost its memory.
   * @param held what it held.
   * @param others what each of the others holds.
   * @param isKept it has what it has acknowledged on its disk all the same, as it has promised.
   */
  lose(server: string, held: Newest, others: readonly Newest[], isKept: boolean): void {
    if (!isKept) this.#kept.delete(server);
    const kept = this.#kept.get(server);
    for (const [id, lost] of held) {
      let floor = kept?.get(id);
      for (const other of others) {
        const report = other.get(id);
        if (report !== undefined && (floor === undefined || compareReports(report, floor) > 0)) {
          floor = report;
        }
      }
      if (floor !== undefined && compareReports(floor, lost) >= 0) continue;
      const losses = this.#losses.get(id);
      if (losses === undefined) this.#losses.set(id, [{ floor, lost }]);
      else losses.push({ floor, lost });
    }
  }

  /** Holds what a server holds in the end against what was said and promised. */
  check(server: string, held: Newest): void {
    for (const report of held.values()) {
      if (!this.wasSaid(report)) {
        throw new Violation("invented", `${server} holds what nobody said: ${show(report.line)}`);
      }
    }
    for (const promised of this.#promised) {
      const report = held.get(promised.id);
      if (report !== undefined && compareReports(report, promised) >= 0) continue;
      if (this.#isExcused(promised)) continue;
      const instead = report === undefined ? "nothing" : show(report.line);
      throw new Violation(
        "lost",
        `an acknowledged report is gone: ${show(promised.line)}; ${server} holds ${instead}`,
      );
    }
  }

  #isExcused(report: Report): boolean {
    return (this.#losses.get(report.id) ?? []).some(({ floor, lost }) =>
      compareReports(report, lost) <= 0 && (floor === undefined || compareReports(report, floor) > 0)
    );
  }
}
