/**
 * Makes Node resolve the bare names of deno.json's `imports`, so that one map serves both runtimes. To be
 * imported (or preloaded with `--import`) before anything that uses those names; in a module that means a dynamic
 * import after this one, since Node resolves the static ones first. A worker thread needs it anew.
 */

import { registerHooks } from "node:module";
import config from "../../deno.json" with { type: "json" };

const ROOT = new URL("../../", import.meta.url).href;

/** `npm:name@version/sub`; the name may have a scope. Node takes the version from package.json instead. */
const NPM_TARGET = /^npm:((?:@[^/@]+\/)?[^/@]+)@[^/]+(\/.*)?$/;

/** @throws {Error} when `target` is of a kind that Node cannot follow. */
function onNode(name: string, target: string): string {
  if (target.startsWith("./")) return new URL(target, ROOT).href;
  const [, packageName, sub = ""] = NPM_TARGET.exec(target) ?? [];
  if (packageName === undefined || name.endsWith("/")) {
    throw new Error(
      `deno.json maps "${name}" to "${target}": for Node it must be one name mapped to ./path or npm:name@version`,
    );
  }
  return packageName + sub;
}

const targets = new Map(Object.entries(config.imports).map(([name, to]) => [name, onNode(name, to)]));

registerHooks({
  resolve(specifier, context, nextResolve) {
    const target = targets.get(specifier);
    const fromPackage = context.parentURL?.startsWith(`${ROOT}node_modules/`) ?? false;
    if (target === undefined || fromPackage) return nextResolve(specifier, context);
    return nextResolve(target, { ...context, parentURL: ROOT });
  },
});
