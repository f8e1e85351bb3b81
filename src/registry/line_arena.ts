/** Memory for lines: slots of 16-byte units in chunks of 1 MiB (a larger slot is a chunk of its own), given out again by size when a line outgrows its own. */

/** A slot's size is a number of these. */
export const UNIT_BYTES = 16;

const CHUNK_UNIT_BITS = 16;
const CHUNK_UNITS = 1 << CHUNK_UNIT_BITS;
const CHUNK_MASK = CHUNK_UNITS - 1;
const LF = 0x0a;

export class LineArena {
  readonly #chunks: Uint8Array[] = [];
  /** Released slots, by their size in units. */
  readonly #released = new Map<number, number[]>();
  #nextUnit = 0;
  #endUnit = 0;

  /** A slot of `units`, as the number of its first unit. */
  allocate(units: number): number {
    const slot = this.#released.get(units)?.pop();
    if (slot !== undefined) return slot;
    if (units > CHUNK_UNITS) {
      this.#chunks.push(new Uint8Array(units * UNIT_BYTES));
      this.#nextUnit = this.#endUnit = 0;
      return (this.#chunks.length - 1) << CHUNK_UNIT_BITS;
    }
    if (this.#nextUnit + units > this.#endUnit) {
      this.#nextUnit = this.#chunks.length << CHUNK_UNIT_BITS;
      this.#endUnit = this.#nextUnit + CHUNK_UNITS;
      this.#chunks.push(new Uint8Array(CHUNK_UNITS * UNIT_BYTES));
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

  chunkOf(slot: number): Uint8Array {
    return this.#chunks[slot >>> CHUNK_UNIT_BITS]!;
  }

  /** Where in its chunk the slot begins, in bytes. */
  offsetOf(slot: number): number {
    return (slot & CHUNK_MASK) * UNIT_BYTES;
  }

  /** Puts `bytes[start, end)` and an LF into the slot. */
  copyIn(slot: number, bytes: Uint8Array, start: number, end: number): void {
    const chunk = this.chunkOf(slot);
    let at = this.offsetOf(slot);
    for (let i = start; i < end; i++) chunk[at++] = bytes[i]!;
    chunk[at] = LF;
  }

  copyOut(slot: number, length: number, to: Uint8Array, at: number): void {
    const chunk = this.chunkOf(slot);
    const start = this.offsetOf(slot);
    for (let i = 0; i < length; i++) to[at + i] = chunk[start + i]!;
  }
}
