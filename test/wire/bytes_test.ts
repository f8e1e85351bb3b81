/** What reads and moves several bytes at a time, against doing it byte by byte. */
import { assertEquals } from "@std/assert";
import {
  areDigits,
  copyBytes,
  equalBytes,
  fieldEnd,
  hasBelow33,
  valueOfDigits,
} from "../../src/wire/bytes.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

const parameters = { numRuns: 20_000 };

/** The bytes around which the answers change, those with the highest bit set among them. */
const edgeBytes = [..."\t\n\v\f\r\0\x1f\x20\x21/09:;\x7f\x80\xa0\xa1\xaf\xb0\xb9\xba\xff"]
  .map((char) => char.charCodeAt(0));
const byte = fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(...edgeBytes), fc.integer({ min: 48, max: 57 }));

/** Four bytes as the number that a scanner reads, the first of them lowest. */
function wordOf(bytes: readonly number[]): number {
  return new DataView(Uint8Array.from(bytes).buffer).getInt32(0, true);
}

function isDigit(one: number): boolean {
  return one >= 48 && one <= 57;
}

test("four bytes are judged as each of them is", () => {
  fc.assert(
    fc.property(fc.array(byte, { minLength: 4, maxLength: 4 }), (bytes) => {
      const word = wordOf(bytes);
      assertEquals(hasBelow33(word), bytes.some((one) => one < 33));
      assertEquals(areDigits(word), bytes.every(isDigit));
    }),
    parameters,
  );
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (word) => {
      const bytes = [word & 255, (word >> 8) & 255, (word >> 16) & 255, (word >> 24) & 255];
      assertEquals(hasBelow33(word), bytes.some((one) => one < 33));
      assertEquals(areDigits(word), bytes.every(isDigit));
    }),
    parameters,
  );
});

test("any byte at any place among digits is seen, and any among letters", () => {
  for (let place = 0; place < 4; place++) {
    for (let one = 0; one < 256; one++) {
      for (const others of [48, 57]) {
        assertEquals(areDigits(wordOf(Array(4).fill(others).with(place, one))), isDigit(one), `${one}`);
      }
      for (const others of [33, 127, 128, 255]) {
        assertEquals(hasBelow33(wordOf(Array(4).fill(others).with(place, one))), one < 33, `${one}`);
      }
    }
  }
});

test("four digits have the value that they write", () => {
  for (let value = 0; value < 10_000; value++) {
    const text = String(value).padStart(4, "0");
    assertEquals(valueOfDigits(wordOf([...text].map((digit) => digit.charCodeAt(0)))), value);
  }
});

test("a field ends at the first of the six white-space bytes, and at no other byte", () => {
  fc.assert(
    fc.property(
      fc.array(byte, { maxLength: 40 }),
      fc.nat({ max: 40 }),
      fc.constantFrom(..." \t\n\v\f\r"),
      (before, from, last) => {
        // The last byte of the array may be the one that ends the field.
        const bytes = Uint8Array.from([...before, last.charCodeAt(0)]);
        const start = Math.min(from, before.length);
        const text = String.fromCharCode(...bytes);
        assertEquals(fieldEnd(bytes, start), start + text.slice(start).search(/[ \t\n\v\f\r]/));
      },
    ),
    parameters,
  );
});

/** An array that is a part of a larger one, as a read often is, and a view of that part. */
function partOf(bytes: Uint8Array): { readonly part: Uint8Array; readonly view: DataView } {
  const part = new Uint8Array(bytes.length + 10).subarray(3, 3 + bytes.length);
  part.set(bytes);
  return { part, view: new DataView(part.buffer, part.byteOffset, part.length) };
}

const shift = fc.nat({ max: 9 });
const sixty = fc.uint8Array({ minLength: 60, maxLength: 60 });

test("a copy is whole, and nothing around it is touched", () => {
  fc.assert(
    fc.property(sixty, sixty, fc.nat({ max: 40 }), shift, shift, (source, target, length, start, at) => {
      const { part, view } = partOf(target);
      copyBytes(partOf(source).view, start, start + length, view, at);
      const expected = target.slice();
      expected.set(source.subarray(start, start + length), at);
      assertEquals(part, expected);
    }),
    parameters,
  );
});

test("a copy may take all of an array and fill all of another", () => {
  for (let length = 0; length <= 40; length++) {
    const source = Uint8Array.from({ length }, (_, i) => 200 - i);
    const { part, view } = partOf(new Uint8Array(length));
    copyBytes(partOf(source).view, 0, length, view, 0);
    assertEquals(part, source);
  }
});

test("bytes are equal when all of theirs are, whatever stands around them", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 40 }),
      sixty,
      sixty,
      shift,
      shift,
      fc.nat({ max: 40 }),
      fc.nat({ max: 255 }),
      (piece, one, other, at, otherAt, place, put) => {
        const [{ part, view: a }, { part: otherPart, view: b }] = [partOf(one), partOf(other)];
        part.set(piece, at);
        otherPart.set(piece, otherAt);
        assertEquals(equalBytes(a, at, b, otherAt, piece.length), true);
        if (piece.length === 0) return;
        const changed = otherAt + place % piece.length;
        const isSame = b.getUint8(changed) === put;
        b.setUint8(changed, put);
        assertEquals(equalBytes(a, at, b, otherAt, piece.length), isSame);
      },
    ),
    parameters,
  );
});
