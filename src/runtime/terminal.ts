import type { TerminalSize } from "./runtime.ts";

/** The size that a terminal says it has; that of the oldest ones where it says nothing, or 0. */
export function usualSize(columns: number | undefined, rows: number | undefined): TerminalSize {
  return { columns: columns || 80, rows: rows || 24 };
}
