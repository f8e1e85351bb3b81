/** `serve`: runs one server until it is told to stop. */
import { setupLog } from "../log/setup.ts";
import type { ProcessLog } from "../log/setup.ts";
import { EmbeddedProvider } from "../places/embedded.ts";
import { PlacesFinder } from "../places/finder.ts";
import { PlacesFileError, readPlacesFile } from "../places/place_file.ts";
import type { PlaceTable } from "../places/place_index.ts";
import type { PlacesProvider } from "../places/provider.ts";
import { makeProvider, PlacesChoiceError } from "../places/select.ts";
import { AddressInUseError, type Runtime } from "../runtime/runtime.ts";
import { Server } from "../server/server.ts";
import { VERSION } from "../version.ts";
import { readServeConfig, readUserFile, SERVE_FLAGS, type ServeConfig } from "./config.ts";
import { readFlags } from "./flags.ts";
import { SERVE_HELP } from "./help.ts";
import { UserError } from "./user_error.ts";

/** Runs `serve` with `args`. @returns the exit code. @throws {UserError} before it listens. */
export async function serve(runtime: Runtime, args: readonly string[]): Promise<number> {
  const flags = readFlags(args, SERVE_FLAGS);
  if (flags.help) return runtime.process.print(SERVE_HELP), 0;
  const config = await readServeConfig(flags, runtime.files, runtime.process);
  const provider = await chooseProvider(runtime, config);
  const log = openLog(runtime, config);
  const server = makeServer(runtime, config, provider, log);
  const address = await listen(server, config);
  runtime.process.print(`${config.place.name} listens on ${address.host}:${address.port}\n`);
  log.event("info", "", "!", `started: herd ${VERSION} on ${runtime.name}, places: ${provider.name}`);
  return await untilStopped(runtime, server, log);
}

function makeServer(
  runtime: Runtime,
  config: ServeConfig,
  provider: PlacesProvider,
  log: ProcessLog,
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
    places,
  });
}

async function listen(server: Server, config: ServeConfig) {
  const { name, host, port } = config.place;
  try {
    return await server.start();
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

function openLog(runtime: Runtime, config: ServeConfig): ProcessLog {
  const { place, logDir, logLevel, limits } = config;
  try {
    const log = setupLog(runtime.clock, runtime.files, {
      server: place.name,
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

/** Resolves with the exit code once the server has been told to stop and has. */
function untilStopped(runtime: Runtime, server: Server, log: ProcessLog): Promise<number> {
  return new Promise((resolve) => {
    let stopping = false;
    let failed = false;
    runtime.process.onStopSignal(() => {
      if (stopping) return resolve(1);
      stopping = true;
      log.event("info", "", "!", "stopping");
      server.stop().then(() => {
        log.event(
          "info",
          "",
          "!",
          `counters ${JSON.stringify({ ...server.counters, ...server.herd.counters })}`,
        );
        log.event("info", "", "!", "stopped");
        return log.close();
      }).then(() => resolve(0));
    });
    runtime.process.onUncaught((error) => {
      // Telling of an error must not be able to bring up the next one, for ever.
      if (failed) return;
      failed = true;
      log.event("error", "", "!", `an error that nobody caught: ${describe(error)}`);
      log.close().then(() => resolve(1));
    });
  });
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
