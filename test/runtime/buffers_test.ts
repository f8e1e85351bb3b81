/** Buffers for what a socket has not taken yet: nothing is lost in one that grows, and none is held twice. */
import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { buffers, NO_BYTES } from "../../src/runtime/buffers.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

/** A buffer of at least so many bytes is taken away from a connection that is idle. */
const LARGE = 65_537;

/** A connection's buffer, with bytes that tell whose they are. */
class Holder {
  readonly #number: number;
  buffer = NO_BYTES;
  #written: number[] = [];
  #next = 0;

  constructor(number: number) {
    this.#number = number;
  }

  /** Lays `count` bytes behind what waits: few enough of them other than zero to be looked at each time. */
  write(count: number): void {
    const used = this.used;
    if (used + count > this.buffer.length) this.buffer = buffers.grow(this.buffer, used, used + count);
    assertGreaterOrEqual(this.buffer.length, used + count);
    this.#written.push(count);
    this.#next++;
    this.buffer[used] = this.#mark(this.#next);
    this.buffer[used + count - 1] = this.#mark(this.#next);
  }

  /** The socket has taken everything. */
  sent(): void {
    const { length } = this.buffer;
    const kept = buffers.release(this.buffer);
    if (length < LARGE) assert(kept === this.buffer, "a small buffer stays with its connection");
    else assertEquals(kept.length, 0);
    this.buffer = kept;
    this.#written = [];
  }

  get used(): number {
    return this.#written.reduce((sum, count) => sum + count, 0);
  }

  /** What was written is there still. */
  check(): void {
    let at = 0;
    for (const [i, count] of this.#written.entries()) {
      const mark = this.#mark(this.#next - this.#written.length + 1 + i);
      assertEquals([this.buffer[at], this.buffer[at + count - 1]], [mark, mark], `of ${this.#number}`);
      at += count;
    }
  }

  #mark(write: number): number {
    return 1 + (this.#number * 29 + write * 7) % 255;
  }
}

const HOLDERS = 24;

const step = fc.record({
  which: fc.nat({ max: HOLDERS - 1 }),
  /** Bytes to write; none where the socket takes what there is. */
  count: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 1, max: 5_000 }),
    fc.integer({ min: 1, max: 200_000 }),
    fc.constantFrom(1, 65_535, 65_536, 65_537, 524_287, 524_288, 524_289, 700_000),
  ),
});

test("whatever connections write and send, each keeps its own bytes, in a buffer of its own", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: "max" }), (steps) => {
      const holders = Array.from({ length: HOLDERS }, (_, number) => new Holder(number));
      for (const { which, count } of steps) {
        const holder = holders[which]!;
        if (count === 0) holder.sent();
        else holder.write(count);
        const held = holders.map(({ buffer }) => buffer.buffer).filter(({ byteLength }) => byteLength > 0);
        assertEquals(new Set(held).size, held.length, "no two hold the same buffer");
        for (const one of holders) one.check();
      }
      for (const holder of holders) holder.sent();
    }),
    { numRuns: 60 },
  );
});

test("a grown buffer has room for what is needed, and begins with the bytes that were in use", () => {
  for (const needed of [101, 40_000, 65_536, 65_537, 524_288, 524_289, 2_000_000]) {
    const old = Uint8Array.from({ length: 100 }, (_, i) => i + 1);
    const grown = buffers.grow(old, 60, needed);
    assertGreaterOrEqual(grown.length, needed);
    assertEquals(grown.slice(0, 60), old.slice(0, 60));
    buffers.release(grown);
  }
});

test("a large buffer that was given back is given out again, but not more of them than a few are kept", () => {
  const grow = () => buffers.grow(NO_BYTES, 0, LARGE);
  const first = Array.from({ length: 100 }, grow);
  for (const buffer of first) assertEquals(buffers.release(buffer).length, 0);
  const second = Array.from({ length: 100 }, grow);
  assertEquals(new Set(second).size, 100);
  const again = second.filter((buffer) => first.includes(buffer)).length;
  assert(again > 0 && again < 50, `${again} of 100`);
  for (const buffer of second) buffers.release(buffer);
});

test("a buffer that was outgrown is given out again, and no sooner", () => {
  const spares = Array.from({ length: 20 }, () => buffers.grow(NO_BYTES, 0, LARGE));
  const old = spares[0]!;
  const grown = buffers.grow(old, 10, old.length + 1);
  assert(grown !== old);
  assert(buffers.grow(NO_BYTES, 0, LARGE) === old);
  for (const buffer of [...spares, grown]) buffers.release(buffer);
});
