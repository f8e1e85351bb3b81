/** The HTTP door of a server that has no machine under it. */
import { assertEquals } from "@std/assert";
import { makeApi } from "../../../src/gateway/gateway.ts";
import type { Guard, Identity } from "../../../src/gateway/guard.ts";
import { OPEN_GUARD } from "../open_guard.ts";
import { DEFAULT_LIMITS, type Limits } from "../../../src/limits.ts";
import { FakeServer } from "../../server/fakes.ts";
import { contextOf } from "../context.ts";

/** What the door's clock says. */
export const NOW = "1700000000";

export interface DoorOptions {
  readonly limits?: Partial<Limits>;
  /** Who asks, where that is someone; `mayWrite` and `isFriend` then say what they may. */
  readonly user?: string;
  readonly mayWrite?: Guard["mayWrite"];
  readonly isFriend?: Guard["isFriend"];
}

export interface Answered {
  readonly status: number;
  readonly body: string;
}

export class Door {
  readonly fake: FakeServer;
  readonly closing = new AbortController();
  readonly #answer: (request: Request) => Response | Promise<Response>;

  private constructor(fake: FakeServer, options: DoorOptions) {
    this.fake = fake;
    const who: Identity = options.user === undefined
      ? { kind: "anyone" }
      : { kind: "user", name: options.user };
    const api = makeApi(contextOf(fake, {
      limits: { ...DEFAULT_LIMITS, ...options.limits },
      closing: this.closing.signal,
      guard: {
        ...OPEN_GUARD,
        identify: () => Promise.resolve(who),
        mayWrite: options.mayWrite ?? OPEN_GUARD.mayWrite,
        isFriend: options.isFriend ?? OPEN_GUARD.isFriend,
      },
    }));
    this.#answer = (request) => api.answer(request, { host: "192.0.2.1", port: 50_000 });
  }

  static async open(options: DoorOptions = {}): Promise<Door> {
    const limits = options.limits ?? {};
    return new Door(await new FakeServer({ limits }).start(), options);
  }

  /** What is answered to a request of `target`: a path, or a path and a query. */
  async ask(method: string, target: string, init: RequestInit = {}): Promise<Answered> {
    const response = await this.#answer(new Request(`http://herd.example${target}`, { ...init, method }));
    return { status: response.status, body: await response.text() };
  }

  get(target: string): Promise<Answered> {
    return this.ask("GET", target);
  }

  /** Posts a form where `body` is text, else JSON. */
  post(target: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answered> {
    const isForm = typeof body === "string";
    const type = isForm ? "application/x-www-form-urlencoded" : "application/json";
    return this.ask("POST", target, {
      body: isForm ? body : JSON.stringify(body),
      headers: { "content-type": type, ...headers },
    });
  }

  /** All that the registry holds, client by client: what stands behind the skew of its AT line. */
  held(): string[] {
    return [...this.fake.server.registry.lines()].map((line) =>
      new TextDecoder().decode(line).split(" ").slice(3).join(" ")
    );
  }

  /** Checks that the registry holds these reports alone, in the order in which they came. */
  assertHolds(...reports: readonly string[]): void {
    assertEquals(this.held(), reports);
  }

  /** An IAMAT over TCP, from somewhere else. */
  tell(iamat: string): void {
    const session = this.fake.connect();
    session.say(`${iamat}\n`);
    assertEquals(session.written.startsWith("AT "), true, session.written);
    session.destroy();
  }
}

/** The `detail` of a problem. */
export function detailOf({ body }: Answered): string {
  return (JSON.parse(body) as { detail: string }).detail;
}
