/**
 * The hash of client ids. Clients choose their ids, so the hash is keyed with random words of this process: who
 * does not know them cannot choose ids that collide. Four bytes are taken in at a time, each by a table of its own
 * (tabulation); what is left over, byte by byte.
 */
import { fieldEnd, hasBelow33 } from "./bytes.ts";

/** Makes one table's words from another's, so that 1,024 random bytes key all four. */
const NEXT_TABLE = 0x9e3779b1;

export class IdHash {
  /** The hash of the id that was scanned last, a signed 32-bit integer. */
  scanned = 0;
  /** A random word for each byte value, and what was made of it for the other places of four bytes. */
  readonly #first = new Int32Array(256);
  readonly #second = new Int32Array(256);
  readonly #third = new Int32Array(256);
  readonly #fourth = new Int32Array(256);

  /** @param seed 1,024 random bytes. */
  constructor(seed: Uint8Array) {
    for (let i = 0; i < 1024; i++) this.#first[i & 255]! ^= seed[i]! << ((i >>> 8) * 8);
    for (let i = 0; i < 256; i++) {
      this.#second[i] = mix(this.#first[i]!, NEXT_TABLE);
      this.#third[i] = mix(this.#second[i]!, NEXT_TABLE);
      this.#fourth[i] = mix(this.#third[i]!, NEXT_TABLE);
    }
  }

  /** The hash of `bytes[start, end)`. */
  of(bytes: Uint8Array, start: number, end: number): number {
    return finish(this.#rest(0, bytes, start, end));
  }

  /**
   * Scans the id that begins at `start`, and hashes it on the way: `scanned`. White space must end it.
   * @param view of `bytes`.
   * @returns the offset past it.
   */
  scan(bytes: Uint8Array, view: DataView, start: number): number {
    let hash = 0;
    let i = start;
    const last = bytes.length - 4;
    while (i <= last) {
      const four = view.getInt32(i, true);
      if (hasBelow33(four)) break;
      hash = mix(hash, this.wordOf(four));
      i += 4;
    }
    const end = fieldEnd(bytes, i);
    this.scanned = finish(this.#rest(hash, bytes, i, end));
    return end;
  }

  /** The random word of four bytes, the first of them lowest. */
  wordOf(four: number): number {
    return this.#first[four & 255]! ^ this.#second[(four >>> 8) & 255]! ^ this.#third[(four >>> 16) & 255]! ^
      this.#fourth[four >>> 24]!;
  }

  #rest(hash: number, bytes: Uint8Array, start: number, end: number): number {
    let i = start;
    for (; i + 4 <= end; i += 4) {
      hash = mix(
        hash,
        this.wordOf(bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)),
      );
    }
    for (; i < end; i++) hash = mix(hash, this.#first[bytes[i]!]!);
    return hash;
  }
}

/** Takes a random word into `hash`. */
export function mix(hash: number, word: number): number {
  const h = Math.imul(hash ^ word, 0x5bd1e995);
  return h ^ (h >>> 15);
}

/** Spreads what the last bytes changed over all bits. */
export function finish(hash: number): number {
  const h = Math.imul(hash ^ (hash >>> 13), 0x2c1b3c6d);
  return h ^ (h >>> 16);
}
