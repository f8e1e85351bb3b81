/** Deno's door to one more thread of a server. */
import { work } from "./cli/workers.ts";
import { denoParent, denoRuntime } from "./runtime/deno.ts";

work(denoRuntime(), denoParent());
