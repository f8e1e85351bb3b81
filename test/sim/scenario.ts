/** What a seed decides before anything happens: the herd, its bounds, its network, and which faults it will meet. */
import type { Topology } from "../../src/herd/topology.ts";
import type { Fsync } from "../../src/journal/journal.ts";
import { AT_LINE_EXTRA_BYTES, DEFAULT_LIMITS, faultOfRelations, type Limits } from "../../src/limits.ts";
import type { Random } from "./random.ts";
import type { Manners, Weather } from "./sim_connection.ts";
import type { Ways } from "./sim_network.ts";

/** Every way in which a history can go wrong, each with how often it does so in a minute. */
export const FAULT_KINDS = [
  "partition",
  "cut",
  "oneWayCut",
  "clientCut",
  "crash",
  "powerLoss",
  "diskLoss",
  "diskTrouble",
  "stopAndStart",
  "sever",
  "swallow",
  "slowWay",
  "stall",
  "clockJump",
  "noPlaces",
] as const;
export type FaultKind = typeof FAULT_KINDS[number];

export interface Scenario {
  readonly topology: Topology;
  readonly limits: Limits;
  readonly secrets: readonly string[];
  /** How well the servers remember; undefined where they have no journal. */
  readonly fsync: Fsync | undefined;
  /** How long their disks take to bring bytes home, in milliseconds. */
  readonly syncMs: number;
  readonly stormMs: number;
  readonly ways: Ways;
  readonly weather: Weather;
  readonly manners: Manners;
  /** How far the servers' clocks are off at most, in seconds. */
  readonly clockSpreadSeconds: number;
  readonly faultsPerMinute: Readonly<Record<FaultKind, number>>;
  readonly clients: number;
  /** Between two acts of a client, on average. */
  readonly actMs: number;
  readonly ids: number;
}

/** How long a disk takes at most to bring bytes home. */
export const MAX_SYNC_MS = 200;

const NAMES = ["Alder", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Larch", "Maple", "Oak"];
const PORT = 12_000;

export function drawScenario(random: Random): Scenario {
  const secrets = random.chance(0.7) ? ["a secret of the herd"] : [];
  return {
    topology: drawTopology(random, secrets.length > 0 ? "10.0.0." : "127.0.0."),
    limits: drawLimits(random),
    secrets,
    fsync: random.pick([undefined, "always", "always", "interval", "never"]),
    syncMs: random.pick([0.5, 5, 50, MAX_SYNC_MS]),
    stormMs: random.spanning(4_000, 40_000),
    ways: drawWays(random),
    weather: {
      splits: random.pick([0, 0.1, 0.5, 0.9]),
      shortWrites: random.pick([0, 0, 0.1, 0.5]),
    },
    manners: { takesAtOnce: random.chance(0.5), tellsLastEnd: random.chance(0.5) },
    clockSpreadSeconds: random.pick([0, 1, 60, 7_200]),
    faultsPerMinute: drawFaults(random),
    clients: random.between(1, 6),
    actMs: random.spanning(100, 1_500),
    ids: random.spanning(2, 100),
  };
}

/** Two to nine servers: a tree, and some more links. */
function drawTopology(random: Random, network: string): Topology {
  const count = random.between(2, NAMES.length);
  const names = random.shuffle(NAMES).slice(0, count);
  const links = new Set<string>();
  for (let i = 1; i < count; i++) links.add([names[i]!, names[random.below(i)]!].toSorted().join(" "));
  const more = random.between(0, random.pick([0, 2, count, 2 * count]));
  for (let i = 0; i < more; i++) {
    const [a, b] = random.shuffle(names);
    links.add([a!, b!].toSorted().join(" "));
  }
  return {
    herd: "grove",
    servers: names.map((name, i) => ({ name, host: `${network}${i + 1}`, port: PORT })),
    links: random.shuffle([...links]).map((link): [string, string] => {
      const [a = "", b = ""] = link.split(" ");
      return [a, b];
    }),
    settings: {},
  };
}

/** Small, so that they are reached. */
function drawLimits(random: Random): Limits {
  const lineBytes = random.between(200, 400);
  const limits = {
    ...DEFAULT_LIMITS,
    lineBytes,
    peerLineBytes: lineBytes + AT_LINE_EXTRA_BYTES + random.between(0, 200),
    unreadBytes: random.spanning(300, 5_000),
    stalledMs: random.between(2_000, 5_000),
    begunLineMs: random.between(2_000, 5_000),
    idleMs: random.between(8_000, 30_000),
    sessions: random.chance(0.1) ? 3 : 1_000,
    sessionsPerAddress: random.chance(0.1) ? 2 : 1_000,
    handshakeMs: random.between(600, 2_000),
    heartbeatMs: random.between(400, 2_000),
    heartbeatsMissed: random.between(1, 3),
    redialMs: random.between(100, 1_000),
    linkUnsentBytes: random.spanning(100, 3_000),
    relayWaitMs: random.between(10, 200),
    relaysWaiting: random.spanning(2, 1_000),
    searches: random.between(1, 4),
    searchesPerSession: random.between(1, 4),
    breakerFailures: random.between(1, 4),
    futureSeconds: 3_600,
    fsyncMs: random.between(100, 1_000),
    journalBytes: random.spanning(500, 50_000),
    journalRetryMs: random.between(100, 1_000),
    drainMs: random.between(500, 3_000),
  };
  const fault = faultOfRelations(limits);
  if (fault !== undefined) throw new Error(`the scenario is none that a server would start with: ${fault}`);
  return limits;
}

function drawWays(random: Random): Ways {
  const minDelayMs = random.pick([0.1, 1, 5]);
  const minWindowBytes = random.pick([200, 200, 2_000, 20_000]);
  return {
    minDelayMs,
    maxDelayMs: minDelayMs + random.pick([0, 1, 10, 40]),
    minWindowBytes,
    maxWindowBytes: Math.max(minWindowBytes, random.pick([500, 5_000, 65_536])),
  };
}

/** Each history meets some kinds only, so that what one kind brings out is not hidden by another. */
function drawFaults(random: Random): Readonly<Record<FaultKind, number>> {
  const zeal = random.pick([0, 0.3, 0.5, 0.8]);
  const rates = FAULT_KINDS.map((kind): [FaultKind, number] => {
    return [kind, random.chance(zeal) ? random.spanning(2, 40) : 0];
  });
  return Object.fromEntries(rates) as Record<FaultKind, number>;
}
