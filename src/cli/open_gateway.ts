/** From a configuration to the HTTP door of a server. */
import type { OtherThreads } from "../gateway/context.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { DoorGuard } from "../gateway/door_guard.ts";
import { isLoopbackHost } from "../herd/address.ts";
import { errorMessage } from "../log/error_text.ts";
import { type Address, AddressInUseError, type Runtime } from "../runtime/runtime.ts";
import { addressText, urlOf } from "../runtime/url.ts";
import type { OpenServer } from "./open_server.ts";
import { UserError } from "./user_error.ts";
import { UsersWatch } from "./users_watch.ts";

/**
 * Opens the server's HTTP door, and says where; undefined where it has none.
 * @throws {UserError} when that cannot be done.
 */
export async function openHttp(
  runtime: Runtime,
  opened: OpenServer,
  threads: OtherThreads | undefined,
): Promise<Gateway | undefined> {
  const { config, server, log, limitHits, placesName, counters } = opened;
  const { own } = config.http;
  if (own === undefined) return undefined;
  const doors = new Map(config.http.doors);
  // What a server without it need not load takes as long to load as the rest.
  const { openGateway } = await import("../gateway/gateway.ts");
  const isTls = config.tls !== undefined;
  const guard = await makeGuard(runtime, opened, own);
  const watch = await watchUsers(runtime, opened, guard);
  try {
    const gateway = await openGateway(
      {
        runtime,
        limits: config.limits,
        log,
        limitHits,
        topology: config.topology,
        place: config.place,
        secrets: config.secrets,
        doors,
        isTls,
        placesName,
        server,
        guard,
        counters,
        ...(threads === undefined ? {} : { threads }),
      },
      own,
      config.tls?.files,
    );
    // The real port, where any was asked for.
    doors.set(config.place.name, gateway.address);
    const url = urlOf(gateway.address, isTls);
    log.event("info", "", "!", `the HTTP door is at ${url}`);
    if (!isTls && !isLoopbackHost(own.host)) {
      const what = "passwords and locations can be read on their way";
      log.event("warn", "", "!", `the HTTP door speaks no TLS: ${what}, unless a proxy adds it (--tls-cert)`);
    }
    log.print(`${config.place.name} serves ${url}/`);
    return {
      address: gateway.address,
      close(withinMs) {
        watch?.stop();
        return gateway.close(withinMs);
      },
    };
  } catch (error) {
    watch?.stop();
    const where = addressText(own);
    if (error instanceof AddressInUseError) {
      throw new UserError(
        `${where}, where ${config.place.name} serves HTTP, is in use already: stop what listens there, or give another --http`,
      );
    }
    throw new UserError(
      `${config.place.name} cannot serve HTTP on ${where} (${errorMessage(error)}): give another --http`,
    );
  }
}

/** Where there is a users file. One that is a pipe says nothing any more, which must not be taken for nobody. */
async function watchUsers(
  { files, clock }: Runtime,
  { config: { http: { users: file } }, log }: OpenServer,
  guard: DoorGuard,
): Promise<UsersWatch | undefined> {
  if (file === undefined) return undefined;
  if (await files.isReadOnce(file.path)) {
    log.event("info", "", "!", `${file.path} can be read but once: its users are these until a restart`);
    return undefined;
  }
  return new UsersWatch({ file, files, clock, log, changed: (users) => guard.replaceUsers(users) });
}

async function makeGuard(
  { crypto, hmac, clock, randomBytes }: Runtime,
  { config, log, limitHits }: OpenServer,
  door: Address,
): Promise<DoorGuard> {
  const { DoorGuard } = await import("../gateway/door_guard.ts");
  const { limits, secrets, http: { users } } = config;
  return new DoorGuard({
    door,
    users: users?.users,
    secrets,
    crypto,
    hmac,
    clock,
    randomBytes,
    limits,
    limitHits,
    log,
  });
}
