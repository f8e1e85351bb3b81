/**
 * Several threads that are one server: each listens on the same port and has a registry of its own, and they tell each
 * other what is new over links, as servers do. The first one has the links to the neighbors too; a neighbor that
 * reaches another thread is passed on to it.
 */
import { neighborsOf, type ServerPlace, type Topology } from "../herd/topology.ts";
import { FIXED_WAITS } from "../limits.ts";
import { MAX_NEIGHBORS } from "../registry/registry.ts";
import { addressText } from "../runtime/url.ts";
import { PortConnection } from "../runtime/port_connection.ts";
import type { Address, Network, Runtime, Thread } from "../runtime/runtime.ts";
import { relay } from "../server/relay.ts";
import type { Server, ServerShare } from "../server/server.ts";
import { stateOf, type ThreadAnswers, type ThreadState } from "../server/thread_state.ts";
import { Census } from "./census.ts";
import type { ServeConfig } from "./config.ts";
import { listen, type OpenServer, openServer, recover, stopServer } from "./open_server.ts";
import { errorMessage } from "../log/error_text.ts";
import { UserError } from "./user_error.ts";

type ToWorker =
  | { readonly kind: "start"; readonly config: ServeConfig; readonly number: number }
  /** Asks what it has counted. */
  | { readonly kind: "ask"; readonly question: number }
  | { readonly kind: "stop" };

type FromWorker =
  | { readonly kind: "listening" }
  | { readonly kind: "failed"; readonly lines: readonly string[] }
  | { readonly kind: "state"; readonly question: number; readonly state: ThreadState }
  /** A connection for the first thread, at the other end of the port, and the names that it has proved to have. */
  | {
    readonly kind: "connection";
    readonly port: MessagePort;
    readonly remote: Address;
    readonly certified: readonly string[];
  }
  | { readonly kind: "stopped" };

/** What links between threads come from, for whoever judges by the address. */
const LOOPBACK: Address = { host: "127.0.0.1", port: 0 };

/** The name of a thread among its like. No report has it as its origin. */
function workerName(place: ServerPlace, number: number): string {
  return `${place.name}#${number}`;
}

/** The further threads of a server, as its first one sees them. */
export class Workers {
  /** What the first thread does for the others. */
  readonly share: ServerShare;
  readonly #runtime: Runtime;
  readonly #config: ServeConfig;
  readonly #stopped: Promise<void>[] = [];
  readonly #threads: Thread[] = [];
  readonly #census: Census;
  #fail: (error: unknown) => void = () => {};

  constructor(runtime: Runtime, config: ServeConfig) {
    this.#runtime = runtime;
    this.#config = config;
    this.#census = new Census(runtime.clock);
    const { topology, place, workers } = config;
    const others = Array.from({ length: workers - 1 }, (_, i) => workerName(place, i + 2));
    this.share = {
      self: place.name,
      threads: others,
      topology: {
        ...topology,
        servers: [...topology.servers, ...others.map((name) => ({ ...LOOPBACK, name, dialsOnly: true }))],
        links: [...topology.links, ...others.map((name) => [place.name, name] as const)],
      },
    };
    const links = neighborsOf(this.share.topology, place.name).length;
    if (links > MAX_NEIGHBORS) {
      throw new UserError(
        `--workers ${workers}: with its neighbors ${place.name} would have ${links} links, and ${MAX_NEIGHBORS} is the most`,
      );
    }
  }

  /** Calls `fn` with an error that nobody caught in a thread. */
  onFailure(fn: (error: unknown) => void): void {
    this.#fail = fn;
  }

  /** Starts them; resolves once all listen. @throws {UserError} when one cannot. */
  async start(first: Server): Promise<void> {
    const { workers } = this.#config;
    await Promise.all(Array.from({ length: workers - 1 }, (_, i) => this.#start(first, i + 2)));
  }

  /** How many there are. */
  get count(): number {
    return this.#threads.length;
  }

  /** What each tells of itself; of one that does not do so within `threadAnswerMs`, what it said last. */
  ask(): Promise<ThreadAnswers> {
    return this.#census.take(this.#threads.length, (question) => {
      for (const thread of this.#threads) thread.post({ kind: "ask", question } satisfies ToWorker);
    });
  }

  /** Lets each send what is due, and end. */
  async stop(): Promise<void> {
    for (const thread of this.#threads) thread.post({ kind: "stop" } satisfies ToWorker);
    const { clock } = this.#runtime;
    // A thread that hangs must not hold up the stop for ever.
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = clock.after(this.#config.limits.drainMs + FIXED_WAITS.lingerMs, resolve);
    await Promise.race([Promise.all(this.#stopped), promise]);
    timer.cancel();
  }

  #start(first: Server, number: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const thread = this.#runtime.process.startThread((error) => {
        reject(error);
        this.#fail(error);
      });
      this.#threads.push(thread);
      let ended = () => {};
      this.#stopped.push(new Promise((resolve) => ended = resolve));
      thread.onMessage((message) => {
        const said = message as FromWorker;
        switch (said.kind) {
          case "listening":
            return resolve();
          case "failed":
            return reject(
              new UserError(
                `worker ${number} of ${
                  addressText(this.#config.place)
                } did not start (on Node, --workers takes 23.1 or later):`,
                ...said.lines,
              ),
            );
          case "state":
            return this.#census.add(said.question, number, said.state);
          case "connection":
            return first.accept(new PortConnection(said.port, said.remote, said.certified));
          case "stopped":
            return ended();
        }
      });
      thread.post({ kind: "start", config: this.#config, number } satisfies ToWorker);
    });
  }
}

/** The whole life of a further thread. */
export function work(runtime: Runtime, parent: Thread): void {
  let listening: OpenServer | undefined;
  parent.onMessage(async (message) => {
    const told = message as ToWorker;
    switch (told.kind) {
      case "start":
        listening = await startWorker(runtime, parent, told.config, told.number);
        return;
      case "ask": {
        if (listening === undefined) return;
        const state = stateOf(listening.server, listening.counters());
        return tell(parent, { kind: "state", question: told.question, state });
      }
      case "stop":
        if (listening !== undefined) await stopServer(listening);
        return tell(parent, { kind: "stopped" });
    }
  });
}

async function startWorker(runtime: Runtime, parent: Thread, config: ServeConfig, number: number) {
  try {
    const opened = await openWorker(runtime, parent, config, number);
    await recover(runtime, opened);
    await listen(runtime, opened);
    tell(parent, { kind: "listening" });
    return opened;
  } catch (error) {
    const lines = error instanceof UserError ? error.lines : [errorMessage(error)];
    tell(parent, { kind: "failed", lines });
    return undefined;
  }
}

function openWorker(runtime: Runtime, parent: Thread, config: ServeConfig, number: number) {
  const { topology, place, limits } = config;
  const self = workerName(place, number);
  const connect = (remote: Address, certified: readonly string[]) => {
    const { port1, port2 } = new MessageChannel();
    tell(parent, { kind: "connection", port: port2, remote, certified }, [port2]);
    return new PortConnection(port1, remote, [place.name]);
  };
  const names = topology.servers.flatMap(({ name, host }) => [name, host]);
  const inner: Topology = {
    ...topology,
    servers: [{ ...LOOPBACK, name: place.name }, { ...LOOPBACK, name: self }],
    links: [[place.name, self]],
  };
  // The only one whom this thread dials is the first thread.
  const network: Network = { ...runtime.network, dial: () => Promise.resolve(connect(LOOPBACK, [self])) };
  return openServer({ ...runtime, network }, config, number, {
    topology: inner,
    self,
    threads: [place.name],
    passOn(connection) {
      const certified = names.filter((name) => connection.certifies?.(name) === true);
      return relay(connection, connect(connection.remote, certified), limits.linkUnsentBytes);
    },
  });
}

function tell(parent: Thread, message: FromWorker, ports: readonly MessagePort[] = []): void {
  parent.post(message, ports);
}
