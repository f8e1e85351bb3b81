/** What happened, as one number that two runs of a seed must share, and, when asked for, as lines for a person. */
import type { Scheduler } from "./scheduler.ts";

/** Lines kept: the last of them. */
const KEPT_LINES = 20_000;

/** A check did not hold: the history ends here. */
export class Violation extends Error {
  override readonly name = "Violation";
  /** The check, in a word or two, as the self-check's table names it. */
  readonly check: string;
  constructor(check: string, message: string) {
    super(message);
    this.check = check;
  }
}

export class Trace {
  /** Of every byte delivered, and every thing noted, so far. */
  hash = 0x811c9dc5 | 0;
  readonly #scheduler: Scheduler;
  readonly #lines: string[] | undefined;

  constructor(scheduler: Scheduler, keepsLines: boolean) {
    this.#scheduler = scheduler;
    this.#lines = keepsLines ? [] : undefined;
  }

  get lines(): readonly string[] {
    return (this.#lines ?? []).slice(-KEPT_LINES);
  }

  /** Bytes arrived somewhere. */
  bytes(bytes: Uint8Array): void {
    let hash = this.hash ^ this.#scheduler.nowUs;
    for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    this.hash = hash;
  }

  /** Something happened to `who`. The text is made only where someone reads it. */
  say(who: string, what: string, text?: () => string): void {
    let hash = this.hash ^ this.#scheduler.nowUs;
    for (let i = 0; i < who.length; i++) hash = Math.imul(hash ^ who.charCodeAt(i), 0x01000193);
    for (let i = 0; i < what.length; i++) hash = Math.imul(hash ^ what.charCodeAt(i), 0x01000193);
    this.hash = hash;
    if (this.#lines === undefined) return;
    const seconds = (this.#scheduler.nowUs / 1e6).toFixed(3).padStart(8);
    this.#lines.push(`${seconds} ${who.padEnd(12)} ${what}${text === undefined ? "" : ` ${text()}`}`);
    if (this.#lines.length > 2 * KEPT_LINES) this.#lines.splice(0, KEPT_LINES);
  }
}

/** Bytes as a line for a person: what is not printable ASCII is escaped, and what is long is cut. */
export function show(bytes: Uint8Array | string, longest = 160): string {
  const text = typeof bytes === "string" ? bytes : binary(bytes);
  const escaped = text.slice(0, longest).replace(/[^\x20-\x7e]/g, (c) => c === "\n" ? "\\n" : escape(c));
  return text.length > longest ? `${escaped}… (${text.length} bytes)` : escaped;
}

function escape(char: string): string {
  return `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
}

/** One character for each byte. */
export function binary(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 4_096) {
    // An array of bytes will do for one of numbers, and is not walked by an iterator.
    text += String.fromCharCode.apply(null, bytes.subarray(i, i + 4_096) as unknown as number[]);
  }
  return text;
}

/** The bytes of such a text. */
export function unbinary(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
