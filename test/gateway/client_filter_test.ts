/** Which clients are within a box, or have an ID that begins so. */
import { assertEquals } from "@std/assert";
import { type Box, ClientFilter, isWithin } from "../../src/gateway/client_filter.ts";
import { EVENT_ID, formatEventId, parseEventId } from "../../src/gateway/event_id.ts";
import { toBytes } from "../../src/wire/bytes.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";
import { FakeDoor } from "./fakes.ts";

const TENTHS = fc.integer({ min: -1800, max: 1800 });
const degrees = (tenths: number) => tenths / 10;

/** Goes east from `west` a tenth of a degree at a time, to `east` or once around. */
function isOnTheWay(west: number, east: number, longitude: number): boolean {
  const turn = (tenths: number) => ((tenths % 3600) + 3600) % 3600;
  // From -180 to 180 is once around, though both are one meridian.
  let left = west === -1800 && east === 1800 ? 3600 : turn(east - west);
  for (let at = west; left >= 0; at++, left--) if (turn(at) === turn(longitude)) return true;
  return false;
}

test("a box holds what lies on the way from its west to its east, also across the antimeridian", () => {
  const latitude = fc.integer({ min: -90, max: 90 });
  const latitudes = fc.tuple(latitude, latitude, latitude);
  fc.assert(
    fc.property(TENTHS, TENTHS, TENTHS, latitudes, (west, east, longitude, [a, b, latitude]) => {
      const [south, north] = [Math.min(a, b), Math.max(a, b)];
      const box: Box = { west: degrees(west), south, east: degrees(east), north };
      // From 180 to -180 is one meridian, and so is the whole earth's edge.
      const isIn = isOnTheWay(west, east, longitude) && latitude >= south && latitude <= north;
      assertEquals(isWithin(box, latitude, degrees(longitude)), isIn);
    }),
    {
      examples: [
        [1700, 1800, -1800, [0, 0, 0]],
        [-1800, -1700, 1800, [0, 0, 0]],
        [-1800, 1800, 0, [0, 0, 0]],
        [1700, -1700, 0, [0, 0, 0]],
      ],
    },
  );
});

test("a prefix is one of the ID's bytes", () => {
  const line = (id: string) => toBytes(`AT Goloman +0.000000001 ${id} +1-2 3`);
  const matches = (prefix: string, id: string) => new ClientFilter({ prefix }).read(line(id)) !== undefined;
  fc.assert(
    fc.property(
      fc.stringMatching(/^[ab\u00e9/]{0,3}$/),
      fc.stringMatching(/^[ab\u00e9/]{1,4}$/),
      (prefix, id) => {
        assertEquals(matches(prefix, id), id.startsWith(prefix));
      },
    ),
  );
  assertEquals(matches("Goloman", "kiwi"), false);
});

test("a box that is none is refused", async () => {
  const door = new FakeDoor();
  const boxes = [
    "1,2,3",
    "1,2,3,4,5",
    "a,b,c,d",
    "1, 2,3,4",
    "-181,0,1,1",
    "0,-91,1,1",
    "0,2,1,1",
    "1e1,0,20,1",
    "",
  ];
  for (const path of ["/clients.geojson", "/events"]) {
    for (const box of boxes) {
      const { status, json } = await door.askJson(`${path}?box=${encodeURIComponent(box)}`);
      assertEquals([box, status], [box, 400]);
      assertEquals((json as { detail: string }).detail.startsWith("the query: box: "), true);
    }
  }
});

test("an event's ID is read as it was written, and nothing else is", () => {
  const runs = fc.stringMatching(/^[0-9a-f]{32}$/);
  fc.assert(fc.property(runs, fc.nat({ max: Number.MAX_SAFE_INTEGER - 1 }), (run, seq) => {
    const id = { run, seq: Math.floor(seq / 10) };
    assertEquals(parseEventId(formatEventId(id)), id);
  }));
  fc.assert(fc.property(fc.string(), (text) => {
    const id = parseEventId(text);
    assertEquals(id !== undefined, EVENT_ID.test(text));
  }));
  for (const text of ["", ":", "a:", ":1", "a:-1", "a:1.5", "a:1 ", "a:b:1", "a:1\n"]) {
    assertEquals(parseEventId(text), undefined, text);
  }
});
