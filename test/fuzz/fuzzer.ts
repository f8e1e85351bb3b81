/** Fuzzing by mutation: what makes a target do something new is kept, and mutated again. */
import { latin1 } from "../binary.ts";
import { mutate } from "./mutate.ts";
import type { Random } from "./random.ts";
import { type Target } from "./target.ts";

/** Inputs kept in memory; later ones are of kinds that hardly differ. */
const MOST_KEPT = 4_000;
/** Tries to make a failing input smaller. */
const MOST_SHRINKS = 400;

/** An input that made a target do what it must not. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly input: Uint8Array;
  constructor(target: string, input: Uint8Array, cause: unknown) {
    super(`${target}: ${cause instanceof Error ? cause.message : cause}`, { cause });
    this.input = input;
  }
}

export interface Progress {
  readonly runs: number;
  /** Kinds of behavior that were seen. */
  readonly kinds: number;
  /** Inputs that were the first of their kind, but for those of the corpus. */
  readonly found: readonly Uint8Array[];
}

/**
 * Fuzzes `target`, beginning with `corpus`, as long as `goesOn`.
 * @param slowMs a single run that takes so long is a fault too: someone would send it all day.
 * @throws {Failure} with the first input that breaks it, made as small as is easily done.
 */
export async function fuzz(
  target: Target,
  corpus: readonly Uint8Array[],
  random: Random,
  goesOn: (runs: number) => boolean,
  slowMs = Infinity,
): Promise<Progress> {
  const kinds = new Set<string>();
  const kept: Uint8Array[] = [];
  const found: Uint8Array[] = [];
  for (const input of [...corpus, ...target.words.map(latin1)]) {
    kinds.add(await runOne(target, input, slowMs));
    kept.push(input);
  }
  let runs = kept.length;
  for (; goesOn(runs); runs++) {
    const [one, other] = [random.of(kept), random.of(kept)];
    // The shorter of two, so that inputs do not only grow.
    const [short, long] = one.length <= other.length ? [one, other] : [other, one];
    const input = mutate(random, short, long, target.words, target.maxBytes);
    const kind = await runOne(target, input, slowMs);
    if (kinds.has(kind) || kept.length >= MOST_KEPT) continue;
    kinds.add(kind);
    kept.push(input);
    found.push(input);
  }
  return { runs, kinds: kinds.size, found };
}

/** @throws {Failure} */
export async function runOne(target: Target, input: Uint8Array, slowMs = Infinity): Promise<string> {
  const fault = await faultOf(target, input, slowMs);
  if (typeof fault === "string") return fault;
  const smaller = await shrink(target, input, slowMs);
  const cause = await faultOf(target, smaller, slowMs);
  throw new Failure(target.name, smaller, typeof cause === "string" ? fault.cause : cause.cause);
}

/** The kind of what it did, or why it must not have. */
async function faultOf(
  target: Target,
  input: Uint8Array,
  slowMs: number,
): Promise<string | { readonly cause: unknown }> {
  const startMs = performance.now();
  try {
    const outcome = target.run(input.slice());
    const kind = typeof outcome === "string" ? outcome : await outcome;
    const tookMs = performance.now() - startMs;
    return tookMs < slowMs ? kind : { cause: new Error(`took ${Math.round(tookMs)} ms`) };
  } catch (cause) {
    return { cause };
  }
}

/** Takes parts out as long as it still fails. */
async function shrink(target: Target, failing: Uint8Array, slowMs: number): Promise<Uint8Array> {
  let input = failing;
  let tries = 0;
  for (let size = input.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at + size <= input.length && tries < MOST_SHRINKS;) {
      const without = new Uint8Array([...input.subarray(0, at), ...input.subarray(at + size)]);
      tries++;
      if (typeof await faultOf(target, without, slowMs) === "string") at += size;
      else input = without;
    }
  }
  return input;
}
