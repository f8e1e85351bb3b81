/** The servers of the demo, each a process of its own. One that dies is started again. */
import type { Clock, Process } from "../runtime/runtime.ts";
import { type ServerProcess, startServer } from "./server_process.ts";

export interface DemoServer {
  readonly name: string;
  readonly port: number;
  /** The port of its HTTP door. */
  readonly http: number;
}

/** How long a server that has died stays away, for its absence to be seen. */
const RETURN_MS = 5_000;

export class DemoHerd {
  readonly #runtime: { readonly clock: Clock; readonly process: Process };
  readonly #servers: readonly DemoServer[];
  readonly #flags: readonly string[];
  readonly #running = new Map<string, ServerProcess>();
  #isStopping = false;

  /** @param topology the file of it. */
  constructor(
    runtime: { readonly clock: Clock; readonly process: Process },
    servers: readonly DemoServer[],
    topology: string,
  ) {
    this.#runtime = runtime;
    this.#servers = servers;
    this.#flags = [
      "--topology",
      topology,
      "--places",
      "embedded",
      "--log-dir",
      "none",
      "--log-level",
      "warn",
    ];
  }

  /** Starts all. @returns whether all have come to listen; whoever has not said why. */
  async start(): Promise<boolean> {
    const ready = await Promise.all(this.#servers.map(({ name }) => this.#start(name)));
    const isUp = ready.every((isReady) => isReady);
    if (isUp) { for (const { name } of this.#servers) this.#watch(name); }
    return isUp;
  }

  pidOf(name: string): number {
    return this.#running.get(name)?.pid ?? 0;
  }

  /** Lets all finish what is due. @returns whether all ended in good order. */
  async stop(): Promise<boolean> {
    this.terminate();
    const codes = await Promise.all([...this.#running.values()].map(({ exited }) => exited));
    return codes.every((code) => code === 0);
  }

  /** The second time, they end at once. */
  terminate(): void {
    this.#isStopping = true;
    for (const server of this.#running.values()) server.terminate();
  }

  #start(name: string): Promise<boolean> {
    const server = startServer(this.#runtime.process, name, this.#flags);
    this.#running.set(name, server);
    return server.ready;
  }

  async #watch(name: string): Promise<void> {
    const { clock, process } = this.#runtime;
    while (!this.#isStopping) {
      const code = await this.#running.get(name)!.exited;
      if (this.#isStopping) return;
      this.#running.delete(name);
      process.printError(
        `\nherd: ${name} ended with exit code ${code}; it returns in ${RETURN_MS / 1000} s\n`,
      );
      await new Promise<void>((resolve) => clock.after(RETURN_MS, resolve));
      if (this.#isStopping) return;
      if (await this.#start(name)) {
        process.printError(`\nherd: ${name} is back, process ${this.pidOf(name)}\n`);
      }
    }
  }
}
