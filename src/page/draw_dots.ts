/// <reference lib="dom" />
/** Draws the clients where they are now, and rings around those that were just heard. */
import type { Fleet } from "./fleet.ts";
import type { Palette } from "./palette.ts";
import type { Track } from "./track.ts";
import type { View } from "./view.ts";

/** Of a dot with its halo, in pixels. */
const BIG = 6;
const SMALL = 4;
/** From so many clients on dots are small. */
const CROWD = 1_500;
export const PULSE_MS = 1_100;

export interface Pulse {
  readonly track: Track;
  readonly startMs: number;
}

/** A dot of each color, drawn once and stamped often. */
export class Stamps {
  #stamps: readonly HTMLCanvasElement[] = [];
  #made = "";
  #radius = BIG;

  of(
    palette: Palette,
    clients: number,
    ratio: number,
  ): { stamps: readonly HTMLCanvasElement[]; radius: number } {
    const radius = clients > CROWD ? SMALL : BIG;
    const { dots, halo } = palette.colors;
    const wanted = `${radius} ${ratio} ${halo} ${dots.join()}`;
    if (wanted !== this.#made) {
      this.#made = wanted;
      this.#radius = radius;
      this.#stamps = dots.map((color) => stamp(color, halo, radius, ratio));
    }
    return { stamps: this.#stamps, radius: this.#radius };
  }
}

function stamp(color: string, halo: string, radius: number, ratio: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.ceil(2 * radius * ratio);
  const pen = canvas.getContext("2d")!;
  pen.scale(ratio, ratio);
  pen.fillStyle = halo;
  circle(pen, radius, radius, radius);
  pen.fill();
  pen.fillStyle = color;
  circle(pen, radius, radius, radius - (radius === BIG ? 1.5 : 1));
  pen.fill();
  return canvas;
}

function circle(pen: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
}

export function drawDots(
  pen: CanvasRenderingContext2D,
  fleet: Fleet,
  palette: Palette,
  stamps: Stamps,
  { scale, left, top, width, height }: View,
  nowMs: number,
  ratio: number,
): void {
  const { stamps: dots, radius } = stamps.of(palette, fleet.size, ratio);
  const side = 2 * radius;
  for (const track of fleet.all()) {
    const x = track.xAt(nowMs) * scale - left;
    const y = track.yAt(nowMs) * scale - top;
    if (x < -side || x > width + side || y < -side || y > height + side) continue;
    pen.drawImage(dots[palette.indexOf(track.report.origin)]!, x - radius, y - radius, side, side);
  }
}

export function drawPulses(
  pen: CanvasRenderingContext2D,
  pulses: readonly Pulse[],
  palette: Palette,
  { scale, left, top }: View,
  nowMs: number,
): void {
  pen.lineWidth = 2;
  for (const { track, startMs } of pulses) {
    const part = (nowMs - startMs) / PULSE_MS;
    if (part >= 1) continue;
    pen.globalAlpha = 0.8 * (1 - part);
    pen.strokeStyle = palette.colors.dots[palette.indexOf(track.report.origin)]!;
    circle(pen, track.xAt(nowMs) * scale - left, track.yAt(nowMs) * scale - top, 5 + 13 * Math.sqrt(part));
    pen.stroke();
  }
  pen.globalAlpha = 1;
}
