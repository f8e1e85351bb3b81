import { assert, assertEquals, assertFalse, assertRejects, assertStrictEquals } from "@std/assert";
import { fetchBounded, type HttpRequest, parseJson, ServiceDownError } from "../../src/places/http.ts";
import { PlacesError, type PlacesStatus } from "../../src/places/provider.ts";
import { test } from "../runner.ts";
import {
  answering,
  bytesOf,
  calm,
  endlessBody,
  everythingIn,
  failing,
  FakeService,
  silent,
  textOf,
} from "./fakes.ts";

const canary = "CANARY-0123456789";
const request: HttpRequest = { method: "GET", url: `http://places.example/search?key=${canary}` };

/** The failure of a request to `service`, which shows neither the key nor where it went. */
async function failureOf(
  service: FakeService,
  limits: { placesMs?: number; placesBytes?: number } = {},
  asked: HttpRequest = request,
): Promise<PlacesError> {
  const error = await assertRejects(() => fetchBounded(service.access(limits), asked, calm()), PlacesError);
  const all = everythingIn(error);
  assertFalse(all.includes(canary), all);
  assertFalse(all.includes("places.example"), all);
  assertEquals(service.clock.pending, 0);
  return error;
}

test("http: an answer within the bounds comes whole, however it was split", async () => {
  const parts = ["{\n", "", '"a"', " : 1}"];
  const service = new FakeService(() =>
    new Response(
      new ReadableStream({
        start(controller) {
          for (const part of parts) controller.enqueue(bytesOf(part));
          controller.close();
        },
      }),
    )
  );
  assertEquals(textOf(await fetchBounded(service.access(), request, calm())), parts.join(""));
  assertEquals(service.request.url, request.url);
  assertEquals(service.request.init.method, "GET");
  assertEquals(service.request.init.redirect, "manual");
  assertEquals(service.clock.pending, 0);
});

test("http: a body and headers are sent as given", async () => {
  const service = answering("ok");
  const asked: HttpRequest = { ...request, method: "POST", headers: { "X-One": "1" }, body: "text" };
  await fetchBounded(service.access(), asked, calm());
  const { method, headers, body } = service.request.init;
  assertEquals({ method, headers, body }, { method: "POST", headers: { "X-One": "1" }, body: "text" });
});

test("http: a service that does not answer is given up after the time", async () => {
  const service = silent();
  const failure = failureOf(service);
  service.clock.pass(4_999);
  assertFalse(service.request.init.signal?.aborted);
  service.clock.pass(1);
  const error = await failure;
  assert(error instanceof ServiceDownError);
  assertEquals(error.status, "UNKNOWN_ERROR");
  assertEquals(error.message, "the Places service did not answer within 5 s");
});

test("http: the time counts for the body too, and what stalls is cancelled", async () => {
  const body = endlessBody();
  const service = answering(body.stream);
  const failure = failureOf(service, { placesMs: 1_500 });
  await body.wanted;
  service.clock.pass(1_500);
  assertEquals((await failure).message, "the Places service did not answer within 1.5 s");
  assert(body.isCancelled());
});

test("http: a body without end is cancelled at the bound", async () => {
  const body = endlessBody(new Uint8Array(65_536));
  const error = await failureOf(answering(body.stream));
  assertEquals(error.message, "the Places service sent more than 1,048,576 bytes");
  assertEquals(error.status, "UNKNOWN_ERROR");
  assertFalse(error instanceof ServiceDownError);
  assert(body.isCancelled());
  assertEquals(body.bytesGiven(), 1_048_576 + 65_536);
});

test("http: a body of exactly the bound is taken, one byte more is not", async () => {
  const read = await fetchBounded(answering("12345678").access({ placesBytes: 8 }), request, calm());
  assertEquals(textOf(read), "12345678");
  const error = await failureOf(answering("123456789"), { placesBytes: 8 });
  assertEquals(error.message, "the Places service sent more than 8 bytes");
});

test("http: a gigabyte that announces itself is not read at all", async () => {
  const body = endlessBody(new Uint8Array(65_536));
  const headers = { "content-length": String(2 ** 30) };
  const error = await failureOf(new FakeService(() => new Response(body.stream, { headers })));
  assertEquals(error.message, "the Places service sent more than 1,048,576 bytes");
  assert(body.isCancelled());
  assertEquals(body.bytesGiven(), 0);
});

const refusals: readonly (readonly [number, PlacesStatus])[] = [
  [204, "UNKNOWN_ERROR"],
  [304, "UNKNOWN_ERROR"],
  [400, "INVALID_REQUEST"],
  [401, "REQUEST_DENIED"],
  [403, "REQUEST_DENIED"],
  [404, "UNKNOWN_ERROR"],
  [429, "OVER_QUERY_LIMIT"],
  [500, "UNKNOWN_ERROR"],
  [503, "UNKNOWN_ERROR"],
];

test("http: every status but 200 is a failure, and its body is cancelled unread", async () => {
  for (const [httpStatus, status] of refusals) {
    const body = endlessBody(new Uint8Array(10));
    const hasBody = httpStatus !== 204 && httpStatus !== 304;
    const error = await failureOf(
      new FakeService(() => new Response(hasBody ? body.stream : null, { status: httpStatus })),
    );
    assertEquals(error.status, status);
    assertEquals(error.message, `the Places service answered HTTP ${httpStatus}`);
    assertEquals(error instanceof ServiceDownError, httpStatus >= 500);
    assertEquals(body.isCancelled(), hasBody);
    assertEquals(body.bytesGiven(), 0);
  }
});

test("http: a redirect is a failure and goes nowhere", async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    const body = endlessBody(new Uint8Array(10));
    const headers = { location: `http://elsewhere.example/?key=${canary}` };
    const service = new FakeService(() => new Response(body.stream, { status, headers }));
    const error = await failureOf(service);
    assertEquals(error.message, `the Places service redirects (HTTP ${status}), which herd does not follow`);
    assertEquals(error.status, "UNKNOWN_ERROR");
    assertEquals(service.requests.length, 1);
    assert(body.isCancelled());
  }
});

test("http: a refusal's own reasons are told where they can be read, within the bounds", async () => {
  const explain = (body: Uint8Array) => ({ status: "REQUEST_DENIED" as const, message: textOf(body) });
  const said = await failureOf(answering("not you", 400), {}, { ...request, explain });
  assertEquals([said.status, said.message], [
    "REQUEST_DENIED",
    "the Places service answered HTTP 400: not you",
  ]);

  const body = endlessBody(new Uint8Array(65_536));
  const endless = await failureOf(answering(body.stream, 400), {}, { ...request, explain });
  assertEquals([endless.status, endless.message], [
    "INVALID_REQUEST",
    "the Places service answered HTTP 400",
  ]);
  assert(body.isCancelled());

  const down = await failureOf(answering("oops", 503), {}, { ...request, explain });
  assert(down instanceof ServiceDownError);
  assertEquals(down.message, "the Places service answered HTTP 503: oops");

  const stalled = endlessBody();
  const service = answering(stalled.stream, 400);
  const late = failureOf(service, {}, { ...request, explain });
  await stalled.wanted;
  service.clock.pass(5_000);
  assertEquals((await late).message, "the Places service did not answer within 5 s");
  assert(stalled.isCancelled());
});

test("http: the caller's abort ends the request with the caller's reason", async () => {
  const service = silent();
  const caller = new AbortController();
  const asked = fetchBounded(service.access(), request, caller.signal);
  const reason = new Error("the client left");
  caller.abort(reason);
  assertStrictEquals(await assertRejects(() => asked), reason);
  assert(service.request.init.signal?.aborted);
  assertEquals(service.clock.pending, 0);
});

test("http: the caller's abort cancels a body that is being read", async () => {
  const body = endlessBody();
  const service = answering(body.stream);
  const caller = new AbortController();
  const asked = fetchBounded(service.access(), request, caller.signal);
  await body.wanted;
  const reason = new Error("the client left");
  caller.abort(reason);
  assertStrictEquals(await assertRejects(() => asked), reason);
  assert(body.isCancelled());
  assertEquals(service.clock.pending, 0);
});

test("http: who leaves as the answer begins leaves no body unread", async () => {
  const body = endlessBody();
  const caller = new AbortController();
  const service = new FakeService(() => {
    caller.abort();
    return new Response(body.stream);
  });
  await assertRejects(() => fetchBounded(service.access(), request, caller.signal), DOMException);
  assert(body.isCancelled());
});

test("http: who leaves after the answer aborts nothing", async () => {
  const service = answering("x");
  const caller = new AbortController();
  await fetchBounded(service.access(), request, caller.signal);
  caller.abort();
  assertFalse(service.request.init.signal?.aborted);
});

test("http: whoever has already left asks nothing", async () => {
  const service = answering("x");
  const reason = new Error("gone before");
  const asked = () => fetchBounded(service.access(), request, AbortSignal.abort(reason));
  assertStrictEquals(await assertRejects(asked), reason);
  assertEquals(service.requests.length, 0);
});

function coded(name: string, message: string, code: string): Error {
  return Object.assign(new Error(message), { name, code });
}

/** A failure as the native `fetch` of Deno tells it: everything in the text of the cause. */
function onDeno(detail: string): TypeError {
  const at = `error sending request for url (${request.url}): client error (Connect): `;
  return new TypeError("fetch failed", { cause: new Error(at + detail) });
}

/** The same on Node: a code in the cause. */
function onNode(cause: Error): TypeError {
  return new TypeError("fetch failed", { cause });
}

const networkFailures: readonly (readonly [unknown, string])[] = [
  [onDeno("tcp connect error: Connection refused (os error 111)"), "refused the connection"],
  [onNode(coded("Error", "connect ECONNREFUSED 127.0.0.1:1", "ECONNREFUSED")), "refused the connection"],
  [
    onNode(Object.assign(new AggregateError([coded("Error", "connect", "ECONNREFUSED")]), { code: "E" })),
    "refused the connection",
  ],
  [onDeno("dns error: failed to lookup address information"), "has a host name that was not found"],
  [
    onNode(coded("Error", `getaddrinfo ENOTFOUND ${canary}`, "ENOTFOUND")),
    "has a host name that was not found",
  ],
  [onDeno("tcp connect error: No route to host (os error 113)"), "cannot be reached"],
  [onNode(coded("Error", "connect ENETUNREACH", "ENETUNREACH")), "cannot be reached"],
  [
    onDeno("invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))"),
    "shows a certificate that herd does not trust",
  ],
  [
    onNode(coded("Error", "self-signed certificate", "DEPTH_ZERO_SELF_SIGNED_CERT")),
    "shows a certificate that herd does not trust",
  ],
  [onDeno("received corrupt message of type InvalidContentType"), "could not agree on TLS with herd"],
  [
    onNode(coded("Error", "SSL routines: wrong version number", "ERR_SSL_WRONG_VERSION_NUMBER")),
    "could not agree on TLS with herd",
  ],
  [onDeno("connection closed before message completed"), "broke the connection"],
  [onNode(coded("SocketError", "other side closed", "UND_ERR_SOCKET")), "broke the connection"],
  [
    new TypeError("fetch failed", { cause: new Error("Connection reset by peer (os error 104)") }),
    "broke the connection",
  ],
  [onNode(coded("Error", "read ECONNRESET", "ECONNRESET")), "broke the connection"],
  [onDeno("invalid HTTP version parsed"), "sent something that is not HTTP"],
  [
    onNode(coded("HTTPParserError", "Response does not match the HTTP/1.1 protocol", "")),
    "sent something that is not HTTP",
  ],
  [new TypeError("Fetch failed: Requests to port 1 are blocked"), "has a port that fetch does not ask"],
  [onNode(new Error("bad port")), "has a port that fetch does not ask"],
  [
    coded("NotCapable", `Requires net access to "places.example:80"`, ""),
    "may not be asked: herd runs without the permission to reach it",
  ],
  [new Error(`what ${request.url} did is new`), "could not be talked to"],
  [`thrown text with ${canary}`, "could not be talked to"],
];

test("http: what keeps a service from being asked is told in the same words on both runtimes", async () => {
  for (const [cause, words] of networkFailures) {
    const error = await failureOf(failing(cause));
    assert(error instanceof ServiceDownError);
    assertEquals([error.status, error.message], ["UNKNOWN_ERROR", `the Places service ${words}`]);
  }
});

test("http: a host's name is not taken for the failure", async () => {
  const text = "error sending request for url (https://certificate.handshake.example/): client error";
  const error = await failureOf(failing(new TypeError(text)));
  assertEquals(error.message, "the Places service could not be talked to");
});

test("http: a connection that breaks off within the body is a failure", async () => {
  for (const cause of [new TypeError("error reading a body from connection"), new TypeError("terminated")]) {
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(bytesOf("{"));
      },
      pull(controller) {
        controller.error(cause);
      },
    });
    const error = await failureOf(answering(stream));
    assert(error instanceof ServiceDownError);
    assertEquals(error.message, "the Places service broke the connection");
  }
});

test("http: JSON is read as UTF-8, and nothing else is JSON", async () => {
  assertEquals(parseJson(bytesOf('\ufeff{"a":[1]}')), { a: [1] });
  for (const bytes of [bytesOf("<html>"), bytesOf(""), Uint8Array.of(0x22, 0xff, 0x22)]) {
    const error = await assertRejects(() => Promise.try(() => parseJson(bytes)), PlacesError);
    assertEquals([error.status, error.message], ["UNKNOWN_ERROR", "the Places service sent no JSON"]);
    assertEquals(error.cause, undefined);
  }
});
