/** The console of a server: it shows people what happens, and waits for none of them. */
import { ConsoleHandler, type ConsoleHandlerOptions, type LevelName } from "@std/log";

export interface ConsoleOptions extends ConsoleHandlerOptions {
  /** Writes `text`. Resolves once it is taken, also where nobody is there any more to take it. */
  show(text: string): Promise<void>;
  /** In characters: what may wait for a reader that is slow. What is more is lost. */
  readonly mostWaiting: number;
  /** A line is lost. */
  lost(): void;
}

/** A terminal that is held, and a pipe that nobody reads, would else hold the server. */
export class Console extends ConsoleHandler {
  readonly #options: ConsoleOptions;
  #waiting = "";
  #lost = 0;
  #writing: Promise<void> | undefined;

  constructor(levelName: LevelName, options: ConsoleOptions) {
    super(levelName, options);
    this.#options = options;
  }

  override log(msg: string): void {
    if (this.#waiting.length + msg.length >= this.#options.mostWaiting) {
      this.#lost++;
      return this.#options.lost();
    }
    this.#waiting += `${this.#tellOfLost()}${msg}\n`;
    this.#writing ??= this.#write();
  }

  /** Resolves once all that was said has been taken. */
  async written(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#waiting !== "") {
      const text = this.#waiting;
      this.#waiting = "";
      await this.#options.show(text);
    }
    this.#writing = undefined;
  }

  #tellOfLost(): string {
    if (this.#lost === 0) return "";
    const lines = this.#lost === 1 ? "a line was" : `${this.#lost} lines were`;
    this.#lost = 0;
    return `... ${lines} lost here, which nobody read in time\n`;
  }
}
