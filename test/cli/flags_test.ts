/** The command line: flags anywhere, and everything else exactly as it was typed. */
import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { type Flags, type FlagSpec, readFlags } from "../../src/cli/flags.ts";
import { UserError } from "../../src/cli/user_error.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

const SPEC: FlagSpec = { values: ["topology", "log-dir"], repeated: ["limit"] };

function read(...args: readonly string[]): Flags {
  return readFlags(args, SPEC);
}

function flags(given: Partial<Flags>): Flags {
  return {
    help: false,
    version: false,
    values: {},
    repeated: { limit: [] },
    switches: [],
    words: [],
    ...given,
  };
}

/** The one line that a user reads about `args`. */
function complaint(...args: readonly string[]): string {
  const error = assertThrows(() => read(...args), UserError, undefined, args.join(" "));
  assertEquals(error.lines.length, 1);
  return error.lines[0] ?? "";
}

test("nothing was typed", () => {
  assertEquals(read(), flags({}));
  assertEquals(readFlags([], { values: [] }), flags({ repeated: {} }));
});

test("flags stand anywhere, with their value behind them or behind an equals sign", () => {
  const expected = flags({
    values: { topology: "my herd.json", "log-dir": "none" },
    repeated: { limit: ["a=1", "b=2"] },
    words: ["Goloman", "iamat"],
  });
  const [topology, logDir, a, b] = [
    ["--topology", "my herd.json"],
    ["--log-dir=none"],
    ["--limit", "a=1"],
    ["--limit=b=2"],
  ] as const;
  assertEquals(read(...topology, ...logDir, ...a, ...b, "Goloman", "iamat"), expected);
  assertEquals(read("Goloman", ...topology, ...a, "iamat", ...b, ...logDir), expected);
  assertEquals(read("Goloman", "iamat", ...logDir, ...a, ...b, ...topology), expected);
});

test("words are kept as they were typed", () => {
  const words = [
    "-34.0+118.0",
    "+34.068930-118.445127",
    "-1-1",
    "-0",
    "-",
    "",
    " ",
    "-x",
    "-help",
    "-h2",
    "1520023934.918963997",
    "007",
    "1e3",
    "0x10",
    "true",
    "a=b",
    "=",
    "kiwi.cs.ucla.edu",
    "__proto__",
    "🐑",
    "no-topology",
    "topology",
  ];
  assertEquals(read(...words), flags({ words }));
  assertEquals(read("--topology", "x", ...words), flags({ values: { topology: "x" }, words }));
});

test("values are kept as they were typed", () => {
  for (
    const value of [
      "007",
      "1e3",
      "true",
      "false",
      "-1",
      "-h",
      "-34.0+118.0",
      " ",
      "a=b=c",
      "=",
      "[]",
      "ü",
      "__proto__",
    ]
  ) {
    assertEquals(read("--topology", value), flags({ values: { topology: value } }), value);
    assertEquals(read(`--topology=${value}`), flags({ values: { topology: value } }), value);
    assertEquals(read("--limit", value, `--limit=${value}`), flags({ repeated: { limit: [value, value] } }));
  }
  assertEquals(read("--topology=--x").values, { topology: "--x" });
});

test("help and version are asked for anywhere", () => {
  assertEquals(read("--help"), flags({ help: true }));
  assertEquals(read("Goloman", "-h", "x"), flags({ help: true, words: ["Goloman", "x"] }));
  assertEquals(read("a", "--version"), flags({ version: true, words: ["a"] }));
  assertEquals(read("--help", "--topology", "x").help, true);
});

test("behind two dashes alone nothing is a flag, and nothing is lost", () => {
  assertEquals(read("Goloman", "--", "iamat", "-34.0+118.0").words, ["Goloman", "iamat", "-34.0+118.0"]);
  assertEquals(
    read("--topology", "x", "--", "--odd", "word"),
    flags({ values: { topology: "x" }, words: ["--odd", "word"] }),
  );
  assertEquals(read("a", "--", "--topology", "x").words, ["a", "--topology", "x"]);
});

test("an unknown flag is named, with those there are", () => {
  const unknown: readonly (readonly [arg: string, name: string])[] = [
    ["--topolgy", "--topolgy"],
    ["--topolgy=x", "--topolgy"],
    ["--Topology=x", "--Topology"],
    ["--topology.x=1", "--topology.x"],
    ["--limit.x=1", "--limit.x"],
    ["---topology=x", "---topology"],
    ["--no-topology", "--no-topology"],
    ["--no-help", "--no-help"],
    ["--h", "--h"],
    ["--_=x", "--_"],
    ["--__proto__=x", "--__proto__"],
    ["--__proto__.x=1", "--__proto__.x"],
    ["--constructor", "--constructor"],
    ["--toString=x", "--toString"],
  ];
  for (const [arg, name] of unknown) {
    for (const args of [[arg], ["Goloman", arg, "x"], ["--topology", "x", arg]]) {
      const line = complaint(...args);
      assertStringIncludes(line, `unknown flag ${name}:`);
      for (const known of ["--topology", "--log-dir", "--limit", "--help", "--version"]) {
        assertStringIncludes(line, known);
      }
    }
  }
});

test("a flag without its value is named", () => {
  for (
    const args of [
      ["--topology"],
      ["a", "--topology"],
      ["--topology", ""],
      ["--topology="],
      ["--topology", "--log-dir", "x"],
      ["--topology", "--help"],
      ["--topology", "--"],
    ]
  ) assertEquals(complaint(...args), "--topology needs a value");
  for (const args of [["--limit"], ["--limit", "a=1", "--limit"], ["--limit", "a=1", "--limit="]]) {
    assertEquals(complaint(...args), "--limit needs a value");
  }
});

test("a flag that is given twice is named", () => {
  for (
    const args of [
      ["--topology", "a", "--topology", "b"],
      ["--topology=a", "x", "--topology", "b"],
      ["--topology=a", "--topology=a"],
    ]
  ) assertEquals(complaint(...args), "--topology is given twice");
});

/** A naive reading, from left to right; undefined for a mistake. */
function refer(args: readonly string[]): Flags | undefined {
  const values: Record<string, string> = {};
  const limit: string[] = [];
  const words: string[] = [];
  let help = false, version = false;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? "";
    const [, name = "", equals, rest = ""] = /^--([^=]*)(=)?(.*)$/s.exec(arg) ?? [];
    if (arg === "--help" || arg === "-h") help = true;
    else if (arg === "--version") version = true;
    else if (!arg.startsWith("--")) words.push(arg);
    else if (["topology", "log-dir", "limit"].includes(name)) {
      const value = equals === undefined ? args[++i] ?? "" : rest;
      const isFlag = equals === undefined && value.startsWith("--");
      if (value === "" || isFlag || values[name] !== undefined) return undefined;
      if (name === "limit") limit.push(value);
      else values[name] = value;
    } else return undefined;
  }
  return flags({ help, version, values, repeated: { limit }, words });
}

test("whatever was typed, each argument is a word, part of a flag, or a mistake that is told", () => {
  const name = fc.constantFrom("--topology", "--log-dir", "--limit", "--limit");
  const value = fc.oneof(fc.constantFrom("a=1", "-1-1", "-h", "", "--help"), fc.string({ maxLength: 6 }));
  const arg = fc.oneof(
    { weight: 4, arbitrary: value },
    { weight: 2, arbitrary: name },
    { weight: 2, arbitrary: fc.tuple(name, value).map((parts) => parts.join("=")) },
    { weight: 2, arbitrary: fc.constantFrom("--help", "-h", "--version") },
    { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 6 }).map((text) => `--${text}`) },
  ).filter((text) => !/^--(?:$|help=|version=)/.test(text));
  let right = 0;
  fc.assert(
    fc.property(fc.array(arg, { maxLength: 6 }), (args) => {
      const expected = refer(args);
      if (expected === undefined) return void complaint(...args);
      assertEquals(read(...args), expected);
      right++;
    }),
    { numRuns: 3_000 },
  );
  assert(right > 1_000, `${right} were right`);
});

test("a mistake of several lines keeps them apart", () => {
  const error = new UserError("one", "two");
  assertEquals([error.lines, error.name], [["one", "two"], "UserError"]);
  assertMatch(error.message, /one.*two/);
});
