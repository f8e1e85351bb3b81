/** `top`: how a running herd is, once a second on a terminal, or once as a table. */
import type { Process, Runtime } from "../runtime/runtime.ts";
import { urlOf } from "../runtime/url.ts";
import { type Access, askDoor } from "../top/doors.ts";
import { type LiveOptions, showLive } from "../top/live.ts";
import { renderTop } from "../top/screen.ts";
import { toTerminal } from "../top/text.ts";
import { findServer, readTopology } from "./config.ts";
import { type Flags, readFlags } from "./flags.ts";
import { TOP_HELP } from "./help.ts";
import { doorsOfUp } from "./up.ts";
import { UserError } from "./user_error.ts";

/** Runs `top` with `args`. @returns the exit code. @throws {UserError} */
export async function top(runtime: Runtime, args: readonly string[]): Promise<number> {
  const flags = readFlags(args, { values: ["topology", "user", "token"], switches: ["once"] });
  const { process, network, clock } = runtime;
  if (flags.help) return process.print(TOP_HELP), 0;
  const authorization = readAuthorization(flags, process);
  const access: Access = { network, clock, authorization };
  const { urls, hint } = await findDoors(runtime, flags);
  const first = await askFirst(access, urls, hint);
  const isLive = !flags.switches.includes("once") && process.terminalSize() !== undefined;
  if (isLive) {
    const hasColor = (process.env("NO_COLOR") ?? "") === "";
    await showLive({ runtime, access, urls, hasColor, first });
  } else {
    process.print(table(first));
  }
  return 0;
}

/** What there is to see at one moment, without an end to its width. */
function table(first: LiveOptions["first"]): string {
  const view = { ...first, meter: undefined, newest: undefined, nowMs: 0, trouble: undefined };
  const lines = renderTop(view, { columns: Infinity, rows: Infinity });
  return lines.map((line) => `${toTerminal(line, Infinity, false)}\n`).join("");
}

interface Doors {
  readonly urls: readonly string[];
  /** What to do when nobody is there. */
  readonly hint: string;
}

/** @throws {UserError} where the user names none. */
async function findDoors(runtime: Runtime, { words, values }: Flags): Promise<Doors> {
  const [word, ...rest] = words;
  if (rest.length > 0) throw new UserError(`top takes one server or URL, not also ${rest.join(" ")}`);
  if (word?.includes("://") === true) {
    return { urls: [readUrl(word)], hint: "is this where a herd serves HTTP?" };
  }
  const path = values["topology"] ?? "topology.json";
  const topology = await readTopology(runtime.files, path);
  const doors = doorsOfUp(topology);
  const isName = topology.servers.some(({ name }) => name === word);
  if (!isName && word !== undefined && /:\d+$/.test(word)) {
    throw new UserError(
      `no server is named ${JSON.stringify(word)}: of a door write the URL, http://${word}`,
    );
  }
  const chosen = word === undefined ? [...doors.keys()] : [findServer(topology, path, word).name];
  const isTls = topology.settings.tlsCert !== undefined;
  const urls = chosen.flatMap((name) => {
    const door = doors.get(name);
    return door === undefined ? [] : [urlOf(door, isTls)];
  });
  if (urls.length > 0) {
    return {
      urls,
      hint:
        "is the herd running? start it with herd up (deno task herd), or say where it serves HTTP: top http://HOST:PORT",
    };
  }
  throw new UserError(
    `${word ?? "no server"} has ${
      word === undefined ? "an" : "no"
    } HTTP door in ${path}: give it its "http" there, ` +
      "or say where it is: top http://HOST:PORT",
  );
}

function readUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UserError(`${JSON.stringify(text)} is no URL of an HTTP door: write http://HOST:PORT`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new UserError("a URL is no place for a user and a password: give --user, and HERD_PASSWORD");
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

/** @throws {UserError} */
function readAuthorization({ values }: Flags, process: Process): string | undefined {
  const { user, token = process.env("HERD_TOKEN") || undefined } = values;
  if (user === undefined) return token === undefined ? undefined : `Bearer ${headerText(token, "the token")}`;
  if (values["token"] !== undefined) throw new UserError("give --user or --token, not both");
  const password = process.env("HERD_PASSWORD") || undefined;
  if (password === undefined) throw new UserError(`--user ${user}: the password has to be in HERD_PASSWORD`);
  const bytes = new TextEncoder().encode(`${user}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

function headerText(text: string, what: string): string {
  if (/^[!-~]+$/.test(text)) return text;
  throw new UserError(`${what} is printable ASCII without spaces`);
}

const TRUST_HINT = "name the authority that has signed it in DENO_CERT, or on Node in NODE_EXTRA_CA_CERTS";

/** Asks one door after the other. @throws {UserError} when none tells how the herd is. */
async function askFirst(
  access: Access,
  urls: readonly string[],
  hint: string,
): Promise<LiveOptions["first"]> {
  const failures = new Map<string, string[]>();
  for (const url of urls) {
    const answer = await askDoor(access, url, new AbortController().signal);
    switch (answer.kind) {
      case "told":
        return { state: answer.state, url };
      case "forbidden":
        throw new UserError(forbidden(url, access.authorization !== undefined));
      case "failed":
        failures.set(answer.why, [...failures.get(answer.why) ?? [], url]);
    }
  }
  const told = [...failures].map(([why, [first, ...more]]) =>
    `${first} ${why}${more.length === 0 ? "" : `, as did ${more.length} more`}`
  );
  const isDistrusted = [...failures.keys()].some((why) => why.includes("certificate"));
  throw new UserError(`${told.join(", ")}: ${isDistrusted ? TRUST_HINT : hint}`);
}

function forbidden(url: string, hasTried: boolean): string {
  return hasTried
    ? `${url} does not let this user read: are the name and the password, or the token, right?`
    : `${url} wants to know who asks: give --user NAME with the password in HERD_PASSWORD, or --token`;
}
