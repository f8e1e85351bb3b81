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
  const saying = async () => {
    for await (const line of lines) {
      if (conversation.isOver) return;
      await conversation.say(line);
    }
    conversation.end();
  };
  // The next line may never come, as where someone types it: nobody waits for it once the server has gone.
  await Promise.race([saying(), conversation.over]);
  await conversation.over;
  return conversation.outcome;
}

class Conversation implements ConnectionEvents {
  /** Resolves once the server has closed. */
  readonly over: Promise<void>;
  readonly #connection: Connection;
  readonly #print: (text: string) => void;
  readonly #decoder = new TextDecoder();
  #resolveOver: () => void = () => {};
  #isOver = false;
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
    this.over = new Promise((resolve) => this.#resolveOver = resolve);
  }

  get isOver(): boolean {
    return this.#isOver;
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
    await new Promise<void>((resolve) => this.#hasRoom = resolve);
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
    this.#gone();
  }

  closed(cause: Error | undefined): void {
    if (cause === undefined && this.#weEnded) this.#complete = true;
    this.#gone();
  }

  #gone(): void {
    this.#isOver = true;
    this.#hasRoom();
    this.#resolveOver();
  }
}
