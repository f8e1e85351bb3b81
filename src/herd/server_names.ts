/** The names that reports may have as their origin. */
import { compareBytes, toBytes } from "../wire/bytes.ts";

/** The names of the herd's servers, as bytes. */
export class ServerNames {
  readonly #names: readonly Uint8Array[];
  /** The one found last: most lines in a row have one origin. */
  #last: Uint8Array = new Uint8Array(0);

  constructor(names: readonly string[]) {
    this.#names = names.map(toBytes);
  }

  /** Whether `bytes[start, end)` is one of them. */
  has(bytes: Uint8Array, start: number, end: number): boolean {
    if (isName(this.#last, bytes, start, end)) return true;
    for (const name of this.#names) {
      if (!isName(name, bytes, start, end)) continue;
      this.#last = name;
      return true;
    }
    return false;
  }
}

function isName(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  return name.length === end - start && compareBytes(name, 0, name.length, bytes, start, end) === 0;
}
