/**
 * The changes of the registry, for one reader. The registry is the queue: a reader that is slow costs no memory, and
 * gets the newest report of each client.
 */
import type { Limits } from "../limits.ts";
import type { Cursor, Registry } from "../registry/registry.ts";
import { NONE } from "../registry/registry.ts";
import type { Clock, Timer } from "../runtime/runtime.ts";
import type { ClientFilter } from "./client_filter.ts";
import { formatEventId } from "./event_id.ts";
import { PIECE_CHARS, type TextSource } from "./text_stream.ts";
import type { Turns } from "./turns.ts";

/** Reports that are passed in one turn, whether they are wanted or not. */
const TURN_REPORTS = 512;
/** Changes that are walked back over at once; from further behind the way is from the beginning, turn by turn. */
const WALKED_BACK = 4_096;

export interface EventStreamOptions {
  readonly registry: Registry;
  readonly clock: Clock;
  /** Shared by all that streams. */
  readonly turns: Turns;
  readonly limits: Limits;
  /** This life of the server. */
  readonly run: string;
  /** The number of the last change that the reader knows of. */
  readonly from: number;
  /** What it knows is of another life, so that it has to begin anew. */
  readonly isRestart: boolean;
  readonly filter: ClientFilter;
  /** How long the reader is asked to wait before it comes again. */
  readonly retryMs: number;
  /** The stream is over. Called once. */
  ended(): void;
}

export class EventStream implements TextSource {
  readonly #options: EventStreamOptions;
  /** Opened by whoever reads first: what nobody reads keeps nothing. */
  #cursor: Cursor | undefined;
  /** Where the batch under way ends. The next begins after a pause. */
  #batchEnd = 0;
  #saidMs = 0;
  #isOver = false;
  #timer: Timer | undefined;
  #wake: () => void = () => {};

  constructor(options: EventStreamOptions) {
    this.#options = options;
  }

  async next(): Promise<string | undefined> {
    const { clock, limits, turns } = this.#options;
    if (this.#isOver) return undefined;
    if (this.#cursor === undefined) return this.#open();
    for (;;) {
      const cursor = this.#cursor;
      if (!this.#isDue(cursor)) await this.#pause();
      if (this.#isDue(cursor)) {
        const text = await turns.run(() => this.#isOver ? "" : this.#turn(cursor));
        if (text !== "") return this.#say(text);
      }
      if (this.#isOver) return undefined;
      // Long before the connection would be taken for one that nobody reads.
      if (clock.monotonicMs() - this.#saidMs >= Math.min(limits.heartbeatMs, limits.stalledMs / 2)) {
        return this.#say(`: beat\nid: ${this.#idAt(cursor)}\n\n`);
      }
    }
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#cursor !== undefined) this.#options.registry.closeCursor(this.#cursor);
    this.#timer?.cancel();
    this.#wake();
    this.#options.ended();
  }

  /** @returns what is said first. Its ID lets even a reader that hears no more than this come again. */
  #open(): string {
    const { registry, from, isRestart, retryMs, run } = this.#options;
    const isNear = registry.seq - from <= WALKED_BACK;
    this.#cursor = registry.openCursor(isNear ? from : 0);
    this.#batchEnd = registry.seq;
    const restart = isRestart ? `event: restart\ndata: ${JSON.stringify({ run })}\n` : "";
    return this.#say(`retry: ${retryMs}\nid: ${this.#idAt(this.#cursor)}\n${restart}\n`);
  }

  #say(text: string): string {
    this.#saidMs = this.#options.clock.monotonicMs();
    return text;
  }

  #isDue(cursor: Cursor): boolean {
    return cursor.seq < this.#batchEnd && this.#options.registry.isDue(cursor);
  }

  /** Who comes again with this ID is told what has changed behind the cursor, and no more. */
  #idAt({ seq }: Cursor): string {
    return formatEventId({ run: this.#options.run, seq: Math.max(seq, this.#options.from) });
  }

  async #pause(): Promise<void> {
    const { clock, limits, registry } = this.#options;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#timer = clock.after(limits.httpStreamMs, resolve);
    });
    this.#batchEnd = registry.seq;
  }

  /** The events of one turn. */
  #turn(cursor: Cursor): string {
    const { registry, filter, from } = this.#options;
    let text = "";
    for (let i = 0; i < TURN_REPORTS && text.length < PIECE_CHARS && this.#isDue(cursor); i++) {
      const entry = registry.takeNext(cursor);
      if (entry === NONE) break;
      if (cursor.seq <= from) continue;
      const report = filter.read(registry.lineOf(entry));
      if (report === undefined) continue;
      text += `id: ${this.#idAt(cursor)}\nevent: report\ndata: ${JSON.stringify(report)}\n\n`;
    }
    return text;
  }
}
