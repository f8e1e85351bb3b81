/** What a server runs with: a flag beats the environment, which beats the topology's settings, which beat the defaults. */
import {
  MAX_WORKERS,
  neighborsOf,
  parseTopology,
  type ServerPlace,
  type Topology,
  TopologyError,
} from "../herd/topology.ts";
import { type Fsync, FSYNC_MODES } from "../journal/journal.ts";
import {
  completeLimits,
  faultOfLimit,
  faultOfRelations,
  LIMIT_NAMES,
  type LimitName,
  type Limits,
} from "../limits.ts";
import { CONSOLE_LEVELS } from "../log/setup.ts";
import type { EventLevel } from "../log/server_log.ts";
import { parsePlacesName, PlacesChoiceError, type PlacesName } from "../places/select.ts";
import type { Files, Process } from "../runtime/runtime.ts";
import type { Flags, FlagSpec } from "./flags.ts";
import { type HttpConfig, readHttp } from "./http.ts";
import { readTls, type TlsConfig } from "./tls.ts";
import { UserError } from "./user_error.ts";
import { readUserFile } from "./user_file.ts";

export const SERVE_FLAGS: FlagSpec = {
  values: [
    "topology",
    "places",
    "places-url",
    "places-file",
    "log-dir",
    "log-level",
    "secret-file",
    "tls-cert",
    "tls-key",
    "tls-ca",
    "workers",
    "data-dir",
    "fsync",
    "http",
    "users",
  ],
  repeated: ["limit"],
};

export interface ServeConfig {
  readonly topology: Topology;
  readonly place: ServerPlace;
  readonly places: PlacesName | undefined;
  readonly placesUrl: string | undefined;
  readonly placesFile: string | undefined;
  readonly placesKey: string | undefined;
  /** Undefined for no log file. */
  readonly logDir: string | undefined;
  readonly logLevel: EventLevel;
  readonly secrets: readonly string[];
  /** Undefined for a server that forgets. */
  readonly dataDir: string | undefined;
  readonly fsync: Fsync;
  readonly http: HttpConfig;
  /** Undefined for no TLS. */
  readonly tls: TlsConfig | undefined;
  readonly limits: Limits;
  /** Threads that serve the port. */
  readonly workers: number;
}

/** @throws {UserError} for a file that is missing or wrong, with the place of every mistake in it. */
export async function readTopology(files: Files, path: string): Promise<Topology> {
  const text = await readUserFile(path, "topology", () => files.readText(path));
  try {
    return parseTopology(text);
  } catch (error) {
    if (!(error instanceof TopologyError)) throw error;
    throw new UserError(...error.problems.map((problem) => `${path}: ${problem}`));
  }
}

/** @throws {UserError} when the topology has no such server. */
export function findServer(topology: Topology, path: string, name: string): ServerPlace {
  const place = topology.servers.find((server) => server.name === name);
  if (place !== undefined) return place;
  const names = topology.servers.map((server) => server.name).join(", ");
  throw new UserError(`no server is named ${JSON.stringify(name)}: ${path} has ${names}`);
}

/** @throws {UserError} when the topology has no such server, or another program runs it. */
function findOwnServer(topology: Topology, path: string, name: string): ServerPlace {
  const place = findServer(topology, path, name);
  if (place.classic !== true) return place;
  const own = topology.servers.filter((server) => server.classic !== true).map((server) => server.name);
  throw new UserError(
    `${name} is marked classic in ${path}, so another program runs it: herd can run ${
      own.join(", ") || "none of these servers"
    }`,
  );
}

/** @throws {UserError} for everything a user can get wrong. */
export async function readServeConfig(flags: Flags, files: Files, process: Process): Promise<ServeConfig> {
  const [name, ...rest] = flags.words;
  if (name === undefined) throw new UserError("serve needs the name of a server, such as: serve Goloman");
  if (rest.length > 0) throw new UserError(`serve takes one server, not also ${rest.join(" ")}`);
  const { values } = flags;
  const path = values["topology"] ?? "topology.json";
  const topology = await readTopology(files, path);
  const { settings } = topology;
  const logDir = values["log-dir"] ?? settings.logDir ?? "log";
  const dataDir = values["data-dir"] ?? settings.dataDir;
  const fsync = values["fsync"] === undefined ? settings.fsync ?? "interval" : fsyncMode(values["fsync"]);
  if (values["fsync"] !== undefined && (dataDir === undefined || dataDir === "none")) {
    throw new UserError(
      `--fsync ${values["fsync"]} says how well a server remembers: give it a --data-dir too`,
    );
  }
  const place = findOwnServer(topology, path, name);
  return {
    topology,
    place,
    places: values["places"] === undefined ? settings.places : placesName(values["places"]),
    placesUrl: values["places-url"] ?? settings.placesUrl,
    placesFile: values["places-file"] ?? settings.placesFile,
    placesKey: process.env("GOOGLE_PLACES_API_KEY") || undefined,
    logDir: logDir === "none" ? undefined : logDir,
    logLevel: values["log-level"] === undefined ? settings.logLevel ?? "info" : logLevel(values["log-level"]),
    dataDir: dataDir === "none" ? undefined : dataDir,
    fsync,
    http: await readHttp(values, settings.usersFile, topology, place, files),
    secrets: await readSecrets(values["secret-file"], settings.secretFile, files, process),
    tls: await readTls(values, settings, neighborsOf(topology, name).length > 0, files),
    workers: values["workers"] === undefined ? settings.workers ?? 1 : workers(values["workers"]),
    limits: readLimits(flags.repeated["limit"] ?? [], settings.limits ?? {}),
  };
}

function placesName(text: string): PlacesName {
  try {
    return parsePlacesName(text);
  } catch (error) {
    throw error instanceof PlacesChoiceError ? new UserError(error.message) : error;
  }
}

function logLevel(text: string): EventLevel {
  const level = CONSOLE_LEVELS.find((known) => known === text.toLowerCase());
  if (level !== undefined) return level;
  throw new UserError(
    `--log-level ${JSON.stringify(text)} is unknown: use one of ${CONSOLE_LEVELS.join(", ")}`,
  );
}

function fsyncMode(text: string): Fsync {
  const mode = FSYNC_MODES.find((known) => known === text);
  if (mode !== undefined) return mode;
  throw new UserError(`--fsync ${JSON.stringify(text)} is unknown: use one of ${FSYNC_MODES.join(", ")}`);
}

function workers(text: string): number {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= MAX_WORKERS) return count;
  throw new UserError(`--workers ${JSON.stringify(text)}: give a whole number from 1 to ${MAX_WORKERS}`);
}

/** One secret a line; two while it is rotated, the one to use first. */
async function readSecrets(
  flag: string | undefined,
  setting: string | undefined,
  files: Files,
  process: Process,
): Promise<readonly string[]> {
  const fromEnv = process.env("HERD_SECRET") || undefined;
  if (flag === undefined && fromEnv !== undefined) return [fromEnv];
  const path = flag ?? setting;
  if (path === undefined) return [];
  const text = await readUserFile(path, "secret", () => files.readText(path));
  const secrets = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  if (secrets.length >= 1 && secrets.length <= 2) return secrets;
  const found = secrets.length === 0 ? "is empty" : `has ${secrets.length} lines`;
  throw new UserError(
    `${path}: the secret file ${found}; it holds one secret, or two while it is rotated, a line each`,
  );
}

function readLimits(
  given: readonly string[],
  settings: Readonly<Partial<Record<LimitName, number | undefined>>>,
): Limits {
  const set: Partial<Record<LimitName, number>> = {};
  for (const name of LIMIT_NAMES) {
    const value = settings[name];
    if (value !== undefined) set[name] = value;
  }
  for (const item of given) {
    const [, name = "", value = ""] = /^([^=]*)=(.*)$/.exec(item) ?? [];
    if (!isLimitName(name)) {
      throw new UserError(
        `--limit ${item}: write name=number, where the name is one of ${LIMIT_NAMES.join(", ")}`,
      );
    }
    if (!/^\d{1,15}(\.\d+)?$/.test(value)) {
      throw new UserError(`--limit ${item}: ${JSON.stringify(value)} is no number`);
    }
    const fault = faultOfLimit(name, Number(value));
    if (fault !== undefined) throw new UserError(`--limit ${item}: ${fault}`);
    set[name] = Number(value);
  }
  const limits = completeLimits(set);
  const fault = faultOfRelations(limits);
  if (fault !== undefined) throw new UserError(`the limits do not fit together: ${fault}`);
  return limits;
}

function isLimitName(name: string): name is LimitName {
  return LIMIT_NAMES.some((known) => known === name);
}
