/** What is to be reached, as medians of ratios in one run. */

export interface Target {
  readonly title: string;
  readonly workload: string;
  readonly of: string;
  readonly figure: string;
  /** What the figure is divided by, of the same round; without it the figure itself is judged. */
  readonly against?: { readonly entrant: string; readonly figure?: string };
  readonly atLeast?: number;
  readonly atMost?: number;
}

const C = { entrant: "c" } as const;
const ASYNCIO = { entrant: "asyncio" } as const;
const ALONE = { entrant: "herd-deno" } as const;

export const TARGETS: readonly Target[] = [
  rate("herd on Deno / C, 50 sessions 100 deep, log off", "pipelined50", "herd-deno", C, 0.65),
  rate("herd on Deno / C, the same, log on", "pipelined50", "herd-deno-log", C, 0.40),
  rate("herd on Node / C, the same, log off", "pipelined50", "herd-node", C, 0.55),
  rate("herd on Deno / asyncio, the same", "pipelined50", "herd-deno", ASYNCIO, 20),
  rate("herd on Deno / asyncio, ping-pong on 50", "pingpong50", "herd-deno", ASYNCIO, 1.6),
  rate(
    "herd on Deno / redis GEOADD, 50 sessions 100 deep",
    "pipelined50",
    "herd-deno",
    { entrant: "redis" },
    2,
  ),
  rate("herd on Deno / raw echo on Deno, ping-pong on 50", "pingpong50", "herd-deno", {
    entrant: "echo-deno",
  }, 0.85),
  rate("herd on Node / raw echo on Node, ping-pong on 50", "pingpong50", "herd-node", {
    entrant: "echo-node",
  }, 0.85),
  rate("the same on Deno, for 50 clients", "pingpong50own", "herd-deno", { entrant: "echo-deno" }, 0.85),
  rate("the same on Node, for 50 clients", "pingpong50own", "herd-node", { entrant: "echo-node" }, 0.85),
  {
    title: "p99.9 of 1,000 sessions: herd on Deno / raw echo on Node",
    workload: "pingpong1000",
    of: "herd-deno",
    figure: "p999",
    against: { entrant: "echo-node" },
    atMost: 1.5,
  },
  rate(
    "throughput of 1,000 sessions: herd on Deno / herd on plain loops",
    "pingpong1000",
    "herd-deno",
    { entrant: "herd-deno-plain" },
    0.8,
  ),
  {
    title: "bytes for each of a million clients, Deno",
    workload: "clients1m",
    of: "herd-deno",
    figure: "bytesEach",
    atMost: 220,
  },
  {
    title: "AT lines on links for an update, against one for each link",
    workload: "herd5",
    of: "herd-deno",
    figure: "framesPerLink",
    atMost: 1.2,
  },
  rate("three neighbors / alone, 100 deep", "flood3", "herd-deno+sinks", ALONE, 0.75),
  rate("three neighbors / alone, ping-pong", "flood3-pingpong", "herd-deno+sinks", ALONE, 0.9),
  {
    title: "catch-up / own IAMAT rate",
    workload: "catchup",
    of: "herd-deno",
    figure: "share",
    atLeast: 0.7,
  },
  {
    title: "WHATSAT / IAMAT, ping-pong on 50",
    workload: "whatsat50",
    of: "herd-deno",
    figure: "share",
    atLeast: 0.3,
  },
  ...["hostile50", "hostile50-even"].flatMap((workload) => [
    beside("Deno", workload, "herd-deno"),
    beside("Node", workload, "herd-node"),
  ]),
];

function beside(runtime: string, workload: string, entrant: string): Target {
  return {
    title: `p99 beside hostile sessions / alone, ${workload}, ${runtime}`,
    workload,
    of: `${entrant}+hostile`,
    figure: "p99",
    against: { entrant },
    atMost: 3,
  };
}

function rate(
  title: string,
  workload: string,
  of: string,
  against: { readonly entrant: string },
  atLeast: number,
): Target {
  return { title, workload, of, figure: "rate", against, atLeast };
}
