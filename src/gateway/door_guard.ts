/** Who may do what at a door, by the users file and by where the door is. */
import { isLoopbackHost } from "../herd/address.ts";
import type { ServerLog } from "../log/server_log.ts";
import { addressText } from "../runtime/url.ts";
import type { Address, Clock, Hmac } from "../runtime/runtime.ts";
import { type Credentials, readCredentials } from "./credentials.ts";
import type { Access, Guard, Identity } from "./guard.ts";
import { findHazard, isForwarded } from "./hazards.ts";
import { Passwords, type PasswordTools } from "./passwords.ts";
import { checkPeer } from "./peer_proof.ts";
import { Problem } from "./problem.ts";
import type { Right, User } from "./users_file.ts";

export interface DoorGuardOptions extends PasswordTools {
  /** Where the door was told to be. */
  readonly door: Address;
  /** At first. Undefined without a users file, for good; then the door must be on a loopback address. */
  readonly users: readonly User[] | undefined;
  readonly secrets: readonly string[];
  readonly hmac: Hmac;
  readonly clock: Clock;
  readonly log: ServerLog;
}

const ANYONE: Identity = { kind: "anyone" };

export class DoorGuard implements Guard {
  readonly #options: DoorGuardOptions;
  readonly #isLoopback: boolean;
  readonly #onChange: (() => void)[] = [];
  #users: ReadonlyMap<string, User> | undefined;
  #passwords: Passwords;

  constructor(options: DoorGuardOptions) {
    const { door, users } = options;
    this.#options = options;
    this.#isLoopback = isLoopbackHost(door.host);
    if (users === undefined && !this.#isLoopback) throw new Error("a door for everybody has no users file");
    this.#users = users && byName(users);
    this.#passwords = new Passwords(users ?? [], options);
  }

  /** From now on `users` and nobody else may do what they may. */
  replaceUsers(users: readonly User[]): void {
    this.#users = byName(users);
    this.#passwords = new Passwords(users, this.#options);
    for (const fn of this.#onChange) fn();
  }

  onChange(fn: () => void): void {
    this.#onChange.push(fn);
  }

  admit(request: Request): void {
    const hazard = findHazard(request, this.#isLoopback ? this.#options.door.host : undefined);
    if (hazard !== undefined) throw hazard;
  }

  async identify(request: Request, remote: Address, access: Access): Promise<Identity | undefined> {
    const isHere = this.#isLoopback && !isForwarded(request);
    if (this.#users === undefined && isHere) return ANYONE;
    const credentials = readCredentials(request);
    if (credentials.kind === "none" && access === "read" && isHere) return ANYONE;
    const who = await this.#proveNow(credentials);
    if (who === undefined && this.#users === undefined) {
      throw new Problem(
        403,
        "Not for you",
        "it came through a proxy, and who may do what is not said here: the server needs --users",
      );
    }
    if (who === undefined && credentials.kind !== "none") {
      const peer = `http:${addressText(remote)}`;
      this.#options.log.event("debug", peer, "!", "refused: no such user, password, token or proof");
    }
    // Who may not read by name reads here as everybody does.
    return who !== undefined && access === "read" && isHere && !this.mayRead(who) ? ANYONE : who;
  }

  mayRead(who: Identity): boolean {
    return who.kind !== "user" || this.#has(who.name, "read");
  }

  mayWrite(who: Identity, id: string): boolean {
    switch (who.kind) {
      case "anyone":
        return this.#users === undefined;
      case "server":
        return false;
      case "user":
        return this.#has(who.name, "write") && covers(who.name, id);
    }
  }

  isFriend(who: Identity, id: string): boolean {
    if (this.mayRead(who)) return true;
    if (who.kind !== "user") return false;
    const friends = this.#users?.get(who.name)?.friends ?? [];
    return covers(who.name, id) || friends.some((friend) => covers(friend, id));
  }

  /** A password takes its time: whoever was looked up in what has changed meanwhile is so once more. */
  async #proveNow(credentials: Credentials): Promise<Identity | undefined> {
    for (;;) {
      const passwords = this.#passwords;
      const who = await this.#prove(credentials);
      if (passwords === this.#passwords) return who;
    }
  }

  async #prove(credentials: Credentials): Promise<Identity | undefined> {
    const { hmac, secrets, clock } = this.#options;
    switch (credentials.kind) {
      case "none":
      case "unreadable":
        return undefined;
      case "proof": {
        const name = await checkPeer(hmac, secrets, credentials.proof, clock.now().seconds);
        return name === undefined ? undefined : { kind: "server", name };
      }
      case "token":
        return asIdentity(await this.#passwords.ofToken(credentials.token));
      case "password":
        return asIdentity(await this.#passwords.ofName(credentials.name, credentials.password));
    }
  }

  #has(name: string, right: Right): boolean {
    return this.#users?.get(name)?.rights.includes(right) ?? false;
  }
}

function byName(users: readonly User[]): ReadonlyMap<string, User> {
  return new Map(users.map((user) => [user.name, user]));
}

function asIdentity(user: User | undefined): Identity | undefined {
  return user === undefined ? undefined : { kind: "user", name: user.name };
}

/** Whether the client `id` is `name` itself, or one of its devices. */
function covers(name: string, id: string): boolean {
  return id === name || id.startsWith(`${name}/`);
}
