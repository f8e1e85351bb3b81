/** GET /herd: what is said of the whole herd, from what the servers that could be asked say of themselves. */
import { assertEquals, assertMatch } from "@std/assert";
import { herdState } from "../../src/gateway/herd.ts";
import type { HerdState, OwnState } from "../../src/gateway/herd_state.ts";
import type { GatewayContext } from "../../src/gateway/context.ts";
import { type Heard, Others } from "../../src/gateway/others.ts";
import { parseTopology } from "../../src/herd/topology.ts";
import { DEFAULT_LIMITS, FIXED_WAITS } from "../../src/limits.ts";
import type { Network } from "../../src/runtime/runtime.ts";
import { test } from "../runner.ts";
import { FakeClock } from "../fake_clock.ts";

/** A and B and C in a row, and D that is linked to nobody. */
const TOPOLOGY = parseTopology(JSON.stringify({
  servers: Object.fromEntries(
    ["A", "B", "C", "D"].map((name, i) => [name, { host: "127.0.0.1", port: 10 + i, http: 20 + i }]),
  ),
  links: [["A", "B"], ["B", "C"]],
}));

const DOORS = new Map(TOPOLOGY.servers.map(({ name, host, http = 0 }) => [name, { host, port: http }]));

function own(links: Readonly<Record<string, boolean>>): OwnState {
  return {
    version: "1",
    runtime: "test 1",
    run: "run",
    uptimeSeconds: 1,
    clients: 2,
    changes: 3,
    sessions: 4,
    places: "embedded",
    counters: { reports: 0, repeated: 0, searches: 0, invalid: 0, reportsReceived: 0, reportsSent: 0 },
    links: Object.entries(links).map(([neighbor, linked]) => ({
      neighbor,
      linked,
      dueChanges: 0,
      behindMs: 0,
    })),
  };
}

const PLACE_A = TOPOLOGY.servers[0]!;

function stateSeenByA(ofA: OwnState, heard: Readonly<Record<string, Heard>>): HerdState {
  const context = { topology: TOPOLOGY, place: PLACE_A, doors: DOORS, isTls: false };
  return herdState(context, ofA, new Map(Object.entries(heard)));
}

function conditions({ servers, links }: HerdState): string {
  return [
    ...servers.map(({ name, state }) => `${name} ${state}`),
    ...links.map((l) => `${l.ends.join("")} ${l.state}`),
  ]
    .join(", ");
}

test("who tells of itself is up, and what it says of its links counts", () => {
  const state = stateSeenByA(own({ B: true }), { B: { kind: "own", own: own({ A: true, C: false }) } });
  assertEquals(conditions(state), "A up, B up, C down, D unknown, AB up, BC down");
  assertEquals(state.servers.map(({ own }) => own?.clients), [2, 2, undefined, undefined]);
});

test("a link is up where one of its ends says so, down where all that were asked say not", () => {
  const linked = stateSeenByA(own({ B: false }), { B: { kind: "own", own: own({ A: true, C: false }) } });
  assertEquals(conditions(linked), "A up, B up, C down, D unknown, AB up, BC down");
  const neither = stateSeenByA(own({ B: false }), { B: { kind: "own", own: own({ A: false, C: false }) } });
  assertEquals(conditions(neither), "A up, B up, C down, D unknown, AB down, BC down");
});

test("a server whose door nobody answers is down, unless someone is linked to it", () => {
  const silent: Heard = { kind: "silent" };
  assertEquals(
    conditions(stateSeenByA(own({ B: true }), { B: silent, C: silent, D: silent })),
    "A up, B up, C down, D down, AB up, BC unknown",
  );
  assertEquals(
    conditions(stateSeenByA(own({ B: false }), { B: silent })),
    "A up, B down, C unknown, D unknown, AB down, BC unknown",
  );
});

test("a door that answers something else is no sign of death, and one that could not be asked says nothing", () => {
  const state = stateSeenByA(own({ B: false }), { B: { kind: "strange" }, D: { kind: "unasked" } });
  assertEquals(conditions(state), "A up, B unknown, C unknown, D unknown, AB down, BC unknown");
  assertEquals(
    conditions(stateSeenByA(own({ B: false }), { B: { kind: "unasked" } })),
    "A up, B down, C unknown, D unknown, AB down, BC unknown",
  );
});

/** A answers for the others, whose answers `fetch` gives. */
function othersOfA(fetch: Network["fetch"], isTls = false, secrets: readonly string[] = []) {
  const clock = new FakeClock();
  const context = {
    runtime: { clock, network: { fetch }, hmac: crypto.subtle },
    secrets,
    topology: TOPOLOGY,
    place: PLACE_A,
    doors: DOORS,
    isTls,
    limits: { ...DEFAULT_LIMITS, httpBodyBytes: 10_000 },
    closing: new AbortController().signal,
  } as unknown as GatewayContext;
  return { clock, others: new Others(context) };
}

/** What B, C or D answers for itself. */
function answerOf(url: string, change: Partial<HerdState> = {}): Response {
  const name = "ABCD"[Number(new URL(url).port) - 20]!;
  const asked = herdState(
    {
      topology: TOPOLOGY,
      place: TOPOLOGY.servers.find((server) => server.name === name)!,
      doors: DOORS,
      isTls: false,
    },
    own({ A: true }),
    new Map(),
  );
  return Response.json({ ...asked, ...change });
}

test("every other server is asked for itself alone, at once, and once a second however many want to know", async () => {
  const asked: string[] = [];
  const { clock, others } = othersOfA((url) => {
    asked.push(url);
    return Promise.resolve(answerOf(url));
  });
  const [first, second] = await Promise.all([others.ask(), others.ask()]);
  assertEquals([...first.keys()], ["B", "C", "D"]);
  assertEquals([...first.values()].map(({ kind }) => kind), ["own", "own", "own"]);
  assertEquals(first, second);
  clock.pass(FIXED_WAITS.othersMs - 1);
  await others.ask();
  assertEquals(asked, [21, 22, 23].map((port) => `http://127.0.0.1:${port}/herd?scope=own`));
  clock.pass(1);
  await others.ask();
  assertEquals(asked.length, 6);
});

test("who does not answer in time is silent, and holds up nobody else", async () => {
  const { clock, others } = othersOfA((url, { signal }) =>
    url.includes(":21/")
      ? new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)))
      : Promise.resolve(answerOf(url))
  );
  const heard = others.ask();
  // Whoever asks sends its requests before it waits.
  for (let turn = 0; turn < 8; turn++) await Promise.resolve();
  clock.pass(FIXED_WAITS.otherMs);
  assertEquals([...(await heard).values()].map(({ kind }) => kind), ["silent", "own", "own"]);
});

test("what another server answers is not trusted: its form, its size, its name and its herd are looked at", async () => {
  const answers: readonly ((url: string) => Response | Promise<Response>)[] = [
    () => new Response("no", { status: 401 }),
    () => new Response("<html>"),
    () => Response.json({ herd: "herd", asked: "B", servers: [{}], links: [] }),
    (url) => answerOf(url, { asked: "A" }),
    (url) => answerOf(url, { herd: "other" }),
    (url) => answerOf(url, { servers: [] }),
    async (url) => new Response(await answerOf(url).text() + " ".repeat(10_000)),
  ];
  for (const answer of answers) {
    const { others } = othersOfA((url) =>
      Promise.resolve(url.includes(":21/") ? answer(url) : answerOf(url))
    );
    assertEquals([...(await others.ask()).values()].map(({ kind }) => kind), ["strange", "own", "own"]);
  }
});

test("whoever is asked can see that a server of the herd asks, where there is a secret", async () => {
  const proofs: (string | null)[] = [];
  const fetch: Network["fetch"] = (url, { headers }) => {
    proofs.push(new Headers(headers).get("authorization"));
    return Promise.resolve(answerOf(url));
  };
  const { others, clock } = othersOfA(fetch, false, ["secret"]);
  await others.ask();
  const { seconds } = clock.now();
  for (const proof of proofs) {
    const credentials = proof?.replace(/^Herd /, "") ?? "";
    assertMatch(credentials, new RegExp(`^A ${seconds} [0-9a-f]{64}$`));
  }
  assertEquals(proofs.length, 3);
  proofs.length = 0;
  await othersOfA(fetch).others.ask();
  assertEquals(proofs, [null, null, null]);
});

test("a newer server may say more of itself", async () => {
  const { others } = othersOfA((url) => Promise.resolve(answerOf(url, { later: 1 } as Partial<HerdState>)));
  assertEquals([...(await others.ask()).values()].map(({ kind }) => kind), ["own", "own", "own"]);
});

test("a door that cannot be asked is told from one where nobody is, but with TLS it cannot be", async () => {
  const refuse = () => Promise.reject(new TypeError("refused"));
  const plain = othersOfA(refuse).others;
  assertEquals([...(await plain.ask()).values()].map(({ kind }) => kind), ["silent", "silent", "silent"]);
  const secure = othersOfA(refuse, true).others;
  assertEquals([...(await secure.ask()).values()].map(({ kind }) => kind), ["unasked", "unasked", "unasked"]);
});
