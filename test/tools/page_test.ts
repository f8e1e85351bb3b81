/** The committed page is what its sources make. It takes esbuild from node_modules, so Node alone can run it. */
import { assert, assertEquals } from "@std/assert";
import { test } from "../runner.ts";

interface PageTool {
  buildPage(): Promise<ReadonlyMap<string, { readonly type: string; readonly text: string }>>;
  committedPage(): ReturnType<PageTool["buildPage"]>;
}

test("src/gateway/page_assets.ts is what npm run page makes of src/page", async () => {
  const path = "../../tools/page.mjs";
  const { buildPage, committedPage } = await import(path) as PageTool;
  const [built, committed] = [await buildPage(), await committedPage()];
  assertEquals(
    [...committed.keys()],
    [...built.keys()],
    "npm run page was not run since src/page has changed",
  );
  assert(built.size > 5);
  for (const [name, asset] of built) {
    assert(JSON.stringify(committed.get(name)) === JSON.stringify(asset), `${name} differs: npm run page`);
  }
}, { on: "node" });
