/**
 * Reads a journal: AT lines, as links carry them, up to the first byte that cannot be one. A crash tears the last
 * line anywhere; a damaged disk may put anything anywhere. What stands before is whole, and what stands behind
 * cannot be trusted to be in order.
 */
import type { AtLine, LinkParser } from "../wire/link_message.ts";
import { LineReader, type LineTaker, makeWorkBuffer } from "../wire/line_reader.ts";

/** Takes reports. */
export interface ReportTaker {
  /** Reports of clients whose ids have these hashes are about to come. */
  expect(hashes: Int32Array, count: number): void;
  /** One report. Its bytes are good during the call only. */
  take(line: AtLine): void;
}

export class JournalReader implements LineTaker {
  readonly #parser: LinkParser;
  readonly #taker: ReportTaker;
  readonly #lines: LineReader;
  readonly #lineBytes: number;
  #records = 0;
  #wholeBytes = 0;
  #damaged = false;

  /** @param lineBytes the longest line that a journal can have, without its LF. */
  constructor(parser: LinkParser, taker: ReportTaker, lineBytes: number) {
    this.#parser = parser;
    this.#taker = taker;
    this.#lineBytes = lineBytes;
    this.#lines = new LineReader(makeWorkBuffer(lineBytes), lineBytes);
  }

  /** Whole records read. */
  get records(): number {
    return this.#records;
  }

  /** Bytes of them: where the journal is to be cut, if there are more. */
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
        if (message.kind !== "at" || message.line.end - at > this.#lineBytes) {
          this.#damaged = true;
          return end;
        }
        this.#taker.take(message.line);
        this.#records++;
        this.#wholeBytes += message.next - at;
        at = message.next;
      }
    }
    return at;
  }

  refuseLong(): void {
    this.#damaged = true;
  }

  takeLast(): void {/* Its end is missing: it is torn. */}
}
