/** `send`: talks to a server, for people without netcat. */
import type { ServerPlace } from "../herd/topology.ts";
import { addressText } from "../runtime/url.ts";
import type { Connection, Runtime } from "../runtime/runtime.ts";
import { FIXED_WAITS } from "../limits.ts";
import { findServer, readTopology } from "./config.ts";
import { converse } from "./conversation.ts";
import { readFlags } from "./flags.ts";
import { SEND_HELP } from "./help.ts";
import { errorMessage } from "../log/error_text.ts";
import { readAuthorities } from "./tls.ts";
import { UserError } from "./user_error.ts";

/** Runs `send` with `args`. @returns 1 when a reply was an error line, else 0. @throws {UserError} */
export async function send(runtime: Runtime, args: readonly string[]): Promise<number> {
  const flags = readFlags(args, { values: ["topology", "tls-ca"] });
  if (flags.help) return runtime.process.print(SEND_HELP), 0;
  const [name, ...words] = flags.words;
  if (name === undefined) {
    throw new UserError("send needs the name of a server: send Goloman whatsat <client> 10 5");
  }
  const composed = words.length === 0 ? undefined : compose(words, runtime);
  const path = flags.values["topology"] ?? "topology.json";
  const topology = await readTopology(runtime.files, path);
  const place = findServer(topology, path, name);
  const ca = flags.values["tls-ca"] ?? topology.settings.tlsCa;
  const connection = await connect(runtime, place, ca);
  const { print, printError, inputLines } = runtime.process;
  const lines = composed === undefined ? inputLines() : only(composed.line);
  const { refused, complete, said, received } = await converse(connection, lines, print);
  if (said > 0 && received === 0 || !complete) {
    const hint = ca === undefined ? " (if it speaks TLS, --tls-ca is needed)" : "";
    throw new UserError(`${name} closed the connection before it had answered${hint}`);
  }
  if (refused && composed !== undefined) printError(`herd: ${composed.ifRefused}\n`);
  return refused ? 1 : 0;
}

async function* only(line: string): AsyncGenerator<string> {
  yield line;
}

interface Composed {
  readonly line: string;
  /** What may be wrong with it, where the server refuses it. */
  readonly ifRefused: string;
}

function compose(words: readonly string[], runtime: Runtime): Composed {
  const [command = "", ...fields] = words;
  switch (command.toLowerCase()) {
    case "iamat": {
      const [client, position, time, ...rest] = fields;
      if (client === undefined || position === undefined || rest.length > 0) {
        throw new UserError(
          "iamat takes a client, a position and perhaps a time: iamat kiwi +34.068930-118.445127",
        );
      }
      return {
        line: `IAMAT ${client} ${position} ${time ?? nowText(runtime)}`,
        ifRefused:
          "a position is latitude and longitude, both with their sign, as in +34.068930-118.445127; " +
          "a time is POSIX seconds, and lies at most a day ahead",
      };
    }
    case "whatsat":
      if (fields.length !== 3) {
        throw new UserError("whatsat takes a client, a radius and a bound: whatsat kiwi 10 5");
      }
      return {
        line: `WHATSAT ${fields.join(" ")}`,
        ifRefused: `no report of ${
          fields[0]
        } is known there, or the radius is not 0 to 50 km, or the bound not 0 to 20`,
      };
    default:
      throw new UserError(
        `${JSON.stringify(command)} cannot be sent: use iamat or whatsat, or lines on standard input`,
      );
  }
}

function nowText(runtime: Runtime): string {
  const { seconds, nanos } = runtime.clock.now();
  return `${seconds}.${String(nanos).padStart(9, "0")}`;
}

async function connect(
  runtime: Runtime,
  place: ServerPlace,
  ca: string | undefined,
): Promise<Connection> {
  const { name, host, port } = place;
  const tls = ca === undefined
    ? undefined
    : { authorities: await readAuthorities(ca, runtime.files), names: [name, host] };
  const giveUp = new AbortController();
  const timer = runtime.clock.after(FIXED_WAITS.connectMs, () => giveUp.abort());
  try {
    return await runtime.network.dial({ host, port }, giveUp.signal, tls);
  } catch (error) {
    const why = tls === undefined ? "" : ` with TLS (${errorMessage(error)})`;
    throw new UserError(
      `${name} does not answer on ${
        addressText(place)
      }${why}: is it running? start it with herd serve ${name} (deno task serve ${name})`,
    );
  } finally {
    timer.cancel();
  }
}
