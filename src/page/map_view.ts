/// <reference lib="dom" />
/** The map itself: land, scale, and what can be done with it. */
import { DOWNLOAD_MS } from "./bounds.ts";
import { fetchJson } from "./fetch_json.ts";
import type { Fleet } from "./fleet.ts";
import { readLand } from "./land.ts";
import * as L from "./leaflet.ts";
import { latitudeAt, longitudeAt, MOST_LATITUDE } from "./mercator.ts";
import type { Palette } from "./palette.ts";

const WORLD = L.latLngBounds([-MOST_LATITUDE, -180], [MOST_LATITUDE, 180]);
const MOST_ZOOM = 18;
/** No nearer than this when the map is moved to show all clients. */
const FIT_ZOOM = 15;
/** Of many clients so many in a hundred may stay outside on each side: one far away must not shrink all others. */
const STRAYS_PERCENT = 1;

export function makeMap(container: HTMLElement, isStill: boolean): L.Map {
  const map = L.map(container, {
    attributionControl: false,
    zoomControl: false,
    zoomSnap: 0.25,
    zoomDelta: 1,
    wheelPxPerZoomLevel: 90,
    maxZoom: MOST_ZOOM,
    maxBounds: WORLD,
    maxBoundsViscosity: 1,
    zoomAnimation: !isStill,
    fadeAnimation: !isStill,
    inertia: !isStill,
  });
  map.setView([20, 0], 2, { animate: false });
  map.setZoom(map.getBoundsZoom(WORLD, true), { animate: false });
  const keepWhole = () => map.setMinZoom(map.getBoundsZoom(WORLD, false));
  map.on("resize", keepWhole);
  keepWhole();
  L.control.zoom({ position: "bottomright" }).addTo(map);
  L.control.scale({ position: "bottomright", imperial: false, maxWidth: 120 }).addTo(map);
  new ResizeObserver(() => map.invalidateSize({ pan: false })).observe(container);
  return map;
}

/** Draws the land as soon as it has come. A map without it is a map still. */
export async function drawLand(map: L.Map, path: string, palette: Palette): Promise<void> {
  const rings = readLand(await fetchJson(path, DOWNLOAD_MS));
  const look = () => ({ color: palette.colors.coast, fillColor: palette.colors.land });
  const land = L.polygon(rings, {
    ...look(),
    weight: 1,
    fillOpacity: 1,
    interactive: false,
    smoothFactor: 1,
    renderer: L.canvas({ padding: 0.3 }),
  }).addTo(map);
  palette.onChange(() => land.setStyle(look()));
}

/** Moves the map so that the clients are to be seen. */
export function fitClients(map: L.Map, fleet: Fleet): void {
  if (fleet.size === 0) return;
  const xs = new Float64Array(fleet.size);
  const ys = new Float64Array(fleet.size);
  let i = 0;
  for (const { toX, toY } of fleet.all()) {
    xs[i] = toX;
    ys[i++] = toY;
  }
  const [west, east] = span(xs);
  const [north, south] = span(ys);
  const bounds = L.latLngBounds(
    [latitudeAt(south), longitudeAt(west)],
    [latitudeAt(north), longitudeAt(east)],
  );
  map.fitBounds(bounds, { padding: [36, 36], maxZoom: FIT_ZOOM });
}

function span(values: Float64Array): readonly [number, number] {
  values.sort();
  const strays = Math.floor(values.length * STRAYS_PERCENT / 100);
  return [values[strays]!, values[values.length - 1 - strays]!];
}
