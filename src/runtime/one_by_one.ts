/**
 * Answers the requests of one HTTP connection one after the other. Several may come before the first is answered, and
 * of those behind it Deno does not tell that whoever asked has gone.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

type Listener = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

interface Line {
  /** The answer under way. */
  answer: ServerResponse;
  readonly waiting: (() => void)[];
}

export class OneByOne {
  readonly #listener: Listener;
  readonly #most: number;
  readonly #lines = new WeakMap<Duplex, Line>();

  /** @param most requests of one connection that may wait. */
  constructor(listener: Listener, most: number) {
    this.#listener = listener;
    this.#most = most;
  }

  /** @returns false for a request that is left alone, as too many of its connection wait. */
  add(incoming: IncomingMessage, outgoing: ServerResponse): boolean {
    const { socket } = incoming;
    const line = this.#lines.get(socket);
    if (line === undefined) {
      this.#lines.set(socket, { answer: outgoing, waiting: [] });
      this.#answer(incoming, outgoing);
    } else if (line.waiting.length < this.#most) {
      line.waiting.push(() => {
        line.answer = outgoing;
        this.#answer(incoming, outgoing);
      });
    } else {
      return false;
    }
    return true;
  }

  /** The answer that `socket` waits for; undefined where it waits for none. */
  answerOn(socket: Duplex): ServerResponse | undefined {
    return this.#lines.get(socket)?.answer;
  }

  #answer(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { socket } = incoming;
    outgoing.once("close", () => {
      const next = socket.destroyed ? undefined : this.#lines.get(socket)?.waiting.shift();
      if (next === undefined) this.#lines.delete(socket);
      else next();
    });
    this.#listener(incoming, outgoing);
  }
}
