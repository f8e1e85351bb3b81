/** Makes topology.schema.json, for editors, from the definition that topology.json is validated with. */
import { toJsonSchema } from "@valibot/to-json-schema";
import { topologySchema } from "../src/herd/topology.ts";

/** The text of topology.schema.json. */
export function topologySchemaText(): string {
  const schema = toJsonSchema(topologySchema, { errorMode: "ignore" });
  return `${JSON.stringify({ title: "The topology of a herd", ...schema }, null, 2)}\n`;
}

if (import.meta.main) Deno.writeTextFileSync("topology.schema.json", topologySchemaText());
