/** The command line: mistakes are one line and exit code 2, `--help`, `--version`, and `send`. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import {
  checkAt,
  countOf,
  type Finished,
  freePort,
  freshClient,
  type Herd,
  nanosOf,
  nowNanos,
  once,
  run,
  startHerd,
  tempDir,
  tempFile,
  test,
  topologyText,
} from "./harness.ts";

const POSITION = "+34.068930-118.445127";

/** Two commands at a time: a process is mostly start-up, and there may be two cores only. */
async function inPairs<T>(cases: readonly T[], fn: (one: T) => Promise<void>): Promise<void> {
  const failures: string[] = [];
  const rest = [...cases];
  const worker = async (): Promise<void> => {
    for (let one = rest.shift(); one !== undefined; one = rest.shift()) {
      await fn(one).catch((error: unknown) =>
        failures.push(error instanceof Error ? error.message : String(error))
      );
    }
  };
  await Promise.all([worker(), worker()]);
  if (failures.length > 0) throw new Error(failures.join("\n\n"));
}

/** Checks that a command ended as one ends that a person got wrong, and said why in a line with these words. */
function assertMistake(
  args: readonly string[],
  finished: Finished,
  words: readonly (string | RegExp)[],
  mistakes = 1,
): void {
  const { code, stdout, stderr } = finished;
  const shown = `herd ${args.join(" ")}\nexit ${code}\n--- stdout\n${stdout}--- stderr\n${stderr}---`;
  assertEquals(code, 2, shown);
  const lines = stderr.split("\n").slice(0, -1).filter((line) => line !== "").length;
  assert(stderr.endsWith("\n") && lines >= 1, `standard error has no line: ${shown}`);
  assert(lines <= mistakes && countOf(stderr, "\n") === lines, `standard error is not one line: ${shown}`);
  assert(!stdout.includes(" listens on "), `it has listened: ${shown}`);
  for (const word of words) {
    const found = typeof word === "string" ? stderr.includes(word) : word.test(stderr);
    assert(found, `${word} is not in the line: ${shown}`);
  }
}

const theTopology = once(async () =>
  await tempFile(
    "topology.json",
    topologyText(new Map([["Goloman", await freePort()], ["Hands", await freePort()]]), [[
      "Goloman",
      "Hands",
    ]]),
  )
);

interface Mistake {
  readonly what: string;
  readonly args: readonly string[];
  /** What the line must name. */
  readonly names: readonly (string | RegExp)[];
}

test("a mistake on the command line is one line that names it, exit code 2, before listening", async () => {
  const topology = await theTopology();
  const serve = ["serve", "Goloman", "--topology", topology, "--log-dir", await tempDir()];
  const gone = `${await tempDir()}/no-such-file`;
  const mistakes: readonly Mistake[] = [
    { what: "an unknown flag", args: [...serve, "--colour", "red"], names: ["--colour"] },
    { what: "a misspelled flag", args: [...serve, "--toplogy=x"], names: ["--toplogy"] },
    { what: "a key as a flag", args: [...serve, "--key", "k-e-y"], names: ["--key"] },
    {
      what: "an unknown server",
      args: ["serve", "Bruin", "--topology", topology, "--log-dir", "none"],
      names: ["Bruin"],
    },
    { what: "no server", args: ["serve", "--topology", topology, "--log-dir", "none"], names: [] },
    { what: "two servers", args: [...serve, "Hands"], names: ["Hands"] },
    { what: "an unknown command", args: ["sevre", "Goloman"], names: ["sevre"] },
    { what: "no such topology", args: ["serve", "Goloman", "--topology", gone], names: ["no-such-file"] },
    { what: "no such secret", args: [...serve, "--secret-file", gone], names: ["no-such-file"] },
    { what: "no such places", args: [...serve, "--places-file", gone], names: ["no-such-file"] },
    { what: "unknown places", args: [...serve, "--places", "yahoo"], names: ["yahoo"] },
    { what: "an unknown limit", args: [...serve, "--limit", "lineBites=5"], names: ["lineBites"] },
    {
      what: "a limit that is no number",
      args: [...serve, "--limit", "lineBytes=many"],
      names: ["lineBytes"],
    },
    { what: "a limit below nothing", args: [...serve, "--limit", "lineBytes=-5"], names: ["lineBytes"] },
    { what: "a limit without a value", args: [...serve, "--limit", "lineBytes"], names: ["lineBytes"] },
    { what: "an unknown log level", args: [...serve, "--log-level", "shouting"], names: ["shouting"] },
    { what: "a flag without its value", args: [...serve, "--limit"], names: ["--limit"] },
  ];
  await inPairs(mistakes, async ({ args, names }) => assertMistake(args, await run(args), names));
});

test("a mistake in the topology is named by its place and its reason", async () => {
  const server = (port: number | string): unknown => ({ host: "127.0.0.1", port });
  const two = { Goloman: server(await freePort()), Hands: server(await freePort()) };
  const text = (servers: unknown, links: unknown): string => JSON.stringify({ servers, links }, null, 2);
  const badJson = '{\n  "servers": {\n    "Goloman": { "host": "127.0.0.1", "port": 13000 },\n  }\n}\n';
  const twice =
    `{"servers":{"Goloman":{"host":"127.0.0.1","port":13000},\n"Hands":{"host":"127.0.0.1","port":13001},\n` +
    `"Goloman":{"host":"127.0.0.1","port":13002}},"links":[]}`;
  const mistakes: readonly {
    what: string;
    text: string;
    names: readonly (string | RegExp)[];
    count?: number;
  }[] = [
    { what: "bad JSON", text: badJson, names: [/\b4\b/] },
    { what: "an empty file", text: "", names: ["topology.json"] },
    { what: "no object", text: "[]", names: ["topology.json"], count: 2 },
    { what: "no servers", text: JSON.stringify({ links: [] }), names: ["servers"] },
    { what: "no links", text: JSON.stringify({ servers: two }), names: ["links"] },
    {
      what: "a self link",
      text: text(two, [["Goloman", "Hands"], ["Hands", "Hands"]]),
      names: ["Hands", /links.*1/],
    },
    { what: "an unknown server", text: text(two, [["Goloman", "Bruin"]]), names: ["Bruin", /links.*0/] },
    { what: "a server written twice", text: twice, names: ["Goloman"] },
    {
      what: "two servers on one address",
      text: text({ Goloman: two.Goloman, Hands: two.Goloman }, []),
      names: ["Goloman", "Hands"],
    },
    { what: "a link of three", text: text(two, [["Goloman", "Hands", "Goloman"]]), names: [/links.*0/] },
    { what: "links that are no list", text: text(two, { Goloman: "Hands" }), names: ["links"] },
    { what: "a port too large", text: text({ ...two, Hands: server(70_000) }, []), names: ["Hands", "port"] },
    {
      what: "a port in quotes",
      text: text({ ...two, Hands: server("12001") }, []),
      names: ["Hands", "port"],
    },
    { what: "no host", text: text({ ...two, Hands: { port: 13_001 } }, []), names: ["Hands", "host"] },
    {
      what: "a name with white space in it",
      text: text({ ...two, "Go lo": server(await freePort()) }, []),
      names: ["Go lo"],
    },
    // Both mistakes are told at once, in a line or in one each.
    {
      what: "two mistakes",
      text: text({ ...two, Hands: server(70_000) }, [["Goloman", "Bruin"]]),
      names: ["Hands", "port", "Bruin"],
      count: 2,
    },
  ];
  await inPairs(mistakes, async ({ text, names, count }) => {
    const args = [
      "serve",
      "Goloman",
      "--topology",
      await tempFile("topology.json", text),
      "--log-dir",
      "none",
    ];
    assertMistake([...args, text], await run(args), names, count);
  });
});

test("a port in use is one line that names it, exit code 2", async () => {
  const port = await freePort();
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(port, "127.0.0.1", () => resolve()));
  const topology = await tempFile("topology.json", topologyText(new Map([["Goloman", port]]), []));
  const args = ["serve", "Goloman", "--topology", topology, "--log-dir", "none"];
  try {
    assertMistake(args, await run(args), [String(port)]);
  } finally {
    squatter.close();
  }
});

test("--help names every flag and the environment; --version says the version", async () => {
  const flags = ["--topology", "--places", "--places-url", "--places-file", "--log-dir", "--log-level"];
  const more = [
    "--secret-file",
    "--workers",
    "--limit",
    "--help",
    "--version",
    "GOOGLE_PLACES_API_KEY",
    "HERD_SECRET",
  ];
  await inPairs([["--help"], ["serve", "--help"]], async (args) => {
    const { code, stdout, stderr } = await run(args);
    assertEquals([code, stderr], [0, ""], args.join(" "));
    assert(stdout.includes("serve"), stdout);
    if (args.length === 1) assert(stdout.includes("send"), stdout);
    else {for (const word of [...flags, ...more]) {
        assert(stdout.includes(word), `${word} is not in:\n${stdout}`);
      }}
  });
  const up = await run(["up", "--help"]);
  assertEquals(up.code, 0);
  assertStringIncludes(up.stdout, 'or none      (the topology\'s "http"; where it has none, +100)');
  assert(!up.stdout.includes("HOST:PORT"), "up takes none");
  const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8"));
  await inPairs([["--version"], ["serve", "--version"]], async (args) => {
    const { code, stdout, stderr } = await run(args);
    assertEquals([code, stderr], [0, ""], args.join(" "));
    assert(stdout.includes(version) && /^[^\n]+\n$/.test(stdout), stdout);
  });
});

// ------------------------------------------------------------------------------------------------------------- send

const theHerd = once((): Promise<Herd> => startHerd(["Goloman"], []));

/** Runs `send Goloman …` against the running server. */
async function send(args: readonly string[], stdin?: string): Promise<Finished> {
  const { topology } = await theHerd();
  const all = ["send", "Goloman", ...args, "--topology", topology];
  return await run(all, stdin === undefined ? {} : { stdin });
}

/** The one line that was printed. */
function onlyLine(finished: Finished): string {
  assert(
    /^[^\n]+\n$/.test(finished.stdout),
    `printed ${JSON.stringify(finished.stdout)}, ${finished.stderr}`,
  );
  return finished.stdout.slice(0, -1);
}

test("send iamat prints the reply, and the time is now when none is given", async () => {
  const [given, now, south] = [freshClient("send"), freshClient("send"), freshClient("send")];
  await inPairs([
    async () => {
      const finished = await send(["iamat", given, POSITION, "1520023934.918963997"]);
      const report = { origin: "Goloman", client: given, position: POSITION, time: "1520023934.918963997" };
      checkAt(onlyLine(finished), report);
      assertEquals(finished.code, 0);
    },
    async () => {
      const before = nowNanos();
      const finished = await send(["iamat", now, POSITION]);
      const line = onlyLine(finished);
      const time = line.split(" ").at(-1) ?? "";
      checkAt(line, { origin: "Goloman", client: now, position: POSITION, time });
      const [at, after] = [nanosOf(time), nowNanos()];
      assert(
        at > before - 5_000_000_000n && at < after + 5_000_000_000n,
        `${time} is not between ${before}, ${after}`,
      );
      assertEquals(finished.code, 0);
    },
    // A position of the southern half begins like a flag, and is none.
    async () => {
      const finished = await send(["iamat", south, "-33.8568+151.2153", "1520023934"]);
      const report = { origin: "Goloman", client: south, position: "-33.8568+151.2153", time: "1520023934" };
      checkAt(onlyLine(finished), report);
      assertEquals(finished.code, 0);
    },
  ], (check) => check());
});

test("send whatsat prints the whole reply", async () => {
  const server = (await theHerd()).server("Goloman");
  const client = freshClient("send");
  const at = await server.report(client, POSITION, "1520023934.5");
  const { code, stdout } = await send(["whatsat", client, "10", "3"]);
  assertEquals(code, 0);
  assert(stdout.startsWith(`${at}\n{`), stdout);
  const { results, status } = JSON.parse(stdout.slice(at.length));
  assertEquals([results.length, status], [3, "OK"]);
});

test("send says lines from standard input and prints the replies in order", async () => {
  const client = freshClient("send");
  const { code, stdout, stderr } = await send(
    [],
    `IAMAT ${client} ${POSITION} 1520023934.5\nWHATSAT ${client} 0 0\nIAMAT ${client} +1+1 1520023935`,
  );
  assertEquals([code, stderr], [0, ""]);
  const lines = stdout.split("\n");
  checkAt(lines[0] ?? "", { origin: "Goloman", client, position: POSITION, time: "1520023934.5" });
  assertEquals(lines[1], lines[0]);
  assert(stdout.includes("ZERO_RESULTS"));
  const last = lines.filter((line) => line !== "").at(-1) ?? "";
  checkAt(last, { origin: "Goloman", client, position: "+1+1", time: "1520023935" });
});

test("send ends with 1 when a reply is an error line, and prints it", async () => {
  // A client each: these run at the same time, and one of them makes its client known.
  const [unknown, lost, client] = [freshClient("send"), freshClient("send"), freshClient("send")];
  await inPairs([
    async () => {
      const finished = await send(["whatsat", unknown, "10", "5"]);
      assertEquals([onlyLine(finished), finished.code], [`? WHATSAT ${unknown} 10 5`, 1]);
      assertMatch(finished.stderr, new RegExp(`^herd: no report of ${unknown} is known there[^\n]*\n$`));
    },
    async () => {
      const finished = await send(["iamat", lost, "nowhere", "1520023934.5"]);
      assertEquals([onlyLine(finished), finished.code], [`? IAMAT ${lost} nowhere 1520023934.5`, 1]);
      assertMatch(finished.stderr, /^herd: a position is [^\n]*\+34\.068930-118\.445127[^\n]*\n$/);
    },
    async () => {
      const lines = `nonsense\nIAMAT ${client} ${POSITION} 1520023934.5\n`;
      const { code, stdout } = await send([], lines);
      assertEquals(code, 1);
      const [first, second = ""] = stdout.split("\n");
      assertEquals(first, "? nonsense");
      checkAt(second, { origin: "Goloman", client, position: POSITION, time: "1520023934.5" });
    },
  ], (check) => check());
});

test("send's own mistakes are one line and exit code 2; a server that is not there is told in one line", async () => {
  const topology = await theTopology();
  const mistakes: readonly (readonly [args: readonly string[], names: readonly (string | RegExp)[]])[] = [
    [["send", "Bruin", "iamat", "kiwi", POSITION, "--topology", topology], ["Bruin"]],
    [["send", "Goloman", "iamat", "kiwi", POSITION, "--colour", "--topology", topology], ["--colour"]],
    [["send", "Goloman", "wheresat", "kiwi", "--topology", topology], ["wheresat"]],
    [["send", "Goloman", "iamat", "kiwi", "--topology", topology], []],
    [["send", "Goloman", "whatsat", "kiwi", "10", "--topology", topology], []],
  ];
  await inPairs(mistakes, async ([args, names]) => assertMistake(args, await run(args), names));
  // Nobody listens at these addresses.
  const args = ["send", "Goloman", "iamat", "kiwi", POSITION, "--topology", topology];
  const { code, stdout, stderr } = await run(args);
  assert(code !== 0 && code !== null, `exit ${code}`);
  assertEquals(stdout, "");
  assert(/^[^\n]*Goloman[^\n]*\n$/.test(stderr), stderr);
});
