/** Who may do what. */
import type { Address } from "../runtime/runtime.ts";

/** Whoever asks: anyone, where nobody has to say who they are, or a user of the users file. */
export type Identity =
  | { readonly kind: "anyone" }
  | { readonly kind: "user"; readonly name: string };

export interface Guard {
  /**
   * Who sent `request`; undefined for whoever did not say, or could not prove it.
   * @throws {Problem} for a request that nobody may make, whoever they are.
   */
  identify(request: Request, remote: Address): Promise<Identity | undefined>;
  mayRead(who: Identity): boolean;
  /** Whether they may tell where the client `id` is. */
  mayWrite(who: Identity, id: string): boolean;
  /** Whether a device of `who` is told where the client `id` is, as a friend. */
  isFriend(who: Identity, id: string): boolean;
}

/** For a door on a loopback address: whoever is there may do all. */
export const OPEN_GUARD: Guard = {
  identify: () => Promise.resolve({ kind: "anyone" }),
  mayRead: () => true,
  mayWrite: () => true,
  isFriend: () => true,
};
