/** Commands that start servers themselves, on the runtime of the tests. */
import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { permissionsOf, within } from "./harness.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The arguments that make the tests' own runtime run the program, with what `command` may do. */
export function programFor(command: string | undefined): readonly string[] {
  if (!("Deno" in globalThis)) return ["src/main_node.ts"];
  return ["run", "--quiet", ...permissionsOf(command), "src/main.ts"];
}

export function startStarter(args: readonly string[]) {
  const child = spawn(process.execPath, [...programFor(args[0]), ...args], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1", GOOGLE_PLACES_API_KEY: "", HERD_SECRET: "" },
  });
  const said = { out: "", err: "" };
  child.stdout.on("data", (bytes) => said.out += String(bytes));
  child.stderr.on("data", (bytes) => said.err += String(bytes));
  const ended = new Promise<number | null>((resolve) => child.on("close", (code) => resolve(code)));
  /** Its exit code, once it has ended and all that it said has come. */
  const exited = (): Promise<number | null> => within(ended, () => `its end: ${said.out}${said.err}`);
  return { child, said, exited };
}
