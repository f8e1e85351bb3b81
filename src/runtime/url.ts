/** Addresses as people and programs write them. */
import type { Address } from "./runtime.ts";

/** Host and port: `127.0.0.1:12000`, `[::1]:12000`. */
export function addressText({ host, port }: Address): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** The URL of an HTTP server, without a path. */
export function urlOf(address: Address, isTls: boolean): string {
  return `${isTls ? "https" : "http"}://${addressText(address)}`;
}
