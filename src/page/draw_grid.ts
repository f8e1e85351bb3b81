/// <reference lib="dom" />
/** Draws the net of parallels and meridians, and their degrees at the map's edges. */
import { latitude, longitude } from "./format.ts";
import { gridDecimals, gridLines, gridStep } from "./graticule.ts";
import { latitudeAt, longitudeAt, worldX, worldY } from "./mercator.ts";
import type { Colors } from "./palette.ts";
import type { View } from "./view.ts";

const INSET = 6;

export function drawGrid(pen: CanvasRenderingContext2D, view: View, colors: Colors): void {
  const { scale, left, top, width, height } = view;
  const step = gridStep(scale / 360);
  const decimals = gridDecimals(step);
  const west = Math.max(-180, longitudeAt(left / scale));
  const east = Math.min(180, longitudeAt((left + width) / scale));
  const north = latitudeAt(Math.max(0, top / scale));
  const south = latitudeAt(Math.min(1, (top + height) / scale));
  const meridians = gridLines(west, east, step).map((degrees) => ({
    at: Math.round(worldX(degrees) * scale - left) + 0.5,
    words: longitude(degrees, decimals),
  }));
  const parallels = gridLines(south, north, step).map((degrees) => ({
    at: Math.round(worldY(degrees) * scale - top) + 0.5,
    words: latitude(degrees, decimals),
  }));
  pen.strokeStyle = colors.grid;
  pen.lineWidth = 1;
  pen.beginPath();
  for (const { at } of meridians) line(pen, at, 0, at, height);
  for (const { at } of parallels) line(pen, 0, at, width, at);
  pen.stroke();
  pen.fillStyle = colors.gridText;
  pen.font = "11px sans-serif";
  pen.textBaseline = "bottom";
  for (const { at, words } of meridians) pen.fillText(words, at + INSET, height - INSET);
  for (const { at, words } of parallels) {
    if (at > 20 && at < height - 40) pen.fillText(words, INSET, at - 3);
  }
}

function line(pen: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  pen.moveTo(x1, y1);
  pen.lineTo(x2, y2);
}
