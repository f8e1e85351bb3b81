/** docs/faults.md: every row of what the herd must survive is there, and every test that it names exists. */
import { assert, assertEquals } from "@std/assert";
import { readFile } from "node:fs/promises";
import { test } from "../runner.ts";

/** On which levels each row is tested. */
const LEVELS: Readonly<Record<number, string>> = {
  1: "SP",
  2: "SP",
  3: "U",
  4: "P",
  5: "SC",
  6: "C",
  7: "S",
  8: "US",
  9: "US",
  10: "US",
  11: "S",
  12: "C",
  13: "UC",
  14: "CP",
  15: "P",
  16: "U",
  17: "C",
  18: "C",
  19: "P",
  20: "U",
  21: "P",
  22: "U",
  23: "C",
  24: "C",
  25: "UP",
};

interface Line {
  readonly row: number;
  readonly level: string;
  readonly file: string;
  readonly name: string;
}

function read(url: string): Promise<string> {
  return readFile(new URL(url, import.meta.url), "utf8");
}

/** The lines of the document's tables. A row that is numbered 0 is no row of faults. */
async function documented(): Promise<readonly Line[]> {
  const lines: Line[] = [];
  let row = 0;
  for (const text of (await read("../../docs/faults.md")).split("\n")) {
    const [heading, number] = /^## (?:(\d+)\. )?/.exec(text) ?? [];
    if (heading !== undefined) row = Number(number ?? 0);
    const [whole, level = "", file = "", name = ""] =
      /^\| ([USCP]) +\| `([^`]+)` *\| (.+?) *\|$/.exec(text) ?? [];
    if (whole !== undefined) lines.push({ row, level, file, name });
  }
  return lines;
}

/** What a file's tests are called. A name with something filled in is a pattern. */
function namesIn(source: string): readonly RegExp[] {
  return Array.from(source.matchAll(/\btest\(\s*(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)/g), ([, plain, filled]) => {
    const literal = (plain ?? filled ?? "").replace(/\\(.)/g, "$1");
    const parts = plain === undefined ? literal.split(/\$\{(?:[^{}]|\{[^}]*\})*\}/) : [literal];
    return new RegExp(`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".+")}$`);
  });
}

test("faults: every row is in the document, in order, with a test on each of its levels", async () => {
  const lines = await documented();
  assertEquals([...new Set(lines.map(({ row }) => row))], [...Object.keys(LEVELS).map(Number), 0]);
  for (const [row, levels] of Object.entries(LEVELS)) {
    for (const level of levels) {
      const found = lines.some((line) => line.row === Number(row) && line.level === level);
      assert(found, `row ${row} has no test on level ${level}`);
    }
  }
}, { needs: ["read"] });

test("faults: every test that the document names is in the file that it names", async () => {
  const lines = await documented();
  assert(lines.length > 80, `${lines.length} tests are named`);
  const missing: string[] = [];
  for (const { file, name } of lines) {
    const names = namesIn(await read(`../${file}`));
    if (!names.some((pattern) => pattern.test(name))) missing.push(`${file}: ${name}`);
  }
  assertEquals(missing, []);
}, { needs: ["read"] });
