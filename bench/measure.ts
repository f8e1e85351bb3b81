/** What most workloads do: start a contestant, load it, and read off what it took. */
import type { Bench, Column, Entrant, Figures } from "./bench.ts";
import { type Contestant, withContestant } from "./contestants.ts";
import { type LoadOptions, type LoadResult, runLoad } from "./load.ts";
import type { Running } from "./processes.ts";

export type Shape = Pick<LoadOptions, "sessions" | "depth" | "clients">;

/** The columns of a workload under load. */
export const RATE: Column = { figure: "rate", heading: "k/s", unit: 1_000, digits: 1 };
export const CPU: Column = { figure: "cpuUs", heading: "server µs each", digits: 2 };
/** How much of its processor the server had: where that is far below 1 under full load, others took it. */
export const BUSY: Column = { figure: "busy", heading: "server busy", digits: 2 };
export const GENERATOR: Column = { figure: "generator", heading: "generator busy", digits: 2 };
export const LATENCIES: readonly Column[] = [
  { figure: "p50", heading: "p50 ms", unit: 1_000, digits: 2 },
  { figure: "p99", heading: "p99 ms", unit: 1_000, digits: 2 },
  { figure: "p999", heading: "p99.9 ms", unit: 1_000, digits: 2 },
  { figure: "max", heading: "max ms", unit: 1_000, digits: 1 },
];

/** The figures of one run of the generator. */
export function figuresOf(result: LoadResult): Figures {
  const { p50, p99, p999, max } = result.latencyUs;
  return {
    rate: result.rate,
    p50,
    p99,
    p999,
    max,
    fewest: result.fewest,
    most: result.most,
    total: result.totalReplies,
    fillRate: result.fillRate,
    busy: result.serversCpuSeconds / result.seconds,
    cpuUs: result.serversCpuSeconds / result.replies * 1e6,
    generator: result.cpuSeconds / result.seconds,
  };
}

/** Loads one server. */
export async function load(bench: Bench, server: Running, options: LoadOptions): Promise<Figures> {
  return figuresOf(await runLoad(bench, { ...options, servers: [server] }));
}

/** An entrant that is a contestant alone on its processor, under one load. */
export function underLoad(contestant: Contestant, shape: Shape): Entrant {
  const { name, message, isHere } = contestant;
  return {
    name,
    isHere,
    measure: (bench) =>
      withContestant(
        bench,
        contestant,
        ({ process, port }) => load(bench, process, { ...shape, message, ports: [port] }),
      ),
  };
}
