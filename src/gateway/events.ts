/** `/events`: what changes, as it changes, as server-sent events. */
import * as v from "valibot";
import { FIXED_WAITS } from "../limits.ts";
import type { Api } from "./api.ts";
import { ClientFilter, filterEntries } from "./client_filter.ts";
import type { GatewayContext } from "./context.ts";
import { parseEventId } from "./event_id.ts";
import { EventStream, type EventStreamOptions } from "./event_stream.ts";
import { Problem } from "./problem.ts";
import { textStream } from "./text_stream.ts";
import type { Turns } from "./turns.ts";

const HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
  // No other request comes behind it.
  "connection": "close",
  // Proxies that gather what passes would hold events back.
  "x-accel-buffering": "no",
};

const query = v.strictObject({
  ...filterEntries,
  since: v.optional(v.pipe(
    v.string(),
    v.description(
      'The ID of an event, to hear of what has changed after it; "now" (the default); or "start", for all that is ' +
        "known and then what changes. The header Last-Event-ID goes before it.",
    ),
  )),
});

const DESCRIPTION = `Events "report", each with a client's newest report as /clients/{id} gives it. ` +
  `A client that moves often is told of once a batch, and one that leaves a box is not told of. ` +
  `An event "restart" says that the server has begun a new life, and that all is told again.`;

export function addEvents(api: Api, context: GatewayContext, turns: Turns): void {
  const { closing, guard, limits, limitHits, runtime, server } = context;
  const streams = new Set<EventStream>();
  const endAll = () => streams.forEach((stream) => stream.end());
  closing.addEventListener("abort", endAll, { once: true });
  // Whoever still may comes again, and has missed nothing.
  guard.onChange(endAll);
  api.add({
    method: "get",
    path: "/events",
    tag: "programs",
    summary: "What changes, as it changes (server-sent events)",
    access: "read",
    headers: { "last-event-id": "The ID of the last event that was heard: what has changed since is told." },
    query,
    replies: { 200: { description: DESCRIPTION, type: HEADERS["content-type"] } },
  }, ({ query: { prefix, box, since }, request }) => {
    const start = startOf(request.headers.get("last-event-id") || since || "now", context);
    // Its body would never be read, and so never be ended.
    if (request.method === "HEAD") return new Response(null, { headers: HEADERS });
    if (closing.aborted) throw new Problem(503, "Not now", "this server stops", retryAfter());
    if (streams.size >= limits.httpStreams) {
      limitHits.hit("httpStreams");
      throw new Problem(503, "Not now", `${streams.size} streams are open, as many as may be`, retryAfter());
    }
    const stream = new EventStream({
      registry: server.registry,
      clock: runtime.clock,
      turns,
      limits,
      run: server.herd.run,
      ...start,
      filter: new ClientFilter({ prefix, box }),
      retryMs: FIXED_WAITS.eventsRetryMs,
      ended: () => streams.delete(stream),
    });
    streams.add(stream);
    request.signal.addEventListener("abort", () => stream.end(), { once: true });
    if (request.signal.aborted) stream.end();
    return new Response(textStream(stream), { headers: HEADERS });
  });
}

function startOf(
  since: string,
  { server: { herd, registry } }: GatewayContext,
): Pick<EventStreamOptions, "from" | "isRestart"> {
  if (since === "now") return { from: registry.seq, isRestart: false };
  if (since === "start") return { from: 0, isRestart: false };
  const id = parseEventId(since);
  if (id === undefined) {
    throw new Problem(
      400,
      "Not understood",
      `${JSON.stringify(since)} is no event's ID: give one as it came, now or start`,
    );
  }
  if (id.run !== herd.run) return { from: 0, isRestart: true };
  if (id.seq > registry.seq) throw new Problem(400, "Not understood", `there is no event ${since} yet`);
  return { from: id.seq, isRestart: false };
}

function retryAfter(): Readonly<Record<string, string>> {
  return { "retry-after": String(Math.ceil(FIXED_WAITS.eventsRetryMs / 1000)) };
}
