/** What the HTTP door of a server in memory stands on. */
import type { GatewayContext } from "../../src/gateway/context.ts";
import { OPEN_GUARD } from "./open_guard.ts";
import { DEFAULT_LIMITS } from "../../src/limits.ts";
import type { ServerCounters } from "../../src/server/counters.ts";
import type { FakeServer } from "../server/fakes.ts";

/** Of Goloman, whose neighbor is Hands. @param parts what is other than usual. */
export function contextOf(
  { server, clock, log, network }: FakeServer,
  parts: Partial<GatewayContext> = {},
): GatewayContext {
  const place = { name: "Goloman", host: "127.0.0.1", port: 1 };
  const hands = { name: "Hands", host: "127.0.0.1", port: 2 };
  return {
    runtime: {
      name: "none 1.0",
      clock,
      network,
      hmac: crypto.subtle,
      randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    },
    limits: DEFAULT_LIMITS,
    log,
    limitHits: server.limitHits,
    topology: { herd: "herd", servers: [place, hands], links: [["Goloman", "Hands"]], settings: {} },
    place,
    secrets: [],
    doors: new Map(),
    isTls: false,
    placesName: "embedded",
    server,
    guard: OPEN_GUARD,
    closing: new AbortController().signal,
    counters: () => ({ ...server.counters, ...server.herd.counters }) as ServerCounters,
    ...parts,
  };
}
