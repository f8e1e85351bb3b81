/**
 * GeoNames dumps. Columns: geonameid, name, asciiname, alternatenames, latitude, longitude, feature class, feature
 * code, country code, and ten more.
 */
import { isDigit, LF, MINUS, POINT, ZERO } from "../wire/bytes.ts";
import { TAB } from "./json_bytes.ts";
import { typesOfKind } from "./nearby_search.ts";
import { type PlaceTable, PlaceTableBuilder } from "./place_index.ts";
import { hasByteOrderMark, skipBlank, type SkippedRows } from "./place_rows.ts";

const COLUMNS = 19;
const A = 0x41, Z = 0x5a;

const decoder = new TextDecoder();

/** The places of a dump, row by row. */
export function readGeoNames(bytes: Uint8Array, skipped: SkippedRows): PlaceTable {
  const reader = new GeoNamesReader(bytes, skipped);
  const tabs = new Float64Array(COLUMNS);
  let start = hasByteOrderMark(bytes) ? 3 : 0;
  while (start < bytes.length) {
    let tabCount = 0;
    let end = start;
    for (; end < bytes.length; end++) {
      const byte = bytes[end] as number;
      if (byte > LF) continue;
      if (byte === LF) break;
      if (byte === TAB) tabs[Math.min(tabCount++, COLUMNS - 1)] = end;
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
    if (columns !== COLUMNS) {
      if (skipBlank(this.#bytes, start) >= end) return;
      const count = columns === 1 ? "1 tab-separated column" : `${columns} tab-separated columns`;
      this.#skipped.add(start, `has ${count}, where a GeoNames row has ${COLUMNS}`);
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
const EXACT_DIGITS = 15;

/** A plain decimal number from the bytes, or NaN. */
function parseDecimal(bytes: Uint8Array, start: number, end: number): number {
  const isNegative = bytes[start] === MINUS;
  let digits = 0;
  let value = 0;
  let scale = 1;
  let pointSeen = false;
  for (let at = isNegative ? start + 1 : start; at < end; at++) {
    const byte = bytes[at] as number;
    if (isDigit(byte)) {
      value = 10 * value + (byte - ZERO);
      if (pointSeen) scale *= 10;
      digits++;
    } else if (byte === POINT && !pointSeen) {
      pointSeen = true;
    } else {
      return NaN;
    }
  }
  if (digits === 0) return NaN;
  if (digits > EXACT_DIGITS) return Number(decoder.decode(bytes.subarray(start, end)));
  return (isNegative ? -value : value) / scale;
}

/** What GeoNames' feature codes are called at Google, as far as there is a word for them. */
const KIND_OF_CODE: ReadonlyMap<string, string> = new Map([
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

/** The kind of a whole feature class, for the codes that are not in `KIND_OF_CODE`. */
const KIND_OF_CLASS: ReadonlyMap<string, string> = new Map([
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
  return KIND_OF_CODE.get(code) ?? KIND_OF_CLASS.get(code.slice(0, 1)) ?? "point_of_interest";
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
    const first = bytes[start] as number - A;
    const second = bytes[start + 1] as number - A;
    const letters = Z - A;
    if (end - start !== 2 || !(first >= 0 && first <= letters && second >= 0 && second <= letters)) {
      return this.#none;
    }
    const key = 26 * first + second;
    let plusOne = this.#numbersPlusOne[key] as number;
    if (plusOne === 0) {
      const code = String.fromCharCode(A + first, A + second);
      plusOne = 1 + this.#table.vicinity(this.#names.of(code) ?? code);
      this.#numbersPlusOne[key] = plusOne;
    }
    return plusOne - 1;
  }
}

/** The text of a field as a message shows it: in quotes, on one line, not too long. */
function shown(bytes: Uint8Array, start: number, end: number): string {
  const text = decoder.decode(bytes.subarray(start, Math.min(end, start + 60)));
  return JSON.stringify(end - start > 60 ? text + "…" : text);
}
