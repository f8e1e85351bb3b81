/** Asking the HTTP doors of a herd, one after the other, until one tells how the herd is. */
import * as v from "valibot";
import { type HerdState, herdStateSchema } from "../gateway/herd_state.ts";
import { readText } from "../gateway/body.ts";
import { failureOf } from "../places/http.ts";
import type { Clock, Network } from "../runtime/runtime.ts";

/** How long a door may take to answer, the time that it asks the others included. */
const ANSWER_MS = 3_000;
const ANSWER_BYTES = 16_777_216;

/** What came of asking a door. */
export type Answer =
  | { readonly kind: "told"; readonly state: HerdState }
  /** It wants to know who asks, or does not let them. */
  | { readonly kind: "forbidden" }
  | { readonly kind: "failed"; readonly why: string };

export interface Access {
  readonly network: Pick<Network, "fetch">;
  readonly clock: Pick<Clock, "after">;
  /** The value of `Authorization`. */
  readonly authorization: string | undefined;
}

/** The headers that every request has. */
export function headersOf({ authorization }: Access): Record<string, string> {
  return authorization === undefined ? {} : { authorization };
}

/** Asks the door at `url`, which has no slash at its end. `signal` gives up. */
export async function askDoor(access: Access, url: string, signal: AbortSignal): Promise<Answer> {
  const late = new AbortController();
  const timer = access.clock.after(ANSWER_MS, () => late.abort());
  try {
    const response = await access.network.fetch(`${url}/herd`, {
      headers: headersOf(access),
      redirect: "manual",
      signal: AbortSignal.any([signal, late.signal]),
    });
    if (response.status === 200) return readState(await readText(response, ANSWER_BYTES));
    await response.body?.cancel();
    return response.status === 401 || response.status === 403
      ? { kind: "forbidden" }
      : { kind: "failed", why: `answers with HTTP status ${response.status}` };
  } catch (error) {
    return { kind: "failed", why: late.signal.aborted ? "does not answer" : failureOf(error) };
  } finally {
    timer.cancel();
  }
}

const STRANGE: Answer = { kind: "failed", why: "answers, but not as the HTTP door of a herd" };

function readState(text: string | undefined): Answer {
  if (text === undefined) return STRANGE;
  try {
    const state = v.safeParse(herdStateSchema, JSON.parse(text));
    return state.success ? { kind: "told", state: state.output } : STRANGE;
  } catch {
    return STRANGE;
  }
}
