/** protocol.md, "WHATSAT": what places are near, from each kind of service, and when the service fails. */

import { assert, assertEquals } from "@std/assert";
import type { Socket } from "node:net";
import { Buffer } from "node:buffer";
import {
  type Answer,
  answerOf,
  assertRefused,
  checkAt,
  FakePlaces,
  freshClient,
  fromUtf8,
  once,
  respond,
  type RunningServer,
  type SeenRequest,
  startAlone,
  tempFile,
  test,
  until,
  utf8,
  type WhatsatReply,
} from "./harness.ts";
import { assertCut, KEY_CANARY, oddBody, plainBody } from "./places_fixture.ts";

const POSITION = "+34.068930-118.445127";

interface Scene {
  readonly server: RunningServer;
  readonly places: FakePlaces;
}

async function makeScene(provider: string, limits: Readonly<Record<string, number>> = {}): Promise<Scene> {
  const places = await FakePlaces.start(respond(200, plainBody(["Powell Library"])));
  const server = await startAlone("Goloman", {
    flags: ["--places", provider, "--places-url", places.base],
    env: { GOOGLE_PLACES_API_KEY: KEY_CANARY },
    limits,
  });
  return { server, places };
}

const google = once(() => makeScene("google", { placesMs: 30_000 }));

let longitude = 0;

/** A new client that stands where no other does, so that no answer is another's. */
async function freshReport(server: RunningServer): Promise<{ readonly client: string; readonly at: string }> {
  const client = freshClient("whatsat");
  const at = await server.report(client, `+34.068930-${(++longitude / 100).toFixed(2)}`, "1520023934.5");
  return { client, at };
}

async function ask(server: RunningServer, line: string): Promise<WhatsatReply> {
  const session = await server.client();
  try {
    await session.send(`${line}\n`);
    return await session.whatsat();
  } finally {
    session.destroy();
  }
}

// ----------------------------------------------------------------------------------------------------- the request

test("a WHATSAT gives the AT line of the newest report, the JSON and two newlines", async () => {
  const { server } = await google();
  const { client, at } = await freshReport(server);
  const session = await server.client();
  await session.send(`WHATSAT ${client} 10 5\n`);
  const reply = await session.whatsat();
  assertEquals(reply.at, at);
  assert(reply.json.startsWith("{") && reply.json.endsWith("}"), reply.json);
  assertEquals(answerOf(reply).status, "OK");
  // Nothing more than two newlines: the next reply stands right behind them.
  await session.send("next\n");
  assertEquals(await session.line(), "? next");
  session.destroy();
});

test("good radii and bounds are taken", async () => {
  const { server } = await google();
  const { client, at } = await freshReport(server);
  const good = [
    "50 20",
    "50.0 1",
    "50.000000 20",
    "49.999999999 5",
    "0.001 5",
    "0.5 5",
    "10 0",
    "0 20",
    "0.0 0",
    "1 1",
  ];
  for (const rest of good) {
    const reply = await ask(server, `WHATSAT ${client} ${rest}`);
    assertEquals(reply.at, at, rest);
    answerOf(reply);
  }
  const spaced = await ask(server, `\t WHATSAT\x0b${client}  10\r5 \x0c\r`);
  assertEquals(spaced.at, at);
});

test("bad radii, bounds and field counts are refused", async () => {
  const { server, places } = await google();
  const { client } = await freshReport(server);
  const before = places.requests.length;
  const radii = [
    "50.1",
    "50.0000000000000000000000000001",
    "51",
    "100",
    "5000",
    "9".repeat(400),
    "+5",
    "-5",
    "-0",
    "+0",
    "1e1",
    "5e0",
    "0x5",
    "nan",
    "NaN",
    "inf",
    "Infinity",
    "5,5",
    "5.5.5",
    ".",
    "5km",
    "five",
    "5_0",
    "5\x00",
    utf8("５"),
    utf8("٥"),
    utf8("५"),
  ];
  const bounds = [
    "21",
    "100",
    "9".repeat(400),
    "+5",
    "-5",
    "-0",
    "5.0",
    "5.",
    "5.5",
    "1e1",
    "0x5",
    "nan",
    "inf",
    "five",
    "5\x00",
    utf8("５"),
    utf8("٥"),
    utf8("²"),
  ];
  await assertRefused(server, [
    ...radii.map((radius) => `WHATSAT ${client} ${radius} 5`),
    ...bounds.map((bound) => `WHATSAT ${client} 10 ${bound}`),
    "WHATSAT",
    "WHATSAT ",
    `WHATSAT ${client}`,
    `WHATSAT ${client} 10`,
    `WHATSAT ${client} 10 5 5`,
    "WHATSAT 10 5",
    ` WHATSAT\t${client}  10 21 \x0b`,
  ]);
  assertEquals(places.requests.length, before, "nothing was asked of the service");
});

test("a WHATSAT of a client that no report is known of is an error line", async () => {
  const { server, places } = await google();
  const before = places.requests.length;
  const unknown = freshClient("unknown");
  await assertRefused(server, [
    `WHATSAT ${unknown} 10 5`,
    ` WHATSAT  ${unknown}\t0 0 `,
    "WHATSAT __proto__ 10 5",
  ]);
  assertEquals(places.requests.length, before);
});

test("radius 0 or bound 0 asks nothing of the service and finds nothing", async () => {
  const { server, places } = await google();
  const { client, at } = await freshReport(server);
  const before = places.requests.length;
  for (const rest of ["0 5", "10 0", "0 0", "0.0 20", "0.000 20", "50 0"]) {
    const reply = await ask(server, `WHATSAT ${client} ${rest}`);
    assertEquals(reply.at, at);
    const answer = answerOf(reply);
    assertEquals([answer.results, answer.status], [[], "ZERO_RESULTS"], rest);
  }
  assertEquals(places.requests.length, before, "requests that reached the service");
});

test("the service is asked for what the client asked: kilometers become meters, the sign goes along", async () => {
  const { server, places } = await google();
  const positions: readonly (readonly [string, number, number])[] = [
    ["+34.068930-118.445127", 34.06893, -118.445127],
    ["-33.8568+151.2153", -33.8568, 151.2153],
    ["+05.5-007", 5.5, -7],
    ["-0.25+0", -0.25, 0],
  ];
  for (const [position, latitude, longitude] of positions) {
    for (
      const [radius, meters] of [["10", 10_000], ["0.5", 500], ["50", 50_000], ["12.345", 12_345]] as const
    ) {
      const client = freshClient("asks");
      await server.report(client, position, "1520023934.5");
      const before = places.requests.length;
      await ask(server, `WHATSAT ${client} ${radius} 5`);
      assertEquals(places.requests.length, before + 1);
      const request = places.requests.at(-1);
      const url = new URL(request?.target ?? "", places.base);
      assertEquals(request?.method, "GET");
      assertEquals(url.pathname, "/maps/api/place/nearbysearch/json");
      assertEquals(url.searchParams.get("location")?.split(",").map(Number), [latitude, longitude]);
      assertEquals(Number(url.searchParams.get("radius")), meters);
      assertEquals(url.searchParams.get("key"), KEY_CANARY);
    }
  }
});

test("a WHATSAT asks about the newest place of a client, not where it was", async () => {
  const { server, places } = await google();
  const client = freshClient("moves");
  await server.report(client, "+10.5+20.5", "1520023934.5");
  await ask(server, `WHATSAT ${client} 10 5`);
  const at = await server.report(client, "-11.5-21.5", "1520023935.5");
  assertEquals((await ask(server, `WHATSAT ${client} 10 5`)).at, at);
  const url = new URL(places.requests.at(-1)?.target ?? "", places.base);
  assertEquals(url.searchParams.get("location")?.split(",").map(Number), [-11.5, -21.5]);
});

// ------------------------------------------------------------------------------------------------------ the answer

test("the service's bytes pass through: only entries past the bound are cut and runs of newlines are one", async () => {
  const { server, places } = await google();
  for (
    const [count, bound] of [[20, 20], [20, 19], [20, 5], [20, 1], [5, 5], [3, 20], [1, 1], [25, 20]] as const
  ) {
    const { client, at } = await freshReport(server);
    places.next(respond(200, oddBody(count)));
    const reply = await ask(server, `WHATSAT ${client} 10 ${bound}`);
    assertEquals(reply.at, at);
    const answer = answerOf(reply);
    assertEquals(answer.results.length, Math.min(count, bound));
    assertCut(reply.json, count, bound);
  }
});

test("an answer without newlines, one with newlines around it and one without entries pass through", async () => {
  const { server, places } = await google();
  const empty = `{"html_attributions":[],"results":[],"status":"ZERO_RESULTS"}`;
  const bodies: readonly (readonly [sent: string, seen: string])[] = [
    [empty, empty],
    [`\n\n${empty}\n`, empty],
    [
      `{"results" : [  ],\n\n\n\n"status":"ZERO_RESULTS"}\n\n`,
      `{"results" : [  ],\n"status":"ZERO_RESULTS"}`,
    ],
    [`{"status":"OK","results":[{"a":"\\n\\n"}]}`, `{"status":"OK","results":[{"a":"\\n\\n"}]}`],
  ];
  for (const [sent, seen] of bodies) {
    const { client } = await freshReport(server);
    places.next(respond(200, sent));
    assertEquals((await ask(server, `WHATSAT ${client} 10 5`)).json, seen);
  }
});

test("an answer that comes in pieces, split inside a character too, is the same answer", async () => {
  const { server, places } = await google();
  const { client } = await freshReport(server);
  const body = oddBody(4);
  const middle = body.indexOf("\xf0\x9f") + 2;
  let goOn: () => void = () => {};
  const begun = new Promise<void>((resolve) => {
    places.next((socket) => {
      goOn = () => socket.end(Buffer.from(body.slice(middle), "latin1"));
      socket.write(Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`, "latin1"));
      socket.write(Buffer.from(body.slice(0, middle), "latin1"), () => resolve());
    });
  });
  const session = await server.client();
  await session.send(`WHATSAT ${client} 10 3\n`);
  await begun;
  await server.turn();
  goOn();
  assertCut((await session.whatsat()).json, 4, 3);
  session.destroy();
});

// ----------------------------------------------------------------------------------------------------- its failures

/** Its service gives up quickly, and takes small answers only. */
const failing = once(() => makeScene("google", { placesMs: 1_500, placesBytes: 100_000 }));

const never: Answer = () => {};

const endless: Answer = (socket: Socket) => {
  socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{"results":[');
  const more = Buffer.from(" ".repeat(65_536), "latin1");
  const pour = (): void => {
    while (!socket.destroyed && socket.write(more));
  };
  socket.on("drain", pour);
  pour();
};

const stalls: Answer = (socket: Socket) => {
  socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{"results":[');
};

const hangsUp: Answer = (socket: Socket) => {
  socket.end('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{"results":[');
};

const echoesItsRequest: Answer = (socket: Socket, request: SeenRequest) => {
  respond(500, `<html>cannot ${request.target}</html>`, { "content-type": "text/html" })(socket, request);
};

const STATUSES = ["UNKNOWN_ERROR", "OVER_QUERY_LIMIT", "REQUEST_DENIED", "INVALID_REQUEST"];

/** How a service can fail, and the status where the page leaves no choice. */
const FAILURES: readonly (readonly [what: string, answer: Answer, status?: string])[] = [
  ["it never answers", never, "UNKNOWN_ERROR"],
  ["it stops in the middle of its answer", stalls, "UNKNOWN_ERROR"],
  ["it hangs up in the middle of its answer", hangsUp, "UNKNOWN_ERROR"],
  ["it hangs up without an answer", (socket) => socket.destroy(), "UNKNOWN_ERROR"],
  ["HTTP 429", respond(429, "{}"), "OVER_QUERY_LIMIT"],
  ["HTTP 403", respond(403, "{}")],
  ["HTTP 404", respond(404, "not here")],
  ["HTTP 500", respond(500, "{}"), "UNKNOWN_ERROR"],
  ["HTTP 503 with an answer that looks good", respond(503, plainBody(["a"])), "UNKNOWN_ERROR"],
  ["HTTP 500 with a page that shows the request", echoesItsRequest, "UNKNOWN_ERROR"],
  ["a page of HTML", respond(200, "<!doctype html><title>Captive portal</title>"), "UNKNOWN_ERROR"],
  ["nothing", respond(200, ""), "UNKNOWN_ERROR"],
  ["JSON that breaks off", respond(200, plainBody(["a", "b"]).slice(0, -20)), "UNKNOWN_ERROR"],
  ["JSON with more behind it", respond(200, `${plainBody(["a"])}}`), "UNKNOWN_ERROR"],
  ["JSON of another kind", respond(200, "[]"), "UNKNOWN_ERROR"],
  ["null", respond(200, "null"), "UNKNOWN_ERROR"],
  ["results that are no list", respond(200, '{"results":5,"status":"OK"}'), "UNKNOWN_ERROR"],
  ["an endless answer", endless, "UNKNOWN_ERROR"],
  ["too large an answer", respond(200, plainBody(["x".repeat(100_001)])), "UNKNOWN_ERROR"],
  [
    "its daily quota is used up",
    respond(200, '{"error_message":"quota","html_attributions":[],"results":[],"status":"OVER_QUERY_LIMIT"}'),
    "OVER_QUERY_LIMIT",
  ],
  [
    "it refuses the key, and says which",
    respond(
      200,
      `{"error_message":"The key ${KEY_CANARY} is no good","results":[],"status":"REQUEST_DENIED"}`,
    ),
    "REQUEST_DENIED",
  ],
];

function assertFailed(reply: WhatsatReply, at: string, status: string | undefined): void {
  assertEquals(reply.at, at);
  const answer = answerOf(reply);
  assertEquals(answer.results, []);
  assert(STATUSES.includes(answer.status), `status ${answer.status}`);
  if (status !== undefined) assertEquals(answer.status, status);
  assert(typeof answer.error_message === "string" && answer.error_message !== "", reply.json);
  assert(!reply.json.includes(KEY_CANARY), "the key is in the reply");
}

for (const [what, answer, status] of FAILURES) {
  test(`when the service fails (${what}) the client still gets the AT line and an empty answer`, async () => {
    const { server, places } = await failing();
    // A service that works in between is not taken for dead.
    const good = await freshReport(server);
    assertEquals(answerOf(await ask(server, `WHATSAT ${good.client} 10 5`)).status, "OK");
    const { client, at } = await freshReport(server);
    places.next(answer);
    const before = places.requests.length;
    assertFailed(await ask(server, `WHATSAT ${client} 10 5`), at, status);
    // A connection that the service left open is not kept waiting for the rest of an answer.
    await until("the failed request's connection is closed", () => places.requests[before]?.closed);
    assertEquals(places.requests.length, before + 1, "it asks once");
  });
}

test("a redirect is a failure, and nobody is asked there", async () => {
  const { server, places } = await failing();
  const elsewhere = await FakePlaces.start(respond(200, plainBody(["Elsewhere"])));
  for (const status of [301, 302, 307, 308]) {
    const good = await freshReport(server);
    assertEquals(answerOf(await ask(server, `WHATSAT ${good.client} 10 5`)).status, "OK");
    const { client, at } = await freshReport(server);
    places.next((socket, request) =>
      respond(status, "", { location: `${elsewhere.base}${request.target}` })(socket, request)
    );
    assertFailed(await ask(server, `WHATSAT ${client} 10 5`), at, undefined);
  }
  assertEquals(elsewhere.requests.length, 0, "requests, with the key, that reached the other place");
});

test("when nobody listens there the client still gets the AT line and an empty answer", async () => {
  const { server, places } = await failing();
  const { client, at } = await freshReport(server);
  await places.close();
  assertFailed(await ask(server, `WHATSAT ${client} 10 5`), at, "UNKNOWN_ERROR");
  await places.listen();
  const good = await freshReport(server);
  await until("the service is asked again", async () => {
    const reply = await ask(server, `WHATSAT ${good.client} 10 5`);
    return answerOf(reply).status === "OK";
  });
});

test("a service that fails again and again is spared, while IAMATs and WHATSATs are answered", async () => {
  const { server, places } = await failing();
  places.otherwise = respond(500, "{}");
  const before = places.requests.length;
  const asked = 60;
  for (let round = 0; round < asked; round++) {
    const { client, at } = await freshReport(server);
    assertFailed(await ask(server, `WHATSAT ${client} 10 5`), at, undefined);
  }
  assert(places.requests.length - before < asked, "every one of the questions reached the dead service");
  assert(places.requests.length > before, "none of the questions reached the service");
});

test("the key is nowhere: not in what the servers print, not in their logs", async () => {
  for (const { server } of [await google(), await failing()]) {
    const { exit, logs } = { exit: await server.stop(), logs: server.allLogs() };
    assertEquals(exit.code, 0);
    assert(logs.includes("WHATSAT"), "the log holds what was asked");
    for (const text of [exit.stdout, exit.stderr, logs]) {
      assert(!text.includes(KEY_CANARY), "the key stands in it");
      assert(!text.includes(KEY_CANARY.slice(0, 20)), "a part of the key stands in it");
    }
  }
});

// ------------------------------------------------------------------------------------------------- other providers

/** Checks that every entry is in Nearby Search form, and gives their names. */
function namesIn(reply: WhatsatReply): string[] {
  return answerOf(reply).results.map((result) => {
    const { name, geometry } = result as {
      name: unknown;
      geometry: { location: { lat: unknown; lng: unknown } };
    };
    assert(typeof name === "string" && name !== "", reply.json);
    assert(
      typeof geometry.location.lat === "number" && typeof geometry.location.lng === "number",
      reply.json,
    );
    return name;
  });
}

const embedded = once(() => startAlone("Goloman", { flags: ["--places", "embedded"] }));

test("the embedded places answer without a key and a network, in the same format", async () => {
  const server = await embedded();
  const client = freshClient("embedded");
  const at = await server.report(client, POSITION, "1520023934.5");
  for (const bound of [1, 3, 20]) {
    const reply = await ask(server, `WHATSAT ${client} 10 ${bound}`);
    assertEquals(reply.at, at);
    assertEquals(answerOf(reply).status, "OK");
    const names = namesIn(reply);
    assert(names.length >= 1 && names.length <= bound, `${names.length} of at most ${bound}`);
    assert(!reply.json.includes("\n\n"));
  }
  const lost = freshClient("embedded");
  await server.report(lost, "-48.876667-123.393333", "1520023934.5");
  const nothing = answerOf(await ask(server, `WHATSAT ${lost} 50 20`));
  assertEquals([nothing.results, nothing.status], [[], "ZERO_RESULTS"]);
  assertEquals(answerOf(await ask(server, `WHATSAT ${client} 0 20`)).status, "ZERO_RESULTS");
});

/** WHATSATs that differ in their bounds, and what each brings when it is asked alone. */
async function askedAlone(
  server: RunningServer,
  client: string,
): Promise<readonly (readonly [string, string])[]> {
  return await Promise.all(Array.from({ length: 21 }, async (_, bound) => {
    const line = `WHATSAT ${client} 50 ${bound}`;
    const reply = await ask(server, line);
    assertEquals(answerOf(reply).results.length, bound);
    return [line, reply.json] as const;
  }));
}

test("many WHATSATs in one write each get their whole reply, in order", async () => {
  const server = await embedded();
  const client = freshClient("storm");
  const at = await server.report(client, POSITION, "1520023934.5");
  const alone = await askedAlone(server, client);
  const asked = Array.from({ length: 200 }, (_, i) => alone[(i * 8) % alone.length] ?? ["", ""]);
  for (const isHalfClosed of [false, true]) {
    const session = await server.client();
    session.push(asked.map(([line]) => `${line}\n`).join(""));
    if (isHalfClosed) session.halfClose();
    for (const [line, json] of asked) assertEquals(await session.whatsat(), { at, json }, line);
    session.halfClose();
    assertEquals(await session.rest(), "");
    session.destroy();
  }
});

test("among many WHATSATs in one write, each sees the IAMAT before it", async () => {
  const server = await embedded();
  // Where the client is each time it reports, and what is found there.
  const places: readonly (readonly [string, number])[] = [[POSITION, 20], ["-48.876667-123.393333", 0], [
    "-90+0",
    1,
  ]];
  for (const isHalfClosed of [false, true]) {
    const client = freshClient("moves");
    const moves = Array.from({ length: 200 }, (_, i) => {
      const [position, found] = places[i % places.length] ?? ["", 0];
      return { origin: "Goloman", client, position, time: String(1_520_023_934 + i), found };
    });
    const text = moves.map(({ position, time }, i) =>
      `IAMAT ${client} ${position} ${time}\nnonsense ${i}\nWHATSAT ${client} 50 20\n`
    ).join("");
    const session = await server.client();
    // A last line without LF counts at a half-close.
    session.push(isHalfClosed ? text.slice(0, -1) : text);
    if (isHalfClosed) session.halfClose();
    for (const [i, move] of moves.entries()) {
      const at = await session.line();
      checkAt(at, move);
      assertEquals(await session.line(), `? nonsense ${i}`);
      const reply = await session.whatsat();
      assertEquals([reply.at, answerOf(reply).results.length], [at, move.found]);
    }
    session.halfClose();
    assertEquals(await session.rest(), "");
    session.destroy();
  }
});

test("places from a file are found within the radius, also across the date line and near a pole", async () => {
  const places = [["West of it", 179.99, 10], ["East of it", -179.99, 10], ["Far", 170, 10], [
    "Pole",
    90,
    89.999,
  ]];
  const features = places.map(([name, lng, lat]) => ({
    type: "Feature",
    properties: { name },
    geometry: { type: "Point", coordinates: [lng, lat] },
  }));
  const file = await tempFile("places.geojson", JSON.stringify({ type: "FeatureCollection", features }));
  const server = await startAlone("Goloman", { flags: ["--places", "embedded", "--places-file", file] });
  const near = async (position: string, radius: string): Promise<string[]> => {
    const client = freshClient("file");
    await server.report(client, position, "1520023934.5");
    return namesIn(await ask(server, `WHATSAT ${client} ${radius} 20`)).sort();
  };
  assertEquals(await near("+10+180", "5"), ["East of it", "West of it"]);
  assertEquals(await near("+10-179.99", "1"), ["East of it"]);
  assertEquals(await near("+89.999-90", "1"), ["Pole"]);
  assertEquals(await near("+0+0", "50"), []);
});

test("Places API (New) is asked its own way, and its answer given the same format", async () => {
  const { server, places } = await makeScene("google-new");
  const found = [0, 1, 2].map((index) => ({
    id: `id-${index}`,
    displayName: { text: `New place ${index}`, languageCode: "en" },
    location: { latitude: 34.07 + index, longitude: -118.44 },
  }));
  const { client, at } = await freshReport(server);
  places.next(respond(200, utf8(JSON.stringify({ places: found }, null, 2))));
  const reply = await ask(server, `WHATSAT ${client} 10 3`);
  assertEquals(reply.at, at);
  assertEquals(namesIn(reply), ["New place 0", "New place 1", "New place 2"]);
  assertEquals(answerOf(reply).status, "OK");
  assert(!reply.json.includes("\n\n"));

  const request = places.requests.at(-1);
  assertEquals([request?.method, request?.target], ["POST", "/v1/places:searchNearby"]);
  assertEquals(request?.headers.get("x-goog-api-key"), KEY_CANARY);
  assert((request?.headers.get("x-goog-fieldmask") ?? "").includes("places."));
  const asked = JSON.parse(request?.body ?? "null");
  assertEquals(asked.locationRestriction.circle.radius, 10_000);
  assertEquals(asked.locationRestriction.circle.center.latitude, 34.06893);

  places.next(respond(200, utf8(JSON.stringify({ places: found }))));
  assertEquals(namesIn(await ask(server, `WHATSAT ${(await freshReport(server)).client} 10 2`)).length, 2);
  places.next(respond(200, "{}"));
  const nothing = answerOf(await ask(server, `WHATSAT ${(await freshReport(server)).client} 10 3`));
  assertEquals([nothing.results, nothing.status], [[], "ZERO_RESULTS"]);
  const denied = { error: { code: 403, message: `key ${KEY_CANARY} is bad`, status: "PERMISSION_DENIED" } };
  places.next(respond(403, JSON.stringify(denied)));
  const bad = await freshReport(server);
  assertFailed(await ask(server, `WHATSAT ${bad.client} 10 3`), bad.at, "REQUEST_DENIED");

  const { stdout, stderr } = await server.stop();
  assert(!(stdout + stderr + server.allLogs()).includes(KEY_CANARY), "the key stands in output or log");
});

test("Overpass is asked its own way, and its answer given the same format", async () => {
  const { server, places } = await makeScene("overpass");
  const elements = [
    { type: "node", id: 1, lat: 34.07, lon: -118.44, tags: { name: utf8("Café Ü"), amenity: "cafe" } },
    { type: "node", id: 2, lat: 34.06, lon: -118.45, tags: { name: "Second", amenity: "library" } },
    { type: "node", id: 3, lat: 34.05, lon: -118.43, tags: { name: "Third", amenity: "school" } },
  ];
  const client = freshClient("overpass");
  const at = await server.report(client, POSITION, "1520023934.5");
  places.otherwise = respond(200, JSON.stringify({ version: 0.6, elements }));
  const reply = await ask(server, `WHATSAT ${client} 10 2`);
  assertEquals(reply.at, at);
  const names = namesIn(reply);
  assertEquals(names.length, 2);
  assert(names.every((name) => ["Café Ü", "Second", "Third"].includes(name)), fromUtf8(reply.json));
  const request = places.requests.at(-1);
  assert(request?.target.startsWith("/api/interpreter"), request?.target);
  const said = decodeURIComponent(`${request?.target} ${request?.body}`.replaceAll("+", " "));
  assert(said.includes("10000"), `the radius in meters: ${said}`);
  assert(!said.includes(KEY_CANARY), "Overpass needs no key");

  places.otherwise = respond(200, "<html>rate limited</html>");
  const bad = await freshReport(server);
  assertFailed(await ask(server, `WHATSAT ${bad.client} 10 3`), bad.at, undefined);
});
