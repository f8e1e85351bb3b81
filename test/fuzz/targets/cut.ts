/** The cutter of Places answers, beside JSON.parse: what is left is what was there, with the results sliced. */
import { cutResults, ShapeError } from "../../../src/places/cut.ts";
import { textOf } from "../../binary.ts";
import { mustEqual, sizeOf, type Target } from "../target.ts";

interface Response {
  readonly results: readonly unknown[];
}

/** The response that the bytes are; undefined where they are none. */
function refer(bytes: Uint8Array): Response | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (typeof value !== "object" || value === null || !("results" in value) || !("status" in value)) {
      return undefined;
    }
    const { results, status } = value;
    if (!Array.isArray(results) || typeof status !== "string") return undefined;
    return { ...value, results };
  } catch {
    return undefined;
  }
}

function cutOrFault(bytes: Uint8Array, bound: number): Uint8Array | string {
  try {
    return cutResults(bytes, bound);
  } catch (error) {
    if (error instanceof ShapeError) return error.message;
    throw error;
  }
}

export const cut: Target = {
  name: "cut",
  words: [
    '{"results":[1,2,3],"status":"OK"}',
    '{\n\n"results" : [ {"a":"}]"} ,\n\n [] , "x" ],\r\n"status" : "ZERO_RESULTS"}\n\n',
    '"results"',
    '"status"',
    '"error_message":"no"',
    "\\u0000",
    '\\"',
    "\\",
    "\xef\xbb\xbf",
    "\xc3\xa9",
    "\xff",
    "\n\n",
    "[[[[",
    "]]]]",
    '{"a":',
    "}",
    "true",
    "null",
    "-0.5e+10",
    "1e999",
    ",",
    '"re\\u0073ults":[1]',
    '"__proto__":1',
    "[".repeat(600),
    "]".repeat(600),
  ],
  maxBytes: 4_096,
  run(input) {
    const expected = refer(input);
    const shapes: string[] = [];
    for (const bound of [0, 2, 20]) {
      const outcome = cutOrFault(input, bound);
      if (typeof outcome === "string") {
        // Deeper than anyone needs is refused; nothing else is that is a response.
        if (expected !== undefined && outcome !== "JSON nested too deep") {
          throw new Error(`refused: ${outcome}`);
        }
        shapes.push(outcome);
        continue;
      }
      if (expected === undefined) throw new Error(`taken, though it is no response: ${textOf(outcome)}`);
      const { results } = expected;
      const text = new TextDecoder("utf-8", { fatal: true }).decode(outcome);
      mustEqual(JSON.parse(text), { ...expected, results: results.slice(0, bound) }, `cut to ${bound}`);
      if (/\n\n|^\n|\n$/.test(text)) throw new Error(`newlines in ${JSON.stringify(text)}`);
      mustEqual(textOf(cutResults(outcome, bound)), textOf(outcome), "cut again");
      shapes.push(`${sizeOf(results.length)}/${Object.keys(expected).length}/${sizeOf(outcome.length)}`);
    }
    return `${shapes.join(" ")} ${sizeOf(input.length)}`;
  },
};
