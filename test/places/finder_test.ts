import { assertEquals, assertFalse, assertRejects, assertStrictEquals } from "@std/assert";
import { DEFAULT_LIMITS, type Limits } from "../../src/limits.ts";
import { type FinderOptions, PlacesFinder } from "../../src/places/finder.ts";
import { GoogleProvider } from "../../src/places/google.ts";
import { ServiceDownError } from "../../src/places/http.ts";
import { renderNearbySearch } from "../../src/places/nearby_search.ts";
import {
  PlacesError,
  type PlacesProvider,
  type PlacesQuery,
  type PlacesStatus,
} from "../../src/places/provider.ts";
import { OutBuffer } from "../../src/wire/render.ts";
import { settle } from "../settle.ts";
import { fc } from "../fast_check.ts";
import { FakeClock } from "../fake_clock.ts";
import { test } from "../runner.ts";
import {
  answering,
  bytesOf,
  calm,
  endlessBody,
  failing,
  type FakeService,
  FakeService as Service,
  QUERY,
  silent,
  textOf,
} from "./fakes.ts";

/** A search that the provider was handed and that the test brings to its end. */
interface Handed {
  readonly query: PlacesQuery;
  readonly signal: AbortSignal;
  resolve(text: string): void;
  reject(error: unknown): void;
}

/** A provider whose searches end when the test says so. Queries of one point are one search. */
class HeldProvider implements PlacesProvider {
  readonly name = "google";
  readonly handed: Handed[] = [];

  searchKey(query: PlacesQuery): string {
    return query.latitude;
  }

  search(query: PlacesQuery, signal: AbortSignal): Promise<Uint8Array> {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    this.handed.push({ query, signal, resolve: (text) => resolve(bytesOf(text)), reject });
    return promise;
  }

  /** The search handed over as the `index`th, from 0. */
  at(index: number): Handed {
    const handed = this.handed[index];
    if (handed === undefined) throw new Error(`only ${this.handed.length} searches were handed over`);
    return handed;
  }

  get latitudes(): readonly string[] {
    return this.handed.map(({ query }) => query.latitude);
  }
}

interface Setting {
  readonly provider: HeldProvider;
  readonly clock: FakeClock;
  readonly finder: PlacesFinder;
}

function setting(searches = 64, options: FinderOptions = {}, limits: Partial<Limits> = {}): Setting {
  const provider = new HeldProvider();
  const clock = new FakeClock();
  const bounds = { ...DEFAULT_LIMITS, searches, ...limits };
  return { provider, clock, finder: new PlacesFinder(provider, bounds, clock, options) };
}

function at(latitude: string | number, bound = 5): PlacesQuery {
  return { ...QUERY, latitude: String(latitude), bound };
}

const three = `\n{\n\n"results":[\n1,\n2,\n3\n\n],"status":"OK"\n}\n\n`;
const firstOfThree = `{\n"results":[\n1\n],"status":"OK"\n}`;

function errorText(status: PlacesStatus, errorMessage: string): string {
  return textOf(renderNearbySearch({ results: [], status, errorMessage }));
}

test("finder: an answer comes cut to the bound, with single newlines and none at its ends", async () => {
  const { finder, provider } = setting();
  const answer = finder.find(at(1, 1), calm());
  provider.at(0).resolve(three);
  assertEquals(textOf(await answer), firstOfThree);
});

test("finder: a failure is an answer with no results, a status and the cause", async () => {
  const { finder, provider } = setting();
  const answer = finder.find(at(1), calm());
  provider.at(0).reject(new PlacesError("OVER_QUERY_LIMIT", 'the Places service said "no"'));
  assertEquals(textOf(await answer), errorText("OVER_QUERY_LIMIT", 'the Places service said "no"'));
  assertEquals(finder.counters.failures.OVER_QUERY_LIMIT, 1);
});

test("finder: a provider's answer that is none is a failure", async () => {
  const { finder, provider } = setting();
  const told = async (text: string) => {
    const answer = finder.find(at(1), calm());
    provider.handed.at(-1)?.resolve(text);
    return textOf(await answer);
  };
  assertEquals(await told("<html>"), errorText("UNKNOWN_ERROR", "the Places service sent no JSON"));
  assertEquals(
    await told(`{"results":{}}`),
    errorText("UNKNOWN_ERROR", "the Places service sent JSON without an array of results"),
  );
  assertEquals(finder.counters.failures.UNKNOWN_ERROR, 2);
});

test("finder: a service's own refusal passes, and counts as the failure it is", async () => {
  const { finder, provider } = setting();
  const answer = finder.find(at(1), calm());
  const refusal = `{"results":[],"error_message":"quota","status":"OVER_QUERY_LIMIT"}`;
  provider.at(0).resolve(refusal);
  assertEquals(textOf(await answer), refusal);
  assertEquals(finder.counters.failures.OVER_QUERY_LIMIT, 1);
});

test("finder: the same search at the same time is one search, cut for each who asked", async () => {
  const { finder, provider } = setting();
  const answers = [1, 2, 1, 20].map((bound) => finder.find(at(1, bound), calm()));
  const other = finder.find(at(2, 20), calm());
  assertEquals(provider.latitudes, ["1", "2"]);
  provider.at(0).resolve(three);
  provider.at(1).resolve(three);
  const results = [...await Promise.all(answers), await other].map((json) =>
    JSON.parse(textOf(json)).results
  );
  assertEquals(results, [[1], [1, 2], [1], [1, 2, 3], [1, 2, 3]]);
  assertEquals([finder.counters.searches, finder.counters.shared], [2, 3]);
});

test("finder: nothing is kept: the same search later is another one", async () => {
  const { finder, provider } = setting();
  for (const turn of [0, 1]) {
    const answer = finder.find(at(1), calm());
    provider.at(turn).resolve(`{"results":[${turn}],"status":"OK"}`);
    assertEquals(textOf(await answer), `{"results":[${turn}],"status":"OK"}`);
  }
  const failed = finder.find(at(1), calm());
  provider.at(2).reject(new PlacesError("UNKNOWN_ERROR", "no"));
  await failed;
  const again = finder.find(at(1), calm());
  provider.at(3).resolve(three);
  assertEquals(JSON.parse(textOf(await again)).status, "OK");
});

test("finder: the caller's abort is the one rejection, and ends a search nobody else wants", async () => {
  const { finder, provider } = setting();
  const caller = new AbortController();
  const answer = finder.find(at(1), caller.signal);
  const reason = new Error("the client left");
  caller.abort(reason);
  assertStrictEquals(await assertRejects(() => answer), reason);
  assertEquals(provider.at(0).signal.aborted, true);
  assertEquals(finder.counters.abandoned, 1);
});

test("finder: who leaves a shared search leaves the others their answer", async () => {
  const { finder, provider } = setting();
  const callers = [new AbortController(), new AbortController()];
  const answers = callers.map((caller) => finder.find(at(1), caller.signal));
  const stays = finder.find(at(1), calm());
  const left = answers.map((answer) => assertRejects(() => answer));
  for (const caller of callers) caller.abort();
  await Promise.all(left);
  assertEquals(provider.at(0).signal.aborted, false);
  provider.at(0).resolve(three);
  assertEquals(JSON.parse(textOf(await stays)).status, "OK");
  assertEquals(finder.counters.abandoned, 0);
});

test("finder: an abandoned search is not shared with who comes after", async () => {
  const seen: unknown[] = [];
  const { finder, provider } = setting(64, { onUnexpected: (error) => seen.push(error) });
  const caller = new AbortController();
  const left = assertRejects(() => finder.find(at(1), caller.signal));
  caller.abort();
  await left;
  const answer = finder.find(at(1), calm());
  provider.at(0).reject(provider.at(0).signal.reason);
  provider.at(1).resolve(three);
  assertEquals(JSON.parse(textOf(await answer)).status, "OK");
  await settle();
  assertEquals(finder.counters.failures.UNKNOWN_ERROR, 0);
  assertEquals(seen, []);
});

test("finder: whoever has already left asks nothing", async () => {
  const { finder, provider } = setting();
  const reason = new Error("gone before");
  assertStrictEquals(await assertRejects(() => finder.find(at(1), AbortSignal.abort(reason))), reason);
  assertEquals(provider.handed.length, 0);
});

test("finder: leaving after the answer does nothing", async () => {
  const { finder, provider } = setting();
  const caller = new AbortController();
  const answer = finder.find(at(1), caller.signal);
  provider.at(0).resolve(three);
  await answer;
  caller.abort();
  assertEquals(provider.at(0).signal.aborted, false);
  assertEquals(finder.counters.abandoned, 0);
});

test("finder: no more than the limit are under way, the rest wait in the order they came", async () => {
  const { finder, provider } = setting(2);
  const answers = [1, 2, 3, 4, 5].map((latitude) => finder.find(at(latitude), calm()));
  assertEquals(provider.latitudes, ["1", "2"]);
  assertEquals([finder.counters.underWay, finder.counters.waiting], [2, 3]);
  provider.at(1).resolve(three);
  await answers[1];
  assertEquals(provider.latitudes, ["1", "2", "3"]);
  provider.at(0).reject(new PlacesError("UNKNOWN_ERROR", "no"));
  await answers[0];
  assertEquals(provider.latitudes, ["1", "2", "3", "4"]);
  assertEquals([finder.counters.underWay, finder.counters.waiting], [2, 1]);
  for (const handed of provider.handed) handed.resolve(three);
  await answers[3];
  provider.at(4).resolve(three);
  await Promise.all(answers);
  assertEquals([finder.counters.underWay, finder.counters.waiting], [0, 0]);
});

test("finder: who waits may share, and who leaves the line is never searched for", async () => {
  const { finder, provider } = setting(1);
  const first = finder.find(at(1), calm());
  const leaver = new AbortController();
  const left = assertRejects(() => finder.find(at(2), leaver.signal));
  const waiters = [finder.find(at(3, 1), calm()), finder.find(at(3, 2), calm())];
  assertEquals(finder.counters.waiting, 2);
  leaver.abort();
  await left;
  assertEquals(finder.counters.waiting, 1);
  provider.at(0).resolve(three);
  await first;
  assertEquals(provider.latitudes, ["1", "3"]);
  provider.at(1).resolve(three);
  const results = (await Promise.all(waiters)).map((json) => JSON.parse(textOf(json)).results);
  assertEquals(results, [[1], [1, 2]]);
});

test("finder: an abandoned search keeps its place until the provider lets go of it", async () => {
  const { finder, provider } = setting(1);
  const caller = new AbortController();
  const left = assertRejects(() => finder.find(at(1), caller.signal));
  const next = finder.find(at(2), calm());
  caller.abort();
  await left;
  assertEquals([finder.counters.underWay, finder.counters.waiting], [1, 1]);
  provider.at(0).reject(provider.at(0).signal.reason);
  await settle();
  provider.at(1).resolve(three);
  await next;
  assertEquals([finder.counters.underWay, finder.counters.waiting], [0, 0]);
});

test("finder: a provider's bug is a plain failure to the client, and is handed to the log", async () => {
  const seen: unknown[] = [];
  const { finder, provider } = setting(1, { onUnexpected: (error) => seen.push(error) });
  const bugs = [
    new TypeError("x is undefined, with CANARY"),
    new DOMException("CANARY", "AbortError"),
    "thrown CANARY",
  ];
  for (const bug of bugs) {
    const answer = finder.find(at(1), calm());
    provider.handed.at(-1)?.reject(bug);
    assertEquals(
      textOf(await answer),
      errorText("UNKNOWN_ERROR", "the search for places failed within herd"),
    );
  }
  await settle();
  assertEquals(seen, bugs);
  assertEquals(finder.counters.failures.UNKNOWN_ERROR, 3);
});

test("finder: a provider that throws at once is treated the same", async () => {
  const bug = new RangeError("at once");
  const provider: PlacesProvider = {
    name: "embedded",
    searchKey: () => "",
    search: () => {
      throw bug;
    },
  };
  const seen: unknown[] = [];
  const options: FinderOptions = { onUnexpected: (error) => seen.push(error) };
  const finder = new PlacesFinder(provider, { ...DEFAULT_LIMITS, searches: 1 }, new FakeClock(), options);
  const answer = await finder.find(at(1), calm());
  assertEquals(JSON.parse(textOf(answer)).status, "UNKNOWN_ERROR");
  assertEquals(seen, [bug]);
});

/** A provider that has its places at hand. */
function atHand(append: (query: PlacesQuery, out: OutBuffer) => void): PlacesProvider {
  return {
    name: "embedded",
    searchKey: () => "",
    search: () => Promise.reject(new Error("not asked")),
    answer(query, out) {
      append(query, out);
      return "OK";
    },
  };
}

test("finder: a provider that has to wait gives no answer at once, and nothing is done", () => {
  const { finder, provider } = setting();
  const out = new OutBuffer(0);
  out.append(bytesOf("before"));
  assertEquals(finder.answer(at(1), out), false);
  assertEquals([textOf(out.view()), provider.handed.length, finder.counters.searches], ["before", 0, 0]);
});

test("finder: what is at hand is appended at once, and is a search", () => {
  const provider = atHand(({ latitude, bound }, out) => out.append(bytesOf(`{${latitude}, ${bound}}`)));
  const finder = new PlacesFinder(provider, { ...DEFAULT_LIMITS, searches: 1 }, new FakeClock());
  const out = new OutBuffer(0);
  for (const bound of [1, 20]) assertEquals(finder.answer(at(7, bound), out), true);
  assertEquals(textOf(out.view()), "{7, 1}{7, 20}");
  const { searches, underWay, failures } = finder.counters;
  assertEquals([searches, underWay, failures.UNKNOWN_ERROR], [2, 0, 0]);
});

test("finder: an answer at once that breaks off is a plain failure to the client, and is handed to the log", () => {
  const bug = new RangeError("half of it, with CANARY");
  let isBroken = true;
  const provider = atHand((_, out) => {
    out.append(bytesOf('{ "results" : [ {} '.repeat(1_000)));
    if (isBroken) throw bug;
  });
  const seen: unknown[] = [];
  const options: FinderOptions = { onUnexpected: (error) => seen.push(error) };
  const finder = new PlacesFinder(provider, { ...DEFAULT_LIMITS, searches: 1 }, new FakeClock(), options);
  const out = new OutBuffer(0);
  out.append(bytesOf("AT ...\n"));
  assertEquals(finder.answer(at(1, 20), out), true);
  const failure = errorText("UNKNOWN_ERROR", "the search for places failed within herd");
  assertEquals(textOf(out.view()), `AT ...\n${failure}`);
  assertEquals([seen, finder.counters.failures.UNKNOWN_ERROR], [[bug], 1]);
  isBroken = false;
  finder.answer(at(1, 20), out);
  assertEquals([seen, finder.counters.failures.UNKNOWN_ERROR], [[bug], 1]);
});

const down = () => new ServiceDownError("UNKNOWN_ERROR", "the Places service refused the connection");

/** Searches `times` times, each ended by `end`; the answers' error messages. */
async function searchedOften(
  { finder, provider }: Setting,
  times: number,
  end: (handed: Handed) => void,
): Promise<readonly (string | undefined)[]> {
  const messages: (string | undefined)[] = [];
  for (let i = 0; i < times; i++) {
    const before = provider.handed.length;
    const answer = finder.find(at(1), calm());
    if (provider.handed.length > before) end(provider.at(before));
    messages.push(JSON.parse(textOf(await answer)).error_message);
  }
  return messages;
}

const breaker = { breakerFailures: 3, breakerMs: 2_000 };
const cause = "the Places service refused the connection";
const spared = `${cause} (3 times in a row or more; herd asks it again after 2 s)`;

test("finder: a dead service is spared, and clients are told why", async () => {
  const held = setting(64, {}, breaker);
  const messages = await searchedOften(held, 10, (handed) => handed.reject(down()));
  assertEquals(messages, [cause, cause, cause, ...Array<string>(7).fill(spared)]);
  const { searches, spared: count, failures } = held.finder.counters;
  assertEquals([searches, count, failures.UNKNOWN_ERROR], [3, 7, 3]);
});

test("finder: a spared service is tried again by one search at a time, until it answers", async () => {
  const held = setting(64, {}, breaker);
  const { finder, provider, clock } = held;
  await searchedOften(held, 3, (handed) => handed.reject(down()));
  clock.pass(1_999);
  assertEquals(await searchedOften(held, 1, () => {}), [spared]);
  clock.pass(1);
  const trial = finder.find(at(1), calm());
  const meanwhile = await finder.find(at(2), calm());
  assertEquals(JSON.parse(textOf(meanwhile)).error_message, spared);
  provider.at(3).reject(down());
  assertEquals(JSON.parse(textOf(await trial)).error_message, cause);
  assertEquals(await searchedOften(held, 1, () => {}), [spared]);
  clock.pass(2_000);
  assertEquals(await searchedOften(held, 3, (handed) => handed.resolve(three)), Array(3).fill(undefined));
  assertEquals(provider.handed.length, 7);
});

test("finder: a trial that is abandoned leaves the next one to try", async () => {
  const held = setting(64, {}, breaker);
  const { finder, provider, clock } = held;
  await searchedOften(held, 3, (handed) => handed.reject(down()));
  clock.pass(2_000);
  const caller = new AbortController();
  const left = assertRejects(() => finder.find(at(1), caller.signal));
  caller.abort();
  await left;
  provider.at(3).reject(provider.at(3).signal.reason);
  await settle();
  assertEquals(finder.counters.underWay, 0);
  assertEquals(await searchedOften(held, 2, (handed) => handed.reject(down())), [cause, spared]);
});

test("finder: those in line when a service dies are answered without asking it", async () => {
  const { finder, provider } = setting(3, {}, breaker);
  const answers = Array.from({ length: 50 }, (_, i) => finder.find(at(i), calm()));
  for (const handed of provider.handed) handed.reject(down());
  const messages = (await Promise.all(answers.slice(5))).map((json) =>
    JSON.parse(textOf(json)).error_message
  );
  assertEquals(new Set(messages), new Set([spared]));
  assertEquals(provider.handed.length <= 5, true);
});

test("finder: a service that answers, however badly, is not dead", async () => {
  const held = setting(64, {}, breaker);
  await searchedOften(held, 10, (handed) => handed.resolve("<html>"));
  await searchedOften(held, 10, (handed) => handed.reject(new PlacesError("OVER_QUERY_LIMIT", "no")));
  for (let i = 0; i < 5; i++) {
    await searchedOften(held, 2, (handed) => handed.reject(down()));
    await searchedOften(held, 1, (handed) => handed.resolve(three));
  }
  assertEquals(held.finder.counters.spared, 0);
});

const canary = "CANARY-0123456789";
const url = `https://maps.googleapis.com/?key=${canary}`;

/** Every way of row 17 of the limits, and what the client reads. */
const row17: readonly (readonly [string, () => FakeService, PlacesStatus, string])[] = [
  ["refused", () => failing(new TypeError(`${url} connection refused`)), "UNKNOWN_ERROR", "refused"],
  ["429", () => answering(url, 429), "OVER_QUERY_LIMIT", "HTTP 429"],
  ["500", () => answering(url, 500), "UNKNOWN_ERROR", "HTTP 500"],
  ["403", () => answering(url, 403), "REQUEST_DENIED", "HTTP 403"],
  ["HTML", () => answering(`<html>${url}</html>`), "UNKNOWN_ERROR", "sent no JSON"],
  ["wrong shape", () => answering(`{"url":"${url}"}`), "UNKNOWN_ERROR", "without an array of results"],
  ["key echoed", () => answering(`{"results":["${url}"],"status":"OK"}`), "UNKNOWN_ERROR", "withheld"],
  [
    "quota",
    () => answering(`{"results":[],"error_message":"${url}","status":"OVER_QUERY_LIMIT"}`),
    "OVER_QUERY_LIMIT",
    "(a link)",
  ],
  [
    "redirect",
    () => new Service(() => new Response(null, { status: 302, headers: { location: url } })),
    "UNKNOWN_ERROR",
    "redirects (HTTP 302)",
  ],
  [
    "endless",
    () => answering(endlessBody(new Uint8Array(65_536)).stream),
    "UNKNOWN_ERROR",
    "more than 1,048,576 bytes",
  ],
  [
    "huge",
    () => new Service(() => new Response("x", { headers: { "content-length": "1000000000" } })),
    "UNKNOWN_ERROR",
    "more than 1,048,576 bytes",
  ],
];

test("finder: whatever the service does, one documented answer comes, without the key", async () => {
  for (const [what, service, status, words] of row17) {
    const made = service();
    const finder = new PlacesFinder(new GoogleProvider(made.access(), canary), {
      ...DEFAULT_LIMITS,
      searches: 1,
    }, made.clock);
    const text = textOf(await finder.find(QUERY, calm()));
    const { results, status: told, error_message: message } = JSON.parse(text);
    assertEquals([results, told], [[], status], what);
    assertEquals(String(message).includes(words), true, `${what}: ${message}`);
    assertFalse(text.includes(canary), what);
    assertFalse(/\n\n|^\n|\n$/.test(text), what);
  }
});

test("finder: a service that is silent is given up after the time", async () => {
  const service = silent();
  const finder = new PlacesFinder(
    new GoogleProvider(service.access(), canary),
    { ...DEFAULT_LIMITS, searches: 1 },
    service.clock,
  );
  const answer = finder.find(QUERY, calm());
  service.clock.pass(5_000);
  assertEquals(
    textOf(await answer),
    errorText("UNKNOWN_ERROR", "the Places service did not answer within 5 s"),
  );
});

test("finder: when the client leaves, its request is aborted", async () => {
  const service = silent();
  const finder = new PlacesFinder(
    new GoogleProvider(service.access(), canary),
    { ...DEFAULT_LIMITS, searches: 1 },
    service.clock,
  );
  const caller = new AbortController();
  const left = assertRejects(() => finder.find(QUERY, caller.signal));
  caller.abort();
  await left;
  assertEquals(service.request.init.signal?.aborted, true);
  await settle();
  assertEquals(finder.counters.underWay, 0);
  assertEquals(service.clock.pending, 0);
});

type Step =
  | { readonly do: "find"; readonly latitude: number; readonly bound: number }
  | { readonly do: "leave" | "resolve" | "reject"; readonly which: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("find" as const),
    latitude: fc.nat({ max: 4 }),
    bound: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({
    do: fc.constantFrom("leave" as const, "resolve" as const, "reject" as const),
    which: fc.nat(),
  }),
);

interface Asked {
  readonly query: PlacesQuery;
  readonly caller: AbortController;
  readonly outcome: Promise<string>;
}

function ask(finder: PlacesFinder, query: PlacesQuery): Asked {
  const caller = new AbortController();
  return { query, caller, outcome: finder.find(query, caller.signal).then(textOf, () => "left") };
}

/** The answer to everything: as many results as there can be, each telling the point. */
function fullAnswer({ query }: Handed): string {
  return `{"results":[${Array(4).fill(query.latitude)}],"status":"OK"}`;
}

function isExpected({ query, caller }: Asked, outcome: string): boolean {
  if (outcome === "left") return caller.signal.aborted;
  const { results, status } = JSON.parse(outcome);
  if (status !== "OK") return status === "REQUEST_DENIED" && results.length === 0;
  return results.length === query.bound && results.every((one: number) => String(one) === query.latitude);
}

test("finder: in any order of asking, leaving and answering, everybody gets an answer and no place is lost", async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
    const { finder, provider } = setting(2);
    const asked: Asked[] = [];
    for (const one of steps) {
      if (one.do === "find") asked.push(ask(finder, at(one.latitude, one.bound)));
      else if (one.do === "leave") asked[one.which % (asked.length || 1)]?.caller.abort();
      else {
        const handed = provider.handed[one.which % (provider.handed.length || 1)];
        if (one.do === "resolve") handed?.resolve(fullAnswer(handed));
        else handed?.reject(new PlacesError("REQUEST_DENIED", "no"));
      }
      assertEquals(finder.counters.underWay <= 2, true);
      await settle();
    }
    for (let i = 0; i < provider.handed.length; i++) {
      provider.at(i).resolve(fullAnswer(provider.at(i)));
      await settle();
    }
    for (const one of asked) assertEquals(isExpected(one, await one.outcome), true);
    const { underWay, waiting, searches } = finder.counters;
    assertEquals([underWay, waiting, searches], [0, 0, provider.handed.length]);
  }));
});

test("finder: who listens hears what each search brought, and how long it took", async () => {
  const heard: unknown[] = [];
  const held = setting(64, { onSearched: (status, ms) => heard.push([status, ms]) });
  const { finder, provider, clock } = held;
  const ends: ((handed: Handed) => void)[] = [
    (handed) => handed.resolve(three),
    (handed) => handed.resolve(three.replace("OK", "ZERO_RESULTS")),
    (handed) => handed.resolve(three.replace("OK", "NEWS_TO_US")),
    (handed) => handed.resolve(three.replace("OK", "OVER_QUERY_LIMIT")),
    (handed) => handed.resolve("no JSON"),
    (handed) => handed.reject(new PlacesError("REQUEST_DENIED", "no")),
  ];
  for (const [i, end] of ends.entries()) {
    const [answer, shared] = [finder.find(at(i), calm()), finder.find(at(i, 1), calm())];
    clock.pass(10 + i);
    end(provider.at(i));
    await Promise.all([answer, shared]);
  }
  assertEquals(heard, [
    ["OK", 10],
    ["ZERO_RESULTS", 11],
    ["OTHER", 12],
    ["OVER_QUERY_LIMIT", 13],
    ["UNKNOWN_ERROR", 14],
    ["REQUEST_DENIED", 15],
  ]);
});

test("finder: who listens hears nothing of a search that was given up or spared", async () => {
  const heard: unknown[] = [];
  const held = setting(64, { onSearched: (status) => heard.push(status) }, {
    ...breaker,
    breakerFailures: 1,
  });
  const given = new AbortController();
  const abandoned = held.finder.find(at(7), given.signal);
  given.abort("gone");
  await assertRejects(() => abandoned.catch((reason) => Promise.reject(new Error(reason))), Error, "gone");
  held.provider.at(0).resolve(three);
  await settle();
  assertEquals(heard, []);
  await searchedOften(held, 3, (handed) => handed.reject(down()));
  assertEquals(heard, ["UNKNOWN_ERROR"], "the first, after which the service was spared");
});

test("finder: of what is at hand it is heard what it brought, and no clock is read", () => {
  const heard: unknown[] = [];
  let isBroken = false;
  const provider = atHand(() => {
    if (isBroken) throw new Error("a bug");
  });
  const clock = {
    monotonicMs(): number {
      throw new Error("the clock was read");
    },
  };
  const options: FinderOptions = { onSearched: (status, ms) => heard.push([status, ms]) };
  const finder = new PlacesFinder(provider, { ...DEFAULT_LIMITS, searches: 1 }, clock, options);
  finder.answer(at(1), new OutBuffer(0));
  isBroken = true;
  finder.answer(at(1), new OutBuffer(0));
  assertEquals(heard, [["OK", undefined], ["UNKNOWN_ERROR", undefined]]);
});
