/** The time of a location, as programs write it. */
import * as v from "valibot";
import type { Instant } from "../runtime/runtime.ts";
import { MAX_SECONDS } from "../wire/scan.ts";

/** What a time has after its point. */
const DECIMALS = 9;
const POSIX = /^\d+(\.\d{1,9})?$/;
const ISO = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)$/;

/** POSIX seconds or ISO 8601, made into the time of an IAMAT. */
export const timeSchema = v.pipe(
  v.union([v.string(), v.number()]),
  v.description(
    "POSIX seconds, as a number or, to the nanosecond, as text; or ISO 8601 with its zone. Absent: now.",
  ),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const time = toPosix(dataset.value);
    if (time.kind === "posix") return time.text;
    addIssue({ message: time.fault });
    return NEVER;
  }),
);

type Read =
  | { readonly kind: "posix"; readonly text: string }
  | { readonly kind: "faulty"; readonly fault: string };

const NO_TIME = 'write POSIX seconds (1520023934.5), or ISO 8601 with its zone ("2018-03-02T20:52:14.5Z")';

function toPosix(value: string | number): Read {
  const text = typeof value === "number" ? decimalText(value) : value;
  if (POSIX.test(text)) {
    if (Math.floor(Number(text)) <= MAX_SECONDS) return { kind: "posix", text };
    return { kind: "faulty", fault: "this is too late to be seconds: are they milliseconds?" };
  }
  return isoToPosix(text.toUpperCase());
}

/** A number as it is written without an exponent. */
function decimalText(value: number): string {
  const text = String(value);
  if (POSIX.test(text) || !(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) return text;
  return value.toFixed(DECIMALS);
}

function isoToPosix(text: string): Read {
  const [, moment, fraction = "", zone = ""] = ISO.exec(text) ?? [];
  if (moment === undefined) return { kind: "faulty", fault: NO_TIME };
  const utcMs = Date.parse(`${moment}Z`);
  const ms = Date.parse(`${moment}${zone.replace(/(\d\d):?(\d\d)$/, "$1:$2")}`);
  // The engine takes the 30th of February for the 1st of March.
  if (Number.isNaN(ms) || !new Date(utcMs).toISOString().startsWith(moment)) {
    return { kind: "faulty", fault: "there is no such moment in the calendar" };
  }
  if (ms < 0) return { kind: "faulty", fault: "it is before 1970" };
  const decimals = fraction.slice(0, DECIMALS);
  return { kind: "posix", text: `${ms / 1000}${decimals === "" ? "" : `.${decimals}`}` };
}

/** `instant` as the time of an IAMAT. */
export function timeText({ seconds, nanos }: Instant): string {
  return `${seconds}.${String(nanos).padStart(DECIMALS, "0")}`;
}
