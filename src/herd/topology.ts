/** The topology: which servers the herd has, where they listen, and who is linked to whom. */
import * as v from "valibot";
import { faultOfLimit, LIMIT_NAMES, type LimitName, rangeOf } from "../limits.ts";
import { addressText } from "../runtime/url.ts";
import { numericHost } from "./address.ts";
import { placeOfJsonError } from "./json_place.ts";
import { MAX_NEIGHBORS } from "../registry/registry.ts";

const MAX_NAME_BYTES = 64;

/** Threads of one server: the first has a link to each of the others. */
export const MAX_WORKERS = 32;

const name = v.pipe(
  v.string(),
  v.regex(/^[!-~]+$/, "a name is printable ASCII without spaces"),
  v.maxLength(MAX_NAME_BYTES, `a name has at most ${MAX_NAME_BYTES} characters`),
);

const port = v.pipe(
  v.number("a port is a number"),
  v.integer("a port is a whole number"),
  v.minValue(1, "a port is 1 to 65535"),
  v.maxValue(65_535, "a port is 1 to 65535"),
);

const server = v.strictObject({
  host: v.pipe(
    v.string("a host is an address, such as 127.0.0.1"),
    v.minLength(1, "a host is an address, such as 127.0.0.1"),
  ),
  port,
  http: v.optional(
    v.pipe(
      port,
      v.description("The port of the server's HTTP door, on the same host. Without it there is none."),
    ),
  ),
  classic: v.optional(
    v.pipe(
      v.boolean("classic is true or false"),
      v.description(
        "A server of another program, which speaks bare AT lines. It is known by its numeric address.",
      ),
    ),
  ),
});

function bound(name: LimitName): v.GenericSchema<number> {
  const { least, most, whole } = rangeOf(name);
  const fault = faultOfLimit(name, NaN);
  const number = v.pipe(v.number("a limit is a number"), v.minValue(least, fault), v.maxValue(most, fault));
  return whole ? v.pipe(number, v.integer(fault)) : number;
}

const limits = v.strictObject(
  Object.fromEntries(LIMIT_NAMES.map((name) => [name, v.optional(bound(name))])) as Record<
    LimitName,
    v.OptionalSchema<v.GenericSchema<number>, undefined>
  >,
);

const settings = v.strictObject({
  places: v.optional(v.picklist(["embedded", "google", "google-new", "overpass"])),
  placesUrl: v.optional(v.string()),
  placesFile: v.optional(v.string()),
  logDir: v.optional(v.string()),
  workers: v.optional(
    v.pipe(
      v.number("a number of workers is a number"),
      v.integer("a number of workers is a whole number"),
      v.minValue(1, `workers are 1 to ${MAX_WORKERS}`),
      v.maxValue(MAX_WORKERS, `workers are 1 to ${MAX_WORKERS}`),
    ),
  ),
  logLevel: v.optional(v.picklist(["debug", "info", "warn", "error"])),
  secretFile: v.optional(v.string()),
  dataDir: v.optional(v.string()),
  fsync: v.optional(v.picklist(["always", "interval", "never"])),
  tlsCert: v.optional(v.string()),
  tlsKey: v.optional(v.string()),
  tlsCa: v.optional(v.string()),
  usersFile: v.optional(v.string()),
  limits: v.optional(limits),
});

/** The form of topology.json; the JSON Schema for editors is made from it. */
export const topologySchema = v.strictObject({
  $schema: v.optional(v.string()),
  herd: v.optional(
    v.pipe(name, v.description("The herd's name; servers of another are refused. Default: herd.")),
  ),
  servers: v.pipe(v.record(name, server), v.description("Each server's name and where it listens.")),
  links: v.pipe(
    v.array(v.strictTuple([v.string(), v.string()])),
    v.description("Pairs of servers that are neighbors; a link goes both ways."),
  ),
  settings: v.optional(
    v.pipe(
      settings,
      v.description("What every server takes where no flag and no environment variable says otherwise."),
    ),
  ),
});

type TopologyFile = v.InferOutput<typeof topologySchema>;

export type Settings = NonNullable<TopologyFile["settings"]>;

export interface ServerPlace {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** The port of its HTTP door, if the topology gives it one. */
  readonly http?: number;
  /** It cannot be dialed; it dials. */
  readonly dialsOnly?: boolean;
  /** Another program's: it speaks bare AT lines, and is believed by its address, which is numeric. */
  readonly classic?: boolean;
}

export interface Topology {
  readonly herd: string;
  /** In the order of the file, but for names that are whole numbers, which come first. */
  readonly servers: readonly ServerPlace[];
  readonly links: readonly (readonly [string, string])[];
  readonly settings: Settings;
}

/** What is wrong with a topology, each mistake with its place. */
export class TopologyError extends Error {
  override readonly name = "TopologyError";
  /** At least one; each is a line of its own. */
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    const lines = problems.map((problem) => problem.replace(/[\r\n]+/g, " "));
    super(lines.join("; "));
    this.problems = lines;
  }
}

/**
 * Reads a topology from JSON text.
 * @throws {TopologyError} naming every mistake.
 */
export function parseTopology(text: string): Topology {
  const raw = parseJson(text);
  const result = v.safeParse(topologySchema, raw, { abortPipeEarly: true });
  const doubles = findDoubleKeys(text);
  const wrong = (result.issues ?? []).map((issue) =>
    `${v.getDotPath(issue) ?? "the whole"}: ${explain(issue)}`
  );
  // Values out of range do not keep the rest from being judged; another form does.
  const file = result.typed ? result.output : undefined;
  const unfit = file === undefined ? [] : [...findServerFaults(file), ...findLinkFaults(file)];
  const problems = [...doubles, ...wrong, ...findImpossibleNames(raw), ...unfit];
  if (file === undefined || problems.length > 0) throw new TopologyError(problems);
  return {
    herd: file.herd ?? "herd",
    servers: Object.entries(file.servers).map(([name, { host, port, http, classic }]) => ({
      name,
      host,
      port,
      ...(http === undefined ? {} : { http }),
      ...(classic === true ? { classic } : {}),
    })),
    links: file.links,
    settings: file.settings ?? {},
  };
}

/** The servers linked to `name`, in the order of the file. */
export function neighborsOf(topology: Topology, name: string): readonly ServerPlace[] {
  const names = new Set(topology.links.filter((link) => link.includes(name)).flat());
  return topology.servers.filter((server) => server.name !== name && names.has(server.name));
}

/** The addresses of those of them that are classic. */
export function classicHosts(topology: Topology, name: string): ReadonlySet<string> {
  const classic = neighborsOf(topology, name).filter((neighbor) => neighbor.classic === true);
  return new Set(classic.map(({ host }) => numericHost(host) ?? host));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TopologyError([`not JSON: ${placeOfJsonError(text)} is not what JSON has there`]);
  }
}

function explain(issue: v.BaseIssue<unknown>): string {
  if (issue.kind === "schema" && issue.expected === "never") return "no such setting is known";
  return issue.received === "undefined" ? "is missing" : issue.message;
}

/** Names that the validator drops from every object without a word, to be safe from what they mean in JavaScript. */
const IMPOSSIBLE_NAMES = ["__proto__", "constructor", "prototype"];

function findImpossibleNames(raw: unknown): string[] {
  if (typeof raw !== "object" || raw === null || !("servers" in raw)) return [];
  const { servers } = raw;
  if (typeof servers !== "object" || servers === null) return [];
  const found = IMPOSSIBLE_NAMES.filter((name) => Object.hasOwn(servers, name));
  return found.map((name) => `servers.${name}: is a name that no server can have`);
}

function findServerFaults(file: TopologyFile): string[] {
  const problems: string[] = [];
  const places = new Map<string, string>();
  for (const [name, { host, port, http, classic }] of Object.entries(file.servers)) {
    if (classic === true && numericHost(host) === undefined) {
      problems.push(
        `servers.${name}.host: a classic server is known by its address: give it in numbers, not as ${
          JSON.stringify(host)
        }`,
      );
    }
    if (classic === true && http !== undefined) {
      problems.push(
        `servers.${name}.http: a classic server is another program, which has no HTTP door of herd's`,
      );
    }
    for (const [key, number] of [["", port], [".http", http]] as const) {
      if (number === undefined) continue;
      const place = addressText({ host, port: number });
      const other = places.get(place);
      if (other !== undefined) problems.push(`servers.${name}${key}: ${other} listens on ${place} already`);
      places.set(place, name);
    }
  }
  if (places.size === 0) problems.push("servers: a herd has at least one server");
  return problems;
}

function findLinkFaults(file: TopologyFile): string[] {
  const problems: string[] = [];
  const known = Object.keys(file.servers);
  const seen = new Map<string, number>();
  const degree = new Map<string, number>();
  file.links.forEach((link, i) => {
    link.forEach((end, k) => {
      degree.set(end, (degree.get(end) ?? 0) + 1);
      if (!known.includes(end)) {
        problems.push(
          `links[${i}][${k}]: no server is named ${JSON.stringify(end)}; there are ${known.join(", ")}`,
        );
      }
    });
    if (link[0] === link[1]) problems.push(`links[${i}]: ${link[0]} is linked to itself`);
    const key = link.toSorted().join(" ");
    const first = seen.get(key);
    if (first !== undefined) problems.push(`links[${i}]: the same link as links[${first}]`);
    else seen.set(key, i);
  });
  for (const [end, count] of degree) {
    if (count > MAX_NEIGHBORS) {
      problems.push(`links: ${end} has ${count} neighbors; at most ${MAX_NEIGHBORS} are possible`);
    }
  }
  return problems;
}

/** JSON.parse lets the last of two equal keys win, and so would hide a server that is there twice. */
function findDoubleKeys(text: string): string[] {
  const problems: string[] = [];
  const open: { keys: Set<string> | undefined; path: string }[] = [];
  let key = "";
  for (const match of text.matchAll(/("(?:[^"\\]|\\.)*")\s*(:)?|[{}[\]]/g)) {
    const [token, string, colon] = match;
    const inside = open.at(-1);
    if (string !== undefined && colon !== undefined && inside?.keys !== undefined) {
      key = String(JSON.parse(string));
      const path = `${inside.path}${key}`;
      if (inside.keys.has(key)) problems.push(`${path}: is there twice`);
      inside.keys.add(key);
    } else if (token === "{" || token === "[") {
      const path = inside === undefined ? "" : `${inside.path}${key}.`;
      open.push({ keys: token === "{" ? new Set() : undefined, path });
    } else if (token === "}" || token === "]") {
      open.pop();
    }
  }
  return problems;
}
