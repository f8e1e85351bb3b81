/** What a message means, decided without a socket, a clock or a file. */
import { assert, assertEquals } from "@std/assert";
import { DEFAULT_LIMITS, type Limits } from "../../src/limits.ts";
import { NONE, Registry } from "../../src/registry/registry.ts";
import type { Instant } from "../../src/runtime/runtime.ts";
import { type Effect, Handlers } from "../../src/server/handlers.ts";
import { ClientParser } from "../../src/wire/client_message.ts";
import { IdHash } from "../../src/wire/id_hash.ts";
import { LinkParser } from "../../src/wire/link_message.ts";
import { OutBuffer } from "../../src/wire/render.ts";
import { latin1, textOf } from "../binary.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

const NOW: Instant = { seconds: 1_520_023_935, nanos: 182_837_383 };
const REPEATED: Effect = { kind: "reply", verdict: "repeated" };
const INVALID: Effect = { kind: "reply", verdict: "invalid" };
const LONG: Effect = { kind: "refused", limit: "lineBytes" };
const FUTURE: Effect = { kind: "refused", limit: "futureSeconds" };
const FULL: Effect = { kind: "refused", limit: "clients" };
const FLOOD: Effect = { kind: "flood" };

/** Server Goloman, without anything around it. */
class Bench {
  readonly registry: Registry;
  readonly #handlers: Handlers;
  readonly #clients: ClientParser;
  readonly #links: LinkParser;

  constructor(limits: Partial<Limits> = {}) {
    const all = { ...DEFAULT_LIMITS, ...limits };
    const hash = new IdHash(new Uint8Array(1024).map((_, i) => i * 167));
    this.registry = new Registry(hash, all.clients);
    this.#handlers = new Handlers(this.registry, all, "Goloman");
    this.#clients = new ClientParser(hash);
    this.#links = new LinkParser(hash);
  }

  /** Says one line, which another reply stands before in the buffer. */
  say(line: string, arrival: Instant = NOW): { effect: Effect; reply: string } {
    const bytes = latin1(`other line\n${line}\n`);
    const message = this.#clients.parse(bytes, 11, bytes.length);
    assert(message !== undefined);
    const out = new OutBuffer(0);
    out.append(latin1("before|"));
    const effect = this.#handlers.decide(message, bytes, arrival, out);
    const reply = textOf(out.view());
    assert(reply.startsWith("before|"), "what was due already is left alone");
    return { effect, reply: reply.slice(7) };
  }

  /** A report comes from a neighbor. */
  hear(line: string): void {
    const bytes = latin1(`${line}\n`);
    const message = this.#links.parse(bytes, 0, bytes.length);
    assert(message?.kind === "at", line);
    this.registry.offer(message.line, 0);
  }

  held(id: string): string | undefined {
    const bytes = latin1(id);
    const entry = this.registry.find(bytes, 0, bytes.length, this.registry.hash.of(bytes, 0, bytes.length));
    return entry === NONE ? undefined : textOf(this.registry.lineOf(entry));
  }

  /** Says a line that is to be refused, with the whole line or what of it is told. */
  assertRefused(line: string, told = line, effect: Effect = INVALID, arrival = NOW): void {
    const before = this.registry.seq;
    assertEquals(this.say(line, arrival), { effect, reply: `? ${told}\n` });
    assertEquals(this.registry.seq, before, "nothing was kept");
  }
}

const AT = "AT Goloman +0.263873386 kiwi.cs.ucla.edu +34.068930-118.445127 1520023934.918963997";
const IAMAT = "IAMAT kiwi.cs.ucla.edu +34.068930-118.445127 1520023934.918963997";

test("an IAMAT that is news is answered, kept and to be flooded", () => {
  const bench = new Bench();
  assertEquals(bench.say(IAMAT), { effect: FLOOD, reply: `${AT}\n` });
  assertEquals(bench.held("kiwi.cs.ucla.edu"), AT);
  const later = bench.say("IAMAT kiwi.cs.ucla.edu +1+2 1520023934.918963998");
  assertEquals(later.effect, FLOOD);
  assertEquals(bench.held("kiwi.cs.ucla.edu"), later.reply.slice(0, -1));
});

test("the reply speaks of its own IAMAT, though a newer one is kept", () => {
  const bench = new Bench();
  bench.say(IAMAT);
  assertEquals(bench.say("IAMAT kiwi.cs.ucla.edu +1+2 1520023934.918963996"), {
    effect: REPEATED,
    reply: "AT Goloman +0.263873387 kiwi.cs.ucla.edu +1+2 1520023934.918963996\n",
  });
  assertEquals(
    bench.say("IAMAT kiwi.cs.ucla.edu +1+2 0").reply,
    "AT Goloman +1520023935.182837383 kiwi.cs.ucla.edu +1+2 0\n",
  );
  assertEquals(bench.held("kiwi.cs.ucla.edu"), AT);
});

test("the reply speaks of its own IAMAT, though a neighbor's report won", () => {
  const bench = new Bench();
  const held = "AT Golo +9.000000000 kiwi +3+4 5.5";
  bench.hear(held);
  assertEquals(bench.say("IAMAT kiwi +1+2 5.5", { seconds: 6, nanos: 0 }), {
    effect: REPEATED,
    reply: "AT Goloman +0.500000000 kiwi +1+2 5.5\n",
  });
  assertEquals(bench.held("kiwi"), held);
});

test("the same IAMAT again is answered for its own arrival, and changes nothing", () => {
  const bench = new Bench();
  bench.say(IAMAT);
  for (const [seconds, skew] of [[1_520_023_936, "+1.263873386"], [1_520_023_934, "-0.736126614"]] as const) {
    const { effect, reply } = bench.say(`  ${IAMAT}\t\r`, { ...NOW, seconds });
    assertEquals(effect, REPEATED);
    assertEquals(reply, `${AT.replace("+0.263873386", skew)}\n`);
  }
  assertEquals([bench.registry.seq, bench.held("kiwi.cs.ucla.edu")], [1, AT]);
});

test("a time may be as far ahead as the limit says, to the nanosecond", () => {
  const arrival = { seconds: 1_000, nanos: 500 };
  const good = ["1060.0000005", "1060.000000500", "1060.000000499", "1059.999999999", "1060", "1000", "0"];
  const bad = ["1060.000000501", "1060.1", "1061", "1061.000000000", "99999999999.999999999"];
  for (const time of good) {
    assertEquals(new Bench({ futureSeconds: 60 }).say(`IAMAT k +1+2 ${time}`, arrival).effect, FLOOD, time);
  }
  for (const time of bad) {
    new Bench({ futureSeconds: 60 }).assertRefused(`IAMAT k +1+2 ${time}`, undefined, FUTURE, arrival);
  }
  const edge = new Bench({ futureSeconds: 60 }).say("IAMAT k +1+2 1060.0000005", arrival);
  assertEquals(edge.reply, "AT Goloman -60.000000000 k +1+2 1060.0000005\n");
});

test("the limits of the future that are set by default, and at none", () => {
  const day = new Bench();
  assertEquals(day.say("IAMAT k +1+2 1520110335.182837383").effect, FLOOD);
  day.assertRefused("IAMAT k +1+2 1520110335.182837384", undefined, FUTURE);
  const none = new Bench({ futureSeconds: 0 });
  assertEquals(none.say("IAMAT k +1+2 1520023935.182837383").effect, FLOOD);
  none.assertRefused("IAMAT k +1+2 1520023935.182837384", undefined, FUTURE);
});

const nanos = fc.oneof(fc.constantFrom(0, 1, 999_999_999), fc.nat({ max: 999_999_999 }));
const instant = fc.record({ seconds: fc.nat({ max: 4 }), nanos });

/** Whether a client's time is taken, and whether it should be. */
function judge(
  time: Instant,
  arrival: Instant,
  futureSeconds: number,
): { taken: boolean; expected: boolean } {
  const ahead = (time.seconds - arrival.seconds) * 1e9 + time.nanos - arrival.nanos;
  const text = `${time.seconds}.${String(time.nanos).padStart(9, "0")}`;
  const { effect } = new Bench({ futureSeconds }).say(`IAMAT k +1+2 ${text}`, arrival);
  return { taken: effect.kind === "flood", expected: ahead <= futureSeconds * 1e9 };
}

test("the limit of the future is exact over seconds and nanoseconds", () => {
  fc.assert(
    fc.property(instant, instant, fc.nat({ max: 3 }), (time, arrival, futureSeconds) => {
      const { taken, expected } = judge(time, arrival, futureSeconds);
      assertEquals(taken, expected);
    }),
    { numRuns: 2_000 },
  );
});

test("a limit of the future that is no whole number of seconds is exact too", () => {
  fc.assert(
    fc.property(instant, instant, fc.constantFrom(0.5, 1.25, 0.001), (time, arrival, futureSeconds) => {
      const { taken, expected } = judge(time, arrival, futureSeconds);
      assertEquals(taken, expected);
    }),
    { numRuns: 500 },
  );
});

test("a report of a neighbor is not judged by its time", () => {
  const bench = new Bench();
  const far = "AT Hands -9999.000000000 kiwi +1+2 99999999999";
  bench.hear(far);
  assertEquals(bench.say("WHATSAT kiwi 1 1").reply, `${far}\n`);
});

test("a WHATSAT is answered with the newest report's own bytes, and places are to be looked for", () => {
  const bench = new Bench();
  bench.say(IAMAT);
  const search = (latitude: string, longitude: string, radiusKm: string, bound: number): Effect => {
    return { kind: "search", query: { latitude, longitude, radiusKm, bound } };
  };
  assertEquals(bench.say("WHATSAT kiwi.cs.ucla.edu 10 5"), {
    effect: search("34.068930", "-118.445127", "10", 5),
    reply: `${AT}\n`,
  });
  const held = "AT Hands -0.000000001 kiwi.cs.ucla.edu -00.50+000.10 1520023999.5";
  bench.hear(held);
  assertEquals(bench.say("\tWHATSAT  kiwi.cs.ucla.edu 0050.0 020 \r"), {
    effect: search("-00.50", "000.10", "0050.0", 20),
    reply: `${held}\n`,
  });
  assertEquals(bench.say("WHATSAT kiwi.cs.ucla.edu 0 0").effect, search("-00.50", "000.10", "0", 0));
});

test("a WHATSAT sees every IAMAT before it, and no client but its own", () => {
  const bench = new Bench();
  bench.assertRefused("WHATSAT kiwi 10 5");
  bench.say("IAMAT kiwi +1+2 3");
  assertEquals(bench.say("WHATSAT kiwi 10 5").effect.kind, "search");
  for (const id of ["Kiwi", "kiw", "kiwii", "kiwi\0", "\xa0kiwi", "__proto__"]) {
    bench.assertRefused(`WHATSAT ${id} 10 5`);
  }
});

test("anything else is refused with its own bytes", () => {
  const bench = new Bench();
  const lines = [
    "",
    " ",
    " \t hello\xff\0 \x0b",
    "iamat kiwi +1+2 3",
    "IAMAT kiwi +91+2 3",
    "WHATSAT kiwi 51 5",
    AT,
  ];
  for (const line of [...lines, "HERD/1 BEAT", "IAMAT  kiwi +1+2  3 x\r"]) {
    bench.assertRefused(line, line.replace(/\r$/, ""));
  }
  assertEquals(bench.registry.size, 0);
});

test("a line past the limit is refused with its first bytes, whatever it says", () => {
  const bench = new Bench({ lineBytes: 40 });
  const fill = (text: string, length: number) => text.replace("*", "x".repeat(length - text.length + 1));
  for (const text of ["IAMAT k* +1+2 3", "WHATSAT k* 1 2", "anything*", " * "]) {
    for (const length of [41, 42, 1_000]) {
      const line = fill(text, length);
      bench.assertRefused(line, line.slice(0, 40), LONG);
      bench.assertRefused(`${line}\r`, line.slice(0, 40), LONG);
    }
  }
  // The line's end does not count.
  assertEquals(bench.say(`${fill("IAMAT k* +1+2 3", 40)}\r`).effect, FLOOD);
  for (const text of ["IAMAT k* +91+2 3", "WHATSAT k* 1 2", "anything*"]) {
    const line = fill(text, 40);
    bench.assertRefused(line);
    bench.assertRefused(`${line}\r`, line);
  }
  assertEquals(bench.registry.size, 1);
});

test("a line as long as the default limit is served", () => {
  const bench = new Bench();
  const id = "x".repeat(4_096 - "IAMAT  +1+2 3".length);
  assertEquals(bench.say(`IAMAT ${id} +1+2 3`).effect, FLOOD);
  assertEquals(bench.say(`WHATSAT ${id} 1 2`).effect.kind, "search");
  bench.assertRefused(`IAMAT ${id}y +1+2 3`, `IAMAT ${id}y +1+2 3`.slice(0, 4_096), LONG);
});

test("where there is no room for a new client it is refused, and the others are served", () => {
  const bench = new Bench({ clients: 1 });
  bench.say("IAMAT kiwi +1+2 3");
  for (let i = 0; i < 3; i++) bench.assertRefused("  IAMAT mango +1+2 3\r", "  IAMAT mango +1+2 3", FULL);
  bench.assertRefused("WHATSAT mango 1 2");
  assertEquals(bench.say("IAMAT kiwi +1+2 4").effect, FLOOD);
  assertEquals(bench.say("IAMAT kiwi +1+2 3").effect, REPEATED);
  assertEquals(bench.say("WHATSAT kiwi 1 2").effect.kind, "search");
  new Bench({ clients: 0 }).assertRefused("IAMAT kiwi +1+2 3", undefined, FULL);
});
