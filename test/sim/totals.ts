/** What histories did, added up. */
import type { FaultKind } from "./scenario.ts";

/** What a history did, so that a reader sees that it did something. */
export interface Totals {
  servers: number;
  links: number;
  virtualSeconds: number;
  events: number;
  reports: number;
  replies: number;
  promises: number;
  /** AT lines between servers. */
  messages: number;
  linksUp: number;
  faults: Record<FaultKind, number>;
}

/** Adds what another history did. */
export function addTotals(sum: Totals, more: Totals): void {
  sum.servers += more.servers;
  sum.links += more.links;
  sum.virtualSeconds += more.virtualSeconds;
  sum.events += more.events;
  sum.reports += more.reports;
  sum.replies += more.replies;
  sum.promises += more.promises;
  sum.messages += more.messages;
  sum.linksUp += more.linksUp;
  for (const [kind, count] of Object.entries(more.faults)) sum.faults[kind as FaultKind] += count;
}

/** All of it in one line. */
export function describeTotals(totals: Totals, histories: number): string {
  const faults = Object.entries(totals.faults).filter(([, count]) => count > 0)
    .map(([kind, count]) => `${kind} ${count}`).join(", ");
  const { servers, links, virtualSeconds, events, reports, replies, promises, messages, linksUp } = totals;
  return `${histories} histories, ${Math.round(virtualSeconds)} virtual seconds, ${events} events: ` +
    `${servers} servers, ${links} links that came up ${linksUp} times, ${reports} reports, ${replies} replies, ` +
    `${promises} acknowledgments, ${messages} messages between servers; ` +
    `faults: ${faults === "" ? "none" : faults}`;
}
