/**
 * The routes of the HTTP door, each described once: what it takes is checked by the schemas that the OpenAPI
 * description is made from.
 */
import { Hono } from "hono";
import * as v from "valibot";
import { errorText } from "../log/error_text.ts";
import { addressText } from "../runtime/url.ts";
import type { Address } from "../runtime/runtime.ts";
import { readText } from "./body.ts";
import type { GatewayContext } from "./context.ts";
import { TOKEN_PARAMETER } from "./credentials.ts";
import { faultsOf } from "./faults.ts";
import type { Identity } from "./guard.ts";
import { HttpCounts } from "./http_counts.ts";
import { Problem } from "./problem.ts";

type Schema = v.GenericSchema;

/** An answer that a route can give. */
export interface ReplySpec {
  readonly description: string;
  /** Of its body. Its type is JSON where nothing else is said; a status of 400 and more has a problem for its body. */
  readonly schema?: Schema;
  readonly type?: string;
  /** What its headers say, by their names. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RouteSpec<P extends Schema = Schema, Q extends Schema = Schema, B extends Schema = Schema> {
  readonly method: "get" | "post" | "put";
  /** With parameters in braces: `/clients/{id}`. */
  readonly path: string;
  /** Which requests to this method and path it is for; those that it is not for go to the next route. All, without. */
  readonly when?: (request: Request) => boolean;
  readonly tag: "phones" | "programs" | "operators" | "people";
  /** One line. */
  readonly summary: string;
  /** `read` and `write` want to know who asks; `write` leaves to the route which clients they may tell of. */
  readonly access: "open" | "read" | "write";
  readonly params?: P;
  readonly query?: Q;
  /** What is said in headers, by their names. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Of a JSON body. A route that takes other bodies reads `call.text` itself, and says so here. */
  readonly body?: B;
  readonly bodyDescription?: string;
  /** By status. That any route can answer with a problem is understood. */
  readonly replies: Readonly<Record<number, ReplySpec>>;
}

/** A request that has been let in, and what was read of it. */
export interface Call<P = unknown, Q = unknown, B = unknown> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly request: Pick<Request, "method" | "url" | "headers" | "signal">;
  /**
   * Reads the body, where the route gave no schema for it; to be called once.
   * @throws {Problem} for one of more than `httpBodyBytes`, and for one that breaks off.
   */
  text(): Promise<string>;
  readonly who: Identity;
  readonly remote: Address;
  /** The remote address, for the log. */
  readonly peer: string;
  /** Gives up when whoever asked has gone, or has waited for `httpAnswerMs`. */
  readonly signal: AbortSignal;
}

/** As other servers count it. */
const GONE = 499;

/** Why `call.signal` gave up, where it was not that whoever asked has gone. */
export const WAITED_TOO_LONG = "waited too long";

interface Env {
  Bindings: {
    readonly remote: Address;
    /** The route that answers, once it is known. */
    route?: RouteSpec;
  };
}

const REALM = { "www-authenticate": 'Basic realm="herd", charset="UTF-8"' };

export class Api {
  /** All routes, in the order in which they were added. */
  readonly routes: RouteSpec[] = [];
  /** Requests that were answered. */
  readonly counts = new HttpCounts();
  readonly #context: GatewayContext;
  /** Not strict: people type URLs into apps, and an app that gets 404 for a slash at the end loses what it sends. */
  readonly #app = new Hono<Env>({ strict: false });

  constructor(context: GatewayContext) {
    this.#context = context;
    this.#app.use((c, next) => {
      context.guard.admit(c.req.raw);
      checkPath(c.req.raw.url);
      return next();
    });
    this.#app.notFound((c) => {
      const methods = this.#methodsAt(c.req.path);
      if (methods.length === 0) {
        throw new Problem(404, "Not found", "there is nothing here: /openapi.json says what there is");
      }
      throw new Problem(405, "Not that way", `this takes ${methods.join(", ")}`, {
        allow: methods.join(", "),
      });
    });
    this.#app.onError((error) => this.#toResponse(error));
  }

  /** Adds a route. What `answer` throws is answered with: a Problem as what it says, all else as status 500. */
  add<P extends Schema, Q extends Schema, B extends Schema>(
    spec: RouteSpec<P, Q, B>,
    answer: (
      call: Call<v.InferOutput<P>, v.InferOutput<Q>, v.InferOutput<B>>,
    ) => Response | Promise<Response>,
  ): void {
    this.routes.push(spec);
    const path = spec.path.replaceAll(/\{(\w+)\}/g, ":$1");
    this.#app.on(spec.method.toUpperCase(), path, async (c, next) => {
      const request = c.req.raw;
      if (spec.when?.(request) === false) return await next();
      const { remote } = c.env;
      c.env.route = spec;
      const who = await this.#letIn(spec, request, remote);
      const late = new AbortController();
      const timer = this.#context.runtime.clock.after(this.#context.limits.httpAnswerMs, () => {
        late.abort(WAITED_TOO_LONG);
      });
      try {
        return await answer({
          params: parse(spec.params, c.req.param(), "the path") as v.InferOutput<P>,
          query: readQuery(spec.query, request.url, c.req.query()) as v.InferOutput<Q>,
          body: (spec.body === undefined
            ? undefined
            : parse(spec.body, parseJson(await this.#text(request)), "the body")) as v.InferOutput<B>,
          request,
          text: () =>
            this.#text(request),
          who,
          remote,
          peer: `http:${addressText(remote)}`,
          signal: AbortSignal.any([request.signal, late.signal]),
        });
      } catch (error) {
        // Whoever has gone hears nothing of it: the status is for the count, which must not tell of a fault here.
        if (request.signal.aborted) return new Response(null, { status: GONE });
        if (error !== WAITED_TOO_LONG) throw error;
        this.#context.limitHits.hit("httpAnswerMs");
        throw new Problem(503, "Not now", "the answer took too long: try again later", {
          "retry-after": "1",
        });
      } finally {
        timer.cancel();
      }
    });
  }

  /** Answers a request from `remote`. */
  async answer(request: Request, remote: Address): Promise<Response> {
    const env: Env["Bindings"] = { remote };
    const response = await this.#app.fetch(request, env);
    this.counts.add(env.route, response.status);
    // What is true now is not for a cache to say later.
    if (!response.headers.has("cache-control")) response.headers.set("cache-control", "no-store");
    return response;
  }

  /** What can be done at `path`. Whatever can be got takes HEAD, too. */
  #methodsAt(path: string): readonly string[] {
    const at = path.replace(/(.)\/$/, "$1").split("/");
    const there = this.routes.filter((route) => {
      const parts = route.path.split("/");
      return parts.length === at.length &&
        parts.every((part, i) => part.startsWith("{") ? at[i] !== "" : part === at[i]);
    });
    const methods = there.map(({ method }) => method.toUpperCase());
    return [...new Set(methods.flatMap((method) => method === "GET" ? ["GET", "HEAD"] : [method]))];
  }

  async #letIn(spec: RouteSpec, request: Request, remote: Address): Promise<Identity> {
    const { guard } = this.#context;
    if (spec.access === "open") return { kind: "anyone" };
    const who = await guard.identify(request, remote, spec.access);
    if (who === undefined) {
      throw new Problem(401, "Who are you?", "this needs a user and a password, or a token", REALM);
    }
    if (spec.access === "read" && !guard.mayRead(who)) {
      throw new Problem(403, "Not for you", "this user may not read");
    }
    if (spec.access === "write" && who.kind === "server") {
      throw new Problem(403, "Not for you", "a server of the herd may only read here");
    }
    return who;
  }

  async #text(request: Request): Promise<string> {
    if ((request.headers.get("content-encoding") ?? "identity") !== "identity") {
      throw new Problem(415, "Not understood", "the body: it is compressed: send it as it is", {
        "accept-encoding": "identity",
      });
    }
    const { limits: { httpBodyBytes }, limitHits } = this.#context;
    const text = await readText(request, httpBodyBytes).catch(() => {
      // As phones' do that lose their network: nobody may be there any more to hear of it.
      throw new Problem(400, "Not understood", "the body: it broke off");
    });
    if (text !== undefined) return text;
    limitHits.hit("httpBodyBytes");
    throw new Problem(413, "Too large", `a body has at most ${httpBodyBytes} bytes here`);
  }

  #toResponse(error: unknown): Response {
    if (error instanceof Problem) return error.toResponse();
    const { log } = this.#context;
    log.event("error", "", "!", `a fault of herd's own in the HTTP door: ${errorText(error)}`);
    return new Problem(500, "A fault of herd's own", "the server's log says more").toResponse();
  }
}

/** Else the router takes what it cannot decode as it stands, and one client has two names. @throws {Problem} */
function checkPath(url: string): void {
  if (!isDecodable(new URL(url).pathname)) {
    throw new Problem(400, "Not understood", `the path: ${NOT_DECODABLE}`);
  }
}

const NOT_DECODABLE = "it is not UTF-8, percent-encoded (% itself is %25)";

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function parse(schema: Schema | undefined, value: unknown, what: string): unknown {
  if (schema === undefined) return undefined;
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  throw new Problem(400, "Not understood", `${what}: ${faultsOf(result.issues)}`);
}

/** What a route takes that knows all that it takes has to be readable, and to be said once: else part of it is lost. */
function readQuery(
  schema: Schema | undefined,
  url: string,
  fields: Readonly<Record<string, string>>,
): unknown {
  if (schema?.type === "strict_object") {
    const { search, searchParams } = new URL(url);
    if (!isDecodable(search)) {
      throw new Problem(400, "Not understood", `the query: ${NOT_DECODABLE}`);
    }
    const names = new Set<string>();
    for (const name of searchParams.keys()) {
      if (names.has(name)) throw new Problem(400, "Not understood", `the query: ${name}: it is said twice`);
      names.add(name);
    }
  }
  return parse(schema, withoutToken(fields), "the query");
}

/** A token says who asks, to the guard alone: no route gets to see it, or could tell of it. */
function withoutToken(query: Readonly<Record<string, string>>): Record<string, string> {
  const { [TOKEN_PARAMETER]: _token, ...rest } = query;
  return rest;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem(400, "Not understood", "the body: it is no JSON");
  }
}
