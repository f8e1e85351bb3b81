/** The plan of the house: imports run one way, and only the runtime files name a runtime. */
import { assertEquals } from "@std/assert";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "../runner.ts";

const SRC = fileURLToPath(new URL("../../src/", import.meta.url));

/** What each room may import besides itself. `runtime/runtime.ts` (types), `limits.ts`, `limit_hits.ts` and `version.ts` are open to all. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  wire: [],
  registry: ["wire"],
  journal: ["herd", "registry", "wire", "log"],
  places: ["wire"],
  log: ["wire"],
  herd: ["registry", "wire", "log"],
  server: ["herd", "journal", "places", "registry", "log", "wire"],
  gateway: ["server", "herd", "places", "registry", "log", "wire"],
  top: ["gateway", "places"],
  demo: ["wire"],
  cli: ["demo", "top", "gateway", "server", "herd", "journal", "places", "registry", "log", "wire"],
  runtime: [],
  // The page runs in a browser: of the server it knows the types of answers alone.
  page: ["gateway"],
};

/** Outside `src/runtime/`, what may be imported from it: types, and what stands on them alone. */
const OPEN_RUNTIME = [
  "runtime/errors.ts",
  "runtime/runtime.ts",
  "runtime/linger.ts",
  "runtime/port_connection.ts",
  "runtime/url.ts",
];

interface Import {
  readonly from: string;
  readonly to: string;
}

async function sourceFiles(): Promise<readonly string[]> {
  const names = await readdir(SRC, { recursive: true });
  return names.filter((name) => name.endsWith(".ts")).map((name) => name.replaceAll("\\", "/"));
}

async function localImports(): Promise<readonly Import[]> {
  const imports: Import[] = [];
  for (const from of await sourceFiles()) {
    const text = await readFile(join(SRC, from), "utf8");
    for (const [, specifier = ""] of text.matchAll(/(?:from|import)\s*\(?"(\.[^"]+)"/g)) {
      imports.push({ from, to: normalize(join(dirname(from), specifier)).replaceAll("\\", "/") });
    }
  }
  return imports;
}

function room(file: string): string {
  return file.includes("/") ? file.slice(0, file.indexOf("/")) : "";
}

function isAllowed({ from, to }: Import): boolean {
  if (room(from) === "" || room(from) === room(to)) return true;
  if (["limits.ts", "limit_hits.ts", "version.ts", "../deno.json"].includes(to)) return true;
  return OPEN_RUNTIME.includes(to) || (MAY_IMPORT[room(from)] ?? []).includes(room(to));
}

test("imports run one way, from the door to the wire", async () => {
  const imports = await localImports();
  assertEquals(imports.length > 100, true, "the reader of imports finds them");
  assertEquals(imports.filter((one) => !isAllowed(one)), []);
}, { needs: ["read"] });

test("no file imports itself, however far around", async () => {
  const next = new Map<string, string[]>();
  for (const { from, to } of await localImports()) next.set(from, [...next.get(from) ?? [], to]);
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) return void circles.push([...path.slice(path.indexOf(file)), file].join(" > "));
    if (done.has(file)) return;
    for (const to of next.get(file) ?? []) visit(to, [...path, file]);
    done.add(file);
  };
  for (const file of next.keys()) visit(file, []);
  assertEquals(circles, []);
}, { needs: ["read"] });

test("the page takes nothing of the server but types", async () => {
  const taken: string[] = [];
  for (const file of await sourceFiles()) {
    if (room(file) !== "page") continue;
    const text = await readFile(join(SRC, file), "utf8");
    for (const [statement] of text.matchAll(/^import (?!type )[^;]*"\.\.\/[^"]*"/gm)) {
      taken.push(`${file}: ${statement}`);
    }
  }
  assertEquals(taken, []);
}, { needs: ["read"] });

test("only the runtime files and the doors name a runtime", async () => {
  const named: string[] = [];
  for (const file of await sourceFiles()) {
    if (room(file) === "runtime" || file.startsWith("main")) continue;
    const text = await readFile(join(SRC, file), "utf8");
    if (/\bDeno\.|"node:|\bprocess\.(env|argv|on)\b.*node/.test(text)) named.push(file);
  }
  assertEquals(named, []);
}, { needs: ["read"] });
