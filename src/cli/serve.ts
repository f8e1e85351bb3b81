/** `serve`: runs one server until it is told to stop. */
import type { Gateway } from "../gateway/gateway.ts";
import type { ProcessLog } from "../log/setup.ts";
import { errorText } from "../log/error_text.ts";
import { addressText } from "../runtime/url.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { readServeConfig, SERVE_FLAGS } from "./config.ts";
import { readFlags } from "./flags.ts";
import { SERVE_HELP } from "./help.ts";
import { claim, listen, type OpenServer, openServer, recover, stopServer } from "./open_server.ts";
import { openHttp } from "./open_gateway.ts";
import { onStop } from "./stop_signals.ts";
import { checkTls } from "./tls.ts";
import { Workers } from "./workers.ts";

/** Runs `serve` with `args`. @returns the exit code. @throws {UserError} before it listens. */
export async function serve(runtime: Runtime, args: readonly string[]): Promise<number> {
  const flags = readFlags(args, SERVE_FLAGS);
  if (flags.help) return runtime.process.print(SERVE_HELP), 0;
  const config = await readServeConfig(flags, runtime.files, runtime.process);
  if (config.tls !== undefined) await checkTls(runtime.network, config.tls);
  const workers = config.workers > 1 ? new Workers(runtime, config) : undefined;
  const first = await openServer(runtime, config, 1, workers?.share);
  // From here on a signal is heard: whoever reads that it listens may send one at once.
  let isStopping = false;
  let gateway: Gateway | undefined;
  const stopped = untilStopped(runtime, first.log, workers, () => {
    isStopping = true;
    const others = [workers?.stop(), gateway?.close(config.limits.drainMs)];
    return stopServer(first, Promise.all(others));
  });
  const started = start(runtime, first, workers).then((opened) => {
    gateway = opened;
    // A stop that came before has closed the others, and soon the journal.
    if (isStopping) void opened?.close(0);
  }, (error) => {
    // A start that a stop overtakes may fail of that.
    if (!isStopping) throw error;
  });
  return await Promise.race([stopped, started.then(() => stopped)]);
}

/** Reads the journal, and serves. @throws {UserError} when it cannot. */
async function start(
  runtime: Runtime,
  first: OpenServer,
  workers: Workers | undefined,
): Promise<Gateway | undefined> {
  const { config } = first;
  // Whoever has the port has the journal too, and alone may read and cut it.
  await claim(runtime, config);
  await recover(runtime, first);
  // Threads share the port, and would share it with another server's: a last look is all that can be had.
  if (config.workers > 1) await claim(runtime, config);
  const address = await listen(runtime, first);
  await workers?.start(first.server);
  const many = workers === undefined ? "" : ` with ${config.workers} workers`;
  const gateway = await openHttp(runtime, first, workers);
  first.log.print(`${config.place.name} listens on ${addressText(address)}${many}`);
  return gateway;
}

/** Resolves with the exit code once the server has been told to stop and has. */
function untilStopped(
  runtime: Runtime,
  log: ProcessLog,
  workers: Workers | undefined,
  stop: () => Promise<void>,
): Promise<number> {
  return new Promise((resolve) => {
    let stopping = false;
    let failed = false;
    const fail = (error: unknown) => {
      // Telling of an error must not be able to bring up the next one, for ever.
      if (failed) return;
      failed = true;
      const end = () => resolve(1);
      try {
        log.event("error", "", "!", `an error that nobody caught: ${errorText(error)}`);
        log.close().then(end, end);
      } catch {
        end();
      }
    };
    onStop(runtime, () => {
      if (stopping) {
        log.event("warn", "", "!", "stopped at once by a second signal");
        return void log.close().then(() => resolve(1), fail);
      }
      stopping = true;
      stop().then(() => resolve(0), fail);
    });
    runtime.process.onUncaught(fail);
    workers?.onFailure(fail);
  });
}
