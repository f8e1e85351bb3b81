/** What one of the threads that are a server tells of itself, and the sum of what several do. */
import type { ServerCounters } from "./counters.ts";
import type { Server } from "./server.ts";

export interface ThreadState {
  /** Sessions open now. */
  readonly sessions: number;
  /** How many threads can keep no report as it was promised to be: of one alone 0 or 1. */
  readonly refusing: number;
  readonly counters: ServerCounters;
}

/** @param counters what it has counted so far. */
export function stateOf(server: Pick<Server, "sessions" | "refuses">, counters: ServerCounters): ThreadState {
  return { sessions: server.sessions, refusing: server.refuses ? 1 : 0, counters };
}

/** What those say who were asked together. */
export interface ThreadAnswers {
  /** How many did in time. */
  readonly answered: number;
  /** Of the others it is what they said last, if they ever did: so no sum of what only grows steps back. */
  readonly states: readonly ThreadState[];
}

/** The sums of all numbers of `first` and `others`, one by one. */
export function sumStates(first: ThreadState, others: readonly ThreadState[]): ThreadState {
  // All that is in them is numbers, and what holds these.
  return others.reduce<unknown>(add, first) as ThreadState;
}

function add(a: unknown, b: unknown): unknown {
  if (a === undefined || b === undefined) return a ?? b;
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (Array.isArray(a) && Array.isArray(b)) return a.map((one, i) => add(one, b[i]));
  if (!isRecord(a) || !isRecord(b)) throw new TypeError("two threads tell of different things");
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries(Array.from(names, (name) => [name, add(a[name], b[name])]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
