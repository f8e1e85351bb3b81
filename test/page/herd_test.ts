/** What the page makes of what the herd says of itself. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  type HerdView,
  readClients,
  readHerd,
  readNearby,
  readProblem,
  readReport,
} from "../../src/page/answers.ts";
import { RateMeter } from "../../src/page/rates.ts";
import { Retry } from "../../src/page/retry.ts";
import { crossings, ringOrder } from "../../src/page/ring_order.ts";
import { byAge, heardSeconds, learnServerTime, nowSeconds, skewWords } from "../../src/page/times.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

interface Told {
  readonly run?: string;
  readonly reports: number;
  readonly searches?: number;
  readonly lines?: number;
}

function herd(told: Readonly<Record<string, Told | null>>): HerdView {
  return {
    herd: "herd",
    asked: "Goloman",
    servers: Object.entries(told).map(([name, one]) => ({
      name,
      http: null,
      state: one === null ? "down" : "up",
      own: one === null ? null : {
        runtime: "deno 2.9.6",
        run: one.run ?? "first",
        uptimeSeconds: 1,
        clients: 7,
        places: "embedded",
        counters: {
          reports: one.reports,
          searches: one.searches ?? 0,
          reportsReceived: one.lines ?? 0,
          reportsSent: one.lines ?? 0,
        },
      },
    })),
    links: [],
  };
}

test("rates are what was counted between two answers, of all servers that told", () => {
  const meter = new RateMeter();
  assertEquals(meter.read(herd({ Goloman: { reports: 100 }, Hands: { reports: 5 } }), 1_000), undefined);
  const later = herd({
    Goloman: { reports: 140, searches: 4, lines: 20 },
    Hands: { reports: 15, searches: 2, lines: 30 },
  });
  assertEquals(meter.read(later, 3_000), { reports: 25, searches: 3, lines: 50, clients: 7 });
});

test("a server that was started anew, or did not tell for a while, makes no spike", () => {
  const meter = new RateMeter();
  meter.read(herd({ Goloman: { reports: 0 }, Hands: { reports: 9_000 } }), 0);
  const anew = herd({ Goloman: { reports: 10 }, Hands: { reports: 50, run: "second" } });
  assertEquals(meter.read(anew, 1_000)?.reports, 10);
  assertEquals(meter.read(herd({ Goloman: { reports: 20 }, Hands: null }), 2_000)?.reports, 10);
  const back = herd({ Goloman: { reports: 30 }, Hands: { reports: 90_000, run: "second" } });
  assertEquals(meter.read(back, 3_000)?.reports, 10);
});

test("the default herd stands so that no links cross", () => {
  const names = ["Goloman", "Hands", "Holiday", "Welsh", "Wilkes"];
  const links = [
    ["Goloman", "Hands"],
    ["Goloman", "Holiday"],
    ["Goloman", "Wilkes"],
    ["Hands", "Wilkes"],
    ["Holiday", "Welsh"],
    ["Holiday", "Wilkes"],
  ] as const;
  assert(crossings(names, links) > 0);
  const order = ringOrder(names, links);
  assertEquals(crossings(order, links), 0);
  assertEquals([order[0], [...order].sort()], ["Goloman", names]);
});

test("a herd too large for a good order is given one while nobody waits", () => {
  const names = Array.from({ length: 400 }, (_, i) => `s${i}`);
  const links = names.flatMap((name, i) =>
    [[name, names[(i + 7) % 400]!], [name, names[i * 3 % 400]!]] as const
  );
  let reads = 0;
  const counted = new Proxy(links, {
    get(target, key, receiver) {
      if (key === "map") reads++;
      return Reflect.get(target, key, receiver);
    },
  });
  assertEquals([...ringOrder(names, counted)].sort(), [...names].sort());
  // Each is a look at all pairs of links.
  assert(reads < 30, `looked ${reads} times`);
});

test("ages are told by the server's clock where the browser's is wrong, and not for the rounding of a header", () => {
  const off = (ms: number) => {
    learnServerTime(new Date(Date.now() + ms).toUTCString());
    return Math.round((nowSeconds() - Date.now() / 1000) / 10);
  };
  assertEquals([off(3 * 3_600_000), off(-7_200_000), off(900), off(3_600_000)], [1080, -720, 0, 360]);
  learnServerTime(null);
  learnServerTime("some day");
  assertEquals(Math.round((nowSeconds() - Date.now() / 1000) / 10), 360);
  learnServerTime(new Date().toUTCString());
});

test("an order keeps every server, and has no more crossings than before", () => {
  const names = Array.from({ length: 9 }, (_, i) => `s${i}`);
  const link = fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names)).filter(([a, b]) => a !== b);
  fc.assert(
    fc.property(fc.array(link, { maxLength: 14 }), (links) => {
      const order = ringOrder(names, links);
      assertEquals([...order].sort(), names);
      assert(crossings(order, links) <= crossings(names, links));
    }),
    { numRuns: 30 },
  );
});

test("pauses between tries grow, to a bound, and start anew after a success", () => {
  const retry = new Retry();
  const pauses = Array.from({ length: 8 }, () => retry.next());
  assertEquals(pauses.slice(0, 3), [1_000, 2_000, 4_000]);
  assertEquals(Math.max(...pauses), 10_000);
  retry.succeeded();
  assertEquals(retry.next(), 1_000);
});

test("answers are read as they are described, and more in them does not matter", () => {
  const properties = { time: "1.5", origin: "Goloman", skew: "+0.1", at: "AT", more: 1 };
  const feature = {
    type: "Feature",
    id: "kiwi",
    geometry: { type: "Point", coordinates: [-118.4, 34] },
    properties,
  };
  const { reports, lastEventId } = readClients({
    type: "FeatureCollection",
    features: [feature],
    lastEventId: "r:7",
  });
  assertEquals(lastEventId, "r:7");
  assertEquals([reports[0]?.id, reports[0]?.latitude, reports[0]?.longitude], ["kiwi", 34, -118.4]);
  assertThrows(() => readReport('{"id":"kiwi"}'));
  assertThrows(() => readHerd({ herd: "herd" }));
  assertEquals(readProblem({ title: "Not found", detail: "no report of kiwi" }), "no report of kiwi");
  assertEquals(readProblem("<html>"), undefined);
  const place = { geometry: { location: { lat: 1, lng: 2 } } };
  assertEquals(readNearby({ status: "OK", results: [place] }).results[0]?.types, []);
});

test("a report was heard at its own time and the skew", () => {
  const report = { id: "", latitude: 0, longitude: 0, time: "100.25", origin: "", skew: "-0.5", at: "" };
  assertEquals(heardSeconds(report), 99.75);
  const later = { ...report, time: "99.5", skew: "+0.5" };
  assertEquals(byAge([later, report, later]), [report, later, later]);
  assertEquals([skewWords("-0.500000000"), skewWords("+0.263873386")], ["−0.500 s", "+0.264 s"]);
});
