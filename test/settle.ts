import { setImmediate } from "node:timers";

/** More promises than ever wait for one another here. */
const LINKED_PROMISES = 40;

/** Lets everything run that waits for nothing but promises. */
export async function settle(): Promise<void> {
  for (let i = 0; i < LINKED_PROMISES; i++) await undefined;
}

/** Lets everything run that waits for nothing but this turn of the event loop to end. */
export function turnEnds(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
