/** The runtime that the tests run on. */
import type { Runtime } from "../../src/runtime/runtime.ts";

export const isDeno: boolean = "Deno" in globalThis;

export async function runtimeHere(): Promise<Runtime> {
  if (isDeno) return (await import("../../src/runtime/deno.ts")).denoRuntime();
  return (await import("../../src/runtime/node.ts")).nodeRuntime();
}
