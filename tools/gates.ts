/**
 * Every gate, one after the other: `deno task test`. Each is told with what it took; what a failed one printed is
 * shown. Ends with `N passed, N failed`, and exit code 1 when anything failed.
 */
import { findNode } from "./node24.ts";

/** Test files that run at a time: many wait for timers, and two processors are all that can be counted on. */
const FILES_AT_ONCE = 2;

interface Gate {
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

interface Outcome {
  readonly passed: number;
  readonly failed: number;
}

/** Of one server at a time: a mixed herd would say nothing more than the two runtimes have. */
const ALONE = [
  "cli",
  "console",
  "guard",
  "hostile",
  "http",
  "limits",
  "lines",
  "log",
  "operators",
  "session",
  "whatsat",
]
  .map((name) => `test/conformance/${name}_test.ts`);

const SOURCES = ["src", "std", "test", "tools", "bench"];
// What a process uses is read from /proc, for which Deno wants no less.
const TEST_PERMISSIONS = ["--allow-all"];

async function main(): Promise<number> {
  const deno = Deno.execPath();
  const node = await findNode();
  const cache = await Deno.makeTempDir({ prefix: "herd-gates-" });
  const suite = (kind: string) => ({ HERD_SUITE: kind, HERD_NODE: node, NODE_COMPILE_CACHE: cache });
  const nodeTest = [
    "--import",
    "./src/runtime/node_imports.ts",
    "--test",
    `--test-concurrency=${FILES_AT_ONCE}`,
  ];
  // Types are a gate of their own.
  const denoTest = [deno, "test", "--quiet", "--parallel", "--no-check", ...TEST_PERMISSIONS];
  const gates: readonly Gate[] = [
    { name: "format", command: [deno, "fmt", "--check", "--quiet"] },
    { name: "lint", command: [deno, "lint", "--quiet"] },
    { name: "types", command: [deno, "check", "--quiet", ...SOURCES] },
    {
      name: "tests load without permissions",
      command: [deno, "test", "--quiet", "--parallel", "--no-check", "--filter", "no test is called this"],
    },
    { name: "tests on Deno", command: [...denoTest], env: suite("deno") },
    {
      name: "tests on Node",
      command: [node, ...nodeTest, "test/!(browser)/**/*_test.ts"],
      env: suite("node"),
    },
    {
      name: "conformance and chaos of a mixed herd",
      command: [...denoTest, `--ignore=${ALONE.join(",")}`, "test/conformance", "test/chaos"],
      env: suite("mixed"),
    },
    {
      name: "the page of a mixed herd, in a browser",
      command: [node, ...nodeTest, "test/browser/*_test.ts"],
      env: suite("mixed"),
    },
  ];
  let passed = 0;
  let failed = 0;
  for (const [i, gate] of gates.entries()) {
    const outcome = await run(gate, `${i + 1}/${gates.length}`);
    passed += outcome.passed;
    failed += outcome.failed;
  }
  await Deno.remove(cache, { recursive: true });
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

async function run(gate: Gate, place: string): Promise<Outcome> {
  const [program = "", ...args] = gate.command;
  const startMs = performance.now();
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    env: { NO_COLOR: "1", DENO_JOBS: `${FILES_AT_ONCE}`, ...gate.env },
    stdin: "null",
  }).output();
  const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  const outcome = count(output, code);
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  console.log(`${place} ${gate.name}: ${outcome.passed} passed, ${outcome.failed} failed (${seconds} s)`);
  if (outcome.failed > 0) console.log(output);
  return outcome;
}

/** What a runner says it counted; a gate that counts nothing is one check. */
function count(output: string, code: number): Outcome {
  const deno = /^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed/m.exec(output);
  const node = /^. pass (\d+)\n. fail (\d+)/m.exec(output);
  const [, passed = "0", failed = "0"] = deno ?? node ?? [];
  // A runner that failed without a failed test (a module that does not load) is a failure too.
  return code === 0
    ? { passed: Number(passed) || 1, failed: 0 }
    : { passed: Number(passed), failed: Math.max(1, Number(failed)) };
}

Deno.exit(await main());
