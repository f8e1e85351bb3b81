/**
 * Reads a journal: AT lines and marks, as links carry them, and notes, up to the first byte that is of neither. A crash tears the last
 * line anywhere; a damaged disk may put anything anywhere. What stands before is whole, and what stands behind
 * cannot be trusted to be in order.
 */
import { toText } from "../wire/bytes.ts";
import type { AtLine, LinkMessage, LinkParser } from "../wire/link_message.ts";
import { type Note, parseNote } from "./notes.ts";
import { LineReader, type LineTaker, makeWorkBuffer } from "../wire/line_reader.ts";

/** Takes what a journal says. */
export interface JournalTaker {
  /** Reports of clients whose ids have these hashes are about to come. */
  expect(hashes: Int32Array, count: number): void;
  /** One report. Its bytes are good during the call only. */
  take(line: AtLine): void;
  /** Everything changed up to `seq` has come. */
  mark(seq: number): void;
  note(note: Note): void;
}

export class JournalReader implements LineTaker {
  readonly #parser: LinkParser;
  readonly #taker: JournalTaker;
  readonly #lines: LineReader;
  readonly #lineBytes: number;
  #records = 0;
  #wholeBytes = 0;
  #damaged = false;

  /** @param lineBytes the longest line that a journal can have, without its LF. */
  constructor(parser: LinkParser, taker: JournalTaker, lineBytes: number) {
    this.#parser = parser;
    this.#taker = taker;
    this.#lineBytes = lineBytes;
    this.#lines = new LineReader(makeWorkBuffer(lineBytes), lineBytes);
  }

  /** Reports read. */
  get records(): number {
    return this.#records;
  }

  /** Bytes of whole lines: where the journal is to be cut, if there are more. */
  get wholeBytes(): number {
    return this.#wholeBytes;
  }

  /** Whether something that is no record has come. Nothing behind it is read. A line without an end is not known to be none. */
  get damaged(): boolean {
    return this.#damaged;
  }

  feed(bytes: Uint8Array): void {
    if (!this.#damaged) this.#lines.feed(bytes, this);
  }

  takeLines(bytes: Uint8Array, start: number, end: number): number {
    // One read comes in several pieces.
    if (this.#damaged) return end;
    let at = start;
    while (at < end) {
      const count = this.#parser.parseAhead(bytes, at, end);
      if (count === 0) return at;
      this.#taker.expect(this.#parser.aheadHashes, count);
      for (let i = 0; i < count; i++) {
        const message = this.#parser.ahead[i]!;
        if (message.next - 1 - at > this.#lineBytes || !this.#take(message, bytes)) {
          this.#damaged = true;
          return end;
        }
        this.#wholeBytes += message.next - at;
        at = message.next;
      }
    }
    return at;
  }

  /** @returns whether it is something that a journal has. */
  #take(message: LinkMessage, bytes: Uint8Array): boolean {
    switch (message.kind) {
      case "at":
        this.#taker.take(message.line);
        this.#records++;
        return true;
      case "mark":
        this.#taker.mark(message.seq);
        return true;
      case "seen":
      case "beat":
        return false;
      case "other": {
        const note = parseNote(toText(bytes, message.lineStart, message.lineEnd));
        if (note !== undefined) this.#taker.note(note);
        return note !== undefined;
      }
    }
  }

  refuseLong(): void {
    this.#damaged = true;
  }

  takeLast(): void {/* Its end is missing: it is torn. */}
}
