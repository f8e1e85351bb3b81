/** From a configuration to a server that can be started: its log, its places, itself. */
import { LimitHits } from "../limit_hits.ts";
import type { LinkCounters } from "../herd/link.ts";
import { errorText } from "../log/error_text.ts";
import { type ProcessLog, setupLog } from "../log/setup.ts";
import { EmbeddedProvider } from "../places/embedded.ts";
import { type FinderCounters, PlacesFinder } from "../places/finder.ts";
import { PlacesFileError, readPlacesFile } from "../places/place_file.ts";
import type { PlaceTable } from "../places/place_index.ts";
import type { PlacesProvider } from "../places/provider.ts";
import { makeProvider, PlacesChoiceError } from "../places/select.ts";
import { type Address, AddressInUseError, type Runtime } from "../runtime/runtime.ts";
import type { SessionCounters } from "../server/context.ts";
import { Server, type ServerShare } from "../server/server.ts";
import { VERSION } from "../version.ts";
import { readUserFile, type ServeConfig } from "./config.ts";
import { UserError } from "./user_error.ts";

/** All that a server counts. */
export interface ServerCounters extends SessionCounters, LinkCounters {
  readonly places: FinderCounters;
  /** How often each bound was hit; those that were not are left out. */
  readonly limitsHit: LimitHits["nonZero"];
  readonly logBytesLost: number;
}

/** A server, not yet listening, and its log. */
export interface OpenServer {
  readonly server: Server;
  readonly log: ProcessLog;
  readonly config: ServeConfig;
  readonly placesName: string;
  /** What it has counted so far. */
  counters(): ServerCounters;
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
  const limitHits = new LimitHits();
  const provider = await chooseProvider(runtime, config, limitHits);
  const log = openLog(runtime, config, label, limitHits);
  limitHits.onFirst((limit, consequence) =>
    log.event(
      "info",
      "",
      "!",
      `limit ${limit}=${config.limits[limit]} was hit: ${consequence}; further times are counted`,
    )
  );
  const places = makeFinder(runtime, config, provider, log, limitHits);
  const server = makeServer(runtime, config, places, log, limitHits, share);
  return {
    server,
    log,
    config,
    placesName: provider.name,
    counters: () => ({
      ...server.counters,
      ...server.herd.counters,
      places: places.counters,
      limitsHit: limitHits.nonZero,
      logBytesLost: log.lostBytes,
    }),
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
export async function stopServer({ server, log, counters }: OpenServer): Promise<void> {
  log.event("info", "", "!", "stopping");
  await server.stop();
  log.event("info", "", "!", `counters ${JSON.stringify(counters())}`);
  log.event("info", "", "!", "stopped");
  await log.close();
}

function makeFinder(
  runtime: Runtime,
  { limits }: ServeConfig,
  provider: PlacesProvider,
  log: ProcessLog,
  limitHits: LimitHits,
): PlacesFinder {
  return new PlacesFinder(provider, limits, runtime.clock, {
    breaker: { failures: limits.breakerFailures, restMs: limits.breakerMs },
    onUnexpected: (error) =>
      log.event("error", "", "!", `a fault of herd's own in a search for places: ${errorText(error)}`),
    limitHits,
  });
}

function makeServer(
  runtime: Runtime,
  config: ServeConfig,
  places: PlacesFinder,
  log: ProcessLog,
  limitHits: LimitHits,
  share: ServerShare | undefined,
): Server {
  const { topology, place, secrets, limits } = config;
  return new Server({
    runtime,
    limits,
    log,
    topology,
    place,
    secrets,
    places,
    limitHits,
    ...(share === undefined ? {} : { share }),
  });
}

function openLog(runtime: Runtime, config: ServeConfig, label: string, limitHits: LimitHits): ProcessLog {
  const { logDir, logLevel, limits } = config;
  try {
    const log = setupLog(runtime.clock, runtime.files, {
      server: label,
      dir: logDir,
      level: logLevel,
      limits,
      limitHits,
    });
    const hidden = [config.placesKey ?? "", ...config.secrets].filter((text) => text !== "");
    return {
      ...log,
      get lostBytes() {
        return log.lostBytes;
      },
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

async function chooseProvider(
  runtime: Runtime,
  config: ServeConfig,
  limitHits: LimitHits,
): Promise<PlacesProvider> {
  const { places: name, placesKey: key, placesUrl: baseUrl, placesFile } = config;
  const table = placesFile === undefined ? undefined : await loadPlaces(runtime, placesFile);
  try {
    return makeProvider({ name: name ?? (table === undefined ? undefined : "embedded"), key, baseUrl }, {
      fetch: (url, init) => runtime.network.fetch(url, init),
      clock: runtime.clock,
      limits: config.limits,
      limitHits,
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
