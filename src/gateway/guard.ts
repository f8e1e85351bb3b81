/** Who may do what. */
import type { Address } from "../runtime/runtime.ts";

/**
 * Whoever asks: anyone, where nobody has to say who they are; a user of the users file; or another server of the herd,
 * which may read.
 */
export type Identity =
  | { readonly kind: "anyone" }
  | { readonly kind: "user"; readonly name: string }
  | { readonly kind: "server"; readonly name: string };

/** What a request is for. */
export type Access = "read" | "write";

export interface Guard {
  /**
   * Lets `request` in as far as that does not depend on who sent it, and where to.
   * @throws {Problem} for one that nobody may send, such as one that another site's page makes a browser send.
   */
  admit(request: Request): void;
  /**
   * Who sent `request`; undefined for whoever did not say, and has to, or could not prove it.
   * @throws {Problem} for a request that may not be made here, whatever is proved; and when it is too much to check now.
   */
  identify(request: Request, remote: Address, access: Access): Promise<Identity | undefined>;
  mayRead(who: Identity): boolean;
  /** Whether they may tell where the client `id` is. */
  mayWrite(who: Identity, id: string): boolean;
  /** Whether a device of `who` is told where the client `id` is, as a friend. */
  isFriend(who: Identity, id: string): boolean;
  /** Calls `fn` each time that who may do what has changed: who was let in before may not be any more. */
  onChange(fn: () => void): void;
}
