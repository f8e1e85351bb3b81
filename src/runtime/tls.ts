/** TLS on both runtimes, by the one module that asks clients for certificates on both. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import * as tls from "node:tls";
import type { Address, Connection, DialTls, Listener, ListenTls, TlsFault, TlsFiles } from "./runtime.ts";
import { bindServer, SocketConnection } from "./sockets.ts";

const MIN_VERSION: tls.SecureVersion = "TLSv1.2";
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** As `Network.listen` says. */
export async function listenTls(
  address: Address,
  accept: (connection: Connection) => void,
  shared: boolean,
  options: ListenTls,
): Promise<Listener> {
  const authorities = parseCertificates(options.authorities ?? "");
  const server = tls.createServer({
    minVersion: MIN_VERSION,
    cert: options.certificate,
    key: options.key,
    ...(options.authorities === undefined ? {} : { ca: options.authorities, requestCert: true }),
    // Clients need no certificate; whoever wants to be believed is judged by `certifies`.
    rejectUnauthorized: false,
    allowHalfOpen: true,
    noDelay: true,
  });
  const handshakes = new Handshakes(options);
  server.on("connection", (raw: Socket) => handshakes.begin(raw));
  server.on("secureConnection", (socket) => {
    if (!handshakes.finish(socket)) return;
    accept(new SocketConnection(socket, { certifies: makeCertifier(socket, authorities) }));
  });
  server.on("tlsClientError", (error, socket) => handshakes.fail(socket, error.message));
  return {
    address: await bindServer(server, address, shared),
    close() {
      server.close();
      handshakes.stop();
    },
  };
}

/** As `Network.dial` says. */
export function dialTls(address: Address, signal: AbortSignal, options: DialTls): Promise<Connection> {
  const { authorities, own, names } = options;
  return new Promise((resolve, reject) => {
    const to = {
      host: address.host,
      port: address.port,
      minVersion: MIN_VERSION,
      ca: authorities,
      ...(own === undefined ? {} : { cert: own.certificate, key: own.key }),
      // The names that will do are more than the host's.
      checkServerIdentity: () => undefined,
      allowHalfOpen: true,
    };
    const socket = tls.connect(to);
    const abort = () => socket.destroy(new Error("gave up"));
    signal.addEventListener("abort", abort, { once: true });
    socket.on("error", reject);
    socket.once("close", () => reject(new Error("it closed the connection")));
    socket.once("secureConnect", () => {
      signal.removeEventListener("abort", abort);
      const certifies = makeCertifier(socket, parseCertificates(authorities));
      if (certifies !== undefined && names.some(certifies)) {
        return resolve(new SocketConnection(socket, { certifies }));
      }
      socket.destroy(
        new Error(
          certifies === undefined
            ? "its certificate is not signed by an authority of ours"
            : `its certificate is not for ${names.join(" or ")}`,
        ),
      );
    });
    if (signal.aborted) abort();
  });
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

/** A connection whose handshake is under way. */
interface Pending {
  readonly raw: Socket;
  /** The whole of it is timed: a peer that sends a byte now and then gets no longer. */
  readonly timer: ReturnType<typeof setTimeout>;
  /** Why it failed, if it does. */
  reason: string;
}

class Handshakes {
  readonly #options: ListenTls;
  /** By the peer's address and port, which the socket and the one with TLS over it have in common. */
  readonly #pending = new Map<string, Pending>();

  constructor(options: ListenTls) {
    this.#options = options;
  }

  begin(raw: Socket): void {
    const { failed, handshakes, handshakeMs } = this.#options;
    const remote = { host: raw.remoteAddress ?? "", port: raw.remotePort ?? 0 };
    const peer = peerOf(raw);
    raw.on("error", () => {/* What it means is that it closes. */});
    if (raw.remoteAddress === undefined || this.#pending.size >= handshakes) {
      raw.destroy();
      return failed(remote, "too many are under way");
    }
    const pending: Pending = {
      raw,
      timer: setTimeout(() => {
        pending.reason = `it took longer than ${handshakeMs} ms`;
        raw.destroy();
      }, handshakeMs),
      reason: "the peer closed it, or spoke no TLS",
    };
    this.#pending.set(peer, pending);
    raw.once("close", () => {
      if (this.#pending.get(peer) !== pending) return;
      this.#end(peer, pending);
      failed(remote, pending.reason);
    });
  }

  /** Its handshake failed. On Deno the socket has forgotten by now whose it was. */
  fail(socket: Socket, reason: string): void {
    const pending = this.#pending.get(peerOf(socket));
    if (pending !== undefined) pending.reason = reason;
    socket.destroy();
  }

  /** @returns whether `socket` was waited for. */
  finish(socket: Socket): boolean {
    const peer = peerOf(socket);
    const pending = this.#pending.get(peer);
    if (pending === undefined) socket.destroy();
    else this.#end(peer, pending);
    return pending !== undefined;
  }

  stop(): void {
    for (const { raw } of this.#pending.values()) raw.destroy();
  }

  #end(peer: string, { timer }: Pending): void {
    clearTimeout(timer);
    this.#pending.delete(peer);
  }
}

function peerOf(socket: Socket): string {
  return `${socket.remoteAddress}:${socket.remotePort}`;
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
