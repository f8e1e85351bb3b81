/** Runs a workload's entrants side by side: round after round, each round in the opposite order of the last. */
import type { Bench, Entrant, Figures, Workload } from "./bench.ts";
import { isRunOver, RunOverError } from "./processes.ts";
import { summarize, type Summary } from "./statistics.ts";

/** What became of a workload: for each entrant, what each round brought; nothing where it failed. */
export interface Outcome {
  readonly workload: Workload;
  readonly rounds: ReadonlyMap<string, readonly (Figures | undefined)[]>;
  readonly failures: readonly string[];
}

/** @param say gets a line on each measuring. */
export async function runWorkload(
  bench: Bench,
  workload: Workload,
  entrants: readonly Entrant[],
  say: (line: string) => void,
): Promise<Outcome> {
  const rounds = new Map<string, (Figures | undefined)[]>(entrants.map(({ name }) => [name, []]));
  const failures: string[] = [];
  for (let round = 0; round < bench.pace.rounds; round++) {
    for (const entrant of round % 2 === 0 ? entrants : entrants.toReversed()) {
      const place = `${round + 1}/${bench.pace.rounds} ${workload.name} ${entrant.name}`;
      const figures = await attempt(bench, entrant, (cause) => failures.push(`${place}: ${cause}`));
      rounds.get(entrant.name)?.push(figures);
      say(`  ${place}: ${figures === undefined ? failures.at(-1) : brief(workload, figures)}`);
    }
  }
  return { workload, rounds, failures };
}

async function attempt(
  bench: Bench,
  entrant: Entrant,
  fail: (cause: string) => void,
): Promise<Figures | undefined> {
  try {
    return await entrant.measure(bench);
  } catch (error) {
    if (isRunOver()) throw new RunOverError();
    fail(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

function brief({ columns: [main] }: Workload, figures: Figures): string {
  if (main === undefined) return "";
  return `${((figures[main.figure] ?? NaN) / (main.unit ?? 1)).toFixed(main.digits ?? 0)} ${main.heading}`;
}

export function summaryOf(outcome: Outcome, entrant: string, figure: string): Summary {
  return summarize((outcome.rounds.get(entrant) ?? []).map((figures) => figures?.[figure]));
}

/** The ratio of two figures, taken round by round. */
export function ratioOf(
  outcome: Outcome,
  of: { readonly entrant: string; readonly figure: string },
  against: { readonly entrant: string; readonly figure: string },
): Summary {
  const below = outcome.rounds.get(against.entrant) ?? [];
  const ratios = (outcome.rounds.get(of.entrant) ?? []).map((figures, round) =>
    (figures?.[of.figure] ?? NaN) / (below[round]?.[against.figure] ?? NaN)
  );
  return summarize(ratios);
}
