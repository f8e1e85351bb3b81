/** Why a message was not taken, for whoever sent it over HTTP. */
import type { Limits } from "../limits.ts";
import type { Refusal } from "../server/requests.ts";
import type { Guard, Identity } from "./guard.ts";
import { Problem } from "./problem.ts";

/** @param invalid what is wrong where the message is none: the fields were checked before, so the caller knows. */
export function refusalProblem(why: Refusal, limits: Limits, invalid: () => Problem): Problem {
  switch (why) {
    case "invalid":
      return invalid();
    case "unjournaled":
      return new Problem(503, "Not now", "the journal cannot be written: nothing is taken until it can", {
        "retry-after": String(Math.ceil(limits.journalRetryMs / 1000)),
      });
    case "lineBytes":
      return new Problem(
        422,
        "Not taken",
        `this makes a line of more than ${limits.lineBytes} bytes: write less, such as a shorter ID`,
      );
    case "futureSeconds":
      return new Problem(
        422,
        "Not taken",
        `the time is more than ${limits.futureSeconds} s ahead of the server's clock: set yours`,
      );
    case "clients":
      return new Problem(
        507,
        "Full",
        `the server knows ${limits.clients} clients, as many as it may, and takes no new one`,
      );
    default:
      return new Problem(503, "Not now", `the bound ${why} was hit: try again later`, { "retry-after": "1" });
  }
}

/** Why `who` may not tell where the client `id` is, and which clients are theirs. */
export function notYours(guard: Pick<Guard, "mayWrite">, who: Identity, id: string): Problem {
  const name = who.kind === "user" && guard.mayWrite(who, who.name) ? who.name : undefined;
  return new Problem(
    403,
    "Not for you",
    name === undefined
      ? "this user may not tell where anybody is"
      : `${name} tells where ${name} and ${name}/... are: ${id} is another's ID`,
  );
}
