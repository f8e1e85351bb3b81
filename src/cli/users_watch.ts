/** The users file of a server that runs: read again and again, so that a change of it needs no restart. */
import type { User } from "../gateway/users_file.ts";
import { FIXED_WAITS } from "../limits.ts";
import type { ServerLog } from "../log/server_log.ts";
import type { Clock, Files, Timer } from "../runtime/runtime.ts";
import { parseUsersOf, readUsersText, type UsersFile } from "./http.ts";
import { UserError } from "./user_error.ts";

export interface UsersWatchOptions {
  /** As it was read at the start. */
  readonly file: UsersFile;
  readonly files: Pick<Files, "readText">;
  readonly clock: Clock;
  readonly log: ServerLog;
  /** What it says now. Nobody at all is an answer too: whoever was taken out must not stay because nobody is left. */
  changed(users: readonly User[]): void;
}

export class UsersWatch {
  readonly #options: UsersWatchOptions;
  #text: string;
  /** What was wrong at the last look, told once. */
  #trouble: string | undefined;
  #timer: Timer | undefined;
  #isOver = false;

  constructor(options: UsersWatchOptions) {
    this.#options = options;
    this.#text = options.file.text;
    this.#wait();
  }

  stop(): void {
    this.#isOver = true;
    this.#timer?.cancel();
  }

  #wait(): void {
    if (this.#isOver) return;
    this.#timer = this.#options.clock.after(FIXED_WAITS.usersFileMs, () => {
      void this.#look().then(() => this.#wait());
    });
  }

  /** A file that is wrong, or gone, changes nothing: it may be in the middle of being written. */
  async #look(): Promise<void> {
    const { file: { path }, files, log, changed } = this.#options;
    try {
      const text = await readUsersText(path, files);
      const users = text === this.#text ? undefined : parseUsersOf(path, text);
      if (this.#isOver) return;
      this.#trouble = undefined;
      if (users === undefined) return;
      this.#text = text;
      changed(users);
      const level = users.length === 0 ? "warn" : "info";
      log.event(
        level,
        "",
        "!",
        `${path} has changed: ${users.length} users, by whom the HTTP door goes from now on`,
      );
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      if (error.message === this.#trouble || this.#isOver) return;
      this.#trouble = error.message;
      const kept = "the HTTP door goes by what the users file said before";
      for (const line of error.lines) log.event("error", "", "!", `${line}; ${kept}`);
    }
  }
}
