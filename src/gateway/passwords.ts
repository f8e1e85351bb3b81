/**
 * Whose password it is. Phones send theirs with each request, so one that was right is known again at little cost; a
 * wrong one costs whoever guesses, and a bounded number at a time is looked at.
 */
import { toHex } from "../herd/handshake.ts";
import type { LimitHits } from "../limit_hits.ts";
import type { Limits } from "../limits.ts";
import type { PasswordCrypto } from "../runtime/runtime.ts";
import { toBytes } from "../wire/bytes.ts";
import { areSame, pbkdf2, sha256 } from "./hashes.ts";
import { Problem } from "./problem.ts";
import type { User } from "./users_file.ts";

export interface PasswordTools {
  readonly crypto: PasswordCrypto;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly limits: Pick<Limits, "passwordChecks">;
  readonly limitHits: LimitHits;
}

/** For the work that is done for nobody. */
const NO_SALT = "00".repeat(16);
const KEY_BYTES = 32;

export class Passwords {
  readonly #tools: PasswordTools;
  readonly #byName: ReadonlyMap<string, User>;
  /** Of drawn passwords, by their hash. */
  readonly #byDigest: ReadonlyMap<string, User>;
  /** The most iterations that any user's password takes: so long takes a guess at every name. */
  readonly #iterations: number;
  /** Of this life of the server. Credentials are remembered as what it makes of them. */
  readonly #key: Promise<CryptoKey>;
  /** What was right, by the name of its user. */
  readonly #right = new Map<string, string>();
  /** Checks under way, by what is checked: who sends it twice waits for the same. */
  readonly #underWay = new Map<string, Promise<User | undefined>>();

  constructor(users: readonly User[], tools: PasswordTools) {
    this.#tools = tools;
    this.#byName = new Map(users.map((user) => [user.name, user]));
    this.#byDigest = new Map(
      users.filter(({ hash }) => hash.kind === "sha256").map((user) => [user.hash.digest, user]),
    );
    this.#iterations = Math.max(0, ...users.map(iterationsOf));
    const { crypto, randomBytes } = tools;
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    this.#key = crypto.importKey("raw", new Uint8Array(randomBytes(KEY_BYTES)), algorithm, false, ["sign"]);
  }

  /** Whose drawn password `token` is. */
  async ofToken(token: string): Promise<User | undefined> {
    return this.#byDigest.get(await sha256(this.#tools.crypto, token));
  }

  /**
   * The user `name`, if the password is theirs.
   * @throws {Problem} 503, when too many are looked at already.
   */
  async ofName(name: string, password: string): Promise<User | undefined> {
    const user = this.#byName.get(name);
    const digest = await sha256(this.#tools.crypto, password);
    if (user?.hash.kind === "sha256" && areSame(user.hash.digest, digest)) return user;
    if (this.#iterations === 0) return undefined;
    const mark = await this.#markOf(name, password);
    if (user !== undefined && areSame(this.#right.get(name) ?? "", mark)) return user;
    return await (this.#underWay.get(mark) ?? this.#begin(mark, user, password));
  }

  /** Credentials as they are remembered: what tells them apart, and tells nothing of them. */
  async #markOf(name: string, password: string): Promise<string> {
    const said = toBytes(JSON.stringify([name, password]));
    return toHex(new Uint8Array(await this.#tools.crypto.sign("HMAC", await this.#key, said)));
  }

  #begin(mark: string, user: User | undefined, password: string): Promise<User | undefined> {
    const { limits, limitHits } = this.#tools;
    if (this.#underWay.size >= limits.passwordChecks) {
      limitHits.hit("passwordChecks");
      throw new Problem(503, "Not now", "too many passwords are being looked at: try again", {
        "retry-after": "1",
      });
    }
    const check = this.#check(user, password).then((isRight) => {
      if (user === undefined || !isRight) return undefined;
      this.#right.set(user.name, mark);
      return user;
    }).finally(() => this.#underWay.delete(mark));
    this.#underWay.set(mark, check);
    return check;
  }

  /** Whether it is right. A wrong one takes as long at any name, also at one that there is not. */
  async #check(user: User | undefined, password: string): Promise<boolean> {
    const { crypto } = this.#tools;
    if (user?.hash.kind === "pbkdf2-sha256") {
      const { salt, iterations, digest } = user.hash;
      if (areSame(digest, await pbkdf2(crypto, password, salt, iterations))) return true;
    }
    const left = this.#iterations - (user === undefined ? 0 : iterationsOf(user));
    if (left > 0) await pbkdf2(crypto, password, NO_SALT, left);
    return false;
  }
}

function iterationsOf({ hash }: User): number {
  return hash.kind === "sha256" ? 0 : hash.iterations;
}
