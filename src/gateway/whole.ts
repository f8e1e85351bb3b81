/** What all threads of this server have counted together. */
import { stateOf, sumStates, type ThreadState } from "../server/thread_state.ts";
import type { GatewayContext } from "./context.ts";

export interface Whole {
  readonly state: ThreadState;
  /** How many threads there are, and how many of them have just told. */
  readonly threads: number;
  readonly answered: number;
}

/** Asks all threads, for about as long as `threadAnswerMs` at most. */
export async function askAll({ server, counters, threads }: GatewayContext): Promise<Whole> {
  const others = await threads?.ask() ?? { answered: 0, states: [] };
  return {
    state: sumStates(stateOf(server, counters()), others.states),
    threads: 1 + (threads?.count ?? 0),
    answered: 1 + others.answered,
  };
}
