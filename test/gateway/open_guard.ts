import type { Guard } from "../../src/gateway/guard.ts";

/** Lets everybody do everything. */
export const OPEN_GUARD: Guard = {
  admit() {},
  identify: () => Promise.resolve({ kind: "anyone" }),
  mayRead: () => true,
  mayWrite: () => true,
  isFriend: () => true,
  onChange() {},
};
