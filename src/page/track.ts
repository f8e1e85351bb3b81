/** One client on the map: where it is shown at a time, on its way from one report to the next, and its trail. */
import type { Report } from "./answers.ts";
import { TRAIL_POINTS } from "./bounds.ts";
import { worldX, worldY } from "./mercator.ts";

/** A dot takes as long to its new place as the report took to come, within these bounds, in milliseconds. */
const LEAST_WAY_MS = 250;
const MOST_WAY_MS = 4_000;
/** After a longer silence it was elsewhere meanwhile: no way is made up. */
const LONG_SILENCE_MS = 30_000;
/** Of the world's width: as far as this it did not travel between two reports (or it crossed the antimeridian). */
const FAR = 0.02;

export class Track {
  report: Report;
  /** When the newest report was heard, on the page's clock, in milliseconds. */
  heardMs: number;
  /** Where the newest report says that it is, in the world's square. */
  toX: number;
  toY: number;
  #fromX: number;
  #fromY: number;
  #wayMs = 0;
  /** x, y and time of each point: a ring, so the oldest, at `#first`, makes room. */
  #trail: Float64Array | undefined;
  #first = 0;
  #points = 0;

  constructor(report: Report, nowMs: number) {
    this.report = report;
    this.heardMs = nowMs;
    this.toX = this.#fromX = worldX(report.longitude);
    this.toY = this.#fromY = worldY(report.latitude);
  }

  /** Takes a newer report. The dot glides to it, or jumps where `isGliding` is false. */
  hear(report: Report, nowMs: number, isGliding: boolean): void {
    const x = this.xAt(nowMs);
    const y = this.yAt(nowMs);
    const silenceMs = nowMs - this.heardMs;
    const oldX = this.toX;
    const oldY = this.toY;
    this.report = report;
    this.heardMs = nowMs;
    this.toX = worldX(report.longitude);
    this.toY = worldY(report.latitude);
    const isFar = Math.abs(this.toX - oldX) > FAR || Math.abs(this.toY - oldY) > FAR;
    if (isFar || silenceMs > LONG_SILENCE_MS) this.#points = 0;
    else if (oldX !== this.toX || oldY !== this.toY) this.#leave(oldX, oldY, nowMs);
    const glides = isGliding && !isFar && silenceMs <= LONG_SILENCE_MS;
    this.#wayMs = glides ? Math.max(LEAST_WAY_MS, Math.min(MOST_WAY_MS, silenceMs)) : 0;
    this.#fromX = glides ? x : this.toX;
    this.#fromY = glides ? y : this.toY;
  }

  xAt(nowMs: number): number {
    return this.#fromX + (this.toX - this.#fromX) * this.#progress(nowMs);
  }

  yAt(nowMs: number): number {
    return this.#fromY + (this.toY - this.#fromY) * this.#progress(nowMs);
  }

  /** When it will have arrived where its newest report says. */
  get arrivesMs(): number {
    return this.heardMs + this.#wayMs;
  }

  get trailPoints(): number {
    return this.#points;
  }

  /** Of trail point `i`, 0 the oldest. */
  trailX(i: number): number {
    return this.#trail![3 * ((this.#first + i) % TRAIL_POINTS)]!;
  }

  trailY(i: number): number {
    return this.#trail![3 * ((this.#first + i) % TRAIL_POINTS) + 1]!;
  }

  /** When it was left. */
  trailMs(i: number): number {
    return this.#trail![3 * ((this.#first + i) % TRAIL_POINTS) + 2]!;
  }

  #progress(nowMs: number): number {
    const gone = nowMs - this.heardMs;
    return gone >= this.#wayMs ? 1 : Math.max(0, gone / this.#wayMs);
  }

  #leave(x: number, y: number, nowMs: number): void {
    this.#trail ??= new Float64Array(3 * TRAIL_POINTS);
    if (this.#points === TRAIL_POINTS) this.#first = (this.#first + 1) % TRAIL_POINTS;
    else this.#points++;
    const at = 3 * ((this.#first + this.#points - 1) % TRAIL_POINTS);
    this.#trail[at] = x;
    this.#trail[at + 1] = y;
    this.#trail[at + 2] = nowMs;
  }
}
