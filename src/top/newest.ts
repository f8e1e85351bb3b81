/** The clients that have reported last, from a server's stream of events. */
import * as v from "valibot";
import type { StreamEvent } from "./event_stream.ts";

/** What of a report is shown. */
const reportSchema = v.object({
  id: v.string(),
  latitude: v.number(),
  longitude: v.number(),
  origin: v.string(),
});

export interface SeenReport extends v.InferOutput<typeof reportSchema> {
  /** When it came, by the monotonic clock. */
  readonly atMs: number;
}

/** Clients that are kept: more than fit a screen. */
const KEPT = 200;

export class NewestClients {
  /** The newest last. */
  readonly #seen = new Map<string, SeenReport>();

  /** Takes events that have come together. Those that nobody could see are not even read. */
  take(events: readonly StreamEvent[], atMs: number): void {
    for (const { name, data } of events.slice(-KEPT)) {
      const report = name === "report" ? v.safeParse(reportSchema, parseJson(data)) : undefined;
      if (report?.success !== true) continue;
      this.#seen.delete(report.output.id);
      this.#seen.set(report.output.id, { ...report.output, atMs });
    }
    for (const id of this.#seen.keys()) {
      if (this.#seen.size <= KEPT) break;
      this.#seen.delete(id);
    }
  }

  /** The newest first. */
  get list(): readonly SeenReport[] {
    return [...this.#seen.values()].reverse();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
