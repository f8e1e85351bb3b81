/** From a configuration to a server that can be started: its log, its places, itself. */
import { type ProcessLog, setupLog } from "../log/setup.ts";
import { EmbeddedProvider } from "../places/embedded.ts";
import { PlacesFinder } from "../places/finder.ts";
import { PlacesFileError, readPlacesFile } from "../places/place_file.ts";
import type { PlaceTable } from "../places/place_index.ts";
import type { PlacesProvider } from "../places/provider.ts";
import { makeProvider, PlacesChoiceError } from "../places/select.ts";
import { type Address, AddressInUseError, type Runtime } from "../runtime/runtime.ts";
import { Server, type ServerShare } from "../server/server.ts";
import { VERSION } from "../version.ts";
import type { ServeConfig } from "./config.ts";
import { UserError } from "./user_error.ts";
import { readUserFile } from "./user_file.ts";

/** A server, not yet listening, and its log. */
export interface OpenServer {
  readonly server: Server;
  readonly log: ProcessLog;
  readonly config: ServeConfig;
  readonly placesName: string;
}

/**
 * @param label the name of the log file, and who speaks on the console.
 * @param share of a server that several threads are.
 * @throws {UserError} for what a user can get wrong.
 */
export async function openServer(
  runtime: Runtime,
  config: ServeConfig,
  label: string = config.place.name,
  share?: ServerShare,
): Promise<OpenServer> {
  const provider = await chooseProvider(runtime, config);
  const log = openLog(runtime, config, label);
  return {
    server: makeServer(runtime, config, provider, log, share),
    log,
    config,
    placesName: provider.name,
  };
}

/**
 * Listens, and says so in the log.
 * @param before what must be done first.
 * @throws {UserError} when it cannot.
 */
export async function listen(
  runtime: Runtime,
  { server, log, config, placesName }: OpenServer,
  before?: () => Promise<void>,
): Promise<Address> {
  const { name, host, port } = config.place;
  try {
    await before?.();
    const address = await server.start();
    log.event("info", "", "!", `started: herd ${VERSION} on ${runtime.name}, places: ${placesName}`);
    return address;
  } catch (error) {
    if (error instanceof AddressInUseError) {
      throw new UserError(
        `${host}:${port}, where ${name} listens, is in use already: stop what listens there, or change the port in the topology`,
      );
    }
    throw new UserError(
      `${name} cannot listen on ${host}:${port} (${describe(error)}): change it in the topology`,
    );
  }
}

/** Stops the server in good order, says what it counted, and ends the log. */
export async function stopServer({ server, log }: OpenServer): Promise<void> {
  log.event("info", "", "!", "stopping");
  await server.stop();
  log.event("info", "", "!", `counters ${JSON.stringify({ ...server.counters, ...server.herd.counters })}`);
  log.event("info", "", "!", "stopped");
  await log.close();
}

function makeServer(
  runtime: Runtime,
  config: ServeConfig,
  provider: PlacesProvider,
  log: ProcessLog,
  share: ServerShare | undefined,
): Server {
  const { topology, place, secrets, limits } = config;
  const places = new PlacesFinder(provider, limits, runtime.clock, {
    breaker: { failures: limits.breakerFailures, restMs: limits.breakerMs },
    onUnexpected: (error) => log.event("error", "", "!", `a search for places failed: ${describe(error)}`),
  });
  return new Server({
    runtime,
    limits,
    log,
    topology,
    place,
    secrets,
    tls: config.tls?.files,
    places,
    ...(share === undefined ? {} : { share }),
  });
}

function openLog(runtime: Runtime, config: ServeConfig, label: string): ProcessLog {
  const { logDir, logLevel, limits } = config;
  try {
    const log = setupLog(runtime.clock, runtime.files, {
      server: label,
      dir: logDir,
      level: logLevel,
      limits,
    });
    const hidden = [config.placesKey ?? "", ...config.secrets].filter((text) => text !== "");
    return {
      ...log,
      // No key or secret ever stands in the log, whatever an error's message quotes.
      event: (level, peer, sign, text) =>
        log.event(level, peer, sign, hidden.reduce((clean, key) => clean.replaceAll(key, "***"), text)),
    };
  } catch (error) {
    throw new UserError(
      `--log-dir ${logDir}: the log file cannot be opened (${describe(error)}); none means no file`,
    );
  }
}

async function chooseProvider(runtime: Runtime, config: ServeConfig): Promise<PlacesProvider> {
  const { places: name, placesKey: key, placesUrl: baseUrl, placesFile } = config;
  const table = placesFile === undefined ? undefined : await loadPlaces(runtime, placesFile);
  try {
    return makeProvider({ name: name ?? (table === undefined ? undefined : "embedded"), key, baseUrl }, {
      fetch: (url, init) => runtime.network.fetch(url, init),
      clock: runtime.clock,
      limits: config.limits,
      embedded: () => new EmbeddedProvider(table),
    });
  } catch (error) {
    throw error instanceof PlacesChoiceError ? new UserError(error.message) : error;
  }
}

async function loadPlaces(runtime: Runtime, path: string): Promise<PlaceTable> {
  const bytes = await readUserFile(path, "places", () => runtime.files.readBytes(path));
  try {
    const { places, skipped, firstSkipped } = readPlacesFile(bytes, path);
    if (firstSkipped !== undefined) {
      const { line, reason } = firstSkipped;
      runtime.process.printError(
        `herd: ${path}: ${skipped} rows are left out; the first, line ${line}: ${reason}\n`,
      );
    }
    return places;
  } catch (error) {
    throw error instanceof PlacesFileError ? new UserError(error.message) : error;
  }
}

export function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
