/** `send`: talks to a server, for people without netcat. */
import type { Connection, Runtime } from "../runtime/runtime.ts";
import { LF, QUESTION, SPACE, toBytes } from "../wire/bytes.ts";
import { findServer, readTopology } from "./config.ts";
import { type Flags, readFlags } from "./flags.ts";
import { SEND_HELP } from "./help.ts";
import { UserError } from "./user_error.ts";

const CONNECT_MS = 5_000;

/** Runs `send` with `args`. @returns 1 when a reply was an error line, else 0. @throws {UserError} */
export async function send(runtime: Runtime, args: readonly string[]): Promise<number> {
  const flags = readFlags(args, { values: ["topology"] });
  if (flags.help) return runtime.process.print(SEND_HELP), 0;
  const [name, ...words] = flags.words;
  if (name === undefined) {
    throw new UserError("send needs the name of a server: send Goloman whatsat <client> 10 5");
  }
  const line = words.length === 0 ? undefined : composeLine(words, runtime);
  const connection = await connect(runtime, flags, name);
  const replies = collect(runtime, connection);
  if (line !== undefined) {
    connection.write(toBytes(`${line}\n`));
  } else {
    for await (const input of runtime.process.inputLines()) connection.write(toBytes(`${input}\n`));
  }
  connection.end();
  const outcome = await replies;
  if (!outcome.complete) throw new UserError(`${name} closed the connection before it had answered`);
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

async function connect(runtime: Runtime, flags: Flags, name: string): Promise<Connection> {
  const path = flags.values["topology"] ?? "topology.json";
  const { host, port } = findServer(await readTopology(runtime.files, path), path, name);
  const giveUp = new AbortController();
  const timer = runtime.clock.after(CONNECT_MS, () => giveUp.abort());
  try {
    return await runtime.network.dial({ host, port }, giveUp.signal);
  } catch {
    throw new UserError(
      `${name} does not answer on ${host}:${port}: is it running? start it with serve ${name}`,
    );
  } finally {
    timer.cancel();
  }
}

/** Prints all that comes until the server closes. */
function collect(runtime: Runtime, connection: Connection): Promise<{ refused: boolean; complete: boolean }> {
  return new Promise((resolve) => {
    const decoder = new TextDecoder();
    let refused = false;
    // The two bytes before the one at hand, so that a line that begins with "? " is seen across reads.
    let before = LF, last = LF;
    connection.start({
      received(bytes) {
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
        resolve({ refused, complete: true });
      },
      closed: (cause) => resolve({ refused, complete: cause === undefined }),
    });
  });
}
