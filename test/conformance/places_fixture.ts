/** Answers of a Places service, in a formatting that nobody would choose, and what a server has to make of them. */

import { assert, assertEquals } from "@std/assert";
import { utf8 } from "./harness.ts";

/** The key that the servers under test are given. It must never be seen outside their requests to the service. */
export const KEY_CANARY = "AIzaCanary-0123456789-NeverToBeSeen";

/** What stands around and between the entries of `results`. */
const HEAD = utf8(
  `{\n\n\n   "html_attributions" : [ "a \\"results\\" : [ 1, 2 ] of nothing", "\\n\\n" ],` +
    `\n\t"next_page_token" : "C\\u0049D/é",\n "nested": {"results":[1,2,3,4,5,6]},\r\n   "results"   :  [`,
);
const BEFORE_FIRST = "\n\n      ";
const BETWEEN = [" ,\n\n\n\t", ",", " , ", "\n,\n      "];
const TAIL = utf8(`\n\n   ]  ,\n   "status" :\t"OK"\n  \n, "big" : 12345678901234567890.10e+01 }\n\n\n\n`);

/** One entry; its text is unlike what any serializer writes. */
function entry(index: number): string {
  return utf8(
    `{ "geometry" : {\n\n"location":{"lat":34.0${index}0000,"lng" : -1.18${index}E2} },   "name" :\t"Plätz ${index} ` +
      `\\u0022]}[{\\\\\\" 🐑", "results" : [ {}, [], ${index} ],\n\n\n"rating":${index}.0, "place_id":"id-${index}"}`,
  );
}

/** The body of an answer with `count` entries. */
export function oddBody(count: number): string {
  const entries = Array.from({ length: count }, (_, index) => {
    return (index === 0 ? BEFORE_FIRST : BETWEEN[index % BETWEEN.length] ?? ",") + entry(index);
  });
  return HEAD + entries.join("") + TAIL;
}

/** What remains of the body once newlines are as the page wants them. */
function collapsed(text: string): string {
  return text.replace(/\n+/g, "\n");
}

/** The body as a client has to see it when nothing is cut. */
export function wholeBody(count: number): string {
  return collapsed(oddBody(count)).replace(/^\n+|\n+$/g, "");
}

/**
 * Checks that `json` is the body with the entries beyond the bound cut out and every other byte its own. What white
 * space of the cut stays before the closing bracket is left to the server.
 */
export function assertCut(json: string, count: number, bound: number): void {
  const whole = wholeBody(count);
  if (bound >= count) {
    assertEquals(json, whole);
    return;
  }
  const last = collapsed(entry(bound - 1));
  const head = whole.slice(0, whole.indexOf(last) + last.length);
  const tail = whole.slice(whole.lastIndexOf("]", whole.indexOf('"status"')));
  assertEquals(json.slice(0, head.length), head);
  assertEquals(json.slice(json.length - tail.length), tail);
  const between = json.slice(head.length, json.length - tail.length);
  assert(
    /^[ \t\r\n]*$/.test(between),
    `between the last entry and the bracket stands ${JSON.stringify(between)}`,
  );
  assertEquals(json, collapsed(json), "no run of newlines");
}

/** A small answer as Google would write it. */
export function plainBody(names: readonly string[]): string {
  const results = names.map((name) => ({ name, geometry: { location: { lat: 34.07, lng: -118.44 } } }));
  const status = names.length > 0 ? "OK" : "ZERO_RESULTS";
  return utf8(JSON.stringify({ html_attributions: [], results, status }, null, 3));
}
