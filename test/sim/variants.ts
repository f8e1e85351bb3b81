/** Copies of the sources with a change here and there: the same servers with small buffers, or with a planted bug. */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { loadSubject, type Subject } from "./subject.ts";

const SOURCE_DIR = new URL("../../src/", import.meta.url);

/** A change of one place in one file. */
export interface Edit {
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** Buffers, batches and sweeps so small that even a short history fills them; nothing else is changed. */
export const SMALL: readonly Edit[] = [
  { file: "herd/flood_batches.ts", find: "FLOOD_WRITE_BYTES = 61_440", replace: "FLOOD_WRITE_BYTES = 300" },
  { file: "herd/herd.ts", find: "NEWS_AT_ONCE = 640", replace: "NEWS_AT_ONCE = 3" },
  { file: "journal/journal.ts", find: "BATCH_BYTES = 131_072", replace: "BATCH_BYTES = 300" },
  { file: "journal/journal.ts", find: "BATCHES_PER_TURN = 16", replace: "BATCHES_PER_TURN = 2" },
  { file: "journal/journal.ts", find: "FEW_CHANGES = 16_384", replace: "FEW_CHANGES = 2" },
  { file: "journal/recovery.ts", find: "READ_BYTES = 1_048_576", replace: "READ_BYTES = 256" },
  {
    file: "journal/recovery.ts",
    find: "LINE_BYTES = MOST_LINE_BYTES + AT_LINE_EXTRA_BYTES",
    replace: "LINE_BYTES = 2_048",
  },
  { file: "registry/change_order.ts", find: "BLOCK_BITS = 14", replace: "BLOCK_BITS = 3" },
  { file: "registry/change_order.ts", find: "SWEEP_EVERY_MASK = 63", replace: "SWEEP_EVERY_MASK = 1" },
  { file: "registry/change_order.ts", find: "SWEEP_SLOTS = 512", replace: "SWEEP_SLOTS = 16" },
  { file: "registry/record_arena.ts", find: "CHUNK_UNIT_BITS = 16", replace: "CHUNK_UNIT_BITS = 8" },
  {
    file: "registry/registry.ts",
    find: "#table = new Int32Array(2 * 1024)",
    replace: "#table = new Int32Array(2 * 4)",
  },
  { file: "registry/registry.ts", find: "#mask = 1023", replace: "#mask = 3" },
  { file: "server/server.ts", find: "OUT_BYTES = 131_072", replace: "OUT_BYTES = 16" },
  { file: "server/session.ts", find: "WRITE_BYTES = 65_536", replace: "WRITE_BYTES = 400" },
  { file: "wire/line_reader.ts", find: "READ_BYTES = 65_536", replace: "READ_BYTES = 90" },
];

/**
 * What becomes of `text`.
 * @throws {Error} where what is to be changed does not stand in it exactly once.
 */
function apply({ file, find, replace }: Edit, text: string): string {
  const [before, after, ...more] = text.split(find);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`src/${file}: ${JSON.stringify(find)} should stand in it once; mend the edit`);
  }
  return before + replace + after;
}

/** Makes sure that each of the edits has its place in the sources. @throws {Error} for the first that has none. */
export async function checkEdits(edits: readonly Edit[]): Promise<void> {
  for (const edit of edits) apply(edit, await readFile(new URL(edit.file, SOURCE_DIR), "utf8"));
}

/**
 * Loads a copy of the sources with `edits` made in it.
 * @throws {Error} where what is to be changed does not stand in its file exactly once.
 */
export async function loadVariant(edits: readonly Edit[]): Promise<Subject> {
  const folder = await mkdtemp(join(tmpdir(), "herd-sim-"));
  try {
    await cp(SOURCE_DIR, folder, { recursive: true });
    for (const edit of edits) {
      const path = join(folder, edit.file);
      await writeFile(path, apply(edit, await readFile(path, "utf8")));
    }
    return await loadSubject(new URL(`${pathToFileURL(folder).href}/`));
  } finally {
    await rm(folder, { recursive: true });
  }
}
