/** What has become of the speed since an older checkout, side by side: `--before CHECKOUT`. */
import type { Workload } from "../bench.ts";
import { herdDeno, herdDenoBefore, herdNode, herdNodeBefore } from "../contestants.ts";
import { BUSY, CPU, GENERATOR, LATENCIES, RATE, type Shape, underLoad } from "../measure.ts";

function before(name: string, how: string, depth: number): Workload {
  const shape: Shape = { sessions: 50, depth, clients: 100_000 };
  return {
    name,
    title: `IAMAT on 50 sessions, ${how}: now, and as it was (--before)`,
    columns: [RATE, CPU, ...LATENCIES, BUSY, GENERATOR],
    entrants: [
      underLoad(herdDenoBefore, shape),
      { ...underLoad(herdDeno, shape), against: herdDenoBefore.name, isHere: herdDenoBefore.isHere },
      underLoad(herdNodeBefore, shape),
      { ...underLoad(herdNode, shape), against: herdNodeBefore.name, isHere: herdNodeBefore.isHere },
    ],
  };
}

export const BEFORE: readonly Workload[] = [
  before("before50", "100 deep", 100),
  before("before50-pingpong", "ping-pong", 1),
];
