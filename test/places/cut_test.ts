import { assertEquals, assertThrows } from "@std/assert";
import { cutResults, scanResponse, ShapeError } from "../../src/places/cut.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";
import { bytesOf, textOf } from "./fakes.ts";

function cut(text: string, bound: number): string {
  return textOf(cutResults(bytesOf(text), bound));
}

/** As Google lays it out, with number forms and escapes that a reformatter would lose. */
const googles = `{
   "html_attributions" : [],
   "results" : [
      {
         "geometry" : { "location" : { "lat" : 34.0600, "lng" : -1.184E2 } },
         "name" : "Caf\\u00e9 \\"Les ]}\\" \\/ Bar",
         "rating" : 4.50
      },
      {
         "name" : "results",
         "results" : [ 1, [ 2, [ 3 ] ], { "results" : [] } ]
      },
      {
         "name" : "\u00e9\u{1f951}"
      }
   ],
   "status" : "OK"
}`;

test("cut: what stays is the service's own bytes, and the space before the bracket stays", () => {
  const first = googles.slice(0, googles.indexOf(`,\n      {\n         "name" : "results"`));
  assertEquals(cut(googles, 1), first + `\n   ],\n   "status" : "OK"\n}`);
  const second = googles.slice(0, googles.indexOf(`,\n      {\n         "name" : "\u00e9`));
  assertEquals(cut(googles, 2), second + `\n   ],\n   "status" : "OK"\n}`);
  assertEquals(
    cut(googles, 0),
    googles.replace(/(?<="results" : \[)\s+\{[^]*\}(?=\n\s+\],\n\s+"status")/, ""),
  );
});

test("cut: a bound as large as the results, or larger, cuts nothing", () => {
  assertEquals(cut(googles, 3), googles);
  assertEquals(cut(googles, 20), googles);
  const empty = `{"results":[ ],"status":"ZERO_RESULTS"}`;
  assertEquals(cut(empty, 0), empty);
  assertEquals(cut(empty, 5), empty);
});

test("cut: only the results of the top level, under whatever spelling of the key", () => {
  assertEquals(
    cut(String.raw`{"a":{"results":[1,2]},"re\u0073ults":[3,4],"status":"OK"}`, 1),
    String.raw`{"a":{"results":[1,2]},"re\u0073ults":[3],"status":"OK"}`,
  );
  assertEquals(
    cut(String.raw`{"a":"\"results\":[1,2]","results":[3,4],"st\u0061tus":"OK"}`, 1),
    String.raw`{"a":"\"results\":[1,2]","results":[3],"st\u0061tus":"OK"}`,
  );
});

test("cut: of double keys the last counts", () => {
  assertEquals(
    cut(`{"results":[1,2],"status":1,"results":[3,4],"status":"OK"}`, 1),
    `{"results":[1,2],"status":1,"results":[3],"status":"OK"}`,
  );
  assertThrows(() => cut(`{"results":[1],"status":"OK","results":{}}`, 1), ShapeError, "array of results");
  assertThrows(() => cut(`{"results":[1],"status":"OK","status":1}`, 1), ShapeError, "status");
});

test("cut: runs of newlines become one, and there is none at either end", () => {
  assertEquals(
    cut(`\n\r\n{"results":[\n\n\n1\n\n,2\n\n\n],\r\n"status":"OK"\n\n}\n\r\n\n`, 1),
    `{"results":[\n1\n],\r\n"status":"OK"\n}`,
  );
  assertEquals(
    cut(`{"results":[1\n],\n\n"status":"O\\n\\nK"}`, 1),
    `{"results":[1\n],\n"status":"O\\n\\nK"}`,
  );
});

test("cut: a byte order mark in front is dropped, one in a key is a part of it", () => {
  assertEquals(cut(`\ufeff{"results":[1,2],"status":"OK"}`, 1), `{"results":[1],"status":"OK"}`);
  assertEquals(
    cut(`{"results":[1,2],"\ufeffresults":[1,2],"status":"OK"}`, 1),
    `{"results":[1],"\ufeffresults":[1,2],"status":"OK"}`,
  );
});

test("scan: reads what the response says, escapes and all", () => {
  const text = String
    .raw`{"error_message":"No \u00abkey\u00bb","results":[1,2],"status":"REQUEST\u005fDENIED"}`;
  const { status, errorMessage, resultCount } = scanResponse(bytesOf(text), 0);
  assertEquals({ status, errorMessage, resultCount }, {
    status: "REQUEST_DENIED",
    errorMessage: "No \u00abkey\u00bb",
    resultCount: 2,
  });
});

const faults: readonly (readonly [string, string])[] = [
  ["", "no JSON"],
  ["<!DOCTYPE html><html></html>", "no JSON"],
  [`{"results":[],"status":"OK"} x`, "no JSON"],
  [`{"results":[],"status":"OK"`, "no JSON"],
  [`{"results":[1,],"status":"OK"}`, "no JSON"],
  [`{"results":[],"status":"OK",}`, "no JSON"],
  [`{"results":[01],"status":"OK"}`, "no JSON"],
  [`{"results":[+1],"status":"OK"}`, "no JSON"],
  [`{"results":[NaN],"status":"OK"}`, "no JSON"],
  [`{"results":[{]},"status":"OK"}`, "no JSON"],
  [`{"results":["\n"],"status":"OK"}`, "no JSON"],
  [`{"results":["\\x41"],"status":"OK"}`, "no JSON"],
  [`{'results':[],"status":"OK"}`, "no JSON"],
  [`{"results":[]/**/,"status":"OK"}`, "no JSON"],
  [`{"results":[],\u00a0"status":"OK"}`, "no JSON"],
  ["null", "array of results"],
  [`[{"results":[],"status":"OK"}]`, "array of results"],
  [`"results"`, "array of results"],
  [`{"status":"OK"}`, "array of results"],
  [`{"results":{"0":1},"status":"OK"}`, "array of results"],
  [`{"results":[]}`, "without a status"],
  [`{"results":[],"status":null}`, "without a status"],
];

test("cut: tells what is wrong with what is no response", () => {
  for (const [text, fault] of faults) assertThrows(() => cut(text, 1), ShapeError, fault, text);
});

test("cut: refuses what is not UTF-8, wherever it stands", () => {
  for (const bad of [[0xff], [0xc3], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80]]) {
    const text = bytesOf(`{"results":[],"x":"....","status":"OK"}`);
    text.set(bad, 19);
    assertThrows(() => cutResults(text, 1), ShapeError, "not UTF-8");
  }
});

test("cut: deep nesting is bounded and never overflows the stack", () => {
  const nested = (depth: number) => `{"results":[${"[".repeat(depth)}${"]".repeat(depth)},1],"status":"OK"}`;
  assertEquals(cut(nested(500), 1), nested(500).replace(",1]", "]"));
  assertThrows(() => cut(nested(600), 1), ShapeError, "nested too deep");
  assertThrows(() => cut("[".repeat(1_000_000), 1), ShapeError, "nested too deep");
  assertThrows(() => cut(`{"a":`.repeat(200_000), 1), ShapeError, "nested too deep");
});

/** Numbers from 0 up to `below`, always the same ones from one seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9 | 0;
    return (state >>> 8) % below;
  };
}

const spaces = ["", "", " ", "\n", "\t", "\r\n", "\n\n", "\n  \n", "\n\n\n   "];

/** Writes JSON with space of all kinds where space may be, and characters of strings escaped or not. */
class Writer {
  readonly #next: (below: number) => number;

  constructor(seed: number) {
    this.#next = numbers(seed);
  }

  space(): string {
    return spaces[this.#next(spaces.length)] ?? "";
  }

  string(text: string): string {
    const units = text.split("").map((unit) => {
      const code = unit.charCodeAt(0);
      const isSurrogate = code >= 0xd800 && code < 0xe000;
      if (this.#next(8) === 0 || isSurrogate) return "\\u" + code.toString(16).padStart(4, "0");
      return unit === "/" && this.#next(2) === 0 ? "\\/" : JSON.stringify(unit).slice(1, -1);
    });
    return `"${units.join("")}"`;
  }

  value(value: unknown): string {
    if (typeof value === "string") return this.string(value);
    if (Array.isArray(value)) return this.list("[", value.map((item) => this.value(item)), "]");
    if (typeof value === "object" && value !== null) return this.members(Object.entries(value));
    return JSON.stringify(value);
  }

  members(entries: readonly (readonly [string, unknown])[]): string {
    const texts = entries.map(([key, value]) =>
      `${this.string(key)}${this.space()}:${this.space()}${this.value(value)}`
    );
    return this.list("{", texts, "}");
  }

  list(open: string, items: readonly string[], close: string): string {
    return open + this.space() + items.map((item) => item + this.space()).join("," + this.space()) + close;
  }
}

const anyJson = fc.jsonValue({ maxDepth: 4, noUnicodeString: false, stringUnit: "binary" });
const otherEntry = fc.tuple(fc.oneof(fc.constantFrom("results", "status", "html"), fc.string()), anyJson);
const results = fc.array(anyJson, { maxLength: 6 });

/** Texts of responses, now and then with more keys, the same ones again among them. */
const responseText = fc.record({
  before: fc.array(otherEntry, { maxLength: 3 }),
  between: fc.array(otherEntry, { maxLength: 2 }),
  results,
  status: fc.string(),
  seed: fc.integer(),
}).map(({ before, between, results, status, seed }) => {
  const writer = new Writer(seed);
  const entries: [string, unknown][] = [...before, ["results", results], ...between, ["status", status]];
  const lastResults = entries.findLast(([key]) => key === "results");
  if (!Array.isArray(lastResults?.[1])) entries.push(["results", results]);
  return writer.space() + writer.members(entries) + writer.space();
});

const anyBound = fc.integer({ min: 0, max: 7 });

function commonPrefix(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

function reversed(text: string): string {
  return text.split("").reverse().join("");
}

test("cut: for any response, what is read afterwards is what was there, with the results sliced", () => {
  fc.assert(fc.property(responseText, anyBound, (text, bound) => {
    const whole = JSON.parse(text) as { results: unknown[] };
    assertEquals(JSON.parse(cut(text, bound)), { ...whole, results: whole.results.slice(0, bound) });
  }));
});

test("cut: for any response, the text is a beginning and an end of what came", () => {
  fc.assert(fc.property(responseText, anyBound, (text, bound) => {
    const came = text.replaceAll(/\n+/g, "\n").replaceAll(/^[\r\n]+|[\r\n]+$/g, "");
    const out = cut(text, bound);
    const kept = commonPrefix(out, came) + commonPrefix(reversed(out), reversed(came));
    assertEquals(kept >= out.length, true, out);
    assertEquals(/\n\n|^\n|\n$/.test(out), false, out);
  }));
});

test("cut: cutting again changes nothing", () => {
  fc.assert(fc.property(responseText, anyBound, (text, bound) => {
    const once = cut(text, bound);
    assertEquals(cut(once, bound), once);
  }));
});

function isResponse(bytes: Uint8Array): boolean {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    return Array.isArray(Reflect.get(value, "results")) && typeof Reflect.get(value, "status") === "string";
  } catch {
    return false;
  }
}

function isAccepted(bytes: Uint8Array): boolean {
  try {
    cutResults(bytes, 2);
    return true;
  } catch (error) {
    if (error instanceof ShapeError) return false;
    throw error;
  }
}

const damage = fc.record({
  at: fc.nat(),
  remove: fc.nat({ max: 2 }),
  insert: fc.oneof(
    fc.uint8Array({ maxLength: 2 }),
    fc.constantFrom(...`{}[]",:\\-+.eEu0019tfn\n `).map((char) => bytesOf(char)),
  ),
});

test("cut: accepts exactly what JSON.parse reads as a response, also of damaged texts", () => {
  fc.assert(
    fc.property(responseText, damage, (text, { at, remove, insert }) => {
      const whole = bytesOf(text);
      const from = at % (whole.length + 1);
      const damaged = Uint8Array.from([
        ...whole.subarray(0, from),
        ...insert,
        ...whole.subarray(from + remove),
      ]);
      assertEquals(isAccepted(damaged), isResponse(damaged), textOf(damaged));
    }),
    { numRuns: 2_000 },
  );
});
