/** The live page over HTTP: whole, protected, and sent once. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Api } from "../../src/gateway/api.ts";
import type { GatewayContext } from "../../src/gateway/context.ts";
import type { Guard } from "../../src/gateway/guard.ts";
import { OPEN_GUARD } from "./open_guard.ts";
import { addPage } from "../../src/gateway/page.ts";
import { DEFAULT_LIMITS } from "../../src/limits.ts";
import { test } from "../runner.ts";
import { FakeServer } from "../server/fakes.ts";

const REMOTE = { host: "127.0.0.1", port: 50_000 };

function ask(path: string, headers: Readonly<Record<string, string>> = {}, guard: Guard = OPEN_GUARD) {
  const { clock, log, server } = new FakeServer();
  // What the page's routes take of it.
  const context = {
    runtime: { clock },
    limits: DEFAULT_LIMITS,
    limitHits: server.limitHits,
    log,
    guard,
  } as unknown as GatewayContext;
  const api = new Api(context);
  addPage(api);
  return api.answer(new Request(`http://127.0.0.1${path}`, { headers }), REMOTE);
}

async function unzip(response: Response): Promise<string> {
  return await new Response(response.body?.pipeThrough(new DecompressionStream("gzip"))).text();
}

function assetsOf(html: string): string[] {
  return [...new Set(html.match(/\/assets\/[\w.-]+/g))];
}

test("the page and all that it names are there, each with its type", async () => {
  const page = await ask("/");
  assertEquals(page.status, 200);
  assertEquals(page.headers.get("content-type"), "text/html; charset=utf-8");
  const html = await page.text();
  assertMatch(html, /^<!DOCTYPE html>/i);
  const assets = assetsOf(html);
  const types = await Promise.all(assets.map(async (path) => {
    const response = await ask(path);
    assertEquals(response.status, 200, path);
    assert((await response.text()).length > 100, path);
    return response.headers.get("content-type")?.split(";")[0];
  }));
  const expected = ["application/json", "image/svg+xml", "text/css", "text/javascript", "text/plain"];
  assertEquals(types.sort(), expected);
});

test("the page brings along the terms of what others made of it", async () => {
  const licenses = assetsOf(await (await ask("/")).text()).find((path) => path.includes("licenses")) ?? "";
  const text = await (await ask(licenses)).text();
  for (const name of ["leaflet", "valibot", "world-atlas"]) {
    assertMatch(text, new RegExp(`^${name} \\d`, "m"));
  }
  assertMatch(text, /Volodymyr Agafonkin/);
});

test("nothing in the page comes from elsewhere, and no script stands in it", async () => {
  const page = await ask("/");
  const html = await page.text();
  assertEquals(html.match(/(?:src|href)="(?!\/|#)[^"]*"/g), null);
  assertEquals(html.match(/<script(?![^>]* src=)[^>]*>|\son\w+=|\sstyle=/g), null);
  const policy = page.headers.get("content-security-policy") ?? "";
  for (
    const rule of ["default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"]
  ) {
    assert(policy.split("; ").includes(rule), rule);
  }
  assert(!policy.includes("unsafe"));
  assertEquals(page.headers.get("x-content-type-options"), "nosniff");
  assertEquals(page.headers.get("referrer-policy"), "no-referrer");
});

test("it travels compressed to whoever takes that, and is the same for others", async () => {
  const [plain, zipped, refused] = await Promise.all([
    ask("/"),
    ask("/", { "accept-encoding": "br;q=1, gzip;q=0.5" }),
    ask("/", { "accept-encoding": "gzip;q=0" }),
  ]);
  assertEquals(zipped.headers.get("content-encoding"), "gzip");
  assertEquals(plain.headers.get("content-encoding"), null);
  assertEquals(refused.headers.get("content-encoding"), null);
  assertEquals(zipped.headers.get("vary"), "accept-encoding");
  const text = await plain.text();
  assertEquals(await unzip(zipped), text);
  assertEquals(await refused.text(), text);
});

test("all of it together is less than 400 kB on the way", async () => {
  const gzip = { "accept-encoding": "gzip" };
  const paths = ["/", ...assetsOf(await (await ask("/")).text())];
  const sizes = await Promise.all(paths.map(async (path) => (await (await ask(path, gzip)).bytes()).length));
  const sum = sizes.reduce((a, b) => a + b, 0);
  assert(sum > 100_000 && sum < 400_000, `${sum} bytes`);
});

test("what a browser has it is not sent again", async () => {
  const first = await ask("/");
  const etag = first.headers.get("etag") ?? "";
  assertMatch(etag, /^W\/"[0-9a-f]+"$/);
  assertEquals(first.headers.get("cache-control"), "no-cache");
  for (const known of [etag, `"other", ${etag}`, etag.slice(2), "*"]) {
    const again = await ask("/", { "if-none-match": known });
    assertEquals([again.status, await again.text()], [304, ""]);
    assertEquals(again.headers.get("etag"), etag);
  }
  assertEquals((await ask("/", { "if-none-match": '"other"' })).status, 200);
  const [asset = ""] = assetsOf(await first.text());
  assertMatch((await ask(asset)).headers.get("cache-control") ?? "", /immutable/);
});

test("what is not there is said so, whatever the name", async () => {
  for (const name of ["page.js", "constructor", "..%2f", "page-0000000000.js"]) {
    const response = await ask(`/assets/${name}`);
    assertEquals(response.status, 404, name);
    assertEquals(response.headers.get("content-type"), "application/problem+json");
    await response.text();
  }
});

test("who may not read sees no page", async () => {
  const nobody: Guard = { ...OPEN_GUARD, identify: () => Promise.resolve(undefined) };
  const response = await ask("/", {}, nobody);
  assertEquals(response.status, 401);
  assertMatch(response.headers.get("www-authenticate") ?? "", /^Basic /);
});
