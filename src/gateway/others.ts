/**
 * What the other servers of the herd say of themselves, asked at their HTTP doors. They are asked once a second at
 * most, however many want to know.
 */
import * as v from "valibot";
import { FIXED_WAITS } from "../limits.ts";
import type { Address } from "../runtime/runtime.ts";
import { urlOf } from "../runtime/url.ts";
import { readText } from "./body.ts";
import type { GatewayContext } from "./context.ts";
import { herdStateSchema, type OwnState } from "./herd_state.ts";
import { peerAuthorization } from "./peer_proof.ts";

/** What came of asking a server. */
export type Heard =
  | { readonly kind: "own"; readonly own: OwnState }
  /** Somebody answers, but not what a server of this herd would, or not to us. */
  | { readonly kind: "strange" }
  /** Nobody answers. */
  | { readonly kind: "silent" }
  /** It could not be asked: with TLS, its certificate may be one that `fetch` does not believe. */
  | { readonly kind: "unasked" };

export class Others {
  readonly #context: GatewayContext;
  #askedMs = -Infinity;
  #heard: Promise<ReadonlyMap<string, Heard>> = Promise.resolve(new Map());

  constructor(context: GatewayContext) {
    this.#context = context;
  }

  /** By the names of all others whose doors are known. Resolves within `FIXED_WAITS.otherMs`. */
  ask(): Promise<ReadonlyMap<string, Heard>> {
    const nowMs = this.#context.runtime.clock.monotonicMs();
    if (nowMs - this.#askedMs >= FIXED_WAITS.othersMs) {
      this.#askedMs = nowMs;
      this.#heard = this.#askAll();
    }
    return this.#heard;
  }

  async #askAll(): Promise<ReadonlyMap<string, Heard>> {
    const { doors, place } = this.#context;
    const others = [...doors].filter(([name]) => name !== place.name);
    return new Map(
      await Promise.all(others.map(async ([name, door]) => [name, await this.#askOne(name, door)] as const)),
    );
  }

  async #askOne(name: string, door: Address): Promise<Heard> {
    const { runtime, isTls, closing } = this.#context;
    const late = new AbortController();
    const timer = runtime.clock.after(FIXED_WAITS.otherMs, () => late.abort());
    try {
      return await this.#converse(name, door, AbortSignal.any([closing, late.signal]));
    } catch {
      return { kind: isTls ? "unasked" : "silent" };
    } finally {
      timer.cancel();
    }
  }

  async #converse(name: string, door: Address, signal: AbortSignal): Promise<Heard> {
    const { runtime, isTls, limits, place, secrets } = this.#context;
    const { seconds } = runtime.clock.now();
    const authorization = await peerAuthorization(runtime.hmac, secrets, place.name, seconds);
    const response = await runtime.network.fetch(`${urlOf(door, isTls)}/herd?scope=own`, {
      headers: authorization === undefined ? {} : { authorization },
      redirect: "manual",
      signal,
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      return { kind: "strange" };
    }
    const text = await readText(response, limits.httpBodyBytes);
    return text === undefined ? { kind: "strange" } : this.#read(name, text);
  }

  #read(name: string, text: string): Heard {
    const state = v.safeParse(herdStateSchema, parseJson(text));
    if (!state.success || state.output.herd !== this.#context.topology.herd || state.output.asked !== name) {
      return { kind: "strange" };
    }
    const own = state.output.servers.find((server) => server.name === name)?.own ?? undefined;
    return own === undefined ? { kind: "strange" } : { kind: "own", own };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
