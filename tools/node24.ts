/** Finds a Node that runs TypeScript as it is, and has it and our packages installed where they are not. */

/** The first version whose Node runs `.ts` files. */
const FIRST_VERSION = [22, 18] as const;
const NODE_PACKAGE = "node@24.21.0";

/** @returns the path of a fitting Node: HERD_NODE, the one on the path, or one from npm. */
export async function findNode(): Promise<string> {
  await runText("node", ["tools/ensure_packages.mjs"]);
  const given = Deno.env.get("HERD_NODE");
  if (given !== undefined) return given;
  const script = "console.log(process.versions.node); console.log(process.execPath)";
  const [version = "", path = ""] = (await runText("node", ["-e", script])).split("\n");
  if (isNewEnough(version)) return path;
  const fetched = await runText("npx", ["--yes", `--package=${NODE_PACKAGE}`, "--", "node", "-e", script]);
  return fetched.trim().split("\n").at(-1) ?? "node";
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > FIRST_VERSION[0] || (major === FIRST_VERSION[0] && minor >= FIRST_VERSION[1]);
}

async function runText(program: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, { args: [...args], stdin: "null" })
    .output();
  if (code === 0) return new TextDecoder().decode(stdout);
  throw new Error(`${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}
