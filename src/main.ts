/** Deno's door. */
import { main } from "./cli/main.ts";
import { denoRuntime } from "./runtime/deno.ts";

await main(denoRuntime());
