/** What remembering costs. */
import type { Workload } from "../bench.ts";
import {
  herdDeno,
  herdDenoAlways,
  herdDenoJournal,
  herdNode,
  herdNodeAlways,
  herdNodeJournal,
} from "../contestants.ts";
import { BUSY, CPU, GENERATOR, LATENCIES, RATE, underLoad } from "../measure.ts";

const REMEMBERING = [
  herdDeno,
  herdDenoJournal,
  herdDenoAlways,
  herdNode,
  herdNodeJournal,
  herdNodeAlways,
];

function journal(name: string, how: string, depth: number): Workload {
  return {
    name,
    title: `IAMAT on 50 sessions, ${how}, without and with a journal`,
    columns: [RATE, CPU, ...LATENCIES, BUSY, GENERATOR],
    reference: herdDeno.name,
    entrants: REMEMBERING.map((contestant) =>
      underLoad(contestant, { sessions: 50, depth, clients: 100_000 })
    ),
  };
}

export const JOURNAL: readonly Workload[] = [
  journal("journal50", "100 deep", 100),
  journal("journal50-pingpong", "ping-pong", 1),
];
