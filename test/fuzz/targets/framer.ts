/** From reads to lines: however a stream is split, and whenever its taker stops, the lines are the same. */
import { LineReader, type LineTaker, makeWorkBuffer } from "../../../src/wire/line_reader.ts";
import { textOf } from "../../binary.ts";
import { kindOf, mustEqual, piecesOf, sizeOf, type Target } from "../target.ts";

const LIMIT = 16;

type Event = readonly [kind: "line" | "long" | "last", text: string];

class Taker implements LineTaker {
  readonly events: Event[] = [];
  /** Lines that are taken before a stop. */
  budget = Infinity;

  takeLines(bytes: Uint8Array, start: number, end: number): number {
    mustEqual(bytes[end], 0x0a, "the LF that stops scans");
    let at = start;
    for (; this.budget > 0; this.budget--) {
      const lf = bytes.indexOf(0x0a, at);
      if (lf >= end) break;
      this.#take("line", textOf(bytes, at, lf).replace(/\r$/, ""));
      at = lf + 1;
    }
    return at;
  }
  refuseLong(bytes: Uint8Array, start: number, end: number): void {
    this.events.push(["long", textOf(bytes, start, end)]);
  }
  takeLast(bytes: Uint8Array, start: number, end: number): void {
    this.#take("last", textOf(bytes, start, end));
  }
  #take(kind: "line" | "last", line: string): void {
    this.events.push(line.length > LIMIT ? ["long", line.slice(0, LIMIT)] : [kind, line]);
  }
}

const work = makeWorkBuffer(LIMIT);

function eventsOf(reads: readonly Uint8Array[], budget: number): readonly Event[] {
  const taker = new Taker();
  const reader = new LineReader(work, LIMIT);
  const goOn = () => {
    while (reader.stopped) {
      taker.budget = budget;
      reader.resume(taker);
    }
  };
  for (const read of reads) {
    taker.budget = budget;
    reader.feed(read, taker);
    if (budget === Infinity && reader.keptBytes > LIMIT + 1) {
      throw new Error(`keeps ${reader.keptBytes} bytes`);
    }
    // Sometimes more comes before it goes on.
    if (read.length % 2 === 1) goOn();
  }
  goOn();
  taker.budget = Infinity;
  reader.finish(taker);
  return taker.events;
}

function refer(text: string): Event[] {
  const told = (kind: Event[0], line: string): Event =>
    line.length > LIMIT ? ["long", line.slice(0, LIMIT)] : [kind, line];
  const lines = text.split("\n");
  const last = lines.pop() ?? "";
  const events = lines.map((line) => told("line", line.replace(/\r$/, "")));
  return last === "" ? events : [...events, told("last", last)];
}

export const framer: Target = {
  name: "framer",
  words: [
    "\n",
    "\r\n",
    "\r",
    "\n\n",
    "x".repeat(15),
    "x".repeat(16),
    "x".repeat(17),
    "\0",
    "x".repeat(70_000),
  ],
  maxBytes: 150_000,
  run(input) {
    const expected = refer(textOf(input));
    mustEqual(eventsOf([input], Infinity), expected, "in one read");
    const pieces = input.length > 4_096 ? [input.slice(0, 65_536), input.slice(65_536)] : piecesOf(input);
    mustEqual(eventsOf(pieces, Infinity), expected, "in pieces");
    if (input.length <= 4_096) {
      mustEqual(eventsOf(Array.from(input, (byte) => Uint8Array.of(byte)), Infinity), expected, "in bytes");
      mustEqual(eventsOf(pieces, 1), expected, "one line at a time");
      mustEqual(eventsOf(pieces, 3), expected, "three lines at a time");
    }
    const shapes = expected.map(([kind, text]) => `${kind}${sizeOf(text.length)}`);
    return `${kindOf(shapes)}, ${sizeOf(input.length)}`;
  },
};
