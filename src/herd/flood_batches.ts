/** What the links of a server send in one turn, gathered once for all that stand at the same place. */
import { DueLines } from "../registry/due_lines.ts";
import type { Cursor, Registry } from "../registry/registry.ts";

/** Bytes gathered for one write of the flood. */
export const FLOOD_WRITE_BYTES = 61_440;
/** Batches kept for the links that have yet to send them: what one link may send in a turn. */
export const BATCHES_PER_TURN = 4;

interface Batch {
  readonly lines: DueLines;
  /** Where it begins, and what the registry was when it was gathered: as long as it is that, it is good. */
  from: number;
  knownFrom: number;
  version: number;
  /** Where it ends. */
  to: number;
  toSeq: number;
}

export class FloodBatches {
  readonly #registry: Registry;
  readonly #batches: readonly Batch[] = Array.from({ length: BATCHES_PER_TURN }, () => ({
    lines: new DueLines(FLOOD_WRITE_BYTES),
    from: -1,
    knownFrom: 0,
    version: -1,
    to: 0,
    toSeq: 0,
  }));
  #oldest = 0;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /**
   * The lines due at `cursor`, which moves on past them. They are good until the next call.
   * @param knownFrom marks of who has a report count only where it changed after this number.
   */
  take(cursor: Cursor, knownFrom: number): DueLines {
    const version = this.#registry.version;
    const from = cursor.at;
    // Everything ahead changed after the cursor's own number, so an older one makes no difference.
    const oldest = knownFrom > cursor.seq ? knownFrom : 0;
    for (const batch of this.#batches) {
      if (batch.from === from && batch.version === version && batch.knownFrom === oldest) {
        cursor.at = batch.to;
        cursor.seq = batch.toSeq;
        return batch.lines;
      }
    }
    const batch = this.#batches[this.#oldest]!;
    this.#oldest = (this.#oldest + 1) % BATCHES_PER_TURN;
    batch.lines.clear();
    this.#registry.takeDue(cursor, oldest, batch.lines, FLOOD_WRITE_BYTES);
    batch.from = from;
    batch.knownFrom = oldest;
    batch.version = version;
    batch.to = cursor.at;
    batch.toSeq = cursor.seq;
    return batch.lines;
  }
}
