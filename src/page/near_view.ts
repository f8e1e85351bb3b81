/// <reference lib="dom" />
/** What is near the client that was chosen: asked, listed, and marked on the map where that is allowed. */
import { type Nearby, readNearby } from "./answers.ts";
import { PLACES_ANSWER_MS } from "./bounds.ts";
import { element, make, setText } from "./dom.ts";
import { fetchJson, troubleOf } from "./fetch_json.ts";
import type { Fleet } from "./fleet.ts";
import { kilometers, kind } from "./format.ts";
import * as L from "./leaflet.ts";
import { distanceKm, type Position } from "./mercator.ts";
import type { Palette } from "./palette.ts";
import type { Selection } from "./selection.ts";

export class NearView {
  readonly #map: L.Map;
  readonly #fleet: Fleet;
  readonly #palette: Palette;
  readonly #selection: Selection;
  readonly #marks = L.layerGroup();
  readonly #list = element("#places", HTMLElement);
  readonly #words = element("#near-words", HTMLElement);
  readonly #by = element("#places-by", HTMLElement);
  #provider = "";
  /** Counts questions: the answer to one that nobody waits for any more is dropped. */
  #asked = 0;

  constructor(map: L.Map, fleet: Fleet, palette: Palette, selection: Selection) {
    this.#map = map;
    this.#fleet = fleet;
    this.#palette = palette;
    this.#selection = selection;
    this.#marks.addTo(map);
    element("#near", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#find();
    });
    selection.onChange(() => this.#clear());
  }

  /** @param provider who finds places for the server; "" where that is not known. */
  set provider(provider: string) {
    this.#provider = provider;
  }

  #clear(): void {
    this.#asked++;
    this.#marks.clearLayers();
    this.#list.replaceChildren();
    this.#by.hidden = true;
    setText(this.#words, "");
  }

  async #find(): Promise<void> {
    const id = this.#selection.id;
    const report = id === undefined ? undefined : this.#fleet.get(id)?.report;
    if (id === undefined || report === undefined) return;
    const radius = element("#radius", HTMLInputElement).valueAsNumber;
    const bound = element("#bound", HTMLInputElement).valueAsNumber;
    this.#clear();
    const asked = this.#asked;
    setText(this.#words, "Asking…");
    try {
      const path = `/clients/${encodeURIComponent(id)}/places?radius=${radius}&limit=${bound}`;
      const nearby = readNearby(await fetchJson(path, PLACES_ANSWER_MS));
      if (asked === this.#asked) this.#show(nearby, report, radius);
    } catch (error) {
      if (asked === this.#asked) setText(this.#words, `No places: ${troubleOf(error)}`);
    }
  }

  #show(nearby: Nearby, from: Position, radius: number): void {
    setText(this.#words, wordsOf(nearby, radius));
    const isGoogle = this.#provider.startsWith("google");
    const isDrawn = this.#provider !== "" && !isGoogle;
    if (isDrawn && nearby.results.length > 0) this.#circle(from, radius);
    nearby.results.forEach((place, i) => {
      const { lat, lng } = place.geometry.location;
      const far = kilometers(distanceKm(from, { latitude: lat, longitude: lng }));
      const item = make("li");
      item.append(make("span", "place-name", place.name), make("span", "place-far", far));
      const about = [kind(place.types), place.vicinity].filter((part) => part !== undefined).join(", ");
      item.append(make("span", "place-about", about));
      this.#list.append(item);
      if (isDrawn) this.#mark(lat, lng, i + 1, place.name);
    });
    const notes = this.#notes(nearby, isGoogle);
    this.#by.hidden = notes.length === 0;
    setText(this.#by, notes.join(" "));
  }

  #circle({ latitude, longitude }: Position, radiusKm: number): void {
    const color = this.#palette.colors.accent;
    L.circle([latitude, longitude], {
      radius: radiusKm * 1000,
      color,
      weight: 1.5,
      dashArray: "4 5",
      fillOpacity: 0.05,
      interactive: false,
    }).addTo(this.#marks);
  }

  #mark(latitude: number, longitude: number, number: number, name: string): void {
    const icon = L.divIcon({ className: "place-mark", html: `${number}`, iconSize: [22, 22] });
    const tip = make("span", "", name);
    L.marker([latitude, longitude], { icon, keyboard: false, alt: name })
      .bindTooltip(tip, { direction: "top", offset: [0, -10] })
      .addTo(this.#marks);
  }

  #notes(nearby: Nearby, isGoogle: boolean): readonly string[] {
    const notes = nearby.html_attributions.map(textOfHtml);
    if (isGoogle) {
      notes.push(
        "Places by Google, whose terms allow them on Google’s maps only: so they are listed, not drawn.",
      );
    }
    if (this.#provider === "overpass") notes.push("Places © OpenStreetMap contributors.");
    return notes;
  }
}

function wordsOf({ status, error_message: why, results }: Nearby, radius: number): string {
  if (results.length > 0) {
    return `${results.length === 1 ? "One place" : `${results.length} places`} within ${radius} km:`;
  }
  if (status === "ZERO_RESULTS" || status === "OK") return `Nothing within ${radius} km.`;
  return `No places (${status})${why === undefined ? "" : `: ${why}`}`;
}

/** What a browser would show of it, with nothing of it carried out. */
function textOfHtml(html: string): string {
  return new DOMParser().parseFromString(html, "text/html").body.textContent ?? "";
}
