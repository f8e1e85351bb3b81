/**
 * What a message means: state, message and time in, an effect out. Nothing here touches a socket, a clock or a file;
 * the session performs what is decided.
 */
import type { Limits } from "../limits.ts";
import type { PlacesQuery } from "../places/provider.ts";
import { NONE, OWN, type Registry } from "../registry/registry.ts";
import type { Instant } from "../runtime/runtime.ts";
import { toText } from "../wire/bytes.ts";
import type { ClientMessage, Iamat, Whatsat } from "../wire/client_message.ts";
import { AtRenderer, type OutBuffer, renderRefusal } from "../wire/render.ts";

/** What is to be done about a message. The reply, as far as it is known, stands in the out buffer. */
export type Effect =
  /** The reply is all there is. */
  | { readonly kind: "reply"; readonly verdict: "repeated" | "invalid" | "unjournaled" }
  /** The reply refuses what would break a bound. */
  | { readonly kind: "refused"; readonly limit: "lineBytes" | "futureSeconds" | "clients" }
  /** The report was news: the neighbors must hear of it. */
  | { readonly kind: "flood" }
  /** The AT line stands in the out buffer; places must be looked for, and then two newlines end the reply. */
  | { readonly kind: "search"; readonly query: PlacesQuery };

const REPEATED: Effect = { kind: "reply", verdict: "repeated" };
const INVALID: Effect = { kind: "reply", verdict: "invalid" };
const LONG: Effect = { kind: "refused", limit: "lineBytes" };
const FUTURE: Effect = { kind: "refused", limit: "futureSeconds" };
const FULL: Effect = { kind: "refused", limit: "clients" };
const UNJOURNALED: Effect = { kind: "reply", verdict: "unjournaled" };
const FLOOD: Effect = { kind: "flood" };

export class Handlers {
  readonly #registry: Registry;
  readonly #limits: Limits;
  readonly #renderer: AtRenderer;
  readonly #journal: { readonly refuses: boolean } | undefined;
  /** The limit of the future, in whole seconds and nanoseconds. */
  readonly #futureSeconds: number;
  readonly #futureNanos: number;

  /**
   * @param self the name of this server, the origin of what its clients report.
   * @param journal whether it can keep what it would have to.
   */
  constructor(registry: Registry, limits: Limits, self: string, journal?: { readonly refuses: boolean }) {
    this.#journal = journal;
    this.#registry = registry;
    this.#limits = limits;
    this.#renderer = new AtRenderer(self);
    this.#futureSeconds = Math.floor(limits.futureSeconds);
    this.#futureNanos = Math.round((limits.futureSeconds - this.#futureSeconds) * 1e9);
  }

  /** Messages about ids of these hashes are about to be decided about. */
  expect(hashes: Int32Array, count: number): void {
    this.#registry.expect(hashes, count);
  }

  /** Decides about one message, a view of `bytes`, that arrived at `arrival`; renders into `out`. */
  decide(message: ClientMessage, bytes: Uint8Array, arrival: Instant, out: OutBuffer): Effect {
    if (message.lineEnd - message.lineStart > this.#limits.lineBytes) {
      renderRefusal(out, bytes, message.lineStart, message.lineStart + this.#limits.lineBytes);
      return LONG;
    }
    switch (message.kind) {
      case "iamat":
        return this.#iamat(message, bytes, arrival, out);
      case "whatsat":
        return this.#whatsat(message, bytes, out);
      case "invalid":
        renderRefusal(out, bytes, message.lineStart, message.lineEnd);
        return INVALID;
    }
  }

  #iamat(message: Iamat, bytes: Uint8Array, arrival: Instant, out: OutBuffer): Effect {
    const aheadSeconds = message.seconds - arrival.seconds - this.#futureSeconds;
    if (aheadSeconds * 1e9 + (message.nanos - arrival.nanos - this.#futureNanos) > 0) {
      renderRefusal(out, bytes, message.lineStart, message.lineEnd);
      return FUTURE;
    }
    if (this.#journal?.refuses === true) {
      renderRefusal(out, bytes, message.lineStart, message.lineEnd);
      return UNJOURNALED;
    }
    const start = out.length;
    const verdict = this.#registry.offer(this.#renderer.render(out, bytes, message, arrival), OWN);
    switch (verdict) {
      case "new":
      case "newer":
        return FLOOD;
      case "same":
      case "older":
        return REPEATED;
      case "full":
        out.length = start;
        renderRefusal(out, bytes, message.lineStart, message.lineEnd);
        return FULL;
    }
  }

  #whatsat(message: Whatsat, bytes: Uint8Array, out: OutBuffer): Effect {
    const registry = this.#registry;
    const entry = registry.find(bytes, message.idStart, message.idEnd, message.idHash);
    if (entry === NONE) {
      renderRefusal(out, bytes, message.lineStart, message.lineEnd);
      return INVALID;
    }
    registry.appendLine(entry, out);
    const [latitude, longitude] = registry.positionOf(entry);
    const radiusKm = toText(bytes, message.radiusStart, message.radiusEnd);
    return { kind: "search", query: { latitude, longitude, radiusKm, bound: message.bound } };
  }
}
