/** What those that a server could do without cost those that it is for. */
import type { Bench, Entrant, Figures, Workload } from "../bench.ts";
import { type Contestant, herdDeno, herdNode, withContestant } from "../contestants.ts";
import { BUSY, CPU, GENERATOR, LATENCIES, load, RATE } from "../measure.ts";
import { type Running, sleep, startProcess } from "../processes.ts";

const IDLE = 10_000;
const SLOW = 100;
const SESSIONS = 50;
/** Requests a second: an even flow, where latencies are not those of a queue. */
const EVEN_RATE = 5_000;
const OPEN_MS = 60_000;
/** For the slow readers to fill what they may fill. */
const REST_MS = 1_000;

async function withHostile<T>(bench: Bench, port: number, use: () => Promise<T>): Promise<T> {
  const hostile = startProcess(bench.machine, bench.machine.seats.generator, {
    program: Deno.execPath(),
    args: ["run", "--quiet", "-A", `${bench.root}/bench/hostile.ts`, `${port}`, `${IDLE}`, `${SLOW}`],
  });
  try {
    await untilThere(hostile);
    await sleep(REST_MS);
    const result = await use();
    if (hostile.hasExited() || hostile.lines.includes("one was closed")) {
      throw new Error(`the hostile sessions did not stay: ${hostile.lines.slice(-3).join(" | ")}`);
    }
    return result;
  } finally {
    await hostile.stop();
  }
}

async function untilThere(hostile: Running): Promise<void> {
  const deadlineMs = performance.now() + OPEN_MS;
  while (!hostile.lines.includes("all are there")) {
    if (hostile.hasExited() || performance.now() > deadlineMs) {
      throw new Error(`the hostile sessions did not open: ${hostile.lines.slice(-3).join(" | ")}`);
    }
    await sleep(20);
  }
}

function entrant(contestant: Contestant, isHostile: boolean, rate: number): Entrant {
  const { name, message, isHere } = contestant;
  return {
    name: isHostile ? `${name}+hostile` : name,
    against: name,
    isHere,
    measure: (bench) =>
      withContestant(bench, contestant, ({ process, port }) => {
        const measure = (): Promise<Figures> =>
          load(bench, process, {
            sessions: SESSIONS,
            depth: 1,
            clients: 100_000,
            message,
            ports: [port],
            rate,
          });
        return isHostile ? withHostile(bench, port, measure) : measure();
      }),
  };
}

function hostile(name: string, rate: number): Workload {
  const flow = rate === 0 ? "as fast as it answers" : `${rate.toLocaleString("en")} a second`;
  return {
    name,
    title:
      `IAMAT ping-pong on ${SESSIONS} sessions, ${flow}: alone, and beside ${
        IDLE.toLocaleString("en")
      } idle ` +
      `sessions, ${SLOW} slow readers, and a line of garbage every millisecond`,
    columns: [LATENCIES[1]!, LATENCIES[0]!, LATENCIES[2]!, LATENCIES[3]!, RATE, CPU, BUSY, GENERATOR],
    entrants: [herdDeno, herdNode].flatMap((one) => [entrant(one, false, rate), entrant(one, true, rate)]),
  };
}

export const HOSTILE: readonly Workload[] = [hostile("hostile50", 0), hostile("hostile50-even", EVEN_RATE)];
