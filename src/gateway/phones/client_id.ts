/** From the name that someone gave a device to the ID of a client. */
import type { Identity } from "../guard.ts";

/** White space parts the fields of a line, and control characters make logs hard to read. */
// deno-lint-ignore no-control-regex
const NOT_ON_THE_WIRE = /[\u0000-\u0020\u007f-\u009f]/g;

/**
 * `name` as the ID of a client: white space and control characters are percent-encoded (`my phone` is `my%20phone`),
 * all else stays as it is. Undefined for an empty name.
 */
export function clientId(name: string | undefined): string | undefined {
  if (name === undefined || name === "") return undefined;
  return name.toWellFormed().replaceAll(NOT_ON_THE_WIRE, encodeURIComponent);
}

/** The ID `user/device`. A slash within either is encoded, so that no name can pass for another's. */
export function deviceId(user: string | undefined, device: string | undefined): string | undefined {
  const parts = [clientId(user), clientId(device)].map((part) => part?.replaceAll("/", "%2F"));
  return parts.includes(undefined) ? undefined : parts.join("/");
}

/**
 * The ID of a device that nobody gave a name, but that has a number of its own, perhaps: one that `who` may tell of,
 * where that is a user. Undefined where there is neither.
 */
export function ownId(who: Identity, number: string | undefined): string | undefined {
  if (who.kind !== "user") return clientId(number);
  return deviceId(who.name, number) ?? who.name;
}
