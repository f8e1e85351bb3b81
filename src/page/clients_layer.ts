/// <reference lib="dom" />
/** The clients over the map: two canvases that move with it, trails below and dots above. */
import { MOST_PULSES, TRAIL_MS } from "./bounds.ts";
import { DotPainter, drawPulses, type Pulse, PULSE_MS } from "./draw_dots.ts";
import { drawGrid } from "./draw_grid.ts";
import { TrailPainter } from "./draw_trails.ts";
import type { Fleet } from "./fleet.ts";
import * as L from "./leaflet.ts";
import type { Palette } from "./palette.ts";
import type { Selection } from "./selection.ts";
import type { Track } from "./track.ts";
import { isSameView, type View } from "./view.ts";

/** Trails fade slowly: they are drawn anew so often, and when the map moves. */
const TRAILS_MS = 100;
/** In a crowd each dot moves by less than a pixel a frame, and there are other things to do. */
const CROWD_TRAILS_MS = 500;
const CROWD_DOTS_MS = 30;
const MOST_RATIO = 2;

interface Sheet {
  readonly canvas: HTMLCanvasElement;
  readonly pen: CanvasRenderingContext2D;
}

export class ClientsLayer {
  readonly #map: L.Map;
  readonly #fleet: Fleet;
  readonly #palette: Palette;
  readonly #selection: Selection;
  readonly #trails: Sheet;
  readonly #dots: Sheet;
  readonly #dotPainter = new DotPainter();
  readonly #trailPainter = new TrailPainter();
  #pulses: Pulse[] = [];
  #view: View | undefined;
  #trailsMs = 0;
  #dotsMs = 0;
  #restsFromMs = 0;
  #isStale = true;
  #isZooming = false;

  constructor(map: L.Map, fleet: Fleet, palette: Palette, selection: Selection) {
    this.#map = map;
    this.#fleet = fleet;
    this.#palette = palette;
    this.#selection = selection;
    const pane = map.createPane("clients");
    this.#trails = makeSheet(pane);
    this.#dots = makeSheet(pane);
    map.on("zoomanim", (event) => this.#zoomTo(event.center, event.zoom));
    map.on("zoomend", () => {
      this.#isZooming = false;
      this.refresh();
    });
    map.on("move resize", () => this.draw(performance.now()));
    palette.onChange(() => this.refresh());
    selection.onChange(() => this.refresh());
  }

  /** A report of `track` was heard. */
  heard(track: Track, nowMs: number, isPulsing: boolean): void {
    this.#restsFromMs = Math.max(this.#restsFromMs, track.arrivesMs, nowMs + PULSE_MS);
    this.#isStale = true;
    if (!isPulsing) return;
    this.#pulses.push({ track, startMs: nowMs });
    if (this.#pulses.length > MOST_PULSES) this.#pulses.splice(0, this.#pulses.length - MOST_PULSES);
  }

  /** What is drawn is no longer so. */
  refresh(): void {
    this.#isStale = true;
    this.#view = undefined;
  }

  /** Draws what has changed. */
  draw(nowMs: number): void {
    if (this.#isZooming) return;
    const view = this.#readView();
    const hasMoved = this.#view === undefined || !isSameView(this.#view, view);
    const isMoving = hasMoved || this.#isStale || nowMs < this.#restsFromMs;
    const isFading = nowMs < this.#restsFromMs + TRAIL_MS;
    if (hasMoved) this.#place(view);
    const [dotsMs, trailsMs] = this.#dotPainter.isCrowd ? [CROWD_DOTS_MS, CROWD_TRAILS_MS] : [0, TRAILS_MS];
    if (hasMoved || (isFading && nowMs - this.#trailsMs >= trailsMs)) this.#drawTrails(view, nowMs);
    if (hasMoved || (isMoving && nowMs - this.#dotsMs >= dotsMs)) this.#drawDots(view, nowMs);
  }

  /** Where a client's dot is on the map, in pixels from its north-west corner. */
  pointOf(track: Track, nowMs: number): { readonly x: number; readonly y: number } {
    const { scale, left, top } = this.#view ?? this.#readView();
    return { x: track.xAt(nowMs) * scale - left, y: track.yAt(nowMs) * scale - top };
  }

  /** The client nearest to a point of the map, within `radius` pixels. */
  nearest(x: number, y: number, radius: number, nowMs: number): Track | undefined {
    let best: Track | undefined;
    let bestSquare = radius * radius;
    const { scale, left, top } = this.#readView();
    for (const track of this.#fleet.all()) {
      const dx = track.xAt(nowMs) * scale - left - x;
      const dy = track.yAt(nowMs) * scale - top - y;
      const square = dx * dx + dy * dy;
      if (square <= bestSquare) [best, bestSquare] = [track, square];
    }
    return best;
  }

  #readView(): View {
    const { min } = this.#map.getPixelBounds();
    const { x: width, y: height } = this.#map.getSize();
    return {
      scale: 256 * 2 ** this.#map.getZoom(),
      left: min?.x ?? 0,
      top: min?.y ?? 0,
      width,
      height,
    };
  }

  #place(view: View): void {
    const corner = this.#map.containerPointToLayerPoint([0, 0]);
    const ratio = pixelRatio();
    for (const { canvas } of [this.#trails, this.#dots]) {
      L.DomUtil.setPosition(canvas, corner);
      const [width, height] = [Math.round(view.width * ratio), Math.round(view.height * ratio)];
      if (canvas.width === width && canvas.height === height) continue;
      canvas.width = width;
      canvas.height = height;
      canvas.style.width = `${view.width}px`;
      canvas.style.height = `${view.height}px`;
    }
    this.#view = view;
  }

  #drawTrails(view: View, nowMs: number): void {
    this.#trailsMs = nowMs;
    const pen = clean(this.#trails);
    this.#trailPainter.paint(pen, {
      fleet: this.#fleet,
      palette: this.#palette,
      view,
      nowMs,
      chosen: this.#selection.id,
      ratio: pixelRatio(),
    });
    drawGrid(pen, view, this.#palette.colors);
  }

  #drawDots(view: View, nowMs: number): void {
    this.#isStale = false;
    this.#dotsMs = nowMs;
    const pen = clean(this.#dots);
    this.#pulses = this.#pulses.filter(({ startMs }) => nowMs - startMs < PULSE_MS);
    const options = { fleet: this.#fleet, palette: this.#palette, view, nowMs, ratio: pixelRatio() };
    this.#dotPainter.paint(pen, options);
    drawPulses(pen, this.#pulses, options);
  }

  /** Lets the style sheet carry both canvases to where the map will be, as it does with the land. */
  #zoomTo(center: L.LatLng, zoom: number): void {
    const view = this.#view;
    if (view === undefined) return;
    this.#isZooming = true;
    const map = this.#map;
    const grows = 256 * 2 ** zoom / view.scale;
    const pane = L.DomUtil.getPosition(map.getPane("mapPane")!);
    const origin = map.project(center, zoom).subtract(map.getSize().divideBy(2)).add(pane).round();
    const corner = L.point(view.left * grows, view.top * grows).subtract(origin);
    for (const { canvas } of [this.#trails, this.#dots]) L.DomUtil.setTransform(canvas, corner, grows);
  }
}

function makeSheet(pane: HTMLElement): Sheet {
  const canvas = L.DomUtil.create("canvas", "sheet leaflet-zoom-animated", pane);
  return { canvas, pen: canvas.getContext("2d")! };
}

function pixelRatio(): number {
  return Math.min(MOST_RATIO, devicePixelRatio);
}

function clean({ canvas, pen }: Sheet): CanvasRenderingContext2D {
  const ratio = pixelRatio();
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  return pen;
}
