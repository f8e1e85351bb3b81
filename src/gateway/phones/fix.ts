/** What the apps of phones have in common: a fix is told to the server, and acknowledged once it is kept. */
import * as v from "valibot";
import type { Refusal } from "../../server/requests.ts";
import { type Call, WAITED_TOO_LONG } from "../api.ts";
import type { GatewayContext } from "../context.ts";
import { iamatLine, type Location } from "../iamat.ts";
import { Problem } from "../problem.ts";
import { notYours } from "../refusal.ts";
import { readTime } from "../time.ts";
import { MAX_SECONDS } from "../../wire/scan.ts";

/** Whoever sent a fix. */
export type Sender = Pick<Call, "who" | "peer" | "signal">;

/** As Java and Swift write numbers, too: `1.2E-4`. No `NaN`, no comma. */
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/;

/** Without the white space around it, which a `+` in a URL becomes when nobody encoded it. */
const textSchema = (expected: string) =>
  v.pipe(v.union([v.number(), v.string()], expected), v.transform((value) => String(value).trim()));

/** Of a number, in JSON or as text. Whether it is one of degrees is for the server to say. */
export const numberSchema = v.pipe(
  textSchema("no decimal number"),
  v.transform((text) => DECIMAL.test(text) ? Number(text) : undefined),
  v.number("no decimal number"),
);

const NO_TIME = "no time: seconds, milliseconds or a date as in ISO 8601";

/** Of a time; its output is the text of an IAMAT. */
export const timeSchema = v.pipe(
  textSchema(NO_TIME),
  v.transform(readTime),
  v.string(NO_TIME),
);

/**
 * Tells the server of `fixes`, in order, and resolves once what was taken is kept.
 * @returns what was wrong with those that were dropped, since they would be no better if they were sent again.
 * @throws {Problem} when one of them should be sent again, now or once someone has changed something. The others
 * have been told then.
 */
export async function tellFixes(
  context: GatewayContext,
  sender: Sender,
  fixes: Iterable<Location>,
): Promise<readonly string[]> {
  const dropped: string[] = [];
  let problem: Problem | undefined;
  let isTaken = false;
  for (const fix of fixes) {
    const outcome = tell(context, sender, fix);
    switch (outcome.kind) {
      case "taken":
        isTaken = true;
        break;
      case "dropped":
        dropped.push(outcome.why);
        break;
      case "refused":
        problem ??= outcome.problem;
        break;
    }
  }
  if (isTaken) await kept(context, sender.signal);
  if (problem !== undefined) throw problem;
  return dropped;
}

/** Says in the log that a fix is not taken, and need not be sent again. */
export function logDropped({ log }: GatewayContext, { peer }: Sender, why: string): void {
  log.event("debug", peer, "!", `a location was dropped: ${why}`);
}

type Outcome =
  | { readonly kind: "taken" }
  | { readonly kind: "dropped"; readonly why: string }
  | { readonly kind: "refused"; readonly problem: Problem };

function tell(context: GatewayContext, sender: Sender, fix: Location): Outcome {
  if (!context.guard.mayWrite(sender.who, fix.id)) {
    return { kind: "refused", problem: notYours(context.guard, sender.who, fix.id) };
  }
  const told = context.server.requests.tell(iamatLine(fix), sender.peer);
  if (told.kind === "taken") return told;
  const outcome = outcomeOf(told.why, fix);
  if (outcome.kind === "dropped") logDropped(context, sender, outcome.why);
  return outcome;
}

function outcomeOf(why: Refusal, { id, latitude, longitude, time }: Location): Outcome {
  switch (why) {
    case "invalid":
      return {
        kind: "dropped",
        why: `${latitude}, ${longitude} at ${time} is no location: latitudes go from -90 to 90, ` +
          `longitudes from -180 to 180, times to ${MAX_SECONDS} seconds`,
      };
    case "futureSeconds":
      return { kind: "dropped", why: `${time} is too far in the future: is the clock of ${id} right?` };
    case "lineBytes":
      return refused(400, "Not understood", "the ID is too long: give the device a shorter one");
    default:
      return refused(503, "Not now", "the server cannot keep this now: send it again later", RETRY);
  }
}

const RETRY = { "retry-after": "5" };

function refused(status: number, title: string, detail: string, headers = {}): Outcome {
  return { kind: "refused", problem: new Problem(status, title, detail, headers) };
}

async function kept({ server }: GatewayContext, signal: AbortSignal): Promise<void> {
  try {
    await server.requests.kept(signal);
  } catch (error) {
    if (error === WAITED_TOO_LONG) throw error;
    throw new Problem(503, "Not now", "this could not be kept: send it again later", RETRY);
  }
}
