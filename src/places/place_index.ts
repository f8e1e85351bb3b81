/**
 * Many places in little memory: `PlaceTable` holds them in columns (about 40 bytes a place and its name), and
 * `PlaceIndex` finds the nearest of them.
 */

import Flatbush from "flatbush";
import { around } from "geoflatbush";
import type { NearbyResult } from "./nearby_search.ts";

/** Entries of a node. Half of Flatbush's own default: a search for few among many looks at fewer points. */
const NODE_SIZE = 8;

/** Finds points on the sphere by distance. It knows them by their row numbers, from 0. */
export class PlaceIndex {
  /** Absent where there is no point: Flatbush refuses to hold none. */
  readonly #tree: Flatbush | undefined;

  /** Both in decimal degrees, -90 to 90 and -180 to 180, row by row. They are not kept. */
  constructor(latitudes: Float64Array, longitudes: Float64Array) {
    if (latitudes.length === 0) return;
    const tree = new Flatbush(latitudes.length, NODE_SIZE);
    for (let row = 0; row < latitudes.length; row++) {
      tree.add(longitudes[row] as number, latitudes[row] as number);
    }
    tree.finish();
    this.#tree = tree;
  }

  /**
   * The rows of at most `limit` points within `radiusKm` of a point, nearest first. Points equally far (to
   * about ten centimeters) come in an order that is the same at every call.
   */
  nearest(latitude: number, longitude: number, radiusKm: number, limit: number): readonly number[] {
    if (this.#tree === undefined || limit < 1) return [];
    return around(this.#tree, longitude, latitude, limit, radiusKm);
  }
}

/** The columns of a `PlaceTable`; each array has one entry a row, but for `names`. */
interface Columns {
  readonly latitudes: Float64Array;
  readonly longitudes: Float64Array;
  readonly ids: Uint32Array;
  /** Every name in UTF-8, one behind the other. */
  readonly names: Uint8Array;
  /** Where in `names` the row's name ends. */
  readonly nameEnds: Uint32Array;
  /** Which of the type lists. */
  readonly types: Uint16Array;
  /** Which of the vicinities. */
  readonly vicinities: Uint32Array;
}

/** The texts that many rows share. */
interface SharedTexts {
  readonly idPrefix: string;
  readonly types: readonly (readonly string[])[];
  /** "" for none. */
  readonly vicinities: readonly string[];
}

const decoder = new TextDecoder();

/** Places by row number, from 0. */
export interface Places {
  /** Decimal degrees, row by row. */
  readonly latitudes: Float64Array;
  /** Decimal degrees, row by row. */
  readonly longitudes: Float64Array;
  /** The place of one row, which must be there. */
  result(row: number): NearbyResult;
}

/** Places in columns. A `PlaceTableBuilder` makes it. */
export class PlaceTable implements Places {
  readonly #columns: Columns;
  readonly #shared: SharedTexts;

  constructor(columns: Columns, shared: SharedTexts) {
    this.#columns = columns;
    this.#shared = shared;
  }

  /** How many places. */
  get size(): number {
    return this.#columns.ids.length;
  }

  get latitudes(): Float64Array {
    return this.#columns.latitudes;
  }

  get longitudes(): Float64Array {
    return this.#columns.longitudes;
  }

  result(row: number): NearbyResult {
    const columns = this.#columns;
    const nameStart = row === 0 ? 0 : columns.nameEnds[row - 1];
    const vicinity = this.#shared.vicinities[columns.vicinities[row] as number];
    return {
      name: decoder.decode(columns.names.subarray(nameStart, columns.nameEnds[row])),
      placeId: this.#shared.idPrefix + columns.ids[row],
      latitude: columns.latitudes[row] as number,
      longitude: columns.longitudes[row] as number,
      types: this.#shared.types[columns.types[row] as number] ?? [],
      ...(vicinity ? { vicinity } : {}),
    };
  }
}

/** What one row has besides its name. */
export interface PlaceRow {
  /** Decimal degrees, -90 to 90. */
  readonly latitude: number;
  /** Decimal degrees, -180 to 180. */
  readonly longitude: number;
  /** A whole number below 2^32, part of the place's ID. */
  readonly id: number;
  /** From `PlaceTableBuilder.types`. */
  readonly types: number;
  /** From `PlaceTableBuilder.vicinity`. */
  readonly vicinity: number;
}

/** Gathers places into columns that grow by doubling: a million rows are a few arrays, not a million. */
export class PlaceTableBuilder {
  readonly #idPrefix: string;
  readonly #types: (readonly string[])[] = [];
  readonly #vicinities: string[] = [];
  readonly #vicinityNumbers = new Map<string, number>();
  #columns: Columns = emptyColumns;
  #size = 0;
  #nameBytes = 0;

  /** `idPrefix` begins every place's ID, for example `geonames:`. */
  constructor(idPrefix: string) {
    this.#idPrefix = idPrefix;
  }

  /** A number for a list of types, for `PlaceRow.types`. Each call makes a new one; at most 65,536. */
  types(types: readonly string[]): number {
    return this.#types.push(types) - 1;
  }

  /** The number of a vicinity ("" for none), for `PlaceRow.vicinity`; the same text has the same number. */
  vicinity(text: string): number {
    let number = this.#vicinityNumbers.get(text);
    if (number === undefined) {
      number = this.#vicinities.push(text) - 1;
      this.#vicinityNumbers.set(text, number);
    }
    return number;
  }

  /** Adds a place whose name is the UTF-8 from `nameStart` to `nameEnd` of `bytes`; it is copied. */
  add(row: PlaceRow, bytes: Uint8Array, nameStart: number, nameEnd: number): void {
    const { latitude, longitude, id, types, vicinity } = row;
    const at = this.#size;
    const namesEnd = this.#nameBytes + nameEnd - nameStart;
    if (at === this.#columns.ids.length || namesEnd > this.#columns.names.length) this.#grow(namesEnd);
    const columns = this.#columns;
    columns.latitudes[at] = latitude;
    columns.longitudes[at] = longitude;
    columns.ids[at] = id;
    columns.types[at] = types;
    columns.vicinities[at] = vicinity;
    columns.nameEnds[at] = namesEnd;
    for (let from = nameStart, to = this.#nameBytes; from < nameEnd; from++, to++) {
      columns.names[to] = bytes[from] as number;
    }
    this.#nameBytes = namesEnd;
    this.#size = at + 1;
  }

  /** The table of all that was added. The builder is not used again. */
  build(): PlaceTable {
    return new PlaceTable(resize(this.#columns, this.#size, this.#nameBytes), {
      idPrefix: this.#idPrefix,
      types: this.#types,
      vicinities: this.#vicinities,
    });
  }

  #grow(neededNameBytes: number): void {
    const { ids, names } = this.#columns;
    const rows = this.#size === ids.length ? Math.max(1024, 2 * ids.length) : ids.length;
    const nameBytes = neededNameBytes > names.length
      ? Math.max(16 * 1024, 2 * neededNameBytes)
      : names.length;
    this.#columns = resize(this.#columns, rows, nameBytes);
  }
}

const emptyColumns: Columns = {
  latitudes: new Float64Array(0),
  longitudes: new Float64Array(0),
  ids: new Uint32Array(0),
  names: new Uint8Array(0),
  nameEnds: new Uint32Array(0),
  types: new Uint16Array(0),
  vicinities: new Uint32Array(0),
};

/** `columns` with room for `rows` and `nameBytes`, cut there where they are longer. */
function resize(columns: Columns, rows: number, nameBytes: number): Columns {
  return {
    latitudes: fill(new Float64Array(rows), columns.latitudes),
    longitudes: fill(new Float64Array(rows), columns.longitudes),
    ids: fill(new Uint32Array(rows), columns.ids),
    names: fill(new Uint8Array(nameBytes), columns.names),
    nameEnds: fill(new Uint32Array(rows), columns.nameEnds),
    types: fill(new Uint16Array(rows), columns.types),
    vicinities: fill(new Uint32Array(rows), columns.vicinities),
  };
}

function fill<T extends Float64Array | Uint32Array | Uint16Array | Uint8Array>(target: T, source: T): T {
  target.set(source.subarray(0, target.length));
  return target;
}
