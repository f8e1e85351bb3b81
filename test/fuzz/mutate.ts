/** Makes an input from others: bytes changed, taken out and put in, words of the target, parts of another input. */
import { latin1 } from "../binary.ts";
import type { Random } from "./random.ts";

const BYTES = [
  0x00,
  0x09,
  0x0a,
  0x0d,
  0x20,
  0x2b,
  0x2d,
  0x2e,
  0x30,
  0x39,
  0x41,
  0x7b,
  0x7d,
  0x22,
  0x5c,
  0x80,
  0xff,
];
const MOST_STEPS = 6;
const MOST_REPEATS = 40;

/** A new input of at most `maxBytes`, from `input` and at times `other`. */
export function mutate(
  random: Random,
  input: Uint8Array,
  other: Uint8Array,
  words: readonly string[],
  maxBytes: number,
): Uint8Array {
  let bytes: Uint8Array = input;
  for (let steps = 1 + random.below(MOST_STEPS); steps > 0; steps--) {
    bytes = step(random, bytes, other, words);
  }
  return bytes.slice(0, maxBytes);
}

function step(random: Random, bytes: Uint8Array, other: Uint8Array, words: readonly string[]): Uint8Array {
  const at = random.below(bytes.length + 1);
  const end = at + random.below(Math.min(64, bytes.length - at) + 1);
  switch (random.below(8)) {
    case 0: // one bit
      return replaced(bytes, at, at + 1, Uint8Array.of((bytes[at] ?? 0) ^ (1 << random.below(8))));
    case 1: // one byte
      return replaced(bytes, at, at + 1, Uint8Array.of(random.of(BYTES)));
    case 2: // one byte more
      return replaced(
        bytes,
        at,
        at,
        Uint8Array.of(random.below(2) === 0 ? random.of(BYTES) : random.below(256)),
      );
    case 3: // some bytes less
      return replaced(bytes, at, end, new Uint8Array(0));
    case 4: // a word
      return replaced(bytes, at, random.below(2) === 0 ? at : end, latin1(random.of(words)));
    case 5: // a part again and again
      return replaced(bytes, at, at, repeated(bytes.subarray(at, end), 1 + random.below(MOST_REPEATS)));
    case 6: { // a part of another
      const from = random.below(other.length + 1);
      return replaced(bytes, at, end, other.subarray(from, from + random.below(64)));
    }
    default: // the rest of another
      return replaced(bytes, at, bytes.length, other.subarray(random.below(other.length + 1)));
  }
}

function replaced(bytes: Uint8Array, start: number, end: number, by: Uint8Array): Uint8Array {
  const rest = bytes.subarray(Math.min(end, bytes.length));
  const made = new Uint8Array(start + by.length + rest.length);
  made.set(bytes.subarray(0, start));
  made.set(by, start);
  made.set(rest, start + by.length);
  return made;
}

function repeated(part: Uint8Array, times: number): Uint8Array {
  const made = new Uint8Array(part.length * times);
  for (let i = 0; i < times; i++) made.set(part, i * part.length);
  return made;
}
