/** A reader of server-sent events, as the WHATWG's HTML standard wants one to be. */

export interface HeardEvent {
  readonly type: string;
  readonly data: string;
  readonly id: string;
}

/** Takes text in any split. */
export class EventParser {
  /** What a reader that comes again says it has heard. */
  lastEventId = "";
  retryMs: number | undefined;
  comments = 0;
  #rest = "";
  #id = "";
  #type = "";
  #data: string[] = [];

  /** @returns the events that `text` completes. */
  take(text: string): HeardEvent[] {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    return lines.flatMap((line) => this.#line(line) ?? []);
  }

  #line(line: string): HeardEvent | undefined {
    if (line === "") return this.#dispatch();
    const [, field = "", value = ""] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    switch (field) {
      case "":
        this.comments++;
        return undefined;
      case "id":
        this.#id = value;
        return undefined;
      case "event":
        this.#type = value;
        return undefined;
      case "data":
        this.#data.push(value);
        return undefined;
      case "retry":
        this.retryMs = Number(value);
        return undefined;
      default:
        throw new Error(`not a field of an event: ${line}`);
    }
  }

  #dispatch(): HeardEvent | undefined {
    // The ID counts also where there is no data, and so no event.
    this.lastEventId = this.#id;
    const [type, data] = [this.#type, this.#data];
    this.#type = "";
    this.#data = [];
    return data.length === 0 ? undefined : { type, data: data.join("\n"), id: this.#id };
  }
}

/** Reads the events of a response, piece by piece. */
export class EventReader {
  readonly parser = new EventParser();
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();

  constructor(response: Response) {
    if (response.body === null) throw new Error("no body");
    this.#reader = response.body.getReader();
  }

  /** The events of the next piece, which may be none; undefined at the end. */
  async next(): Promise<HeardEvent[] | undefined> {
    const { done, value } = await this.#reader.read();
    return done ? undefined : this.parser.take(this.#decoder.decode(value, { stream: true }));
  }

  /** Goes away. */
  async cancel(): Promise<void> {
    await this.#reader.cancel();
  }
}
