/** `GET /herd`: how the servers and links of the herd are, from what this server sees and the others say. */
import * as v from "valibot";
import { urlOf } from "../runtime/url.ts";
import type { Api } from "./api.ts";
import type { GatewayContext } from "./context.ts";
import { type Condition, type HerdState, herdStateSchema, type OwnState, ownState } from "./herd_state.ts";
import { type Heard, Others } from "./others.ts";
import { askAll } from "./whole.ts";

const querySchema = v.strictObject({
  scope: v.pipe(
    v.optional(v.picklist(["herd", "own"]), "herd"),
    v.description("own: without asking the other servers, each of which is asked with it."),
  ),
});

const NOBODY: ReadonlyMap<string, Heard> = new Map();

export function addHerd(api: Api, context: GatewayContext): void {
  const startedMs = context.runtime.clock.monotonicMs();
  const others = new Others(context);
  api.add({
    method: "get",
    path: "/herd",
    tag: "programs",
    summary: "The servers and links of the herd, and how they are",
    access: "read",
    query: querySchema,
    replies: { 200: { description: "As far as this server can find out.", schema: herdStateSchema } },
  }, async ({ query }) => {
    const heard = query.scope === "own" ? NOBODY : await others.ask();
    const own = ownState(context, await askAll(context), startedMs);
    return Response.json(herdState(context, own, heard));
  });
}

/** @param heard of the others, by their names. */
export function herdState(
  context: Pick<GatewayContext, "topology" | "place" | "doors" | "isTls">,
  own: OwnState,
  heard: ReadonlyMap<string, Heard>,
): HerdState {
  const { topology, place, doors, isTls } = context;
  const said = new Map([[place.name, own]]);
  for (const [name, one] of heard) {
    if (one.kind === "own") said.set(name, one.own);
  }
  const links = topology.links.map(([a, b]) => ({
    ends: [a, b] as [string, string],
    state: linkState(said, a, b),
  }));
  return {
    herd: topology.herd,
    asked: place.name,
    servers: topology.servers.map(({ name, host, port, classic }) => {
      const door = doors.get(name);
      const own = said.get(name) ?? null;
      const ofItsLinks = links.filter(({ ends }) => ends.includes(name)).map(({ state }) => state);
      return {
        name,
        host,
        port,
        http: door === undefined ? null : urlOf(door, isTls),
        classic: classic === true,
        state: own === null ? serverState(heard.get(name), ofItsLinks) : "up",
        own,
      };
    }),
    links,
  };
}

/** @param said what the servers that were asked say of themselves. */
function linkState(said: ReadonlyMap<string, OwnState>, a: string, b: string): Condition {
  const views = [viewOf(said, a, b), viewOf(said, b, a)].filter((view) => view !== undefined);
  if (views.length === 0) return "unknown";
  return views.includes(true) ? "up" : "down";
}

/** Whether `end` says that it is linked to `other`; undefined where it was not asked, or knows no such neighbor. */
function viewOf(said: ReadonlyMap<string, OwnState>, end: string, other: string): boolean | undefined {
  return said.get(end)?.links.find(({ neighbor }) => neighbor === other)?.linked;
}

/** Of a server that has not told of itself. */
function serverState(heard: Heard | undefined, links: readonly Condition[]): Condition {
  if (links.includes("up")) return "up";
  switch (heard?.kind) {
    case "silent":
      return "down";
    case "strange":
      return "unknown";
    case "own":
    case "unasked":
    case undefined:
      return links.includes("down") ? "down" : "unknown";
  }
}
