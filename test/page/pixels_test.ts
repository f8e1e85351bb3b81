/// <reference lib="dom" />
/** Lines and stamps, pixel by pixel: whatever they are, nothing is written beside the sheet. */
import { assert, assertEquals } from "@std/assert";
import { lineOn, makeStamp, MARGIN, type Sheet, stampAt } from "../../src/page/pixels.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

const WIDTH = 20;
const HEIGHT = 10;
const FAINT = 0x40ffffff;
const BRIGHT = 0xa0ffffff;

function sheet(): Sheet {
  const [width, height] = [WIDTH + 2 * MARGIN, HEIGHT + 2 * MARGIN];
  return { image: { width, height } as ImageData, colors: new Uint32Array(width * height) };
}

/** What is to be seen at (x, y). */
function at({ image, colors }: Sheet, x: number, y: number): number {
  return colors[(y + MARGIN) * image.width + x + MARGIN]!;
}

/** The pixels to be seen that are not clear. */
function seen(drawn: Sheet): readonly string[] {
  const spots: string[] = [];
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) if (at(drawn, x, y) !== 0) spots.push(`${x},${y}`);
  }
  return spots;
}

test("a line has a pixel in each column that it crosses, and ends where it should", () => {
  const drawn = sheet();
  lineOn(drawn, FAINT, 1, [2, 1, 8, 4]);
  assertEquals(seen(drawn).length, 7);
  assertEquals([at(drawn, 2, 1), at(drawn, 8, 4), at(drawn, 9, 4)], [FAINT, FAINT, 0]);
  const thick = sheet();
  lineOn(thick, FAINT, 2, [2, 1, 8, 1]);
  assertEquals(seen(thick).length, 14);
});

test("of a line far longer than the sheet what is within is drawn, in its place, and no more is looked at", () => {
  const drawn = sheet();
  lineOn(drawn, FAINT, 1, [-1e6, 5, 1e6, 5]);
  assertEquals(seen(drawn), Array.from({ length: WIDTH }, (_, x) => `${x},5`));
  const aslant = sheet();
  lineOn(aslant, FAINT, 1, [-1e5 + 5, -1e5 + 5, 1e5 + 5, 1e5 + 5]);
  assertEquals(seen(aslant), Array.from({ length: HEIGHT }, (_, i) => `${i},${i}`));
});

test("what is more opaque stays", () => {
  const drawn = sheet();
  lineOn(drawn, BRIGHT, 1, [0, 5, 9, 5]);
  lineOn(drawn, FAINT, 1, [5, 5, 14, 5]);
  assertEquals([at(drawn, 9, 5), at(drawn, 10, 5)], [BRIGHT, FAINT]);
});

test("nothing reaches around the edges to the other side", () => {
  const far = fc.integer({ min: -200, max: 200 });
  const white = new Uint32Array(16 * 16).fill(0xffffffff);
  const stamp = makeStamp(white, 16, WIDTH);
  fc.assert(fc.property(far, far, far, far, (x1, y1, x2, y2) => {
    const drawn = sheet();
    lineOn(drawn, FAINT, 2, [x1, y1, x2, y2]);
    stampAt(drawn, stamp, x1, y1);
    for (const spot of seen(drawn)) {
      const [x = 0, y = 0] = spot.split(",").map(Number);
      const isOfStamp = x >= x1 && x < x1 + 16 && y >= y1 && y < y1 + 16;
      const isOfLine = x >= Math.min(x1, x2) && x <= Math.max(x1, x2) + 1 &&
        y >= Math.min(y1, y2) && y <= Math.max(y1, y2) + 1;
      assert(isOfStamp || isOfLine, `${spot} of ${[x1, y1, x2, y2]}`);
    }
    // A dot half beside the sheet is half to be seen.
    const corner = at(drawn, Math.max(0, x1), Math.max(0, y1));
    const isSeen = x1 > -16 && x1 < WIDTH && y1 > -16 && y1 < HEIGHT;
    if (isSeen) assertEquals(corner, 0xffffffff);
  }));
});

test("a stamp's faint edge gives way to what is there", () => {
  const stamp = makeStamp(Uint32Array.of(0xff0000ff, 0x200000ff, 0, 0), 2, WIDTH);
  const drawn = sheet();
  stampAt(drawn, stamp, 3, 3);
  stampAt(drawn, stamp, 2, 3);
  assertEquals([at(drawn, 2, 3), at(drawn, 3, 3), at(drawn, 4, 3), at(drawn, 3, 4)], [
    0xff0000ff,
    0xff0000ff,
    0x200000ff,
    0,
  ]);
});
