/** `send`: talks to a server, for people without netcat. */
import type { ServerPlace } from "../herd/topology.ts";
import type { Connection, Runtime } from "../runtime/runtime.ts";
import { LF, QUESTION, SPACE, toBytes } from "../wire/bytes.ts";
import { findServer, readTopology } from "./config.ts";
import { readFlags } from "./flags.ts";
import { SEND_HELP } from "./help.ts";
import { errorMessage } from "../log/error_text.ts";
import { readAuthorities } from "./tls.ts";
import { UserError } from "./user_error.ts";

const CONNECT_MS = 5_000;

/** Runs `send` with `args`. @returns 1 when a reply was an error line, else 0. @throws {UserError} */
export async function send(runtime: Runtime, args: readonly string[]): Promise<number> {
  const flags = readFlags(args, { values: ["topology", "tls-ca"] });
  if (flags.help) return runtime.process.print(SEND_HELP), 0;
  const [name, ...words] = flags.words;
  if (name === undefined) {
    throw new UserError("send needs the name of a server: send Goloman whatsat <client> 10 5");
  }
  const line = words.length === 0 ? undefined : composeLine(words, runtime);
  const path = flags.values["topology"] ?? "topology.json";
  const topology = await readTopology(runtime.files, path);
  const place = findServer(topology, path, name);
  const ca = flags.values["tls-ca"] ?? topology.settings.tlsCa;
  const connection = await connect(runtime, place, ca);
  const replies = collect(runtime, connection);
  let hasAsked = line !== undefined;
  if (line !== undefined) {
    connection.write(toBytes(`${line}\n`));
  } else {
    for await (const input of runtime.process.inputLines()) {
      connection.write(toBytes(`${input}\n`));
      hasAsked = true;
    }
  }
  connection.end();
  const outcome = await replies;
  if (hasAsked && outcome.received === 0 || !outcome.complete) {
    const hint = ca === undefined ? " (if it speaks TLS, --tls-ca is needed)" : "";
    throw new UserError(`${name} closed the connection before it had answered${hint}`);
  }
  return outcome.refused ? 1 : 0;
}

function composeLine(words: readonly string[], runtime: Runtime): string {
  const [command = "", ...fields] = words;
  switch (command.toLowerCase()) {
    case "iamat": {
      const [client, position, time, ...rest] = fields;
      if (client === undefined || position === undefined || rest.length > 0) {
        throw new UserError(
          "iamat takes a client, a position and perhaps a time: iamat kiwi +34.068930-118.445127",
        );
      }
      return `IAMAT ${client} ${position} ${time ?? nowText(runtime)}`;
    }
    case "whatsat":
      if (fields.length !== 3) {
        throw new UserError("whatsat takes a client, a radius and a bound: whatsat kiwi 10 5");
      }
      return `WHATSAT ${fields.join(" ")}`;
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
  { name, host, port }: ServerPlace,
  ca: string | undefined,
): Promise<Connection> {
  const tls = ca === undefined
    ? undefined
    : { authorities: await readAuthorities(ca, runtime.files), names: [name, host] };
  const giveUp = new AbortController();
  const timer = runtime.clock.after(CONNECT_MS, () => giveUp.abort());
  try {
    return await runtime.network.dial({ host, port }, giveUp.signal, tls);
  } catch (error) {
    const why = tls === undefined ? "" : ` with TLS (${errorMessage(error)})`;
    throw new UserError(
      `${name} does not answer on ${host}:${port}${why}: is it running? start it with herd serve ${name} (deno task serve ${name})`,
    );
  } finally {
    timer.cancel();
  }
}

interface Outcome {
  readonly refused: boolean;
  readonly complete: boolean;
  /** Bytes. */
  readonly received: number;
}

/** The first byte of what a server with TLS says to who speaks without. No reply begins with it. */
const TLS_ALERT = 0x15;

/** Prints all that comes until the server closes. */
function collect(runtime: Runtime, connection: Connection): Promise<Outcome> {
  return new Promise((resolve) => {
    const decoder = new TextDecoder();
    let refused = false;
    let received = 0;
    // The two bytes before the one at hand, so that a line that begins with "? " is seen across reads.
    let before = LF, last = LF;
    connection.start({
      received(bytes) {
        if (received === 0 && bytes[0] === TLS_ALERT) return connection.destroy();
        received += bytes.length;
        for (const byte of bytes) {
          if (byte === SPACE && last === QUESTION && before === LF) refused = true;
          before = last;
          last = byte;
        }
        runtime.process.print(decoder.decode(bytes, { stream: true }));
      },
      drained() {},
      ended() {
        connection.end();
        resolve({ refused, complete: true, received });
      },
      closed: (cause) => resolve({ refused, complete: cause === undefined, received }),
    });
  });
}
