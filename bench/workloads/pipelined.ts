/** IAMAT with 100 requests on their way on each session: what a server can do at its best. */
import type { Workload } from "../bench.ts";
import {
  asyncioServer,
  cServer,
  echoDeno,
  echoDenoNet,
  echoNode,
  herdDeno,
  herdDenoLog,
  herdNode,
  herdNodeLog,
  redis,
  redisSet,
} from "../contestants.ts";
import { BUSY, CPU, GENERATOR, LATENCIES, RATE, underLoad } from "../measure.ts";

const EVERYONE = [
  herdDeno,
  herdDenoLog,
  herdNode,
  herdNodeLog,
  echoDeno,
  echoDenoNet,
  echoNode,
  cServer,
  asyncioServer,
  redis,
  redisSet,
];

function pipelined(sessions: number): Workload {
  const shape = { sessions, depth: 100, clients: 100_000 };
  return {
    name: `pipelined${sessions}`,
    title: `IAMAT, 100 deep on ${sessions === 1 ? "1 session" : `${sessions} sessions`}; latency of a batch`,
    columns: [RATE, CPU, ...LATENCIES, BUSY, GENERATOR],
    reference: cServer.name,
    entrants: EVERYONE.map((contestant) => underLoad(contestant, shape)),
  };
}

export const PIPELINED: readonly Workload[] = [pipelined(1), pipelined(50)];
