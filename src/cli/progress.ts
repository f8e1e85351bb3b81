/** How far the reading of a journal has come, for people who wait for it. */
import type { RecoveryProgress } from "../journal/recovery.ts";
import type { Runtime } from "../runtime/runtime.ts";

const BAR_WIDTH = 30;
/** On a terminal the bar is drawn anew this often; elsewhere a line is printed. */
const DRAW_MS = 100;
const PRINT_MS = 2_000;

/** Shows it on standard error: on a terminal as a bar, elsewhere as a line now and then. */
export function showRecovery(
  { clock, process }: Runtime,
  name: string,
): { show(progress: RecoveryProgress): void; end(): void } {
  const everyMs = process.isTerminal ? DRAW_MS : PRINT_MS;
  let shownMs = clock.monotonicMs();
  let drawn = false;
  return {
    show(progress) {
      const nowMs = clock.monotonicMs();
      if (nowMs - shownMs < everyMs) return;
      shownMs = nowMs;
      drawn = process.isTerminal;
      process.printError(process.isTerminal ? `\r${bar(name, progress)}` : `${words(name, progress)}\n`);
    },
    end() {
      if (drawn) process.printError("\r\x1b[K");
    },
  };
}

function bar(name: string, progress: RecoveryProgress): string {
  const full = Math.floor(BAR_WIDTH * shareOf(progress));
  return `${name} [${"#".repeat(full)}${"-".repeat(BAR_WIDTH - full)}] ${percent(progress)} ${
    count(progress)
  }`;
}

function words(name: string, progress: RecoveryProgress): string {
  return `${name} reads its journal: ${percent(progress)}, ${count(progress)}`;
}

function shareOf({ bytes, ofBytes }: RecoveryProgress): number {
  return ofBytes === 0 ? 1 : bytes / ofBytes;
}

function percent(progress: RecoveryProgress): string {
  return `${Math.floor(100 * shareOf(progress))} %`;
}

function count({ records }: RecoveryProgress): string {
  return `${records.toLocaleString("en-US")} reports`;
}
