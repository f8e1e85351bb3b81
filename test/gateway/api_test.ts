/** What is true of every route of the HTTP door. */
import { assert, assertEquals, assertMatch } from "@std/assert";
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
  assertEquals([refused.status, refused.headers.get("allow")], [405, "GET, HEAD, PUT"]);
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

test("nothing is where a name is left out", async () => {
  const door = await Door.open(new EmbeddedProvider());
  for (const path of ["/clients/", "/clients//", "/clients//places", "/assets/"]) {
    const { status, headers } = await door.get(path);
    assertEquals([status, headers.get("allow")], [404, null], path);
  }
});

test("a query that cannot be read, or says a thing twice, is refused and not read in part", async () => {
  const door = await Door.open(new EmbeddedProvider());
  const cases = [
    ["/clients.geojson?prefix=%FF", /the query: it is not UTF-8/],
    ["/events?prefix=50%", /the query: it is not UTF-8/],
    ["/clients.geojson?limit=1&limit=2", /limit: it is said twice/],
    ["/herd?scope=own&scope=own", /scope: it is said twice/],
    ["/clients.geojson?bbox=1,2,3,4", /bbox: nothing of that name is taken here/],
  ] as const;
  for (const [path, says] of cases) {
    const response = await door.get(path);
    assertEquals(response.status, 400, path);
    assertMatch((await response.json()).detail, says, path);
  }
  assertEquals((await door.get("/clients.geojson?prefix=50%25&token=a")).status, 200);
  assertEquals(
    (await door.get("/osmand?id=kiwi&lat=1&lon=2&note=%FF&note=2")).status,
    200,
    "apps send anything",
  );
});

test("what is wrong is told in few words, however much came", async () => {
  const door = await Door.open(new EmbeddedProvider());
  const long = "x".repeat(100_000);
  for (const body of [{ latitude: long, longitude: 1 }, { latitude: 1, longitude: 1, [long]: 1 }]) {
    const request = new Request("http://127.0.0.1/clients/kiwi", {
      method: "PUT",
      body: JSON.stringify(body),
    });
    const response = await door.api.answer(request, REMOTE);
    assertEquals(response.status, 400);
    assert((await response.text()).length < 1_000);
  }
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
