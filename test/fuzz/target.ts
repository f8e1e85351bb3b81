/** What can be fuzzed: anything that takes bytes from someone who means harm. */
export interface Target {
  readonly name: string;
  /** Texts, a character a byte, that mean something to it. */
  readonly words: readonly string[];
  /** No input is longer. */
  readonly maxBytes: number;
  /**
   * Gives it one input.
   * @returns what it did, in short. Inputs that make it do the same are of one kind; one of each kind is kept.
   * @throws {Error} when it did what it must never do.
   */
  run(input: Uint8Array): string | Promise<string>;
}

/** How large a number is, roughly: 0, 1, 2, 3 for 4 to 7, and so on. */
export function sizeOf(count: number): number {
  return count <= 0 ? 0 : Math.floor(Math.log2(count)) + 1;
}

/** The different ones among `shapes`, in order, and roughly how many there were: the kind of a list. */
export function kindOf(shapes: readonly string[]): string {
  return `${[...new Set(shapes)].toSorted().slice(0, 3).join(" ")} of ${sizeOf(shapes.length)}`;
}

/** Cuts `input` in pieces whose lengths its own bytes say, so that one input means one split. */
export function piecesOf(input: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0, step = 0; at < input.length; at += step) {
    step = 1 + (input[at]! * 31 + at * 7 + input.length) % 23;
    pieces.push(input.slice(at, at + step));
  }
  return pieces;
}

/** @throws {Error} that shows both, when they differ. */
export function mustEqual(actual: unknown, expected: unknown, what: string): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: ${a?.slice(0, 500)} where ${b?.slice(0, 500)} was due`);
}
