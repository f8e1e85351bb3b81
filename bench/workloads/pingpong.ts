/** IAMAT one at a time on each session: latency, and how evenly many sessions are served. */
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
  herdPlain,
} from "../contestants.ts";
import { BUSY, CPU, GENERATOR, LATENCIES, RATE, underLoad } from "../measure.ts";

const USUAL = [herdDeno, herdDenoLog, herdNode, echoDeno, echoDenoNet, echoNode, cServer, asyncioServer];
const MANY = [herdDeno, herdPlain, herdNode, echoDeno, echoDenoNet, echoNode, cServer];

function pingpong(sessions: number): Workload {
  const shape = { sessions, depth: 1, clients: 100_000 };
  const many = sessions >= 1_000;
  return {
    name: `pingpong${sessions}`,
    title: `IAMAT ping-pong on ${sessions === 1 ? "1 session" : `${sessions} sessions`}`,
    columns: [
      RATE,
      CPU,
      ...LATENCIES,
      { figure: "fewest", heading: "fewest" },
      { figure: "most", heading: "most" },
      BUSY,
      GENERATOR,
    ],
    reference: many ? echoNode.name : cServer.name,
    entrants: (many ? MANY : USUAL).map((contestant) => underLoad(contestant, shape)),
  };
}

export const PINGPONG: readonly Workload[] = [pingpong(1), pingpong(50), pingpong(1_000)];
