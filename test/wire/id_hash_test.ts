/** The hash of ids: the same wherever it is made, and out of reach of whoever chooses the ids. */
import { assert, assertEquals, assertLess, assertNotEquals } from "@std/assert";
import { ClientParser } from "../../src/wire/client_message.ts";
import { finish, IdHash, mix } from "../../src/wire/id_hash.ts";
import { LinkParser } from "../../src/wire/link_message.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

/** 1,024 bytes that no pattern is seen in, always the same ones from one number. */
function seedOf(number: number): Uint8Array {
  let state = number;
  return new Uint8Array(1024).map(() => {
    state = Math.imul(state ^ (state >>> 15), 0x85ebca6b) + 0x6d2b79f5 | 0;
    return Math.imul(state ^ (state >>> 13), 0xc2b2ae35) >>> 24;
  });
}

function hashOf(hash: IdHash, text: string): number {
  const bytes = new TextEncoder().encode(text);
  return hash.of(bytes, 0, bytes.length);
}

/** Any id: bytes but white space. */
const idBytes = fc.uint8Array({ minLength: 1, maxLength: 60 })
  .map((bytes) => bytes.map((byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) ? 0x5f : byte));

function lineWith(before: string, id: Uint8Array, after: string): Uint8Array {
  const encoder = new TextEncoder();
  return new Uint8Array([...encoder.encode(before), ...id, ...encoder.encode(after)]);
}

test("the hash made while scanning is that of the id, in every kind of message", () => {
  const hash = new IdHash(seedOf(1));
  const clients = new ClientParser(hash);
  const links = new LinkParser(hash);
  fc.assert(
    fc.property(idBytes, fc.nat({ max: 9 }), (id, shift) => {
      const expected = hash.of(id, 0, id.length);
      assertEquals(expected, expected | 0, "a 32-bit integer");
      const moved = new Uint8Array(shift + id.length + 1);
      moved.set(id, shift);
      assertEquals(hash.of(moved, shift, shift + id.length), expected, "wherever it stands");
      const iamat = lineWith("IAMAT ", id, " +1+2 3\n");
      const said = clients.parse(iamat, 0, iamat.length);
      assert(said?.kind === "iamat");
      assertEquals(said.idHash, expected);
      const whatsat = lineWith(" WHATSAT\t ", id, "\r1 2\n");
      const asked = clients.parse(whatsat, 0, whatsat.length);
      assert(asked?.kind === "whatsat");
      assertEquals(asked.idHash, expected);
      const at = lineWith("AT Goloman +0.000000001 ", id, " +1+2 3\n");
      const told = links.parse(at, 0, at.length);
      assert(told?.kind === "at");
      assertEquals(told.line.idHash, expected);
    }),
    { numRuns: 1_000 },
  );
});

test("ids have another order under another seed", () => {
  const ids = Array.from({ length: 50 }, (_, i) => `client-${i}`);
  const orders = [1, 2, 3, 4].map((seed) => {
    const hash = new IdHash(seedOf(seed));
    return ids.toSorted((a, b) => hashOf(hash, a) - hashOf(hash, b)).join();
  });
  assertEquals(new Set(orders).size, orders.length);
  const again = new IdHash(seedOf(1));
  assertEquals(ids.toSorted((a, b) => hashOf(again, a) - hashOf(again, b)).join(), orders[0]);
});

test("every byte of the seed counts", () => {
  const before = new IdHash(seedOf(1));
  for (let i = 0; i < 1024; i++) {
    const changed = seedOf(1);
    changed[i] = (changed[i] ?? 0) ^ 0x10;
    const after = new IdHash(changed);
    const id = Uint8Array.of(i & 255);
    assertNotEquals(after.of(id, 0, 1), before.of(id, 0, 1), `byte ${i}`);
  }
});

// ------------------------------------------------------------------------------------------- ids chosen to collide

/** How a hash takes in a block of four bytes. */
type Step = (hash: number, block: Uint8Array) => number;

const fnv1a: Step = (hash, block) => block.reduce((h, byte) => Math.imul(h ^ byte, 0x01000193), hash);
const FNV_BASIS = 0x811c9dc5 | 0;

const LEVELS = 20;
const BLOCK = 4;
const ID_LENGTH = LEVELS * BLOCK;

/**
 * Pairs of blocks, each pair of which takes the hash from one state to the same next one: choosing one block of each
 * pair gives 2 ** 20 ids, and all of them have one hash (Joux's multicollisions).
 */
function collidingBlocks(step: Step, basis: number): readonly (readonly [Uint8Array, Uint8Array])[] {
  let state = basis;
  return Array.from({ length: LEVELS }, () => {
    const seen = new Map<number, number>();
    for (let number = 0;; number++) {
      const block = blockOf(number);
      const next = step(state, block) | 0;
      const other = seen.get(next);
      if (other !== undefined) {
        state = next;
        return [blockOf(other), block] as const;
      }
      seen.set(next, number);
    }
  });
}

function fourOf(block: Uint8Array): number {
  return new DataView(block.buffer, block.byteOffset).getInt32(0, true);
}

/** Different for every number below 2 ** 28. */
function blockOf(number: number): Uint8Array {
  const scattered = Math.imul(number, 0x9e3779b1);
  return Uint8Array.from({ length: BLOCK }, (_, i) => 0x80 | (scattered >> (7 * i)) & 127);
}

/** All ids that the pairs make, one behind the other. */
function idsOf(pairs: readonly (readonly [Uint8Array, Uint8Array])[]): Uint8Array {
  const ids = new Uint8Array(ID_LENGTH << LEVELS);
  pairs.forEach(([one], level) => ids.set(one, level * BLOCK));
  // Each further pair doubles what there is: the same ids again, with its other block.
  pairs.forEach(([, other], level) => {
    const size = ID_LENGTH << level;
    ids.copyWithin(size, 0, size);
    for (let at = size; at < 2 * size; at += ID_LENGTH) ids.set(other, at + level * BLOCK);
  });
  return ids;
}

/** The same number of ids, the kind that fleets have: a prefix and a number. */
function countedIds(): Uint8Array {
  const ids = new Uint8Array(ID_LENGTH << LEVELS).fill(0x6b);
  for (let id = 0; id < 1 << LEVELS; id++) {
    for (let at = (id + 1) * ID_LENGTH - 1, rest = id, digit = 0; digit < 8; digit++, at--) {
      ids[at] = 0x30 + rest % 10;
      rest = Math.floor(rest / 10);
    }
  }
  return ids;
}

/** Ids that differ in their first bytes only, before much that is the same. */
function earlyIds(): Uint8Array {
  const ids = new Uint8Array(ID_LENGTH << LEVELS).fill(0x00);
  for (let id = 0; id < 1 << LEVELS; id++) ids.set(blockOf(id), id * ID_LENGTH);
  return ids;
}

/** Ids of two letters alone. */
function binaryIds(): Uint8Array {
  return idsOf(Array.from({ length: LEVELS }, () => [Uint8Array.of(1, 1, 1, 1), Uint8Array.of(1, 1, 2, 1)]));
}

const TOO_MANY_PROBES = 1_000;

/** Puts every id into an open table twice as large, as the registry's is, and counts. */
function probe(hash: IdHash, ids: Uint8Array): { longest: number; mean: number; sameHash: number } {
  const mask = (2 << LEVELS) - 1;
  const hashes = new Int32Array(mask + 1);
  const used = new Uint8Array(mask + 1);
  let longest = 0, all = 0, sameHash = 0;
  for (let start = 0; start < ids.length; start += ID_LENGTH) {
    const hashed = hash.of(ids, start, start + ID_LENGTH);
    let at = hashed & mask;
    let probes = 1;
    let isSame = false;
    for (; used[at] === 1 && probes <= TOO_MANY_PROBES; at = (at + 1) & mask) {
      isSame ||= hashes[at] === hashed;
      probes++;
    }
    assertLess(probes, TOO_MANY_PROBES, `id ${start / ID_LENGTH} is not found in sensible time`);
    used[at] = 1;
    hashes[at] = hashed;
    longest = Math.max(longest, probes);
    all += probes;
    if (isSame) sameHash++;
  }
  return { longest, mean: all / (1 << LEVELS), sameHash };
}

/**
 * Random hashes need 1.5 probes on the average at a half-full table (Knuth), some dozens at the worst, and about 128
 * of the million share a hash with an earlier id.
 */
function assertSpread(ids: Uint8Array, name: string): void {
  for (const seed of [11, 12]) {
    const { longest, mean, sameHash } = probe(new IdHash(seedOf(seed)), ids);
    assertLess(mean, 1.6, `${name}, seed ${seed}: probes on the average`);
    assertLess(longest, 200, `${name}, seed ${seed}: most probes`);
    assertLess(sameHash, 400, `${name}, seed ${seed}: ids that share a hash`);
  }
}

test("a million ids that all collide under an unseeded FNV-1a spread", () => {
  const ids = idsOf(collidingBlocks(fnv1a, FNV_BASIS));
  const hashes = new Set<number>();
  for (let start = 0; start < ids.length; start += 1_001 * ID_LENGTH) {
    hashes.add(fnv1a(FNV_BASIS, ids.subarray(start, start + ID_LENGTH)));
  }
  assertEquals(hashes.size, 1, "they do collide there");
  assertSpread(ids, "FNV-1a");
});

test("a million ids that all collide under a known seed spread under any other", () => {
  const known = new IdHash(seedOf(10));
  const ids = idsOf(collidingBlocks((hash, block) => mix(hash, known.wordOf(fourOf(block))), 0));
  const hashes = new Set<number>();
  for (let start = 0; start < ids.length; start += 1_001 * ID_LENGTH) {
    hashes.add(known.of(ids, start, start + ID_LENGTH));
  }
  assertEquals(hashes.size, 1, "they do collide there");
  assertSpread(ids, "known seed");
});

test("a million ids of the common kinds spread", () => {
  assertSpread(countedIds(), "counted");
  assertSpread(earlyIds(), "early");
  assertSpread(binaryIds(), "two letters");
});

test("different states of the hash end in different hashes", () => {
  const finished = new Set<number>();
  for (let state = 0; state < 100_000; state++) finished.add(finish(Math.imul(state, 0x9e3779b1)));
  assertEquals(finished.size, 100_000);
});
