/** A Places service and bodies that tests hold in their hands: no network, no real time. */

import type { HttpAccess } from "../../src/places/http.ts";
import type { PlacesQuery } from "../../src/places/provider.ts";
import { FakeClock } from "../fake_clock.ts";

export const QUERY: PlacesQuery = {
  latitude: "34.068930",
  longitude: "-118.445127",
  radiusKm: "10",
  bound: 5,
};

/** A signal that nobody aborts. */
export function calm(): AbortSignal {
  return new AbortController().signal;
}

export interface SeenRequest {
  readonly url: string;
  readonly init: RequestInit;
}

/** What the service does with a request. */
export type Answering = (request: SeenRequest) => Response | Promise<Response>;

/** A service that answers as told, and keeps what it was asked. */
export class FakeService {
  readonly requests: SeenRequest[] = [];
  readonly clock = new FakeClock();
  readonly #answering: Answering;

  constructor(answering: Answering) {
    this.#answering = answering;
  }

  /** The last request. */
  get request(): SeenRequest {
    const last = this.requests.at(-1);
    if (last === undefined) throw new Error("nothing was asked");
    return last;
  }

  access(limits: Partial<HttpAccess["limits"]> = {}): HttpAccess {
    return {
      fetch: async (url, init) => {
        const request = { url, init };
        this.requests.push(request);
        return await this.#answering(request);
      },
      clock: this.clock,
      limits: { placesMs: 5_000, placesBytes: 1_048_576, ...limits },
    };
  }
}

/** A service whose every answer has this body. */
export function answering(body: BodyInit, status = 200): FakeService {
  return new FakeService(() => new Response(body, { status }));
}

/** A service that takes requests and never answers; like the native `fetch` it rejects when aborted. */
export function silent(): FakeService {
  return new FakeService(({ init }) =>
    new Promise((_, reject) => {
      init.signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
    })
  );
}

/** A service that cannot be asked: `fetch` rejects with `error`. */
export function failing(error: unknown): FakeService {
  return new FakeService(() => Promise.reject(error));
}

/** A body to be watched. */
export interface WatchedBody {
  readonly stream: ReadableStream<Uint8Array>;
  /** Resolves when somebody waits for bytes. */
  readonly wanted: Promise<void>;
  readonly isCancelled: () => boolean;
  readonly bytesGiven: () => number;
}

/** A body of `chunk`s without end; a stalled one where there is no chunk. */
export function endlessBody(chunk?: Uint8Array<ArrayBuffer>): WatchedBody {
  const wanted = Promise.withResolvers<void>();
  let cancelled = false;
  let given = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      wanted.resolve();
      if (chunk === undefined) return new Promise<void>(() => {});
      given += chunk.length;
      controller.enqueue(chunk);
    },
    cancel() {
      cancelled = true;
    },
  }, { highWaterMark: 0 });
  return { stream, wanted: wanted.promise, isCancelled: () => cancelled, bytesGiven: () => given };
}

/** All that a thrown value shows to whoever logs it: its text, stack, causes and properties. */
export function everythingIn(error: unknown, depth = 0): string {
  if (!(error instanceof Error) || depth > 5) return String(error);
  const properties = Object.getOwnPropertyNames(error).filter((name) => name !== "cause").map((name) => {
    return `${name}=${String(Reflect.get(error, name))}`;
  });
  return [String(error), ...properties, everythingIn(error.cause, depth + 1)].join("\n");
}

export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

export function textOf(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

export function jsonOf(bytes: Uint8Array): unknown {
  return JSON.parse(textOf(bytes));
}
