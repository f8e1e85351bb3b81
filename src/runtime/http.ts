/** An HTTP server on both runtimes: node:http, which has the bounds that a public door needs, also on Deno. */
import * as http from "node:http";
import * as https from "node:https";
import { getRequestListener } from "@hono/node-server";
import type { Address, HttpBounds, HttpListener, ServeHttp } from "./runtime.ts";
import { bindServer } from "./sockets.ts";
import { dropStalled } from "./stalled.ts";

/** How often connections are looked at for a request that takes too long. */
const CHECK_MS = 1_000;
/** How often a server that closes looks for connections whose last answer has been given meanwhile. */
const CLOSING_MS = 50;

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
  const listener = requestListener(options);
  const server = tls === undefined
    ? http.createServer(settings, listener)
    : https.createServer({ ...settings, cert: tls.certificate, key: tls.key }, listener);
  server.maxConnections = bounds.connections;
  server.on("drop", () => options.refused("connections"));
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    const refusal = refusalOf(error.code);
    if (refusal.bound !== undefined) options.refused(refusal.bound);
    if (!socket.writable) return socket.destroy();
    socket.end(`HTTP/1.1 ${refusal.status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  });
  const bound = await bindServer(server, address, false);
  dropStalled(server, tls === undefined ? "connection" : "secureConnection", bounds.stalledMs, () => {
    options.refused("stalledMs");
  });
  server.on("error", () => {/* A failed accept ends nothing. */});
  return { address: bound, close: (withinMs) => close(server, withinMs) };
}

function requestListener({ answer }: ServeHttp) {
  return getRequestListener(
    (request, { incoming }) => {
      const { remoteAddress = "", remotePort = 0 } = incoming.socket;
      return answer(request, { host: remoteAddress, port: remotePort });
    },
    { overrideGlobalObjects: false },
  );
}

/** What is said to whoever sent no request that could be read. */
function refusalOf(code: string | undefined): { status: string; bound?: keyof HttpBounds } {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return { status: "431 Request Header Fields Too Large", bound: "headerBytes" };
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return { status: "408 Request Timeout", bound: "requestMs" };
    default:
      return { status: "400 Bad Request" };
  }
}

async function close(server: http.Server, withinMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const sweep = setInterval(() => server.closeIdleConnections(), CLOSING_MS);
  const timer = setTimeout(() => server.closeAllConnections(), withinMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(timer);
}
