/**
 * The disk of one machine. What a process wrote outlives it at once; a crash of the machine leaves what was synced,
 * some of what was appended since, and some of the names that were changed since, in the order of their changes.
 */
import type { DurableFile, Files, ReadFile } from "../../src/runtime/runtime.ts";
import type { Life } from "./life.ts";
import type { Random } from "./random.ts";
import type { Subject } from "./subject.ts";

const FIRST_BYTES = 256;

/** What a name stands for: the bytes, and how many of them are on the disk itself. */
class Inode {
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(FIRST_BYTES);
  length = 0;
  syncedLength = 0;
  /** What the disk itself holds, where the file was cut below that since. */
  uncut: Uint8Array | undefined;

  append(bytes: Uint8Array): void {
    const length = this.length + bytes.length;
    if (length > this.bytes.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.bytes.length));
      grown.set(this.bytes.subarray(0, this.length));
      this.bytes = grown;
    }
    this.bytes.set(bytes, this.length);
    this.length = length;
  }

  truncate(length: number): void {
    if (length < this.syncedLength) {
      this.uncut ??= this.bytes.slice(0, this.syncedLength);
      this.syncedLength = length;
    }
    this.length = Math.min(length, this.length);
  }

  /** Everything up to `length` has reached the disk. */
  synced(length: number): void {
    this.syncedLength = Math.min(this.length, Math.max(length, this.syncedLength));
    this.uncut = undefined;
  }

  /** The machine has lost its power. */
  crash(random: Random): void {
    if (this.uncut !== undefined && random.chance(0.5)) {
      this.bytes = this.uncut.slice();
      this.length = this.uncut.length;
    } else {
      this.length = random.between(this.syncedLength, this.length);
      // The size may be on the disk where the last bytes are not.
      const torn = random.chance(0.3) ? random.between(this.syncedLength, this.length) : this.length;
      this.bytes.fill(0, torn, this.length);
    }
    this.synced(this.length);
  }
}

type NameChange =
  | { readonly kind: "set"; readonly path: string; readonly inode: Inode }
  | { readonly kind: "move"; readonly from: string; readonly to: string }
  | { readonly kind: "remove"; readonly path: string };

type Names = Map<string, Inode>;

function apply(names: Names, change: NameChange): void {
  switch (change.kind) {
    case "set":
      return void names.set(change.path, change.inode);
    case "move": {
      const inode = names.get(change.from);
      if (inode === undefined) return;
      names.delete(change.from);
      return void names.set(change.to, inode);
    }
    case "remove":
      return void names.delete(change.path);
  }
}

/** How long a sync takes, and what fails now. */
export interface DiskTroubles {
  syncMs: number;
  isFull: boolean;
  cannotSync: boolean;
}

export class SimDisk {
  readonly troubles: DiskTroubles = { syncMs: 2, isFull: false, cannotSync: false };
  readonly #subject: Pick<Subject, "FileNotFoundError">;
  readonly #random: Random;
  #names: Names = new Map();
  /** As they are on the disk itself; what was changed since waits in `#changes`. */
  #syncedNames: Names = new Map();
  #changes: NameChange[] = [];

  constructor(subject: Pick<Subject, "FileNotFoundError">, random: Random) {
    this.#subject = subject;
    this.#random = random;
  }

  /** The machine has lost its power. */
  crash(): void {
    const kept = this.#random.between(0, this.#changes.length);
    for (const change of this.#changes.slice(0, kept)) apply(this.#syncedNames, change);
    this.#changes = [];
    this.#names = new Map(this.#syncedNames);
    for (const inode of new Set(this.#names.values())) inode.crash(this.#random);
  }

  /** Another disk, an empty one, stands in its place. */
  erase(): void {
    this.#names = new Map();
    this.#syncedNames = new Map();
    this.#changes = [];
  }

  /** The bytes of every file, by name. */
  contents(): ReadonlyMap<string, Uint8Array> {
    return new Map(Array.from(this.#names, ([path, { bytes, length }]) => [path, bytes.slice(0, length)]));
  }

  /** The disk as one process sees it. */
  for(life: Life): Files {
    const later = <T>(ms: number, make: () => T): Promise<T> =>
      new Promise((resolve, reject) => {
        life.after(ms, () => {
          try {
            resolve(make());
          } catch (error) {
            reject(error);
          }
        });
      });
    return {
      readText: (path) => later(0, () => new TextDecoder().decode(this.#read(path))),
      isReadOnce: () => later(0, () => false),
      readBytes: (path) => later(0, () => this.#read(path)),
      openRead: (path) => later(0, () => this.#openRead(path, later)),
      openAppend: (path) => this.#openAppend(path, later),
      renameSync: (from, to) => this.#rename(from, to),
      remove: (path) =>
        later(0, () => {
          this.#find(path);
          this.#change({ kind: "remove", path });
        }),
      changeText: () => Promise.reject(new Error("no server changes a user's file")),
      makeDir() {},
      syncDir: (path) => later(this.troubles.syncMs, () => this.#syncDir(path)),
    };
  }

  #find(path: string): Inode {
    const inode = this.#names.get(path);
    if (inode === undefined) throw new this.#subject.FileNotFoundError(path);
    return inode;
  }

  #read(path: string): Uint8Array<ArrayBuffer> {
    const { bytes, length } = this.#find(path);
    return bytes.slice(0, length);
  }

  #change(change: NameChange): void {
    apply(this.#names, change);
    this.#changes.push(change);
  }

  #rename(from: string, to: string): void {
    this.#find(from);
    this.#change({ kind: "move", from, to });
  }

  /** All changes are one list, so what stood before one of the folder's is synced with it. */
  #syncDir(path: string): void {
    this.#fail();
    const inFolder = (name: string) => name.startsWith(`${path}/`);
    const last = this.#changes.findLastIndex((change) =>
      change.kind === "move" ? inFolder(change.from) || inFolder(change.to) : inFolder(change.path)
    );
    for (const change of this.#changes.splice(0, last + 1)) apply(this.#syncedNames, change);
  }

  #fail(): void {
    if (this.troubles.cannotSync) throw new Error("input/output error");
  }

  #openRead(path: string, later: <T>(ms: number, make: () => T) => Promise<T>): ReadFile {
    const inode = this.#find(path);
    let at = 0;
    return {
      sizeBytes: inode.length,
      read: (into) =>
        later(0, () => {
          const most = Math.min(into.length, inode.length - at);
          const count = most === 0 ? 0 : this.#random.between(1, most);
          into.set(inode.bytes.subarray(at, at + count));
          at += count;
          return count;
        }),
      close() {},
    };
  }

  #openAppend(
    path: string,
    later: <T>(ms: number, make: () => T) => Promise<T>,
  ): { readonly file: DurableFile; readonly sizeBytes: number } {
    let inode = this.#names.get(path);
    if (inode === undefined) {
      if (this.troubles.isFull) throw new Error("no space left on device");
      inode = new Inode();
      this.#change({ kind: "set", path, inode });
    }
    const opened = inode;
    const file: DurableFile = {
      appendSync: (bytes) => {
        if (!this.troubles.isFull) return opened.append(bytes);
        opened.append(bytes.subarray(0, this.#random.between(0, bytes.length)));
        throw new Error("no space left on device");
      },
      truncateSync: (sizeBytes) => opened.truncate(sizeBytes),
      sync: () => {
        const { length } = opened;
        return later(this.troubles.syncMs, () => {
          this.#fail();
          opened.synced(length);
        });
      },
      close() {},
    };
    return { file, sizeBytes: opened.length };
  }
}
