/**
 * A disk with little room, on which one server keeps its journal and its log, so that it can be filled. A tmpfs where
 * one may be mounted; elsewhere the system's limit on the size of the server's files, which it may not exceed.
 */
import { execFileSync } from "node:child_process";
import { closeSync, cpSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

export const DISK_WAYS = ["tmpfs", "limit", "none"] as const;
export type DiskWay = (typeof DISK_WAYS)[number];

const SIZE = "32m";
const FILLER_BYTES = 65_536;
/** Smaller ones then fill what is left. */
const LAST_BYTES = 512;

export class SmallDisk {
  readonly way: DiskWay;
  readonly dir: string;
  #isFull = false;

  private constructor(way: DiskWay, dir: string) {
    this.way = way;
    this.dir = dir;
  }

  /** @param wanted the way to take; the first that works, where it is not given. */
  static make(dir: string, wanted?: DiskWay): SmallDisk {
    mkdirSync(dir, { recursive: true });
    const works: Readonly<Record<DiskWay, () => boolean>> = {
      tmpfs: () => succeeds("mount", ["-t", "tmpfs", "-o", `size=${SIZE},mode=700`, "herd-chaos", dir]),
      limit: () => succeeds("prlimit", ["--pid", String(process.pid), "--fsize"]),
      none: () => true,
    };
    const way = (wanted === undefined ? DISK_WAYS : [wanted]).find((way) => works[way]());
    if (way === undefined) throw new Error(`no small disk can be made by ${wanted} here`);
    return new SmallDisk(way, dir);
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** A command under which the server has to run. Without it the signal that comes with the limit would end Deno. */
  get under(): readonly string[] {
    return this.way === "limit" ? ["sh", "-c", 'trap "" XFSZ; exec "$@"', "sh"] : [];
  }

  /** How it is done, for people. */
  describe(): string {
    switch (this.way) {
      case "tmpfs":
        return `a tmpfs of ${SIZE}`;
      case "limit":
        return "a limit on the size of its files (prlimit --fsize)";
      case "none":
        return "none: neither a tmpfs can be mounted nor files be limited";
    }
  }

  /** Leaves no room for another byte. @param pid of the server, where it runs. */
  fill(pid: number | undefined): void {
    this.#isFull = true;
    if (this.way === "tmpfs") fillUp(this.#filler);
    else if (this.way === "limit" && pid !== undefined) limitFiles(pid, "0");
  }

  /** Makes room again. */
  clear(pid: number | undefined): void {
    this.#isFull = false;
    if (this.way === "tmpfs") rmSync(this.#filler, { force: true });
    else if (this.way === "limit" && pid !== undefined) limitFiles(pid, "unlimited");
  }

  /** Ends it; what is on it is kept beside it. */
  unmount(): void {
    if (this.way !== "tmpfs") return;
    cpSync(this.dir, `${this.dir}.kept`, { recursive: true });
    succeeds("umount", ["-l", this.dir]);
  }

  get #filler(): string {
    return join(this.dir, "filler");
  }
}

function fillUp(path: string): void {
  const file = openSync(path, "a");
  for (const bytes of [FILLER_BYTES, LAST_BYTES]) {
    const filler = new Uint8Array(bytes);
    try {
      for (;;) writeSync(file, filler);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
    }
  }
  closeSync(file);
}

/** The soft limit alone, which may be raised again. */
function limitFiles(pid: number, limit: string): void {
  succeeds("prlimit", ["--pid", String(pid), `--fsize=${limit}:`]);
}

function succeeds(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
