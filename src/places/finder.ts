/** Finds places for all sessions of a server: shares equal searches, bounds how many are under way, always answers. */

import type { LimitHits } from "../limit_hits.ts";
import type { Limits } from "../limits.ts";
import type { Clock } from "../runtime/runtime.ts";
import type { OutBuffer } from "../wire/render.ts";
import { Breaker } from "./breaker.ts";
import { cutResults, cutScanned, scanResponse, ShapeError } from "./cut.ts";
import { ServiceDownError } from "./http.ts";
import { renderNearbySearch } from "./nearby_search.ts";
import { PlacesError, type PlacesProvider, type PlacesQuery, type PlacesStatus } from "./provider.ts";

/** What a search brought: a status that is none of those that are known is `OTHER`. */
export type SearchedStatus = PlacesStatus | "OTHER";

export interface FinderOptions {
  /**
   * Called with what each search brought that was handed to the provider and not given up, and how long that took, in
   * milliseconds: undefined for an answer that was at hand, for which no clock is read.
   */
  readonly onSearched?: (status: SearchedStatus, ms: number | undefined) => void;
  /** Called with what a provider must not throw: a bug, for the log. */
  readonly onUnexpected?: (error: unknown) => void;
  readonly limitHits?: LimitHits;
}

const WITHIN_HERD = "the search for places failed within herd";

/** The statuses that say why there is no answer. */
export type FailureStatus = Exclude<PlacesStatus, "OK" | "ZERO_RESULTS">;

/** What a finder has done since it was made, and does now. */
export interface FinderCounters {
  /** Searches handed to the provider. */
  readonly searches: number;
  /** Callers that were given another caller's search. */
  readonly shared: number;
  /** Searches not handed to the provider because the service is down and rests. */
  readonly spared: number;
  /** Searches given up because every caller had left. */
  readonly abandoned: number;
  /** Searches that brought an error, by its status. */
  readonly failures: Readonly<Record<FailureStatus, number>>;
  /** Searches in line now. */
  readonly waiting: number;
  /** Searches under way now. */
  readonly underWay: number;
}

/** Someone who waits for an answer cut to `bound`. */
interface Caller {
  readonly bound: number;
  answer(json: Uint8Array): void;
}

/** One search and all who wait for it. */
interface Search {
  readonly key: string;
  readonly query: PlacesQuery;
  readonly callers: Set<Caller>;
  /** Made when the provider is asked: aborts that. */
  controller: AbortController | undefined;
}

/** What came of a search. */
interface Outcome {
  /** Absent for an answer. */
  readonly failure?: FailureStatus;
  readonly status: SearchedStatus;
  /** The text to be sent to one who asked with `bound`. */
  cutTo(bound: number): Uint8Array;
}

export class PlacesFinder {
  readonly #provider: PlacesProvider;
  readonly #maxUnderWay: number;
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #onUnexpected: (error: unknown) => void;
  readonly #onSearched: NonNullable<FinderOptions["onSearched"]>;
  readonly #breaker: Breaker;
  readonly #limitHits: LimitHits | undefined;
  /** Every search that a further caller may share, by its key. */
  readonly #open = new Map<string, Search>();
  /** Those not handed to the provider yet, first come first served. */
  readonly #line = new Set<Search>();
  readonly #failures: Record<FailureStatus, number> = {
    INVALID_REQUEST: 0,
    OVER_QUERY_LIMIT: 0,
    REQUEST_DENIED: 0,
    UNKNOWN_ERROR: 0,
  };
  #underWay = 0;
  #searches = 0;
  #shared = 0;
  #spared = 0;
  #abandoned = 0;

  constructor(
    provider: PlacesProvider,
    limits: Pick<Limits, "searches" | "breakerFailures" | "breakerMs">,
    clock: Pick<Clock, "monotonicMs">,
    options: FinderOptions = {},
  ) {
    this.#provider = provider;
    this.#maxUnderWay = limits.searches;
    this.#clock = clock;
    this.#onUnexpected = options.onUnexpected ?? (() => {});
    this.#onSearched = options.onSearched ?? (() => {});
    this.#limitHits = options.limitHits;
    this.#breaker = new Breaker(limits);
  }

  /**
   * Resolves with JSON text in the Nearby Search format, cut to the query's bound, ready to be sent but for the two
   * newlines behind it: every run of LF is one, and none is at either end. Whatever fails is such a text too, with
   * no results and an `error_message`. The bytes may be another caller's as well: not to be changed.
   * @param signal gives up; the promise then rejects with its reason, and for no other cause.
   */
  find(query: PlacesQuery, signal: AbortSignal): Promise<Uint8Array> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const key = this.#provider.searchKey(query);
    const shared = this.#open.get(key);
    if (shared !== undefined) {
      this.#shared++;
      return this.#join(shared, query.bound, signal);
    }
    const search: Search = { key, query, callers: new Set(), controller: undefined };
    this.#open.set(key, search);
    this.#line.add(search);
    const answer = this.#join(search, query.bound, signal);
    this.#admit();
    if (this.#line.has(search)) this.#limitHits?.hit("searches");
    return answer;
  }

  /**
   * Appends to `out` what `find` would resolve with, where the provider can tell it at once.
   * @returns whether it could; if not, nothing was done.
   */
  answer(query: PlacesQuery, out: OutBuffer): boolean {
    const provider = this.#provider;
    if (provider.answer === undefined) return false;
    this.#searches++;
    const start = out.length;
    try {
      this.#onSearched(provider.answer(query, out), undefined);
    } catch (error) {
      out.length = start;
      this.#failures.UNKNOWN_ERROR++;
      this.#onSearched("UNKNOWN_ERROR", undefined);
      out.append(failed("UNKNOWN_ERROR", WITHIN_HERD).cutTo(0));
      this.#onUnexpected(error);
    }
    return true;
  }

  get counters(): FinderCounters {
    return {
      searches: this.#searches,
      shared: this.#shared,
      spared: this.#spared,
      abandoned: this.#abandoned,
      failures: { ...this.#failures },
      waiting: this.#line.size,
      underWay: this.#underWay,
    };
  }

  #join(search: Search, bound: number, signal: AbortSignal): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const caller: Caller = {
        bound,
        answer(json) {
          signal.removeEventListener("abort", leave);
          resolve(json);
        },
      };
      const leave = () => {
        reject(signal.reason);
        search.callers.delete(caller);
        if (search.callers.size === 0) this.#abandon(search);
      };
      signal.addEventListener("abort", leave, { once: true });
      search.callers.add(caller);
    });
  }

  /** Nobody waits any more. What was handed to the provider keeps its place until the provider lets go of it. */
  #abandon(search: Search): void {
    this.#abandoned++;
    this.#open.delete(search.key);
    this.#line.delete(search);
    search.controller?.abort();
  }

  /** Takes searches out of the line as long as there is room. */
  #admit(): void {
    for (const search of this.#line) {
      if (this.#underWay >= this.#maxUnderWay) return;
      this.#line.delete(search);
      const down = this.#breaker.refuses(this.#clock.monotonicMs());
      if (down === undefined) {
        void this.#run(search);
      } else {
        this.#spared++;
        this.#limitHits?.hit("breakerFailures");
        this.#settle(search, failed("UNKNOWN_ERROR", down));
      }
    }
  }

  async #run(search: Search): Promise<void> {
    const controller = new AbortController();
    search.controller = controller;
    this.#underWay++;
    this.#searches++;
    const startMs = this.#clock.monotonicMs();
    let outcome: Outcome;
    let bug: { readonly error: unknown } | undefined;
    try {
      outcome = outcomeOf(await this.#provider.search(search.query, controller.signal), search.query.bound);
      this.#breaker.answered();
    } catch (error) {
      outcome = this.#failureOf(error, controller.signal);
      if (!(error instanceof PlacesError) && !controller.signal.aborted) bug = { error };
    }
    this.#underWay--;
    if (!controller.signal.aborted) {
      if (outcome.failure !== undefined) this.#failures[outcome.failure]++;
      this.#onSearched(outcome.status, this.#clock.monotonicMs() - startMs);
      this.#settle(search, outcome);
    }
    this.#admit();
    if (bug !== undefined) this.#onUnexpected(bug.error);
  }

  #failureOf(error: unknown, signal: AbortSignal): Outcome {
    if (signal.aborted) this.#breaker.abandoned();
    else if (error instanceof ServiceDownError) this.#breaker.down(error, this.#clock.monotonicMs());
    else this.#breaker.answered();
    if (error instanceof PlacesError) return failed(error.status, error.message);
    return failed("UNKNOWN_ERROR", WITHIN_HERD);
  }

  #settle(search: Search, outcome: Outcome): void {
    this.#open.delete(search.key);
    let json: Uint8Array | undefined;
    let bound = -1;
    for (const caller of search.callers) {
      if (json === undefined || caller.bound !== bound) json = outcome.cutTo(caller.bound);
      bound = caller.bound;
      caller.answer(json);
    }
  }
}

/** A provider's answer, first read for `bound`. */
function outcomeOf(json: Uint8Array, bound: number): Outcome {
  try {
    const scanned = scanResponse(json, bound);
    const cutTo = (other: number) => other === bound ? cutScanned(json, scanned) : cutResults(json, other);
    return { ...statusOf(scanned.status), cutTo };
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    return failed("UNKNOWN_ERROR", `the Places service sent ${error.message}`);
  }
}

function failed(status: PlacesStatus, errorMessage: string): Outcome {
  const failure = isFailure(status) ? status : "UNKNOWN_ERROR";
  const json = renderNearbySearch({ results: [], status: failure, errorMessage });
  return { failure, status: failure, cutTo: () => json };
}

function statusOf(status: string): Pick<Outcome, "failure" | "status"> {
  if (isFailure(status)) return { failure: status, status };
  return { status: status === "OK" || status === "ZERO_RESULTS" ? status : "OTHER" };
}

function isFailure(status: string): status is FailureStatus {
  switch (status) {
    case "INVALID_REQUEST":
    case "OVER_QUERY_LIMIT":
    case "REQUEST_DENIED":
    case "UNKNOWN_ERROR":
      return true;
    default:
      return false;
  }
}
