import { assertEquals, assertFalse, assertRejects, assertStrictEquals } from "@std/assert";
import { ApiKey, GoogleProvider, metersOf } from "../../src/places/google.ts";
import { PlacesError } from "../../src/places/provider.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";
import { answering, calm, endlessBody, everythingIn, failing, FakeService, QUERY, textOf } from "./fakes.ts";

const canary = "CANARY/aB+0=123456789";
const inUrl = "CANARY%2FaB%2B0%3D123456789";

function searched(service: FakeService, key = canary): Promise<Uint8Array> {
  return new GoogleProvider(service.access(), key).search(QUERY, calm());
}

async function failureOf(service: FakeService, key = canary): Promise<PlacesError> {
  const error = await assertRejects(() => searched(service, key), PlacesError);
  const all = everythingIn(error);
  assertFalse(all.includes(key) || all.includes(encodeURIComponent(key)), all);
  assertFalse(error.message.includes("://"), error.message);
  return error;
}

const ok = `{
   "html_attributions" : [],
   "results" : [ { "name" : "Caf\\u00e9 \\/ 1.50", "rating" : 4.50 } ],

   "status" : "OK"
}
`;

test("google: asks by GET with the point, the radius in meters and the key", async () => {
  const service = answering(ok);
  await searched(service);
  const { url, init } = service.request;
  assertEquals(
    url,
    "https://maps.googleapis.com/maps/api/place/nearbysearch/json" +
      `?location=34.068930,-118.445127&radius=10000&key=${inUrl}`,
  );
  assertEquals([init.method, init.body, init.redirect], ["GET", undefined, "manual"]);
});

test("google: another base takes the place of scheme and host", async () => {
  const service = answering(ok);
  await new GoogleProvider(service.access(), "k", "http://127.0.0.1:8080").search(QUERY, calm());
  assertEquals(
    service.request.url,
    "http://127.0.0.1:8080/maps/api/place/nearbysearch/json" +
      "?location=34.068930,-118.445127&radius=10000&key=k",
  );
});

test("google: the answer's bytes pass as they came", async () => {
  assertEquals(textOf(await searched(answering(ok))), ok);
  const none = `\ufeff{"results":[],"status":"ZERO_RESULTS"}\r\n`;
  assertEquals(textOf(await searched(answering(none))), none);
});

test("google: kilometers become meters by moving the point", () => {
  const pairs = [
    ["0.5", "500"],
    ["10", "10000"],
    ["0.0001", "0.1"],
    ["010", "10000"],
    ["50.000", "50000"],
    ["0.123456789", "123.456789"],
    ["1.0010", "1001"],
    ["1.00100500", "1001.005"],
    ["0.000", "0"],
  ] as const;
  for (const [km, meters] of pairs) assertEquals(metersOf(km), meters);
});

test("google: meters are exactly a thousand times the kilometers", () => {
  const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 1, maxLength: 30 });
  fc.assert(fc.property(fc.nat({ max: 50 }), fc.option(digits, { nil: undefined }), (whole, fraction) => {
    const places = 40;
    const scaled = (text: string) => {
      const [int = "", frac = ""] = text.split(".");
      return BigInt(int + frac.padEnd(places, "0"));
    };
    const meters = metersOf(fraction === undefined ? `${whole}` : `${whole}.${fraction}`);
    assertEquals(scaled(meters), scaled(`${whole}.${fraction ?? ""}`) * 1000n);
    assertEquals(/^(0|[1-9]\d*)(\.\d*[1-9])?$/.test(meters), true, meters);
  }));
});

test("google: searches for one circle are one search, whatever their bounds", () => {
  const provider = new GoogleProvider(answering(ok).access(), canary);
  const key = provider.searchKey(QUERY);
  assertEquals(provider.searchKey({ ...QUERY, bound: 20 }), key);
  assertEquals(provider.searchKey({ ...QUERY, radiusKm: "10.0" }), key);
  const others = [{ latitude: "34.06893" }, { longitude: "118.445127" }, { radiusKm: "1" }];
  for (const other of others) assertEquals(provider.searchKey({ ...QUERY, ...other }) === key, false);
});

test("google: a refusal in the right form passes as it came", async () => {
  for (const status of ["OVER_QUERY_LIMIT", "REQUEST_DENIED", "INVALID_REQUEST", "UNKNOWN_ERROR"]) {
    const refusal =
      `{\n   "error_message" : "see \\u003chttp:\\/\\/x\\u003e",\n   "results" : [],\n   "status" : "${status}"\n}`;
    assertEquals(textOf(await searched(answering(refusal))), refusal);
  }
});

test("google: a refusal in another form is told with its status and message", async () => {
  const bare = await failureOf(answering(`{"results":[],"status":"OVER_QUERY_LIMIT"}`));
  assertEquals([bare.status, bare.message], [
    "OVER_QUERY_LIMIT",
    "the Places service answered OVER_QUERY_LIMIT",
  ]);
  const results = await failureOf(
    answering(`{"results":[1],"error_message":"no\\n more","status":"REQUEST_DENIED"}`),
  );
  assertEquals([results.status, results.message], ["REQUEST_DENIED", "no more"]);
  const unknown = await failureOf(answering(`{"results":[],"error_message":"odd","status":"NOT_FOUND"}`));
  assertEquals([unknown.status, unknown.message], ["UNKNOWN_ERROR", "odd"]);
  const odd = await failureOf(answering(`{"results":[],"error_message":"odd","status":"${canary}"}`));
  assertEquals([odd.status, odd.message], ["UNKNOWN_ERROR", "odd"]);
});

test("google: the key never stands in what is told of a refusal", async () => {
  const refused = (message: string) =>
    answering(JSON.stringify({
      error_message: message,
      results: [],
      status: "REQUEST_DENIED",
    }));
  const told = async (message: string) => (await failureOf(refused(message))).message;
  assertEquals(await told(`key ${canary} is wrong`), "key (key) is wrong");
  assertEquals(await told(`key ${inUrl} is wrong`), "key (key) is wrong");
  assertEquals(await told(`see https://x.example/?key=${canary}#a for more`), "see (a link) for more");
  const withheld = "the Places service's message is withheld: the key was in it";
  assertEquals(
    await told(`key ${inUrl.toLowerCase().replace("canary", "%43ANARY").replace("ab", "aB")}`),
    withheld,
  );
  assertEquals(await told(`key ${canary.replace("C", "\\u0043")}`), withheld);
  assertEquals((await told(`${canary}${"x".repeat(1_000)}`)).length < 400, true);
});

/** Every character of the key as an escape. */
function escapedUnits(text: string): string {
  return text.split("").map((unit) => "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0")).join("");
}

test("google: an answer that holds the key is withheld, in whatever form it holds it", async () => {
  const forms = [
    canary,
    inUrl,
    canary.replace("/", "\\/"),
    inUrl.replaceAll("%", "\\u0025"),
    escapedUnits(canary),
    escapedUnits(inUrl),
    escapedUnits(escapedUnits(canary)),
    encodeURIComponent(inUrl),
    `https://x.example/?key=${inUrl.replaceAll(/%\w\w/g, (code) => code.toLowerCase())}&a=b`,
  ];
  for (const form of forms) {
    for (const status of ["OK", "ZERO_RESULTS"]) {
      const error = await failureOf(answering(`{"results":[],"status":"${status}","next":"${form}"}`));
      assertEquals([error.status, error.message], [
        "UNKNOWN_ERROR",
        "the Places service sent the key back: answer withheld",
      ]);
    }
  }
});

test("google: a short key is a key only as a word of its own", async () => {
  const chance = `{"results":[{"name":"Mizqar"}],"status":"OK"}`;
  assertEquals(textOf(await searched(answering(chance), "zq")), chance);
  const leak = `{"results":[{"name":"Mizqar","url":"?key=zq"}],"status":"OK"}`;
  assertEquals((await failureOf(answering(leak), "zq")).status, "UNKNOWN_ERROR");
});

test("google: what is no Nearby Search response is a failure that says so", async () => {
  const told = async (body: string) => {
    const error = await failureOf(answering(body));
    return [error.status, error.message];
  };
  assertEquals(await told("<!DOCTYPE html>"), ["UNKNOWN_ERROR", "the Places service sent no JSON"]);
  assertEquals(await told(`{"places":[]}`), [
    "UNKNOWN_ERROR",
    "the Places service sent JSON without an array of results",
  ]);
  assertEquals(await told(`{"results":[]}`), [
    "UNKNOWN_ERROR",
    "the Places service sent JSON without a status",
  ]);
});

test("google: no failure of the request shows the key", async () => {
  const url = `https://maps.googleapis.com/maps/api/place/nearbysearch/json?key=${inUrl}`;
  const echo = (status: number) => answering(`you asked ${url} with ${canary}`, status);
  const headers = { location: `http://elsewhere.example/?key=${inUrl}` };
  assertEquals(
    (await failureOf(failing(new TypeError(`error sending request for url (${url})`)))).status,
    "UNKNOWN_ERROR",
  );
  assertEquals((await failureOf(failing(new Error(`${canary} and ${inUrl}`)))).status, "UNKNOWN_ERROR");
  assertEquals((await failureOf(echo(200))).status, "UNKNOWN_ERROR");
  assertEquals((await failureOf(echo(403))).status, "REQUEST_DENIED");
  assertEquals((await failureOf(echo(429))).status, "OVER_QUERY_LIMIT");
  assertEquals((await failureOf(echo(500))).status, "UNKNOWN_ERROR");
  const redirect = new FakeService(() => new Response(null, { status: 302, headers }));
  assertEquals((await failureOf(redirect)).status, "UNKNOWN_ERROR");
});

test("google: a provider shows no key to whoever dumps it", () => {
  const provider = new GoogleProvider(answering(ok).access(), canary);
  const key = new ApiKey(canary);
  assertFalse(JSON.stringify([provider, key]).includes("CANARY"));
  assertFalse(`${provider.searchKey(QUERY)} ${Object.keys(key)} ${key}`.includes("CANARY"));
});

test("google: an abort ends the search with its reason, and the body with it", async () => {
  const body = endlessBody();
  const service = answering(body.stream);
  const caller = new AbortController();
  const search = new GoogleProvider(service.access(), canary).search(QUERY, caller.signal);
  await body.wanted;
  const reason = new Error("left");
  caller.abort(reason);
  assertStrictEquals(await assertRejects(() => search), reason);
  assertEquals(body.isCancelled(), true);
});
