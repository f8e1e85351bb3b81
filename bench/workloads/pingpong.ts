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

const OWN = [herdDeno, herdNode, echoDeno, echoNode, cServer];

/** @param own each session speaks for one client, as phones do; else all speak for 100,000, as gateways do. */
function pingpong(sessions: number, own = false): Workload {
  const shape = { sessions, depth: 1, clients: own ? sessions : 100_000 };
  const many = sessions >= 1_000;
  const title = `IAMAT ping-pong on ${sessions === 1 ? "1 session" : `${sessions} sessions`}`;
  return {
    name: `pingpong${sessions}${own ? "own" : ""}`,
    title: own ? `${title}, for as many clients` : title,
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
    entrants: (own ? OWN : many ? MANY : USUAL).map((contestant) => underLoad(contestant, shape)),
  };
}

export const PINGPONG: readonly Workload[] = [
  pingpong(1),
  pingpong(50),
  pingpong(50, true),
  pingpong(1_000),
];
