/** Lines for a terminal, as spans of text in a style, cut to its width; and the words and numbers in them. */

export type Style = "plain" | "title" | "dim" | "good" | "bad" | "doubtful";

export interface Span {
  readonly text: string;
  readonly style: Style;
}

export type Line = readonly Span[];

const CODES: Readonly<Record<Style, string>> = {
  plain: "",
  title: "\x1b[1m",
  dim: "\x1b[2m",
  good: "\x1b[32m",
  bad: "\x1b[31m",
  doubtful: "\x1b[33m",
};

/** `line` in at most `columns` characters. */
export function toTerminal(line: Line, columns: number, hasColor: boolean): string {
  let room = columns;
  let text = "";
  for (const span of line) {
    const shown = Array.from(printable(span.text)).slice(0, room);
    room -= shown.length;
    const code = hasColor ? CODES[span.style] : "";
    text += code === "" ? shown.join("") : `${code}${shown.join("")}\x1b[0m`;
  }
  return hasColor ? text : text.trimEnd();
}

/**
 * `text` with all escaped that would not stand on the line as a character of its own: what clients and servers call
 * themselves must not command a terminal, nor turn the line around.
 */
export function printable(text: string): string {
  return text.replace(/[\p{C}\p{M}\p{Zl}\p{Zp}]/gu, (char) => {
    const code = (char.codePointAt(0) ?? 0).toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u{${code}}`;
  });
}

/** A whole number with separators; one decimal below ten where it is none. Undefined is a dash. */
export function numberText(value: number | undefined): string {
  if (value === undefined) return "-";
  const decimals = value < 10 && !Number.isInteger(value) ? 1 : 0;
  return value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** The two largest units of it: 12s, 3m04s, 5h06m, 7d08h. */
export function durationText(seconds: number): string {
  const whole = Math.floor(seconds);
  const pad = (value: number) => String(value).padStart(2, "0");
  if (whole < 60) return `${whole}s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)}m${pad(whole % 60)}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)}h${pad(minutes % 60)}m`;
  const hours = Math.floor(minutes / 60);
  return `${Math.floor(hours / 24)}d${pad(hours % 24)}h`;
}

const BLOCKS = "▁▂▃▄▅▆▇█";

/** The last `width` of `values` as blocks, the largest of them as the highest. A value that is not known is a gap. */
export function sparkline(values: readonly (number | undefined)[], width: number): string {
  const shown = width <= 0 ? [] : values.slice(-width);
  const most = Math.max(0, ...shown.map((value) => value ?? 0));
  return shown.map((value) => {
    if (value === undefined) return " ";
    return BLOCKS[most === 0 ? 0 : Math.round(value / most * (BLOCKS.length - 1))];
  }).join("").padStart(Math.max(0, width));
}
