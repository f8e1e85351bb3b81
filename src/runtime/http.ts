/** An HTTP server on both runtimes: node:http, which has the bounds that a public door needs, also on Deno. */
import { Buffer } from "node:buffer";
import * as http from "node:http";
import * as https from "node:https";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { getRequestListener, RequestError } from "@hono/node-server";
import type { Address, HttpBounds, HttpListener, ServeHttp, UnreadableStatus } from "./runtime.ts";
import { OneByOne } from "./one_by_one.ts";
import { bindServer } from "./sockets.ts";

/** How often connections are looked at for a request that takes too long. */
const CHECK_MS = 1_000;

/** While a server closes: how often connections are looked for on which no answer is due any more. */
const SWEEP_MS = 20;

/** As `Network.serveHttp` says. */
export async function serveHttp(address: Address, options: ServeHttp): Promise<HttpListener> {
  const { bounds, tls } = options;
  const settings: http.ServerOptions = {
    maxHeaderSize: bounds.headerBytes,
    headersTimeout: bounds.requestMs,
    requestTimeout: bounds.requestMs,
    keepAliveTimeout: bounds.idleMs,
    connectionsCheckingInterval: Math.min(CHECK_MS, bounds.requestMs),
    noDelay: true,
  };
  const requests = new OneByOne(requestListener(options), bounds.pipelined);
  const listener: http.RequestListener = (incoming, outgoing) => {
    // What came in one piece with a request too many is still read.
    if (incoming.socket.destroyed || requests.add(incoming, outgoing)) return;
    options.refused("pipelined");
    incoming.socket.destroy();
  };
  const server = tls === undefined ? http.createServer(settings, listener) : https.createServer({
    ...settings,
    handshakeTimeout: bounds.requestMs,
    cert: tls.certificate,
    key: tls.key,
  }, listener);
  // An expectation that nobody knows may be left unanswered, and the request be answered as any other.
  server.on("checkExpectation", listener);
  server.setTimeout(bounds.silentMs, (socket) => {
    if (requests.answerOn(socket) !== undefined) options.refused("silentMs");
    socket.destroy();
  });
  const open = boundConnections(server, options);
  // On those with TLS, once their handshake is done.
  const speaking = new Set<Socket>();
  server.on(tls === undefined ? "connection" : "secureConnection", (socket: Socket) => {
    speaking.add(socket);
    socket.once("close", () => speaking.delete(socket));
  });
  const shaking = tls === undefined ? new Map<string, Socket>() : followHandshakes(server);
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    const refusal = refusalOf(error.code);
    if (refusal.bound !== undefined) options.refused(refusal.bound);
    // A second answer within the first would be taken for a part of it.
    if (!socket.writable || requests.answerOn(socket)?.headersSent === true) return socket.destroy();
    const { type, text } = options.unreadable(refusal.status);
    const head = [
      `HTTP/1.1 ${refusal.status} ${http.STATUS_CODES[refusal.status]}`,
      "Connection: close",
      `Content-Type: ${type}`,
      `Content-Length: ${Buffer.byteLength(text)}`,
    ];
    socket.end(`${head.join("\r\n")}\r\n\r\n${text}`);
  });
  // Behind "clientError": what is said before a handshake is done waits for it, for ever if need be.
  server.on("tlsClientError", (error: Error, socket: TLSSocket) => {
    // On Deno it has no code.
    if (error.message === "TLS handshake timeout") options.refused("requestMs");
    socket.destroy();
  });
  const bound = await bindServer(server, address, false);
  server.on("error", () => {/* A failed accept ends nothing. */});
  // Node's own, which it calls when it closes, takes an answer that is ended for one that was sent, and a connection
  // that has asked nothing yet, such as browsers open in advance, for one that asks.
  server.closeIdleConnections = () => {
    for (const socket of shaking.values()) socket.destroy();
    for (const socket of speaking) {
      if (requests.answerOn(socket) === undefined && socket.writableLength === 0) socket.destroy();
    }
  };
  const cutOffAll = () => [...speaking, ...open].forEach((socket) => socket.destroy());
  return { address: bound, close: (withinMs) => close(server, withinMs, cutOffAll) };
}

/**
 * Not by `maxConnections`: Deno does not tell of those that it drops.
 * @returns those that are open.
 */
function boundConnections(server: http.Server, { bounds, refused }: ServeHttp): ReadonlySet<Socket> {
  const open = new Set<Socket>();
  const openFrom = new Map<string, number>();
  server.on("connection", (socket: Socket) => {
    const { remoteAddress = "" } = socket;
    const others = openFrom.get(remoteAddress) ?? 0;
    const isFull = open.size >= bounds.connections;
    if (isFull || others >= bounds.connectionsPerAddress) {
      socket.destroy();
      return refused(isFull ? "connections" : "connectionsPerAddress");
    }
    open.add(socket);
    openFrom.set(remoteAddress, others + 1);
    socket.once("close", () => {
      open.delete(socket);
      const left = (openFrom.get(remoteAddress) ?? 1) - 1;
      if (left === 0) openFrom.delete(remoteAddress);
      else openFrom.set(remoteAddress, left);
    });
  });
  return open;
}

/** Connections whose TLS handshake is under way, by where they come from: a socket with TLS does not tell what is under it. */
function followHandshakes(server: http.Server): ReadonlyMap<string, Socket> {
  const shaking = new Map<string, Socket>();
  const placeOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`;
  server.on("connection", (socket: Socket) => {
    const place = placeOf(socket);
    shaking.set(place, socket);
    socket.once("close", () => shaking.delete(place));
  });
  server.on("secureConnection", (socket: Socket) => shaking.delete(placeOf(socket)));
  return shaking;
}

function requestListener({ answer, unreadable }: ServeHttp) {
  return getRequestListener(
    (request, { incoming }) => {
      const { remoteAddress = "", remotePort = 0 } = incoming.socket;
      return answer(request, { host: remoteAddress, port: remotePort });
    },
    {
      overrideGlobalObjects: false,
      errorHandler(error) {
        if (!(error instanceof RequestError)) return new Response(null, { status: 500 });
        const { type, text } = unreadable(400);
        return new Response(text, { status: 400, headers: { "content-type": type } });
      },
    },
  );
}

/** What is said to whoever sent no request that could be read. */
function refusalOf(code: string | undefined): { status: UnreadableStatus; bound?: keyof HttpBounds } {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return { status: 431, bound: "headerBytes" };
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return { status: 408, bound: "requestMs" };
    default:
      return { status: 400 };
  }
}

async function close(server: http.Server, withinMs: number, cutOffAll: () => void): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  server.closeIdleConnections();
  const timer = setTimeout(cutOffAll, withinMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(timer);
}
