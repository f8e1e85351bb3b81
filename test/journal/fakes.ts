/** A disk that forgets what was not brought to it: what a journal's tests stand on. */
import { type DurableFile, FileNotFoundError, type Files, type ReadFile } from "../../src/runtime/runtime.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What stands in a file, and what a crash of the machine leaves of it for certain. */
interface Inode {
  bytes: Uint8Array;
  durable: Uint8Array;
  /** A sync failed: what it should have brought to the disk never gets there, whatever later ones say. */
  isSpoilt: boolean;
}

/** A sync that a test has to complete. */
export interface PendingSync {
  succeed(): void;
  fail(): void;
}

/** What of a disk can fail. */
export type Failing = "append" | "truncate" | "sync" | "rename" | "open" | "syncDir" | "read";

/** The text of a journal without what it notes beside reports. */
function withoutNotes(bytes: Uint8Array): string {
  return decoder.decode(bytes).replaceAll(/^HERD\/1 .*\n/gm, "");
}

const NO_SPACE = () => new Error("no space left on device");

/** A disk in memory. */
export class FakeDisk implements Files {
  #names = new Map<string, Inode>();
  /** The names that a crash of the machine leaves for certain. */
  #durableNames = new Map<string, Inode>();
  /** Everything fails that stands here. */
  readonly failing = new Set<Failing>();
  /** Bytes of an append that get through before it fails. */
  appendedBeforeFailure = 0;
  /** Whether syncs wait until the test completes them. */
  holdsSyncs = false;
  readonly syncs: PendingSync[] = [];
  openFiles = 0;
  /** Told of every sync that is asked for, and gives whom to tell of its success. */
  onSync: (path: string | undefined) => () => void = () => () => {};
  /** Bytes that a read gives at most. */
  readBytesAtMost = Infinity;

  /** What the file at `path` holds now, without a journal's notes: undefined where there is none. */
  text(path: string): string | undefined {
    const inode = this.#names.get(path);
    return inode === undefined ? undefined : withoutNotes(inode.bytes);
  }

  /** What a crash of the machine leaves at `path`, at the worst: with the names as they were, and as they are. */
  durableTexts(path: string): string[] {
    return [this.#durableNames.get(path), this.#names.get(path)].map((inode) =>
      withoutNotes(inode?.durable ?? new Uint8Array(0))
    );
  }

  bytesOf(path: string): Uint8Array | undefined {
    return this.#names.get(path)?.bytes;
  }

  /** Puts a file there, on the disk already. */
  put(path: string, content: string | Uint8Array): void {
    const bytes = typeof content === "string" ? encoder.encode(content) : content;
    const inode = { bytes, durable: bytes, isSpoilt: false };
    this.#names.set(path, inode);
    this.#durableNames.set(path, inode);
  }

  get paths(): string[] {
    return [...this.#names.keys()].sort();
  }

  /** The process ends: nothing of it goes on, and what it wrote stands. What a failed sync spoilt is forgiven. */
  crashProcess(): FakeDisk {
    const disk = new FakeDisk();
    for (const [path, { bytes, durable }] of this.#names) {
      disk.#names.set(path, { bytes, durable, isSpoilt: false });
    }
    for (const [path, inode] of this.#durableNames) {
      const isSame = this.#names.get(path) === inode;
      const same = isSame ? disk.#names.get(path) : undefined;
      disk.#durableNames.set(path, same ?? { ...inode, isSpoilt: false });
    }
    return disk;
  }

  /**
   * The machine ends. `chance` gives numbers from 0 to 1: whether the names got to the disk, and how much of each
   * file's end did, which may also have become zeros.
   */
  crashMachine(chance: () => number): FakeDisk {
    const disk = new FakeDisk();
    for (const [path, inode] of chance() < 0.5 ? this.#names : this.#durableNames) {
      disk.put(path, remains(inode, chance));
    }
    return disk;
  }

  readText(path: string): Promise<string> {
    const text = this.text(path);
    return text === undefined ? Promise.reject(new FileNotFoundError(path)) : Promise.resolve(text);
  }

  isReadOnce(): Promise<boolean> {
    return Promise.resolve(false);
  }

  readBytes(path: string): Promise<Uint8Array> {
    const inode = this.#names.get(path);
    return inode === undefined
      ? Promise.reject(new FileNotFoundError(path))
      : Promise.resolve(inode.bytes.slice());
  }

  // deno-lint-ignore require-await -- what it throws must be a rejection
  async openRead(path: string): Promise<ReadFile> {
    const inode = this.#names.get(path);
    if (inode === undefined) throw new FileNotFoundError(path);
    this.openFiles++;
    let at = 0;
    return {
      sizeBytes: inode.bytes.length,
      // deno-lint-ignore require-await -- as above
      read: async (into) => {
        if (this.failing.has("read")) throw new Error("input/output error");
        const count = Math.min(into.length, inode.bytes.length - at, this.readBytesAtMost);
        into.set(inode.bytes.subarray(at, at + count));
        at += count;
        return count;
      },
      close: () => void this.openFiles--,
    };
  }

  openAppend(path: string): { file: DurableFile; sizeBytes: number } {
    if (this.failing.has("open")) throw new Error("too many open files");
    let inode = this.#names.get(path);
    if (inode === undefined) {
      inode = { bytes: new Uint8Array(0), durable: new Uint8Array(0), isSpoilt: false };
      this.#names.set(path, inode);
    }
    this.openFiles++;
    return { file: this.#fileOf(inode), sizeBytes: inode.bytes.length };
  }

  renameSync(from: string, to: string): void {
    if (this.failing.has("rename")) throw new Error("operation not permitted");
    const inode = this.#names.get(from);
    if (inode === undefined) throw new FileNotFoundError(from);
    this.#names.delete(from);
    this.#names.set(to, inode);
  }

  // deno-lint-ignore require-await -- as above
  async remove(path: string): Promise<void> {
    if (!this.#names.delete(path)) throw new FileNotFoundError(path);
  }

  changeText(): Promise<void> {
    return Promise.reject(new Error("no server changes a user's file"));
  }

  makeDir(): void {}

  // deno-lint-ignore require-await -- as above
  async syncDir(): Promise<void> {
    if (this.failing.has("syncDir")) throw new Error("input/output error");
    this.#durableNames = new Map(this.#names);
  }

  #fileOf(inode: Inode): DurableFile {
    let isOpen = true;
    const check = () => {
      if (!isOpen) throw new Error("bad file descriptor");
    };
    return {
      appendSync: (bytes) => {
        check();
        const fails = this.failing.has("append");
        inode.bytes = joined(inode.bytes, fails ? bytes.subarray(0, this.appendedBeforeFailure) : bytes);
        if (fails) throw NO_SPACE();
      },
      truncateSync: (sizeBytes) => {
        check();
        if (this.failing.has("truncate")) throw new Error("input/output error");
        inode.bytes = inode.bytes.slice(0, sizeBytes);
        // Nothing of what was spoilt is left.
        if (sizeBytes === 0) inode.isSpoilt = false;
      },
      sync: () => {
        check();
        return this.#sync(inode);
      },
      close: () => {
        check();
        isOpen = false;
        this.openFiles--;
      },
    };
  }

  #sync(inode: Inode): Promise<void> {
    const { bytes } = inode;
    const path = [...this.#names].find(([, named]) => named === inode)?.[0];
    const succeeded = this.onSync(path);
    return new Promise((resolve, reject) => {
      const pending: PendingSync = {
        succeed: () => {
          if (!inode.isSpoilt) {
            inode.durable = bytes;
            succeeded();
          }
          resolve();
        },
        fail: () => {
          inode.isSpoilt = true;
          reject(new Error("input/output error"));
        },
      };
      if (this.holdsSyncs) this.syncs.push(pending);
      else if (this.failing.has("sync")) pending.fail();
      else pending.succeed();
    });
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}

/** What is there for certain, and behind it some of what was written since, the last of it maybe as zeros. */
function remains({ bytes, durable }: Inode, chance: () => number): Uint8Array {
  let shared = 0;
  while (shared < durable.length && shared < bytes.length && durable[shared] === bytes[shared]) shared++;
  if (shared < durable.length && chance() < 0.5) return durable;
  const end = shared + Math.round(chance() * (bytes.length - shared));
  const rest = bytes.slice(0, end);
  if (chance() < 0.3) rest.fill(0, shared + Math.round(chance() * (end - shared)));
  return rest;
}
