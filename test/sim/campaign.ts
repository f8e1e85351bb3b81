/** Many histories, one seed after the other: what a thread does for `deno task sim`. */
import { type Outcome, runHistory } from "./history.ts";
import { type Plant, PLANTS } from "./plants.ts";
import { SOURCES, type Subject } from "./subject.ts";
import { loadVariant, SMALL } from "./variants.ts";

/** The servers that seeds are run on: even ones on the sources as they are, odd ones on those with small buffers. */
export class Subjects {
  readonly #plant: Plant | undefined;
  readonly #loaded: (Promise<Subject> | undefined)[] = [];

  constructor(plant?: Plant) {
    this.#plant = plant;
  }

  for(seed: number): Promise<Subject> {
    return this.#loaded[seed % 2] ??= this.#load(seed % 2 === 1);
  }

  #load(isSmall: boolean): Promise<Subject> {
    const edits = [...(this.#plant === undefined ? [] : [this.#plant]), ...(isSmall ? SMALL : [])];
    return edits.length === 0 ? Promise.resolve(SOURCES) : loadVariant(edits);
  }
}

/** A stretch of seeds. */
export interface Stretch {
  readonly from: number;
  readonly count: number;
  /** The name of a planted bug. */
  readonly plant: string | undefined;
}

/** @throws {RangeError} where there is no plant of that name. */
export function plantNamed(name: string): Plant {
  const plant = PLANTS.find((one) => one.name === name);
  if (plant === undefined) throw new RangeError(`no planted bug is named ${JSON.stringify(name)}`);
  return plant;
}

/** Runs stretches of seeds, and keeps the servers of the last plant loaded. */
export class Campaign {
  #plant: string | undefined;
  #subjects = new Subjects();

  constructor() {
    // Whatever is given up makes an error, and its stack takes longer than what was given up. A replay has them.
    Error.stackTraceLimit = 0;
  }

  /** Runs the seeds of `stretch` in order, up to the first that fails. */
  async *run({ from, count, plant }: Stretch): AsyncGenerator<Outcome> {
    if (plant !== this.#plant) {
      this.#subjects = new Subjects(plant === undefined ? undefined : plantNamed(plant));
      this.#plant = plant;
    }
    for (let seed = from; seed < from + count; seed++) {
      const outcome = await runHistory(await this.#subjects.for(seed), seed);
      yield outcome;
      if (outcome.violation !== undefined) return;
    }
  }
}
