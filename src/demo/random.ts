/** Random numbers from a seed: the same seed and purpose, the same numbers. */

function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x45d9f3b);
  x = Math.imul(x ^ (x >>> 16), 0x45d9f3b);
  return (x ^ (x >>> 16)) >>> 0;
}

export class Random {
  #state: number;

  /** @param purpose what they are for: those for another purpose have nothing to do with them. */
  constructor(seed: number, purpose: string) {
    this.#state = mix(seed + 0x9e3779b9);
    for (const char of purpose) this.#state = mix(this.#state ^ (char.codePointAt(0) ?? 0));
  }

  /** At least 0 and less than 1. */
  unit(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    return mix(this.#state) / 0x1_0000_0000;
  }

  /** At least `low` and less than `high`. */
  between(low: number, high: number): number {
    return low + this.unit() * (high - low);
  }

  /** A whole number from 0 to `count` - 1. */
  below(count: number): number {
    return Math.floor(this.unit() * count);
  }

  /** One of `list`, which has one at least. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}
