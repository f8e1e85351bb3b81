/** The way in for what does not come over a session: the same messages, the same answers. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";
import { FakeServer } from "./fakes.ts";

const IAMAT = "IAMAT kiwi +1.5-2.25 1699999999.5";
const NEVER = new AbortController().signal;

test("what is told within is answered, stored, flooded and counted as what comes over a session", async () => {
  const within = await new FakeServer().start();
  const session = await new FakeServer().start();
  const connection = session.connect();
  connection.say(`${IAMAT}\n`);
  const told = within.server.requests.tell(IAMAT, "http:127.0.0.1:5");
  assert(told.kind === "taken" && told.isNews);
  assertEquals(`${told.at}\n`, connection.written);
  assertEquals(within.server.counters, { ...session.server.counters, opened: 0 });
  assertEquals(within.server.registry.size, 1);
});

test("a report that is no news is taken, and told again to nobody", async () => {
  const herd = await new FakeServer().start();
  const { requests, counters, registry } = herd.server;
  requests.tell(IAMAT, "peer");
  const again = requests.tell(IAMAT, "peer");
  const older = requests.tell("IAMAT kiwi +1+1 1", "peer");
  assert(again.kind === "taken" && !again.isNews);
  assert(older.kind === "taken" && !older.isNews);
  assertMatch(older.at, / kiwi \+1\+1 1$/, "it speaks of what was told");
  assertEquals([counters.reports, counters.repeated, registry.seq], [1, 2, 1]);
});

test("what is refused says why", async () => {
  const herd = await new FakeServer({ limits: { clients: 1, lineBytes: 60 } }).start();
  const why = (line: string) => {
    const told = herd.server.requests.tell(line, "peer");
    return told.kind === "refused" ? told.why : told.kind;
  };
  assertEquals(why(IAMAT), "taken");
  assertEquals(why("IAMAT other +1+1 1"), "clients");
  assertEquals(why("IAMAT kiwi +1+1 9999999999"), "futureSeconds");
  assertEquals(why(`IAMAT ${"k".repeat(60)} +1+1 1`), "lineBytes");
  assertEquals(why("IAMAT kiwi +91+1 1"), "invalid");
  assertEquals(why("WHATSAT kiwi 0 0"), "invalid");
  assertEquals(why("HERD/1 HELLO herd Hands Goloman"), "invalid");
  assertEquals(herd.hits, { lineBytes: 1, futureSeconds: 1, clients: 1 });
});

test("no text makes two messages of one", async () => {
  const herd = await new FakeServer().start();
  const { requests, registry } = herd.server;
  requests.tell("IAMAT a +1+1 1\nIAMAT b +1+1 1", "peer");
  assertEquals(registry.size, 0);
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (id) => {
    const before = registry.size;
    const told = requests.tell(`IAMAT ${id} +1+1 1`, "peer");
    const isOneField = /^[^ \t\r\n\f\v]+$/.test(id) && id.isWellFormed();
    if (isOneField) assert(told.kind === "taken", JSON.stringify(id));
    assert(registry.size <= before + 1);
  }));
});

test("who asks within waits for the places, and can give up", async () => {
  let found: (json: Uint8Array) => void = () => {};
  const herd = await new FakeServer({
    places: {
      answer: () => false,
      find: (_query, signal) =>
        new Promise((resolve, reject) => {
          found = resolve;
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
    },
  }).start();
  const { requests } = herd.server;
  requests.tell(IAMAT, "peer");
  const asked = requests.find("WHATSAT kiwi 10 5", "peer", NEVER);
  found(new TextEncoder().encode("{}"));
  const answer = await asked;
  assert(answer.kind === "found");
  assertEquals([answer.at.endsWith(IAMAT.slice(6)), new TextDecoder().decode(answer.json)], [true, "{}"]);

  const unknown = await requests.find("WHATSAT nobody 10 5", "peer", NEVER);
  assertEquals(unknown, { kind: "refused", why: "invalid" });

  const giveUp = new AbortController();
  const given = requests.find("WHATSAT kiwi 10 5", "peer", giveUp.signal);
  giveUp.abort(new Error("gone"));
  await assertRejects(() => given, Error, "gone");
});
