/** The log file of one server: appended in batches, rotated by size. */
import type { LimitHits } from "../limit_hits.ts";
import { LF } from "../wire/bytes.ts";
import { type AppendFile, FileNotFoundError, type LogFiles } from "../runtime/runtime.ts";

export interface LogFileOptions {
  /** For example `log/Goloman.log`; rotated ones get `.1` (the latest), `.2`, and so on. */
  readonly path: string;
  readonly maxBytes: number;
  /** Rotated files kept; at least one. */
  readonly maxFiles: number;
  /** Told when the file cannot be written or rotated, once until it works again, and then with `undefined`. */
  readonly onTrouble: (cause: unknown) => void;
  readonly limitHits: LimitHits;
}

export class LogFile {
  readonly #files: LogFiles;
  readonly #options: LogFileOptions;
  #file: AppendFile;
  #sizeBytes: number;
  #inTrouble = false;
  /** How far a rotation has come that could not be finished yet: old files renamed, and the open one too. */
  #isMadeRoom = false;
  #isAside = false;
  /** Settles when the last file that was dropped is gone. */
  #dropping: Promise<void> = Promise.resolve();
  /** Bytes that could not be written. */
  lostBytes = 0;

  /** @throws {Error} when the file cannot be opened. */
  constructor(files: LogFiles, options: LogFileOptions) {
    this.#files = files;
    this.#options = options;
    ({ file: this.#file, sizeBytes: this.#sizeBytes } = files.openAppend(options.path));
  }

  /**
   * Appends whole records. It blocks, as a write to the page cache is as fast as a copy, keeps the order, and
   * cannot pile up. A disk that is full loses records, not the server.
   */
  append(records: Uint8Array): void {
    let trouble: unknown;
    for (let rest = records; rest.length > 0;) {
      const fits = trouble === undefined ? this.#fitting(rest) : rest.length;
      const fault = fits > 0 ? this.#write(rest.subarray(0, fits)) : this.#rotate();
      trouble ??= fault;
      rest = rest.subarray(fits);
    }
    if (this.#inTrouble === (trouble !== undefined)) return;
    this.#inTrouble = trouble !== undefined;
    this.#options.onTrouble(trouble);
  }

  /** How much of `records` the file takes before it has to be rotated: whole ones, and one at least where it is empty. */
  #fitting(records: Uint8Array): number {
    const room = this.#options.maxBytes - this.#sizeBytes;
    if (records.length <= room) return records.length;
    const end = room <= 0 ? 0 : records.lastIndexOf(LF, room - 1) + 1;
    return end > 0 || this.#sizeBytes > 0 ? end : records.indexOf(LF) + 1 || records.length;
  }

  /** @returns why it could not. */
  #write(records: Uint8Array): unknown {
    try {
      this.#file.appendSync(records);
      this.#sizeBytes += records.length;
      return undefined;
    } catch (error) {
      this.lostBytes += records.length;
      return error;
    }
  }

  /** Resolves once nothing is left to do on the disk. */
  close(): Promise<void> {
    this.#file.close();
    return this.#dropping;
  }

  /** Puts the file aside and opens a new one. Until both can be done, the open one is written on. @returns why not. */
  #rotate(): unknown {
    const { path, limitHits } = this.#options;
    try {
      if (!this.#isMadeRoom) this.#makeRoom();
      this.#isMadeRoom = true;
      if (!this.#isAside) this.#renameIfThere(path, `${path}.1`);
      this.#isAside = true;
      const opened = this.#files.openAppend(path);
      this.#file.close();
      ({ file: this.#file, sizeBytes: this.#sizeBytes } = opened);
      this.#isMadeRoom = this.#isAside = false;
      limitHits.hit("logBytes");
      return undefined;
    } catch (error) {
      return error;
    }
  }

  /** Renames the old files, so that there is no `.1`, and drops the oldest. */
  #makeRoom(): void {
    const { path, maxFiles, limitHits } = this.#options;
    const dropped = `${path}.dropped`;
    const names = [...Array.from({ length: Math.max(1, maxFiles) }, (_, i) => `${path}.${i + 1}`), dropped];
    for (let i = names.length - 1; i > 0; i--) this.#renameIfThere(names[i - 1] ?? path, names[i] ?? path);
    // To rename over the oldest would be to wait until all its blocks are free.
    this.#dropping = this.#files.remove(dropped).then(() => limitHits.hit("logFiles"), () => {
      /* There was none yet. */
    });
  }

  #renameIfThere(from: string, to: string): void {
    try {
      this.#files.renameSync(from, to);
    } catch (error) {
      if (!(error instanceof FileNotFoundError)) throw error;
    }
  }
}
