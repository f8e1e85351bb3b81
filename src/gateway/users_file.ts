/**
 * The users file: who may do what at the HTTP door, a user a line.
 *
 *     # name  rights      hash             the clients that its devices are told of
 *     deck    write       sha256:9f86...   friends=van,bike/7
 *     board   read        pbkdf2-sha256:600000:5a1f...:77c0...
 */
import { LEAST_ITERATIONS, MOST_ITERATIONS, parseHash, renderHash, type StoredHash } from "./hashes.ts";

export const RIGHTS = ["write", "read"] as const;

/** `write`: to tell of the client of the user's own name, and of `name/...`; `read`: to ask for everything. */
export type Right = typeof RIGHTS[number];

export interface User {
  readonly name: string;
  /** At least one, each once. */
  readonly rights: readonly Right[];
  readonly hash: StoredHash;
  /** Clients; one that is a name has its `name/...` with it. */
  readonly friends: readonly string[];
}

/** What is wrong with a users file. */
export class UsersError extends Error {
  override readonly name = "UsersError";
  /** At least one, each with its line. */
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join("; "));
    this.problems = problems;
  }
}

/** `/` would make it another's device, `:` ends it in HTTP, and white space ends every field. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$/;
const FRIEND = /^[^\s,\p{Cc}]{1,256}$/u;

/** What is wrong with a user's name; undefined where nothing is. */
export function faultOfName(name: string): string | undefined {
  if (NAME.test(name)) return undefined;
  return `${
    JSON.stringify(name)
  } cannot be a user's name: it is 1 to 64 letters and digits of ASCII, and behind the first . _ @ + -`;
}

/** @throws {string} what is wrong. */
export function parseRights(text: string): readonly Right[] {
  const rights = text.split(",").map((word) => {
    const right = RIGHTS.find((known) => known === word);
    if (right === undefined) throw `${JSON.stringify(word)} is no right: write one or both of write,read`;
    return right;
  });
  if (new Set(rights).size < rights.length) throw `a right is given twice in ${JSON.stringify(text)}`;
  return rights;
}

/** @throws {string} what is wrong. */
export function parseFriends(text: string): readonly string[] {
  const friends = text.split(",");
  const wrong = friends.find((friend) => !FRIEND.test(friend));
  if (wrong === undefined) return friends;
  throw `${JSON.stringify(wrong)} cannot be a friend: write clients with commas between, friends=van,bike/7`;
}

/** The user that a line writes. @throws {string} what is wrong with it. */
function parseUser(line: string): User {
  const [name = "", rights, hashText, friends, ...rest] = line.split(/\s+/);
  const fault = faultOfName(name);
  if (fault !== undefined) throw fault;
  if (rights === undefined || hashText === undefined || rest.length > 0) {
    throw "a user is a name, its rights, a hash and perhaps friends=: deck write,read sha256:...";
  }
  const hash = parseHash(hashText);
  if (hash === undefined) {
    // It is not shown: it may be a password.
    throw "the hash is neither sha256:<64 hex digits> nor pbkdf2-sha256:<iterations>:<salt>:<64 hex digits>, " +
      `with ${LEAST_ITERATIONS} to ${MOST_ITERATIONS} iterations, and a salt of 16 to 128 hex digits`;
  }
  if (friends !== undefined && !friends.startsWith("friends=")) {
    throw "behind the hash only friends=... can stand";
  }
  return {
    name,
    rights: parseRights(rights),
    hash,
    friends: friends === undefined ? [] : parseFriends(friends.slice("friends=".length)),
  };
}

export function renderUser({ name, rights, hash, friends }: User): string {
  const last = friends.length === 0 ? "" : ` friends=${friends.join(",")}`;
  return `${name} ${rights.join(",")} ${renderHash(hash)}${last}`;
}

/** The text of `line` without what says nothing; undefined where that is all of it. */
function contentOf(line: string): string | undefined {
  const text = line.trim();
  return text === "" || text.startsWith("#") ? undefined : text;
}

/**
 * Reads a users file, which may have none.
 * @throws {UsersError} with all that is wrong in it.
 */
export function parseUsers(text: string): readonly User[] {
  const users: User[] = [];
  const lineOfName = new Map<string, number>();
  const nameOfDigest = new Map<string, string>();
  const problems: string[] = [];
  for (const [i, line] of text.split("\n").entries()) {
    const content = contentOf(line);
    if (content === undefined) continue;
    try {
      const user = parseUser(content);
      const before = lineOfName.get(user.name);
      if (before !== undefined) throw `${user.name} stands in line ${before} already`;
      lineOfName.set(user.name, i + 1);
      // A token alone says who sends it.
      const other = nameOfDigest.get(user.hash.digest);
      if (other !== undefined) throw `${user.name} has the same hash as ${other}: give each its own password`;
      nameOfDigest.set(user.hash.digest, user.name);
      users.push(user);
    } catch (fault) {
      if (typeof fault !== "string") throw fault;
      problems.push(`line ${i + 1}: ${fault}`);
    }
  }
  if (problems.length > 0) throw new UsersError(problems);
  return users;
}

const HEAD =
  `# Who may do what at the HTTP door of herd: name, rights, hash, perhaps friends=. See: herd users --help
`;

/** The text of a users file with one user more. @param text undefined where there is no file yet. */
export function withUser(text: string | undefined, user: User): string {
  const before = text === undefined || text === "" ? HEAD : text;
  return `${before}${before.endsWith("\n") ? "" : "\n"}${renderUser(user)}\n`;
}

/** The text of a users file without the user `name`, whoever and whatever else stands in it. */
export function withoutUser(text: string, name: string): string {
  return text.split("\n").filter((line) => contentOf(line)?.split(/\s+/)[0] !== name).join("\n");
}
