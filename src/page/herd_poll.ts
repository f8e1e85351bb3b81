/// <reference lib="dom" />
/** Asks how the herd is, again and again. */
import { type HerdView, readHerd } from "./answers.ts";
import { ANSWER_MS, HERD_POLL_MS } from "./bounds.ts";
import { fetchJson, troubleOf } from "./fetch_json.ts";
import { Retry } from "./retry.ts";

export interface HerdListener {
  /** @param nowMs when the answer came. */
  herd(herd: HerdView, nowMs: number): void;
  trouble(words: string): void;
}

export function pollHerd(listener: HerdListener): void {
  const retry = new Retry();
  const ask = async (): Promise<number> => {
    try {
      const herd = readHerd(await fetchJson("/herd", ANSWER_MS));
      retry.succeeded();
      listener.herd(herd, performance.now());
      return HERD_POLL_MS;
    } catch (error) {
      listener.trouble(troubleOf(error));
      return Math.min(HERD_POLL_MS, retry.next());
    }
  };
  const again = () => void ask().then((pauseMs) => setTimeout(again, pauseMs));
  again();
}
