/** From the start of the process to the first connection it accepts, and to its first reply. */
import { Asker } from "../asker.ts";
import type { Entrant, Workload } from "../bench.ts";
import { asyncioServer, type Contestant, cServer, herdDeno, herdNode } from "../contestants.ts";
import { freePorts, startProcess, untilAccepts } from "../processes.ts";
import { summarize } from "../statistics.ts";

const STARTS = 3;

function starting(contestant: Contestant): Entrant {
  const { name, isHere } = contestant;
  return {
    name,
    isHere,
    async measure(bench) {
      const accepts: number[] = [];
      const replies: number[] = [];
      for (let i = 0; i < STARTS; i++) {
        const [port = 0] = freePorts(1);
        const command = await contestant.command(bench, port);
        const process = startProcess(bench.machine, bench.machine.seats.server, command);
        try {
          accepts.push(await untilAccepts(process, port));
          const asker = await Asker.connect(port);
          await asker.report("kiwi.cs.ucla.edu");
          replies.push(performance.now() - process.startedMs);
          asker.close();
        } finally {
          await process.stop();
        }
      }
      return { accept: summarize(accepts).median, reply: summarize(replies).median };
    },
  };
}

export const START_UP: Workload = {
  name: "startup",
  title: "From the start of the process",
  columns: [
    { figure: "accept", heading: "to the first accept, ms" },
    { figure: "reply", heading: "to the first reply, ms" },
  ],
  entrants: [herdDeno, herdNode, cServer, asyncioServer].map(starting),
};
