/// <reference lib="dom" />
/** Draws where clients came from: lines that fade with the time since. */
import { MOST_TRAIL_PIECES, TRAIL_MS, TRAIL_POINTS } from "./bounds.ts";
import { CROWD } from "./draw_dots.ts";
import type { Fleet } from "./fleet.ts";
import type { Palette } from "./palette.ts";
import { clearSheet, lineOn, type Sheet, showSheet } from "./pixels.ts";
import type { Track } from "./track.ts";
import type { View } from "./view.ts";

/** How opaque each age is, the newest first. Lines of like age and color are drawn in one stroke. */
const OPACITIES = [0.6, 0.4, 0.25, 0.14, 0.07] as const;
/** Pixels around the map in which a client still counts as in view. */
const NEAR = 60;

export interface TrailOptions {
  readonly fleet: Fleet;
  readonly palette: Palette;
  readonly view: View;
  readonly nowMs: number;
  readonly chosen: string | undefined;
  /** Pixels of the canvas to one of the page. */
  readonly ratio: number;
}

/** A piece of a trail, in pixels of the map. */
type Piece = (age: number, x1: number, y1: number, x2: number, y2: number) => void;

export class TrailPainter {
  #sheet: Sheet | undefined;
  #words: readonly number[] = [];
  #made = "";

  paint(pen: CanvasRenderingContext2D, options: TrailOptions): void {
    const { fleet, palette, chosen } = options;
    const seen = tracksInView(options);
    if (seen.length > CROWD) this.#paintCrowd(pen, seen, options);
    else paintFew(pen, seen, options);
    const track = chosen === undefined ? undefined : fleet.get(chosen);
    if (track === undefined) return;
    const path = new Path2D();
    walk(track, TRAIL_POINTS, options, (_age, x1, y1, x2, y2) => {
      path.moveTo(x1, y1);
      path.lineTo(x2, y2);
    });
    stroke(pen, path, 3, 0.75, palette.colors.dots[palette.indexOf(track.report.origin)]!);
  }

  #paintCrowd(pen: CanvasRenderingContext2D, seen: readonly Track[], options: TrailOptions): void {
    const { palette, ratio } = options;
    const { dots } = palette.colors;
    if (this.#made !== dots.join()) {
      this.#made = dots.join();
      this.#words = dots.flatMap((color) => OPACITIES.map((opacity) => wordOf(color, opacity)));
    }
    const sheet = this.#sheet = clearSheet(this.#sheet, pen.canvas.width, pen.canvas.height);
    const thick = Math.round(ratio);
    const most = mostPieces(seen.length);
    for (const track of seen) {
      const first = palette.indexOf(track.report.origin) * OPACITIES.length;
      walk(track, most, options, (age, x1, y1, x2, y2) => {
        lineOn(sheet, this.#words[first + age]!, thick, [x1 * ratio, y1 * ratio, x2 * ratio, y2 * ratio]);
      });
    }
    showSheet(pen, sheet);
  }
}

function paintFew(pen: CanvasRenderingContext2D, seen: readonly Track[], options: TrailOptions): void {
  const { palette } = options;
  const paths = new Map<number, Path2D>();
  const most = mostPieces(seen.length);
  for (const track of seen) {
    const first = palette.indexOf(track.report.origin) * OPACITIES.length;
    let lastAge = -1;
    walk(track, most, options, (age, x1, y1, x2, y2) => {
      let path = paths.get(first + age);
      if (path === undefined) paths.set(first + age, path = new Path2D());
      if (age !== lastAge) path.moveTo(x1, y1);
      lastAge = age;
      path.lineTo(x2, y2);
    });
  }
  for (const [key, path] of paths) {
    const color = palette.colors.dots[Math.floor(key / OPACITIES.length)]!;
    stroke(pen, path, 2, OPACITIES[key % OPACITIES.length]!, color);
  }
}

function mostPieces(tracks: number): number {
  return Math.max(2, Math.min(TRAIL_POINTS, Math.floor(MOST_TRAIL_PIECES / Math.max(1, tracks))));
}

function tracksInView({ fleet, view }: TrailOptions): readonly Track[] {
  const { scale, left, top, width, height } = view;
  const seen: Track[] = [];
  for (const track of fleet.all()) {
    if (track.trailPoints === 0) continue;
    const x = track.toX * scale - left;
    const y = track.toY * scale - top;
    if (x > -NEAR && x < width + NEAR && y > -NEAR && y < height + NEAR) seen.push(track);
  }
  return seen;
}

/** Goes back over a trail from where its client is now, at most `most` pieces, until it has faded. */
function walk(track: Track, most: number, options: TrailOptions, piece: Piece): void {
  const { view: { scale, left, top }, nowMs } = options;
  let x = track.xAt(nowMs) * scale - left;
  let y = track.yAt(nowMs) * scale - top;
  const points = track.trailPoints;
  for (let i = points - 1; i >= Math.max(0, points - most); i--) {
    const age = Math.max(0, Math.floor((nowMs - track.trailMs(i)) / TRAIL_MS * OPACITIES.length));
    if (age >= OPACITIES.length) return;
    const [beforeX, beforeY] = [track.trailX(i) * scale - left, track.trailY(i) * scale - top];
    piece(age, x, y, beforeX, beforeY);
    x = beforeX;
    y = beforeY;
  }
}

function stroke(
  pen: CanvasRenderingContext2D,
  path: Path2D,
  wide: number,
  opacity: number,
  color: string,
): void {
  pen.save();
  pen.lineJoin = "round";
  pen.lineWidth = wide;
  pen.globalAlpha = opacity;
  pen.strokeStyle = color;
  pen.stroke(path);
  pen.restore();
}

/** A color of the style sheet as a pixel of that opacity. */
function wordOf(color: string, opacity: number): number {
  const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true })!;
  pen.fillStyle = color;
  pen.fillRect(0, 0, 1, 1);
  const { data } = pen.getImageData(0, 0, 1, 1);
  data[3] = Math.round(255 * opacity);
  return new Uint32Array(data.buffer)[0]!;
}
