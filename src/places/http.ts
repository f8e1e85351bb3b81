/** One request to a Places service over HTTP, bounded in time and bytes, whose failures are `PlacesError`s. */

import type { LimitHits } from "../limit_hits.ts";
import type { Limits } from "../limits.ts";
import type { Clock, Network } from "../runtime/runtime.ts";
import { PlacesError, type PlacesStatus } from "./provider.ts";

/** What a request needs of the server around it. */
export interface HttpAccess {
  readonly fetch: Network["fetch"];
  readonly clock: Pick<Clock, "after">;
  readonly limits: Pick<Limits, "placesMs" | "placesBytes">;
  readonly limitHits?: LimitHits;
}

export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Reads what an answer other than HTTP 200 says of itself; without it such an answer is cancelled unread. */
  readonly explain?: (body: Uint8Array) => Explanation | undefined;
}

/** Why a service refused, in its own words. */
export interface Explanation {
  /** Where it differs from what the HTTP status stands for. */
  readonly status?: PlacesStatus;
  /** For a person to read; no key in it. */
  readonly message: string;
}

/** The service gave no answer, or one that says it is broken: asking again at once would only burden it. */
export class ServiceDownError extends PlacesError {}

/** Room for a body to begin with. */
const FIRST_BYTES = 32_768;

/**
 * Asks once and resolves with the body of an HTTP 200. The whole exchange has `placesMs`, the body `placesBytes`;
 * what is not read is cancelled. Redirects are not followed: the request may carry a key.
 * @param signal gives up; the promise then rejects with its reason.
 * @throws {ServiceDownError} when the service cannot be reached, takes too long, breaks off or answers HTTP 5xx.
 * @throws {PlacesError} for every other answer than an HTTP 200 within the bounds.
 */
export async function fetchBounded(
  access: HttpAccess,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<Uint8Array> {
  signal.throwIfAborted();
  const { placesMs } = access.limits;
  const exchange = new AbortController();
  let timedOut = false;
  const giveUp = () => exchange.abort();
  signal.addEventListener("abort", giveUp, { once: true });
  const timer = access.clock.after(placesMs, () => {
    timedOut = true;
    exchange.abort();
  });
  try {
    return await converse(access, request, exchange.signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!timedOut) throw error;
    access.limitHits?.hit("placesMs");
    throw new ServiceDownError(
      "UNKNOWN_ERROR",
      `the Places service did not answer within ${placesMs / 1000} s`,
    );
  } finally {
    timer.cancel();
    signal.removeEventListener("abort", giveUp);
  }
}

/**
 * The value that a service's bytes write.
 * @throws {PlacesError} unless they are JSON text in UTF-8.
 */
export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw new PlacesError("UNKNOWN_ERROR", "the Places service sent no JSON");
  }
}

async function converse(access: HttpAccess, request: HttpRequest, signal: AbortSignal): Promise<Uint8Array> {
  const { url, method, headers = {}, body } = request;
  const init: RequestInit = { method, headers, redirect: "manual", signal };
  if (body !== undefined) init.body = body;
  const { fetch } = access;
  const response = await orDown(fetch(url, init));
  if (response.status === 200) return await readBody(access, response, signal);
  if (isRedirect(response)) {
    cancel(response.body);
    const status = response.status === 0 ? "" : ` (HTTP ${response.status})`;
    throw new PlacesError(
      "UNKNOWN_ERROR",
      `the Places service redirects${status}, which herd does not follow`,
    );
  }
  throw await refusal(access, response, request, signal);
}

function isRedirect(response: Response): boolean {
  return response.type === "opaqueredirect" || [301, 302, 303, 307, 308].includes(response.status);
}

async function refusal(
  access: HttpAccess,
  response: Response,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<PlacesError> {
  const said = await explanation(access, response, request, signal);
  const message = `the Places service answered HTTP ${response.status}` + (said ? `: ${said.message}` : "");
  if (response.status >= 500) return new ServiceDownError("UNKNOWN_ERROR", message);
  return new PlacesError(said?.status ?? statusOf(response.status), message);
}

async function explanation(
  access: HttpAccess,
  response: Response,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<Explanation | undefined> {
  if (request.explain === undefined) {
    cancel(response.body);
    return undefined;
  }
  try {
    return request.explain(await readBody(access, response, signal));
  } catch (error) {
    // That it refused is known, whatever became of its reasons.
    if (!(error instanceof PlacesError)) throw error;
    return undefined;
  }
}

function statusOf(httpStatus: number): PlacesStatus {
  switch (httpStatus) {
    case 400:
      return "INVALID_REQUEST";
    case 401:
    case 403:
      return "REQUEST_DENIED";
    case 429:
      return "OVER_QUERY_LIMIT";
    default:
      return "UNKNOWN_ERROR";
  }
}

async function readBody(access: HttpAccess, response: Response, signal: AbortSignal): Promise<Uint8Array> {
  if (Number(response.headers.get("content-length")) > access.limits.placesBytes) {
    cancel(response.body);
    throw tooLarge(access);
  }
  if (response.body === null) return new Uint8Array();
  const reader = response.body.getReader();
  // A read that waits ends with this, whether or not `fetch` ties the body to the signal.
  const stop = () => cancel(reader);
  signal.addEventListener("abort", stop, { once: true });
  try {
    if (signal.aborted) stop();
    const body = await readAll(access, reader);
    signal.throwIfAborted();
    return body;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** One array that grows, not a list: a service may send its bytes one by one. */
async function readAll(
  access: HttpAccess,
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<Uint8Array> {
  const maxBytes = access.limits.placesBytes;
  let body = new Uint8Array(Math.min(FIRST_BYTES, maxBytes));
  let length = 0;
  for (;;) {
    const { value } = await orDown(reader.read());
    if (value === undefined) return body.subarray(0, length);
    const needed = length + value.length;
    if (needed > maxBytes) {
      cancel(reader);
      throw tooLarge(access);
    }
    if (needed > body.length) body = grown(body, Math.min(maxBytes, Math.max(needed, 2 * body.length)));
    body.set(value, length);
    length = needed;
  }
}

function grown(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(length);
  larger.set(bytes);
  return larger;
}

function tooLarge({ limits, limitHits }: HttpAccess): PlacesError {
  limitHits?.hit("placesBytes");
  const bytes = limits.placesBytes.toLocaleString("en-US");
  return new PlacesError("UNKNOWN_ERROR", `the Places service sent more than ${bytes} bytes`);
}

/** Lets go of a body; nobody waits for that, so a service that is slow to end it holds no answer up. */
function cancel(body: Pick<ReadableStream, "cancel"> | null): void {
  body?.cancel().catch(ignore);
}

function ignore(): void {}

/** The result of network work; what it fails with is told without its own words, which may hold the URL. */
async function orDown<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new ServiceDownError("UNKNOWN_ERROR", `the Places service ${failureOf(error)}`);
  }
}

/** What the errors of Deno's and Node's native `fetch` say (name, code, message, causes), and what it means. */
const FAILURES: readonly (readonly [RegExp, string])[] = [
  [/NotCapable|PermissionDenied/, "may not be asked: herd runs without the permission to reach it"],
  [/ENOTFOUND|EAI_|dns error|failed to lookup/, "has a host name that was not found"],
  [/ECONNREFUSED|connection refused/i, "refused the connection"],
  [/ENETUNREACH|EHOSTUNREACH|no route to host|network is unreachable/i, "cannot be reached"],
  [/ETIMEDOUT|UND_ERR_\w+_TIMEOUT|timed out/i, "did not answer in time"],
  [/certificate|_CERT|CERT_/i, "shows a certificate that herd does not trust"],
  [/ERR_SSL|ERR_TLS|EPROTO|corrupt message|\btls\b|handshake/i, "could not agree on TLS with herd"],
  [/HTTPParserError|HPE_|invalid HTTP|HTTP\/1\.1 protocol/i, "sent something that is not HTTP"],
  [/bad port|ports? \d+ are blocked/i, "has a port that fetch does not ask"],
  [/ECONNRESET|EPIPE|UND_ERR_SOCKET|reset by peer|broken pipe|connection closed/i, "broke the connection"],
  [/reading a body|terminated|unexpected eof/i, "broke the connection"],
];

/** What an error of `fetch` says of whoever was asked: that it "refused the connection", for one. */
export function failureOf(error: unknown): string {
  const words = chainText(error, 0);
  return FAILURES.find(([pattern]) => pattern.test(words))?.[1] ?? "could not be talked to";
}

const MAX_CAUSES = 8;

function chainText(error: unknown, depth: number): string {
  if (!(error instanceof Error) || depth === MAX_CAUSES) return "";
  const code = "code" in error ? String(error.code) : "";
  const inner = error instanceof AggregateError ? error.errors.map((one) => chainText(one, depth + 1)) : [];
  return [error.name, code, withoutUrls(error.message), ...inner, chainText(error.cause, depth + 1)].join(
    " ",
  );
}

function withoutUrls(text: string): string {
  return text.replaceAll(/https?:\/\/[^\s)]*/gi, "");
}
