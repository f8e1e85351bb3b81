/** The command line: one program, a command a file. */
import type { Runtime } from "../runtime/runtime.ts";
import { VERSION } from "../version.ts";
import { demo } from "./demo.ts";
import { MAIN_HELP } from "./help.ts";
import { send } from "./send.ts";
import { serve } from "./serve.ts";
import { top } from "./top.ts";
import { up } from "./up.ts";
import { UserError } from "./user_error.ts";
import { users } from "./users.ts";

const COMMANDS = { serve, up, send, users, top, demo } as const;

/** Runs the program on a runtime, and ends the process. */
export async function main(runtime: Runtime): Promise<void> {
  runtime.process.exit(await exitCode(runtime));
}

async function exitCode(runtime: Runtime): Promise<number> {
  const { process } = runtime;
  try {
    return await run(runtime, process.args);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    for (const line of error.lines) process.printError(`herd: ${line}\n`);
    return 2;
  }
}

async function run(runtime: Runtime, args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  if (command === undefined || command === "--help" || command === "-h") {
    runtime.process.print(MAIN_HELP);
    return command === undefined ? 2 : 0;
  }
  if (args.includes("--version")) {
    runtime.process.print(`herd ${VERSION} (${runtime.name})\n`);
    return 0;
  }
  if (isCommand(command)) return await COMMANDS[command](runtime, rest);
  throw new UserError(
    `${JSON.stringify(command)} is no command: use ${Object.keys(COMMANDS).join(", ")}, or --help`,
  );
}

function isCommand(text: string): text is keyof typeof COMMANDS {
  return Object.hasOwn(COMMANDS, text);
}
