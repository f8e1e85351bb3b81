/** Random numbers from a seed, split by purpose: what one part draws changes nothing for another. */

/** Spreads every bit of a 32-bit integer over all of it. */
function spread(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return x ^ (x >>> 15);
}

/** The generator sfc32, with the few ways of drawing that the simulation needs. */
export class Random {
  readonly #seed: number;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number, purpose = "") {
    let mixed = spread(seed | 0) ^ spread(Math.floor(seed / 0x1_0000_0000) + 0x9e3779b9);
    for (let i = 0; i < purpose.length; i++) mixed = spread(mixed ^ purpose.charCodeAt(i)) + 0x6d2b79f5 | 0;
    this.#seed = mixed;
    this.#a = spread(mixed ^ 0x243f6a88);
    this.#b = spread(mixed ^ 0x13198a2e);
    this.#c = spread(mixed ^ 0x03707344);
    for (let i = 0; i < 12; i++) this.#word();
  }

  /** A generator of its own for `purpose`; this one is not moved on. */
  split(purpose: string): Random {
    return new Random(this.#seed, purpose);
  }

  /** At least 0 and less than 1. */
  unit(): number {
    return (this.#word() >>> 0) / 0x1_0000_0000;
  }

  /** 0 to `count` - 1. */
  below(count: number): number {
    return Math.floor(this.unit() * count);
  }

  /** A whole number, both ends possible. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** Between `low` and `high`, each order of magnitude as likely as another; whole. */
  spanning(low: number, high: number): number {
    return Math.round(low * (high / low) ** this.unit());
  }

  shuffle<T>(list: readonly T[]): T[] {
    const shuffled = [...list];
    for (let i = shuffled.length - 1; i > 0; i--) {
      const k = this.below(i + 1);
      [shuffled[i], shuffled[k]] = [shuffled[k]!, shuffled[i]!];
    }
    return shuffled;
  }

  bytes(count: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(count);
    for (let i = 0; i < count; i++) bytes[i] = this.#word();
    return bytes;
  }

  #word(): number {
    const sum = (this.#a + this.#b | 0) + this.#counter | 0;
    this.#counter = this.#counter + 1 | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = this.#c + (this.#c << 3) | 0;
    this.#c = (this.#c << 21 | this.#c >>> 11) + sum | 0;
    return sum;
  }
}
