/** What simulated clients ask, and what must come back for it. */
import type { Random } from "./random.ts";

/** A request and the reply that is due for it. */
export type Expected =
  | {
    readonly kind: "iamat";
    /** The line as it was sent, without its end. */
    readonly line: string;
    readonly id: string;
    readonly position: string;
    readonly time: string;
    readonly sentUs: number;
  }
  | {
    readonly kind: "whatsat";
    readonly line: string;
    readonly id: string;
    readonly radius: string;
    readonly bound: number;
  }
  /** The error line is known in advance, but for its `? `. */
  | { readonly kind: "invalid"; readonly copy: string };

/** Ids that mean something to careless programs, and one that is no UTF-8. */
const ODD_IDS = ["__proto__", "constructor", "\xff\xfe\xfd", "\xf0\x9f\xa6\x8c", "HERD/1", "AT"];

export function makeIds(random: Random, count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => i < 3 ? random.pick(ODD_IDS) : `client-${i}.example`);
}

const POSITIONS = ["+34.068930-118.445127", "-90+180", "+00.0-000.0", "+1-1", "+89.99999999+179.99999999"];

export function drawPosition(random: Random): string {
  if (random.chance(0.3)) return random.pick(POSITIONS);
  const coordinate = (limit: number) =>
    `${random.pick(["+", "-"])}${random.below(limit)}.${random.between(0, 999_999)}`;
  return coordinate(90) + coordinate(180);
}

/** White space between two fields: one space, mostly. */
export function drawGap(random: Random): string {
  return random.chance(0.9) ? " " : random.pick(["  ", "\t", " \v\f", "   \t"]);
}

/** Lines that are no command, whatever a server knows. */
const GARBAGE = [
  "",
  " ",
  "IAMAT",
  "iamat kiwi +34-118 1520023934",
  "IAMAT kiwi +34-118",
  "IAMAT kiwi +34-118 nan",
  "IAMAT kiwi +34-118 1e9",
  "IAMAT kiwi +91-118 1520023934",
  "IAMAT kiwi +34-118 1520023934 more",
  "IAMAT kiwi 34-118 1520023934",
  "IAMAT ki\xa0wi +34-118\xa01520023934",
  "WHATSAT kiwi 10",
  "WHATSAT kiwi 51 5",
  "WHATSAT kiwi 10 21",
  "WHATSAT kiwi +10 5",
  "AT Oak +0.000000001 kiwi +34-118 1520023934",
  "HERD/1 BEAT",
  "HERD/1 MARK 3",
  "HERD/1 SEEN 3",
  "\x00\x00",
  "\xff\xfe not UTF-8",
  "a lone \r in it",
  "? ",
];

export function drawGarbage(random: Random): string {
  if (random.chance(0.6)) return random.pick(GARBAGE);
  const bytes = random.bytes(random.between(1, 40));
  // No line end within, none of its parts at the end, and no letter that begins a command.
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("").replace(/[\n\rIW]/g, "-");
}
