/** What a run brought, for people and as JSON. */
import type { Bench, Column } from "./bench.ts";
import { type Outcome, ratioOf, summaryOf } from "./rounds.ts";
import type { Summary } from "./statistics.ts";
import { type Target, TARGETS } from "./targets.ts";

/** Rows of cells as lines, the first column to the left and the others to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row.map((cell, i) => i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)).join("  ");
  return rows.map((row) => `  ${line(row).trimEnd()}\n`).join("");
}

/** The table of one workload. */
export function workloadTable(outcome: Outcome): string {
  const { workload, rounds } = outcome;
  const [main] = workload.columns;
  const compared = workload.entrants.some((entrant) => againstOf(outcome, entrant.name) !== undefined);
  const heading = ["", main?.heading ?? "", "low–high", ...(compared ? ["ratio"] : [])];
  const rest = workload.columns.slice(1);
  const rows = [[...heading, ...rest.map((column) => column.heading)]];
  for (const name of rounds.keys()) {
    if (main === undefined) continue;
    const { median, low, high } = summaryOf(outcome, name, main.figure);
    const row = [name, cell(main, median), `${cell(main, low)}–${cell(main, high)}`];
    if (compared) row.push(ratioCell(outcome, name, main));
    rows.push([
      ...row,
      ...rest.map((column) => cell(column, summaryOf(outcome, name, column.figure).median)),
    ]);
  }
  return `\n${workload.name}: ${workload.title}\n${table(rows)}`;
}

function againstOf({ workload, rounds }: Outcome, name: string): string | undefined {
  const against = workload.entrants.find((entrant) => entrant.name === name)?.against ?? workload.reference;
  return against !== undefined && rounds.has(against) ? against : undefined;
}

function ratioCell(outcome: Outcome, name: string, { figure }: Column): string {
  const entrant = againstOf(outcome, name);
  if (entrant === undefined) return "–";
  return number(ratioOf(outcome, { entrant: name, figure }, { entrant, figure }).median, 2);
}

function cell({ unit = 1, digits = 0 }: Column, value: number): string {
  return number(value / unit, digits);
}

function number(value: number, digits: number): string {
  if (!Number.isFinite(value)) return "–";
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A target, and where it stands. */
interface Standing extends Summary {
  readonly target: Target;
  readonly met: boolean;
  /** For a ratio of rates: the same ratio of updates by processor time, which others on the machine disturb less. */
  readonly byCpuTime: number;
}

function standings(outcomes: readonly Outcome[]): readonly Standing[] {
  return TARGETS.flatMap((target) => {
    const outcome = outcomes.find(({ workload }) => workload.name === target.workload);
    if (outcome === undefined) return [];
    const { of, figure, against, atLeast = -Infinity, atMost = Infinity } = target;
    const stands = against === undefined
      ? summaryOf(outcome, of, figure)
      : ratioOf(outcome, { entrant: of, figure }, { figure, ...against });
    if (Number.isNaN(stands.median)) return [];
    const met = stands.median >= atLeast && stands.median <= atMost;
    return [{ target, ...stands, met, byCpuTime: byCpuTime(outcome, target) }];
  });
}

function byCpuTime(outcome: Outcome, { of, figure, against }: Target): number {
  if (figure !== "rate" || against === undefined) return NaN;
  const cpuOf = (entrant: string) => ({ entrant, figure: "cpuUs" });
  return ratioOf(outcome, cpuOf(against.entrant), cpuOf(of)).median;
}

/** The targets that the run has a say on. */
export function targetTable(outcomes: readonly Outcome[]): string {
  const rows = standings(outcomes).map(({ target, median, low, high, met, byCpuTime }) => {
    const digits = median >= 20 ? 0 : 2;
    const asked = target.atLeast === undefined ? `≤ ${target.atMost}` : `≥ ${target.atLeast}`;
    const spread = `${number(low, digits)}–${number(high, digits)}`;
    return [
      target.title,
      number(median, digits),
      spread,
      asked,
      met ? "met" : "not met",
      number(byCpuTime, 2),
    ];
  });
  if (rows.length === 0) return "";
  return `\nTargets\n${table([["", "median", "low–high", "asked", "", "by CPU time"], ...rows])}`;
}

/** Everything as JSON: medians and spreads, every round's figures, ratios and targets. */
export function toJson(bench: Bench, outcomes: readonly Outcome[], date: Date): string {
  const { quick, rounds, warm, seconds } = bench.pace;
  const report = {
    date: date.toISOString(),
    machine: bench.machine.description,
    pace: { quick, rounds, warm, seconds },
    workloads: outcomes.map(workloadJson),
    targets: standings(outcomes).map(({ target, ...stands }) => ({ ...target, ...stands })),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function workloadJson(outcome: Outcome) {
  const { workload: { name, title }, rounds, failures } = outcome;
  const entrants = Array.from(rounds, ([entrant, figures]) => {
    const names = new Set(figures.flatMap((of) => Object.keys(of ?? {})));
    const medians = Array.from(names, (figure) => [figure, summaryOf(outcome, entrant, figure)] as const);
    return { name: entrant, figures: Object.fromEntries(medians), rounds: figures.map((of) => of ?? null) };
  });
  return { name, title, entrants, failures };
}
