/** An HTTP door without a machine under it: requests are answered as they are asked, and time moves when a test says so. */
import type { Api } from "../../src/gateway/api.ts";
import type { GatewayContext } from "../../src/gateway/context.ts";
import { makeApi } from "../../src/gateway/gateway.ts";
import type { Guard } from "../../src/gateway/guard.ts";
import { settle, turnEnds } from "../settle.ts";
import { OPEN_GUARD } from "./open_guard.ts";
import { DEFAULT_LIMITS, type Limits } from "../../src/limits.ts";
import type { Requests } from "../../src/server/requests.ts";
import { FakeServer, type FakeServerOptions } from "../server/fakes.ts";
import { contextOf } from "./context.ts";

/** More steps than anything takes here that comes to an end. */
const STEPS = 20_000;
const STEP_MS = 10;

export interface FakeDoorOptions extends FakeServerOptions {
  readonly guard?: Guard;
  /** Stands in for the server's own, in part. */
  readonly requests?: Partial<Pick<Requests, "tell" | "kept" | "find">>;
}

/** What is asked beyond a path. */
export interface Asked {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** The door of the server Goloman. */
export class FakeDoor {
  readonly herd: FakeServer;
  readonly api: Api;
  readonly context: GatewayContext;
  /** How often time was moved on: what is done in turns gets one of them with each. */
  steps = 0;
  readonly #closing = new AbortController();

  constructor({ guard = OPEN_GUARD, requests = {}, ...options }: FakeDoorOptions = {}) {
    const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.herd = new FakeServer(options);
    const { server } = this.herd;
    for (const [name, stub] of Object.entries(requests)) {
      Object.defineProperty(server.requests, name, { value: stub });
    }
    this.context = contextOf(this.herd, {
      limits,
      guard,
      secrets: ["secret"],
      closing: this.#closing.signal,
    });
    this.api = makeApi(this.context);
  }

  /** The door closes. */
  close(): void {
    this.#closing.abort();
  }

  /** Asks, with a body as JSON if any. */
  ask(path: string, { method = "GET", body, headers = {}, signal }: Asked = {}): Promise<Response> {
    const request = new Request(`http://127.0.0.1:8080${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    return this.until(this.api.answer(request, { host: "127.0.0.1", port: 50_000 }));
  }

  /** Asks for JSON, whatever the status is. */
  async askJson(
    path: string,
    asked: Asked = {},
  ): Promise<{ status: number; json: unknown; headers: Headers }> {
    const response = await this.ask(path, asked);
    const text = await this.until(response.text());
    return { status: response.status, json: JSON.parse(text), headers: response.headers };
  }

  /** A client of a session says something. */
  say(lines: string): void {
    this.herd.connect().say(lines);
  }

  /** Lets time pass until `promise` has come to its end. */
  async until<T>(promise: T | Promise<T>): Promise<T> {
    let isSettled = false;
    const settled = Promise.resolve(promise).finally(() => isSettled = true);
    settled.catch(() => {});
    for (let step = 0; step < STEPS; step++) {
      await settle();
      // A body may wait for the real event loop, which is no reason for time to move.
      if (!isSettled) await turnEnds();
      if (isSettled) return await settled;
      this.#step();
    }
    throw new Error("this takes for ever");
  }

  /** Lets time pass, and all that it sets going. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      this.#step();
      await settle();
    }
  }

  #step(): void {
    this.steps++;
    this.herd.clock.pass(STEP_MS);
  }
}

/** Counts the cursors that stand in the registry of `door`. */
export function countCursors(door: FakeDoor): () => number {
  const { registry } = door.herd.server;
  let open = 0;
  const openCursor = registry.openCursor.bind(registry);
  const closeCursor = registry.closeCursor.bind(registry);
  registry.openCursor = (seq) => {
    open++;
    return openCursor(seq);
  };
  registry.closeCursor = (cursor) => {
    open--;
    closeCursor(cursor);
  };
  return () => open;
}

/** Reports of the registry of `door` that were looked at: in all, and the most in one step. */
export interface Looked {
  readonly all: number;
  readonly mostAtOnce: number;
}

export function countLooks(door: FakeDoor): () => Looked {
  const { registry } = door.herd.server;
  const lineOf = registry.lineOf.bind(registry);
  let [all, mostAtOnce, atOnce, step] = [0, 0, 0, 0];
  registry.lineOf = (entry) => {
    if (step !== door.steps) [step, atOnce] = [door.steps, 0];
    all++;
    mostAtOnce = Math.max(mostAtOnce, ++atOnce);
    return lineOf(entry);
  };
  return () => ({ all, mostAtOnce });
}
