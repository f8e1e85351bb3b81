/** Places without a network: the shipped gazetteer or the user's own file, searched in memory. */

import { gazetteer } from "./gazetteer.ts";
import { OutBuffer } from "../wire/render.ts";
import { appendNearbySearch, type NearbyResult, renderEntry, typesOfKind } from "./nearby_search.ts";
import { PlaceIndex, type Places } from "./place_index.ts";
import { PlacesError, type PlacesProvider, type PlacesQuery, type PlacesStatus } from "./provider.ts";

/** Entries kept rendered, about 400 bytes each, before all are dropped. */
const KEPT_ENTRIES = 16_384;

/** Answers from places held in memory. Every answer is bounded already. */
export class EmbeddedProvider implements PlacesProvider {
  readonly name = "embedded";
  readonly #places: Places | undefined;
  readonly #entries = new Map<number, Uint8Array>();
  #searchable: { readonly places: Places; readonly index: PlaceIndex } | undefined;

  /** Over `places`, or over the shipped gazetteer where none are given. */
  constructor(places?: Places) {
    this.#places = places;
    if (places !== undefined) this.#ready();
  }

  searchKey(query: PlacesQuery): string {
    return `${query.latitude},${query.longitude},${query.radiusKm},${query.bound}`;
  }

  // deno-lint-ignore require-await -- nothing here waits, but a failure must be a rejection
  async search(query: PlacesQuery, signal: AbortSignal): Promise<Uint8Array> {
    if (signal.aborted) throw new PlacesError("UNKNOWN_ERROR", "the search was given up before it began");
    const out = new OutBuffer(4_096);
    this.answer(query, out);
    return out.view();
  }

  answer(query: PlacesQuery, out: OutBuffer): PlacesStatus {
    const { places, index } = this.#ready();
    const { latitude, longitude, radiusKm, bound } = query;
    const rows = index.nearest(Number(latitude), Number(longitude), Number(radiusKm), bound);
    appendNearbySearch(rows.map((row) => this.#entryOf(row, places)), out);
    return rows.length === 0 ? "ZERO_RESULTS" : "OK";
  }

  /** A row's entry. The busiest are kept rendered. */
  #entryOf(row: number, places: Places): Uint8Array {
    const kept = this.#entries.get(row);
    if (kept !== undefined) return kept;
    const entry = renderEntry(places.result(row));
    if (this.#entries.size >= KEPT_ENTRIES) this.#entries.clear();
    this.#entries.set(row, entry);
    return entry;
  }

  /** The gazetteer waits for the first search, so that it costs a starting process nothing. */
  #ready(): { readonly places: Places; readonly index: PlaceIndex } {
    if (this.#searchable === undefined) {
      const places = this.#places ?? new GazetteerPlaces();
      this.#searchable = { places, index: new PlaceIndex(places.latitudes, places.longitudes) };
    }
    return this.#searchable;
  }
}

/** The shipped gazetteer. A place's ID is its row number, from 1. */
class GazetteerPlaces implements Places {
  readonly #rows: readonly (readonly string[])[];
  readonly latitudes: Float64Array;
  readonly longitudes: Float64Array;

  constructor() {
    this.#rows = gazetteer.trimEnd().split("\n").map((line) => line.split("\t"));
    this.latitudes = Float64Array.from(this.#rows, (row) => Number(row[2]));
    this.longitudes = Float64Array.from(this.#rows, (row) => Number(row[3]));
  }

  result(row: number): NearbyResult {
    const [name = "", kind = "", , , vicinity = ""] = this.#rows[row] ?? [];
    return {
      name,
      placeId: `herd:${row + 1}`,
      latitude: this.latitudes[row] as number,
      longitude: this.longitudes[row] as number,
      types: typesOfKind(kind),
      vicinity,
    };
  }
}
