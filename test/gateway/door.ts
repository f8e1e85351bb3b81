/** The HTTP door of a server in memory, for what operators ask of it. */
import { Api } from "../../src/gateway/api.ts";
import type { GatewayContext } from "../../src/gateway/context.ts";
import { makeApi } from "../../src/gateway/gateway.ts";
import { DEFAULT_LIMITS } from "../../src/limits.ts";
import { PlacesFinder } from "../../src/places/finder.ts";
import type { PlacesProvider } from "../../src/places/provider.ts";
import { Measures } from "../../src/server/measures.ts";
import { FakeServer, type FakeServerOptions } from "../server/fakes.ts";
import { FakeClock } from "../fake_clock.ts";
import { contextOf } from "./context.ts";
import { type Exposed, readExposition } from "./exposition.ts";

const REMOTE = { host: "127.0.0.1", port: 50_001 };

export class Door {
  readonly herd: FakeServer;
  readonly api: Api;
  readonly closing = new AbortController();
  /** Of the searches for places. */
  readonly searchClock: FakeClock;

  private constructor(herd: FakeServer, context: Omit<GatewayContext, "closing">, searchClock: FakeClock) {
    this.herd = herd;
    this.searchClock = searchClock;
    this.api = makeApi({ ...context, closing: this.closing.signal });
  }

  static async open(
    provider: PlacesProvider,
    options: FakeServerOptions = {},
    parts: Partial<GatewayContext> = {},
  ): Promise<Door> {
    const searchClock = new FakeClock();
    // The server makes the clock that they measure with.
    const measured: { by?: Measures } = {};
    const finder = new PlacesFinder(provider, DEFAULT_LIMITS, searchClock, {
      onSearched: (status, ms) => measured.by?.searched(status, ms),
    });
    const herd = await new FakeServer({ ...options, places: finder }).start();
    const { server, clock } = herd;
    const measures = measured.by = new Measures(clock);
    measures.start();
    const context = contextOf(herd, {
      placesName: provider.name,
      counters: () => ({
        ...server.counters,
        ...server.herd.counters,
        places: finder.counters,
        limitsHit: server.limitHits.nonZero,
        logBytesLost: 0,
        ...server.journalCounters,
        measured: measures.counts,
      }),
      ...parts,
    });
    return new Door(herd, context, searchClock);
  }

  async get(path: string): Promise<Response> {
    return await this.api.answer(new Request(`http://127.0.0.1${path}`), REMOTE);
  }

  async metrics(): Promise<Exposed> {
    return readExposition(await (await this.get("/metrics")).text());
  }

  /** By name and labels: what `act` has changed, the door's own count of requests and the loop's delays aside. */
  async changes(act: () => void | Promise<void>): Promise<Readonly<Record<string, number>>> {
    const before = (await this.metrics()).values;
    await act();
    const changed: Record<string, number> = {};
    for (const [key, value] of (await this.metrics()).values) {
      const by = value - (before.get(key) ?? 0);
      if (by !== 0 && !key.includes('route="/metrics"') && !key.startsWith("herd_event_loop")) {
        changed[key] = by;
      }
    }
    return changed;
  }
}
