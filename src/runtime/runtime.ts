/**
 * What the core needs of the machine under it, as types alone. Deno, Node and
 * the simulation in `test/` each implement them; nothing else in `src/` may
 * name a runtime.
 */

/** An IP address (or a name that resolves to one) and a TCP port. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A moment of the wall clock: whole POSIX seconds and the nanoseconds (0 to 999,999,999) past them. */
export interface Instant {
  readonly seconds: number;
  readonly nanos: number;
}

/** A timer that has not fired yet can be cancelled; cancelling twice does nothing. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** The wall clock. It may step back. */
  now(): Instant;
  /** Milliseconds since some fixed moment; never steps back. For waits and idleness. */
  monotonicMs(): number;
  /** Calls `fn` once, `ms` milliseconds from now. */
  after(ms: number, fn: () => void): Timer;
  /** Calls `fn` every `ms` milliseconds until cancelled. */
  every(ms: number, fn: () => void): Timer;
  /** Calls `fn` once this turn of the event loop has handled what had already arrived. */
  soon(fn: () => void): void;
}

/** What happens on a connection, told to the one who started it. */
export interface ConnectionEvents {
  /** Bytes came in. They are the connection's own and are good during the call only. */
  received(bytes: Uint8Array): void;
  /** Everything written has been taken by the socket. */
  drained(): void;
  /** The peer has ended its sending side; ours still works. */
  ended(): void;
  /** The connection is gone. Comes once, and last; with the cause when it broke. */
  closed(cause: Error | undefined): void;
}

/** One TCP connection, both ways; with TLS or without. */
export interface Connection {
  /** The other side's address, numeric. */
  readonly remote: Address;
  /**
   * Whether the peer has proved by a certificate to be `name`, a host or a server. Absent where it has shown none that
   * an authority of ours has signed.
   */
  readonly certifies?: (name: string) => boolean;
  /** Begins reading; every event goes to `events`. Called once. */
  start(events: ConnectionEvents): void;
  /**
   * Sends `bytes` after all that was written before. They are copied where
   * they cannot be sent at once, so the caller may use the array again.
   */
  write(bytes: Uint8Array): void;
  /** Bytes written that the socket has not taken yet. */
  readonly unsentBytes: number;
  /** Stops reading; what was already read may still come. */
  pause(): void;
  resume(): void;
  /** Ends our sending side once everything is sent; what the peer sends still comes. Closes when both have ended. */
  end(): void;
  /** Closes at once, dropping what is unsent. */
  destroy(): void;
}

export interface Listener {
  /** The bound address, with the real port where 0 was asked for. */
  readonly address: Address;
  /** Stops accepting. Open connections go on. */
  close(): void;
}

/** A certificate and its key, as PEM text. */
export interface TlsIdentity {
  readonly certificate: string;
  readonly key: string;
}

/** What a server speaks TLS with, as PEM text. */
export interface TlsFiles extends TlsIdentity {
  /** One of these must have signed the certificate of whoever is to be believed, itself. */
  readonly authorities: string | undefined;
}

/** What is wrong with them; `unsigned` and `unpaired` are said of the certificate. */
export type TlsFault =
  | "no certificate"
  | "no names"
  | "no key"
  | "unpaired"
  | "no authorities"
  | "unsigned";

/** How a listener speaks TLS, 1.2 or later. */
export interface ListenTls extends TlsFiles {
  /** How long a handshake may take. */
  readonly handshakeMs: number;
  /** Handshakes under way at a time; a further connection is closed at once. */
  readonly handshakes: number;
  /** A connection from `remote` did not come through its handshake; `bound` is what it ran into, if it did. */
  failed(remote: Address, reason: string, bound?: "handshakes" | "handshakeMs"): void;
}

/** How a dialer speaks TLS. */
export interface DialTls {
  /** As PEM text. */
  readonly authorities: string;
  /** Of these the other side must prove to be one. */
  readonly names: readonly string[];
  /** What the dialer shows, if it has to. */
  readonly own?: TlsIdentity;
}

export interface ListenOptions {
  /** Other threads listen on the same port, each of which gets its share of the connections. */
  readonly shared?: boolean;
  /** Takes connections with TLS, and no others; accepted once the handshake is done. */
  readonly tls?: ListenTls | undefined;
  /**
   * Told of every connection that could not be accepted, as when file descriptors run out. What is open goes on, and
   * so does accepting once it can.
   */
  failed?(cause: Error): void;
}

/** What an HTTP server holds itself to. */
export interface HttpBounds {
  /** Connections open at a time; a further one is closed at once. */
  readonly connections: number;
  /** The same, from one address. */
  readonly connectionsPerAddress: number;
  /** Largest head of a request, in bytes. */
  readonly headerBytes: number;
  /** How long a request may take to arrive. */
  readonly requestMs: number;
  /** Requests of one connection that wait until those before them are answered; at one more it is closed. */
  readonly pipelined: number;
  /** How long a connection may stay open between two requests. */
  readonly idleMs: number;
  /** How long nothing may go either way during a request: whoever takes nothing of an answer is cut off then. */
  readonly silentMs: number;
}

/** What is no request that can be answered: none at all, one that was too slow to come, one with too large a head. */
export type UnreadableStatus = 400 | 408 | 431;

export interface ServeHttp {
  readonly bounds: HttpBounds;
  /** Speaks HTTPS, and nothing else. */
  readonly tls?: TlsIdentity | undefined;
  /** Answers a request that came from `remote`. What it rejects with is answered with status 500. */
  answer(request: Request, remote: Address): Response | Promise<Response>;
  /** What is said with `status` where there is no request that `answer` could be asked about. */
  unreadable(status: UnreadableStatus): { readonly type: string; readonly text: string };
  /** Told of each connection beyond `bounds.connections` or `connectionsPerAddress`, and of each request beyond another of them. */
  refused(bound: keyof HttpBounds): void;
}

/** An HTTP server that listens. */
export interface HttpListener {
  /** The bound address, with the real port where 0 was asked for. */
  readonly address: Address;
  /** Accepts no more, waits for the answers that are due, for at most `withinMs`, and closes what is left. */
  close(withinMs: number): Promise<void>;
}

export interface Network {
  /**
   * Listens on `address` and calls `accept` for each connection.
   * @throws {AddressInUseError} when the port is taken.
   * @throws {Error} when the address cannot be bound for another reason.
   */
  listen(
    address: Address,
    accept: (connection: Connection) => void,
    options?: ListenOptions,
  ): Promise<Listener>;
  /** Connects, or rejects with the cause; `signal` gives up. */
  dial(address: Address, signal: AbortSignal, tls?: DialTls): Promise<Connection>;
  /** The first thing that is wrong with `files`, if anything is. */
  findTlsFault(files: TlsFiles): Promise<TlsFault | undefined>;
  /**
   * Serves HTTP/1.1 on `address`.
   * @throws {AddressInUseError} when the port is taken.
   */
  serveHttp(address: Address, options: ServeHttp): Promise<HttpListener>;
  /** The native `fetch`. */
  fetch(url: string, init: RequestInit): Promise<Response>;
}

export class AddressInUseError extends Error {
  override readonly name = "AddressInUseError";
}

export class FileNotFoundError extends Error {
  override readonly name = "FileNotFoundError";
}

/** A file open for appending. */
export interface AppendFile {
  /** Appends all of `bytes`, blocking. When it throws, some of them may stand in the file. */
  appendSync(bytes: Uint8Array): void;
  close(): void;
}

/** The same of a file that must outlive a crash. */
export interface DurableFile extends AppendFile {
  /** Cuts the file to its first `sizeBytes`. */
  truncateSync(sizeBytes: number): void;
  /** Resolves once everything appended before is on the disk, where a crash of the machine leaves it. */
  sync(): Promise<void>;
}

/** A file open for reading from its beginning to its end. */
export interface ReadFile {
  readonly sizeBytes: number;
  /** Reads the next bytes into `into`. @returns how many; 0 at the end. */
  read(into: Uint8Array): Promise<number>;
  close(): void;
}

export interface Files {
  /** @throws {FileNotFoundError} */
  readText(path: string): Promise<string>;
  /** Whether what stands there can be read but once, as a pipe can. */
  isReadOnce(path: string): Promise<boolean>;
  /** @throws {FileNotFoundError} */
  readBytes(path: string): Promise<Uint8Array>;
  /** @throws {FileNotFoundError} */
  openRead(path: string): Promise<ReadFile>;
  /** Opens for appending, making the file where there is none. Its size in bytes comes along. */
  openAppend(path: string): { readonly file: DurableFile; readonly sizeBytes: number };
  /** Renames over whatever stands at `to`. @throws {FileNotFoundError} */
  renameSync(from: string, to: string): void;
  /**
   * Puts what `change` makes of a file's text in its place, whole or not at all; `change` gets undefined where there is
   * no file. A new one is its owner's alone to read; another keeps its owner and who may read it. What `change` throws
   * is thrown on.
   * @throws {Error} also while another change is under way.
   */
  changeText(path: string, change: (text: string | undefined) => string): Promise<void>;
  /** Removes a file without holding up the event loop, as a large one would. */
  remove(path: string): Promise<void>;
  /** Makes the folder and those above it; one that exists is fine. */
  makeDir(path: string): void;
  /** Resolves once the names in the folder are on the disk: of files made, renamed and removed before. */
  syncDir(path: string): Promise<void>;
}

/** What of it a log needs. */
export interface LogFiles extends Pick<Files, "renameSync" | "remove" | "makeDir"> {
  openAppend(path: string): { readonly file: AppendFile; readonly sizeBytes: number };
}

/** Another process of this same program. */
export interface Child {
  readonly pid: number;
  /** Its standard output and error, line by line, as they come. */
  readonly lines: AsyncIterable<string>;
  /** Resolves with the exit code (128 + the signal's number for a signal). */
  readonly exited: Promise<number>;
  terminate(): void;
}

/** The other side of a thread: for who started it the thread, for the thread who started it. */
export interface Thread {
  /** Sends a copy of `message`; the ports in it go along and are listed. */
  post(message: unknown, ports?: readonly MessagePort[]): void;
  /** Calls `fn` with each message, in order. Called once. */
  onMessage(fn: (message: unknown) => void): void;
}

export type StopSignal = "SIGTERM" | "SIGINT";

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export interface Process {
  readonly args: readonly string[];
  /** Whether standard error is a terminal, where a line can be written over. */
  readonly isTerminal: boolean;
  /** The size of the terminal that standard output is; undefined where it is none. */
  terminalSize(): TerminalSize | undefined;
  /**
   * Calls `fn` with what is typed, as it is typed, also Ctrl-C, which then is no signal. Does nothing where standard
   * input is no terminal. @returns what makes it a usual terminal again.
   */
  onKeys(fn: (keys: string) => void): () => void;
  env(name: string): string | undefined;
  /**
   * Writes to standard output, and holds nothing else up meanwhile. Resolves once it is taken, and also where nobody
   * is there to take it.
   */
  show(text: string): Promise<void>;
  /** Writes to standard output. */
  print(text: string): void;
  /** Writes to standard error. */
  printError(text: string): void;
  /** Lines of standard input, without their ends. */
  inputLines(): AsyncIterable<string>;
  /** Calls `fn` on every SIGTERM and SIGINT. */
  onStopSignal(fn: (signal: StopSignal) => void): void;
  /** Calls `fn` with an error nobody caught. */
  onUncaught(fn: (error: unknown) => void): void;
  /** Starts this program again with other arguments, and `env` beside its own environment. */
  startSelf(args: readonly string[], env: Readonly<Record<string, string>>): Child;
  /** Starts another thread of this program, with a runtime of its own; `failed` is told of an error nobody caught in it. */
  startThread(failed: (error: unknown) => void): Thread;
  /** Shows a page in the browser of whoever sits here, if there is one. Says nothing where there is none. */
  openInBrowser(url: string): void;
  exit(code: number): never;
}

/** What proofs are made with: WebCrypto, as far as they need it. */
export type Hmac = Pick<SubtleCrypto, "importKey" | "sign" | "verify">;

/** What passwords are checked with: the same, off the thread that asks. */
export type PasswordCrypto = Pick<SubtleCrypto, keyof Hmac | "digest" | "deriveBits">;

export interface Runtime {
  /** For people: "deno 2.9.6", "node 24.21.0". */
  readonly name: string;
  readonly clock: Clock;
  readonly network: Network;
  readonly files: Files;
  readonly process: Process;
  readonly hmac: Hmac;
  readonly crypto: PasswordCrypto;
  /** Unpredictable bytes, for nonces and seeds. */
  randomBytes(count: number): Uint8Array;
}
