/** The scanners that read four bytes at a time, against a regular expression and exact numbers. */
import { assert, assertEquals } from "@std/assert";
import { scanPosition, scanTime } from "../../src/wire/scan.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

/** Where a field ends in its text, and for a time its value; undefined where it is none. */
type Scanned = { readonly end: number; readonly seconds?: number; readonly nanos?: number } | undefined;

function referTime(text: string): Scanned {
  const [all = "", seconds = "", , decimals] = /^([0-9]+)(\.([0-9]*))?/.exec(text) ?? [];
  if (seconds === "" || BigInt(seconds) > 99_999_999_999n) return undefined;
  if (decimals !== undefined && (decimals.length < 1 || decimals.length > 9)) return undefined;
  return { end: all.length, seconds: Number(seconds), nanos: Number((decimals ?? "").padEnd(9, "0")) };
}

function referCoordinate(text: string, limit: bigint): number | undefined {
  const [all = "", whole = "", , decimals] = /^[+-]([0-9]+)(\.([0-9]*))?/.exec(text) ?? [];
  if (whole.length < 1 || whole.length > 3 || decimals === "" || BigInt(whole) > limit) return undefined;
  const isPast = BigInt(whole) === limit && BigInt(decimals ?? 0) > 0n;
  return isPast ? undefined : all.length;
}

function referPosition(text: string): Scanned {
  const middle = referCoordinate(text, 90n);
  const length = middle === undefined ? undefined : referCoordinate(text.slice(middle), 180n);
  return middle === undefined || length === undefined ? undefined : { end: middle + length };
}

/**
 * Scans `text` where it stands as a read's bytes do: `shift` bytes from the array's beginning, an LF behind it, and
 * then what an earlier read left, if anything. The array is itself a part of one with digits all around.
 */
function scan(kind: "time" | "position", text: string, shift: number, stale: string): Scanned {
  const around = Uint8Array.from({ length: shift + text.length + 1 + stale.length + 16 }, () => 0x37);
  const bytes = around.subarray(5, around.length - 11);
  bytes.set(Uint8Array.from(`${text}\n${stale}`, (char) => char.charCodeAt(0)), shift);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const into = { seconds: -1, nanos: -1 };
  const end = kind === "time" ? scanTime(bytes, view, shift, into) : scanPosition(bytes, view, shift);
  if (end < 0) return undefined;
  return kind === "time" ? { end: end - shift, ...into } : { end: end - shift };
}

/** Behind the LF there is nothing, or more digits. */
const STALES = ["", "1", "1234567890"];

function assertScanned(text: string, shifts = [0]): void {
  for (const shift of shifts) {
    for (const stale of STALES) {
      const what = () => `${JSON.stringify(text)} at ${shift} before ${JSON.stringify(stale)}`;
      assertEquals(scan("time", text, shift, stale), referTime(text), what());
      assertEquals(scan("position", text, shift, stale), referPosition(text), what());
    }
  }
}

/** Digits that no two places have alike for long. */
function digitsOf(length: number, from = 0): string {
  return Array.from({ length }, (_, i) => (7 * (i + from) + from + 1) % 10).join("");
}

test("numbers of every length are read to their end, wherever they stand", () => {
  for (let whole = 0; whole <= 13; whole++) {
    for (let decimals = 0; decimals <= 17; decimals++) {
      for (const point of ["", "."]) {
        const fraction = point + digitsOf(decimals, whole);
        assertScanned(digitsOf(whole, decimals) + fraction, [0, 1, 2, 3]);
        assertScanned(`+${digitsOf(whole % 5)}${fraction}-${digitsOf(decimals % 5)}${fraction}`, [
          0,
          1,
          2,
          3,
        ]);
      }
    }
  }
});

test("long runs of digits are no longer than they are", () => {
  for (const length of [20, 63, 64, 400, 4_000]) {
    assertScanned("0".repeat(length) + "12");
    assertScanned(digitsOf(length));
    assertScanned(`+12.${digitsOf(length)}-3.${digitsOf(length)}`);
    assertScanned(`+90.${"0".repeat(length)}-180.${"0".repeat(length)}`);
    assertScanned(`+90.${"0".repeat(length)}1-180`);
    assertScanned(`-90-180.${"0".repeat(length)}1`);
  }
});

test("every byte but a digit ends a run of digits, at every place of it", () => {
  const fields = ["12345678901", "12345678.123456789", "+12.12345678-123.123456789", "-1+1.5"];
  for (const field of fields) {
    for (let place = 0; place <= field.length; place++) {
      for (let byte = 0; byte < 256; byte++) {
        if (byte === 0x0a) continue;
        const text = field.slice(0, place) + String.fromCharCode(byte) + field.slice(place);
        for (const kind of ["time", "position"] as const) {
          const expected = kind === "time" ? referTime(text) : referPosition(text);
          assertEquals(scan(kind, text, 0, ""), expected, JSON.stringify(text));
        }
      }
    }
  }
});

const digits = (minLength: number, maxLength: number) =>
  fc.array(fc.constantFrom(..."0000123456789999"), { minLength, maxLength }).map((parts) => parts.join(""));
const decimals = fc.oneof(fc.constant(""), digits(0, 13).map((text) => `.${text}`), fc.constant(".000"));
const time = fc.tuple(digits(1, 12), decimals).map((parts) => parts.join(""));
const coordinate = fc.tuple(
  fc.constantFrom("+", "-"),
  fc.oneof(digits(1, 3), fc.constantFrom("90", "180")),
  decimals,
)
  .map((parts) => parts.join(""));
const position = fc.tuple(coordinate, coordinate).map((parts) => parts.join(""));
/** What is next to digits in code, or is one with a bit changed. */
const nextToDigits = fc.oneof(
  fc.nat({ max: 255 }),
  fc.constantFrom(...[..."/:.+- \xaf\xb0\xb9\xba\xff\0"].map((c) => c.charCodeAt(0))),
)
  .filter((byte) => byte !== 0x0a).map((byte) => String.fromCharCode(byte));
const damaged = fc.tuple(fc.oneof(time, position), fc.nat(), fc.nat({ max: 1 }), nextToDigits)
  .map(([text, place, taken, put]) => {
    const at = place % (text.length + 1);
    return text.slice(0, at) + put + text.slice(at + taken);
  });

test("a regular expression and exact numbers agree on composed and damaged fields", () => {
  const counts = { time: 0, position: 0, neither: 0 };
  fc.assert(
    fc.property(fc.oneof(time, position, damaged), fc.nat({ max: 9 }), (text, shift) => {
      assertScanned(text, [shift]);
      const kind = referTime(text) !== undefined
        ? "time"
        : referPosition(text) !== undefined
        ? "position"
        : "neither";
      counts[kind]++;
    }),
    { numRuns: 10_000 },
  );
  // What is generated is neither all good nor all bad.
  for (const [kind, count] of Object.entries(counts)) assert(count > 500, `${kind}: ${count}`);
});
