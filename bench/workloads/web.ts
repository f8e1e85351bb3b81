/** What the HTTP door costs those who do not use it, and what it costs them that somebody looks on. */
import type { Bench, Entrant, Workload } from "../bench.ts";
import {
  type Contestant,
  HERD_DENO,
  HERD_NODE,
  herdAlone,
  herdDeno,
  type HerdKind,
  herdNode,
  withContestant,
} from "../contestants.ts";
import { BUSY, CPU, GENERATOR, LATENCIES, load, RATE, type Shape, underLoad } from "../measure.ts";
import { startProcess } from "../processes.ts";
import { until } from "../herd.ts";

/** The door's port beside the server's own. */
const OFFSET = 1;

function withDoor(kind: HerdKind): Contestant {
  return { ...herdAlone(kind, "nothing", () => ["--http", `+${OFFSET}`]), name: `${kind.name}+http` };
}

/** Someone who looks at the page: every change that a reader of events is told, the state, and the metrics. */
async function withOnlooker<T>(bench: Bench, port: number, use: () => Promise<T>): Promise<T> {
  const onlooker = startProcess(bench.machine, bench.machine.seats.generator, {
    program: Deno.execPath(),
    args: ["run", "--quiet", "-A", `${bench.root}/bench/onlooker.ts`, `${port + OFFSET}`],
  });
  try {
    await until(() => onlooker.lines.includes("it looks on"), "the onlooker");
    const result = await use();
    if (onlooker.hasExited()) {
      throw new Error(`the onlooker has gone: ${onlooker.lines.slice(-3).join(" | ")}`);
    }
    return result;
  } finally {
    await onlooker.stop();
  }
}

function lookedAt(kind: HerdKind, shape: Shape): Entrant {
  const contestant = withDoor(kind);
  return {
    name: `${kind.name}+onlooker`,
    against: kind.name,
    isHere: kind.isHere,
    measure: (bench) =>
      withContestant(
        bench,
        contestant,
        ({ process, port }) =>
          withOnlooker(bench, port, () =>
            load(bench, process, { ...shape, message: contestant.message, ports: [port] })),
      ),
  };
}

function web(name: string, how: string, depth: number): Workload {
  const shape: Shape = { sessions: 50, depth, clients: 100_000 };
  return {
    name,
    title: `IAMAT on 50 sessions, ${how}: without an HTTP door, with one, and with someone who looks on`,
    columns: [RATE, CPU, ...LATENCIES, BUSY, GENERATOR],
    entrants: ([[HERD_DENO, herdDeno], [HERD_NODE, herdNode]] as const).flatMap(([kind, alone]) => [
      underLoad(alone, shape),
      { ...underLoad(withDoor(kind), shape), against: kind.name },
      lookedAt(kind, shape),
    ]),
  };
}

export const WEB: readonly Workload[] = [
  web("web50", "100 deep", 100),
  web("web50-pingpong", "ping-pong", 1),
];
