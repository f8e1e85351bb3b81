/** TLS on both runtimes, by the one module that asks clients for certificates on both. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import * as net from "node:net";
import { setImmediate } from "node:timers";
import * as tls from "node:tls";
import { Gate } from "./gate.ts";
import type { Address, Connection, DialTls, Listener, ListenTls, TlsFault, TlsFiles } from "./runtime.ts";
import { bindServer, SocketConnection } from "./sockets.ts";

const MIN_VERSION: tls.SecureVersion = "TLSv1.2";
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** As `Network.listen` says. */
export async function listenTls(
  address: Address,
  accept: (connection: Connection) => void,
  options: ListenTls,
  shared: boolean,
  failed: (cause: Error) => void,
  mostConnections: number = Infinity,
): Promise<Listener> {
  const door = new Door(options, accept);
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (raw) => door.enter(raw));
  const bound = await bindServer(server, address, shared);
  server.on("error", failed);
  server.maxConnections = mostConnections;
  server.on("drop", () => failed(new Error("file descriptors have run out")));
  return {
    address: bound,
    close() {
      server.close();
      door.close();
    },
  };
}

/** As `Network.dial` says. */
export async function dialTls(
  address: Address,
  signal: AbortSignal,
  options: DialTls,
): Promise<Connection> {
  const raw = net.connect({ host: address.host, port: address.port, allowHalfOpen: true, noDelay: true });
  const abort = () => raw.destroy(new Error("gave up"));
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    await new Promise<void>((resolve, reject) => {
      raw.once("connect", resolve);
      raw.on("error", reject);
    });
    return await greet(raw, address.host, options, new Gate(raw));
  } catch (error) {
    raw.destroy();
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** The dialer's part of the handshake. */
function greet(
  raw: net.Socket,
  host: string,
  options: DialTls,
  gate: Gate,
): Promise<Connection> {
  const { authorities, own, names } = options;
  return new Promise((resolve, reject) => {
    const socket = tls.connect({
      socket: gate,
      ...(net.isIP(host) === 0 ? { servername: host } : {}),
      minVersion: MIN_VERSION,
      ca: authorities,
      ...(own === undefined ? {} : { cert: own.certificate, key: own.key }),
      // More names will do than the host's.
      checkServerIdentity: () => undefined,
    });
    socket.on("error", reject);
    raw.once("error", reject);
    raw.once("close", () => reject(new Error("it closed the connection")));
    socket.once("secureConnect", () => {
      const certifies = makeCertifier(socket, parseCertificates(authorities));
      if (certifies === undefined) reject(new Error("its certificate is not signed by an authority of ours"));
      else if (names.some(certifies)) resolve(new SocketConnection(socket, { raw, gate, certifies }));
      else reject(new Error(`its certificate is not for ${names.join(" or ")}`));
    });
  });
}

/** Takes connections through their handshakes. */
class Door {
  readonly #options: ListenTls;
  readonly #authorities: readonly X509Certificate[];
  readonly #accept: (connection: Connection) => void;
  /** Those whose handshake is under way. */
  readonly #pending = new Set<net.Socket>();

  constructor(options: ListenTls, accept: (connection: Connection) => void) {
    this.#options = options;
    this.#authorities = parseCertificates(options.authorities ?? "");
    this.#accept = accept;
  }

  enter(raw: net.Socket): void {
    const { handshakes, handshakeMs, failed } = this.#options;
    const remote = { host: raw.remoteAddress ?? "", port: raw.remotePort ?? 0 };
    raw.on("error", () => {/* It closes then. */});
    if (this.#pending.size >= handshakes) {
      raw.destroy();
      return failed(remote, "too many are under way", "handshakes");
    }
    let reason: string | undefined;
    let isLate = false;
    this.#pending.add(raw);
    // The whole of it is timed: a peer that sends a byte now and then gets no longer.
    const timer = setTimeout(() => {
      isLate = true;
      reason = `it took longer than ${handshakeMs} ms`;
      raw.destroy();
    }, handshakeMs);
    const isOver = () => {
      clearTimeout(timer);
      return this.#pending.delete(raw);
    };
    // What came with the end is looked at first: it may be the rest of the handshake.
    raw.once("end", () => void setImmediate(() => this.#pending.has(raw) && raw.destroy()));
    raw.once("close", () => {
      if (isOver()) {
        failed(remote, reason ?? "the peer closed the connection", isLate ? "handshakeMs" : undefined);
      }
    });
    this.#shake(raw, isOver, (error) => {
      reason ??= error.message.trim();
      raw.destroy();
    });
  }

  close(): void {
    for (const raw of this.#pending) raw.destroy();
  }

  /** A server for each connection, since nothing else tells which one has failed. */
  #shake(raw: net.Socket, isOver: () => boolean, fail: (error: Error) => void): void {
    const { certificate, key, authorities } = this.#options;
    const gate = new Gate(raw);
    const server = tls.createServer({
      minVersion: MIN_VERSION,
      cert: certificate,
      key,
      ...(authorities === undefined ? {} : { ca: authorities, requestCert: true }),
      // Clients need no certificate; whoever wants to be believed is judged by `certifies`.
      rejectUnauthorized: false,
      allowHalfOpen: true,
    });
    server.on("tlsClientError", fail);
    server.on("secureConnection", (socket) => {
      if (!isOver()) return void socket.destroy();
      const certifies = makeCertifier(socket, this.#authorities);
      this.#accept(new SocketConnection(socket, { raw, gate, certifies }));
    });
    server.emit("connection", gate);
  }
}

/** As `Network.findTlsFault` says. */
export function findTlsFault({ certificate, key, authorities }: TlsFiles): TlsFault | undefined {
  const own = attempt(() => parseCertificates(certificate)[0]);
  if (own === undefined) return "no certificate";
  if (!isVersion3(own.raw)) return "no names";
  const privateKey = attempt(() => createPrivateKey(key));
  if (privateKey === undefined) return "no key";
  if (attempt(() => own.checkPrivateKey(privateKey)) !== true) return "unpaired";
  if (authorities === undefined) return undefined;
  const judges = attempt(() => parseCertificates(authorities)) ?? [];
  if (judges.length === 0) return "no authorities";
  return isSigned(own, judges) ? undefined : "unsigned";
}

/**
 * What the certificate of a peer proves; undefined for nothing. `authorized` alone does not do: of a session that is
 * resumed Deno 2.9 says it of any certificate, and a server's of version 1 it believes without looking at a signature,
 * the authority's or the peer's.
 */
function makeCertifier(
  socket: tls.TLSSocket,
  authorities: readonly X509Certificate[],
): ((name: string) => boolean) | undefined {
  if (!socket.authorized || socket.isSessionReused()) return undefined;
  const shown = socket.getPeerCertificate();
  const raw: Uint8Array | undefined = shown.raw;
  if (raw === undefined || !isVersion3(raw)) return undefined;
  if (!isSigned(new X509Certificate(raw), authorities)) return undefined;
  return (name) => tls.checkServerIdentity(name, shown) === undefined;
}

function isSigned(certificate: X509Certificate, authorities: readonly X509Certificate[]): boolean {
  return authorities.some((authority) =>
    // It throws where the keys are of different kinds.
    attempt(() => certificate.checkIssued(authority) && certificate.verify(authority.publicKey)) === true
  );
}

/** @throws {Error} for one that is none. */
function parseCertificates(pem: string): readonly X509Certificate[] {
  return (pem.match(CERTIFICATE) ?? []).map((text) => new X509Certificate(text));
}

/** Whether a certificate in DER says that it is of version 3, the only one with names of hosts: the first field in it. */
function isVersion3(der: Uint8Array): boolean {
  const version = contentOf(der, contentOf(der, 0));
  return [0xa0, 3, 2, 1, 2].every((byte, i) => der[version + i] === byte);
}

/** Where the content of the DER value at `at` begins: behind its tag and its length. */
function contentOf(der: Uint8Array, at: number): number {
  const length = der[at + 1] ?? 0;
  return at + 2 + (length < 0x80 ? 0 : length & 0x7f);
}

function attempt<T>(fn: () => T): T | undefined {
  try {
    return fn();
  } catch {
    return undefined;
  }
}
