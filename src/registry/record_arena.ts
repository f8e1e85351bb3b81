/** Memory for records: slots of 16-byte units in chunks of 1 MiB (a larger slot is a chunk of its own), given out again by size when a record outgrows its own. */

/** A slot's size is a number of these. */
export const UNIT_BYTES = 16;

const CHUNK_UNIT_BITS = 16;
const CHUNK_UNITS = 1 << CHUNK_UNIT_BITS;
const CHUNK_MASK = CHUNK_UNITS - 1;

/** Past the last slot of a chunk, so that a record can be read ahead whatever its length. */
export const SPARE_BYTES = 192;

/** The same memory, as what its records are made of. */
export interface Chunk {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly words: Int32Array;
  readonly doubles: Float64Array;
}

export class RecordArena {
  readonly #chunks: Chunk[] = [];
  /** Released slots, by their size in units. */
  readonly #released = new Map<number, number[]>();
  #nextUnit = 0;
  #endUnit = 0;

  /** A slot of `units`, as the number of its first unit. What it held before is still in it. */
  allocate(units: number): number {
    const slot = this.#released.get(units)?.pop();
    if (slot !== undefined) return slot;
    if (units > CHUNK_UNITS) {
      this.#chunks.push(makeChunk(units));
      this.#nextUnit = this.#endUnit = 0;
      return (this.#chunks.length - 1) << CHUNK_UNIT_BITS;
    }
    if (this.#nextUnit + units > this.#endUnit) {
      this.#nextUnit = this.#chunks.length << CHUNK_UNIT_BITS;
      this.#endUnit = this.#nextUnit + CHUNK_UNITS;
      this.#chunks.push(makeChunk(CHUNK_UNITS));
    }
    const fresh = this.#nextUnit;
    this.#nextUnit += units;
    return fresh;
  }

  release(slot: number, units: number): void {
    const slots = this.#released.get(units);
    if (slots === undefined) this.#released.set(units, [slot]);
    else slots.push(slot);
  }

  chunkOf(slot: number): Chunk {
    return this.#chunks[slot >>> CHUNK_UNIT_BITS]!;
  }
}

/** Where in its chunk the slot begins, in words. */
export function wordsOf(slot: number): number {
  return (slot & CHUNK_MASK) * (UNIT_BYTES / 4);
}

function makeChunk(units: number): Chunk {
  const buffer = new ArrayBuffer(units * UNIT_BYTES + SPARE_BYTES);
  return {
    bytes: new Uint8Array(buffer),
    view: new DataView(buffer),
    words: new Int32Array(buffer),
    doubles: new Float64Array(buffer),
  };
}
