/** Commands that start servers themselves, on the runtime of the tests. */
import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The program on the runtime of the tests, with what such a command may do. */
export const PROGRAM: readonly string[] = "Deno" in globalThis
  ? [
    "run",
    "--quiet",
    "--allow-net",
    "--allow-read",
    "--allow-write=log",
    "--allow-env",
    "--allow-run",
    "src/main.ts",
  ]
  : ["src/main_node.ts"];

export function startStarter(args: readonly string[]) {
  const child = spawn(process.execPath, [...PROGRAM, ...args], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1", GOOGLE_PLACES_API_KEY: "", HERD_SECRET: "" },
  });
  const said = { out: "", err: "" };
  child.stdout.on("data", (bytes) => said.out += String(bytes));
  child.stderr.on("data", (bytes) => said.err += String(bytes));
  const exited = new Promise<number | null>((resolve) => child.on("close", (code) => resolve(code)));
  return { child, said, exited };
}
