/** Where the HTTP doors of the herd are. */
import { parseUsers, type User, UsersError } from "../gateway/users_file.ts";
import { isLoopbackHost } from "../herd/address.ts";
import type { ServerPlace, Topology } from "../herd/topology.ts";
import { addressText } from "../runtime/url.ts";
import type { Address, Files } from "../runtime/runtime.ts";
import { UserError } from "./user_error.ts";
import { readUserFile } from "./user_file.ts";

export interface HttpConfig {
  /** This server's own; undefined for none. */
  readonly own: Address | undefined;
  /** All that are known, by the names of their servers. */
  readonly doors: ReadonlyMap<string, Address>;
  /** Who may do what; undefined where everybody may. */
  readonly users: UsersFile | undefined;
}

/** A users file, as it was read. */
export interface UsersFile {
  readonly path: string;
  readonly text: string;
  readonly users: readonly User[];
}

export const MAX_PORT = 65_535;

/**
 * @param flags `http` and `users` of them.
 * @param setting the users file of the topology's settings.
 * @throws {UserError} also for a door to which others can come where nobody says who may do what.
 */
export async function readHttp(
  flags: Readonly<Record<string, string>>,
  setting: string | undefined,
  topology: Topology,
  place: ServerPlace,
  files: Files,
): Promise<HttpConfig> {
  const doors = readDoors(flags["http"], topology, place);
  checkFree(doors, flags["http"], topology);
  const own = doors.get(place.name);
  const given = flags["users"] ?? setting;
  const usersFile = given === "none" ? undefined : given;
  if (flags["users"] !== undefined && usersFile !== undefined && doors.size === 0) {
    throw new UserError(`--users ${usersFile} says who may do what at an HTTP door: give it --http too`);
  }
  const users = usersFile === undefined ? undefined : await readUsers(usersFile, files);
  if (own !== undefined && users === undefined && !isLoopbackHost(own.host)) {
    throw new UserError(
      `the HTTP door of ${place.name} is on ${
        addressText(own)
      }, where others reach it: say with --users FILE who may do what (herd users --help), or bind it to 127.0.0.1`,
    );
  }
  return { own, doors, users };
}

/** @throws {UserError} for a file that is missing, wrong or empty, with the place of every mistake in it. */
export async function readUsers(path: string, files: Files): Promise<UsersFile> {
  const text = await readUsersText(path, files);
  const users = parseUsersOf(path, text);
  if (users.length > 0) return { path, text, users };
  throw new UserError(`${path}: there is no user in it (herd users add ${path} NAME)`);
}

/** @throws {UserError} for a file that cannot be read. */
export function readUsersText(path: string, files: Pick<Files, "readText">): Promise<string> {
  return readUserFile(path, "users", () => files.readText(path));
}

/** Reads the text of the users file at `path`. @throws {UserError} */
export function parseUsersOf(path: string, text: string): readonly User[] {
  try {
    return parseUsers(text);
  } catch (error) {
    if (!(error instanceof UsersError)) throw error;
    throw new UserError(...error.problems.map((problem) => `${path}: ${problem}`));
  }
}

/**
 * @param flag `HOST:PORT`, a port on the server's own host, `none`, or `+N`: every server's port plus N.
 * @throws {UserError}
 */
export function readDoors(
  flag: string | undefined,
  topology: Topology,
  place: ServerPlace,
): ReadonlyMap<string, Address> {
  const doors = new Map<string, Address>();
  const offset = flag !== undefined && /^\+\d{1,5}$/.test(flag) ? Number(flag) : undefined;
  for (const { name, host, port, http, classic } of topology.servers) {
    if (classic === true) continue;
    if (offset !== undefined) doors.set(name, { host, port: checkPort(port + offset, flag ?? "") });
    else if (http !== undefined) doors.set(name, { host, port: http });
  }
  if (flag === "none") doors.delete(place.name);
  else if (flag !== undefined && offset === undefined) doors.set(place.name, readAddress(flag, place));
  return doors;
}

/** @throws {UserError} for a door where another one is, or where a server listens. */
function checkFree(doors: ReadonlyMap<string, Address>, flag: string | undefined, topology: Topology): void {
  // Of what stands in the topology it has been checked.
  if (flag === undefined) return;
  const taken = new Map(topology.servers.map((place) => [addressText(place), place.name]));
  for (const [name, door] of doors) {
    const where = addressText(door);
    const other = taken.get(where);
    if (other !== undefined && door.port !== 0) {
      const what = `the HTTP door of ${name} would be on ${where}`;
      throw new UserError(`--http ${flag}: ${what}, where ${other} listens: give another port`);
    }
    taken.set(where, name);
  }
}

function readAddress(flag: string, place: ServerPlace): Address {
  const [, host, ipv6, port] = /^(?:([^:[\]]+)?:|\[([^\]]+)\]:)?(\d{1,5})$/.exec(flag) ?? [];
  if (port === undefined) {
    throw new UserError(
      `--http ${JSON.stringify(flag)}: write HOST:PORT (127.0.0.1:8080, [::1]:8080), a port, +N or none`,
    );
  }
  return { host: host ?? ipv6 ?? place.host, port: checkPort(Number(port), flag) };
}

function checkPort(port: number, flag: string): number {
  if (port <= MAX_PORT) return port;
  throw new UserError(`--http ${flag}: there is no port ${port}; they end at ${MAX_PORT}`);
}
