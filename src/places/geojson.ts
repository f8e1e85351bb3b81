/**
 * GeoJSON points. A collection's features are cut out one by one, so that a broken one has a line, and a large file is
 * never one text.
 */
import { LF } from "../wire/bytes.ts";
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from "./json_bytes.ts";
import { typesOfKind } from "./nearby_search.ts";
import { type PlaceTable, PlaceTableBuilder } from "./place_index.ts";
import { isBlank, lineOf, PlacesFileError, skipBlank, type SkippedRows } from "./place_rows.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * The places of the JSON text that begins at `start` of the file named `file`.
 * @throws {PlacesFileError} for a list of features that is broken off.
 */
export function readGeoJson(
  bytes: Uint8Array,
  start: number,
  file: string,
  skipped: SkippedRows,
): PlaceTable {
  const reader = new GeoJsonReader(bytes, skipped);
  const list = findFeatures(bytes, start);
  if (list !== undefined) {
    readCollection(bytes, list, file, reader);
  } else if (spansLines(bytes, start)) {
    reader.feature(start, bytes.length);
  } else {
    readFeatureLines(bytes, start, reader);
  }
  return reader.places();
}

/** Reads the features of a list whose first byte past the `[` is `start`. */
function readCollection(bytes: Uint8Array, start: number, file: string, reader: GeoJsonReader): void {
  let at = start;
  while (true) {
    at = skipSeparators(bytes, at);
    if (bytes[at] === CLOSE_BRACKET) return;
    const end = bytes[at] === OPEN_BRACE ? skipValue(bytes, at) : undefined;
    if (end === undefined) {
      const line = lineOf(bytes, at);
      let what = `expected a feature, "{", or the end of the list of features, "]"`;
      if (bytes[at] === OPEN_BRACE) what = "the feature that begins here has no end; is the file complete?";
      if (at >= bytes.length) what = `the file ends within its list of features, before the "]"`;
      throw new PlacesFileError(`${file}: line ${line}: ${what}`);
    }
    reader.feature(at, end);
    at = end;
  }
}

/** Reads features one a line. */
function readFeatureLines(bytes: Uint8Array, start: number, reader: GeoJsonReader): void {
  let at = start;
  while (at < bytes.length) {
    const found = bytes.indexOf(LF, at);
    const end = found === -1 ? bytes.length : found;
    if (skipBlank(bytes, at) < end) reader.feature(at, end);
    at = end + 1;
  }
}

class GeoJsonReader {
  readonly #bytes: Uint8Array;
  readonly #skipped: SkippedRows;
  readonly #table = new PlaceTableBuilder("herd:");
  readonly #types: number;
  #seen = 0;

  constructor(bytes: Uint8Array, skipped: SkippedRows) {
    this.#bytes = bytes;
    this.#skipped = skipped;
    this.#types = this.#table.types(typesOfKind("point_of_interest"));
  }

  /** Takes what stands from `start` to `end`, if it is a Point feature. */
  feature(start: number, end: number): void {
    this.#seen++;
    const place = parsePlace(decoder.decode(this.#bytes.subarray(start, end)));
    if (typeof place === "string") {
      this.#skipped.add(start, place);
      return;
    }
    const { latitude, longitude } = place;
    const name = encoder.encode(place.name);
    const row = {
      latitude,
      longitude,
      id: this.#seen,
      types: this.#types,
      vicinity: this.#table.vicinity(place.vicinity),
    };
    this.#table.add(row, name, 0, name.length);
  }

  places(): PlaceTable {
    return this.#table.build();
  }
}

interface GeoJsonPlace {
  readonly latitude: number;
  readonly longitude: number;
  readonly name: string;
  /** "" for none. */
  readonly vicinity: string;
}

/** The place that the text of a GeoJSON feature tells of, or why it tells of none. */
function parsePlace(text: string): GeoJsonPlace | string {
  let feature: unknown;
  try {
    feature = JSON.parse(text);
  } catch {
    return "is not JSON";
  }
  if (!isRecord(feature) || feature["type"] !== "Feature") return `is not a GeoJSON "Feature"`;
  const geometry = feature["geometry"];
  if (!isRecord(geometry)) return "the feature has no geometry";
  if (geometry["type"] !== "Point") {
    return `the geometry is a ${JSON.stringify(geometry["type"])}, not a "Point"`;
  }
  const coordinates: unknown = geometry["coordinates"];
  const [longitude, latitude]: unknown[] = Array.isArray(coordinates) ? coordinates : [];
  if (typeof longitude !== "number" || !(Math.abs(longitude) <= 180)) {
    return `the longitude ${JSON.stringify(longitude)} is not a number from -180 to 180`;
  }
  if (typeof latitude !== "number" || !(Math.abs(latitude) <= 90)) {
    return `the latitude ${JSON.stringify(latitude)} is not a number from -90 to 90 (longitude comes first)`;
  }
  const properties = isRecord(feature["properties"]) ? feature["properties"] : {};
  const { name, title, NAME, vicinity } = properties;
  const label = [name, title, NAME].find((value): value is string =>
    typeof value === "string" && value !== ""
  );
  return {
    latitude,
    longitude,
    name: label ?? "unnamed",
    vicinity: typeof vicinity === "string" ? vicinity : "",
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Where the list of `features` in the object at `start` begins, past its `[`; undefined if there is none. */
function findFeatures(bytes: Uint8Array, start: number): number | undefined {
  let at: number | undefined = start + 1;
  while (at !== undefined) {
    const keyStart = skipSeparators(bytes, at);
    const keyEnd = bytes[keyStart] === QUOTE ? skipString(bytes, keyStart) : undefined;
    if (keyEnd === undefined) return undefined;
    const colonAt = skipBlank(bytes, keyEnd);
    if (bytes[colonAt] !== COLON) return undefined;
    const valueStart = skipBlank(bytes, colonAt + 1);
    const key = decoder.decode(bytes.subarray(keyStart, keyEnd));
    if (key === '"features"' && bytes[valueStart] === OPEN_BRACKET) return valueStart + 1;
    at = skipValue(bytes, valueStart);
  }
  return undefined;
}

function spansLines(bytes: Uint8Array, start: number): boolean {
  const end = skipValue(bytes, start);
  const lineEnd = bytes.indexOf(LF, start);
  return end !== undefined && lineEnd !== -1 && lineEnd < end;
}

/** The first byte from `at` on that is neither white space nor a comma. */
function skipSeparators(bytes: Uint8Array, at: number): number {
  let next = at;
  while (next < bytes.length && (bytes[next] === COMMA || isBlank(bytes[next] as number))) next++;
  return next;
}

/** Past the JSON value at `start`, by its nesting alone; undefined where the bytes end within it. */
function skipValue(bytes: Uint8Array, start: number): number | undefined {
  let depth = 0;
  let at = start;
  while (at < bytes.length) {
    const byte = bytes[at] as number;
    const isEnd = byte === CLOSE_BRACE || byte === CLOSE_BRACKET;
    if (depth === 0 && (isEnd || byte === COMMA)) return at;
    if (byte === QUOTE) {
      const end = skipString(bytes, at);
      if (end === undefined) return undefined;
      at = end;
    } else {
      if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
      if (isEnd) depth--;
      at++;
      if (depth === 0 && isEnd) return at;
    }
  }
  return undefined;
}

/** Past the JSON string at `start`; undefined where the bytes end within it. */
function skipString(bytes: Uint8Array, start: number): number | undefined {
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === BACKSLASH) at++;
    else if (byte === QUOTE) return at + 1;
  }
  return undefined;
}
