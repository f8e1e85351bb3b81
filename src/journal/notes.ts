/**
 * What stands in a journal beside reports, so that a server that returns and its neighbors still remember each other:
 *
 *     HERD/1 RUN <run>                     a life of this server begins; its name among neighbors
 *     HERD/1 MARK <seq>                    everything that it had changed up to seq stands above
 *     HERD/1 FORGET                        the life that begins here left out a part of what stands above: notes are void
 *     HERD/1 HELD <neighbor> <run> <seq>   everything that this neighbor had changed in its run, up to seq, stands above
 */
import type { Held } from "../herd/handshake.ts";
import { toBytes } from "../wire/bytes.ts";
import { LINK_VERSION } from "../wire/link_message.ts";

export type Note =
  | { readonly kind: "run"; readonly run: string }
  | { readonly kind: "forget" }
  | { readonly kind: "held"; readonly neighbor: string; readonly held: Held };

export function renderRun(run: string): string {
  return `${LINK_VERSION} RUN ${run}\n`;
}

export const FORGET_LINE: Uint8Array = toBytes(`${LINK_VERSION} FORGET\n`);

export function renderHeld(neighbor: string, { run, seq }: Held): string {
  return `${LINK_VERSION} HELD ${neighbor} ${run} ${seq}\n`;
}

/** The note that `line` is, or undefined. */
export function parseNote(line: string): Note | undefined {
  const [, run] = RUN.exec(line) ?? [];
  if (run !== undefined) return { kind: "run", run };
  if (line === `${LINK_VERSION} FORGET`) return { kind: "forget" };
  const [, neighbor, heldRun, seq] = HELD.exec(line) ?? [];
  if (neighbor === undefined || heldRun === undefined) return undefined;
  return { kind: "held", neighbor, held: { run: heldRun, seq: Number(seq) } };
}

const RUN = new RegExp(`^${LINK_VERSION} RUN ([0-9a-f]{32})$`);
const HELD = new RegExp(`^${LINK_VERSION} HELD ([!-~]+) ([0-9a-f]{32}) (\\d{1,15})$`);
