import { assert, assertEquals, assertMatch } from "@std/assert";
import { test } from "../runner.ts";
import denoConfig from "../../deno.json" with { type: "json" };
import jsrMap from "../../import_map.jsr.json" with { type: "json" };
import packageConfig from "../../package.json" with { type: "json" };

const ours = new Map(Object.entries(denoConfig.imports));
const genuine = new Map(Object.entries(jsrMap.imports));
const STD_NAMES = ["@std/assert", "@std/cli/parse-args", "@std/log"];

test("both import maps have the same names, for the same targets but for @std", () => {
  assertEquals([...genuine.keys()].sort(), [...ours.keys()].sort());
  const different = [...ours.keys()].filter((name) => ours.get(name) !== genuine.get(name));
  assertEquals(different.sort(), STD_NAMES);
});

test("the @std names are modules of ours in one map and the JSR packages in the other", () => {
  for (const name of STD_NAMES) {
    assertMatch(ours.get(name) ?? "", /^\.\/std\/[a-z_]+\.ts$/);
    const [, packageName, entry = ""] = /^(@std\/[^/]+)(\/.+)?$/.exec(name) ?? [];
    const [, target] = /^jsr:(.+)$/.exec(genuine.get(name) ?? "") ?? [];
    assertEquals(target?.replace(/@[\d.]+/, ""), `${packageName}${entry}`);
  }
});

test("npm targets are pinned to the versions that package.json installs for Node", () => {
  const installed: Record<string, string> = {
    ...packageConfig.dependencies,
    ...packageConfig.devDependencies,
  };
  const npmTargets = [...ours.values()].filter((target) => target.startsWith("npm:"));
  assert(npmTargets.length > 0);
  for (const target of npmTargets) {
    const [, name = "", version] = /^npm:(@?[^@]+)@([^/]+)/.exec(target) ?? [];
    assertEquals(version, installed[name], target);
  }
});

/** Runs in a browser alone: the page's, which tools/page.mjs bundles. */
const BROWSER_NAMES = ["leaflet"];

test("every name of the map can be imported on this runtime", async () => {
  for (const name of ours.keys()) {
    if (BROWSER_NAMES.includes(name)) continue;
    const module: object = await import(name);
    assert(Object.keys(module).length > 0, name);
  }
}, { needs: ["read"] });

test("assertions narrow types, so they are not silently any", () => {
  const found = ["a", "b"].find((item) => item === "b");
  assert(found !== undefined);
  const text: string = found;
  assertEquals(text, "b");
  // @ts-expect-error: a number is no text, which shows here only when assertEquals has a type.
  const wrong = () => assertEquals<string>(text, 1);
  assertEquals(typeof wrong, "function");
});
