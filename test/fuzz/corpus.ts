/** Inputs as files: a folder for each target, a file for each input, named by what is in it. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The corpus that is part of the repository: a few inputs to begin with, and every one that ever broke something. */
export const SEEDS = fileURLToPath(new URL("./corpus/", import.meta.url));

/** The inputs of a target in a corpus, in the order of their names. */
export function readCorpus(folder: string, target: string): readonly Uint8Array[] {
  const path = join(folder, target);
  if (!existsSync(path)) return [];
  return readdirSync(path).toSorted().map((name) => new Uint8Array(readFileSync(join(path, name))));
}

/** Adds an input. @returns the path of its file. */
export function addToCorpus(folder: string, target: string, input: Uint8Array, prefix = ""): string {
  const name = `${prefix}${createHash("sha256").update(input).digest("hex").slice(0, 16)}`;
  mkdirSync(join(folder, target), { recursive: true });
  const path = join(folder, target, name);
  writeFileSync(path, input);
  return path;
}
