/**
 * The hash of client ids. Clients choose their ids, so the hash is keyed with random words of this process: who
 * does not know them cannot choose ids that collide.
 */
export class IdHash {
  /** One random word for each byte value. Parsers that hash while they scan use it in place. */
  readonly words: Int32Array;

  /** @param seed 1,024 random bytes. */
  constructor(seed: Uint8Array) {
    this.words = new Int32Array(256);
    for (let i = 0; i < 1024; i++) this.words[i & 255]! ^= seed[i]! << ((i >>> 8) * 8);
  }

  /** The hash of `bytes[start, end)`, a signed 32-bit integer. */
  of(bytes: Uint8Array, start: number, end: number): number {
    let hash = 0;
    for (let i = start; i < end; i++) hash = mix(hash, this.words[bytes[i]!]!);
    return finish(hash);
  }
}

/** Takes the word of one more byte into `hash`. */
export function mix(hash: number, word: number): number {
  const h = Math.imul(hash ^ word, 0x5bd1e995);
  return h ^ (h >>> 15);
}

/** Spreads what the last bytes changed over all bits. */
export function finish(hash: number): number {
  const h = Math.imul(hash ^ (hash >>> 13), 0x2c1b3c6d);
  return h ^ (h >>> 16);
}
