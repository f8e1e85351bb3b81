/** A session's promises that sockets show too seldom: its replies' order, its waits, and why it ended. */
import { assertEquals } from "@std/assert";
import { DEFAULT_LIMITS, type Limits } from "../../src/limits.ts";
import { NO_LOG } from "../../src/log/server_log.ts";
import { Registry } from "../../src/registry/registry.ts";
import type { Connection, ConnectionEvents, Runtime } from "../../src/runtime/runtime.ts";
import type { ServerContext } from "../../src/server/context.ts";
import { Handlers } from "../../src/server/handlers.ts";
import { Session } from "../../src/server/session.ts";
import { ClientParser } from "../../src/wire/client_message.ts";
import { IdHash } from "../../src/wire/id_hash.ts";
import { makeWorkBuffer } from "../../src/wire/line_reader.ts";
import { OutBuffer } from "../../src/wire/render.ts";
import { test } from "../runner.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Takes every write at once, as a socket with room does on Node: nothing is ever drained. */
class TakingConnection implements Connection {
  readonly remote = { host: "127.0.0.1", port: 50_000 };
  readonly unsentBytes = 0;
  written = "";
  #events: ConnectionEvents | undefined;

  start(events: ConnectionEvents): void {
    this.#events = events;
  }
  write(bytes: Uint8Array): void {
    this.written += decoder.decode(bytes);
  }
  pause(): void {}
  resume(): void {}
  end(): void {}
  destroy(): void {
    this.#events?.closed(undefined);
  }
  say(text: string): void {
    this.#events?.received(encoder.encode(text));
  }
}

interface Bench {
  readonly session: Session;
  readonly connection: TakingConnection;
  /** Why the session ended. */
  readonly reasons: readonly string[];
  /** Ends the turn of the event loop: what was put off to it is done, and what that puts off. */
  endTurn(): void;
  /** Answers the oldest search. */
  findPlaces(): Promise<void>;
}

function open(limits: Partial<Limits>): Bench {
  const soon: (() => void)[] = [];
  const searches: ((json: Uint8Array) => void)[] = [];
  const reasons: string[] = [];
  const hash = new IdHash(new Uint8Array(1024).map((_, i) => i * 167));
  const registry = new Registry(hash, 100);
  const all: Limits = { ...DEFAULT_LIMITS, ...limits };
  const clock = {
    now: () => ({ seconds: 1_520_023_934, nanos: 0 }),
    monotonicMs: () => 0,
    soon: (fn: () => void) => void soon.push(fn),
  };
  const context: ServerContext = {
    runtime: { clock } as unknown as Runtime,
    limits: all,
    log: NO_LOG,
    handlers: new Handlers(registry, all, "Goloman"),
    parser: new ClientParser(hash),
    work: makeWorkBuffer(all.lineBytes),
    out: new OutBuffer(1_024),
    counters: { reports: 0, repeated: 0, full: 0, unjournaled: 0, searches: 0, invalid: 0 },
    answerPlaces: () => false,
    findPlaces: () => new Promise((resolve) => searches.push(resolve)),
    takeOver: () => undefined,
    flood() {},
    ended: (_session, reason) => void reasons.push(reason),
  };
  const connection = new TakingConnection();
  const session = new Session(context, connection);
  session.start();
  return {
    session,
    connection,
    reasons,
    endTurn() {
      for (let fn = soon.shift(); fn !== undefined; fn = soon.shift()) fn();
    },
    async findPlaces() {
      searches.shift()?.(encoder.encode("{}"));
      await Promise.resolve();
      await Promise.resolve();
    },
  };
}

test("the error line of a line that is too long waits for the search before it", async () => {
  const { connection, findPlaces } = open({ lineBytes: 60 });
  connection.say("IAMAT kiwi +34-118 1520023934\nWHATSAT kiwi 10 5\n");
  const before = connection.written;
  connection.say("x".repeat(100));
  assertEquals(connection.written, before, "nothing overtakes the search");
  await findPlaces();
  const at = "AT Goloman +0.000000000 kiwi +34-118 1520023934\n";
  assertEquals(connection.written, `${at}${at}{}\n\n? ${"x".repeat(60)}\n`);
});

test("lines that waited for room are handled where the socket takes the replies at once", () => {
  const { connection, endTurn } = open({ unreadBytes: 10 });
  connection.say("one\ntwo and three\nfour\nfive\n");
  endTurn();
  assertEquals(connection.written, "? one\n? two and three\n? four\n? five\n");
});

test("a session that its server closes ends for the server's reason", () => {
  const { session, reasons } = open({});
  session.close("it was idle");
  assertEquals(reasons, ["it was idle"]);
});
