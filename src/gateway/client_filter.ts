/** Which clients a program wants to hear of. */
import * as v from "valibot";
import { viewAtLine } from "../registry/report_order.ts";
import { startsWith, toBytes } from "../wire/bytes.ts";
import { type ClientReport, readReport } from "./client_report.ts";

/** A part of the earth, its edges included. Where west is more than east it lies across the antimeridian. */
export interface Box {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

const DEGREES = String.raw`-?\d{1,3}(\.\d+)?`;
const BOX = new RegExp(`^${DEGREES},${DEGREES},${DEGREES},${DEGREES}$`);

const boxSchema = v.pipe(
  v.string(),
  v.regex(BOX, "write west,south,east,north in degrees, such as -118.5,34,-118.4,34.1"),
  v.description(
    "Only clients within west,south,east,north, in degrees; west is more than east across the antimeridian.",
  ),
  v.transform(readBox),
  v.check(isOnEarth, "longitudes are -180 to 180, latitudes -90 to 90, and south is not more than north"),
);

/** For the query of a route whose answer can be filtered. */
export const filterEntries = {
  prefix: v.optional(v.pipe(v.string(), v.description("Only clients whose IDs begin so."))),
  box: v.optional(boxSchema),
};

function readBox(text: string): Box {
  const [west = 0, south = 0, east = 0, north = 0] = text.split(",").map(Number);
  return { west, south, east, north };
}

function isOnEarth({ west, south, east, north }: Box): boolean {
  return Math.abs(west) <= 180 && Math.abs(east) <= 180 && south >= -90 && south <= north && north <= 90;
}

/** Whether the box holds the place. The meridians 180 and -180 are one. */
export function isWithin(box: Box, latitude: number, longitude: number): boolean {
  if (latitude < box.south || latitude > box.north) return false;
  return isBetween(box, longitude) || (Math.abs(longitude) === 180 && isBetween(box, -longitude));
}

function isBetween({ west, east }: Box, longitude: number): boolean {
  return west <= east ? longitude >= west && longitude <= east : longitude >= west || longitude <= east;
}

export class ClientFilter {
  readonly #prefix: Uint8Array;
  readonly #box: Box | undefined;

  constructor(
    { prefix = "", box }: { readonly prefix?: string | undefined; readonly box?: Box | undefined },
  ) {
    this.#prefix = toBytes(prefix);
    this.#box = box;
  }

  /** The report in the AT line `line`, if its client is wanted. */
  read(line: Uint8Array): ClientReport | undefined {
    if (this.#prefix.length > 0) {
      const { idStart, idEnd } = viewAtLine(line, 0, line.length);
      if (!startsWith(line, idStart, idEnd, this.#prefix)) return undefined;
    }
    const report = readReport(line);
    const isWanted = this.#box === undefined || isWithin(this.#box, report.latitude, report.longitude);
    return isWanted ? report : undefined;
  }
}
