/** `users`: changes and shows the users file, which says who may do what at the HTTP door. */
import { drawPassword, hashChosen, hashDrawn, type StoredHash } from "../gateway/hashes.ts";
import {
  faultOfName,
  parseFriends,
  parseRights,
  type User,
  withoutUser,
  withUser,
} from "../gateway/users_file.ts";
import { FIXED_WAITS } from "../limits.ts";
import { errorMessage } from "../log/error_text.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { type Flags, type FlagSpec, readFlags } from "./flags.ts";
import { USERS_HELP } from "./help.ts";
import { parseUsersOf, readUsers } from "./http.ts";
import { UserError } from "./user_error.ts";

const USERS_FLAGS: FlagSpec = { values: ["rights", "friends"], switches: ["password-stdin"] };

const SOON = `servers that use it know within ${FIXED_WAITS.usersFileMs / 1000} s`;

const USAGE = "users add FILE NAME, users list FILE or users remove FILE NAME";

/** Runs `users` with `args`. @returns the exit code. @throws {UserError} */
export async function users(runtime: Runtime, args: readonly string[]): Promise<number> {
  const flags = readFlags(args, USERS_FLAGS);
  if (flags.help) return runtime.process.print(USERS_HELP), 0;
  const [action, file, name, ...rest] = flags.words;
  const isWhole = file !== undefined && rest.length === 0 && (action === "list") === (name === undefined);
  if (!isWhole) throw new UserError(`write ${USAGE}`);
  const given = [...Object.keys(flags.values), ...flags.switches][0];
  if (action !== "add" && given !== undefined) throw new UserError(`--${given} is for users add`);
  switch (action) {
    case "add":
      return await add(runtime, file, name ?? "", flags);
    case "list":
      return await list(runtime, file);
    case "remove":
      return await remove(runtime, file, name ?? "");
    default:
      throw new UserError(`${JSON.stringify(action)} is nothing that can be done with users: write ${USAGE}`);
  }
}

async function add(runtime: Runtime, file: string, name: string, flags: Flags): Promise<number> {
  const { process, crypto, randomBytes } = runtime;
  const fault = faultOfName(name);
  if (fault !== undefined) throw new UserError(fault);
  const rights = asUserError("--rights", () => parseRights(flags.values["rights"] ?? "write"));
  const friendsText = flags.values["friends"];
  const friends = friendsText === undefined ? [] : asUserError("--friends", () => parseFriends(friendsText));
  const isChosen = flags.switches.includes("password-stdin");
  const drawn = isChosen ? undefined : drawPassword(randomBytes);
  const hash: StoredHash = drawn === undefined
    ? await hashChosen(crypto, randomBytes, await readPassword(runtime))
    : await hashDrawn(crypto, drawn);
  await change(runtime, file, (text) => {
    const known = parseUsersOf(file, text ?? "");
    if (known.some((user) => user.name === name)) {
      throw new UserError(`${file} has ${name} already: remove it first (users remove ${file} ${name})`);
    }
    return withUser(text, { name, rights, hash, friends });
  });
  process.printError(`${name} stands in ${file} (${rights.join(",")}); ${SOON}\n`);
  if (drawn !== undefined) {
    process.printError(`the password, shown this once; it is a token too:\n`);
    process.print(`${drawn}\n`);
  }
  return 0;
}

async function list({ files, process }: Runtime, file: string): Promise<number> {
  const { users: known } = await readUsers(file, files);
  const width = Math.max(...known.map(({ name }) => name.length));
  for (const { name, rights, hash, friends } of known) {
    const last = friends.length === 0 ? "" : `  friends=${friends.join(",")}`;
    process.print(`${name.padEnd(width)}  ${rights.join(",").padEnd(10)}  ${KINDS[hash.kind]}${last}\n`);
  }
  return 0;
}

const KINDS: Readonly<Record<StoredHash["kind"], string>> = {
  "sha256": "password or token",
  "pbkdf2-sha256": "chosen password",
};

async function remove(runtime: Runtime, file: string, name: string): Promise<number> {
  await change(runtime, file, (text) => {
    if (text === undefined) throw new UserError(`${file}: there is no such users file`);
    const known: readonly User[] = parseUsersOf(file, text);
    if (!known.some((user) => user.name === name)) {
      throw new UserError(
        `${file} has no ${JSON.stringify(name)}: it has ${known.map((user) => user.name).join(", ")}`,
      );
    }
    return withoutUser(text, name);
  });
  runtime.process.printError(`${name} is out of ${file}; ${SOON}\n`);
  return 0;
}

async function change(
  { files }: Runtime,
  file: string,
  fn: (text: string | undefined) => string,
): Promise<void> {
  try {
    await files.changeText(file, fn);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${file}: the users file cannot be changed (${errorMessage(error)})`);
  }
}

/** In characters. */
const LEAST_PASSWORD = 8;
const MOST_PASSWORD = 256;

/** The first line of standard input. */
async function readPassword({ process }: Runtime): Promise<string> {
  for await (const line of process.inputLines()) {
    const password = line.replace(/\r$/, "");
    if (password.length >= LEAST_PASSWORD && password.length <= MOST_PASSWORD) return password;
    break;
  }
  throw new UserError(
    `--password-stdin: a password is ${LEAST_PASSWORD} to ${MOST_PASSWORD} characters, in one line of standard input`,
  );
}

function asUserError<T>(flag: string, read: () => T): T {
  try {
    return read();
  } catch (fault) {
    if (typeof fault === "string") throw new UserError(`${flag}: ${fault}`);
    throw fault;
  }
}
