/** The runtime layer on Deno. With `node.ts`, and what both share, the only place that names a runtime. */
import { setImmediate } from "node:timers";
import { FIXED_WAITS } from "../limits.ts";
import { addressText } from "./url.ts";
import { buffers, NO_BYTES } from "./buffers.ts";
import { browserCommand } from "./browser.ts";
import { makeClock } from "./clock.ts";
import { isOfNoReader, toError } from "./errors.ts";
import { mergeLines, splitLines } from "./lines.ts";
import { usualSize } from "./terminal.ts";
import {
  type Address,
  AddressInUseError,
  type Child,
  type Connection,
  type ConnectionEvents,
  type DurableFile,
  FileNotFoundError,
  type Files,
  type Network,
  type Process,
  type ReadFile,
  type Runtime,
  type Thread,
} from "./runtime.ts";

const FIRST_READ_BYTES = 4_096;
const MAX_READ_BYTES = 65_536;

export function denoRuntime(): Runtime {
  return {
    name: `deno ${Deno.version.deno}`,
    clock: makeClock((fn) => void setImmediate(fn)),
    network: denoNetwork,
    files: denoFiles,
    process: denoProcess,
    hmac: crypto.subtle,
    crypto: crypto.subtle,
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
  };
}

/** Up to so many connections each read again as soon as they have been served. */
const FEW_CONNECTIONS = 100;
/** Reads that come back together, from which on others may have been put off. */
const LARGE_BATCH = 96;
/** After so many large batches in a row the line moves on all the same: new connections may never end. */
const MAX_LARGE_BATCHES = 128;
/** How long those who were put off are waited for, twice, in case that nobody was. */
const PUT_OFF_MS = 1;
/** A read that brought so much is followed by a turn of the event loop, whoever else is there. */
const LARGE_READ_BYTES = 32_768;
/** Connections that read again in one turn of the event loop: few, since Deno looks for new data every 61 turns. */
const READS_PER_TURN = 16;

/**
 * Gives every connection its turn. A tokio task may do 128 operations before it has to yield, and Deno waits for all
 * sockets in one task; those that are ready and exceed it are put off, and woken last come, first served. With many
 * busy connections, whose next reads join at both ends of that queue, the ones in its middle are never served. So a
 * connection that was served waits in a line of our own, as long as others are put off.
 */
class Turns {
  #connections = 0;
  /** Reads that came back together. */
  #batch = 0;
  /** Large batches in a row. */
  #large = 0;
  /** Resumes reading, first come, first served. */
  #line: (() => void)[] = [];
  #isTurning = false;
  /** Set while others are put off. */
  #timer: ReturnType<typeof setTimeout> | undefined;

  joined(): void {
    this.#connections++;
  }

  left(): void {
    this.#connections--;
  }

  /** After a connection was served that had read `count` bytes: whether it has to wait for its turn. */
  mustWait(count: number): boolean {
    if (count >= LARGE_READ_BYTES) {
      this.#beginTurn();
      return true;
    }
    if (this.#connections <= FEW_CONNECTIONS && this.#line.length === 0) return false;
    // What comes back together is told in one go: this runs behind the last of it.
    if (this.#batch++ === 0) queueMicrotask(this.#batchEnded);
    return true;
  }

  next(): Promise<void> {
    return new Promise((resolve) => this.#line.push(resolve));
  }

  readonly #batchEnded = () => {
    this.#large = this.#batch >= LARGE_BATCH ? this.#large + 1 : 0;
    if (this.#large > MAX_LARGE_BATCHES) this.#large = 0;
    const isLarge = this.#large > 0;
    this.#batch = 0;
    clearTimeout(this.#timer);
    this.#timer = isLarge ? setTimeout(this.#nobodyCame, PUT_OFF_MS, 1) : undefined;
    if (!isLarge && !this.#isTurning) this.#turn();
  };

  readonly #nobodyCame = (times: number) => {
    this.#timer = times < 2 ? setTimeout(this.#nobodyCame, PUT_OFF_MS, times + 1) : undefined;
    if (this.#timer === undefined && !this.#isTurning) this.#turn();
  };

  readonly #turn = () => {
    this.#isTurning = false;
    if (this.#timer !== undefined) return;
    for (const read of this.#line.splice(0, READS_PER_TURN)) read();
    if (this.#line.length > 0) this.#beginTurn();
  };

  #beginTurn(): void {
    if (this.#isTurning) return;
    this.#isTurning = true;
    setImmediate(this.#turn);
  }
}

const turns = new Turns();

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
  #gathering = NO_BYTES;
  #gathered = 0;
  #sending = NO_BYTES;
  #sent = 0;
  #toSend = 0;

  constructor(conn: Deno.TcpConn) {
    const { hostname, port } = conn.remoteAddr;
    this.remote = { host: hostname, port };
    this.#conn = conn;
    conn.setNoDelay(true);
    turns.joined();
  }

  get unsentBytes(): number {
    return this.#toSend - this.#sent + this.#gathered;
  }

  start(events: ConnectionEvents): void {
    this.#events = events;
    this.#read(events);
  }

  write(bytes: Uint8Array): void {
    if (this.#closed || this.#ending) return;
    const length = this.#gathered + bytes.length;
    if (length > this.#gathering.length) {
      this.#gathering = buffers.grow(this.#gathering, this.#gathered, length);
    }
    this.#gathering.set(bytes, this.#gathered);
    this.#gathered = length;
    if (this.#toSend === 0) this.#send();
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
    try {
      while (!this.#closed) {
        if (this.#paused) await new Promise<void>((resolve) => this.#resume = resolve);
        const count = await this.#conn.read(buffer);
        if (this.#closed) return;
        if (count === null) break;
        events.received(count === buffer.length ? buffer : buffer.subarray(0, count));
        if (count === buffer.length && count < MAX_READ_BYTES) buffer = new Uint8Array(4 * count);
        if (turns.mustWait(count)) await turns.next();
      }
      if (this.#closed) return;
      this.#peerEnded = true;
      if (this.#ending && this.unsentBytes === 0) return this.#close(undefined);
      events.ended();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Hands on what was gathered. While the socket takes it, the other buffer gathers. */
  #send(): void {
    const idle = this.#sending;
    this.#sending = this.#gathering;
    this.#gathering = buffers.release(idle);
    this.#sent = 0;
    this.#toSend = this.#gathered;
    this.#gathered = 0;
    this.#sendRest();
  }

  #sendRest(): void {
    this.#conn.write(this.#sending.subarray(this.#sent, this.#toSend)).then(this.#wrote, this.#failed);
  }

  readonly #wrote = (count: number): void => {
    if (this.#closed) return;
    this.#sent += count;
    if (this.#sent < this.#toSend) return this.#sendRest();
    this.#sent = this.#toSend = 0;
    if (this.#gathered > 0) return this.#send();
    if (this.#ending) return this.#endNow();
    try {
      this.#events?.drained();
    } catch (error) {
      this.#failed(error);
    }
  };

  /** Also of a fault of the one who listens, which must reach no further than this connection. */
  readonly #failed = (error: unknown): void => this.#close(toError(error));

  #endNow(): void {
    if (this.#peerEnded) return this.#close(undefined);
    this.#conn.closeWrite().catch(() => {/* The peer is gone already; the read says so. */});
  }

  #close(cause: Error | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    turns.left();
    this.#gathered = this.#sent = this.#toSend = 0;
    this.resume();
    try {
      this.#conn.close();
    } catch { /* It was closed under us, which is what we want. */ }
    this.#events?.closed(cause);
  }
}

const denoNetwork: Network = {
  async listen(address, accept, { shared = false, tls, failed = () => {} } = {}) {
    // Deno's own TLS asks no client for a certificate, and does not show the one that a server has.
    if (tls !== undefined) return (await import("./tls.ts")).listenTls(address, accept, tls, shared, failed);
    const listener = bind(address, shared);
    acceptAll(listener, accept, failed);
    return {
      address: { host: listener.addr.hostname, port: listener.addr.port },
      close: () => listener.close(),
    };
  },
  async dial(address, signal, tls) {
    if (tls !== undefined) return (await import("./tls.ts")).dialTls(address, signal, tls);
    const conn = await Deno.connect({ hostname: address.host, port: address.port, signal });
    return new DenoConnection(conn);
  },
  findTlsFault: async (files) => (await import("./tls.ts")).findTlsFault(files),
  serveHttp: async (address, options) => (await import("./http.ts")).serveHttp(address, options),
  fetch: (url, init) => fetch(url, init),
};

function bind(address: Address, reusePort: boolean): Deno.TcpListener {
  try {
    return Deno.listen({ hostname: address.host, port: address.port, reusePort });
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    throw new AddressInUseError(`${addressText(address)} is in use`, { cause: error });
  }
}

async function acceptAll(
  listener: Deno.TcpListener,
  accept: (connection: Connection) => void,
  failed: (cause: Error) => void,
): Promise<void> {
  for (;;) {
    try {
      accept(new DenoConnection(await listener.accept()));
    } catch (error) {
      if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) return;
      failed(toError(error));
      await new Promise((resolve) => setTimeout(resolve, FIXED_WAITS.acceptRetryMs));
    }
  }
}

class DenoFile implements DurableFile {
  readonly #file: Deno.FsFile;
  constructor(file: Deno.FsFile) {
    this.#file = file;
  }
  appendSync(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) at += this.#file.writeSync(bytes.subarray(at));
  }
  truncateSync(sizeBytes: number): void {
    this.#file.truncateSync(sizeBytes);
  }
  sync(): Promise<void> {
    return this.#file.syncData();
  }
  close(): void {
    this.#file.close();
  }
}

class DenoSource implements ReadFile {
  readonly sizeBytes: number;
  readonly #file: Deno.FsFile;
  constructor(file: Deno.FsFile, sizeBytes: number) {
    this.#file = file;
    this.sizeBytes = sizeBytes;
  }
  async read(into: Uint8Array): Promise<number> {
    return await this.#file.read(into) ?? 0;
  }
  close(): void {
    this.#file.close();
  }
}

const denoFiles: Files = {
  readText: (path) => orNotFound(path, Deno.readTextFile(path)),
  isReadOnce: (path) => Deno.stat(path).then(({ isFile }) => !isFile, () => false),
  readBytes: (path) => orNotFound(path, Deno.readFile(path)),
  async openRead(path) {
    const file = await orNotFound(path, Deno.open(path));
    return new DenoSource(file, (await file.stat()).size);
  },
  openAppend(path) {
    const file = Deno.openSync(path, { append: true, create: true });
    return { file: new DenoFile(file), sizeBytes: file.statSync().size };
  },
  renameSync(from, to) {
    try {
      Deno.renameSync(from, to);
    } catch (error) {
      throw foundOrNot(from, error);
    }
  },
  changeText: async (path, change) => (await import("./change_text.ts")).changeText(path, change),
  remove: (path) => Deno.remove(path),
  makeDir: (path) => Deno.mkdirSync(path, { recursive: true }),
  async syncDir(path) {
    using folder = await Deno.open(path);
    await folder.sync();
  },
};

async function orNotFound<T>(path: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw foundOrNot(path, error);
  }
}

function foundOrNot(path: string, error: unknown): unknown {
  return error instanceof Deno.errors.NotFound ? new FileNotFoundError(path, { cause: error }) : error;
}

const encoder = new TextEncoder();

/** Whoever read our output may have gone; a server serves on without an audience. */
function writeOrGoOn(to: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = encoder.encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += to.writeSync(bytes.subarray(at));
  } catch (error) {
    if (!isOfNoReader(error)) throw error;
  }
}

/** The same, without holding anything else up. */
async function show(text: string): Promise<void> {
  const bytes = encoder.encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += await Deno.stdout.write(bytes.subarray(at));
  } catch {
    // Nobody is there to take it, or its disk is full: no reason to end.
  }
}

const denoProcess: Process = {
  args: Deno.args,
  get isTerminal() {
    return Deno.stderr.isTerminal();
  },
  terminalSize() {
    if (!Deno.stdout.isTerminal()) return undefined;
    const { columns, rows } = Deno.consoleSize();
    return usualSize(columns, rows);
  },
  onKeys(fn) {
    if (!Deno.stdin.isTerminal()) return () => {};
    Deno.stdin.setRaw(true);
    readKeys(fn);
    return () => Deno.stdin.setRaw(false);
  },
  env: (name) => Deno.env.get(name),
  show,
  print: (text) => writeOrGoOn(Deno.stdout, text),
  printError: (text) => writeOrGoOn(Deno.stderr, text),
  inputLines: () => splitLines(Deno.stdin.readable),
  onStopSignal(fn) {
    Deno.addSignalListener("SIGINT", () => fn("SIGINT"));
    if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", () => fn("SIGTERM"));
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
  startSelf(args, env): Child {
    const script = Deno.build.standalone ? [] : ["run", ...CHILD_PERMISSIONS, Deno.mainModule];
    const child = new Deno.Command(Deno.execPath(), {
      args: [...script, ...args],
      env,
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
  startThread(failed) {
    const worker = new Worker(new URL("../main_thread.ts", import.meta.url), { type: "module" });
    worker.onerror = (event) => {
      event.preventDefault();
      failed(event.error ?? event.message);
    };
    return {
      post: (message, ports = []) => worker.postMessage(message, [...ports]),
      onMessage(fn) {
        worker.onmessage = (event: MessageEvent<unknown>) => fn(event.data);
      },
    };
  },
  openInBrowser(url) {
    const [program = "", ...args] = browserCommand(Deno.build.os, url);
    try {
      new Deno.Command(program, { args, stdin: "null", stdout: "null", stderr: "null" }).spawn().unref();
    } catch { /* There is none. */ }
  },
  exit: (code) => Deno.exit(code),
};

async function readKeys(fn: (keys: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(64);
  try {
    for (let count; (count = await Deno.stdin.read(buffer)) !== null;) {
      fn(decoder.decode(buffer.subarray(0, count), { stream: true }));
    }
  } catch { /* The terminal has gone. */ }
}

/** In a thread: who started it. */
export function denoParent(): Thread {
  const scope = self as unknown as Pick<Worker, "postMessage" | "onmessage">;
  return {
    post: (message, ports = []) => scope.postMessage(message, [...ports]),
    onMessage(fn) {
      scope.onmessage = (event: MessageEvent<unknown>) => fn(event.data);
    },
  };
}

/** What a server needs, and no more: as the task `serve` in deno.json. */
const CHILD_PERMISSIONS = [
  "--quiet",
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-env=GOOGLE_PLACES_API_KEY,HERD_SECRET,HERD_STARTER,INIT_CWD,NO_COLOR",
];
