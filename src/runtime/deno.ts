/** The runtime layer on Deno. With `node.ts` the only place that names a runtime. */
import { setImmediate } from "node:timers";
import { makeClock } from "./clock.ts";
import { mergeLines, splitLines } from "./lines.ts";
import {
  type Address,
  AddressInUseError,
  type AppendFile,
  type Child,
  type Connection,
  type ConnectionEvents,
  FileNotFoundError,
  type Files,
  type Listener,
  type Network,
  type Process,
  type Runtime,
} from "./runtime.ts";

const FIRST_READ_BYTES = 4_096;
const MAX_READ_BYTES = 65_536;
/** Buffers that grew larger than this are not kept once they are empty. */
const KEPT_BUFFER_BYTES = 65_536;
/** Pause after an accept failed, as it does when file descriptors run out. */
const ACCEPT_RETRY_MS = 100;

export function denoRuntime(): Runtime {
  return {
    name: `deno ${Deno.version.deno}`,
    clock: makeClock((fn) => void setImmediate(fn)),
    network: denoNetwork,
    files: denoFiles,
    process: denoProcess,
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
  };
}

class DenoConnection implements Connection {
  readonly remote: Address;
  readonly #conn: Deno.TcpConn;
  #events: ConnectionEvents | undefined;
  #resume: (() => void) | undefined;
  #paused = false;
  #peerEnded = false;
  #ending = false;
  #closed = false;
  // Writes go into `gathering`; while the socket takes it, the next ones go into the other buffer.
  #gathering = new Uint8Array(0);
  #gathered = 0;
  #spare = new Uint8Array(0);
  #inFlight = 0;

  constructor(conn: Deno.TcpConn) {
    const { hostname, port } = conn.remoteAddr;
    this.remote = { host: hostname, port };
    this.#conn = conn;
    conn.setNoDelay(true);
  }

  get unsentBytes(): number {
    return this.#inFlight + this.#gathered;
  }

  start(events: ConnectionEvents): void {
    this.#events = events;
    this.#read(events);
  }

  write(bytes: Uint8Array): void {
    if (this.#closed || this.#ending) return;
    const length = this.#gathered + bytes.length;
    if (length > this.#gathering.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#gathering.length));
      grown.set(this.#gathering.subarray(0, this.#gathered));
      this.#gathering = grown;
    }
    this.#gathering.set(bytes, this.#gathered);
    this.#gathered = length;
    if (this.#inFlight === 0) this.#send();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#resume?.();
    this.#resume = undefined;
  }

  end(): void {
    if (this.#closed || this.#ending) return;
    this.#ending = true;
    if (this.unsentBytes === 0) this.#endNow();
  }

  destroy(): void {
    this.#close(undefined);
  }

  async #read(events: ConnectionEvents): Promise<void> {
    let buffer = new Uint8Array(FIRST_READ_BYTES);
    while (!this.#closed) {
      if (this.#paused) await new Promise<void>((resolve) => this.#resume = resolve);
      let count: number | null;
      try {
        count = await this.#conn.read(buffer);
      } catch (error) {
        return this.#close(toError(error));
      }
      if (this.#closed) return;
      if (count === null) break;
      this.#tell(() => events.received(count === buffer.length ? buffer : buffer.subarray(0, count)));
      if (count === buffer.length && count < MAX_READ_BYTES) buffer = new Uint8Array(4 * count);
    }
    if (this.#closed) return;
    this.#peerEnded = true;
    if (this.#ending && this.unsentBytes === 0) return this.#close(undefined);
    this.#tell(() => events.ended());
  }

  async #send(): Promise<void> {
    while (this.#gathered > 0 && !this.#closed) {
      const bytes = this.#gathering;
      const length = this.#gathered;
      this.#gathering = this.#spare;
      this.#gathered = 0;
      this.#inFlight = length;
      try {
        for (let at = 0; at < length;) {
          const count = await this.#conn.write(bytes.subarray(at, length));
          at += count;
          this.#inFlight = Math.max(length - at, 1);
        }
      } catch (error) {
        return this.#close(toError(error));
      }
      this.#spare = bytes.length <= KEPT_BUFFER_BYTES ? bytes : new Uint8Array(0);
    }
    this.#inFlight = 0;
    if (this.#closed) return;
    if (this.#ending) return this.#endNow();
    this.#tell(() => this.#events?.drained());
  }

  #endNow(): void {
    if (this.#peerEnded) return this.#close(undefined);
    this.#conn.closeWrite().catch(() => {/* The peer is gone already; the read says so. */});
  }

  /** A fault of the one who listens must not be taken for the socket's, nor reach further than this connection. */
  #tell(event: () => void): void {
    try {
      event();
    } catch (error) {
      this.#close(toError(error));
    }
  }

  #close(cause: Error | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#gathered = 0;
    this.#inFlight = 0;
    this.resume();
    try {
      this.#conn.close();
    } catch { /* It was closed under us, which is what we want. */ }
    this.#events?.closed(cause);
  }
}

const denoNetwork: Network = {
  listen(address, accept) {
    try {
      const listener = Deno.listen({ hostname: address.host, port: address.port });
      acceptAll(listener, accept);
      const bound: Listener = {
        address: { host: listener.addr.hostname, port: listener.addr.port },
        close: () => listener.close(),
      };
      return Promise.resolve(bound);
    } catch (error) {
      if (error instanceof Deno.errors.AddrInUse) {
        return Promise.reject(
          new AddressInUseError(`${address.host}:${address.port} is in use`, { cause: error }),
        );
      }
      return Promise.reject(error);
    }
  },
  async dial(address, signal) {
    const conn = await Deno.connect({ hostname: address.host, port: address.port, signal });
    return new DenoConnection(conn);
  },
  fetch: (url, init) => fetch(url, init),
};

async function acceptAll(
  listener: Deno.TcpListener,
  accept: (connection: Connection) => void,
): Promise<void> {
  for (;;) {
    try {
      accept(new DenoConnection(await listener.accept()));
    } catch (error) {
      if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) return;
      await new Promise((resolve) => setTimeout(resolve, ACCEPT_RETRY_MS));
    }
  }
}

class DenoAppendFile implements AppendFile {
  readonly #file: Deno.FsFile;
  constructor(file: Deno.FsFile) {
    this.#file = file;
  }
  appendSync(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) at += this.#file.writeSync(bytes.subarray(at));
  }
  close(): void {
    this.#file.close();
  }
}

const denoFiles: Files = {
  readText: (path) => orNotFound(path, Deno.readTextFile(path)),
  readBytes: (path) => orNotFound(path, Deno.readFile(path)),
  openAppend(path) {
    const file = Deno.openSync(path, { append: true, create: true });
    return { file: new DenoAppendFile(file), sizeBytes: file.statSync().size };
  },
  renameSync: (from, to) => Deno.renameSync(from, to),
  remove: (path) => Deno.remove(path),
  makeDir: (path) => Deno.mkdirSync(path, { recursive: true }),
};

async function orNotFound<T>(path: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new FileNotFoundError(path, { cause: error });
    throw error;
  }
}

const encoder = new TextEncoder();

/** Whoever read our output may have gone; a server serves on without an audience. */
function writeOrGoOn(to: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = encoder.encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += to.writeSync(bytes.subarray(at));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

const denoProcess: Process = {
  args: Deno.args,
  env: (name) => Deno.env.get(name),
  print: (text) => writeOrGoOn(Deno.stdout, text),
  printError: (text) => writeOrGoOn(Deno.stderr, text),
  inputLines: () => splitLines(Deno.stdin.readable),
  onStopSignal(fn) {
    Deno.addSignalListener("SIGINT", fn);
    if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", fn);
  },
  onUncaught(fn) {
    globalThis.addEventListener("error", (event) => {
      event.preventDefault();
      fn(event.error);
    });
    globalThis.addEventListener("unhandledrejection", (event) => {
      event.preventDefault();
      fn(event.reason);
    });
  },
  startSelf(args): Child {
    const script = Deno.build.standalone ? [] : ["run", ...CHILD_PERMISSIONS, Deno.mainModule];
    const child = new Deno.Command(Deno.execPath(), {
      args: [...script, ...args],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    return {
      pid: child.pid,
      lines: mergeLines([child.stdout, child.stderr]),
      exited: child.status.then((status) => status.code),
      terminate() {
        try {
          child.kill("SIGTERM");
        } catch { /* It has exited already. */ }
      },
    };
  },
  exit: (code) => Deno.exit(code),
};

/** What a server needs, and no more: as the task `serve` in deno.json. */
const CHILD_PERMISSIONS = [
  "--quiet",
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-env=GOOGLE_PLACES_API_KEY,HERD_SECRET",
];

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
