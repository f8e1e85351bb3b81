/** What all that answers HTTP requests shares. */
import type { ServerPlace, Topology } from "../herd/topology.ts";
import type { LimitHits } from "../limit_hits.ts";
import type { Limits } from "../limits.ts";
import type { ServerLog } from "../log/server_log.ts";
import type { Address, Runtime } from "../runtime/runtime.ts";
import type { ServerCounters } from "../server/counters.ts";
import type { Server } from "../server/server.ts";
import type { ThreadAnswers } from "../server/thread_state.ts";
import type { Guard } from "./guard.ts";

export interface OtherThreads {
  readonly count: number;
  ask(): Promise<ThreadAnswers>;
}

export interface GatewayContext {
  readonly runtime: Pick<Runtime, "name" | "clock" | "network" | "hmac" | "randomBytes">;
  readonly limits: Limits;
  readonly log: ServerLog;
  readonly limitHits: LimitHits;
  readonly topology: Topology;
  /** This server in it. */
  readonly place: ServerPlace;
  readonly secrets: readonly string[];
  /** The HTTP doors that are known, by the names of their servers. */
  readonly doors: ReadonlyMap<string, Address>;
  /** Whether the doors speak HTTPS. */
  readonly isTls: boolean;
  /** Who finds places: "embedded", "google", ... */
  readonly placesName: string;
  readonly server: Server;
  readonly guard: Guard;
  /** Aborted once the door closes: what has no end of its own ends then. */
  readonly closing: AbortSignal;
  counters(): ServerCounters;
  /** The other threads of this same server, where there are any. */
  readonly threads?: OtherThreads;
}
