/** The runtime layer on Node. With `deno.ts`, and what both share, the only place that names a runtime. */
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as net from "node:net";
import process from "node:process";
import { isatty } from "node:tty";
import { parentPort, type Transferable, Worker } from "node:worker_threads";
import { browserCommand } from "./browser.ts";
import { makeClock } from "./clock.ts";
import { hasCode, isOfNoReader } from "./errors.ts";
import { mergeLines, splitLines } from "./lines.ts";
import { bindServer, SocketConnection } from "./sockets.ts";
import { usualSize } from "./terminal.ts";
import {
  type Child,
  type DurableFile,
  FileNotFoundError,
  type Files,
  type Network,
  type Process,
  type ReadFile,
  type Runtime,
  type Thread,
} from "./runtime.ts";

export function nodeRuntime(): Runtime {
  return {
    name: `node ${process.versions.node}`,
    clock: makeClock((fn) => void setImmediate(fn)),
    network: nodeNetwork,
    files: nodeFiles,
    process: nodeProcess,
    hmac: crypto.subtle,
    crypto: crypto.subtle,
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
  };
}

const nodeNetwork: Network = {
  async listen(address, accept, { shared = false, tls, failed = () => {} } = {}) {
    if (tls !== undefined) {
      const { listenTls } = await import("./tls.ts");
      return await listenTls(address, accept, tls, shared, failed, mostConnections());
    }
    const server = net.createServer({ allowHalfOpen: true, noDelay: true });
    server.on("connection", (socket) => accept(new SocketConnection(socket)));
    const bound = await bindServer(server, address, shared);
    server.on("error", failed);
    // Where descriptors run out, Node itself closes whoever comes, without a word. So some are kept back: whoever
    // comes then is closed too, but this is known, and links, logs and searches still have theirs.
    server.maxConnections = mostConnections();
    server.on("drop", () => failed(new Error("file descriptors have run out")));
    return { address: bound, close: () => void server.close() };
  },
  async dial(address, signal, tls) {
    if (tls !== undefined) return (await import("./tls.ts")).dialTls(address, signal, tls);
    return await new Promise((resolve, reject) => {
      const socket = net.connect({
        host: address.host,
        port: address.port,
        allowHalfOpen: true,
      });
      const abort = () => socket.destroy(new Error("gave up"));
      signal.addEventListener("abort", abort, { once: true });
      socket.once("error", reject);
      socket.once("connect", () => {
        signal.removeEventListener("abort", abort);
        socket.off("error", reject);
        resolve(new SocketConnection(socket));
      });
      if (signal.aborted) abort();
    });
  },
  findTlsFault: async (files) => (await import("./tls.ts")).findTlsFault(files),
  serveHttp: async (address, options) => (await import("./http.ts")).serveHttp(address, options),
  fetch: (url, init) => fetch(url, init),
};

/** Descriptors kept back; half of them where there are few. */
const RESERVED_FILES = 128;

/** Connections that the descriptors of this process are enough for. */
function mostConnections(): number {
  try {
    const limits = fs.readFileSync("/proc/self/limits", "latin1");
    const files = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Infinity);
    return files - Math.min(RESERVED_FILES, Math.floor(files / 2));
  } catch {
    return Infinity; // Only Linux says.
  }
}

class NodeFile implements DurableFile {
  readonly #fd: number;
  constructor(fd: number) {
    this.#fd = fd;
  }
  appendSync(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) at += fs.writeSync(this.#fd, bytes, at);
  }
  truncateSync(sizeBytes: number): void {
    fs.ftruncateSync(this.#fd, sizeBytes);
  }
  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fs.fdatasync(this.#fd, (error) => error === null ? resolve() : reject(error));
    });
  }
  close(): void {
    fs.closeSync(this.#fd);
  }
}

class NodeSource implements ReadFile {
  readonly sizeBytes: number;
  readonly #file: fs.promises.FileHandle;
  constructor(file: fs.promises.FileHandle, sizeBytes: number) {
    this.#file = file;
    this.sizeBytes = sizeBytes;
  }
  async read(into: Uint8Array): Promise<number> {
    return (await this.#file.read(into)).bytesRead;
  }
  close(): void {
    void this.#file.close();
  }
}

const nodeFiles: Files = {
  readText: (path) => orNotFound(path, fs.promises.readFile(path, "utf8")),
  isReadOnce: (path) => fs.promises.stat(path).then((stat) => !stat.isFile(), () => false),
  readBytes: (path) => orNotFound<Uint8Array>(path, fs.promises.readFile(path)),
  async openRead(path) {
    const file = await orNotFound(path, fs.promises.open(path, "r"));
    return new NodeSource(file, (await file.stat()).size);
  },
  openAppend(path) {
    const fd = fs.openSync(path, "a");
    return { file: new NodeFile(fd), sizeBytes: fs.fstatSync(fd).size };
  },
  renameSync(from, to) {
    try {
      fs.renameSync(from, to);
    } catch (error) {
      throw foundOrNot(from, error);
    }
  },
  changeText: async (path, change) => (await import("./change_text.ts")).changeText(path, change),
  remove: (path) => fs.promises.rm(path),
  makeDir: (path) => void fs.mkdirSync(path, { recursive: true }),
  async syncDir(path) {
    const folder = await fs.promises.open(path, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
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
  return hasCode(error, "ENOENT") ? new FileNotFoundError(path, { cause: error }) : error;
}

const encoder = new TextEncoder();

/** Between two tries to write to a reader that is slow. */
const FULL_PIPE_MS = 5;
/** Between two to a terminal that someone holds. */
const HELD_TERMINAL_MS = 50;
const never = new Int32Array(new SharedArrayBuffer(4));

/** Whoever read our output may have gone; a server serves on without an audience. One that is slow is waited for. */
function writeOrGoOn(fd: number, text: string): void {
  const bytes = encoder.encode(text);
  for (let at = 0; at < bytes.length;) {
    try {
      at += fs.writeSync(fd, bytes, at);
    } catch (error) {
      if (isOfNoReader(error)) return;
      if (!hasCode(error, "EAGAIN")) throw error;
      // Node makes pipes that do not wait themselves.
      Atomics.wait(never, 0, 0, FULL_PIPE_MS);
    }
  }
}

/** The same, without holding anything else up. */
function show(text: string): Promise<void> {
  terminal ??= openTerminal();
  return terminal === NO_TERMINAL ? showInStream(text) : showInTerminal(terminal, text);
}

const NO_TERMINAL = -1;
let terminal: number | undefined;

/** Node's own stream waits for a terminal that is held, and everything with it: so it is opened once more. */
function openTerminal(): number {
  if (!isatty(1)) return NO_TERMINAL;
  const { O_WRONLY, O_NOCTTY, O_NONBLOCK } = fs.constants;
  try {
    return fs.openSync("/dev/fd/1", O_WRONLY | O_NOCTTY | O_NONBLOCK);
  } catch {
    return NO_TERMINAL;
  }
}

async function showInTerminal(fd: number, text: string): Promise<void> {
  const bytes = encoder.encode(text);
  for (let at = 0; at < bytes.length;) {
    try {
      at += fs.writeSync(fd, bytes, at);
    } catch (error) {
      if (!hasCode(error, "EAGAIN")) return;
      await new Promise((resolve) => setTimeout(resolve, HELD_TERMINAL_MS));
    }
  }
}

let isHeard = false;

function showInStream(text: string): Promise<void> {
  const { stdout } = process;
  if (!isHeard) stdout.on("error", () => {/* What is written then is told so, too. */});
  isHeard = true;
  return new Promise((resolve) => stdout.write(text, () => resolve()));
}

const nodeProcess: Process = {
  args: process.argv.slice(2),
  isTerminal: process.stderr.isTTY === true,
  terminalSize() {
    const { columns, rows } = process.stdout;
    // Where this is a thread, its stream is none of a terminal's.
    return isatty(1) ? usualSize(columns, rows) : undefined;
  },
  onKeys(fn) {
    const { stdin } = process;
    if (stdin.isTTY !== true) return () => {};
    stdin.setRawMode(true);
    stdin.on("data", (bytes) => fn(String(bytes)));
    return () => void stdin.setRawMode(false).pause();
  },
  env: (name) => process.env[name],
  show,
  print: (text) => writeOrGoOn(1, text),
  printError: (text) => writeOrGoOn(2, text),
  inputLines: () => splitLines(process.stdin),
  onStopSignal(fn) {
    process.on("SIGTERM", () => fn("SIGTERM"));
    process.on("SIGINT", () => fn("SIGINT"));
  },
  onUncaught(fn) {
    process.stdout.on("error", () => {/* As in writeOrGoOn. */});
    process.stderr.on("error", () => {});
    process.on("uncaughtException", fn);
    process.on("unhandledRejection", fn);
  },
  startSelf(args, env): Child {
    const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? "", ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    return {
      pid: child.pid ?? 0,
      lines: mergeLines([child.stdout, child.stderr]),
      exited: new Promise((resolve) => child.on("close", (code) => resolve(code ?? 1))),
      terminate: () => void child.kill("SIGTERM"),
    };
  },
  startThread(failed) {
    const worker = new Worker(new URL("../main_thread_node.ts", import.meta.url));
    worker.on("error", failed);
    return {
      post: (message, ports = []) => worker.postMessage(message, toNode(ports)),
      onMessage: (fn) => void worker.on("message", fn),
    };
  },
  openInBrowser(url) {
    const [program = "", ...args] = browserCommand(process.platform, url);
    spawn(program, args, { stdio: "ignore", detached: true }).on("error", () => {}).unref();
  },
  exit: (code) => process.exit(code),
};

/** The global `MessagePort` is Node's own, which its types do not say. */
function toNode(ports: readonly MessagePort[]): readonly Transferable[] {
  return ports as unknown as readonly Transferable[];
}

/** In a thread: who started it. */
export function nodeParent(): Thread {
  const port = parentPort;
  if (port === null) throw new Error("this is no thread");
  return {
    post: (message, ports = []) => port.postMessage(message, toNode(ports)),
    onMessage: (fn) => void port.on("message", fn),
  };
}
