import type { Address } from "./runtime.ts";

/** The URL of an HTTP server, without a path. */
export function urlOf({ host, port }: Address, isTls: boolean): string {
  return `${isTls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
