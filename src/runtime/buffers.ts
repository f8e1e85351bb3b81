/** Buffers for what a socket has not taken yet. */

/** Larger buffers are not kept by an idle connection, of which there may be thousands, */
const KEPT_BYTES = 65_536;
/** but a few of them are put by for whoever writes much next: links, above all. */
const SPARE_BUFFERS = 16;
const SPARE_BYTES = 524_288;

export const NO_BYTES: Uint8Array<ArrayBuffer> = new Uint8Array(0);

class Buffers {
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];

  /** A buffer of at least `needed` bytes, the first `used` of which are those of `old`. */
  grow(old: Uint8Array<ArrayBuffer>, used: number, needed: number): Uint8Array<ArrayBuffer> {
    const grown = this.#take(needed, 2 * old.length);
    grown.set(old.subarray(0, used));
    this.#putBy(old);
    return grown;
  }

  /** @returns `buffer` itself where its connection should keep it, or else an empty one. */
  release(buffer: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    if (buffer.length <= KEPT_BYTES) return buffer;
    this.#putBy(buffer);
    return NO_BYTES;
  }

  #take(needed: number, wanted: number): Uint8Array<ArrayBuffer> {
    if (needed <= KEPT_BYTES) return new Uint8Array(Math.max(needed, Math.min(wanted, KEPT_BYTES)));
    if (needed > SPARE_BYTES) return new Uint8Array(Math.max(needed, wanted));
    return this.#spare.pop() ?? new Uint8Array(SPARE_BYTES);
  }

  #putBy(buffer: Uint8Array<ArrayBuffer>): void {
    if (buffer.length === SPARE_BYTES && this.#spare.length < SPARE_BUFFERS) this.#spare.push(buffer);
  }
}

export const buffers: Buffers = new Buffers();
