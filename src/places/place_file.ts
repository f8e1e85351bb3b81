/**
 * Reads a user's own places (`--places-file`): a GeoNames dump (tab-separated, 19 columns) or GeoJSON points
 * (a FeatureCollection, or features one a line). Which of them it is shows in the content. Both are read from
 * the bytes, row by row, into columns; a GeoNames dump of a million rows makes no million objects.
 */
import { readGeoJson } from "./geojson.ts";
import { readGeoNames } from "./geonames.ts";
import { OPEN_BRACE } from "./json_bytes.ts";
import type { PlaceTable } from "./place_index.ts";
import { hasByteOrderMark, PlacesFileError, skipBlank, type SkippedRow, SkippedRows } from "./place_rows.ts";

const K = 0x4b, P = 0x50;

export interface PlacesFile {
  readonly format: "geonames" | "geojson";
  readonly places: PlaceTable;
  /** How many rows were left out. */
  readonly skipped: number;
  readonly firstSkipped: SkippedRow | undefined;
}

const WANTED = "it should be a GeoNames dump (19 tab-separated columns) or GeoJSON Point features";

/**
 * Reads a places file. Rows that cannot be used are counted and left out.
 * @param bytes The file's content, UTF-8 with or without a byte order mark.
 * @param file Its name, for error messages.
 * @throws {PlacesFileError} when it is empty, has no usable row, or is GeoJSON that is broken off.
 */
export function readPlacesFile(bytes: Uint8Array, file: string): PlacesFile {
  const start = skipBlank(bytes, hasByteOrderMark(bytes) ? 3 : 0);
  if (start === bytes.length) throw new PlacesFileError(`${file}: the file is empty; ${WANTED}`);
  if (bytes[0] === P && bytes[1] === K && bytes[2] === 3) {
    throw new PlacesFileError(`${file}: this is a zip archive; unpack it and name the file inside`);
  }
  const tally = new SkippedRows(bytes);
  const isJson = bytes[start] === OPEN_BRACE;
  const places = isJson ? readGeoJson(bytes, start, file, tally) : readGeoNames(bytes, tally);
  const { count: skipped, first: firstSkipped } = tally;
  if (places.size === 0) {
    const where = firstSkipped === undefined ? "" : `line ${firstSkipped.line}: ${firstSkipped.reason}; `;
    throw new PlacesFileError(`${file}: ${where}no row of the file is a place; ${WANTED}`);
  }
  return { format: isJson ? "geojson" : "geonames", places, skipped, firstSkipped };
}
