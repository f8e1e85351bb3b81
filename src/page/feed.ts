/// <reference lib="dom" />
/** Brings the reports: all that are known, then each as it comes, for as long as somebody looks at the page. */
import * as v from "valibot";
import { readClients, readReport, type Report } from "./answers.ts";
import { ANSWER_MS, DOWNLOAD_MS, MOST_CLIENTS } from "./bounds.ts";
import { ask, fetchJson, Refused, troubleOf } from "./fetch_json.ts";
import { Retry } from "./retry.ts";

export type FeedState = "connecting" | "live" | "reconnecting";

export interface FeedListener {
  /** All that were known when the page asked. */
  known(reports: readonly Report[]): void;
  report(report: Report): void;
  /** What was known is void: all is told again. */
  restart(): void;
  /** @param why it is so, where the server said that. */
  state(state: FeedState, why?: string): void;
}

export class Feed {
  readonly #listener: FeedListener;
  readonly #retry = new Retry();
  /** Empty until all that is known has come. */
  #lastEventId = "";
  #events: EventSource | undefined;

  constructor(listener: FeedListener) {
    this.#listener = listener;
    // A browser has six connections to a server for all its tabs together: none for those that nobody looks at.
    document.addEventListener("visibilitychange", () => this.listenAnew());
  }

  start(): void {
    this.#lastEventId = "";
    this.#load().catch((error) => {
      // An answer that cannot be read is a fault, and not of the network.
      if (error instanceof v.ValiError) console.error(error);
      this.#listener.state("reconnecting", error instanceof Refused ? troubleOf(error) : undefined);
      setTimeout(() => this.start(), this.#retry.next());
    });
  }

  /** Goes on with a new connection: one that a sleep or another network has cut may look as if nothing happened. */
  listenAnew(): void {
    this.#close();
    this.#listen();
  }

  async #load(): Promise<void> {
    const clients = readClients(await fetchJson(`/clients.geojson?limit=${MOST_CLIENTS}`, DOWNLOAD_MS));
    this.#lastEventId = clients.lastEventId;
    this.#listener.known(clients.reports);
    this.#listen();
  }

  /** The browser connects again by itself, and says how far it came; but not where it was answered with a refusal. */
  #listen(): void {
    if (this.#events !== undefined || this.#lastEventId === "" || document.hidden) return;
    const events = this.#events = new EventSource(this.#path);
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
      if (events !== this.#events) return;
      this.#listener.state("reconnecting");
      if (events.readyState !== EventSource.CLOSED) return;
      this.#close();
      void this.#refused();
    });
  }

  #close(): void {
    this.#events?.close();
    this.#events = undefined;
  }

  /** An event source does not tell why it was refused: so the same is asked once more, by other means. */
  async #refused(): Promise<void> {
    try {
      await (await ask(this.#path, ANSWER_MS)).body?.cancel();
    } catch (error) {
      if (error instanceof Refused) this.#listener.state("reconnecting", troubleOf(error));
      // It does not know that event: the page is of another life of the server.
      if (error instanceof Refused && error.status === 400) return this.start();
    }
    setTimeout(() => this.#listen(), this.#retry.next());
  }

  get #path(): string {
    return `/events?since=${encodeURIComponent(this.#lastEventId)}`;
  }
}
