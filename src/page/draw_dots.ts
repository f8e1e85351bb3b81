/// <reference lib="dom" />
/** Draws the clients where they are now, and rings around those that were just heard. */
import type { Fleet } from "./fleet.ts";
import type { Palette } from "./palette.ts";
import { clearSheet, makeStamp, type Sheet, showSheet, type Stamp, stampAt } from "./pixels.ts";
import type { Track } from "./track.ts";
import type { View } from "./view.ts";

/** Of a dot with its halo, in pixels. */
const BIG = 6;
const SMALL = 4;
/** With more clients in view than this dots are small, and stand on whole pixels. */
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
  #dots: readonly HTMLCanvasElement[] = [];
  #stamps: readonly Stamp[] = [];
  #made = "";
  #sheet: Sheet | undefined;
  #isCrowd = false;
  /** x, y and color of each dot in view. */
  #seen = new Float64Array();

  paint(pen: CanvasRenderingContext2D, options: DotOptions): void {
    const count = this.#look(options);
    const isCrowd = count > CROWD;
    this.#prepare(options, isCrowd ? SMALL : BIG, pen.canvas.width);
    if (isCrowd) this.#paintCrowd(pen, count, options);
    else this.#paintFew(pen, count);
    this.#isCrowd = isCrowd;
  }

  /** Whether there were many in view when they were last drawn. */
  get isCrowd(): boolean {
    return this.#isCrowd;
  }

  /** @returns how many there are in view. */
  #look({ fleet, palette, view: { scale, left, top, width, height }, nowMs }: DotOptions): number {
    if (this.#seen.length < 3 * fleet.size) this.#seen = new Float64Array(6 * fleet.size);
    const seen = this.#seen;
    let i = 0;
    for (const track of fleet.all()) {
      const x = track.xAt(nowMs) * scale - left;
      if (x < -BIG || x > width + BIG) continue;
      const y = track.yAt(nowMs) * scale - top;
      if (y < -BIG || y > height + BIG) continue;
      seen[i++] = x;
      seen[i++] = y;
      seen[i++] = palette.indexOf(track.report.origin);
    }
    return i / 3;
  }

  #prepare({ palette, ratio }: DotOptions, radius: number, width: number): void {
    const { dots, halo } = palette.colors;
    const wanted = `${radius} ${ratio} ${width} ${halo} ${dots.join()}`;
    if (wanted === this.#made) return;
    this.#made = wanted;
    this.#dots = dots.map((color) => drawDot(color, halo, radius, ratio));
    this.#stamps = this.#dots.map((dot) => stampOf(dot, width));
  }

  #paintFew(pen: CanvasRenderingContext2D, count: number): void {
    const seen = this.#seen;
    for (let i = 0; i < 3 * count; i += 3) {
      pen.drawImage(this.#dots[seen[i + 2]!]!, seen[i]! - BIG, seen[i + 1]! - BIG, 2 * BIG, 2 * BIG);
    }
  }

  #paintCrowd(pen: CanvasRenderingContext2D, count: number, { ratio }: DotOptions): void {
    const seen = this.#seen;
    const sheet = this.#sheet = clearSheet(this.#sheet, pen.canvas.width, pen.canvas.height);
    for (let i = 0; i < 3 * count; i += 3) {
      const x = Math.round((seen[i]! - SMALL) * ratio);
      const y = Math.round((seen[i + 1]! - SMALL) * ratio);
      stampAt(sheet, this.#stamps[seen[i + 2]!]!, x, y);
    }
    showSheet(pen, sheet);
  }
}

function drawDot(color: string, halo: string, radius: number, ratio: number): HTMLCanvasElement {
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

function stampOf(canvas: HTMLCanvasElement, width: number): Stamp {
  const { data, width: side } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
  return makeStamp(new Uint32Array(data.buffer), side, width);
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
