/** `GET /`: the live page, for people. It comes out of the program itself and asks nobody else for anything. */
import * as v from "valibot";
import type { Api } from "./api.ts";
import type { PageAsset } from "./page_assets.ts";
import { Problem } from "./problem.ts";

/** Nothing comes from elsewhere, no script stands in the page, and no other page may show it in a frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const PROTECTION = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** The page changes with the program; what it names has a hash in its name and never changes. */
const PAGE_CACHE = "no-cache";
const ASSET_CACHE = "private, max-age=31536000, immutable";

const replies = {
  304: { description: "Not changed since." },
};

export function addPage(api: Api): void {
  api.add({
    method: "get",
    path: "/",
    tag: "people",
    summary: "The live page: the clients on a map, the servers, and how much they do",
    access: "read",
    replies: { 200: { description: "The page.", type: "text/html" }, ...replies },
  }, ({ request }) => answer(request, "/", PAGE_CACHE));
  api.add({
    method: "get",
    path: "/assets/{name}",
    tag: "people",
    summary: "What the live page consists of",
    access: "read",
    params: v.object({ name: v.string() }),
    replies: { 200: { description: "Its bytes, of the type that it has.", type: "*/*" }, ...replies },
  }, ({ request, params: { name } }) => answer(request, `/assets/${name}`, ASSET_CACHE));
}

async function answer(request: Pick<Request, "headers">, path: string, cache: string): Promise<Response> {
  // Large, and wanted only once somebody looks at the page.
  const { PAGE_ASSETS } = await import("./page_assets.ts");
  const asset = Object.hasOwn(PAGE_ASSETS, path) ? PAGE_ASSETS[path] : undefined;
  if (asset === undefined) {
    throw new Problem(404, "Not found", `the page has no ${path}: load / anew for the names that it has now`);
  }
  // Weak: the same page, compressed or not.
  const etag = `W/"${asset.etag}"`;
  const headers = { ...PROTECTION, "cache-control": cache, etag, vary: "accept-encoding" };
  if (isKnown(request.headers.get("if-none-match"), etag)) {
    return new Response(null, { status: 304, headers });
  }
  return body(asset, takesGzip(request.headers.get("accept-encoding")), headers);
}

function body(asset: PageAsset, isZipped: boolean, headers: Readonly<Record<string, string>>): Response {
  const bytes = Uint8Array.from(atob(asset.gzip), (character) => character.charCodeAt(0));
  const all = { ...headers, "content-type": asset.type };
  if (isZipped) return new Response(bytes, { headers: { ...all, "content-encoding": "gzip" } });
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")), {
    headers: all,
  });
}

function isKnown(header: string | null, etag: string): boolean {
  if (header === null) return false;
  return header.split(",").some((one) => {
    const known = one.trim();
    return known === "*" || known === etag || `W/${known}` === etag;
  });
}

/** Whether an Accept-Encoding takes gzip: by name or by `*`, and not with a weight of zero. */
function takesGzip(header: string | null): boolean {
  const weights = new Map(
    (header ?? "").toLowerCase().split(",").map((part) => {
      const [name = "", weight = ""] = part.split(";").map((piece) => piece.trim());
      return [name, weight.startsWith("q=") ? Number(weight.slice(2)) : 1];
    }),
  );
  return (weights.get("gzip") ?? weights.get("*") ?? 0) > 0;
}
