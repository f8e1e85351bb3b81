/** Times as the apps of phones write them, to the decimal text of an IAMAT. No number of the engine's in between. */
import type { Instant } from "../runtime/runtime.ts";
import { MAX_SECONDS } from "../wire/scan.ts";

const NUMBER = /^(\d{1,17})(?:\.(\d+))?$/;

/** The sign of an offset also as what a `+` in a URL becomes when nobody encoded it, or when it was encoded twice. */
const DATE =
  /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(?:Z|(\+|-| |%2B)(\d\d)(?::?(\d\d))?)?$/i;

/**
 * The POSIX time that `text` means, in seconds with at most nine decimals: of a number (milliseconds where they
 * would be no time as seconds: those begin in 1973), or of a date as in ISO 8601 (UTC without an offset, also with a
 * space for its `T`). Undefined for all else, and before 1970.
 */
export function readTime(text: string): string | undefined {
  const [, whole, fraction = ""] = NUMBER.exec(text) ?? [];
  if (whole === undefined) return readDate(text);
  return Number(whole) <= MAX_SECONDS
    ? decimal(whole, fraction)
    : decimal(whole.slice(0, -3), whole.slice(-3) + fraction);
}

/** The text of `instant`. */
export function timeOf({ seconds, nanos }: Instant): string {
  return decimal(String(seconds), String(nanos).padStart(9, "0"));
}

function readDate(text: string): string | undefined {
  const fields = DATE.exec(text);
  if (fields === null) return undefined;
  const [, year, month, day, hour, minute, second = "00", fraction = "", sign, hours, minutes] = fields;
  const written = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const localMs = Date.parse(`${written}Z`);
  // What does not exist, such as February 30, may be taken for a later day.
  if (Number.isNaN(localMs) || !new Date(localMs).toISOString().startsWith(written)) return undefined;
  const offset = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * (sign === "-" ? -60 : 60);
  const seconds = localMs / 1000 - offset;
  return seconds >= 0 ? decimal(String(seconds), fraction) : undefined;
}

function decimal(seconds: string, fraction: string): string {
  const digits = fraction.slice(0, 9).replace(/0+$/, "");
  return digits === "" ? seconds : `${seconds}.${digits}`;
}
