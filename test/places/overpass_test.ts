import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { OverpassProvider } from "../../src/places/overpass.ts";
import { PlacesError } from "../../src/places/provider.ts";
import { test } from "../runner.ts";
import { answering, calm, FakeService, jsonOf, QUERY, textOf } from "./fakes.ts";

interface Found {
  readonly name: string;
  readonly place_id: string;
  readonly types: readonly string[];
  readonly vicinity?: string;
}

function searched(service: FakeService, query = QUERY): Promise<Uint8Array> {
  return new OverpassProvider(service.access()).search(query, calm());
}

async function found(elements: readonly unknown[], query = QUERY): Promise<readonly Found[]> {
  const answer = jsonOf(await searched(answering(JSON.stringify({ version: 0.6, elements })), query));
  return (answer as { results: readonly Found[] }).results;
}

async function failureOf(body: string, status = 200): Promise<readonly [string, string]> {
  const error = await assertRejects(() => searched(answering(body, status)), PlacesError);
  return [error.status, error.message];
}

function node(id: number, lat: number, lon: number, tags: Record<string, string> = {}) {
  return { type: "node", id, lat, lon, tags: { name: `n${id}`, amenity: "cafe", ...tags } };
}

async function sentQuery(radiusKm: string): Promise<string> {
  const service = answering(`{"elements":[]}`);
  await searched(service, { ...QUERY, radiusKm });
  return new URLSearchParams(String(service.request.init.body)).get("data") ?? "";
}

test("overpass: asks by POST, as a form, and says who asks", async () => {
  const service = answering(`{"elements":[]}`);
  await searched(service);
  const { url, init } = service.request;
  assertEquals(url, "https://overpass-api.de/api/interpreter");
  assertEquals([init.method, init.redirect], ["POST", "manual"]);
  const headers = new Headers(init.headers);
  assertEquals(headers.get("content-type"), "application/x-www-form-urlencoded");
  assertEquals(headers.get("user-agent")?.startsWith("herd"), true);
  await new OverpassProvider(service.access(), "http://127.0.0.1:8080").search(QUERY, calm());
  assertEquals(service.request.url, "http://127.0.0.1:8080/api/interpreter");
});

test("overpass: a small circle is one statement", async () => {
  assertEquals(
    await sentQuery("0.1"),
    "[out:json][timeout:5];" +
      `(node(around:100,34.068930,-118.445127)[name][~"^(amenity|shop|tourism|leisure|historic|aeroway)$"~"."];` +
      "node(around:100,34.068930,-118.445127)[name][railway=station];)->.near;" +
      ".near out 500;",
  );
});

test("overpass: a large circle is grown into, and never beyond", async () => {
  const circles = async (km: string) =>
    [...(await sentQuery(km)).matchAll(/around:([\d.]+),/g)].map((match) => match[1]);
  const twice = (...meters: string[]) => meters.flatMap((one) => [one, one]);
  assertEquals(await circles("0.02"), twice("20"));
  assertEquals(await circles("0.5"), twice("100", "500"));
  assertEquals(await circles("2.0005"), twice("100", "500", "2000.5"));
  assertEquals(await circles("50"), twice("100", "500", "2500", "10000", "50000"));
  const conditions = (await sentQuery("50")).match(/if\(near\.count\(nodes\)<20\)\{\(/g);
  assertEquals(conditions?.length, 4);
});

test("overpass: the nearest come first, also across the date line and near a pole", async () => {
  const near = await found([node(1, 34.2, -118.4), node(2, 34.07, -118.445), node(3, 34.068, -118.44)]);
  assertEquals(near.map((one) => one.name), ["n2", "n3", "n1"]);
  const atDateLine = { ...QUERY, latitude: "0", longitude: "179.99" };
  const across = await found([node(1, 0, 179.9), node(2, 0, -179.99), node(3, 0, 0)], atDateLine);
  assertEquals(across.map((one) => one.name), ["n2", "n1", "n3"]);
  const north = { ...QUERY, latitude: "89.9", longitude: "0" };
  const polar = await found([node(1, 89, 0), node(2, 89.9, 180)], north);
  assertEquals(polar.map((one) => one.name), ["n2", "n1"]);
});

test("overpass: equally far is in the order of the ids, and there are at most twenty", async () => {
  const many = Array.from({ length: 30 }, (_, i) => node(30 - i, 34, -118));
  const names = (await found(many)).map((one) => one.name);
  assertEquals(names, Array.from({ length: 20 }, (_, i) => `n${i + 1}`));
});

test("overpass: tags become types, addresses the vicinity", async () => {
  const results = await found([
    node(1, 34.0689, -118.4451, {
      "addr:housenumber": "12",
      "addr:street": "Rue Cler",
      "addr:city": "Paris",
    }),
    node(2, 34.068, -118.445, { amenity: "bar;pub", shop: "yes", tourism: "pub", "addr:city": "Paris" }),
    { type: "node", id: 3, lat: 34.06, lon: -118.44, tags: { name: "Gare", railway: "station" } },
    { type: "node", id: 4, lat: 34.06, lon: -118.44, tags: { amenity: "bench" } },
  ]);
  const rest = ["point_of_interest", "establishment"];
  assertEquals(results.map(({ name, place_id, types, vicinity }) => ({ name, place_id, types, vicinity })), [
    { name: "n1", place_id: "osm:node/1", types: ["cafe", ...rest], vicinity: "12 Rue Cler, Paris" },
    { name: "n2", place_id: "osm:node/2", types: ["bar", "pub", "shop", ...rest], vicinity: "Paris" },
    { name: "Gare", place_id: "osm:node/3", types: ["train_station", ...rest], vicinity: undefined },
  ]);
});

test("overpass: nothing found is no result, and whose data it is stands there all the same", async () => {
  const text = textOf(await searched(answering(`{"elements":[],"remark":"be nice"}`)));
  const { html_attributions, ...rest } = JSON.parse(text);
  assertEquals(rest, { results: [], status: "ZERO_RESULTS" });
  assertMatch(html_attributions.join(), /OpenStreetMap<\/a> contributors/);
});

test("overpass: failures say what the service did", async () => {
  assertEquals(await failureOf("<html>"), ["UNKNOWN_ERROR", "the Places service sent no JSON"]);
  const shape = [
    "UNKNOWN_ERROR",
    "the Places service sent JSON of another shape than Overpass nodes",
  ] as const;
  for (const body of ["[]", "{}", `{"elements":[{"type":"way","id":1}]}`, `{"elements":[{"type":"node"}]}`]) {
    assertEquals(await failureOf(body), shape);
  }
  assertEquals(
    await failureOf(
      `{"elements":[],"remark":"runtime error: Query timed out in \\"query\\" after 5 seconds."}`,
    ),
    ["UNKNOWN_ERROR", "the Places service broke the search off: out of time or memory"],
  );
  assertEquals(await failureOf("<html>", 429), ["OVER_QUERY_LIMIT", "the Places service answered HTTP 429"]);
  assertEquals(await failureOf("<html>", 504), ["UNKNOWN_ERROR", "the Places service answered HTTP 504"]);
});

test("overpass: searches of one circle are one search, whatever their bounds", () => {
  const provider = new OverpassProvider(answering("").access());
  assertEquals(provider.searchKey(QUERY), provider.searchKey({ ...QUERY, bound: 20, radiusKm: "10.0" }));
  for (const other of [{ radiusKm: "1" }, { latitude: "1" }, { longitude: "1" }]) {
    assertEquals(provider.searchKey({ ...QUERY, ...other }) === provider.searchKey(QUERY), false);
  }
});
