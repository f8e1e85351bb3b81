/** What a run finds: what must not be, and how often what happened. */

/** More of one run is not told, and only counted. */
const MAX_TOLD = 50;

export interface Tally {
  sessions: number;
  vanished: number;
  questions: number;
  garbageLines: number;
  kills: number;
  terminations: number;
  freezes: number;
  cuts: number;
  stalls: number;
  delays: number;
  tails: number;
  fills: number;
  /** As the servers told: journals rewritten, found unwritable, and links that came up. */
  rewritings: number;
  troubles: number;
  links: number;
  agreements: number;
  /** The longest until a report to each server was known to all, from when all was healed and the load was over. */
  spreadMs: number;
  /** Registries compared with what a server's disk alone brought back. */
  coldStarts: number;
}

export class Findings {
  readonly tally: Tally = {
    sessions: 0,
    vanished: 0,
    questions: 0,
    garbageLines: 0,
    kills: 0,
    terminations: 0,
    freezes: 0,
    cuts: 0,
    stalls: 0,
    delays: 0,
    tails: 0,
    fills: 0,
    rewritings: 0,
    troubles: 0,
    links: 0,
    agreements: 0,
    spreadMs: 0,
    coldStarts: 0,
  };
  /** Acknowledged reports that are gone. */
  readonly lost: string[] = [];
  readonly #problems: string[] = [];
  readonly #tell: (problem: string) => void;
  #count = 0;
  #isClosed = false;

  /** @param tell is told of each problem as it is found. */
  constructor(tell: (problem: string) => void) {
    this.#tell = tell;
  }

  /** What is found from now on does not count. */
  close(): void {
    this.#isClosed = true;
  }

  add(problem: string): void {
    if (this.#isClosed) return;
    if (++this.#count > MAX_TOLD) return;
    this.#problems.push(problem);
    this.#tell(problem);
  }

  get problems(): readonly string[] {
    const more = this.#count - this.#problems.length;
    return more === 0 ? this.#problems : [...this.#problems, `and ${more} more`];
  }
}
