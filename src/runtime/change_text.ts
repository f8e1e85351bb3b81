/** Changing a file of a user's in one piece, on both runtimes. */
import * as fs from "node:fs/promises";
import { hasCode } from "./errors.ts";

const OWNER_ALONE = 0o600;
const MODE_BITS = 0o777;

/** As `Files.changeText` says. */
export async function changeText(path: string, change: (text: string | undefined) => string): Promise<void> {
  const target = await orNone(fs.realpath(path)) ?? path;
  const next = `${target}.new`;
  const file = await openNew(next);
  let isOpen = true;
  try {
    const text = await orNone(fs.readFile(target, "utf8"));
    await file.writeFile(change(text));
    if (text !== undefined) await takeOver(target, next);
    await file.sync();
    await file.close();
    isOpen = false;
    await fs.rename(next, target);
  } catch (error) {
    if (isOpen) await file.close();
    await fs.rm(next, { force: true });
    throw error;
  }
}

/** Makes the file that is to take the other's place, which shows that a change is under way. */
async function openNew(path: string): Promise<fs.FileHandle> {
  try {
    return await fs.open(path, "wx", OWNER_ALONE);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
    throw new Error(`${path} is there: another change is under way, or was cut off and has left it`, {
      cause: error,
    });
  }
}

/** Gives `to` the owner of `from`, and its permissions. */
async function takeOver(from: string, to: string): Promise<void> {
  const [old, own] = [await fs.stat(from), await fs.stat(to)];
  if (old.uid !== own.uid || old.gid !== own.gid) await fs.chown(to, old.uid, old.gid);
  await fs.chmod(to, old.mode & MODE_BITS);
}

async function orNone<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}
