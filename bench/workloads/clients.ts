/** Many distinct clients: what each takes of memory, and what so many do to the rate and the longest pause. */
import type { Entrant, Workload } from "../bench.ts";
import {
  asyncioServer,
  type Contestant,
  cServer,
  herdDeno,
  herdNode,
  redis,
  withContestant,
} from "../contestants.ts";
import { load, RATE } from "../measure.ts";
import { sleep } from "../processes.ts";

/** Time for a server that has just started, or just been left alone, to come to rest. */
const REST_MS = 400;

function holding(contestant: Contestant, clients: number): Entrant {
  const { name, message, isHere, slow = false } = contestant;
  return {
    name,
    isHere,
    slow: slow && clients >= 1_000_000,
    measure: (bench) =>
      withContestant(bench, contestant, async ({ process, port }) => {
        await sleep(REST_MS);
        const empty = process.usage().rssBytes;
        const figures = await load(bench, process, {
          sessions: 50,
          depth: 100,
          clients,
          message,
          ports: [port],
        });
        await sleep(REST_MS);
        const full = process.usage().rssBytes;
        return { ...figures, bytesEach: (full - empty) / clients, rssMb: full / 1e6 };
      }),
  };
}

function clients(name: string, count: number): Workload {
  return {
    name,
    title: `${
      count.toLocaleString("en")
    } clients of 20-byte ids, 50 sessions 100 deep; memory over the empty server`,
    columns: [
      RATE,
      { figure: "fillRate", heading: "first reports k/s", unit: 1_000 },
      { figure: "bytesEach", heading: "bytes each" },
      { figure: "rssMb", heading: "RSS MB" },
      { figure: "max", heading: "longest batch ms", unit: 1_000, digits: 1 },
    ],
    reference: cServer.name,
    entrants: [herdDeno, herdNode, cServer, asyncioServer, redis].map((one) => holding(one, count)),
  };
}

export const CLIENTS: readonly Workload[] = [
  clients("clients100k", 100_000),
  clients("clients1m", 1_000_000),
];
