/** What makes a server remember: its journal is read, made where there is none, and opened. */
import type { Herd } from "../herd/herd.ts";
import { ServerNames } from "../herd/server_names.ts";
import { type Fsync, Journal } from "../journal/journal.ts";
import { Past } from "../journal/past.ts";
import { recover, type Recovered, type RecoveryProgress } from "../journal/recovery.ts";
import { describeJournalEvent } from "../journal/words.ts";
import type { Limits } from "../limits.ts";
import type { ServerLog } from "../log/server_log.ts";
import type { Registry } from "../registry/registry.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** Where a server remembers what it knows, and how well. */
export interface JournalPlace {
  readonly dir: string;
  /** The file's name in it. */
  readonly name: string;
  /** Others whose records are taken in at the start; then they are removed. */
  readonly inherits: readonly string[];
  readonly fsync: Fsync;
}

/** The journal at the path that is its message cannot be opened; `cause` says why. */
export class JournalError extends Error {
  override readonly name = "JournalError";
}

interface JournalKeeperOptions {
  readonly runtime: Pick<Runtime, "clock" | "files">;
  readonly limits: Limits;
  readonly log: ServerLog;
  readonly registry: Registry;
  readonly herd: Herd;
  /** The names that reports may have as their origin. */
  readonly servers: readonly string[];
  readonly place: JournalPlace;
}

export class JournalKeeper {
  /** Undefined before it is open. */
  journal: Journal | undefined;
  readonly #options: JournalKeeperOptions;
  readonly #past = new Past();
  /** What the journals held that were found. */
  #recovered: readonly Recovered[] = [];

  constructor(options: JournalKeeperOptions) {
    this.#options = options;
  }

  /**
   * Reads what earlier lives have left in the journal, and makes one where there is none. To be called once, before
   * `open`.
   * @returns what was found, file by file.
   * @throws {JournalError} when that cannot be done.
   */
  async recover(onProgress: (progress: RecoveryProgress) => void): Promise<readonly Recovered[]> {
    const { runtime: { files }, registry, herd, servers, place } = this.#options;
    const names = new ServerNames(servers);
    const options = {
      files,
      registry,
      isServer: names.has.bind(names),
      onProgress,
    };
    const found: Recovered[] = [];
    for (const name of [place.name, ...place.inherits]) {
      const path = `${place.dir}/${name}`;
      try {
        // The numbers in another one are not this server's.
        const isOwn = name === place.name;
        const recovered = await recover(isOwn ? { ...options, past: this.#past } : options, path);
        if (recovered !== undefined) found.push(recovered);
      } catch (error) {
        throw new JournalError(path, { cause: error });
      }
    }
    await this.#make();
    // What was left out is held by nobody: neighbors have to tell it again, and to be told.
    const isComplete = found.every(({ strangers, refused }) => strangers === 0 && refused === 0);
    if (!isComplete) this.#past.forget();
    herd.recall(this.#past);
    return this.#recovered = found;
  }

  /**
   * Opens the journal for what is to come; what is in it is in the registry.
   * @throws {JournalError} when that cannot be done.
   */
  async open(): Promise<void> {
    const { runtime: { files, clock }, limits, log, registry, herd, place } = this.#options;
    const { dir, name, inherits, fsync } = place;
    const own = this.#recovered.find(({ path }) => path === `${dir}/${name}`);
    const heirless = inherits.map((other) => `${dir}/${other}`)
      .filter((path) => this.#recovered.some((found) => found.path === path));
    try {
      this.#checkUnchanged(`${dir}/${name}`, own?.sizeBytes ?? 0);
      const liveBytes = own === undefined ? 0 : own.wholeBytes * (registry.size / Math.max(1, own.records));
      this.journal = new Journal(
        {
          files,
          clock,
          limits,
          registry,
          dir,
          name,
          fsync,
          run: herd.run,
          forgets: this.#past.isForgotten,
          held: () => herd.held(),
          onEvent: (event) => log.event(...describeJournalEvent(event, fsync)),
        },
        own?.wholeBytes ?? 0,
        liveBytes,
      );
      if (heirless.length > 0) await this.journal.rewrite();
      for (const path of heirless) await files.remove(path);
    } catch (error) {
      throw new JournalError(`${dir}/${name}`, { cause: error });
    }
  }

  /** @throws {Error} where another process has written it since it was read. */
  #checkUnchanged(path: string, readBytes: number): void {
    const { file, sizeBytes } = this.#options.runtime.files.openAppend(path);
    file.close();
    if (sizeBytes !== readBytes) {
      throw new Error("it has changed since it was read: another server writes it");
    }
  }

  /** Where there is none yet, an empty one whose name is on the disk before anything is acknowledged. */
  async #make(): Promise<void> {
    const { runtime: { files }, place: { dir, name } } = this.#options;
    try {
      files.makeDir(dir);
      files.openAppend(`${dir}/${name}`).file.close();
      await files.syncDir(dir);
    } catch (error) {
      throw new JournalError(`${dir}/${name}`, { cause: error });
    }
  }
}
