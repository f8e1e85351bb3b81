/** `/openapi.json`: what the HTTP door can do, in the words of OpenAPI 3.1, made from the routes themselves. */
import { type JsonSchema, toJsonSchema } from "@valibot/to-json-schema";
import type * as v from "valibot";
import { VERSION } from "../version.ts";
import type { Api, ReplySpec, RouteSpec } from "./api.ts";
import { TOKEN_PARAMETER } from "./credentials.ts";
import { PROBLEM_TYPE, problemSchema } from "./problem.ts";

type Json = Readonly<Record<string, unknown>>;

const TAGS: Readonly<Record<RouteSpec["tag"], string>> = {
  phones: "What trackers and phones speak",
  programs: "For programs",
  operators: "For whoever runs the herd",
  people: "For people",
};

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly security: readonly Json[];
  readonly parameters: readonly Json[];
  readonly requestBody?: Json;
  readonly responses: Json;
}

/** Where the door wants to know who asks, and `{}` where it does not, as on most loopback addresses. */
const SECURITY: readonly Json[] = [{}, { basic: [] }, { bearer: [] }, { token: [] }];

const PROBLEM_CONTENT = { [PROBLEM_TYPE]: { schema: { $ref: "#/components/schemas/Problem" } } };

const PROBLEM = { $ref: "#/components/responses/Problem" };

export function addOpenApi(api: Api): void {
  let text: string | undefined;
  api.add({
    method: "get",
    path: "/openapi.json",
    tag: "programs",
    summary: "This description",
    access: "open",
    replies: { 200: { description: "OpenAPI 3.1.", type: "application/json" } },
  }, () => {
    // Made when it is first asked for: by then all routes are there.
    text ??= JSON.stringify(describe(api.routes), null, 2);
    return new Response(text, { headers: { "content-type": "application/json" } });
  });
}

export function describe(routes: readonly RouteSpec[]): Json {
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    const methods = paths[route.path] ??= {};
    const before = methods[route.method];
    methods[route.method] = before === undefined ? operation(route) : joined(before, operation(route));
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "herd",
      version: VERSION,
      description: "A server herd for things that move. Any server can be asked and told; all know the same.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/", description: "The server that this came from" }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: { Problem: jsonSchema(problemSchema) },
      responses: {
        Problem: {
          description: "What is wrong, in the form of RFC 9457.",
          content: PROBLEM_CONTENT,
        },
      },
      securitySchemes: {
        basic: { type: "http", scheme: "basic", description: "A user and a password." },
        bearer: { type: "http", scheme: "bearer", description: "A token." },
        token: {
          type: "apiKey",
          in: "query",
          name: TOKEN_PARAMETER,
          description: "The same, for what cannot set headers.",
        },
      },
    },
  };
}

function operation(route: RouteSpec): Operation {
  const { tag, summary, access } = route;
  const body = bodyOf(route);
  const replies = Object.entries(route.replies).map(([status, reply]) => [status, response(status, reply)]);
  return {
    operationId: operationId(route),
    tags: [tag],
    summary,
    security: access === "open" ? [{}] : SECURITY,
    parameters: parametersOf(route),
    ...(body === undefined ? {} : { requestBody: body }),
    responses: { ...Object.fromEntries(replies), default: PROBLEM },
  };
}

/** OpenAPI has one operation where several routes stand, each for some of the requests. */
function joined(first: Operation, second: Operation): Operation {
  const taken = new Set(first.parameters.map(({ name }) => name));
  const parameters = [...first.parameters, ...second.parameters.filter(({ name }) => !taken.has(name))];
  const requestBody = first.requestBody ?? second.requestBody;
  return {
    operationId: first.operationId,
    tags: [...new Set([...first.tags, ...second.tags])],
    summary: `${first.summary}. Or: ${second.summary}`,
    security: first.security.length > second.security.length ? first.security : second.security,
    // What one of them must have, the other has not.
    parameters: parameters.map((one) => one["in"] === "path" ? one : { ...one, required: false }),
    ...(requestBody === undefined ? {} : { requestBody: { ...requestBody, required: false } }),
    responses: { ...second.responses, ...first.responses },
  };
}

/** `getClientsIdPlaces` */
function operationId({ method, path }: RouteSpec): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  return method + words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join("");
}

function parametersOf({ path, params, query, headers = {} }: RouteSpec): readonly Json[] {
  const described = params === undefined ? {} : propertiesOf(params).properties;
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  const inPath = names.map((name) =>
    parameter(name, "path", true, described[name] ?? { type: "string", minLength: 1 })
  );
  const inHeaders = Object.entries(headers).map(([name, description]) =>
    parameter(name, "header", false, { type: "string", description })
  );
  if (query === undefined) return [...inPath, ...inHeaders];
  const { properties, required } = propertiesOf(query);
  const inQuery = Object.entries(properties).map(([name, schema]) =>
    parameter(name, "query", required.includes(name), schema)
  );
  return [...inPath, ...inQuery, ...inHeaders];
}

function parameter(name: string, place: "path" | "query" | "header", required: boolean, schema: Json): Json {
  const { description, ...rest } = schema;
  return { name, in: place, required, ...(description === undefined ? {} : { description }), schema: rest };
}

/** What a schema of an object says of its properties. Those of alternatives are all put together. */
function propertiesOf(schema: v.GenericSchema): { properties: Record<string, Json>; required: string[] } {
  return gather(jsonSchema(schema));
}

function gather(schema: JsonSchema): { properties: Record<string, Json>; required: string[] } {
  const parts = (schema.anyOf ?? schema.oneOf ?? []).filter((part) => typeof part === "object").map(gather);
  const properties = Object.assign({}, ...parts.map((part) => part.properties), schema.properties);
  return { properties, required: schema.required ?? [] };
}

function bodyOf({ body, bodyDescription: description }: RouteSpec): Json | undefined {
  if (body === undefined && description === undefined) return undefined;
  const content = body === undefined ? { "*/*": {} } : { "application/json": { schema: jsonSchema(body) } };
  return { ...(description === undefined ? {} : { description }), required: true, content };
}

function response(status: string, reply: ReplySpec): Json {
  const { description, headers } = reply;
  const content = contentOf(Number(status), reply);
  return {
    description,
    ...(content === undefined ? {} : { content }),
    ...(headers === undefined ? {} : {
      headers: Object.fromEntries(
        Object.entries(headers).map((
          [name, text],
        ) => [name, { description: text, schema: { type: "string" } }]),
      ),
    }),
  };
}

/** Whatever is refused is a problem. */
function contentOf(status: number, { schema, type }: ReplySpec): Json | undefined {
  if (status >= 400) return PROBLEM_CONTENT;
  if (schema !== undefined) return { [type ?? "application/json"]: { schema: jsonSchema(schema) } };
  return type === undefined ? undefined : { [type]: {} };
}

/** What may be sent, or is. Checks that JSON Schema has no words for are left out: what it says is true without them. */
function jsonSchema(schema: v.GenericSchema): JsonSchema {
  const { $schema: _, ...rest } = toJsonSchema(schema, {
    target: "draft-2020-12",
    typeMode: "input",
    ignoreActions: ["check", "partial_check", "raw_check"],
  });
  return rest;
}
