/** What is to go wrong, and when: made from a seed before the run begins. */
import { FIVE, FIVE_LINKS, type LinkPair } from "../conformance/harness.ts";
import { Random } from "./random.ts";

export type ServerName = (typeof FIVE)[number];

/** How a wire is cut: each connection is reset, or closed. */
export type CutHow = "reset" | "close";

/** What is appended to a journal: a line without an end, bytes of any kind, or damage with a good record behind it. */
export type Tail = "torn" | "noise" | "forged";

export type Fault =
  /** SIGKILL, and a new start on the same disk. */
  | { readonly kind: "kill"; readonly server: ServerName; readonly downMs: number }
  /** The same, and meanwhile something is appended to its journal. */
  | { readonly kind: "tail"; readonly server: ServerName; readonly downMs: number; readonly tail: Tail }
  /** SIGTERM, which it must obey in good order, and a new start. */
  | { readonly kind: "terminate"; readonly server: ServerName; readonly downMs: number }
  /** SIGSTOP, then SIGCONT. */
  | { readonly kind: "freeze"; readonly server: ServerName; readonly forMs: number }
  | {
    readonly kind: "cut";
    readonly links: readonly LinkPair[];
    readonly how: CutHow;
    readonly forMs: number;
  }
  /** Nothing is read: one-way from the link's first server to its second alone. */
  | { readonly kind: "stall"; readonly link: LinkPair; readonly oneWay: boolean; readonly forMs: number }
  | { readonly kind: "delay"; readonly link: LinkPair; readonly delayMs: number; readonly forMs: number }
  /** A server is cut off, goes on alone, and is killed: its disk alone has what it acknowledged meanwhile. */
  | { readonly kind: "lone"; readonly server: ServerName; readonly forMs: number; readonly downMs: number }
  /**
   * No room is left on the disk of the server that has a small one. It may be cut off meanwhile, killed, and started on
   * that disk: nobody else then has what it acknowledged.
   */
  | { readonly kind: "fill"; readonly forMs: number; readonly kills: boolean }
  /** All five are killed at the same time. */
  | { readonly kind: "blackout"; readonly downMs: number };

export interface PlannedFault {
  /** Since the beginning of the round. */
  readonly atMs: number;
  readonly fault: Fault;
}

/** What the plan is made of: each once before any comes again. */
const DECK = [
  "kill",
  "kill",
  "tail",
  "terminate",
  "freeze",
  "cut",
  "partition",
  "stall",
  "one-way",
  "delay",
  "lone",
  "fill",
  "blackout",
] as const;
type Card = (typeof DECK)[number];

/** Faults begin this often, in the mean; more often in a run that is too short to deal the deck. */
const GAP_MS = 1_400;
/** Nothing begins in so much of a round's end, and what has begun is over by then. */
const REST_MS = 800;

export interface PlanOptions {
  readonly seed: number;
  readonly rounds: number;
  /** The length of each round. */
  readonly seconds: number;
  /** Kinds that cannot be had. */
  readonly without: readonly Fault["kind"][];
  /** Whether what is acknowledged while the disk is full is promised to be kept, so that the server may be killed then. */
  readonly keepsWhenFull: boolean;
}

/** @returns the faults of each round, in the order of their beginnings. */
export function makePlan(options: PlanOptions): readonly (readonly PlannedFault[])[] {
  const { seed, rounds, seconds, without, keepsWhenFull } = options;
  const random = new Random(seed);
  const deck = DECK.filter((card) => !without.some((kind) => kind === card));
  const gapMs = Math.min(GAP_MS, (seconds * 1_000 - REST_MS) / (deck.length + 1));
  let hand: Card[] = [];
  return Array.from({ length: rounds }, () => {
    const faults: PlannedFault[] = [];
    const endMs = seconds * 1_000 - REST_MS;
    for (let atMs = gapMs; atMs < endMs; atMs += gapMs * (0.6 + 0.7 * random.fraction())) {
      if (hand.length === 0) hand = random.shuffle(deck);
      const card = hand.pop() ?? "kill";
      const fault = deal(card, random, Math.max(300, endMs - atMs));
      const isAllowed = fault.kind !== "fill" || keepsWhenFull;
      faults.push({ atMs: Math.round(atMs), fault: isAllowed ? fault : { ...fault, kills: false } });
    }
    return faults;
  });
}

function deal(card: Card, random: Random, leftMs: number): Fault {
  const lasting = (low: number, high: number) => Math.round(Math.min(random.between(low, high), leftMs));
  const server = random.pick(FIVE);
  const link = random.chance(0.5) ? random.pick(FIVE_LINKS) : turned(random.pick(FIVE_LINKS));
  switch (card) {
    case "kill":
      return { kind: "kill", server, downMs: lasting(0, 3_000) };
    case "tail":
      return {
        kind: "tail",
        server,
        downMs: lasting(0, 800),
        tail: random.pick(["torn", "noise", "forged"]),
      };
    case "terminate":
      return { kind: "terminate", server, downMs: lasting(0, 1_000) };
    case "freeze":
      return { kind: "freeze", server, forMs: lasting(500, 5_000) };
    case "cut":
      return { kind: "cut", links: [link], how: cutHow(random), forMs: lasting(0, 2_000) };
    case "partition":
      return { kind: "cut", links: border(random), how: cutHow(random), forMs: lasting(1_000, 5_000) };
    case "stall":
      return { kind: "stall", link, oneWay: false, forMs: lasting(1_000, 4_000) };
    case "one-way":
      return { kind: "stall", link, oneWay: true, forMs: lasting(1_000, 4_000) };
    case "delay":
      return { kind: "delay", link, delayMs: random.between(5, 300), forMs: lasting(2_000, 6_000) };
    case "lone":
      return { kind: "lone", server, forMs: lasting(300, 2_000), downMs: lasting(0, 500) };
    case "fill":
      return { kind: "fill", forMs: lasting(1_000, 4_000), kills: random.chance(0.5) };
    case "blackout":
      return { kind: "blackout", downMs: lasting(0, 500) };
  }
}

function cutHow(random: Random): CutHow {
  return random.pick(["reset", "close"]);
}

function turned([one, other]: LinkPair): LinkPair {
  return [other, one];
}

/** The links between one to three servers and the others. */
function border(random: Random): readonly LinkPair[] {
  const side: readonly string[] = random.shuffle(FIVE).slice(0, random.between(1, 3));
  return FIVE_LINKS.filter(([one, other]) => side.includes(one) !== side.includes(other));
}

/** The links of one server. */
export function linksOf(server: string): readonly LinkPair[] {
  return FIVE_LINKS.filter((link) => link.includes(server));
}

/** A fault in words, as the schedule and the story of a run tell it. */
export function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case "kill":
      return `kill -9 ${fault.server}, down for ${seconds(fault.downMs)}`;
    case "tail":
      return `kill -9 ${fault.server}, its journal gets a ${fault.tail} tail, down for ${
        seconds(fault.downMs)
      }`;
    case "terminate":
      return `SIGTERM to ${fault.server}, down for ${seconds(fault.downMs)}`;
    case "freeze":
      return `SIGSTOP to ${fault.server} for ${seconds(fault.forMs)}`;
    case "cut":
      return `cut (${fault.how}) ${fault.links.map((link) => link.join("-")).join(", ")} for ${
        seconds(fault.forMs)
      }`;
    case "stall":
      return `stall ${fault.link.join(fault.oneWay ? "->" : "-")} for ${seconds(fault.forMs)}`;
    case "delay":
      return `delay ${fault.link.join("-")} by ${fault.delayMs} ms for ${seconds(fault.forMs)}`;
    case "lone":
      return `cut ${fault.server} off for ${seconds(fault.forMs)}, then kill -9, down for ${
        seconds(fault.downMs)
      }`;
    case "fill":
      return `fill the small disk for ${seconds(fault.forMs)}${
        fault.kills ? ", cut its server off, and kill -9 it meanwhile" : ""
      }`;
    case "blackout":
      return `kill -9 all five, down for ${seconds(fault.downMs)}`;
  }
}

/** Milliseconds as seconds: "1.2 s". */
export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
