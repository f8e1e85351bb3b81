/** The log of one server: every line and event to its file, what a person wants to see to the console. */
import type { Clock, Instant } from "../runtime/runtime.ts";
import { toBytes } from "../wire/bytes.ts";
import { OutBuffer } from "../wire/render.ts";
import { RecordWriter, type Sign } from "./records.ts";

/** How much an event matters. `debug` goes to the file alone, by default. */
export type EventLevel = "debug" | "info" | "warn" | "error";

/** What a server tells its log. The simulation and the tests listen in its place. */
export interface ServerLog {
  /** Every line in `bytes[start, end)`, which `peer` sent (`<`) or got (`>`) at `now`. */
  lines(now: Instant, peer: Uint8Array, sign: "<" | ">", bytes: Uint8Array, start: number, end: number): void;
  /** One message of several lines, as one record. */
  message(now: Instant, peer: Uint8Array, sign: "<" | ">", bytes: Uint8Array): void;
  /** Something happened; `peer` is who it concerns. */
  event(level: EventLevel, peer: string, sign: "+" | "-" | "!", text: string): void;
}

/** Batches larger than this are handed on at once. */
export const BATCH_BYTES = 131_072;

/** Gathers the records of traffic and hands them on in batches. */
export class TrafficRecorder {
  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly #emit: (records: Uint8Array) => void;
  readonly #out = new OutBuffer(2 * BATCH_BYTES);
  readonly #writer = new RecordWriter(this.#out);
  #due = false;

  /** @param emit gets each batch; it must copy or write it before it returns. */
  constructor(clock: Clock, delayMs: number, emit: (records: Uint8Array) => void) {
    this.#clock = clock;
    this.#delayMs = delayMs;
    this.#emit = emit;
  }

  lines(now: Instant, peer: Uint8Array, sign: Sign, bytes: Uint8Array, start: number, end: number): void {
    this.#writer.lines(now, peer, sign, bytes, start, end);
    this.#schedule();
  }

  message(now: Instant, peer: Uint8Array, sign: Sign, bytes: Uint8Array): void {
    this.#writer.message(now, peer, sign, bytes, 0, bytes.length);
    this.#schedule();
  }

  event(peer: string, sign: Sign, text: string): void {
    this.message(this.#clock.now(), toBytes(peer), sign, toBytes(text));
  }

  /** Hands on what is gathered. */
  flush(): void {
    if (this.#out.length === 0) return;
    this.#emit(this.#out.view());
    this.#out.length = 0;
  }

  #schedule(): void {
    if (this.#out.length >= BATCH_BYTES) return this.flush();
    if (this.#due) return;
    this.#due = true;
    this.#clock.after(this.#delayMs, () => {
      this.#due = false;
      this.flush();
    });
  }
}

/** A log that goes nowhere. */
export const NO_LOG: ServerLog = { lines() {}, message() {}, event() {} };
