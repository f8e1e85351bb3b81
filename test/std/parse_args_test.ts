import { assertEquals, assertThrows } from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";
import { test } from "../runner.ts";

test("text flags stay text, and are missing where they were not given", () => {
  const args = parseArgs(["--port", "08", "--host=::1"], { string: ["port", "host", "topology"] });
  const port: string | undefined = args.port;
  assertEquals(port, "08");
  assertEquals(args.host, "::1");
  assertEquals(args.topology, undefined);
  assertEquals("topology" in args, false);
});

test("switches are off until given, and take no value", () => {
  const args = parseArgs(["--quiet", "run"], { boolean: ["quiet", "verbose"] });
  const quiet: boolean = args.quiet;
  assertEquals(quiet, true);
  assertEquals(args.verbose, false);
  assertEquals(args._, ["run"]);
});

test("collected flags are an array, empty where they were not given", () => {
  const args = parseArgs(["--limit", "a=1", "--limit=b=2"], {
    string: ["limit", "peer"],
    collect: ["limit", "peer"],
  });
  const limits: string[] = args.limit;
  assertEquals(limits, ["a=1", "b=2"]);
  assertEquals(args.peer, []);
});

test("a flag given twice and not collected has its last value", () => {
  assertEquals(parseArgs(["--port", "1", "--port", "2"], { string: ["port"] }).port, "2");
});

test("a default stands in for a flag that was not given", () => {
  const options = { string: ["host", "port"], default: { host: "127.0.0.1", port: 80 } } as const;
  const args = parseArgs(["--host", "::1"], options);
  const host: string = args.host;
  const port: string | number = args.port;
  assertEquals([host, port], ["::1", 80]);
});

test("only negatable flags can be turned off with --no-", () => {
  const args = parseArgs(["--no-color", "--no-sound"], {
    boolean: ["color", "sound"],
    negatable: ["color"],
    default: { color: true, sound: true },
  });
  assertEquals([args.color, args.sound], [false, true]);
});

test("a negatable text flag is false when turned off", () => {
  const args = parseArgs(["--no-journal"], { string: ["journal"], negatable: ["journal"] });
  const journal: string | false | undefined = args.journal;
  assertEquals(journal, false);
});

test("an alias gives a flag a second name", () => {
  const args = parseArgs(["-t", "herd.json"], { string: ["topology"], alias: { topology: "t" } });
  const byAlias: string | undefined = args.t;
  assertEquals([byAlias, args.topology], ["herd.json", "herd.json"]);
});

test("what looks like a number is one, except in a text flag", () => {
  const args = parseArgs(["7", "0x10", "--a", "8", "--b", "8"], { string: ["b"] });
  assertEquals(args, { _: [7, 16], a: 8, b: "8" });
});

test("what follows a bare -- is kept apart when asked for", () => {
  const kept = parseArgs(["one", "--", "--two", "3"], { "--": true });
  const rest: string[] = kept["--"];
  assertEquals(rest, ["--two", "3"]);
  assertEquals(kept._, ["one"]);
  assertEquals(parseArgs(["one", "--", "--two", "3"])._, ["one", "--two", "3"]);
});

test("stopEarly leaves everything from the first plain argument on alone", () => {
  const args = parseArgs(["--quiet", "send", "--quiet=false"], { boolean: ["quiet"], stopEarly: true });
  assertEquals(args, { quiet: true, _: ["send", "--quiet=false"] });
});

test("unknown is told of what no option names, and may leave it out", () => {
  const told: unknown[][] = [];
  const args = parseArgs(["--prot=1", "file", "--port=2"], {
    string: ["port"],
    unknown: (...what) => {
      told.push(what);
      return false;
    },
  });
  assertEquals(told, [["--prot=1", "prot", "1"], ["file"]]);
  assertEquals(args, { port: "2", _: [] });
});

test("uses of a result that its options do not allow are type errors", () => {
  const args = parseArgs(["--port", "80"], { string: ["port"], boolean: ["quiet"], collect: ["limit"] });
  const refused = [
    // @ts-expect-error: port is text.
    (): number => args.port,
    // @ts-expect-error: port may be missing.
    (): string => args.port,
    // @ts-expect-error: quiet is a boolean.
    (): string => args.quiet,
    // @ts-expect-error: the values of limit are not known to be text.
    (): string[] => args.limit,
    // @ts-expect-error: nothing is known of a name no option has.
    (): string => args.prot,
    // @ts-expect-error: there is no such option.
    () => parseArgs([], { strings: ["port"] }),
  ];
  assertEquals(refused.length, 6);
});

test("an alias must have a name", () => {
  const alias = { port: undefined } as unknown as Record<string, string>;
  assertThrows(() => parseArgs([], { alias }), TypeError);
});
