/// <reference lib="dom" />
/** Brings the reports: all that are known, then each as it comes, for as long as the page is open. */
import * as v from "valibot";
import { readClients, readReport, type Report } from "./answers.ts";
import { ANSWER_MS, MOST_CLIENTS } from "./bounds.ts";
import { fetchJson } from "./fetch_json.ts";
import { Retry } from "./retry.ts";

export type FeedState = "connecting" | "live" | "reconnecting";

export interface FeedListener {
  /** All that were known when the page asked. */
  known(reports: readonly Report[]): void;
  report(report: Report): void;
  /** What was known is void: all is told again. */
  restart(): void;
  state(state: FeedState): void;
}

export class Feed {
  readonly #listener: FeedListener;
  readonly #retry = new Retry();
  #lastEventId = "";

  constructor(listener: FeedListener) {
    this.#listener = listener;
  }

  start(): void {
    this.#load().catch((error) => {
      // An answer that cannot be read is a fault, and not of the network.
      if (error instanceof v.ValiError) console.error(error);
      this.#listener.state("reconnecting");
      setTimeout(() => this.start(), this.#retry.next());
    });
  }

  async #load(): Promise<void> {
    const clients = readClients(await fetchJson(`/clients.geojson?limit=${MOST_CLIENTS}`, ANSWER_MS));
    this.#lastEventId = clients.lastEventId;
    this.#listener.known(clients.reports);
    this.#listen();
  }

  /** The browser connects again by itself, and says how far it came; but not where it was answered with a refusal. */
  #listen(): void {
    const events = new EventSource(`/events?since=${encodeURIComponent(this.#lastEventId)}`);
    events.addEventListener("open", () => {
      this.#retry.succeeded();
      this.#listener.state("live");
    });
    events.addEventListener("report", (event) => {
      if (event.lastEventId !== "") this.#lastEventId = event.lastEventId;
      this.#listener.report(readReport(event.data));
    });
    events.addEventListener("restart", () => this.#listener.restart());
    events.addEventListener("error", () => {
      this.#listener.state("reconnecting");
      if (events.readyState !== EventSource.CLOSED) return;
      setTimeout(() => this.#listen(), this.#retry.next());
    });
  }
}
