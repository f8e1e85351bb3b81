/// <reference lib="dom" />
/** Asks the page's own server. */
import { readProblem } from "./answers.ts";

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
 * @throws {Refused} when the server says no.
 * @throws {Error} when it does not answer within `ms`, or not in JSON.
 */
export async function fetchJson(path: string, ms: number): Promise<unknown> {
  const response = await fetch(path, {
    headers: { accept: "application/json, application/geo+json" },
    signal: AbortSignal.timeout(ms),
  });
  if (response.ok) return await response.json();
  const body: unknown = await response.json().catch(() => undefined);
  throw new Refused(
    response.status,
    readProblem(body) ?? `the server answers with status ${response.status}`,
  );
}

/** What went wrong, in words for whoever looks at the page. */
export function troubleOf(error: unknown): string {
  if (error instanceof Refused) return error.message;
  if (error instanceof DOMException && error.name === "TimeoutError") return "the server takes too long";
  return "the server does not answer";
}
