/** topology.json: what is right in it, and every mistake by its place and its reason. */
import { assert, assertEquals, assertMatch, assertNotMatch, assertStringIncludes } from "@std/assert";
import { neighborsOf, parseTopology, type Topology, TopologyError } from "../../src/herd/topology.ts";
import { DEFAULT_LIMITS } from "../../src/limits.ts";
import { MAX_NEIGHBORS } from "../../src/registry/registry.ts";
import { topologySchemaText } from "../../tools/topology_schema.ts";
import shipped from "../../topology.json" with { type: "json" };
import shippedSchema from "../../topology.schema.json" with { type: "json" };
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

const A = { host: "127.0.0.1", port: 1 };
const B = { host: "127.0.0.1", port: 2 };
const C = { host: "127.0.0.1", port: 3 };

function parse(file: unknown): Topology {
  return parseTopology(JSON.stringify(file));
}

/** What is told of a topology that is wrong. */
function problemsOf(text: string): readonly string[] {
  try {
    parseTopology(text);
  } catch (error) {
    assert(error instanceof TopologyError, String(error));
    assert(error.problems.length > 0);
    for (const problem of error.problems) assertStringIncludes(error.message, problem);
    return error.problems;
  }
  throw new Error(`taken as right: ${text}`);
}

/** Expects these problems and no others; each begins with its place, and then has its reason somewhere. */
function assertProblems(
  file: unknown,
  expected: readonly (readonly [place: string, reason: string | RegExp])[],
): void {
  const text = typeof file === "string" ? file : JSON.stringify(file);
  const problems = problemsOf(text);
  assertEquals(problems.length, expected.length, `${text}: ${problems.join("; ")}`);
  for (const [i, [place, reason]] of expected.entries()) {
    const problem = problems[i] ?? "";
    assertStringIncludes(problem, `${place}: `, text);
    assert(problem.startsWith(place), problem);
    if (typeof reason === "string") assertStringIncludes(problem, reason);
    else assertMatch(problem, reason);
  }
}

test("the shipped topology is the protocol's default herd", () => {
  const topology = parse(shipped);
  const names = ["Goloman", "Hands", "Holiday", "Welsh", "Wilkes"];
  assertEquals(topology, {
    herd: "herd",
    servers: names.map((name, i) => ({ name, host: "127.0.0.1", port: 12_000 + i })),
    links: topology.links,
    settings: {},
  });
  const links = topology.links.map((link) => link.toSorted().join(" ")).toSorted();
  assertEquals(links, [
    "Goloman Hands",
    "Goloman Holiday",
    "Goloman Wilkes",
    "Hands Wilkes",
    "Holiday Welsh",
    "Holiday Wilkes",
  ]);
  const neighbors = (name: string) => neighborsOf(topology, name).map((place) => place.name);
  assertEquals(names.map(neighbors), [
    ["Hands", "Holiday", "Wilkes"],
    ["Goloman", "Wilkes"],
    ["Goloman", "Welsh", "Wilkes"],
    ["Holiday"],
    ["Goloman", "Hands", "Holiday"],
  ]);
});

test("topology.schema.json is what its tool makes: deno task schema", () => {
  assertEquals(`${JSON.stringify(shippedSchema, null, 2)}\n`, topologySchemaText());
});

test("a topology has all that its file says", () => {
  const settings = {
    places: "overpass",
    placesUrl: "http://127.0.0.1:1",
    placesFile: "places.txt",
    logDir: "none",
    logLevel: "debug",
    secretFile: "secret",
    limits: { ...DEFAULT_LIMITS, lineBytes: 100, futureSeconds: 0 },
  };
  const servers = { "~!server#1": { host: "::1", port: 65_535 }, A };
  const links = [["A", "~!server#1"]];
  assertEquals(parse({ $schema: "x", herd: "other", servers, links, settings }), {
    herd: "other",
    servers: [{ name: "~!server#1", host: "::1", port: 65_535 }, { name: "A", ...A }],
    links: [["A", "~!server#1"]],
    settings,
  } as Topology);
});

test("an HTTP door has a port of its own, on a server of ours", () => {
  const A8 = { ...A, http: 8_000 };
  assertEquals(parse({ servers: { A: A8, B }, links: [] }).servers, [{ name: "A", ...A8 }, {
    name: "B",
    ...B,
  }]);
  assertProblems({ servers: { A: { ...A, http: 0 } }, links: [] }, [["servers.A.http", "1 to 65535"]]);
  assertProblems({ servers: { A: { ...A, http: A.port } }, links: [] }, [["servers.A.http", "already"]]);
  assertProblems({ servers: { A: A8, B: { ...A8, port: 3 } }, links: [] }, [["servers.B.http", "A listens"]]);
  assertProblems({ servers: { A: { ...A8, classic: true } }, links: [] }, [[
    "servers.A.http",
    "another program",
  ]]);
});

test("a classic server is marked, and known by a numeric address", () => {
  const marked = { servers: { A: { ...A, classic: true }, B: { ...B, classic: false } }, links: [] };
  assertEquals(parse(marked).servers, [{ name: "A", ...A, classic: true }, { name: "B", ...B }]);
  for (const host of ["::1", "10.0.0.1"]) {
    assertEquals(parse({ servers: { A: { host, port: 1, classic: true } }, links: [] }).servers.length, 1);
  }
  assertProblems({ servers: { A: { host: "h.example", port: 1, classic: true } }, links: [] }, [
    ["servers.A.host", /in numbers, not as "h\.example"$/],
  ]);
  assertProblems({ servers: { A: { ...A, classic: "yes" } }, links: [] }, [
    ["servers.A.classic", "true or false"],
  ]);
});

test("one server alone is a herd, and servers need not be linked", () => {
  assertEquals(parse({ servers: { A }, links: [] }).servers, [{ name: "A", ...A }]);
  const two = parse({ servers: { A, B }, links: [] });
  assertEquals(neighborsOf(two, "A"), []);
});

test("servers stand in the order of the file", () => {
  const text = `{"servers":{"Z":${JSON.stringify(A)},"B":${JSON.stringify(B)}},"links":[]}`;
  assertEquals(parseTopology(text).servers.map(({ name }) => name), ["Z", "B"]);
});

test("no server is left out without a word, whatever its name", () => {
  for (const name of ["toString", "hasOwnProperty", "valueOf"]) {
    const text = `{"servers":{"A":${JSON.stringify(A)},"${name}":${
      JSON.stringify(B)
    }},"links":[["A","${name}"]]}`;
    assertEquals(neighborsOf(parseTopology(text), "A"), [{ name, ...B }]);
  }
  for (const name of ["constructor", "prototype", "__proto__"]) {
    const text = `{"servers":{"A":${JSON.stringify(A)},"${name}":${JSON.stringify(B)}},"links":[]}`;
    assertEquals(problemsOf(text), [`servers.${name}: is a name that no server can have`]);
  }
});

test("faults of links are named", () => {
  const servers = { A, B, C };
  assertProblems({ servers, links: [["A", "B"], ["C", "C"]] }, [["links[1]", "C is linked to itself"]]);
  assertProblems({ servers, links: [["A", "D"], ["E", "B"]] }, [
    ["links[0][1]", /"D".*A, B, C/],
    ["links[1][0]", /"E".*A, B, C/],
  ]);
  assertProblems({ servers, links: [["A", "a"]] }, [["links[0][1]", '"a"']]);
  assertProblems({ servers, links: [["A", "B"], ["A", "C"], ["A", "B"]] }, [["links[2]", "links[0]"]]);
  assertProblems({ servers, links: [["A", "B"], ["B", "A"]] }, [["links[1]", "links[0]"]]);
  assertProblems({ servers, links: [["__proto__", "B"]] }, [["links[0][0]", '"__proto__"']]);
});

test("more neighbors than can be told apart are refused", () => {
  const names = Array.from({ length: MAX_NEIGHBORS + 1 }, (_, i) => `n${i}`);
  const servers = Object.fromEntries(["hub", ...names].map((name, i) => [name, { host: "h", port: i + 1 }]));
  const links = names.map((name) => ["hub", name]);
  assertEquals(parse({ servers, links: links.slice(1) }).links.length, MAX_NEIGHBORS);
  assertProblems({ servers, links }, [["links", `hub has ${MAX_NEIGHBORS + 1} neighbors`]]);
});

test("a server that is there twice is named, however its name is written", () => {
  const a = JSON.stringify(A);
  const b = JSON.stringify(B);
  assertProblems(`{"servers":{"A":${a},"B":${b},"A":${JSON.stringify(C)}},"links":[]}`, [[
    "servers.A",
    "twice",
  ]]);
  assertProblems(`{"servers":{"A":${a},"\\u0041" : ${b}},"links":[]}`, [["servers.A", "twice"]]);
  assertProblems(`{"links":[],"servers":{"A":${a}},"servers":{"B":${b}}}`, [["servers", "twice"]]);
  assertProblems(`{"servers":{"A":{"host":"h","port":1,"port":2}},"links":[]}`, [[
    "servers.A.port",
    "twice",
  ]]);
  assertProblems(
    `{"servers":{"A":${a}},"links":[],"settings":{"limits":{"idleMs":1,"idleMs":1}}}`,
    [["settings.limits.idleMs", "twice"]],
  );
  // The same word at another place is no double, nor is what only looks like a key.
  const text = `{"herd":"servers\\":{A:","servers":{"host":${a},"port":${b}},"links":[["host","port"]]}`;
  assertEquals(parseTopology(text).servers.length, 2);
});

test("an address that two servers have is named", () => {
  assertProblems({ servers: { A, B, D: { ...A } }, links: [] }, [["servers.D", /A .*127\.0\.0\.1:1\b/]]);
  assertEquals(parse({ servers: { A, B: { host: "127.0.0.2", port: 1 } }, links: [] }).servers.length, 2);
});

test("what is missing, unknown or out of its bounds is named", () => {
  const links: readonly string[][] = [];
  const server = (given: unknown) => ({ servers: { A: given, B }, links });
  const settings = (given: unknown) => ({ servers: { A, B }, links, settings: given });
  assertProblems({}, [["servers", "missing"], ["links", "missing"]]);
  assertProblems({ servers: { A } }, [["links", "missing"]]);
  assertProblems({ servers: {}, links }, [["servers", "at least one"]]);
  assertProblems(server({ port: 1 }), [["servers.A.host", "missing"]]);
  assertProblems(server({ host: "h" }), [["servers.A.port", "missing"]]);
  assertProblems(server({ host: "", port: 1 }), [["servers.A.host", "127.0.0.1"]]);
  assertProblems(server({ host: 5, port: 1 }), [["servers.A.host", "127.0.0.1"]]);
  assertProblems(server({ host: "h", port: "1" }), [["servers.A.port", "number"]]);
  assertProblems(server({ host: "h", port: 1.5 }), [["servers.A.port", "whole"]]);
  for (const port of [0, -1, 65_536]) {
    assertProblems(server({ host: "h", port }), [["servers.A.port", "1 to 65535"]]);
  }
  assertProblems(server({ ...A, hots: "h" }), [["servers.A.hots", "no such"]]);
  assertProblems({ servers: { A }, links, link: [] }, [["link", "no such"]]);
  for (const key of ["toString", "constructor", "__proto__"]) {
    assertProblems(`{"servers":{"A":${JSON.stringify(A)}},"links":[],"${key}":1}`, [[key, "no such"]]);
  }
  for (const name of ["a b", "", "ü", "tab\t", "x".repeat(65)]) {
    assertProblems({ servers: { [name]: A }, links }, [[`servers.${name}`, "a name"]]);
  }
  assertEquals(parse({ servers: { ["x".repeat(64)]: A }, links }).servers.length, 1);
  assertProblems({ herd: "a b", servers: { A }, links }, [["herd", "a name"]]);
  assertProblems({ herd: "", servers: { A }, links }, [["herd", "a name"]]);
  assertProblems(settings({ place: "google" }), [["settings.place", "no such"]]);
  assertProblems(settings({ places: "bing" }), [["settings.places", /"embedded".*"overpass".*"bing"/]]);
  assertProblems(settings({ logLevel: "loud" }), [["settings.logLevel", /"debug".*"error".*"loud"/]]);
  assertProblems(settings({ logDir: 5 }), [["settings.logDir", "string"]]);
  assertProblems(settings({ limits: { lineByte: 5 } }), [["settings.limits.lineByte", "no such"]]);
  assertProblems(settings({ limits: { lineBytes: -1 } }), [[
    "settings.limits.lineBytes",
    "a whole number from 1 to",
  ]]);
  assertProblems(settings({ limits: { lineBytes: "5" } }), [["settings.limits.lineBytes", "number"]]);
});

test("a link that is no pair of names is named", () => {
  const place = (link: unknown) =>
    problemsOf(JSON.stringify({ servers: { A, B }, links: [["A", "B"], link] }));
  for (const link of [["A"], ["A", "B", "A"], ["A", 5], "AB", 5, null, {}]) {
    const problems = place(link);
    assertEquals(problems.length, 1);
    assertMatch(problems[0] ?? "", /^links(\.1|\[1\])/, JSON.stringify(link));
  }
});

test("a value of the wrong kind is not told to be missing", () => {
  const wrong: readonly (readonly [file: unknown, place: string])[] = [
    [{ servers: { A: 5 }, links: [] }, "servers.A"],
    [{ servers: { A: "127.0.0.1:12000" }, links: [] }, "servers.A"],
    [{ servers: { A }, links: [], settings: "none" }, "settings"],
    [{ servers: { A }, links: [], settings: { limits: 5 } }, "settings.limits"],
    [{ servers: 5, links: [] }, "servers"],
    [{ servers: { A }, links: "A-B" }, "links"],
    ["a text", ""],
    [null, ""],
  ];
  for (const [file, place] of wrong) {
    const [problem = "", ...more] = problemsOf(JSON.stringify(file));
    assertEquals(more, []);
    assert(problem.startsWith(place), problem);
    assertNotMatch(problem, /missing/, problem);
  }
});

test("all mistakes are told at once", () => {
  assertProblems(
    { servers: { A, B: { host: "h", port: 0 }, C: { host: "h" } }, links: [], herd: "a b", x: 1 },
    [["herd", "a name"], ["servers.B.port", "65535"], ["servers.C.port", "missing"], ["x", "no such"]],
  );
  assertProblems(
    { servers: { A, B: A }, links: [["A", "A"], ["A", "X"], ["A", "B"], ["B", "A"]] },
    [["servers.B", "already"], ["links[0]", "itself"], ["links[1][1]", '"X"'], ["links[3]", "links[2]"]],
  );
  // What is out of its bounds keeps nothing else from being judged.
  assertProblems(
    { servers: { A, B: A, C: { host: "h", port: 0 } }, links: [["C", "C"]] },
    [["servers.C.port", "65535"], ["servers.B", "already"], ["links[0]", "itself"]],
  );
});

const brokenJson = [
  `{"servers": {"A": {"host": "h", "port": 1},}, "links": []}`,
  `{"servers" {}}`,
  `{"servers": {}, "links": [}`,
  `{\n  "servers": {\n    "A": { "host": h, "port": 1 }\n  },\n  "links": []\n}`,
  `{\n  "servers": {},\n  "links": [],\n  "herd": 'x'\n}\n`,
  `// comment\n{"servers": {}, "links": []}`,
  `{"servers": {}, "links": []} x`,
  `{"servers": {}, "links": [] "herd": "x"}`,
  `{"herd": "two\nlines"}`,
  `servers:\n  A: 127.0.0.1\n`,
];

test("where a file is no JSON is told by its line and column", () => {
  for (const text of brokenJson) {
    const [problem = "", ...more] = problemsOf(text);
    assertEquals(more, []);
    assertMatch(problem, /line \d+,? column \d+/, `${JSON.stringify(text)}: ${problem}`);
  }
});

test("the place is that of the first thing that JSON does not have there", () => {
  const places: readonly (readonly [text: string, place: string])[] = [
    [`{"servers": x}`, "line 1 column 13"],
    [`{\n  "servers": {},,\n}`, "line 2 column 17"],
    [`{\r\n\t"servers" {}}`, "line 2 column 12"],
    [`{"links": [1 2]}`, "line 1 column 14"],
    [`{"links": [1,]}`, "line 1 column 14"],
    [`{"links": [}`, "line 1 column 12"],
    [`{"a": tru}`, "line 1 column 7"],
    [`{"a": 'x'}`, "line 1 column 7"],
    [`{"a": 1}\n{}`, "line 2 column 1"],
    [`{"ü🐑": 1, b: 2}`, "line 1 column 12"],
  ];
  for (const [text, place] of places) {
    assertMatch(problemsOf(text).join("; "), new RegExp(`${place}\\b`), JSON.stringify(text));
  }
});

test("white space that JSON does not have is told where it stands, and what JSON has in a string is passed over", () => {
  const places: readonly (readonly [text: string, place: string])[] = [
    [`{\u00a0"servers": {}}`, "line 1 column 2"],
    [`{"servers":\f{}}`, "line 1 column 12"],
    [`{"servers":\u2028{}}`, "line 1 column 12"],
    [`{"servers": {}}\u3000`, "line 1 column 16"],
    [`\ufeff{"servers": {}, "links": []}`, "line 1 column 1"],
    [`{"a": "\x7f\x80\u2028", x}`, "line 1 column 14"],
  ];
  for (const [text, place] of places) {
    assertMatch(problemsOf(text).join("; "), new RegExp(`${place}\\b`), JSON.stringify(text));
  }
});

test("a file that ends too early is told to", () => {
  const whole = JSON.stringify({ servers: { A }, links: [] });
  for (const text of ["", " ", "{", `{"servers":`, whole.slice(0, -1)]) {
    assertMatch(problemsOf(text).join("; "), /end of JSON|line \d+,? column \d+/, text);
  }
});

test("a problem is one line, whatever the file", () => {
  const texts = [
    ...brokenJson,
    `{"servers":{"a\\nb":${JSON.stringify(A)}},"links":[["x\\ny","x"]],"u\\r\\nv":1}`,
  ];
  for (const text of texts) {
    for (const problem of problemsOf(text)) assertMatch(problem, /^[^\r\n]*$/, JSON.stringify(problem));
  }
});

test("whatever the text, it is a topology or has problems", () => {
  const json = fc.json({ maxDepth: 3 });
  const name = fc.constantFrom("A", "B", "C");
  const right = fc.record({
    servers: fc.uniqueArray(name, { minLength: 1 }).map((names) =>
      Object.fromEntries(names.map((one, i) => [one, { host: "h", port: i + 1 }]))
    ),
    links: fc.array(fc.tuple(name, name), { maxLength: 2 }),
  }).map((file) => JSON.stringify(file));
  const some = fc.record({
    servers: fc.dictionary(fc.constantFrom("A", "B", "a b"), fc.oneof(fc.constantFrom(A, B), fc.jsonValue())),
    links: fc.array(fc.oneof(fc.tuple(name, name), fc.jsonValue()), { maxLength: 3 }),
  }, { requiredKeys: [] }).map((file) => JSON.stringify(file));
  let taken = 0;
  fc.assert(
    fc.property(fc.oneof(right, right, some, json, fc.string()), (text) => {
      try {
        const { servers, links } = parseTopology(text);
        taken++;
        const names = servers.map(({ name }) => name);
        assertEquals(names.toSorted(), Object.keys(JSON.parse(text).servers).toSorted());
        for (const [one, other] of links) {
          assert(one !== other && names.includes(one) && names.includes(other));
        }
      } catch (error) {
        if (!(error instanceof TopologyError)) throw error;
        assert(error.problems.length > 0);
      }
    }),
    { numRuns: 3_000 },
  );
  assert(taken > 300, `${taken} were right`);
});

test("neighbors are those on either end of a link, in the order of the file", () => {
  const topology = parse({ servers: { C, A, B }, links: [["A", "B"], ["C", "A"]] });
  assertEquals(neighborsOf(topology, "A").map(({ name }) => name), ["C", "B"]);
  assertEquals(neighborsOf(topology, "B").map(({ name }) => name), ["A"]);
  assertEquals(neighborsOf(topology, "nobody"), []);
});
