/** A Places service that answers after a while, from the query alone, or not at all. */
import type { PlacesProvider, PlacesQuery } from "../../src/places/provider.ts";
import type { Life } from "./life.ts";
import type { Random } from "./random.ts";
import type { Subject } from "./subject.ts";

/** Places that there are around every point. */
export const PLACES = 5;
const MAX_ANSWER_MS = 400;

/** The name of one of the places around a point. */
export function placeName(latitude: string, longitude: string, number: number): string {
  return `place ${number} at ${latitude} ${longitude}`;
}

export class SimPlaces implements PlacesProvider {
  readonly name = "google";
  /** Whether the service is down. */
  isDown = false;
  readonly #subject: Subject;
  readonly #life: Life;
  readonly #random: Random;

  constructor(subject: Subject, life: Life, random: Random) {
    this.#subject = subject;
    this.#life = life;
    this.#random = random;
  }

  searchKey({ latitude, longitude, radiusKm }: PlacesQuery): string {
    return `${latitude} ${longitude} ${radiusKm}`;
  }

  search(query: PlacesQuery, signal: AbortSignal): Promise<Uint8Array> {
    const { ServiceDownError } = this.#subject;
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      this.#life.after(this.#random.between(1, MAX_ANSWER_MS), () => {
        if (this.isDown) return reject(new ServiceDownError("UNKNOWN_ERROR", "the service is down"));
        resolve(new TextEncoder().encode(this.#answer(query)));
      }, this.#random.unit());
    });
  }

  #answer({ latitude, longitude }: PlacesQuery): string {
    const results = Array.from({ length: PLACES }, (_, i) => ({ name: placeName(latitude, longitude, i) }));
    const text = JSON.stringify({ html_attributions: [], results, status: "OK" }, undefined, 2);
    return this.#random.chance(0.5) ? text : text.replaceAll("\n", "\n\n") + "\n\n";
  }
}
