/** `deno task compile`, as far as it goes without the runtime that it has to download. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { test } from "../runner.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const command = new Deno.Command(Deno.execPath(), { args: [...args], cwd: ROOT, env, stdin: "null" });
  const { code, stdout, stderr } = await command.output();
  return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
}

test("compile without its runtime says what to do, and fails", async () => {
  const { code, err } = await run(["task", "--quiet", "compile"], { DENORT_BIN: "/no/such/denort" });
  assertEquals(code, 1);
  assertStringIncludes(err, "dist/herd was not made");
  assertStringIncludes(err, "DENORT_BIN=");
}, { needs: ["run", "read", "env"], on: "deno" });

interface ModuleInfo {
  readonly specifier: string;
  readonly error?: string;
  readonly dependencies?: readonly {
    readonly isDynamic?: boolean;
    readonly code?: { readonly specifier?: string };
  }[];
}

test(
  "all that the one file needs is a module, the gazetteer too, and none is found only at run time",
  async () => {
    const { code, out } = await run(["info", "--json", "src/main.ts"]);
    assertEquals(code, 0);
    const { modules } = JSON.parse(out) as { readonly modules: readonly ModuleInfo[] };
    assert(modules.some((module) => module.specifier.endsWith("/src/places/gazetteer.ts")));
    assertEquals(modules.filter((module) => module.error !== undefined), []);
    // What is imported only when it is needed must be known by its name all the same.
    const known = new Set(modules.map((module) => module.specifier));
    const dynamic = modules.flatMap(({ dependencies = [] }) => dependencies.filter((one) => one.isDynamic));
    assertEquals(dynamic.filter(({ code }) => !known.has(code?.specifier ?? "")), []);
    assert(known.has(new URL("../../src/runtime/tls.ts", import.meta.url).href));
  },
  { needs: ["run", "read"], on: "deno" },
);
