/** From what the user chose to the source of places that answers. */

import { GoogleNewProvider } from "./google_new.ts";
import { GoogleProvider } from "./google.ts";
import type { HttpAccess } from "./http.ts";
import { OverpassProvider } from "./overpass.ts";
import type { PlacesProvider } from "./provider.ts";

export type PlacesName = PlacesProvider["name"];

const NAMES: readonly PlacesName[] = ["embedded", "google", "google-new", "overpass"];

/** A choice of the user's that cannot be. The message is one line, for a person, and never holds a key. */
export class PlacesChoiceError extends Error {
  override readonly name = "PlacesChoiceError";
}

export interface PlacesChoice {
  /** `--places`; without it Google where there is a key, else what is embedded. */
  readonly name?: PlacesName | undefined;
  /** `GOOGLE_PLACES_API_KEY`; an empty one is none. */
  readonly key?: string | undefined;
  /** `--places-url`: the scheme and host to ask in place of the service's own; without meaning for embedded. */
  readonly baseUrl?: string | undefined;
}

/** What providers are made from. */
export interface PlacesSources extends HttpAccess {
  /** Makes the provider that asks no service. */
  readonly embedded: () => PlacesProvider;
}

/**
 * The name that `text` gives to a provider.
 * @throws {PlacesChoiceError} when there is none of that name.
 */
export function parsePlacesName(text: string): PlacesName {
  const name = NAMES.find((known) => known === text);
  if (name !== undefined) return name;
  throw new PlacesChoiceError(`--places ${JSON.stringify(text)} is unknown: use one of ${NAMES.join(", ")}`);
}

/**
 * The provider that was chosen.
 * @throws {PlacesChoiceError} when the choice lacks something or contradicts itself.
 */
export function makeProvider(choice: PlacesChoice, sources: PlacesSources): PlacesProvider {
  const key = choice.key === "" ? undefined : choice.key;
  const name = choice.name ?? (key === undefined ? "embedded" : "google");
  const base = choice.baseUrl === undefined ? undefined : checkedBase(choice.baseUrl);
  switch (name) {
    case "embedded":
      return sources.embedded();
    case "google":
      return new GoogleProvider(sources, checkedKey(name, key), base);
    case "google-new":
      return new GoogleNewProvider(sources, checkedKey(name, key), base);
    case "overpass":
      return new OverpassProvider(sources, base);
  }
}

function checkedKey(name: PlacesName, key: string | undefined): string {
  if (key === undefined) {
    throw new PlacesChoiceError(
      `--places ${name} needs a key: set GOOGLE_PLACES_API_KEY in the environment, or use --places embedded`,
    );
  }
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new PlacesChoiceError(
      "GOOGLE_PLACES_API_KEY holds white space or other characters that no key has: copy it again",
    );
  }
  return key;
}

/** The scheme and host of a base that has nothing else. It is not quoted in the error: a key may stand in it. */
function checkedBase(base: string): string {
  const url = /^https?:\/\/[^\s/?#@\\]+\/?$/i.test(base) && URL.canParse(base) ? new URL(base) : undefined;
  if (url !== undefined) return url.origin;
  throw new PlacesChoiceError(
    "--places-url takes only the scheme and host of an http or https service, such as http://127.0.0.1:8080",
  );
}
