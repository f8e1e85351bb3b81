/** What apps send as named texts, in the URL, in a form or in flat JSON. */
import * as v from "valibot";
import type { Call } from "../api.ts";
import { faultsOf } from "../faults.ts";
import { Problem } from "../problem.ts";

/** By name; of a name that stands in the URL and in the body, what the URL says. */
export type Fields = ReadonlyMap<string, string>;

/** The texts of the URL. */
export function urlFields(request: Pick<Request, "url">): Map<string, string> {
  return new Map(new URL(request.url).searchParams);
}

/** A body: JSON where it says so, or looks like it. Apps do not always say what they send. */
export type Body =
  | { readonly kind: "empty" }
  | { readonly kind: "json"; readonly value: unknown }
  | { readonly kind: "form"; readonly fields: Fields };

/** @throws {Problem} for what says that it is JSON, and is not. */
export async function readBody({ request, text: read }: Pick<Call, "request" | "text">): Promise<Body> {
  // Whoever types a body into an app ends it with a line end that is part of no field.
  const text = (await read()).trim();
  if (text === "") return { kind: "empty" };
  const isJson = (request.headers.get("content-type") ?? "").includes("json") || /^[[{]/.test(text);
  if (!isJson) return { kind: "form", fields: new Map(new URLSearchParams(text)) };
  try {
    return { kind: "json", value: JSON.parse(text) };
  } catch {
    throw new Problem(400, "Not understood", "the body: it is no JSON");
  }
}

const flatSchema = v.record(v.string(), v.unknown());

/** The texts and numbers of a JSON object, as texts. */
export function flatFields(value: unknown): Fields {
  const result = v.safeParse(flatSchema, value);
  const entries = result.success ? Object.entries(result.output) : [];
  return new Map(
    entries.filter(([, field]) => typeof field === "string" || typeof field === "number")
      .map(([name, field]) => [name, String(field)]),
  );
}

/** `parse` of the schema, or a Problem of status 400 that names what is wrong. */
export function parseOr400<S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  what: string,
): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  throw new Problem(400, "Not understood", `${what}: ${faultsOf(result.issues)}`);
}
