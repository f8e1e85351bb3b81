/** How many HTTP requests were answered, by route and status: as many numbers as routes have statuses, whoever asks. */

export interface HttpCount {
  /** Such as `GET`; `none` where there was no such route. */
  readonly method: string;
  /** Such as `/clients/{id}`. */
  readonly route: string;
  readonly status: number;
  readonly requests: number;
}

export class HttpCounts {
  readonly #counts = new Map<string, HttpCount>();

  /** @param spec the route that answered. */
  add(spec: { readonly method: string; readonly path: string } | undefined, status: number): void {
    const method = spec?.method.toUpperCase() ?? "none";
    const route = spec?.path ?? "none";
    const key = `${method} ${route} ${status}`;
    const requests = (this.#counts.get(key)?.requests ?? 0) + 1;
    this.#counts.set(key, { method, route, status, requests });
  }

  get all(): Iterable<HttpCount> {
    return this.#counts.values();
  }
}
