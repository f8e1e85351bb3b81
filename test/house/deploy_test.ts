/** What `deploy/` says of herd is so: metrics, flags, permissions, paths and times. */
import { assert, assertEquals } from "@std/assert";
import { readFile, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { SERVE_FLAGS } from "../../src/cli/config.ts";
import { readFlags } from "../../src/cli/flags.ts";
import { FAMILIES } from "../../src/gateway/metric_families.ts";
import { DEFAULT_LIMITS } from "../../src/limits.ts";
import { Door } from "../gateway/door.ts";
import { EmbeddedProvider } from "../../src/places/embedded.ts";
import { test } from "../runner.ts";

const READ = { needs: ["read"] } as const;

function pathOf(name: string): string {
  return fileURLToPath(new URL(`../../${name}`, import.meta.url));
}

function textOf(name: string): Promise<string> {
  return readFile(pathOf(name), "utf8");
}

// ------------------------------------------------------------------------------------------------------- dashboard

interface Target {
  readonly expr: string;
  readonly datasource: { readonly uid: string };
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
}

async function panels(): Promise<readonly Panel[]> {
  return (JSON.parse(await textOf("deploy/grafana.json")) as { panels: readonly Panel[] }).panels;
}

/** The names that a query may use, and of which kind each is. */
function exposed(): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { name, kind } of FAMILIES) {
    if (kind !== "histogram") names.set(name, kind);
    else for (const end of ["_bucket", "_sum", "_count"]) names.set(name + end, "counter");
  }
  return names;
}

test(
  "dashboard: each query asks for a metric that there is, and for the growth of what only grows",
  async () => {
    const known = exposed();
    const asked = new Set<string>();
    for (const { title, targets = [] } of await panels()) {
      for (const { expr, datasource } of targets) {
        assertEquals(datasource.uid, "${datasource}", title);
        const names = expr.match(/\bherd_\w+/g) ?? [];
        assert(names.length > 0, `${title}: ${expr}`);
        for (const name of names) {
          assert(known.has(name), `${title} asks for ${name}, which there is not`);
          asked.add(name.replace(/_bucket$/, ""));
          const grows = new RegExp(`\\b(rate|increase)\\(${name}\\{`).test(expr);
          assertEquals(grows, known.get(name) === "counter", `${title}: ${expr}`);
        }
        for (const [open, close] of ["()", "{}", "[]"] as const) {
          assertEquals(expr.split(open!).length, expr.split(close!).length, `${title}: ${expr}`);
        }
      }
    }
    assertEquals(FAMILIES.map(({ name }) => name).filter((name) => !asked.has(name)), [], "all can be seen");
  },
  READ,
);

test("dashboard: each query asks by labels that the metric has", async () => {
  const door = await Door.open(new EmbeddedProvider());
  await door.get("/healthz");
  const { values } = await door.metrics();
  const labelsOf = (name: string) =>
    new Set(
      [...values.keys()].filter((key) => key.startsWith(`${name}{`))
        .flatMap((key) => Array.from(key.matchAll(/(\w+)="/g), ([, label]) => label!)),
    );
  for (const { title, targets = [] } of await panels()) {
    for (const { expr } of targets) {
      const [, by] = /\bsum by \(([^)]*)\)/.exec(expr) ?? [];
      const name = /\bherd_\w+/.exec(expr)?.[0] ?? "";
      const labels = labelsOf(name).add("instance");
      for (const label of by?.split(", ") ?? []) {
        assert(labels.has(label), `${title}: ${name} has no ${label}`);
      }
    }
  }
}, READ);

test("dashboard: panels have numbers and titles of their own, and lie beside each other", async () => {
  const all = await panels();
  assert(all.length > 10);
  assertEquals(new Set(all.map(({ id }) => id)).size, all.length);
  assertEquals(new Set(all.map(({ title }) => title)).size, all.length);
  const taken = new Set<string>();
  for (const { gridPos: { x, y, w, h }, title } of all) {
    assert(x + w <= 24, title);
    for (let i = x; i < x + w; i++) {
      for (let j = y; j < y + h; j++) {
        assert(!taken.has(`${i},${j}`), `${title} lies on another one`);
        taken.add(`${i},${j}`);
      }
    }
  }
}, READ);

// ------------------------------------------------------------------------------------------------- unit and image

/** What the task `serve` lets herd do, and no more. */
async function permissions(): Promise<readonly string[]> {
  const { tasks } = JSON.parse(await textOf("deno.json")) as { tasks: { serve: { command: string } } };
  return tasks.serve.command.split(" ").filter((word) => word.startsWith("--allow-")).sort();
}

/** Checks a command line that runs `serve` on Deno. @returns its flags. */
async function checkServe(command: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const main = command.indexOf("src/main.ts");
  assert(main > 0, command.join(" "));
  const allowed = command.slice(0, main).filter((word) => word.startsWith("--allow-")).sort();
  assertEquals(allowed, await permissions());
  assertEquals(command[main + 1], "serve");
  const { words, values } = readFlags(command.slice(main + 2), SERVE_FLAGS);
  assertEquals(words.length, 1, "the server's name");
  return values;
}

test("unit: it runs what there is, with flags that serve has, and its stop is waited for", async () => {
  const unit = (await textOf("deploy/herd@.service")).replaceAll(/ \\\n\s*/g, " ");
  const settings = new Map(Array.from(unit.matchAll(/^(\w+)=(.*)$/gm), ([, name, value]) => [name!, value!]));
  const flags = await checkServe((settings.get("ExecStart") ?? "").split(" "));
  // What it may write is what the unit gives it.
  assertEquals([settings.get("StateDirectory"), flags["data-dir"]], ["herd/%i", "%S/herd/%i"]);
  assertEquals([settings.get("LogsDirectory"), flags["log-dir"]], ["herd/%i", "%L/herd/%i"]);
  assertEquals(settings.get("KillSignal"), "SIGTERM");
  assert(Number(settings.get("TimeoutStopSec")) >= 2 * DEFAULT_LIMITS.drainMs / 1000);
  assert(
    Number(settings.get("LimitNOFILE")) >= 2 * (DEFAULT_LIMITS.sessions + DEFAULT_LIMITS.httpConnections),
  );
  assertEquals(settings.get("RestartPreventExitStatus"), "2");
}, READ);

test("image: it is made of what there is, and its health check asks what its door answers", async () => {
  const docker = (await textOf("deploy/Dockerfile")).replaceAll(/ \\\n\s*/g, " ").replaceAll(/^#.*\n/gm, "");
  const ignored = (await textOf(".dockerignore")).split("\n");
  const copied = Array.from(docker.matchAll(/^COPY (.*) \S+$/gm), ([, paths]) => paths!.split(" ")).flat();
  assert(copied.length >= 4);
  for (const path of copied) {
    await stat(pathOf(path));
    assert(ignored.includes(`!${path}`), `.dockerignore keeps ${path} out`);
  }
  const words = (name: string) =>
    JSON.parse(new RegExp(`^${name} (\\[.*\\])$`, "m").exec(docker)?.[1] ?? "") as readonly string[];
  const run = words("RUN");
  assertEquals(run.filter((word) => word.startsWith("src/")), ["src/main.ts", "src/main_thread.ts"]);
  const flags = await checkServe([...words("ENTRYPOINT"), ...words("CMD")]);
  assert(words("VOLUME").includes(flags["data-dir"] ?? ""));
  assert(/^USER (?!root)/m.test(docker));
  const health = new URL(/\bHERD_HEALTH_URL=(\S+)/.exec(docker)?.[1] ?? "");
  assertEquals(health.host, flags["http"]);
  assertEquals((await (await Door.open(new EmbeddedProvider())).get(health.pathname)).status, 200);
  const topology = JSON.parse(await textOf("topology.json")) as { servers: Record<string, { port: number }> };
  const [server] = Object.values(topology.servers);
  assertEquals(/^EXPOSE (.*)$/m.exec(docker)?.[1], `${server?.port} ${health.port}`);
  const [, deno] = /^FROM denoland\/deno:(\S+)$/m.exec(docker) ?? [];
  assert((await textOf("README.md")).includes(`deno@${deno} `), "the version that the README runs");
}, READ);
