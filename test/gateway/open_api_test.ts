/** The description of the HTTP door, against the door. */
import { assert, assertEquals } from "@std/assert";
import * as v from "valibot";
import { describe as describeRoutes } from "../../src/gateway/open_api.ts";
import { problemSchema } from "../../src/gateway/problem.ts";
import { test } from "../runner.ts";
import { FakeDoor } from "./fakes.ts";

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly security: readonly unknown[];
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}

interface Description {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

async function describe(door: FakeDoor): Promise<Description> {
  const { status, json } = await door.askJson("/openapi.json");
  assertEquals(status, 200);
  return json as Description;
}

test("the description is valid OpenAPI 3.1", async () => {
  const { Validator } = await import("@seriousme/openapi-schema-validator");
  const validator = new Validator();
  const description = await describe(new FakeDoor());
  const { valid, errors } = await validator.validate({ ...description });
  assertEquals([valid, errors, validator.version], [true, undefined, "3.1"]);
  validator.resolveRefs();
}, { needs: ["read"] });

test("every route is in the description, with its parameters, its answers and problems", async () => {
  const door = new FakeDoor();
  const { paths } = await describe(door);
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`)
  );
  const places = new Set(door.api.routes.map(({ method, path }) => `${method} ${path}`));
  assertEquals(described.sort(), [...places].sort());
  const ids = Object.values(paths).flatMap((methods) => Object.values(methods).map((one) => one.operationId));
  assertEquals(new Set(ids).size, ids.length, "operations have IDs of their own");
  for (const { path, method, replies } of door.api.routes) {
    const operation = paths[path]![method]!;
    for (const status of [...Object.keys(replies), "default"]) assert(status in operation.responses);
    const inPath = operation.parameters.filter((parameter) => parameter.in === "path");
    assertEquals(inPath.map(({ name }) => `{${name}}`), path.match(/\{\w+\}/g) ?? []);
  }
});

test("every answer that refuses is described as a problem", async () => {
  const { paths } = await describe(new FakeDoor());
  const refusing = Object.values(paths).flatMap((methods) => Object.values(methods)).flatMap((
    { responses },
  ) => Object.entries(responses).filter(([status]) => Number(status) >= 400));
  assert(refusing.length > 0);
  for (const [status, { content }] of refusing) {
    assertEquals(Object.keys(content ?? {}), ["application/problem+json"], status);
  }
});

test("what a route takes is in the description", async () => {
  const { paths } = await describe(new FakeDoor());
  const names = (path: string, method = "get") =>
    paths[path]![method]!.parameters.map((one) => `${one.in} ${one.name}${one.required ? "!" : ""}`);
  assertEquals(names("/clients/{id}/places"), ["path id!", "query radius", "query limit"]);
  assertEquals(names("/events"), ["query prefix", "query box", "query since", "header last-event-id"]);
  assertEquals(Object.keys(paths["/events"]!["get"]!.responses["200"]!.content ?? {}), ["text/event-stream"]);
  const { requestBody } = paths["/clients/{id}"]!["put"] as unknown as {
    requestBody: { content: { "application/json": { schema: Record<string, unknown> } } };
  };
  const { properties, required } = requestBody.content["application/json"].schema;
  assertEquals(Object.keys(properties as object), ["latitude", "longitude", "time"]);
  assertEquals(required, ["latitude", "longitude"]);
});

test("it says where one may have to say who one is", async () => {
  const { paths } = await describe(new FakeDoor());
  const security = (path: string) => paths[path]!["get"]!.security;
  assertEquals(security("/herd"), [{}, { basic: [] }, { bearer: [] }, { token: [] }]);
  assertEquals(security("/openapi.json"), [{}]);
});

test("routes that share a place are one operation, which has what each of them has", () => {
  const common = { method: "get", path: "/x/{id}" } as const;
  const { paths } = describeRoutes([
    {
      ...common,
      tag: "phones",
      summary: "A",
      access: "write",
      query: v.object({ lat: v.string() }),
      replies: { 200: { description: "Taken.", type: "text/plain" }, 400: { description: "No." } },
    },
    { ...common, tag: "people", summary: "B", access: "open", replies: { 404: { description: "None." } } },
  ]) as unknown as Description;
  const { tags, summary, security, parameters, responses } = paths["/x/{id}"]!["get"]!;
  assertEquals([tags, summary, security.length], [["phones", "people"], "A. Or: B", 4]);
  assertEquals(parameters.map(({ name, required }) => [name, required]), [["id", true], ["lat", false]]);
  assertEquals(Object.keys(responses), ["200", "400", "404", "default"]);
});

test("answers are what the description says", async () => {
  const door = new FakeDoor();
  const put = { method: "PUT", body: { latitude: 1, longitude: 2 } };
  const asked = [
    ["put", "/clients/{id}", "/clients/kiwi", put],
    ["get", "/clients/{id}", "/clients/kiwi", {}],
    ["get", "/clients/{id}/places", "/clients/kiwi/places?radius=0", {}],
    ["get", "/clients.geojson", "/clients.geojson", {}],
    ["get", "/herd", "/herd", {}],
  ] as const;
  for (const [method, route, path, options] of asked) {
    const spec = door.api.routes.find((one) => one.method === method && one.path === route);
    const { status, json } = await door.askJson(path, options);
    const schema = spec?.replies[status]?.schema;
    assert(schema !== undefined, `${method} ${route} ${status}`);
    v.parse(schema, json);
  }
  const { status, json } = await door.askJson("/clients/mango");
  assertEquals([status, v.parse(problemSchema, json).status], [404, 404]);
});
