/** The live view of a herd: asks once a second, draws, and leaves the terminal as it was. */
import type { HerdState } from "../gateway/herd_state.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { type Access, askDoor, headersOf } from "./doors.ts";
import { EventStreamReader } from "./event_stream.ts";
import { NewestClients } from "./newest.ts";
import { RateMeter } from "./rates.ts";
import { renderTop } from "./screen.ts";
import { toTerminal } from "./text.ts";

const REFRESH_MS = 1_000;
/** Between two looks at whether the terminal has another size, or clients have reported. */
const LOOK_MS = 250;
/** Pause before an event stream that has ended is asked for again. */
const STREAM_RETRY_MS = 2_000;

/** The other screen, no cursor, lines that are cut and not wrapped; and back. */
const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";
const CTRL_C = "\x03";

export interface LiveOptions {
  readonly runtime: Pick<Runtime, "clock" | "process">;
  readonly access: Access;
  /** The HTTP doors, without slashes at their ends. */
  readonly urls: readonly string[];
  readonly hasColor: boolean;
  /** What one of them has told just now, and which. */
  readonly first: { readonly state: HerdState; readonly url: string };
}

/** Shows the herd until q, Ctrl-C or a stop signal. */
export async function showLive(options: LiveOptions): Promise<void> {
  const { process, clock } = options.runtime;
  const stop = new AbortController();
  const leave = () => stop.abort();
  process.onStopSignal(leave);
  const restoreKeys = process.onKeys((keys) => {
    if (keys.includes("q") || keys.includes("Q") || keys.includes(CTRL_C)) leave();
  });
  process.print(ENTER);
  const view = new Live(options, stop.signal);
  const looks = clock.every(LOOK_MS, () => view.look());
  try {
    view.draw();
    await Promise.all([view.poll(), view.followClients()]);
  } finally {
    looks.cancel();
    restoreKeys();
    process.print(LEAVE);
  }
}

class Live {
  readonly #options: LiveOptions;
  readonly #stopped: AbortSignal;
  readonly #meter = new RateMeter();
  #clients: NewestClients | undefined;
  #state: HerdState;
  #url: string;
  /** When the herd has last told how it is. */
  #toldMs: number;
  #trouble: string | undefined;
  #drawnSize = "";
  #isDirty = false;

  constructor(options: LiveOptions, stopped: AbortSignal) {
    this.#options = options;
    this.#stopped = stopped;
    this.#state = options.first.state;
    this.#url = options.first.url;
    this.#toldMs = options.runtime.clock.monotonicMs();
    this.#meter.add(this.#state);
  }

  async poll(): Promise<void> {
    for (;;) {
      await this.#pause(REFRESH_MS);
      if (this.#stopped.aborted) return;
      await this.#ask();
      if (!this.#stopped.aborted) this.draw();
    }
  }

  /** Asks whoever has answered last, and else the others. */
  async #ask(): Promise<void> {
    const { access, urls, runtime } = this.#options;
    let why = "does not answer";
    for (const url of [this.#url, ...urls.filter((url) => url !== this.#url)]) {
      const answer = await askDoor(access, url, this.#stopped);
      if (this.#stopped.aborted) return;
      if (answer.kind === "told") {
        this.#state = answer.state;
        this.#url = url;
        this.#toldMs = runtime.clock.monotonicMs();
        this.#trouble = undefined;
        this.#meter.add(answer.state);
        return;
      }
      if (url === this.#url) why = answer.kind === "failed" ? answer.why : "lets us in no more";
    }
    const seconds = Math.round((runtime.clock.monotonicMs() - this.#toldMs) / 1000);
    const others = urls.length > 1 ? ", and no other server answers" : "";
    this.#trouble = `as it was ${seconds} s ago: ${this.#url} ${why}${others}`;
  }

  /** Reads the stream of events of whoever is asked, as often as it ends; not where there is none. */
  async followClients(): Promise<void> {
    while (!this.#stopped.aborted) {
      const url = this.#url;
      const goesOn = await this.#readStream(url).catch(() => true);
      if (!goesOn && url === this.#url) this.#clients = undefined;
      await this.#pause(STREAM_RETRY_MS);
      while (!goesOn && url === this.#url && !this.#stopped.aborted) await this.#pause(STREAM_RETRY_MS);
    }
  }

  /** @returns false where there is no such stream. */
  async #readStream(url: string): Promise<boolean> {
    const { access, runtime } = this.#options;
    const response = await access.network.fetch(`${url}/events?since=now`, {
      headers: { accept: "text/event-stream", ...headersOf(access) },
      redirect: "manual",
      signal: this.#stopped,
    });
    if (response.status !== 200 || response.body === null) {
      await response.body?.cancel();
      return response.status >= 500;
    }
    const decoder = new TextDecoder();
    const reader = new EventStreamReader();
    const clients = this.#clients ??= new NewestClients();
    for await (const bytes of response.body) {
      const events = reader.push(decoder.decode(bytes, { stream: true }));
      clients.take(events, runtime.clock.monotonicMs());
      this.#isDirty = true;
    }
    return true;
  }

  /** Draws where something has changed since. */
  look(): void {
    const size = this.#options.runtime.process.terminalSize();
    if (this.#isDirty || JSON.stringify(size) !== this.#drawnSize) this.draw();
  }

  draw(): void {
    const { process, clock } = this.#options.runtime;
    const size = process.terminalSize();
    // Where the terminal has gone there is nobody to draw for.
    if (size === undefined || this.#stopped.aborted) return;
    this.#drawnSize = JSON.stringify(size);
    this.#isDirty = false;
    const lines = renderTop({
      state: this.#state,
      url: this.#url,
      meter: this.#meter,
      newest: this.#clients?.list,
      nowMs: clock.monotonicMs(),
      trouble: this.#trouble,
    }, size);
    const drawn = lines.map((line) => `${toTerminal(line, size.columns, this.#options.hasColor)}\x1b[K`);
    process.print(`\x1b[H${drawn.join("\r\n")}\x1b[J`);
  }

  /** For `ms`, or until the view is left. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#stopped.aborted) return resolve();
      const end = () => {
        timer.cancel();
        this.#stopped.removeEventListener("abort", end);
        resolve();
      };
      const timer = this.#options.runtime.clock.after(ms, end);
      this.#stopped.addEventListener("abort", end, { once: true });
    });
  }
}
