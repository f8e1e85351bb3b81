/** From a configuration to a server that can be started: its log, its places, itself. */
import { LimitHits } from "../limit_hits.ts";
import { errorMessage, errorText } from "../log/error_text.ts";
import type { Recovered } from "../journal/recovery.ts";
import { MAX_WORKERS } from "../herd/topology.ts";
import { type ProcessLog, setupLog } from "../log/setup.ts";
import { EmbeddedProvider } from "../places/embedded.ts";
import { PlacesFinder } from "../places/finder.ts";
import { readPlacesFile } from "../places/place_file.ts";
import { PlacesFileError } from "../places/place_rows.ts";
import type { PlaceTable } from "../places/place_index.ts";
import type { PlacesProvider } from "../places/provider.ts";
import { makeProvider, PlacesChoiceError } from "../places/select.ts";
import { addressText } from "../runtime/url.ts";
import { type Address, AddressInUseError, type Runtime } from "../runtime/runtime.ts";
import type { ServerCounters } from "../server/counters.ts";
import { Measures } from "../server/measures.ts";
import { JournalError, type JournalPlace } from "../server/journal_keeper.ts";
import { Server, type ServerShare } from "../server/server.ts";
import { VERSION } from "../version.ts";
import { showRecovery } from "./progress.ts";
import type { ServeConfig } from "./config.ts";
import { UserError } from "./user_error.ts";
import { readUserFile } from "./user_file.ts";

/** A server, not yet listening, and its log. */
export interface OpenServer {
  readonly server: Server;
  readonly log: ProcessLog;
  readonly config: ServeConfig;
  readonly placesName: string;
  readonly limitHits: LimitHits;
  /** What is measured for its HTTP door, if it has one. */
  readonly measures: Measures | undefined;
  /** What it has counted so far. */
  counters(): ServerCounters;
}

/**
 * @param thread its number, where several threads are one server.
 * @param share of a server that several threads are.
 * @throws {UserError} for what a user can get wrong.
 */
export async function openServer(
  runtime: Runtime,
  config: ServeConfig,
  thread: number = 1,
  share?: ServerShare,
): Promise<OpenServer> {
  const limitHits = new LimitHits();
  const provider = await chooseProvider(runtime, config, limitHits);
  const log = openLog(
    runtime,
    config,
    thread === 1 ? config.place.name : `${config.place.name}-${thread}`,
    limitHits,
  );
  limitHits.onFirst((limit, consequence) =>
    log.event(
      "info",
      "",
      "!",
      `limit ${limit}=${config.limits[limit]} was hit: ${consequence}; further times are counted`,
    )
  );
  const measures = config.http.own === undefined ? undefined : new Measures(runtime.clock);
  const places = makeFinder(runtime, config, provider, log, limitHits, measures);
  const server = makeServer(runtime, config, places, log, limitHits, thread, share);
  return {
    server,
    log,
    config,
    placesName: provider.name,
    limitHits,
    measures,
    counters: () => ({
      ...server.counters,
      ...server.herd.counters,
      places: places.counters,
      limitsHit: limitHits.nonZero,
      logBytesLost: log.lostBytes,
      ...server.journalCounters,
      ...(measures === undefined ? {} : { measured: measures.counts }),
    }),
  };
}

/** Dials that must come through before somebody is there: one could by chance have connected to itself. */
const KNOCKS = 2;

/**
 * Makes sure that nobody else listens where this server will, also nobody who would share it. It does not listen for
 * that itself: whoever connected then would be turned away.
 * @throws {UserError} when somebody does.
 */
export async function claim({ network, clock }: Runtime, config: ServeConfig): Promise<void> {
  for (let knock = 0; knock < KNOCKS; knock++) {
    const giveUp = new AbortController();
    const timer = clock.after(config.limits.handshakeMs, () => giveUp.abort());
    try {
      (await network.dial(config.place, giveUp.signal)).destroy();
    } catch {
      return;
    } finally {
      timer.cancel();
    }
  }
  throw startError(new AddressInUseError("somebody answers"), config);
}

/**
 * Takes in what earlier lives have left in the journal, and says what it was.
 * @throws {UserError} when it cannot be read.
 */
export async function recover(runtime: Runtime, { server, log, config }: OpenServer): Promise<void> {
  const startMs = runtime.clock.monotonicMs();
  const progress = showRecovery(runtime, config.place.name);
  try {
    const found = await server.recover(progress.show);
    const ms = Math.round(runtime.clock.monotonicMs() - startMs);
    for (const recovered of found) tellRecovered(log, recovered, ms);
  } catch (error) {
    throw startError(error, config);
  } finally {
    progress.end();
  }
}

function tellRecovered(log: ProcessLog, found: Recovered, ms: number): void {
  const { path, records, wholeBytes, sizeBytes, asidePath, strangers, refused } = found;
  log.event("info", "", "!", `read ${records} reports from ${path} in ${ms} ms`);
  if (wholeBytes < sizeBytes) {
    const where = asidePath === undefined
      ? "its last line was torn"
      : `from there on it is kept in ${asidePath}`;
    log.event("warn", "", "!", `cut ${path} from ${sizeBytes} to ${wholeBytes} bytes: ${where}`);
  }
  if (strangers > 0) {
    log.event("warn", "", "!", `left out ${strangers} reports whose origin is not in the topology`);
  }
  if (refused > 0) {
    log.event("warn", "", "!", `left out ${refused} reports of clients beyond the limit "clients"`);
  }
}

/**
 * Listens, and says so in the log.
 * @throws {UserError} when it cannot.
 */
export async function listen(
  runtime: Runtime,
  { server, log, config, placesName, measures }: OpenServer,
): Promise<Address> {
  try {
    const address = await server.start();
    measures?.start();
    log.event("info", "", "!", `started: herd ${VERSION} on ${runtime.name}, places: ${placesName}`);
    return address;
  } catch (error) {
    throw startError(error, config);
  }
}

function startError(error: unknown, { place }: ServeConfig): UserError {
  const where = addressText(place);
  if (error instanceof AddressInUseError) {
    return new UserError(
      `${where}, where ${place.name} listens, is in use already: stop what listens there, or change the port in the topology`,
    );
  }
  if (error instanceof JournalError) {
    return new UserError(
      `${error.message}: the journal cannot be opened (${
        errorMessage(error.cause)
      }); --data-dir names its folder`,
    );
  }
  return new UserError(
    `${place.name} cannot listen on ${where} (${errorMessage(error)}): change it in the topology`,
  );
}

/**
 * Stops the server in good order, says what it counted, and ends the log.
 * @param others see `Server.stop`.
 */
export async function stopServer(
  { config: { logDir }, server, log, counters, measures }: OpenServer,
  others?: Promise<unknown>,
): Promise<void> {
  log.event("info", "", "!", "stopping");
  await server.stop(others);
  measures?.stop();
  const { measured: _, ...counted } = counters();
  // For programs that read the log file, or the console where there is none; else people get the short of it there.
  log.event(logDir === undefined ? "info" : "debug", "", "!", `counters ${JSON.stringify(counted)}`);
  const { opened, reports, repeated, searches, invalid } = counted;
  const told = `${reports + repeated} locations, ${searches} searches, ${invalid} invalid`;
  log.event("info", "", "!", `stopped, after ${opened} sessions: ${told}`);
  await log.close();
}

function makeFinder(
  runtime: Runtime,
  { limits }: ServeConfig,
  provider: PlacesProvider,
  log: ProcessLog,
  limitHits: LimitHits,
  measures: Measures | undefined,
): PlacesFinder {
  return new PlacesFinder(provider, limits, runtime.clock, {
    onUnexpected: (error) =>
      log.event("error", "", "!", `a fault of herd's own in a search for places: ${errorText(error)}`),
    limitHits,
    ...(measures === undefined ? {} : { onSearched: measures.searched }),
  });
}

function makeServer(
  runtime: Runtime,
  config: ServeConfig,
  places: PlacesFinder,
  log: ProcessLog,
  limitHits: LimitHits,
  thread: number,
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
    tls: config.tls?.files,
    places,
    limitHits,
    journal: journalPlace(config, thread),
    ...(share === undefined ? {} : { share }),
  });
}

/**
 * Each thread has a journal of its own; at the start the first takes in what others have left. No server can have a
 * name with a space, so that no other one's journal is meant.
 */
function journalPlace({ dataDir, fsync, place }: ServeConfig, thread: number): JournalPlace | undefined {
  if (dataDir === undefined) return undefined;
  const nameOf = (number: number) =>
    number === 1 ? `${place.name}.journal` : `${place.name} ${number}.journal`;
  const others = Array.from({ length: MAX_WORKERS - 1 }, (_, i) => nameOf(i + 2));
  return { dir: dataDir, name: nameOf(thread), inherits: thread === 1 ? others : [], fsync };
}

function openLog(runtime: Runtime, config: ServeConfig, label: string, limitHits: LimitHits): ProcessLog {
  const { logDir, logLevel, limits } = config;
  try {
    const log = setupLog(runtime.clock, runtime.files, {
      server: label,
      dir: logDir,
      level: logLevel,
      isColored: runtime.process.terminalSize() !== undefined && !runtime.process.env("NO_COLOR"),
      show: (text) => runtime.process.show(text),
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
      `--log-dir ${logDir}: the log file cannot be opened (${errorMessage(error)}); none means no file`,
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
