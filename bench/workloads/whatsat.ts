/** WHATSAT with the places that herd ships, against IAMAT on the same server. */
import type { Entrant, Workload } from "../bench.ts";
import { asyncioServer, type Contestant, herdDeno, herdNode, withContestant } from "../contestants.ts";
import { BUSY, CPU, GENERATOR, LATENCIES, load, RATE } from "../measure.ts";

const SHAPE = { sessions: 50, depth: 1, clients: 10_000 };

function asking(contestant: Contestant): Entrant {
  const { name, isHere } = contestant;
  return {
    name,
    isHere,
    measure: (bench) =>
      withContestant(bench, contestant, async ({ process, port }) => {
        const iamat = await load(bench, process, { ...SHAPE, message: "iamat", ports: [port] });
        const whatsat = await load(bench, process, { ...SHAPE, message: "whatsat", ports: [port] });
        return {
          ...whatsat,
          iamat: iamat["rate"] ?? NaN,
          share: (whatsat["rate"] ?? NaN) / (iamat["rate"] ?? NaN),
        };
      }),
  };
}

export const WHATSAT: Workload = {
  name: "whatsat50",
  title: "WHATSAT radius 10 bound 5 with the embedded places, ping-pong on 50 sessions (asyncio: a constant)",
  columns: [
    RATE,
    { figure: "iamat", heading: "IAMAT k/s", unit: 1_000, digits: 1 },
    { figure: "share", heading: "of IAMAT", digits: 2 },
    CPU,
    ...LATENCIES,
    BUSY,
    GENERATOR,
  ],
  entrants: [herdDeno, herdNode, asyncioServer].map(asking),
};
