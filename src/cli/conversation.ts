/** Lines to a server, and what it says to them. */
import { DEFAULT_LIMITS } from "../limits.ts";
import type { Connection, ConnectionEvents } from "../runtime/runtime.ts";
import { LF, QUESTION, SPACE, toBytes } from "../wire/bytes.ts";

export interface Outcome {
  /** Whether a reply was an error line. */
  readonly refused: boolean;
  /** Whether the server heard everything, and everything that it said came. */
  readonly complete: boolean;
  /** Lines said, and bytes that came. */
  readonly said: number;
  readonly received: number;
}

/** The first byte of what a server with TLS says to who speaks without. No reply begins with it. */
const TLS_ALERT = 0x15;

/** Says `lines` on `connection` as the server takes them, and prints all that comes until it closes. */
export async function converse(
  connection: Connection,
  lines: AsyncIterable<string>,
  print: (text: string) => void,
): Promise<Outcome> {
  const conversation = new Conversation(connection, print);
  connection.start(conversation);
  // The next line may never come, as where someone types it: nobody waits for it once the server has gone.
  const source = lines[Symbol.asyncIterator]();
  const next = () => Promise.race([source.next(), conversation.over.then(() => undefined)]);
  for (let line = await next(); line !== undefined && line.done !== true; line = await next()) {
    await conversation.say(line.value);
  }
  conversation.end();
  await conversation.over;
  return conversation.outcome;
}

class Conversation implements ConnectionEvents {
  /** Resolves once the server has closed. */
  readonly over: Promise<void>;
  readonly #connection: Connection;
  readonly #print: (text: string) => void;
  readonly #decoder = new TextDecoder();
  #isOver: () => void = () => {};
  #hasRoom: () => void = () => {};
  #weEnded = false;
  #refused = false;
  #complete = false;
  #said = 0;
  #received = 0;
  // The two bytes before the one at hand, so that a line that begins with "? " is seen across reads.
  #before = LF;
  #last = LF;

  constructor(connection: Connection, print: (text: string) => void) {
    this.#connection = connection;
    this.#print = print;
    this.over = new Promise((resolve) => this.#isOver = resolve);
  }

  get outcome(): Outcome {
    return {
      refused: this.#refused,
      complete: this.#complete,
      said: this.#said,
      received: this.#received,
    };
  }

  /** Says `line`. Resolves once the server has taken so much that there is room for more, or has gone. */
  async say(line: string): Promise<void> {
    this.#said++;
    this.#connection.write(toBytes(`${line}\n`));
    if (this.#connection.unsentBytes <= DEFAULT_LIMITS.unreadBytes) return;
    await Promise.race([new Promise<void>((resolve) => this.#hasRoom = resolve), this.over]);
  }

  /** There is no more to say. */
  end(): void {
    this.#weEnded = true;
    this.#connection.end();
  }

  received(bytes: Uint8Array): void {
    if (this.#received === 0 && bytes[0] === TLS_ALERT) return this.#connection.destroy();
    this.#received += bytes.length;
    for (const byte of bytes) {
      if (byte === SPACE && this.#last === QUESTION && this.#before === LF) this.#refused = true;
      this.#before = this.#last;
      this.#last = byte;
    }
    this.#print(this.#decoder.decode(bytes, { stream: true }));
  }

  drained(): void {
    this.#hasRoom();
  }

  ended(): void {
    this.#complete = this.#weEnded;
    this.#connection.end();
    this.#isOver();
  }

  closed(cause: Error | undefined): void {
    if (cause === undefined && this.#weEnded) this.#complete = true;
    this.#isOver();
  }
}
