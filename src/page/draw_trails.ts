/// <reference lib="dom" />
/** Draws where clients came from: lines that fade with the time since. */
import { MOST_TRAIL_PIECES, TRAIL_MS, TRAIL_POINTS } from "./bounds.ts";
import { CROWD } from "./draw_dots.ts";
import type { Fleet } from "./fleet.ts";
import type { Palette } from "./palette.ts";
import type { Track } from "./track.ts";
import type { View } from "./view.ts";

/** Lines of like age and color are drawn in one stroke: how opaque each age is, the newest first. */
const OPACITIES = [0.6, 0.4, 0.25, 0.14, 0.07] as const;
/** Pixels around the map in which a client still counts as in view. */
const MARGIN = 60;

export interface TrailOptions {
  readonly fleet: Fleet;
  readonly palette: Palette;
  readonly view: View;
  readonly nowMs: number;
  readonly chosen: string | undefined;
}

export function drawTrails(pen: CanvasRenderingContext2D, options: TrailOptions): void {
  const { fleet, palette, nowMs, chosen } = options;
  const seen = tracksInView(options);
  const most = Math.max(2, Math.min(TRAIL_POINTS, Math.floor(MOST_TRAIL_PIECES / Math.max(1, seen.length))));
  const paths = new Map<number, Path2D>();
  for (const track of seen) {
    const color = palette.indexOf(track.report.origin);
    addTrail(paths, track, color, most, options);
  }
  pen.lineJoin = "round";
  pen.lineWidth = seen.length > CROWD ? 1 : 2;
  for (const [key, path] of paths) {
    pen.strokeStyle = palette.colors.dots[Math.floor(key / OPACITIES.length)]!;
    pen.globalAlpha = OPACITIES[key % OPACITIES.length]!;
    pen.stroke(path);
  }
  const track = chosen === undefined ? undefined : fleet.get(chosen);
  if (track !== undefined) drawWhole(pen, track, options.view, nowMs, palette);
  pen.globalAlpha = 1;
}

function tracksInView({ fleet, view }: TrailOptions): readonly Track[] {
  const { scale, left, top, width, height } = view;
  const seen: Track[] = [];
  for (const track of fleet.all()) {
    if (track.trailPoints === 0) continue;
    const x = track.toX * scale - left;
    const y = track.toY * scale - top;
    if (x > -MARGIN && x < width + MARGIN && y > -MARGIN && y < height + MARGIN) seen.push(track);
  }
  return seen;
}

/** Adds the newest pieces of a trail, at most `most`, each to the path of its age. */
function addTrail(
  paths: Map<number, Path2D>,
  track: Track,
  color: number,
  most: number,
  { view: { scale, left, top }, nowMs }: TrailOptions,
): void {
  let x = track.xAt(nowMs) * scale - left;
  let y = track.yAt(nowMs) * scale - top;
  let lastAge = -1;
  const points = track.trailPoints;
  for (let i = points - 1; i >= Math.max(0, points - most); i--) {
    const age = Math.floor((nowMs - track.trailMs(i)) / TRAIL_MS * OPACITIES.length);
    if (age >= OPACITIES.length) return;
    const key = color * OPACITIES.length + Math.max(0, age);
    let path = paths.get(key);
    if (path === undefined) paths.set(key, path = new Path2D());
    if (age !== lastAge) path.moveTo(x, y);
    lastAge = age;
    x = track.trailX(i) * scale - left;
    y = track.trailY(i) * scale - top;
    path.lineTo(x, y);
  }
}

function drawWhole(
  pen: CanvasRenderingContext2D,
  track: Track,
  { scale, left, top }: View,
  nowMs: number,
  palette: Palette,
): void {
  pen.beginPath();
  pen.moveTo(track.xAt(nowMs) * scale - left, track.yAt(nowMs) * scale - top);
  for (let i = track.trailPoints - 1; i >= 0; i--) {
    pen.lineTo(track.trailX(i) * scale - left, track.trailY(i) * scale - top);
  }
  pen.globalAlpha = 0.75;
  pen.lineWidth = 3;
  pen.strokeStyle = palette.colors.dots[palette.indexOf(track.report.origin)]!;
  pen.stroke();
}
