/** Runs the load generator. */
import type { Bench } from "./bench.ts";
import { type Running, startProcess } from "./processes.ts";

export type Message = "iamat" | "whatsat" | "echo" | "geoadd" | "set";

export interface LoadOptions {
  readonly ports: readonly number[];
  readonly message: Message;
  readonly sessions: number;
  /** Requests on their way at a time on each session. */
  readonly depth: number;
  readonly clients: number;
  /** Whether to send one report of each client first. */
  readonly fill?: boolean;
  /** 0 for the fill alone. */
  readonly seconds?: number;
  readonly warm?: number;
  /** Requests a second in all; without it, as many as the servers answer. */
  readonly rate?: number;
  /** Whose use of the processor is measured too. */
  readonly servers?: readonly Running[];
}

/** What the generator prints; latencies are of a whole batch where the depth is more than one. */
export interface LoadResult {
  readonly replies: number;
  readonly seconds: number;
  readonly rate: number;
  readonly errors: number;
  readonly latencyUs: {
    readonly p50: number;
    readonly p99: number;
    readonly p999: number;
    readonly max: number;
  };
  /** Replies of the session that got fewest, and most. */
  readonly fewest: number;
  readonly most: number;
  /** The generator's own. */
  readonly cpuSeconds: number;
  /** The servers', while it measured. */
  readonly serversCpuSeconds: number;
  /** Reports a second of the fill; 0 without one. */
  readonly fillRate: number;
  /** Of all phases. */
  readonly totalReplies: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** @throws {Error} when a reply was wrong, or the servers gave up: such a result counts for nothing. */
export async function runLoad(bench: Bench, options: LoadOptions): Promise<LoadResult> {
  const { pace, machine, tools } = bench;
  const seconds = options.seconds ?? pace.seconds;
  const args: Record<string, string | number> = {
    "--ports": options.ports.join(","),
    "--message": options.message,
    "--sessions": options.sessions,
    "--depth": options.depth,
    "--clients": options.clients,
    "--fill": options.fill === false ? 0 : 1,
    "--seconds": seconds,
    "--warm": options.warm ?? pace.warm,
    "--rate": options.rate ?? 0,
    "--watch": (options.servers ?? []).map(({ pid }) => pid).join(","),
  };
  const process = startProcess(machine, machine.seats.generator, {
    program: tools.load,
    args: Object.entries(args).flatMap(([name, value]) => [name, `${value}`]),
  });
  const code = await process.ended;
  if (code !== 0) throw new Error(process.lines.join(" | "));
  const result = JSON.parse(process.lines.at(-1) ?? "null") as LoadResult;
  if (result.errors > 0) throw new Error(`${result.errors} replies were wrong`);
  return result;
}
