/** What a server runs with, from flags, environment, topology and defaults; and what a user reads of each mistake. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  findServer,
  readServeConfig,
  readTopology,
  SERVE_FLAGS,
  type ServeConfig,
} from "../../src/cli/config.ts";
import { readFlags } from "../../src/cli/flags.ts";
import { UserError } from "../../src/cli/user_error.ts";
import { parseTopology } from "../../src/herd/topology.ts";
import {
  DEFAULT_LIMITS,
  faultOfLimit,
  faultOfRelations,
  FIXED_WAITS,
  LIMIT_NAMES,
  rangeOf,
} from "../../src/limits.ts";
import { FileNotFoundError, type Files, type Process } from "../../src/runtime/runtime.ts";
import { test } from "../runner.ts";

const SERVERS = { A: { host: "127.0.0.1", port: 1 }, B: { host: "127.0.0.1", port: 2 } };

function unused(): never {
  throw new Error("the configuration has no use for this");
}

/** Files of which those that stand for an error cannot be read. */
function filesOf(contents: Readonly<Record<string, string | Error>>): Files {
  const readText = (path: string): Promise<string> => {
    const content = contents[path];
    if (content === undefined) return Promise.reject(new FileNotFoundError(path));
    return content instanceof Error ? Promise.reject(content) : Promise.resolve(content);
  };
  return {
    readText,
    isReadOnce: unused,
    readBytes: unused,
    openRead: unused,
    openAppend: unused,
    renameSync: unused,
    changeText: unused,
    remove: unused,
    makeDir: unused,
    syncDir: unused,
  };
}

function processWith(env: Readonly<Record<string, string>>): Process {
  return {
    args: [],
    isTerminal: false,
    terminalSize: unused,
    onKeys: unused,
    openInBrowser: unused,
    env: (name) => env[name],
    show: unused,
    print: unused,
    printError: unused,
    inputLines: unused,
    onStopSignal: unused,
    onUncaught: unused,
    startSelf: unused,
    startThread: unused,
    exit: unused,
  };
}

interface Given {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly settings?: unknown;
  readonly files?: Readonly<Record<string, string | Error>>;
}

/** The configuration of server A, unless the arguments name another. */
async function configOf({ args = ["A"], env = {}, settings, files = {} }: Given): Promise<ServeConfig> {
  const topology = JSON.stringify({ servers: SERVERS, links: [["A", "B"]], settings });
  const all = { "topology.json": topology, ...files };
  return await readServeConfig(readFlags(args, SERVE_FLAGS), filesOf(all), processWith(env));
}

/** The lines that a user reads. */
async function complaints(given: Given): Promise<readonly string[]> {
  const error = await assertRejects(() => configOf(given), UserError, undefined, JSON.stringify(given));
  assert(error.lines.length > 0);
  for (const line of error.lines) assertMatch(line, /^[^\r\n]+$/, "one line");
  return error.lines;
}

/** Expects one line that has each of the texts in it. */
async function assertComplaint(given: Given, ...texts: readonly string[]): Promise<void> {
  const [line = "", ...more] = await complaints(given);
  assertEquals(more, []);
  for (const text of texts) assertStringIncludes(line, text);
}

test("where nothing is said, the defaults hold", async () => {
  const config = await configOf({});
  assertEquals(config, {
    topology: config.topology,
    place: { name: "A", ...SERVERS.A },
    places: undefined,
    placesUrl: undefined,
    placesFile: undefined,
    placesKey: undefined,
    logDir: "log",
    logLevel: "info",
    dataDir: undefined,
    fsync: "interval",
    secrets: [],
    http: { own: undefined, doors: new Map(), users: undefined },
    tls: undefined,
    workers: 1,
    limits: DEFAULT_LIMITS,
  });
  assertEquals(config.topology.servers.map(({ name }) => name), ["A", "B"]);
});

test("how well a server remembers is said of one that remembers", async () => {
  const config = await configOf({ args: ["A", "--data-dir", "data", "--fsync", "always"] });
  assertEquals([config.dataDir, config.fsync], ["data", "always"]);
  await assertRejects(() => configOf({ args: ["A", "--fsync", "always"] }), UserError, "--data-dir");
  await assertRejects(
    () => configOf({ args: ["A", "--data-dir", "d", "--fsync", "now"] }),
    UserError,
    "always",
  );
});

test("settings of the topology beat the defaults, and flags beat both", async () => {
  const settings = {
    places: "overpass",
    placesUrl: "http://127.0.0.1:1",
    placesFile: "settings.txt",
    logDir: "settings",
    logLevel: "warn",
  };
  const pick = ({ places, placesUrl, placesFile, logDir, logLevel }: ServeConfig) => {
    return { places, placesUrl, placesFile, logDir, logLevel };
  };
  assertEquals(
    pick(await configOf({ settings })),
    pick({ ...await configOf({}), ...settings } as ServeConfig),
  );
  const args = [
    "--places=google-new",
    "--places-url",
    "http://127.0.0.1:2",
    "--places-file=flags.txt",
    "--log-dir=flags",
    "--log-level=debug",
    "A",
  ];
  for (const given of [{ args }, { args, settings }]) {
    assertEquals(pick(await configOf(given)), {
      places: "google-new",
      placesUrl: "http://127.0.0.1:2",
      placesFile: "flags.txt",
      logDir: "flags",
      logLevel: "debug",
    });
  }
});

test("no log file is asked for by none, anywhere", async () => {
  const logDir = async (given: Given) => (await configOf(given)).logDir;
  assertEquals(await logDir({ args: ["A", "--log-dir", "none"] }), undefined);
  assertEquals(await logDir({ settings: { logDir: "none" } }), undefined);
  assertEquals(await logDir({ args: ["A", "--log-dir=./none"], settings: { logDir: "none" } }), "./none");
});

test("levels of the log are known in any case", async () => {
  for (const level of ["debug", "INFO", "Warn", "error"]) {
    const { logLevel } = await configOf({ args: ["A", "--log-level", level] });
    assertEquals<string>(logLevel, level.toLowerCase());
  }
});

test("the key is in the environment, and an empty one is none", async () => {
  const key = async (env: Readonly<Record<string, string>>) => (await configOf({ env })).placesKey;
  assertEquals(await key({ GOOGLE_PLACES_API_KEY: "key" }), "key");
  assertEquals(await key({ GOOGLE_PLACES_API_KEY: "" }), undefined);
});

test("secrets: the flag's file beats the environment, which beats the settings' file", async () => {
  const files = { flag: "of the flag\n", setting: "of the setting" };
  const env = { HERD_SECRET: "of the environment" };
  const settings = { secretFile: "setting" };
  const args = ["A", "--secret-file", "flag"];
  const secrets = async (given: Given) => (await configOf({ files, ...given })).secrets;
  assertEquals(await secrets({ args, env, settings }), ["of the flag"]);
  assertEquals(await secrets({ env, settings }), ["of the environment"]);
  assertEquals(await secrets({ settings }), ["of the setting"]);
  assertEquals(await secrets({ env: { HERD_SECRET: "" }, settings }), ["of the setting"]);
  assertEquals(await secrets({ env: { HERD_SECRET: "" } }), []);
  // A file that nobody needs may be missing.
  assertEquals(await secrets({ env, settings: { secretFile: "missing" } }), ["of the environment"]);
});

test("a secret file has one secret, or two, a line each", async () => {
  const secrets = async (text: string) => {
    return (await configOf({ args: ["A", "--secret-file=s"], files: { s: text } })).secrets;
  };
  assertEquals(await secrets("one"), ["one"]);
  assertEquals(await secrets("one\n"), ["one"]);
  assertEquals(await secrets("\r\n one two \r\n\r\n"), ["one two"]);
  assertEquals(await secrets("new\nold\n"), ["new", "old"]);
});

test("limits: a flag beats the settings, which beat the default, each for itself", async () => {
  const limits = async (given: Given) => (await configOf(given)).limits;
  const settings = { limits: { lineBytes: 100, idleMs: 200 } };
  const args = ["A", "--limit", "idleMs=300", "--limit=clients=4", "--limit", "futureSeconds=0.5"];
  assertEquals(await limits({ settings }), { ...DEFAULT_LIMITS, lineBytes: 100, idleMs: 200 });
  assertEquals(await limits({ args }), { ...DEFAULT_LIMITS, idleMs: 300, clients: 4, futureSeconds: 0.5 });
  assertEquals(await limits({ args, settings }), {
    ...DEFAULT_LIMITS,
    lineBytes: 100,
    idleMs: 300,
    clients: 4,
    futureSeconds: 0.5,
  });
});

test("every limit can be set, either way", async () => {
  for (const name of LIMIT_NAMES) {
    const expected = { ...DEFAULT_LIMITS, [name]: 4_321 };
    assertEquals((await configOf({ args: ["A", "--limit", `${name}=4321`] })).limits, expected);
    assertEquals((await configOf({ settings: { limits: { [name]: 4_321 } } })).limits, expected);
  }
});

test("a neighbor's lines may be longer with the clients' own, where nothing else was said", async () => {
  const limits = async (...args: string[]) => (await configOf({ args: ["A", ...args] })).limits;
  assertEquals((await limits("--limit=lineBytes=20000")).peerLineBytes, 20_128);
  assertEquals((await limits("--limit=lineBytes=16256")).peerLineBytes, 16_384);
  assertEquals((await limits("--limit=lineBytes=16257")).peerLineBytes, 16_385);
  assertEquals(
    (await limits("--limit=lineBytes=20000", "--limit=peerLineBytes=30000")).peerLineBytes,
    30_000,
  );
});

test("another topology is named by its flag", async () => {
  const other = JSON.stringify({ servers: { X: { host: "::1", port: 9 } }, links: [] });
  const config = await configOf({ args: ["--topology", "other.json", "X"], files: { "other.json": other } });
  assertEquals(config.place, { name: "X", host: "::1", port: 9 });
});

// ---------------------------------------------------------------------------------------------- mistakes

test("the wrong number of names, or one of no server", async () => {
  await assertComplaint({ args: [] }, "serve", "name of a server", "serve Goloman");
  await assertComplaint({ args: ["A", "B", "C"] }, "one server", "B C");
  await assertComplaint({ args: ["a"] }, '"a"', "topology.json", "A, B");
  for (const name of ["__proto__", "constructor", "", " A"]) {
    await assertComplaint({ args: [name] }, JSON.stringify(name), "A, B");
  }
});

test("a topology file that is not there, cannot be read, or is wrong", async () => {
  await assertComplaint({ args: ["A", "--topology=nowhere.json"] }, "nowhere.json", "no such topology file");
  const denied = new Error("Permission denied (os error 13)");
  await assertComplaint(
    { files: { "topology.json": denied } },
    "topology.json",
    "cannot be read",
    "Permission denied",
  );
  await assertComplaint({ files: { "topology.json": `{"servers":` } }, "topology.json", "not JSON");
  const wrong = JSON.stringify({ servers: SERVERS, links: [["A", "A"], ["A", "C"]] });
  const lines = await complaints({ files: { "topology.json": wrong } });
  assertEquals(lines.length, 2);
  for (const [i, place] of ["links[0]", "links[1][1]"].entries()) {
    assert(lines[i]?.startsWith(`topology.json: ${place}: `), lines[i]);
  }
});

test("a topology that is no JSON is told of in one line", async () => {
  for (const text of ["{\n  servers: 5\n}\n", `{"servers":\n{"A": x\n}}`, "", "servers:\n  - A\n"]) {
    await assertComplaint({ files: { "topology.json": text } }, "topology.json: not JSON");
  }
});

test("words where only some are known", async () => {
  const places = ["embedded", "google", "google-new", "overpass"];
  for (const name of ["bing", "Google", "google_new", "__proto__"]) {
    await assertComplaint({ args: ["A", "--places", name] }, "--places", JSON.stringify(name), ...places);
  }
  const levels = ["debug", "info", "warn", "error"];
  for (const name of ["loud", "warning", "toString", "0"]) {
    await assertComplaint(
      { args: ["A", "--log-level", name] },
      "--log-level",
      JSON.stringify(name),
      ...levels,
    );
  }
});

test("limits that are none", async () => {
  for (
    const item of [
      "lineByte=5",
      "5",
      "=5",
      "lineBytes",
      "LINEBYTES=5",
      "__proto__=5",
      "toString=5",
      " lineBytes=5",
    ]
  ) {
    await assertComplaint(
      { args: ["A", "--limit", item] },
      `--limit ${item}`,
      "name=number",
      "lineBytes",
      "drainMs",
    );
  }
  for (
    const value of [
      "",
      "x",
      "-1",
      "+1",
      "1e3",
      "0x10",
      "1_000",
      "1,5",
      "5.",
      ".5",
      "NaN",
      "Infinity",
      "1 ",
      "1=1",
      "1".repeat(16),
    ]
  ) {
    const item = `lineBytes=${value}`;
    await assertComplaint(
      { args: ["A", "--limit", item] },
      `--limit ${item}`,
      JSON.stringify(value),
      "number",
    );
  }
});

test("a limit out of its range is named, with the range, either way", async () => {
  for (const name of LIMIT_NAMES) {
    const { least, most, whole } = rangeOf(name);
    const wrong = [least - 1, most + 1, ...(whole ? [least + 0.5] : [])];
    for (const value of wrong) {
      const range = [name, least.toLocaleString("en-US"), most.toLocaleString("en-US")];
      if (value >= 0) {
        await assertComplaint({ args: ["A", `--limit=${name}=${value}`] }, `${name}=${value}`, ...range);
      }
      await assertComplaint(
        { settings: { limits: { [name]: value } } },
        `topology.json: settings.limits.${name}`,
        ...range,
      );
    }
  }
  const nonsense = [
    "lineBytes=0.5",
    "searches=0",
    "heartbeatMs=0",
    "clients=0",
    "logFiles=0",
    "drainMs=9999999999",
  ];
  for (const item of nonsense) await assertComplaint({ args: ["A", "--limit", item] }, `--limit ${item}: `);
});

test("limits that make no sense together are named", async () => {
  const args = (...items: string[]) => ["A", ...items.map((item) => `--limit=${item}`)];
  const words = ["peerLineBytes=4100", "lineBytes=4096", "4224"];
  await assertComplaint({ args: args("peerLineBytes=4100") }, ...words);
  await assertComplaint({ settings: { limits: { peerLineBytes: 4_100 } } }, ...words);
  assertEquals((await configOf({ args: args("peerLineBytes=4224") })).limits.peerLineBytes, 4_224);
  await assertComplaint(
    { args: args("heartbeatMs=2000000000", "heartbeatsMissed=2") },
    "heartbeatMs=2000000000",
    "heartbeatsMissed=2",
  );
});

test("the limits that are set by default are in their ranges and fit together", () => {
  for (const name of LIMIT_NAMES) assertEquals(faultOfLimit(name, DEFAULT_LIMITS[name]), undefined);
  assertEquals(faultOfRelations(DEFAULT_LIMITS), undefined);
  assertEquals(FIXED_WAITS.firstRedialMs <= DEFAULT_LIMITS.redialMs, true);
  const { heartbeatMs, heartbeatsMissed } = DEFAULT_LIMITS;
  assertEquals(heartbeatMs * (heartbeatsMissed + 0.5) + FIXED_WAITS.tickMs < 30_000, true, "half-open: 30 s");
});

test("a secret file that is not there, cannot be read, or holds too little or too much", async () => {
  const args = ["A", "--secret-file", "secrets"];
  const form = ["one secret", "two"];
  await assertComplaint({ args }, "secrets", "no such secret file");
  await assertComplaint(
    { args, files: { secrets: new Error("denied") } },
    "secrets",
    "cannot be read",
    "denied",
  );
  await assertComplaint({ args, files: { secrets: "" } }, "secrets", "is empty", ...form);
  await assertComplaint({ args, files: { secrets: " \n\r\n\t\n" } }, "secrets", "is empty", ...form);
  await assertComplaint({ settings: { secretFile: "secrets" } }, "secrets", "no such secret file");
});

test("what a secret file holds is never shown", async () => {
  const [line = "", ...more] = await complaints({
    args: ["A", "--secret-file", "secrets"],
    files: { secrets: "canary-1\ncanary-2\ncanary-3\n" },
  });
  assertEquals(more, []);
  assertStringIncludes(line, "secrets: the secret file has 3 lines");
  assertEquals(line.includes("canary"), false);
});

test("what was typed is shown in one line, whatever it was", async () => {
  for (
    const args of [["A\nB"], ["A", "B\nC"], ["A", "--places=x\ny"], ["A", "--limit=x\ny"], [
      "A",
      "--log-level",
      "\n",
    ]]
  ) {
    await complaints({ args });
  }
});

test("a server is found by its name, for whoever else asks", async () => {
  const topology = parseTopology(JSON.stringify({ servers: SERVERS, links: [] }));
  assertEquals(findServer(topology, "t.json", "B"), { name: "B", ...SERVERS.B });
  const { lines } = assertThrows(() => findServer(topology, "t.json", "C"), UserError);
  assertEquals(lines, ['no server is named "C": t.json has A, B']);
  const error = await assertRejects(() => readTopology(filesOf({}), "t.json"), UserError);
  assertEquals(error.lines, ["t.json: there is no such topology file"]);
});

test("a mistake that is not the user's is not told as one", async () => {
  const broken = { ...processWith({}), env: () => unused() };
  const flags = readFlags(["A"], SERVE_FLAGS);
  const files = filesOf({ "topology.json": JSON.stringify({ servers: SERVERS, links: [] }) });
  const error = await assertRejects(() => readServeConfig(flags, files, broken), Error, "no use");
  assertEquals(error instanceof UserError, false);
});

test("workers come from the flag, or from the settings, and are 1 to 32", async () => {
  assertEquals((await configOf({ settings: { workers: 3 } })).workers, 3);
  assertEquals((await configOf({ settings: { workers: 3 }, args: ["A", "--workers", "32"] })).workers, 32);
  for (const wrong of ["0", "33", "two", "1.5", "-1"]) {
    const [line = ""] = await complaints({ args: ["A", `--workers=${wrong}`] });
    assertEquals(line, `--workers ${JSON.stringify(wrong)}: give a whole number from 1 to 32`);
  }
  for (const wrong of [0, 33, 1.5, "2"]) {
    const [line = ""] = await complaints({ settings: { workers: wrong } });
    assertMatch(line, /^topology\.json: settings\.workers: /);
  }
});
