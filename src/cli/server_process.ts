/** A server in a process of its own, as whoever has started it sees it. */
import type { Process } from "../runtime/runtime.ts";
import { STARTER_NAME } from "./stop_signals.ts";

export interface ServerProcess {
  readonly pid: number;
  /** Whether it came to listen. */
  readonly ready: Promise<boolean>;
  /** Its exit code. */
  readonly exited: Promise<number>;
  terminate(): void;
}

/** Starts `serve name` with `flags`. What it says, but for where it listens, goes to standard error. */
export function startServer(process: Process, name: string, flags: readonly string[]): ServerProcess {
  const child = process.startSelf(["serve", name, ...flags], { [STARTER_NAME]: "herd" });
  const ready = new Promise<boolean>((resolve) => {
    const relay = async () => {
      for await (const line of child.lines) {
        if (line.startsWith(`${name} serves http`)) continue;
        if (line.startsWith(`${name} listens on `)) resolve(true);
        else process.printError(`${line.startsWith("herd: ") ? `${name}: ${line.slice(6)}` : line}\n`);
      }
    };
    // Also where its output cannot be read: its exit code says how it went.
    relay().catch(() => {}).then(() => resolve(false));
  });
  return { pid: child.pid, ready, exited: child.exited, terminate: () => child.terminate() };
}
