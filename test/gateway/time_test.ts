/**
 * Times as apps write them.
 * https://www.traccar.org/osmand/ : seconds or milliseconds, ISO 8601, or yyyy-MM-dd HH:mm:ss
 * https://github.com/aaronpk/Overland-iOS#api : 2015-10-01T08:00:00-0700
 * https://gpslogger.app/ : custom URL, %TIME, %TIMEOFFSET and %TIMESTAMP
 */
import { assertEquals } from "@std/assert";
import { readTime, timeOf } from "../../src/gateway/time.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

const LAST_MS = Date.UTC(2100, 0);

/** What `ms` is in seconds, by its digits. */
function secondsText(ms: number): string {
  const text = String(ms).padStart(4, "0");
  const fraction = text.slice(-3).replace(/0+$/, "");
  return `${text.slice(0, -3)}${fraction === "" ? "" : `.${fraction}`}`;
}

test("a time is read in every form that an app writes", () => {
  const forms: Record<string, string | undefined> = {
    "1377177267": "1377177267",
    "1442068686579": "1442068686.579",
    "1442068686000": "1442068686",
    "1520023934.918963997": "1520023934.918963997",
    "1520023934.9189639979": "1520023934.918963997",
    "1442068686579.25": "1442068686.57925",
    "0": "0",
    "2016-01-27T18:55:47Z": "1453920947",
    "2016-03-05T19:24:29.949Z": "1457205869.949",
    "2016-03-05T21:24:29.949+02:00": "1457205869.949",
    // A plus that nobody encoded, and one that was encoded twice.
    "2016-03-05T21:24:29.949 02:00": "1457205869.949",
    "2016-03-05T21:24:29.949%2B02:00": "1457205869.949",
    "2015-10-01T08:00:00-0700": "1443711600",
    "2015-10-01T08:00:00-07": "1443711600",
    "2014-06-04 09:10:11": "1401873011",
    "2014-06-04T09:10": "1401873000",
    "2024-02-29T00:00:00z": "1709164800",
    "1970-01-01T00:00:00Z": "0",
  };
  for (const [text, time] of Object.entries(forms)) assertEquals(readTime(text), time, text);
});

test("what is no time is none", () => {
  const texts = [
    "",
    " ",
    "now",
    "NaN",
    "Infinity",
    "-1",
    "+1",
    "1e9",
    "0x10",
    "1520023934,5",
    "1520023934.",
    ".5",
    "123456789012345678",
    "%TIME",
    "{2}",
    "2015-02-30T00:00:00Z",
    "2015-13-01T00:00:00Z",
    "2015-10-01T24:00:00Z",
    "2015-10-01T08:60:00Z",
    "2015-10-01T08:00:60Z",
    "2015-10-01T08:00:00,5Z",
    "2015-10-01",
    "08:00:00",
    "1969-12-31T23:59:59Z",
    "1970-01-01T00:00:00+01:00",
    "2015-10-01T08:00:00Zx",
  ];
  for (const text of texts) assertEquals(readTime(text), undefined, text);
});

test("the same instant is the same time in seconds, milliseconds and dates of any offset", () => {
  // What is earlier than 1973 has too few digits to be told from seconds.
  const ms = fc.integer({ min: 100_000_000_000, max: LAST_MS });
  fc.assert(fc.property(ms, fc.integer({ min: -14 * 60, max: 14 * 60 }), (ms, offsetMinutes) => {
    const expected = secondsText(ms);
    const size = Math.abs(offsetMinutes);
    const pad = (count: number) => String(count).padStart(2, "0");
    const local = new Date(ms + offsetMinutes * 60_000).toISOString().slice(0, -1);
    const sign = offsetMinutes < 0 ? "-" : "+";
    const hours = pad(Math.floor(size / 60));
    assertEquals(readTime(String(ms)), expected);
    assertEquals(readTime(expected), expected);
    assertEquals(readTime(new Date(ms).toISOString()), expected);
    assertEquals(readTime(`${local}${sign}${hours}:${pad(size % 60)}`), expected);
    assertEquals(readTime(`${local}${sign}${hours}${pad(size % 60)}`), expected);
  }));
});

test("the clock's time has the clock's nanoseconds", () => {
  assertEquals(timeOf({ seconds: 1_520_023_934, nanos: 918_963_997 }), "1520023934.918963997");
  assertEquals(timeOf({ seconds: 1_520_023_934, nanos: 1_000 }), "1520023934.000001");
  assertEquals(timeOf({ seconds: 1_520_023_934, nanos: 0 }), "1520023934");
});
