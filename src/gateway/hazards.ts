/**
 * What an address alone does not tell: whether a request that comes from this machine was meant by someone on it. A
 * browser here may send what a page of another site tells it to; a proxy here sends what others ask.
 */
import { isLoopbackHost } from "../herd/address.ts";
import { Problem } from "./problem.ts";

/** What a proxy adds. One that adds none of these is not seen. */
const PROXY_HEADERS = [
  "forwarded",
  "via",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-real-ip",
] as const;

/** Whether a proxy has sent `request` on. */
export function isForwarded({ headers }: Request): boolean {
  return PROXY_HEADERS.some((name) => headers.has(name));
}

/**
 * Why nobody may send `request`, whoever they are; undefined where that is for others to say.
 * @param door the host that a door on a loopback address is bound to; undefined for another door.
 */
export function findHazard(request: Request, door: string | undefined): Problem | undefined {
  const host = request.headers.get("host") ?? new URL(request.url).host;
  if (door !== undefined && !isForwarded(request) && !isOwnHost(host, door)) {
    // Else a page whose name is made to mean this machine could read what is here.
    return new Problem(
      421,
      "Not this door",
      "this door is for its own machine: ask for 127.0.0.1, [::1] or localhost",
    );
  }
  const origin = request.headers.get("origin");
  if (origin !== null && !isOriginOf(origin, host)) {
    return new Problem(
      403,
      "Not from there",
      "another site's page asks: this door answers its own pages only (behind a proxy: it must pass Host on)",
    );
  }
  const site = request.headers.get("sec-fetch-site") ?? "none";
  if (site !== "none" && site !== "same-origin" && !isLink(request)) {
    return new Problem(
      403,
      "Not from there",
      "another site's page asks: this door answers its own pages only",
    );
  }
  return undefined;
}

function isOwnHost(host: string, door: string): boolean {
  const name = parseHost(host, "http:")?.hostname.replace(/^\[|\]$/g, "");
  return name !== undefined && (isLoopbackHost(name) || name === door.toLowerCase());
}

/** Whether a page of `origin` comes from `host`; with TLS or not, as a proxy may take it off. */
function isOriginOf(origin: string, host: string): boolean {
  const [, protocol = "", name = ""] = /^(https?:)\/\/(.*)$/.exec(origin) ?? [];
  const from = parseHost(name, protocol);
  return from !== undefined && parseHost(host, protocol)?.host === from.host;
}

function parseHost(host: string, protocol: string): URL | undefined {
  const url = `${protocol}//${host}`;
  return /^[\w.:[\]-]+$/.test(host) && URL.canParse(url) ? new URL(url) : undefined;
}

/** Someone follows a link to a page here, as from another server's page. A query would be a request. */
function isLink({ method, headers, url }: Request): boolean {
  return method === "GET" && headers.get("sec-fetch-mode") === "navigate" &&
    headers.get("sec-fetch-dest") === "document" && !url.includes("?");
}
