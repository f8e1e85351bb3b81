/** What a run came to, in words. */
import type { ChaosReport } from "./run.ts";

/** More are only counted. */
const MAX_TOLD = 20;

export function summary({ ledger, findings, disk }: ChaosReport): string {
  const { tally, lost, problems } = findings;
  const rows: readonly (readonly [string, string | number])[] = [
    ["reports acknowledged", ledger.acknowledgedCount],
    ["in doubt", ledger.doubtfulCount],
    ["refused while the disk was full", ledger.refusedCount],
    ["questions and garbage lines", `${tally.questions} and ${tally.garbageLines}`],
    ["sessions, and those that vanished", `${tally.sessions} and ${tally.vanished}`],
    ["kill -9", tally.kills],
    ["journals soiled", tally.tails],
    ["SIGTERM", tally.terminations],
    ["SIGSTOP", tally.freezes],
    ["links cut, stalled, slowed", `${tally.cuts}, ${tally.stalls}, ${tally.delays}`],
    ["times that links came up, at both ends", tally.links],
    [`periods of a full disk (${disk.way})`, tally.fills],
    ["journals found unwritable", tally.troubles],
    ["journals rewritten", tally.rewritings],
    ["agreements of all five", tally.agreements],
    ["longest until a report was everywhere then", `${Math.round(tally.spreadMs)} ms`],
    ["registries brought back from disk alone", tally.coldStarts],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const table = rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join("\n");
  return [
    table,
    ...told("problem", problems),
    ...told("lost", lost),
    `${lost.length} acknowledged reports lost`,
  ]
    .join("\n");
}

function told(word: string, items: readonly string[]): readonly string[] {
  const more = items.length > MAX_TOLD ? [`${word}: and ${items.length - MAX_TOLD} more`] : [];
  return [...items.slice(0, MAX_TOLD).map((item) => `${word}: ${item}`), ...more];
}
