/**
 * The way in for what does not come in lines over a session, such as HTTP: each request is rendered as the line that a
 * client would send, and goes through the same parser, handlers and effects, so that every way in ends in the same
 * message.
 */
import type { CommitWaiter, Journal } from "../journal/journal.ts";
import type { CountedLimit } from "../limit_hits.ts";
import { LF, toBytes, toText } from "../wire/bytes.ts";
import { OutBuffer } from "../wire/render.ts";
import { type ServerContext, settle } from "./context.ts";
import type { Effect } from "./handlers.ts";

/** Why a request was not taken: it is no valid message, it breaks a bound, or the journal cannot be written. */
export type Refusal = "invalid" | "unjournaled" | CountedLimit;

/** What became of an IAMAT. `at` is its AT line, `isNews` whether it was newer than what was known. */
export type Told =
  | { readonly kind: "taken"; readonly at: string; readonly isNews: boolean }
  | { readonly kind: "refused"; readonly why: Refusal };

/** What became of a WHATSAT: the newest AT line of its client, and the places as JSON text. */
export type Found =
  | { readonly kind: "found"; readonly at: string; readonly json: Uint8Array }
  | { readonly kind: "refused"; readonly why: Refusal };

const OUT_BYTES = 8_192;

export class Requests {
  readonly #context: ServerContext;
  readonly #journal: () => Journal | undefined;
  readonly #out = new OutBuffer(OUT_BYTES);

  constructor(context: ServerContext, journal: () => Journal | undefined) {
    this.#context = context;
    this.#journal = journal;
  }

  /**
   * Tells an IAMAT, decided at once. It is not to be acknowledged before `kept` resolves.
   * @param line without its line end.
   * @param peer who it came from, for the log.
   */
  tell(line: string, peer: string): Told {
    const { effect, reply } = this.#decide(line, peer);
    switch (effect.kind) {
      case "search":
        return { kind: "refused", why: "invalid" };
      case "flood":
        settle(this.#context, effect);
        return { kind: "taken", at: reply, isNews: true };
      case "reply":
        settle(this.#context, effect);
        return effect.verdict === "repeated"
          ? { kind: "taken", at: reply, isNews: false }
          : { kind: "refused", why: effect.verdict };
      case "refused":
        settle(this.#context, effect);
        return { kind: "refused", why: effect.limit };
    }
  }

  /** Resolves once all that was told so far is kept as it was promised to be; rejects when `signal` gives up. */
  kept(signal: AbortSignal): Promise<void> {
    const journal = this.#journal();
    if (journal === undefined) return Promise.resolve();
    const seq = journal.lastSeq;
    journal.changed();
    if (!journal.holds(seq)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const waiter: CommitWaiter = {
        committed(committedSeq) {
          if (committedSeq < seq) return journal.wait(waiter);
          signal.removeEventListener("abort", giveUp);
          resolve();
        },
      };
      const giveUp = () => {
        journal.forget(waiter);
        reject(signal.reason);
      };
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener("abort", giveUp, { once: true });
      journal.wait(waiter);
    });
  }

  /**
   * Asks a WHATSAT. Rejects only when `signal` gives up.
   * @param line without its line end.
   */
  async find(line: string, peer: string, signal: AbortSignal): Promise<Found> {
    const { effect, reply } = this.#decide(line, peer);
    if (effect.kind !== "search") {
      settle(this.#context, effect);
      return { kind: "refused", why: effect.kind === "refused" ? effect.limit : "invalid" };
    }
    this.#context.counters.searches++;
    const out = new OutBuffer(OUT_BYTES);
    const json = this.#context.answerPlaces(effect.query, out)
      ? out.view().slice()
      : await this.#context.findPlaces(effect.query, signal);
    return { kind: "found", at: reply, json };
  }

  #decide(line: string, peer: string): { effect: Effect; reply: string } {
    const { parser, handlers, log, runtime } = this.#context;
    const arrival = runtime.clock.now();
    // A line end within would make two messages of it: as white space it makes none.
    const bytes = toBytes(`${line.replaceAll("\n", "\v")}\n`);
    const message = parser.parse(bytes, 0, bytes.length);
    const label = toBytes(peer);
    const out = this.#out;
    out.length = 0;
    log.lines(arrival, label, "<", bytes, 0, bytes.length);
    const effect = handlers.decide(message!, bytes, arrival, out);
    log.lines(arrival, label, ">", out.bytes, 0, out.length);
    const end = out.length > 0 && out.bytes[out.length - 1] === LF ? out.length - 1 : out.length;
    return { effect, reply: toText(out.bytes, 0, end) };
  }
}
