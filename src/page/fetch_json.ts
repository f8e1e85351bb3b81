/// <reference lib="dom" />
/** Asks the page's own server. */
import * as v from "valibot";
import { readProblem } from "./answers.ts";
import { learnServerTime } from "./times.ts";

/** The server answered that it will not, and why. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Asks for `path`.
 * @throws {Refused} when the server says no.
 * @throws {Error} when it does not answer, with all of its answer, within `ms`.
 */
export async function ask(path: string, ms: number): Promise<Response> {
  const response = await fetch(path, {
    headers: { accept: "application/json, application/geo+json, text/event-stream" },
    signal: AbortSignal.timeout(ms),
  });
  learnServerTime(response.headers.get("date"));
  if (response.ok) return response;
  const body: unknown = await response.json().catch(() => undefined);
  throw new Refused(
    response.status,
    readProblem(body) ?? `the server answers with status ${response.status}`,
  );
}

/**
 * As `ask`, and reads the answer.
 * @throws {Error} also where it is no JSON.
 */
export async function fetchJson(path: string, ms: number): Promise<unknown> {
  return await (await ask(path, ms)).json();
}

/** What went wrong, in words for whoever looks at the page. */
export function troubleOf(error: unknown): string {
  if (error instanceof Refused) {
    return error.status === 401 ? `${error.message}: load the page anew` : error.message;
  }
  if (error instanceof v.ValiError || error instanceof SyntaxError) return "the answer cannot be read";
  if (error instanceof DOMException && error.name === "TimeoutError") return "the server takes too long";
  return "the server does not answer";
}
