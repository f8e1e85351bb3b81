/** `GET /healthz` and `GET /readyz`: what a supervisor and a load balancer ask. */
import * as v from "valibot";
import type { Api } from "./api.ts";
import type { GatewayContext } from "./context.ts";
import { Problem } from "./problem.ts";
import { askAll } from "./whole.ts";

const statusSchema = v.strictObject({ status: v.literal("ok") });

const OK = { status: "ok" } as const;

export function addHealth(api: Api, context: GatewayContext): void {
  api.add({
    method: "get",
    path: "/healthz",
    tag: "operators",
    summary: "Whether the server is alive: it answers",
    access: "open",
    replies: { 200: { description: "It is.", schema: statusSchema } },
  }, () => Response.json(OK));
  api.add({
    method: "get",
    path: "/readyz",
    tag: "operators",
    summary: "Whether the server can do its work: whoever sends it clients may",
    access: "open",
    replies: {
      200: { description: "It can.", schema: statusSchema },
      503: { description: "Not now; says why." },
    },
  }, async () => {
    const trouble = await findTrouble(context);
    if (trouble !== undefined) throw new Problem(503, "Not ready", trouble, { "retry-after": "1" });
    return Response.json(OK);
  });
}

/** Why no clients should be sent here now. */
async function findTrouble(context: GatewayContext): Promise<string | undefined> {
  if (context.closing.aborted) return "the server is stopping";
  const { state } = await askAll(context);
  if (state.refusing > 0) return "the journal cannot be written, so locations are refused until it can";
  return undefined;
}
