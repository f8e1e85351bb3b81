/** Reading the command line: flags anywhere, the rest in order and exactly as it was typed. */
import { parseArgs } from "@std/cli/parse-args";
import { UserError } from "./user_error.ts";

/** What a command takes. */
export interface FlagSpec {
  /** Flags with a value. */
  readonly values: readonly string[];
  /** Flags without one. */
  readonly switches?: readonly string[];
  /** Flags that may come several times. */
  readonly repeated?: readonly string[];
}

export interface Flags {
  readonly help: boolean;
  readonly version: boolean;
  /** The last value of each flag that was given. */
  readonly values: Readonly<Record<string, string>>;
  readonly repeated: Readonly<Record<string, readonly string[]>>;
  /** Those that were given. */
  readonly switches: readonly string[];
  /** What is not a flag. */
  readonly words: readonly string[];
}

/**
 * Reads `args`.
 * @throws {UserError} for an unknown flag, a flag without its value, or a second one.
 */
export function readFlags(args: readonly string[], spec: FlagSpec): Flags {
  const repeated = [...spec.repeated ?? []];
  const withValue = [...spec.values, ...repeated];
  const switches = [...spec.switches ?? []];
  const [flags, words] = separate(args, withValue);
  const known = [...withValue, ...switches, "help", "version"];
  const given: Readonly<Record<string, unknown>> = parseArgs(flags, {
    string: [...withValue],
    boolean: [...switches, "help", "version"],
    collect: [...withValue],
    unknown: (arg: string) => {
      throw new UserError(
        `unknown flag ${arg.split("=")[0]}: the flags are ${known.map((name) => `--${name}`).join(", ")}`,
      );
    },
  });
  const values: Record<string, string> = {};
  const lists: Record<string, readonly string[]> = {};
  for (const name of withValue) {
    const list = Array.isArray(given[name]) ? given[name].map(String) : [];
    if (list.includes("")) throw new UserError(`--${name} needs a value`);
    if (repeated.includes(name)) lists[name] = list;
    else if (list.length > 1) throw new UserError(`--${name} is given twice`);
    else if (list[0] !== undefined) values[name] = list[0];
  }
  return {
    help: given["help"] === true,
    version: given["version"] === true,
    values,
    repeated: lists,
    switches: switches.filter((name) => given[name] === true),
    words,
  };
}

/** Words such as `-34.0+118.0` are no flags: those begin with two dashes (or are -h). Behind `--` alone nothing is. */
function separate(args: readonly string[], withValue: readonly string[]): [flags: string[], words: string[]] {
  const flags: string[] = [];
  const words: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? "";
    if (arg === "--") {
      words.push(...args.slice(i + 1));
      break;
    }
    if (arg === "-h") {
      flags.push("--help");
    } else if (!arg.startsWith("--")) {
      words.push(arg);
    } else if (withValue.includes(arg.slice(2))) {
      const value = args[++i];
      if (value === undefined || value.startsWith("--")) throw new UserError(`${arg} needs a value`);
      flags.push(`${arg}=${value}`);
    } else {
      flags.push(arg);
    }
  }
  return [flags, words];
}
