/**
 * What every source of places offers, whatever stands behind it: an answer in
 * the format of a Google Places Nearby Search response, as bytes.
 */

import type { OutBuffer } from "../wire/render.ts";

/** A point on the earth and a circle around it. The texts are the client's own bytes, already checked. */
export interface PlacesQuery {
  /** Decimal degrees, for example `34.068930` or `-34`; no `+`. */
  readonly latitude: string;
  /** Decimal degrees, for example `-118.445127`; no `+`. */
  readonly longitude: string;
  /** Plain decimal, more than 0 and at most 50, for example `10` or `0.5`. */
  readonly radiusKm: string;
  /** 1 to 20. */
  readonly bound: number;
}

/** The statuses of a Nearby Search response (Google's reference for the Places API). */
export type PlacesStatus =
  | "OK"
  | "ZERO_RESULTS"
  | "INVALID_REQUEST"
  | "OVER_QUERY_LIMIT"
  | "REQUEST_DENIED"
  | "UNKNOWN_ERROR";

/** Why a search brought nothing, for a person to read. Its message never holds a key, or any URL. */
export class PlacesError extends Error {
  override readonly name = "PlacesError";
  readonly status: PlacesStatus;
  constructor(status: PlacesStatus, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

export interface PlacesProvider {
  /** Its name on the command line. */
  readonly name: "embedded" | "google" | "google-new" | "overpass";
  /**
   * Two queries with one key are one search, whose answer both may have. (Google's Nearby Search takes no
   * bound, so there the bound is not part of it.)
   */
  searchKey(query: PlacesQuery): string;
  /**
   * Searches. Resolves with JSON text in UTF-8, in the Nearby Search format, as the service sent it and not yet
   * cut to the bound. `signal` gives up, and cancels what is unread.
   * @throws {PlacesError} whenever there is no such answer.
   */
  search(query: PlacesQuery, signal: AbortSignal): Promise<Uint8Array>;
  /**
   * Only of a provider that has its places at hand: appends the same to `out`, without a wait, already cut to the
   * bound and ready to be sent.
   * @returns the status that it says.
   */
  answer?(query: PlacesQuery, out: OutBuffer): PlacesStatus;
}
