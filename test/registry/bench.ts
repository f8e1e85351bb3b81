/** A registry in a test's hands: reports told as texts, lines read as texts. */
import { assert, assertEquals } from "@std/assert";
import { FloodBatches } from "../../src/herd/flood_batches.ts";
import { DueLines } from "../../src/registry/due_lines.ts";
import { type Cursor, NONE, OWN, Registry, type Verdict } from "../../src/registry/registry.ts";
import { IdHash } from "../../src/wire/id_hash.ts";
import { type AtLine, LinkParser } from "../../src/wire/link_message.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const spreading = new IdHash(new Uint8Array(1024).map((_, i) => i * 167 + (i >> 5)));
/** Gives all ids of one length one hash, so that only their bytes tell them apart. */
export const colliding = new IdHash(new Uint8Array(1024));

const ROOM = 1_000_000;

/** A registry and what a test says to it. */
export class Bench {
  readonly registry: Registry;
  readonly #parser: LinkParser;
  /** What all links of a server share. */
  readonly batches: FloodBatches;

  constructor(hash = spreading, maxClients = ROOM) {
    this.registry = new Registry(hash, maxClients);
    this.batches = new FloodBatches(this.registry);
    this.#parser = new LinkParser(hash);
  }

  lineOf(text: string): AtLine {
    const bytes = encoder.encode(`${text}\n`);
    const message = this.#parser.parse(bytes, 0, bytes.length);
    assert(message?.kind === "at", text);
    return message.line;
  }

  offer(text: string, source = OWN): Verdict {
    return this.registry.offer(this.lineOf(text), source);
  }

  entryOf(id: string): number {
    const bytes = encoder.encode(`<${id}>`);
    return this.registry.find(bytes, 1, bytes.length - 1, this.hashOf(id));
  }

  hashOf(id: string): number {
    const bytes = encoder.encode(id);
    return this.registry.hash.of(bytes, 0, bytes.length);
  }

  /** The line held of `id`. */
  held(id: string): string | undefined {
    const entry = this.entryOf(id);
    return entry === NONE ? undefined : decoder.decode(this.registry.lineOf(entry));
  }

  lines(): string[] {
    return Array.from(this.registry.lines(), (line) => decoder.decode(line));
  }

  /** What is due at `cursor` next: all of it by way of the links' shared batches, or a part. */
  due(cursor: Cursor, neighbor = 0, knownFrom = 0, maxBytes = Infinity): string[] {
    if (maxBytes === Infinity) {
      const lines: string[] = [];
      while (this.registry.isDue(cursor)) {
        lines.push(...linesFor(neighbor, this.batches.take(cursor, knownFrom)));
      }
      return lines;
    }
    const due = new DueLines(0);
    this.registry.takeDue(cursor, knownFrom, due, maxBytes);
    return linesFor(neighbor, due);
  }
}

/** With nobody to wait for. */
const IMPATIENT = new Uint8Array(65);

/** What `due` has for a neighbor: lines to be sent now, and the change numbers of those to be waited with. */
export function dueFor(
  index: number,
  due: DueLines,
  patience: Uint8Array = IMPATIENT,
): { readonly lines: string[]; readonly waiting: { readonly entry: number; readonly seq: number }[] } {
  const lines: string[] = [];
  const waiting: { readonly entry: number; readonly seq: number }[] = [];
  due.forNeighbor({ index, patience }, {
    send(bytes, start, end, count) {
      const range = decoder.decode(bytes.subarray(start, end)).split("\n");
      assertEquals(range.pop(), "", "each line has its LF");
      assertEquals(range.length, count);
      lines.push(...range);
    },
    wait: (entry, seq) => void waiting.push({ entry, seq }),
  });
  return { lines, waiting };
}

/** The lines of `due` that go to `neighbor`. */
export function linesFor(neighbor: number, due: DueLines): string[] {
  return dueFor(neighbor, due).lines;
}

export function report(id: string, time: number | string = 1, position = "+1+2"): string {
  return `AT Goloman +0.000000000 ${id} ${position} ${time}`;
}
