/// <reference lib="dom" />
/** Draws the clients where they are now, and rings around those that were just heard. */
import type { Fleet } from "./fleet.ts";
import type { Palette } from "./palette.ts";
import { blit, type Blitter, blitter, type Pixels } from "./pixels.ts";
import type { Track } from "./track.ts";
import type { View } from "./view.ts";

/** Of a dot with its halo, in pixels. */
const BIG = 6;
const SMALL = 4;
/** From so many clients on dots are small, and stand on whole pixels. */
export const CROWD = 1_500;
export const PULSE_MS = 1_100;

export interface Pulse {
  readonly track: Track;
  readonly startMs: number;
}

export interface DotOptions {
  readonly fleet: Fleet;
  readonly palette: Palette;
  readonly view: View;
  readonly nowMs: number;
  /** Pixels of the canvas to one of the page. */
  readonly ratio: number;
}

/** Keeps a dot of each color, drawn once and stamped often. */
export class DotPainter {
  #stamps: readonly HTMLCanvasElement[] = [];
  #pixels: readonly Pixels[] = [];
  #made = "";
  #blitter: Blitter | undefined;

  paint(pen: CanvasRenderingContext2D, options: DotOptions): void {
    const isCrowd = options.fleet.size > CROWD;
    this.#prepare(options, isCrowd ? SMALL : BIG);
    if (isCrowd) this.#paintCrowd(pen, options);
    else this.#paintFew(pen, options);
  }

  #prepare({ palette, ratio }: DotOptions, radius: number): void {
    const { dots, halo } = palette.colors;
    const wanted = `${radius} ${ratio} ${halo} ${dots.join()}`;
    if (wanted === this.#made) return;
    this.#made = wanted;
    this.#stamps = dots.map((color) => stamp(color, halo, radius, ratio));
    this.#pixels = this.#stamps.map(pixelsOf);
  }

  #paintFew(pen: CanvasRenderingContext2D, { fleet, palette, view, nowMs }: DotOptions): void {
    const { scale, left, top, width, height } = view;
    const side = 2 * BIG;
    for (const track of fleet.all()) {
      const x = track.xAt(nowMs) * scale - left;
      const y = track.yAt(nowMs) * scale - top;
      if (x < -side || x > width + side || y < -side || y > height + side) continue;
      pen.drawImage(this.#stamps[palette.indexOf(track.report.origin)]!, x - BIG, y - BIG, side, side);
    }
  }

  /** Ten thousand calls of the canvas take longer than a frame where no graphics processor helps; this takes 2 ms. */
  #paintCrowd(pen: CanvasRenderingContext2D, { fleet, palette, view, nowMs, ratio }: DotOptions): void {
    const { scale, left, top } = view;
    const { width, height } = pen.canvas;
    const sheet = this.#blitter = blitter(this.#blitter, width, height);
    for (const track of fleet.all()) {
      const x = Math.round(((track.xAt(nowMs) * scale - left) - SMALL) * ratio);
      const y = Math.round(((track.yAt(nowMs) * scale - top) - SMALL) * ratio);
      blit(sheet, this.#pixels[palette.indexOf(track.report.origin)]!, x, y);
    }
    pen.putImageData(sheet.image, 0, 0);
  }
}

function stamp(color: string, halo: string, radius: number, ratio: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.ceil(2 * radius * ratio);
  const pen = canvas.getContext("2d", { willReadFrequently: true })!;
  pen.scale(ratio, ratio);
  pen.fillStyle = halo;
  circle(pen, radius, radius, radius);
  pen.fill();
  pen.fillStyle = color;
  circle(pen, radius, radius, radius - (radius === BIG ? 1.5 : 1));
  pen.fill();
  return canvas;
}

function pixelsOf(canvas: HTMLCanvasElement): Pixels {
  const { data, width: side } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
  return { side, colors: new Uint32Array(data.buffer) };
}

function circle(pen: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
}

export function drawPulses(
  pen: CanvasRenderingContext2D,
  pulses: readonly Pulse[],
  { palette, view: { scale, left, top }, nowMs }: DotOptions,
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
