/** The log file of one server: appended in batches, rotated by size. */
import type { AppendFile, LogFiles } from "../runtime/runtime.ts";

export interface LogFileOptions {
  /** For example `log/Goloman.log`; rotated ones get `.1` (the latest), `.2`, and so on. */
  readonly path: string;
  readonly maxBytes: number;
  /** Rotated files kept; at least one. */
  readonly maxFiles: number;
  /** Told when the file cannot be written or rotated, once until it works again, and then with `undefined`. */
  readonly onTrouble: (cause: unknown) => void;
}

export class LogFile {
  readonly #files: LogFiles;
  readonly #options: LogFileOptions;
  #file: AppendFile;
  #sizeBytes: number;
  #inTrouble = false;
  /** The open file has been renamed already, and no new one could be opened yet. */
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
    try {
      if (this.#sizeBytes > 0 && this.#sizeBytes + records.length > this.#options.maxBytes) {
        trouble = this.#rotate();
      }
      this.#file.appendSync(records);
      this.#sizeBytes += records.length;
    } catch (error) {
      trouble = error;
      this.lostBytes += records.length;
    }
    if (this.#inTrouble === (trouble !== undefined)) return;
    this.#inTrouble = trouble !== undefined;
    this.#options.onTrouble(trouble);
  }

  /** Resolves once nothing is left to do on the disk. */
  close(): Promise<void> {
    this.#file.close();
    return this.#dropping;
  }

  /** Puts the file aside and opens a new one. Until that can be opened, the one put aside is written on. @returns why not. */
  #rotate(): unknown {
    const { path, maxFiles } = this.#options;
    if (!this.#isAside) {
      const kept = Array.from({ length: Math.max(1, maxFiles) }, (_, i) => `${path}.${i + 1}`);
      const dropped = `${path}.dropped`;
      const names = [path, ...kept, dropped];
      for (let i = names.length - 1; i > 0; i--) this.#renameIfThere(names[i - 1] ?? path, names[i] ?? path);
      this.#isAside = true;
      // To rename over the oldest would be to wait until all its blocks are free.
      this.#dropping = this.#files.remove(dropped).catch(() => {/* There was none yet. */});
    }
    try {
      const opened = this.#files.openAppend(path);
      this.#file.close();
      ({ file: this.#file, sizeBytes: this.#sizeBytes } = opened);
      this.#isAside = false;
      return undefined;
    } catch (error) {
      return error;
    }
  }

  #renameIfThere(from: string, to: string): void {
    try {
      this.#files.renameSync(from, to);
    } catch { /* There was none yet; a file that is there and cannot be renamed fails at the next append. */ }
  }
}
