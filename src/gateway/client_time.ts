/** The time of a location, as programs write it. */
import * as v from "valibot";
import { MAX_SECONDS } from "../wire/scan.ts";
import { readTime } from "./time.ts";

/** What a time has after its point. */
const DECIMALS = 9;
const POSIX = /^\d+(\.\d{1,9})?$/;
/** Phones leave out what programs have to say, such as the zone. */
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$/i;

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
  return isoToPosix(text);
}

/** A number as it is written without an exponent. */
function decimalText(value: number): string {
  const text = String(value);
  if (POSIX.test(text) || !(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) return text;
  return value.toFixed(DECIMALS);
}

function isoToPosix(text: string): Read {
  if (!ISO.test(text)) return { kind: "faulty", fault: NO_TIME };
  const posix = readTime(text);
  return posix === undefined
    ? { kind: "faulty", fault: "there is no such moment, or it is before 1970" }
    : { kind: "posix", text: posix };
}
