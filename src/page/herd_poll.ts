/// <reference lib="dom" />
/** Asks how the herd is, again and again, as long as somebody looks at the page. */
import { type HerdView, readHerd } from "./answers.ts";
import { ANSWER_MS, HERD_POLL_MS } from "./bounds.ts";
import { fetchJson, Refused, troubleOf } from "./fetch_json.ts";

export interface HerdListener {
  /** @param nowMs when the answer came. */
  herd(herd: HerdView, nowMs: number): void;
  /** @param hasAnswered whether the server is there, and only does not tell. */
  trouble(words: string, hasAnswered: boolean): void;
}

export function pollHerd(listener: HerdListener): void {
  const ask = async (): Promise<void> => {
    try {
      const herd = readHerd(await fetchJson("/herd", ANSWER_MS));
      listener.herd(herd, performance.now());
    } catch (error) {
      listener.trouble(troubleOf(error), error instanceof Refused);
    }
    setTimeout(again, HERD_POLL_MS);
  };
  const again = (): void => {
    if (document.hidden) document.addEventListener("visibilitychange", again, { once: true });
    else void ask();
  };
  again();
}
