/**
 * Entries in the order of their last change: an array that only grows at its end. An entry that changes again leaves
 * a hole where it stood and is appended anew, so that a change costs two writes, and no neighbor in memory is touched.
 * When holes outnumber entries, the array is swept, a few slots with each change: entries slide towards its beginning,
 * and places in the order follow them.
 */

const BLOCK_BITS = 14;
const BLOCK_SLOTS = 1 << BLOCK_BITS;
const BLOCK_MASK = BLOCK_SLOTS - 1;

/** A sweep begins when the array has this many times as many slots as entries, and some more. */
const SWEEP_RATIO = 3;
const SPARE_SLOTS = 4 * BLOCK_SLOTS;
/** While it goes on, every 64 changes bring it forward by 512 slots: it ends within an eighth of the array's length. */
const SWEEP_EVERY_MASK = 63;
const SWEEP_SLOTS = 512;

/** The end of the order. */
export const END = -1;

/** A place in the order, kept right while a sweep moves the entries. */
export interface OrderPlace {
  /** The index of the first slot that lies ahead. */
  at: number;
}

export class ChangeOrder {
  readonly #moved: (entry: number, at: number) => void;
  readonly #places: OrderPlace[] = [];
  /** Blocks of slots; a slot holds an entry's number + 1, or 0 for a hole. */
  readonly #blocks: Int32Array[] = [];
  #length = 0;
  #entries = 0;
  // While a sweep goes on: slots before `to` are swept, those in [to, from) are empty, those from `from` are yet to come.
  #sweeping = false;
  #to = 0;
  #from = 0;

  readonly #spareSlots: number;

  /**
   * @param moved is told where an entry stands now.
   * @param spareSlots holes that are not worth a sweep, however few the entries.
   */
  constructor(moved: (entry: number, at: number) => void, spareSlots = SPARE_SLOTS) {
    this.#moved = moved;
    this.#spareSlots = spareSlots;
  }

  /** Slots in use, holes among them: the place past the last entry. */
  get end(): number {
    return this.#length;
  }

  /** Puts a new entry at the end. @returns where it stands. */
  append(entry: number): number {
    this.#entries++;
    return this.#push(entry);
  }

  /** Moves an entry from `at` to the end. @returns where it stands now. */
  toEnd(entry: number, at: number): number {
    this.#blocks[at >> BLOCK_BITS]![at & BLOCK_MASK] = 0;
    return this.#push(entry);
  }

  /** The entry at `at`, or END for a hole. */
  entryAt(at: number): number {
    return this.#blocks[at >> BLOCK_BITS]![at & BLOCK_MASK]! - 1;
  }

  /** The entry at `at` is known by another number from now on. */
  renumber(at: number, entry: number): void {
    this.#blocks[at >> BLOCK_BITS]![at & BLOCK_MASK] = entry + 1;
  }

  /** Keeps `place` right until `forget`. */
  keep(place: OrderPlace): void {
    this.#places.push(place);
  }

  forget(place: OrderPlace): void {
    const index = this.#places.indexOf(place);
    if (index >= 0) this.#places.splice(index, 1);
  }

  /** Takes the next entry ahead of `place` and steps past it; END where there is none. */
  next(place: OrderPlace): number {
    let at = place.at;
    while (at < this.#length) {
      if (this.#sweeping && at >= this.#to && at < this.#from) {
        at = this.#from;
        continue;
      }
      const found = this.#blocks[at >> BLOCK_BITS]![at & BLOCK_MASK]!;
      at++;
      if (found === 0) continue;
      place.at = at;
      return found - 1;
    }
    place.at = at;
    return END;
  }

  /** Takes the entry just behind `place` and steps back before it; END where there is none. */
  previous(place: OrderPlace): number {
    let at = place.at;
    while (at > 0) {
      if (this.#sweeping && at > this.#to && at <= this.#from) {
        at = this.#to;
        continue;
      }
      at--;
      const found = this.#blocks[at >> BLOCK_BITS]![at & BLOCK_MASK]!;
      if (found === 0) continue;
      place.at = at;
      return found - 1;
    }
    place.at = 0;
    return END;
  }

  #push(entry: number): number {
    if ((this.#length & SWEEP_EVERY_MASK) === 0) this.#work();
    const at = this.#length++;
    let block = this.#blocks[at >> BLOCK_BITS];
    if (block === undefined) {
      block = new Int32Array(BLOCK_SLOTS);
      this.#blocks.push(block);
    }
    block[at & BLOCK_MASK] = entry + 1;
    return at;
  }

  /** Begins a sweep where it is time, or goes on with it. */
  #work(): void {
    if (!this.#sweeping) {
      this.#sweeping = this.#length > SWEEP_RATIO * this.#entries + this.#spareSlots;
      this.#to = this.#from = 0;
      return;
    }
    const stop = Math.min(this.#from + SWEEP_SLOTS, this.#length);
    for (const place of this.#places) {
      if (place.at >= this.#from && place.at < stop) place.at = this.#to + this.#count(this.#from, place.at);
    }
    this.#slide(stop);
    if (stop === this.#length) this.#finish();
  }

  /** Entries in the slots [start, end). */
  #count(start: number, end: number): number {
    let count = 0;
    for (let at = start; at < end; at++) {
      if (this.#blocks[at >> BLOCK_BITS]![at & BLOCK_MASK] !== 0) count++;
    }
    return count;
  }

  #slide(stop: number): void {
    for (let at = this.#from; at < stop; at++) {
      const block = this.#blocks[at >> BLOCK_BITS]!;
      const found = block[at & BLOCK_MASK]!;
      if (found === 0) continue;
      const to = this.#to++;
      if (to === at) continue;
      block[at & BLOCK_MASK] = 0;
      this.#blocks[to >> BLOCK_BITS]![to & BLOCK_MASK] = found;
      this.#moved(found - 1, to);
    }
    this.#from = stop;
  }

  #finish(): void {
    for (const place of this.#places) if (place.at === this.#length) place.at = this.#to;
    this.#length = this.#to;
    this.#blocks.length = Math.ceil(this.#length / BLOCK_SLOTS);
    this.#sweeping = false;
  }
}
