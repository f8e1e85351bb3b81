/** Who may do what at a door: by the users file, by where the door is, and whatever a browser or a proxy sends. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { Api } from "../../src/gateway/api.ts";
import type { GatewayContext } from "../../src/gateway/context.ts";
import { DoorGuard } from "../../src/gateway/door_guard.ts";
import { hashChosen, hashDrawn, LEAST_ITERATIONS } from "../../src/gateway/hashes.ts";
import { peerAuthorization } from "../../src/gateway/peer_proof.ts";
import { Problem } from "../../src/gateway/problem.ts";
import type { Right, User } from "../../src/gateway/users_file.ts";
import { LimitHits } from "../../src/limit_hits.ts";
import { DEFAULT_LIMITS } from "../../src/limits.ts";
import type { PasswordCrypto } from "../../src/runtime/runtime.ts";
import * as v from "valibot";
import { test } from "../runner.ts";
import { FakeLog, FakeServer } from "../server/fakes.ts";

const REMOTE = { host: "127.0.0.1", port: 50_000 };
const FAR = { host: "192.0.2.7", port: 50_000 };
const randomBytes = (count: number) => crypto.getRandomValues(new Uint8Array(count));

async function user(name: string, rights: readonly Right[], friends: readonly string[] = []): Promise<User> {
  return { name, rights, hash: await hashDrawn(crypto.subtle, `${name}-token`), friends };
}

async function chosen(name: string, iterations = LEAST_ITERATIONS): Promise<User> {
  const hash = await hashChosen(crypto.subtle, randomBytes, `${name} chose this`, iterations);
  return { name, rights: ["write"], hash, friends: [] };
}

const someUsers = async () => [
  await user("deck", ["write"], ["van", "bike/7"]),
  await user("board", ["read"]),
  await user("chief", ["write", "read"]),
];

interface DoorOptions {
  readonly host?: string;
  readonly users?: readonly User[];
  readonly secrets?: readonly string[];
  readonly crypto?: PasswordCrypto;
  readonly passwordChecks?: number;
}

/** A door with a route that reads, one that writes, and one that is open. */
class Door {
  readonly guard: DoorGuard;
  readonly limitHits = new LimitHits();
  readonly log = new FakeLog();
  readonly server = new FakeServer();
  readonly #api: Api;
  readonly #remote: typeof REMOTE;

  constructor(options: DoorOptions = {}) {
    const { host = "127.0.0.1", secrets = [] } = options;
    const { clock, server } = this.server;
    const { limitHits, log } = this;
    const limits = {
      ...DEFAULT_LIMITS,
      passwordChecks: options.passwordChecks ?? DEFAULT_LIMITS.passwordChecks,
    };
    const door = { host, port: 8080 };
    this.#remote = host === "127.0.0.1" ? REMOTE : FAR;
    this.guard = new DoorGuard({
      door,
      users: options.users,
      secrets,
      hmac: crypto.subtle,
      crypto: options.crypto ?? crypto.subtle,
      randomBytes,
      limits,
      limitHits,
      log,
      clock,
    });
    const place = { name: "Goloman", ...door };
    const context: GatewayContext = {
      runtime: { name: "none", clock, network: this.server.network, hmac: crypto.subtle, randomBytes },
      limits,
      log,
      limitHits,
      topology: { herd: "herd", servers: [place], links: [], settings: {} },
      place,
      secrets,
      doors: new Map(),
      isTls: false,
      placesName: "none",
      server,
      guard: this.guard,
      closing: new AbortController().signal,
      counters() {
        throw new Error("nobody counts here");
      },
    };
    this.#api = new Api(context);
    this.#addRoutes();
  }

  #addRoutes(): void {
    const text = { tag: "people", summary: "", replies: {} } as const;
    this.#api.add({
      ...text,
      method: "post",
      path: "/tell/{id}",
      access: "write",
      params: v.strictObject({ id: v.string() }),
      query: v.strictObject({ n: v.optional(v.pipe(v.string(), v.regex(/^\d+$/))) }),
    }, ({ who, params: { id } }) => {
      if (!this.guard.mayWrite(who, id)) throw new Problem(403, "Not for you", "this is another's");
      return Response.json({ who, id });
    });
    for (const access of ["open", "read"] as const) {
      this.#api.add({ ...text, method: "get", path: `/${access}`, access }, () => Response.json({ access }));
    }
  }

  async ask(
    path: string,
    headers: Readonly<Record<string, string>> = {},
    method = path.startsWith("/tell") ? "POST" : "GET",
  ): Promise<{ readonly status: number; readonly headers: Headers; readonly text: string }> {
    const all = { host: "127.0.0.1:8080", ...headers };
    const request = new Request(`http://127.0.0.1:8080${path}`, { method, headers: all });
    const response = await this.#api.answer(request, this.#remote);
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  async status(path: string, headers?: Readonly<Record<string, string>>, method?: string): Promise<number> {
    return (await this.ask(path, headers, method)).status;
  }
}

function basic(name: string, password: string): { authorization: string } {
  const bytes = new TextEncoder().encode(`${name}:${password}`);
  return { authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

// ------------------------------------------------------------------------------------------------- where the door is

test("on loopback without a users file everybody reads and writes, whatever they say they are", async () => {
  const door = new Door();
  for (const headers of [{}, basic("anybody", "x"), bearer("x"), { authorization: "Digest x" }]) {
    assertEquals(await door.status("/read", headers), 200);
    const told = await door.ask("/tell/deck", headers);
    assertEquals(JSON.parse(told.text), { who: { kind: "anyone" }, id: "deck" });
  }
  assert(door.guard.isFriend({ kind: "anyone" }, "deck"));
});

test("without a users file there is no door elsewhere", () => {
  for (const host of ["0.0.0.0", "::", "192.0.2.1", "herd.example", "128.0.0.1", "localhost.example"]) {
    assertThrows(() => new Door({ host }), Error, "no users file", host);
  }
  for (const host of ["127.0.0.1", "127.9.9.9", "::1", "0:0:0:0:0:0:0:1", "localhost", "::ffff:127.0.0.1"]) {
    new Door({ host });
  }
});

test("on loopback with a users file everybody reads, and users alone write", async () => {
  const door = new Door({ users: await someUsers() });
  assertEquals(await door.status("/read"), 200);
  assertEquals(await door.status("/tell/deck"), 401);
  assertEquals(await door.status("/tell/deck", basic("deck", "deck-token")), 200);
  assertEquals(await door.status("/read", basic("deck", "deck-token")), 200, "as everybody may");
  assertEquals(await door.status("/read", basic("deck", "wrong")), 401, "but a wrong password is told");
});

test("elsewhere only users who may read do, and who is asked for a password is told of which kind", async () => {
  const door = new Door({ host: "0.0.0.0", users: await someUsers() });
  const stranger = await door.ask("/read");
  assertEquals(stranger.status, 401);
  assertEquals(stranger.headers.get("www-authenticate"), 'Basic realm="herd", charset="UTF-8"');
  assertEquals(await door.status("/read", basic("deck", "deck-token")), 403);
  assertEquals(await door.status("/read", basic("board", "board-token")), 200);
  assertEquals(await door.status("/read", basic("chief", "chief-token")), 200);
  assertEquals(await door.status("/open"), 200);
});

// --------------------------------------------------------------------------------------------------------- credentials

test("a user is known by Basic, by Bearer, and by the token in the URL", async () => {
  const door = new Door({ users: await someUsers() });
  const who = JSON.stringify({ who: { kind: "user", name: "deck" }, id: "deck" });
  assertEquals((await door.ask("/tell/deck", basic("deck", "deck-token"))).text, who);
  assertEquals((await door.ask("/tell/deck", bearer("deck-token"))).text, who);
  assertEquals((await door.ask("/tell/deck", { authorization: "bEaReR  deck-token" })).text, who);
  assertEquals((await door.ask("/tell/deck?token=deck-token&n=1")).text, who);
  assertEquals(
    (await door.ask("/tell/deck?token=nobodys", bearer("deck-token"))).text,
    who,
    "the header wins",
  );
});

test("once the users are others, so is who is let in, by password and by token", async () => {
  const door = new Door({ users: [...await someUsers(), await chosen("carl")] });
  let changes = 0;
  door.guard.onChange(() => changes++);
  const carl = basic("carl", "carl chose this");
  assertEquals(await door.status("/tell/carl", carl), 200);
  const [, ...others] = await someUsers();
  const board = { ...await user("board", ["read", "write"]), hash: others[1]!.hash };
  door.guard.replaceUsers([board, await user("bike", ["write"])]);
  assertEquals(changes, 1);
  for (
    const headers of [carl, basic("deck", "deck-token"), bearer("deck-token"), basic("board", "board-token")]
  ) {
    assertEquals(await door.status("/tell/deck", headers), 401);
  }
  assertEquals(await door.status("/tell/bike", bearer("bike-token")), 200);
  assertEquals(
    await door.status("/tell/board", basic("board", "chief-token")),
    200,
    "a new right and password",
  );
  door.guard.replaceUsers([]);
  assertEquals(await door.status("/tell/bike", bearer("bike-token")), 401, "nobody is not everybody");
});

test("what is wrong, unknown or no credentials at all is refused, the same way", async () => {
  const door = new Door({ users: [...await someUsers(), await chosen("carl")] });
  const wrong: readonly Record<string, string>[] = [
    basic("deck", ""),
    basic("deck", "board-token"),
    basic("board", "deck-token"),
    basic("nobody", "deck-token"),
    basic("", ""),
    basic("__proto__", "x"),
    basic("carl", "carl chose that"),
    bearer("carl chose this"),
    bearer("x"),
    { authorization: "Basic" },
    { authorization: "Basic ====" },
    { authorization: `Basic ${btoa("deck-token")}` },
    { authorization: `Basic ${btoa("deck:\xff\xfe")}` },
    { authorization: "deck-token" },
    { authorization: `Digest ${btoa("deck:deck-token")}` },
    { authorization: `Herd Hands 1700000000 ${"0".repeat(64)}` },
  ];
  const texts = new Set<string>();
  for (const headers of wrong) {
    const { status, text } = await door.ask("/tell/deck", headers);
    assertEquals(status, 401, JSON.stringify(headers));
    texts.add(text);
  }
  for (const query of ["?token=", "?token=x", "?token=deck-toke", "?Token=deck-token"]) {
    assertEquals(await door.status(`/tell/deck${query}`), 401, query);
  }
  assertEquals(texts.size, 1, "no refusal tells more than another");
});

test("a user tells of the client of their name and of its devices, and of no other", async () => {
  const door = new Door({ users: await someUsers() });
  const deck = basic("deck", "deck-token");
  for (const id of ["deck", "deck%2Fphone", "deck%2Fa%2Fb"]) {
    assertEquals(await door.status(`/tell/${id}`, deck), 200, id);
  }
  for (const id of ["board", "deckard", "Deck", "deck%20", "deck.phone", "board%2Fdeck"]) {
    assertEquals(await door.status(`/tell/${id}`, deck), 403, id);
  }
  assertEquals(await door.status("/tell/board", basic("board", "board-token")), 403, "who only reads");
});

test("friends are those of the users file, and one's own devices; to who may read they are all", async () => {
  const { guard } = new Door({ host: "0.0.0.0", users: await someUsers() });
  const deck = { kind: "user", name: "deck" } as const;
  for (const id of ["van", "van/1", "bike/7", "bike/7/b", "deck", "deck/phone"]) {
    assert(guard.isFriend(deck, id), id);
  }
  for (const id of ["board", "vanity", "bike", "bike/8", "deckard"]) assert(!guard.isFriend(deck, id), id);
  assert(guard.isFriend({ kind: "user", name: "chief" }, "whoever"));
});

// ------------------------------------------------------------------------------------------------- chosen passwords

/** WebCrypto that counts the iterations it is asked for, and can be told to wait. */
class CountingCrypto {
  iterations: number[] = [];
  #gate: Promise<void> | undefined;
  #open = () => {};
  #arrived = () => {};

  hold(): void {
    this.#gate = new Promise((resolve) => this.#open = resolve);
  }
  release(): void {
    this.#open();
    this.#gate = undefined;
  }
  /** Resolves with the next check that begins. */
  arrival(): Promise<void> {
    return new Promise((resolve) => this.#arrived = resolve);
  }

  readonly subtle: PasswordCrypto = {
    importKey: crypto.subtle.importKey.bind(crypto.subtle),
    sign: crypto.subtle.sign.bind(crypto.subtle),
    verify: crypto.subtle.verify.bind(crypto.subtle),
    digest: crypto.subtle.digest.bind(crypto.subtle),
    deriveBits: async (...[algorithm, key, length]) => {
      this.iterations.push((algorithm as Pbkdf2Params).iterations);
      this.#arrived();
      await this.#gate;
      return await crypto.subtle.deriveBits(algorithm, key, length);
    },
  };
}

test("a chosen password that was right is known again without the work, a wrong one never", async () => {
  const counting = new CountingCrypto();
  const door = new Door({ users: [await chosen("carl"), await chosen("dora")], crypto: counting.subtle });
  const right = basic("carl", "carl chose this");
  for (let i = 0; i < 3; i++) assertEquals(await door.status("/tell/carl", right), 200);
  assertEquals(counting.iterations.length, 1);
  for (let i = 0; i < 2; i++) assertEquals(await door.status("/tell/carl", basic("carl", "guess")), 401);
  assertEquals(counting.iterations.length, 3);
  assertEquals(await door.status("/tell/carl", right), 200);
  assertEquals(await door.status("/tell/dora", basic("dora", "carl chose this")), 401);
  assertEquals(counting.iterations.length, 4);
});

test("a password that is looked at while it changes is not let in", async () => {
  const counting = new CountingCrypto();
  const before = await chosen("carl");
  const door = new Door({ users: [before], crypto: counting.subtle });
  counting.hold();
  const arrival = counting.arrival();
  const status = door.status("/tell/carl", basic("carl", "carl chose this"));
  await arrival;
  door.guard.replaceUsers([{ ...before, hash: await hashDrawn(crypto.subtle, "another") }]);
  counting.release();
  assertEquals(await status, 401);
});

test("a wrong password costs the same work at any name, also at one that there is not", async () => {
  const counting = new CountingCrypto();
  const users = [await user("deck", ["write"]), await chosen("carl"), await chosen("dora", 150_000)];
  const door = new Door({ users, crypto: counting.subtle });
  for (const name of ["deck", "carl", "dora", "nobody"]) {
    counting.iterations = [];
    assertEquals(await door.status("/tell/deck", basic(name, "a guess")), 401);
    assertEquals(counting.iterations.reduce((sum, count) => sum + count, 0), 150_000, name);
  }
});

test("of the same password the checks are one; of others too many at a time are put off, and counted", async () => {
  const counting = new CountingCrypto();
  const users = [await user("deck", ["write"]), await chosen("carl")];
  const door = new Door({ users, crypto: counting.subtle, passwordChecks: 1 });
  counting.hold();
  const begun = counting.arrival();
  const right = Array.from({ length: 3 }, () => door.status("/tell/carl", basic("carl", "carl chose this")));
  await begun;
  const putOff = await door.ask("/tell/carl", basic("carl", "a guess"));
  assertEquals([putOff.status, putOff.headers.get("retry-after")], [503, "1"]);
  assertEquals(await door.status("/tell/deck", basic("deck", "deck-token")), 200, "tokens take no such work");
  assertEquals(await door.status("/tell/deck", bearer("deck-token")), 200);
  counting.release();
  assertEquals(await Promise.all(right), [200, 200, 200]);
  assertEquals(counting.iterations.length, 1);
  assertEquals(door.limitHits.nonZero, { passwordChecks: 1 });
  assertEquals(await door.status("/tell/carl", basic("carl", "a guess")), 401, "it can be tried again");
});

test("accents are the same letters, however a keyboard makes them", async () => {
  const hash = await hashChosen(crypto.subtle, randomBytes, "caf\u00e9 au lait", LEAST_ITERATIONS);
  const door = new Door({ users: [{ name: "carl", rights: ["write"], hash, friends: [] }] });
  assertEquals(await door.status("/tell/carl", basic("carl", "cafe\u0301 au lait")), 200);
  assertEquals(await door.status("/tell/carl", basic("carl", "cafe au lait")), 401);
});

// ------------------------------------------------------------------------------------------------ the hazards of a door

const PROXIED: readonly Record<string, string>[] = [
  { "x-forwarded-for": "192.0.2.9" },
  { forwarded: "for=192.0.2.9" },
  { via: "1.1 proxy" },
  { "x-real-ip": "192.0.2.9" },
  { "x-forwarded-host": "herd.example" },
];

test("what a proxy has sent on is not from this machine", async () => {
  const closed = new Door();
  const open = new Door({ users: await someUsers() });
  for (const headers of PROXIED) {
    for (const path of ["/read", "/tell/deck"]) {
      const { status, text } = await closed.ask(path, headers);
      assertEquals(status, 403);
      assert(text.includes("through a proxy") && text.includes("--users"), text);
    }
    assertEquals(await closed.status("/open", headers), 200, "what is open is so to all");
    assertEquals(await open.status("/read", headers), 401);
    assertEquals(await open.status("/read", { ...headers, ...basic("deck", "deck-token") }), 403);
    const outside = { ...headers, host: "herd.example", origin: "https://herd.example" };
    assertEquals(await open.status("/read", { ...outside, ...basic("board", "board-token") }), 200);
    assertEquals(await open.status("/tell/deck", { ...outside, ...basic("deck", "deck-token") }), 200);
  }
});

test("a door on loopback answers to no name that another could have made mean this machine", async () => {
  const door = new Door();
  const own = [
    "127.0.0.1",
    "127.0.0.1:8080",
    "127.1.2.3",
    "localhost",
    "LOCALHOST:99",
    "[::1]",
    "[::1]:8080",
  ];
  for (const host of own) assertEquals(await door.status("/read", { host }), 200, host);
  const others = [
    "evil.example",
    "evil.example:8080",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "evil.example@127.0.0.1",
    "0.0.0.0:8080",
    "192.168.0.1",
    "[::2]",
    "a/127.0.0.1",
    "",
  ];
  for (const host of others) {
    assertEquals(await door.status("/read", { host }), 421, host);
    assertEquals(await door.status("/tell/deck", { host }), 421, host);
    assertEquals(await door.status("/open", { host }), 421, host);
  }
  const elsewhere = new Door({ host: "0.0.0.0", users: await someUsers() });
  assertEquals(
    await elsewhere.status("/read", { host: "herd.example", ...basic("board", "board-token") }),
    200,
  );
});

test("what another site's page makes a browser send is refused, whoever it knows", async () => {
  const users = await someUsers();
  const origins = [
    "https://evil.example",
    "http://127.0.0.1:3000",
    "http://localhost:8080",
    "null",
    "file://",
  ];
  for (const door of [new Door(), new Door({ users }), new Door({ host: "0.0.0.0", users })]) {
    const chief = basic("chief", "chief-token");
    for (const path of ["/read", "/tell/chief", "/open", "/nothing"]) {
      for (const origin of origins) {
        assertEquals(await door.status(path, { ...chief, origin }), 403, `${path} ${origin}`);
      }
      for (const site of ["cross-site", "same-site", "anything"]) {
        assertEquals(await door.status(path, { ...chief, "sec-fetch-site": site }), 403, `${path} ${site}`);
      }
    }
    const own = { ...chief, origin: "http://127.0.0.1:8080", "sec-fetch-site": "same-origin" };
    assertEquals(await door.status("/read", own), 200);
    assertEquals(await door.status("/tell/chief", own), 200);
    assertEquals(await door.status("/read", { ...chief, "sec-fetch-site": "none" }), 200);
  }
});

test("a link on another page leads to a page here; it does nothing", async () => {
  const door = new Door();
  const link = { "sec-fetch-site": "same-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
  assertEquals(await door.status("/read", link), 200);
  assertEquals(await door.status("/read?id=deck&lat=1&lon=2", link), 403);
  assertEquals(await door.status("/tell/deck", link), 403);
  assertEquals(await door.status("/read", { ...link, "sec-fetch-dest": "iframe" }), 403);
  assertEquals(await door.status("/read", { ...link, "sec-fetch-mode": "no-cors" }), 403);
});

test("no answer lets another site read it, nor does a preflight succeed", async () => {
  const door = new Door();
  const preflight = { origin: "https://evil.example", "access-control-request-method": "POST" };
  for (
    const answer of [
      await door.ask("/tell/deck", preflight, "OPTIONS"),
      await door.ask("/read", { origin: "https://evil.example" }),
      await door.ask("/tell/deck", {}, "OPTIONS"),
      await door.ask("/read"),
    ]
  ) {
    const names = [...answer.headers.keys()].filter((name) => name.startsWith("access-control-"));
    assertEquals(names, []);
  }
  assertEquals(await door.status("/tell/deck", {}, "OPTIONS"), 405);
});

// ------------------------------------------------------------------------------------------- servers, and what is told

test("another server of the herd reads with its proof, and writes nothing", async () => {
  const secrets = ["the herd's secret"];
  const users = await someUsers();
  const door = new Door({ host: "0.0.0.0", users, secrets });
  const now = door.server.clock.now().seconds;
  const authorization = await peerAuthorization(crypto.subtle, secrets, "Hands", now) ?? "";
  assertEquals(await door.status("/read", { authorization }), 200);
  assertEquals(await door.status("/tell/Hands", { authorization }), 403);
  assert(!door.guard.mayWrite({ kind: "server", name: "Hands" }, "Hands"));
  door.server.clock.pass(61_000);
  assertEquals(await door.status("/read", { authorization }), 401, "it is too old");
  const wrong = await peerAuthorization(crypto.subtle, ["another"], "Hands", now + 61) ?? "";
  assertEquals(await door.status("/read", { authorization: wrong }), 401);
  const without = new Door({ host: "0.0.0.0", users });
  assertEquals(await without.status("/read", { authorization }), 401);
});

test("no answer and no line of the log repeats a password or a token", async () => {
  const door = new Door({ host: "0.0.0.0", users: await someUsers() });
  const canary = "canary-7d1f";
  const answers = [
    await door.ask(`/tell/deck?token=${canary}`),
    await door.ask(`/tell/deck?token=${canary}`, bearer("deck-token")),
    await door.ask("/tell/deck?token=deck-token&n=x"),
    await door.ask("/tell/deck?token=deck-token&other=1"),
    await door.ask("/tell/board?token=deck-token"),
    await door.ask(`/nothing?token=${canary}`),
    await door.ask("/read", basic("deck", canary)),
    await door.ask("/read", bearer(canary)),
    await door.ask("/read", { authorization: canary }),
  ];
  assertEquals(answers.map(({ status }) => status), [401, 200, 400, 400, 403, 404, 401, 401, 401]);
  const refused = door.log.of("debug");
  assertEquals(refused.length, 4);
  assert(refused.every((line) => line.startsWith("http:192.0.2.7:50000: refused")), refused.join());
  const all = [...answers.map(({ text }) => text), ...door.log.events.map(({ text }) => text)];
  for (const text of all) assert(!text.includes(canary) && !text.includes("deck-token"), text);
});
