/** From the journals that a server left to its registry. */
import { AT_LINE_EXTRA_BYTES, MOST_LINE_BYTES } from "../limits.ts";
import { type Registry, UNKNOWN } from "../registry/registry.ts";
import { FileNotFoundError, type Files, type ReadFile } from "../runtime/runtime.ts";
import { type AtLine, LinkParser, ORIGIN_OFFSET } from "../wire/link_message.ts";
import { JournalReader, type JournalTaker } from "./journal_reader.ts";
import type { Note } from "./notes.ts";
import type { Past } from "./past.ts";

const READ_BYTES = 1_048_576;
/** A line longer than this is no record, whatever the limits were when it was written. */
const LINE_BYTES = MOST_LINE_BYTES + AT_LINE_EXTRA_BYTES;

/** How far the reading has come. */
export interface RecoveryProgress {
  readonly bytes: number;
  readonly ofBytes: number;
  readonly records: number;
}

/** What one file held. */
export interface Recovered {
  readonly path: string;
  readonly records: number;
  /** Bytes before the first damage, and all there were. */
  readonly wholeBytes: number;
  readonly sizeBytes: number;
  /** Where everything from the damage on was put; undefined where there was no more than a torn line, or nothing. */
  readonly asidePath: string | undefined;
  /** Reports whose origin is no server of the herd any more, and those of further clients than may be kept. */
  readonly strangers: number;
  readonly refused: number;
}

export interface RecoveryOptions {
  readonly files: Files;
  readonly registry: Registry;
  /** Is told what the journal says of earlier lives; left out for a journal whose numbers are not the server's. */
  readonly past?: Past;
  /** Whether `bytes[start, end)` is the name of a server of the herd. */
  isServer(bytes: Uint8Array, start: number, end: number): boolean;
  onProgress?(progress: RecoveryProgress): void;
}

/**
 * Reads the journal at `path` into the registry, every whole record before the first damage. Where more than a torn
 * line is damaged, everything from there on is copied to `<path>.damaged`, so that it can be looked at.
 * @returns undefined where there is no such file.
 * @throws {Error} when it cannot be read, or the damaged part cannot be put aside.
 */
export async function recover(options: RecoveryOptions, path: string): Promise<Recovered | undefined> {
  const file = await openIfThere(options.files, path);
  if (file === undefined) return undefined;
  const taker = new Taker(options);
  const reader = new JournalReader(new LinkParser(options.registry.hash), taker, LINE_BYTES);
  let bytes = 0;
  const buffer = new Uint8Array(READ_BYTES);
  try {
    for (let count = await file.read(buffer); count > 0; count = await file.read(buffer)) {
      reader.feed(buffer.subarray(0, count));
      bytes += count;
      options.onProgress?.({ bytes, ofBytes: Math.max(bytes, file.sizeBytes), records: reader.records });
    }
  } finally {
    file.close();
  }
  const asidePath = reader.damaged ? `${path}.damaged` : undefined;
  if (asidePath !== undefined) await copyFrom(options.files, path, reader.wholeBytes, asidePath);
  return {
    path,
    records: reader.records,
    wholeBytes: reader.wholeBytes,
    sizeBytes: bytes,
    asidePath,
    strangers: taker.strangers,
    refused: taker.refused,
  };
}

/** Copies what stands in a file from the byte `from` on, and brings it to the disk: it is about to be cut off. */
async function copyFrom(files: Files, path: string, from: number, to: string): Promise<void> {
  const source = await files.openRead(path);
  try {
    const { file: target } = files.openAppend(to);
    try {
      target.truncateSync(0);
      const buffer = new Uint8Array(READ_BYTES);
      let at = 0;
      for (let count = await source.read(buffer); count > 0; count = await source.read(buffer)) {
        if (at + count > from) target.appendSync(buffer.subarray(Math.max(0, from - at), count));
        at += count;
      }
      await target.sync();
    } finally {
      target.close();
    }
  } finally {
    source.close();
  }
}

async function openIfThere(files: Files, path: string): Promise<ReadFile | undefined> {
  try {
    return await files.openRead(path);
  } catch (error) {
    if (error instanceof FileNotFoundError) return undefined;
    throw error;
  }
}

class Taker implements JournalTaker {
  strangers = 0;
  refused = 0;
  readonly #options: RecoveryOptions;

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  expect(hashes: Int32Array, count: number): void {
    this.#options.registry.expect(hashes, count);
  }

  take(line: AtLine): void {
    const { registry } = this.#options;
    if (!this.#options.isServer(line.bytes, line.start + ORIGIN_OFFSET, line.originEnd)) {
      this.strangers++;
      return;
    }
    if (registry.offer(line, UNKNOWN) === "full") this.refused++;
  }

  mark(seq: number): void {
    const { past, registry } = this.#options;
    if (past === undefined) return;
    registry.advance(seq);
    past.mark(seq);
  }

  note(note: Note): void {
    const { past } = this.#options;
    switch (note.kind) {
      case "run":
        return past?.beginLife(note.run);
      case "forget":
        return past?.forget();
      case "held":
        return past?.hold(note.neighbor, note.held);
    }
  }
}
