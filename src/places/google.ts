/** Google's Places API, Nearby Search (the legacy service): its bytes are passed on as they came. */

import { toText } from "../wire/bytes.ts";
import { type ScannedResponse, scanResponse, ShapeError } from "./cut.ts";
import { fetchBounded, type HttpAccess } from "./http.ts";
import { PlacesError, type PlacesProvider, type PlacesQuery, type PlacesStatus } from "./provider.ts";

const GOOGLE_BASE = "https://maps.googleapis.com";

const STATUSES: readonly string[] = [
  "OK",
  "ZERO_RESULTS",
  "INVALID_REQUEST",
  "OVER_QUERY_LIMIT",
  "REQUEST_DENIED",
  "UNKNOWN_ERROR",
] satisfies PlacesStatus[];

/** A key shorter than this is looked for as a word of its own. Google's have 39 characters. */
const SHORT_KEY = 12;
/** Longest part of a service's message that is told on. */
const MAX_MESSAGE = 300;

export class GoogleProvider implements PlacesProvider {
  readonly name = "google";
  readonly #access: HttpAccess;
  readonly #key: ApiKey;
  readonly #base: string;

  /** @param base scheme and host, without a slash at the end. */
  constructor(access: HttpAccess, key: string, base: string = GOOGLE_BASE) {
    this.#access = access;
    this.#key = new ApiKey(key);
    this.#base = base;
  }

  searchKey(query: PlacesQuery): string {
    return `${query.latitude},${query.longitude},${metersOf(query.radiusKm)}`;
  }

  async search(query: PlacesQuery, signal: AbortSignal): Promise<Uint8Array> {
    const { latitude, longitude, radiusKm } = query;
    const where = `location=${latitude},${longitude}&radius=${metersOf(radiusKm)}`;
    const url = `${this.#base}/maps/api/place/nearbysearch/json?${where}&key=${this.#key.forUrl()}`;
    const body = await fetchBounded(this.#access, { method: "GET", url }, signal);
    return this.#judged(body);
  }

  /** The answer, when it may be passed on as it is. */
  #judged(body: Uint8Array): Uint8Array {
    const response = scan(body);
    const { status, errorMessage, resultCount } = response;
    const leaks = this.#key.occursIn(toText(body));
    if (status === "OK" || status === "ZERO_RESULTS") {
      if (leaks) {
        throw new PlacesError("UNKNOWN_ERROR", "the Places service sent the key back: answer withheld");
      }
      return body;
    }
    if (!leaks && isStatus(status) && resultCount === 0 && errorMessage) return body;
    throw this.#failure(status, errorMessage);
  }

  #failure(status: string, errorMessage: string | undefined): PlacesError {
    const known = isStatus(status) ? status : "UNKNOWN_ERROR";
    const cause = errorMessage ? this.#key.redact(errorMessage) : `the Places service answered ${known}`;
    return new PlacesError(known, cause);
  }
}

function scan(body: Uint8Array): ScannedResponse {
  try {
    return scanResponse(body, 0);
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new PlacesError("UNKNOWN_ERROR", `the Places service sent ${error.message}`);
  }
}

function isStatus(status: string): status is PlacesStatus {
  return STATUSES.includes(status);
}

/** Kilometers as meters, exactly: the point moves by three digits. `0.5` is `500`, `010` is `10000`. */
export function metersOf(km: string): string {
  const [whole = "", fraction = ""] = km.split(".");
  const digits = fraction.padEnd(3, "0");
  const meters = (whole + digits.slice(0, 3)).replace(/^0+(?=\d)/, "");
  const rest = digits.slice(3).replace(/0+$/, "");
  return rest === "" ? meters : `${meters}.${rest}`;
}

/** A key that only requests show: not a message, not a dump of the object that holds it. */
export class ApiKey {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  forUrl(): string {
    return encodeURIComponent(this.#text);
  }

  forHeader(): string {
    return this.#text;
  }

  /** Whether a text of the service's holds the key: as it is, or percent-encoded or escaped, up to three times. */
  occursIn(text: string): boolean {
    let form = text;
    for (let round = 0; round < 3; round++) {
      const plain = withoutEscapes(form);
      const decoded = withoutPercents(plain);
      if ([form, plain, withoutPercents(form), decoded].some((one) => this.#isIn(one))) return true;
      if (decoded === form) return false;
      form = decoded;
    }
    return false;
  }

  /** A service's message fit to be told on: one line, not long, and without the key or any URL. */
  redact(message: string): string {
    const line = message.replaceAll(/[\s\p{Cc}]+/gu, " ").replaceAll(/\w+:\/\/[^\s<>"]+/g, "(a link)");
    const redacted = line.replaceAll(this.#text, "(key)").replaceAll(this.forUrl(), "(key)").trim();
    if (this.occursIn(redacted)) return "the Places service's message is withheld: the key was in it";
    return redacted.length > MAX_MESSAGE ? `${redacted.slice(0, MAX_MESSAGE)}…` : redacted;
  }

  #isIn(text: string): boolean {
    const key = this.#text;
    for (let at = text.indexOf(key); at !== -1; at = text.indexOf(key, at + 1)) {
      if (key.length >= SHORT_KEY) return true;
      const around = text.slice(Math.max(0, at - 1), at) + text.slice(at + key.length, at + key.length + 1);
      if (!/\w/.test(around)) return true;
    }
    return false;
  }
}

function withoutEscapes(json: string): string {
  if (!json.includes("\\")) return json;
  return json.replaceAll(/\\(?:u([0-9a-fA-F]{4})|(["\\/]))/g, (_, hex?: string, char?: string) => {
    return char ?? String.fromCharCode(parseInt(hex ?? "0", 16));
  });
}

function withoutPercents(text: string): string {
  if (!text.includes("%")) return text;
  return text.replaceAll(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}
