/** Compiles the C programs of the bench. */
import type { Tools } from "./bench.ts";

export class BuildError extends Error {
  override readonly name = "BuildError";
}

/** @throws {BuildError} where there is no compiler, or it fails. */
export async function buildTools(root: string, directory: string): Promise<Tools> {
  const tools = { load: `${directory}/load`, cServer: `${directory}/c_server` };
  await Promise.all([
    compile(`${root}/bench/load.c`, tools.load),
    compile(`${root}/bench/c_server.c`, tools.cServer),
  ]);
  return tools;
}

async function compile(source: string, to: string): Promise<void> {
  const command = new Deno.Command("cc", { args: ["-O2", "-o", to, source], stdin: "null" });
  let result;
  try {
    result = await command.output();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new BuildError(
      "the load generator is a C program, and there is no C compiler: install gcc or clang (cc)",
    );
  }
  if (!result.success) throw new BuildError(`cc failed: ${new TextDecoder().decode(result.stderr)}`);
}
