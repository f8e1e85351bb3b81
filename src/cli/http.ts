/** Where the HTTP doors of the herd are. */
import type { ServerPlace, Topology } from "../herd/topology.ts";
import type { Address } from "../runtime/runtime.ts";
import { UserError } from "./user_error.ts";

export interface HttpConfig {
  /** This server's own; undefined for none. */
  readonly own: Address | undefined;
  /** All that are known, by the names of their servers. */
  readonly doors: ReadonlyMap<string, Address>;
  /** The file of who may do what. */
  readonly usersFile: string | undefined;
}

export const MAX_PORT = 65_535;

/**
 * @param flag `HOST:PORT`, a port on the server's own host, `none`, or `+N`: every server's port plus N.
 * @throws {UserError}
 */
export function readHttp(
  flag: string | undefined,
  usersFile: string | undefined,
  topology: Topology,
  place: ServerPlace,
): HttpConfig {
  const doors = new Map<string, Address>();
  const offset = flag !== undefined && /^\+\d{1,5}$/.test(flag) ? Number(flag) : undefined;
  for (const { name, host, port, http, classic } of topology.servers) {
    if (classic === true) continue;
    if (offset !== undefined) doors.set(name, { host, port: checkPort(port + offset, flag ?? "") });
    else if (http !== undefined) doors.set(name, { host, port: http });
  }
  if (flag === "none") doors.delete(place.name);
  else if (flag !== undefined && offset === undefined) doors.set(place.name, readAddress(flag, place));
  return { own: doors.get(place.name), doors, usersFile: usersFile === "none" ? undefined : usersFile };
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
