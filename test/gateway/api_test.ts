/** What is true of every route of the HTTP door. */
import { assertEquals, assertMatch } from "@std/assert";
import { EmbeddedProvider } from "../../src/places/embedded.ts";
import { test } from "../runner.ts";
import { Door } from "./door.ts";

const REMOTE = { host: "127.0.0.1", port: 50_001 };

test("where nothing is says so, and what can be done where something is", async () => {
  const door = await Door.open(new EmbeddedProvider());
  const nothing = await door.get("/nothing");
  assertEquals([nothing.status, nothing.headers.get("content-type")], [404, "application/problem+json"]);
  assertMatch((await nothing.json()).detail, /\/openapi\.json/);
  const wrong = new Request("http://127.0.0.1/clients/kiwi", { method: "DELETE" });
  const refused = await door.api.answer(wrong, REMOTE);
  assertEquals([refused.status, refused.headers.get("allow")], [405, "GET, PUT"]);
  assertEquals((await refused.json()).title, "Not that way");
});

test("a slash at the end, and one too many at the start, change nothing", async () => {
  const door = await Door.open(new EmbeddedProvider());
  for (const path of ["/osmand/?", "//?"]) {
    assertEquals((await door.get(`${path}id=kiwi&lat=1&lon=2&timestamp=1377177267`)).status, 200, path);
  }
  for (const path of ["/clients/kiwi", "/clients/kiwi/"]) {
    assertEquals((await (await door.get(path)).json()).latitude, 1, path);
  }
  assertEquals((await door.get("/nothing/")).status, 404);
});

test("a body that is compressed is refused as what it is", async () => {
  const door = await Door.open(new EmbeddedProvider());
  const stream = new Blob(["id=kiwi&lat=1&lon=2"]).stream().pipeThrough(new CompressionStream("gzip"));
  const request = new Request("http://127.0.0.1/osmand", {
    method: "POST",
    body: await new Response(stream).arrayBuffer(),
    headers: { "content-encoding": "gzip" },
  });
  const refused = await door.api.answer(request, REMOTE);
  assertEquals([refused.status, refused.headers.get("accept-encoding")], [415, "identity"]);
  assertMatch((await refused.json()).detail, /compressed/);
});

test("answers that are true for now are not for caches, and the page's parts are", async () => {
  const door = await Door.open(new EmbeddedProvider());
  for (const path of ["/herd", "/healthz", "/metrics", "/clients/nobody", "/openapi.json", "/nothing"]) {
    assertEquals((await door.get(path)).headers.get("cache-control"), "no-store", path);
  }
  const page = await (await door.get("/")).text();
  const asset = /"(\/?assets\/[^"]+)"/.exec(page)?.[1] ?? "";
  const { status, headers } = await door.get(asset.startsWith("/") ? asset : `/${asset}`);
  assertEquals(status, 200);
  assertMatch(headers.get("cache-control") ?? "", /max-age=\d{6,}/);
});
