/**
 * Reads a user's own places (`--places-file`): a GeoNames dump (tab-separated, 19 columns) or GeoJSON points
 * (a FeatureCollection, or features one a line). Which of them it is shows in the content. Both are read from
 * the bytes, row by row, into columns; a GeoNames dump of a million rows makes no million objects.
 */

import { typesOfKind } from "./nearby_search.ts";
import { type PlaceTable, PlaceTableBuilder } from "./place_index.ts";

/** A places file that cannot be used. Its message says which file, where possible which line, and what. */
export class PlacesFileError extends Error {
  override readonly name = "PlacesFileError";
}

/** A row that was left out. */
export interface SkippedRow {
  /** From 1. */
  readonly line: number;
  readonly reason: string;
}

export interface PlacesFile {
  readonly format: "geonames" | "geojson";
  readonly places: PlaceTable;
  /** How many rows were left out. */
  readonly skipped: number;
  readonly firstSkipped: SkippedRow | undefined;
}

/**
 * Reads a places file. Rows that cannot be used are counted and left out.
 * @param bytes The file's content, UTF-8 with or without a byte order mark.
 * @param file Its name, for error messages.
 * @throws {PlacesFileError} when it is empty, has no usable row, or is GeoJSON that is broken off.
 */
export function readPlacesFile(bytes: Uint8Array, file: string): PlacesFile {
  const start = skipBlank(bytes, hasByteOrderMark(bytes) ? 3 : 0);
  if (start === bytes.length) throw new PlacesFileError(`${file}: the file is empty; ${wanted}`);
  if (bytes[0] === letterP && bytes[1] === letterK && bytes[2] === 3) {
    throw new PlacesFileError(`${file}: this is a zip archive; unpack it and name the file inside`);
  }
  const tally = new SkippedRows(bytes);
  const isJson = bytes[start] === braceOpen;
  const places = isJson ? readGeoJson(bytes, start, file, tally) : readGeoNames(bytes, tally);
  const { count: skipped, first: firstSkipped } = tally;
  if (places.size === 0) {
    const where = firstSkipped === undefined ? "" : `line ${firstSkipped.line}: ${firstSkipped.reason}; `;
    throw new PlacesFileError(`${file}: ${where}no row of the file is a place; ${wanted}`);
  }
  return { format: isJson ? "geojson" : "geonames", places, skipped, firstSkipped };
}

const wanted = "it should be a GeoNames dump (19 tab-separated columns) or GeoJSON Point features";

const tab = 0x09;
const newline = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const quote = 0x22;
const comma = 0x2c;
const minus = 0x2d;
const point = 0x2e;
const digitZero = 0x30;
const digitNine = 0x39;
const colon = 0x3a;
const letterA = 0x41;
const letterK = 0x4b;
const letterP = 0x50;
const letterZ = 0x5a;
const bracketOpen = 0x5b;
const backslash = 0x5c;
const bracketClose = 0x5d;
const braceOpen = 0x7b;
const braceClose = 0x7d;

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Counts the rows left out, and finds the first one's line only when it is asked for. */
class SkippedRows {
  readonly #bytes: Uint8Array;
  count = 0;
  #firstAt = 0;
  #firstReason = "";

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Leaves out the row that begins at byte `at`. */
  add(at: number, reason: string): void {
    if (this.count === 0) {
      this.#firstAt = at;
      this.#firstReason = reason;
    }
    this.count++;
  }

  get first(): SkippedRow | undefined {
    if (this.count === 0) return undefined;
    return { line: lineOf(this.#bytes, this.#firstAt), reason: this.#firstReason };
  }
}

/** The line, from 1, that byte `at` is on. */
function lineOf(bytes: Uint8Array, at: number): number {
  let line = 1;
  for (let end = bytes.indexOf(newline); end !== -1 && end < at; end = bytes.indexOf(newline, end + 1)) {
    line++;
  }
  return line;
}

function hasByteOrderMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/** The first byte from `at` on that is no white space. */
function skipBlank(bytes: Uint8Array, at: number): number {
  let next = at;
  while (next < bytes.length && isBlank(bytes[next] as number)) next++;
  return next;
}

function isBlank(byte: number): boolean {
  return byte === space || byte === newline || byte === carriageReturn || byte === tab;
}

/** The text of a field as a message shows it: in quotes, on one line, not too long. */
function shown(bytes: Uint8Array, start: number, end: number): string {
  const text = decoder.decode(bytes.subarray(start, Math.min(end, start + 60)));
  return JSON.stringify(end - start > 60 ? text + "…" : text);
}

// GeoNames. Columns: geonameid, name, asciiname, alternatenames, latitude, longitude, feature class, feature
// code, country code, and ten more.

const columnCount = 19;

function readGeoNames(bytes: Uint8Array, skipped: SkippedRows): PlaceTable {
  const reader = new GeoNamesReader(bytes, skipped);
  const tabs = new Float64Array(columnCount);
  let start = hasByteOrderMark(bytes) ? 3 : 0;
  while (start < bytes.length) {
    let tabCount = 0;
    let end = start;
    for (; end < bytes.length; end++) {
      const byte = bytes[end] as number;
      if (byte > newline) continue;
      if (byte === newline) break;
      if (byte === tab) tabs[Math.min(tabCount++, columnCount - 1)] = end;
    }
    reader.row(start, end, tabs, tabCount + 1);
    start = end + 1;
  }
  return reader.places();
}

class GeoNamesReader {
  readonly #bytes: Uint8Array;
  readonly #skipped: SkippedRows;
  readonly #table = new PlaceTableBuilder("geonames:");
  readonly #types: GeoNamesTypes;
  readonly #countries: GeoNamesCountries;

  constructor(bytes: Uint8Array, skipped: SkippedRows) {
    this.#bytes = bytes;
    this.#skipped = skipped;
    this.#types = new GeoNamesTypes(this.#table);
    this.#countries = new GeoNamesCountries(this.#table);
  }

  /** Takes the line from `start` to `end`, whose tabs are at `tabs`. A blank line is nothing. */
  row(start: number, end: number, tabs: Float64Array, columns: number): void {
    if (columns !== columnCount) {
      if (skipBlank(this.#bytes, start) >= end) return;
      const count = columns === 1 ? "1 tab-separated column" : `${columns} tab-separated columns`;
      this.#skipped.add(start, `has ${count}, where a GeoNames row has ${columnCount}`);
      return;
    }
    const bytes = this.#bytes;
    const idEnd = tabs[0] as number;
    const nameEnd = tabs[1] as number;
    const latitudeStart = tabs[3] as number + 1;
    const latitudeEnd = tabs[4] as number;
    const longitudeEnd = tabs[5] as number;
    const id = parseDecimal(bytes, start, idEnd);
    const latitude = parseDecimal(bytes, latitudeStart, latitudeEnd);
    const longitude = parseDecimal(bytes, latitudeEnd + 1, longitudeEnd);
    if (!(id >= 0 && id <= 0xffff_ffff && Number.isInteger(id))) {
      this.#skipped.add(start, `the geonameid ${shown(bytes, start, idEnd)} is not a whole number`);
    } else if (idEnd + 1 === nameEnd) {
      this.#skipped.add(start, "has no name");
    } else if (!(latitude >= -90 && latitude <= 90)) {
      const text = shown(bytes, latitudeStart, latitudeEnd);
      this.#skipped.add(start, `the latitude ${text} is not a number from -90 to 90`);
    } else if (!(longitude >= -180 && longitude <= 180)) {
      const text = shown(bytes, latitudeEnd + 1, longitudeEnd);
      this.#skipped.add(start, `the longitude ${text} is not a number from -180 to 180`);
    } else {
      const types = this.#types.number(bytes, longitudeEnd + 1, tabs[6] as number, tabs[7] as number);
      const vicinity = this.#countries.number(bytes, tabs[7] as number + 1, tabs[8] as number);
      this.#table.add({ latitude, longitude, id, types, vicinity }, bytes, idEnd + 1, nameEnd);
    }
  }

  places(): PlaceTable {
    return this.#table.build();
  }
}

/** Up to this many digits, their whole value and the power of ten are exact, so a division rounds right. */
const exactDigits = 15;

/** A plain decimal number from the bytes, or NaN. */
function parseDecimal(bytes: Uint8Array, start: number, end: number): number {
  const isNegative = bytes[start] === minus;
  let digits = 0;
  let value = 0;
  let scale = 1;
  let pointSeen = false;
  for (let at = isNegative ? start + 1 : start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte >= digitZero && byte <= digitNine) {
      value = 10 * value + (byte - digitZero);
      if (pointSeen) scale *= 10;
      digits++;
    } else if (byte === point && !pointSeen) {
      pointSeen = true;
    } else {
      return NaN;
    }
  }
  if (digits === 0) return NaN;
  if (digits > exactDigits) return Number(decoder.decode(bytes.subarray(start, end)));
  return (isNegative ? -value : value) / scale;
}

/** What GeoNames' feature codes are called at Google, as far as there is a word for them. */
const kindOfCode: ReadonlyMap<string, string> = new Map([
  ["A.ADM1", "administrative_area_level_1"],
  ["A.ADM2", "administrative_area_level_2"],
  ["A.PCLI", "country"],
  ["L.AMUS", "amusement_park"],
  ["L.PRK", "park"],
  ["P.PPLX", "neighborhood"],
  ["S.AIRP", "airport"],
  ["S.BANK", "bank"],
  ["S.BUSTN", "bus_station"],
  ["S.CH", "church"],
  ["S.CMTY", "cemetery"],
  ["S.CSNO", "casino"],
  ["S.CSTL", "tourist_attraction"],
  ["S.CTHSE", "courthouse"],
  ["S.GDN", "park"],
  ["S.HSP", "hospital"],
  ["S.HTL", "lodging"],
  ["S.LIBR", "library"],
  ["S.MALL", "shopping_mall"],
  ["S.MNMT", "tourist_attraction"],
  ["S.MSQE", "mosque"],
  ["S.MTRO", "subway_station"],
  ["S.MUS", "museum"],
  ["S.PAL", "tourist_attraction"],
  ["S.PO", "post_office"],
  ["S.PYR", "tourist_attraction"],
  ["S.REST", "restaurant"],
  ["S.RSTN", "train_station"],
  ["S.RSTP", "train_station"],
  ["S.RUIN", "tourist_attraction"],
  ["S.SCH", "school"],
  ["S.SHRN", "place_of_worship"],
  ["S.STDM", "stadium"],
  ["S.SYG", "synagogue"],
  ["S.TMPL", "place_of_worship"],
  ["S.TOWR", "tourist_attraction"],
  ["S.UNIV", "university"],
  ["S.ZOO", "zoo"],
]);

/** The kind of a whole feature class, for the codes that are not in `kindOfCode`. */
const kindOfClass: ReadonlyMap<string, string> = new Map([
  ["H", "natural_feature"],
  ["P", "locality"],
  ["R", "route"],
  ["T", "natural_feature"],
  ["U", "natural_feature"],
  ["V", "natural_feature"],
]);

/** Type list numbers by feature class and code, found with no text made for a code that was seen before. */
class GeoNamesTypes {
  readonly #table: PlaceTableBuilder;
  readonly #byKind = new Map<string, number>();
  readonly #byCode = new Map<number, number>();

  constructor(table: PlaceTableBuilder) {
    this.#table = table;
  }

  /** The class stands from `start` to `classEnd`, the code from there, past one tab, to `codeEnd`. */
  number(bytes: Uint8Array, start: number, classEnd: number, codeEnd: number): number {
    // Classes have 1 letter and codes up to 5; what is longer is no code, and would not fit into a key.
    const end = codeEnd - classEnd > 6 || classEnd - start > 1 ? start : codeEnd;
    let key = 0;
    for (let at = start; at < end; at++) key = key * 128 + ((bytes[at] as number) & 127);
    let number = this.#byCode.get(key);
    if (number === undefined) {
      number = this.#numberOfKind(kindOf(decoder.decode(bytes.subarray(start, end)).replace("\t", ".")));
      this.#byCode.set(key, number);
    }
    return number;
  }

  #numberOfKind(kind: string): number {
    let number = this.#byKind.get(kind);
    if (number === undefined) {
      number = this.#table.types(typesOfKind(kind));
      this.#byKind.set(kind, number);
    }
    return number;
  }
}

function kindOf(code: string): string {
  return kindOfCode.get(code) ?? kindOfClass.get(code.slice(0, 1)) ?? "point_of_interest";
}

/** Vicinity numbers by country code: GeoNames has no nearer place name in a row. */
class GeoNamesCountries {
  readonly #table: PlaceTableBuilder;
  readonly #names = new Intl.DisplayNames(["en"], { type: "region", fallback: "code" });
  /** By both letters of the code; 0 for one not met yet. */
  readonly #numbersPlusOne = new Uint16Array(26 * 26);
  readonly #none: number;

  constructor(table: PlaceTableBuilder) {
    this.#table = table;
    this.#none = table.vicinity("");
  }

  number(bytes: Uint8Array, start: number, end: number): number {
    const first = bytes[start] as number - letterA;
    const second = bytes[start + 1] as number - letterA;
    const letters = letterZ - letterA;
    if (end - start !== 2 || !(first >= 0 && first <= letters && second >= 0 && second <= letters)) {
      return this.#none;
    }
    const key = 26 * first + second;
    let plusOne = this.#numbersPlusOne[key] as number;
    if (plusOne === 0) {
      const code = String.fromCharCode(letterA + first, letterA + second);
      plusOne = 1 + this.#table.vicinity(this.#names.of(code) ?? code);
      this.#numbersPlusOne[key] = plusOne;
    }
    return plusOne - 1;
  }
}

// GeoJSON. A collection's features are cut out one by one, so that a broken one has a line, and a large file
// is never one text.

function readGeoJson(bytes: Uint8Array, start: number, file: string, skipped: SkippedRows): PlaceTable {
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
    if (bytes[at] === bracketClose) return;
    const end = bytes[at] === braceOpen ? skipValue(bytes, at) : undefined;
    if (end === undefined) {
      const line = lineOf(bytes, at);
      let what = `expected a feature, "{", or the end of the list of features, "]"`;
      if (bytes[at] === braceOpen) what = "the feature that begins here has no end; is the file complete?";
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
    const found = bytes.indexOf(newline, at);
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
    const keyEnd = bytes[keyStart] === quote ? skipString(bytes, keyStart) : undefined;
    if (keyEnd === undefined) return undefined;
    const colonAt = skipBlank(bytes, keyEnd);
    if (bytes[colonAt] !== colon) return undefined;
    const valueStart = skipBlank(bytes, colonAt + 1);
    const key = decoder.decode(bytes.subarray(keyStart, keyEnd));
    if (key === '"features"' && bytes[valueStart] === bracketOpen) return valueStart + 1;
    at = skipValue(bytes, valueStart);
  }
  return undefined;
}

function spansLines(bytes: Uint8Array, start: number): boolean {
  const end = skipValue(bytes, start);
  const lineEnd = bytes.indexOf(newline, start);
  return end !== undefined && lineEnd !== -1 && lineEnd < end;
}

/** The first byte from `at` on that is neither white space nor a comma. */
function skipSeparators(bytes: Uint8Array, at: number): number {
  let next = at;
  while (next < bytes.length && (bytes[next] === comma || isBlank(bytes[next] as number))) next++;
  return next;
}

/** Past the JSON value at `start`, by its nesting alone; undefined where the bytes end within it. */
function skipValue(bytes: Uint8Array, start: number): number | undefined {
  let depth = 0;
  let at = start;
  while (at < bytes.length) {
    const byte = bytes[at] as number;
    const isEnd = byte === braceClose || byte === bracketClose;
    if (depth === 0 && (isEnd || byte === comma)) return at;
    if (byte === quote) {
      const end = skipString(bytes, at);
      if (end === undefined) return undefined;
      at = end;
    } else {
      if (byte === braceOpen || byte === bracketOpen) depth++;
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
    if (byte === backslash) at++;
    else if (byte === quote) return at + 1;
  }
  return undefined;
}
