/** Reading server-sent events: text in pieces of any size to events, bounded. */

/** Characters of one event; a larger one is left out. */
const EVENT_CHARS = 262_144;

export interface StreamEvent {
  /** "message" where the sender gave none. */
  readonly name: string;
  readonly data: string;
}

export class EventStreamReader {
  /** The beginning of a line whose end has not come. */
  #line = "";
  #name = "";
  #data: string[] = [];
  #chars = 0;

  /** Takes the next piece. @returns the events that are complete with it. */
  push(text: string): StreamEvent[] {
    const events: StreamEvent[] = [];
    const lines = text.split("\n");
    lines[0] = this.#line + lines[0];
    const rest = lines.pop() ?? "";
    for (const line of lines) {
      const event = this.#take(line.endsWith("\r") ? line.slice(0, -1) : line);
      if (event !== undefined) events.push(event);
    }
    // What is too long is counted, so that its event is left out, but not kept.
    this.#line = rest !== "" && this.#chars + rest.length > EVENT_CHARS ? this.#overflow() : rest;
    return events;
  }

  #overflow(): string {
    this.#chars = EVENT_CHARS + 1;
    this.#data = [];
    // A line end that follows must not look like the end of the event.
    return ":";
  }

  #take(line: string): StreamEvent | undefined {
    if (line === "") return this.#finish();
    this.#chars += line.length;
    if (this.#chars > EVENT_CHARS) {
      this.#data = [];
      return undefined;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "event") this.#name = value;
    else if (field === "data") this.#data.push(value);
    return undefined;
  }

  #finish(): StreamEvent | undefined {
    const name = this.#name;
    const data = this.#data;
    const isWhole = this.#chars <= EVENT_CHARS;
    this.#name = "";
    this.#data = [];
    this.#chars = 0;
    if (!isWhole || data.length === 0) return undefined;
    return { name: name === "" ? "message" : name, data: data.join("\n") };
  }
}
