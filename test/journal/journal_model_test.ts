/**
 * Random histories of a server with a journal: clients, neighbors, a disk that is slow, full or broken, crashes of
 * the process and of the machine. Whatever happens, what was acknowledged is kept as its mode promises, replies stay
 * in order, and once all works again nothing waits and nothing is missing.
 */
import { assert, assertEquals } from "@std/assert";
import { type Fsync, FSYNC_MODES, Journal, type JournalEvent } from "../../src/journal/journal.ts";
import { recover } from "../../src/journal/recovery.ts";
import { DEFAULT_LIMITS } from "../../src/limits.ts";
import type { Connection, ConnectionEvents } from "../../src/runtime/runtime.ts";
import { DurableConnection } from "../../src/server/durable_connection.ts";
import { settle } from "../settle.ts";
import { Bench } from "../registry/bench.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";
import { FakeClock } from "../fake_clock.ts";
import { type Failing, FakeDisk } from "./fakes.ts";

const DIR = "data";
const PATH = `${DIR}/A.journal`;
const CONNECTIONS = 3;
/** Small, so that the journal is rewritten often and in several turns. */
const LIMITS = { ...DEFAULT_LIMITS, journalBytes: 150 };
const BATCH_BYTES = 90;

const decoder = new TextDecoder();
const encoder = new TextEncoder();

type Step =
  /** A client reports on a connection, or a neighbor does; or a client asks for something. */
  | { readonly kind: "report"; readonly on: number; readonly line: string }
  | { readonly kind: "flood"; readonly line: string }
  | { readonly kind: "ask"; readonly on: number }
  /** Replies on a connection wait for a search, until that has found something. */
  | { readonly kind: "search" | "found"; readonly on: number }
  /** A client goes, and another one comes. */
  | { readonly kind: "leave"; readonly on: number }
  | { readonly kind: "turn" }
  | { readonly kind: "pass"; readonly ms: number }
  /** The disk: from now on it is slow or not; one thing it was slow with is done or fails; it breaks; it is mended. */
  | { readonly kind: "slow"; readonly isSlow: boolean }
  | { readonly kind: "sync"; readonly which: number; readonly succeeds: boolean }
  | { readonly kind: "break"; readonly what: Failing; readonly bytes: number }
  | { readonly kind: "mend" }
  | { readonly kind: "crash"; readonly what: "process" | "machine"; readonly chances: readonly number[] }
  | { readonly kind: "stop" };

/** The socket's side of a connection: what arrives there is what the client has. */
class Wire implements Connection {
  readonly remote = { host: "127.0.0.1", port: 1 };
  readonly unsentBytes = 0;
  readonly #arrived: (reply: number) => void;
  events: ConnectionEvents | undefined;
  isGone = false;

  constructor(arrived: (reply: number) => void) {
    this.#arrived = arrived;
  }
  start(events: ConnectionEvents): void {
    this.events = events;
  }
  write(bytes: Uint8Array): void {
    for (const reply of decoder.decode(bytes).trimEnd().split("\n")) this.#arrived(Number(reply));
  }
  pause(): void {}
  resume(): void {}
  end(): void {}
  destroy(): void {
    this.isGone = true;
  }
}

/** A client on a connection: the replies it is owed, in order, with the report that each acknowledges. */
interface Client {
  readonly connection: DurableConnection;
  readonly owed: { readonly reply: number; readonly line: string | undefined }[];
  /** Replies behind a search that is under way. */
  behind: number[] | undefined;
}

class World {
  readonly #fsync: Fsync;
  #disk = new FakeDisk();
  #clock = new FakeClock();
  #bench = new Bench();
  #journal: Journal;
  #clients: Client[] = [];
  #replies = 0;
  #inTrouble = false;
  /** What was wrong first, of what was found where nobody could be told. */
  #wrong: unknown;
  /** Acknowledged reports, each client's newest, that a crash of the process must leave, and of the machine. */
  #kept = new Newest();
  #keptByMachine = new Newest();

  constructor(fsync: Fsync) {
    this.#fsync = fsync;
    this.#journal = this.#open(0);
  }

  async run(step: Step): Promise<void> {
    this.#do(step);
    await this.#settle();
    if (step.kind === "crash") {
      const chances = [...step.chances];
      await this.#restart(
        step.what === "process"
          ? this.#disk.crashProcess()
          : this.#disk.crashMachine(() => chances.shift() ?? 0.5),
        step.what,
      );
    } else if (step.kind === "stop") {
      await this.#stop();
    }
    this.#checkFile();
    this.#checkKept();
  }

  /** All works again: nothing may wait any more, and nothing may be missing. */
  async end(): Promise<void> {
    this.#mend();
    for (const client of this.#clients) this.#found(client);
    for (let i = 0; i < 60; i++) {
      this.#clock.pass(LIMITS.journalRetryMs);
      this.#clock.turn();
      await this.#settle();
    }
    assertEquals(this.#clients.map(({ owed }) => owed), this.#clients.map(() => []), "replies still wait");
    assertEquals([this.#inTrouble, this.#journal.refuses], [false, false]);
    assertEquals(benchOf(this.#disk.text(PATH)).lines(), this.#bench.lines(), "the journal has everything");
    if (this.#fsync !== "never") {
      for (const text of this.#disk.durableTexts(PATH)) {
        assertEquals(benchOf(text).lines(), this.#bench.lines());
      }
    }
    await this.#stop();
    assertEquals(this.#disk.openFiles, 1, "all is closed but the journal that was opened anew");
  }

  async #settle(): Promise<void> {
    await settle();
    if (this.#wrong !== undefined) throw this.#wrong;
  }

  #check(fn: () => void): void {
    try {
      fn();
    } catch (error) {
      this.#wrong ??= error;
    }
  }

  #do(step: Step): void {
    switch (step.kind) {
      case "report":
        return this.#report(this.#clients[step.on]!, step.line);
      case "flood":
        if (["new", "newer"].includes(this.#bench.offer(step.line, 0))) this.#journal.changed();
        return;
      case "ask":
        return this.#reply(this.#clients[step.on]!, undefined);
      case "search":
        this.#clients[step.on]!.behind ??= [];
        return;
      case "found":
        return this.#found(this.#clients[step.on]!);
      case "leave":
        this.#clients[step.on]?.connection.destroy();
        this.#clients[step.on] = this.#connect();
        return;
      case "turn":
        return this.#clock.turn();
      case "pass":
        return this.#clock.pass(step.ms);
      case "slow":
        this.#disk.holdsSyncs = step.isSlow;
        return;
      case "sync": {
        const [sync] = this.#disk.syncs.splice(step.which % Math.max(1, this.#disk.syncs.length), 1);
        return step.succeeds ? sync?.succeed() : sync?.fail();
      }
      case "break":
        this.#disk.failing.add(step.what);
        this.#disk.appendedBeforeFailure = step.bytes;
        return;
      case "mend":
        return this.#mend();
      case "crash":
      case "stop":
        return;
    }
  }

  #mend(): void {
    this.#disk.failing.clear();
    this.#disk.holdsSyncs = false;
    for (const sync of this.#disk.syncs.splice(0)) sync.succeed();
  }

  /** As a session does it. */
  #report(client: Client, line: string): void {
    if (this.#journal.refuses) return this.#reply(client, undefined);
    this.#bench.offer(line);
    client.connection.acknowledges();
    this.#reply(client, line);
  }

  #reply({ connection, owed, behind }: Client, line: string | undefined): void {
    const reply = ++this.#replies;
    owed.push({ reply, line });
    if (behind !== undefined) behind.push(reply);
    else connection.write(encoder.encode(`${reply}\n`));
  }

  #found(client: Client): void {
    const { connection, behind = [] } = client;
    client.behind = undefined;
    if (behind.length > 0) connection.write(encoder.encode(behind.map((reply) => `${reply}\n`).join("")));
  }

  #connect(): Client {
    const owed: Client["owed"] = [];
    const wire = new Wire((reply) =>
      this.#check(() => {
        assert(!wire.isGone, "nothing is written to who has gone");
        const next = owed.shift();
        assertEquals(next?.reply, reply, "replies stay in order");
        if (next?.line !== undefined) this.#acknowledged(next.line);
      })
    );
    const connection = new DurableConnection(wire, this.#journal);
    connection.start({ received() {}, drained() {}, ended() {}, closed() {} });
    return { connection, owed, behind: undefined };
  }

  /** The client has the acknowledgment of this report now. */
  #acknowledged(line: string): void {
    if (this.#fsync === "always") this.#keptByMachine.add(line);
    else if (this.#inTrouble) return;
    this.#kept.add(line);
    this.#checkKept();
  }

  /** What a crash at this very moment would leave. */
  #checkKept(): void {
    assertHas(this.#disk.text(PATH), this.#kept);
    for (const text of this.#disk.durableTexts(PATH)) assertHas(text, this.#keptByMachine);
  }

  #open(wholeBytes: number): Journal {
    const { registry } = this.#bench;
    const disk = this.#disk;
    disk.onSync = (path) => {
      if (path !== PATH) return () => {};
      const kept = this.#kept.lines;
      return () => {
        for (const line of this.#disk === disk ? kept : []) this.#keptByMachine.add(line);
      };
    };
    // As a server does it before it opens its journal.
    disk.openAppend(PATH).file.close();
    void disk.syncDir();
    this.#inTrouble = false;
    this.#journal = new Journal(
      {
        files: disk,
        clock: this.#clock,
        limits: LIMITS,
        registry,
        dir: DIR,
        name: "A.journal",
        fsync: this.#fsync,
        run: "0123456789abcdef0123456789abcdef",
        held: () => [],
        batchBytes: BATCH_BYTES,
        onEvent: (event) => this.#check(() => this.#event(event)),
      },
      wholeBytes,
      wholeBytes,
    );
    this.#clients = Array.from({ length: CONNECTIONS }, () => this.#connect());
    return this.#journal;
  }

  #event({ kind }: JournalEvent): void {
    if (kind === "trouble") {
      assert(!this.#inTrouble, "trouble is told once");
      this.#inTrouble = true;
    } else if (kind === "healed") {
      assert(this.#inTrouble, "only trouble is healed");
      this.#inTrouble = false;
    }
  }

  /** The next life, on what the last one left; checks that nothing is missing that was promised. */
  async #restart(disk: FakeDisk, after: "process" | "machine" | "stop"): Promise<void> {
    const before = this.#bench;
    const kept = after === "machine" ? this.#keptByMachine : this.#kept;
    this.#disk = disk;
    this.#clock = new FakeClock();
    this.#bench = new Bench();
    const found = await recover({ files: disk, registry: this.#bench.registry, isServer: () => true }, PATH);
    const lines = this.#bench.lines();
    assertHas(disk.text(PATH), kept);
    for (const line of lines) assert(before.offer(line) !== "new", "nobody is made up");
    if (after === "stop" && !this.#inTrouble) assertEquals(lines, before.lines());
    if (after === "machine") this.#kept = new Newest(kept.lines);
    this.#open(found?.wholeBytes ?? 0);
  }

  async #stop(): Promise<void> {
    const disk = this.#disk;
    for (const { connection } of this.#clients) connection.destroy();
    // A disk that never answers holds up a stop; this one answers in the end.
    disk.holdsSyncs = false;
    const closed = this.#journal.close();
    for (const sync of disk.syncs.splice(0)) sync.succeed();
    await closed;
    await this.#settle();
    assertEquals(disk.openFiles, 0);
    await this.#restart(disk.crashProcess(), "stop");
  }

  /** Only its end may be torn, and only while the disk is in trouble. */
  #checkFile(): void {
    const text = this.#disk.text(PATH) ?? "";
    const lines = text.split("\n");
    const torn = lines.pop();
    for (const line of lines) assert(IS_RECORD.test(line), `${JSON.stringify(line)} stands in the journal`);
    if (!this.#inTrouble) assertEquals(torn, "");
  }
}

const IS_RECORD = /^AT [AB] \+\d\.\d{9} [a-f] \+[12]\+2 \d$/;

/** What a server would find in a journal of this text. */
function benchOf(text: string | undefined): Bench {
  const bench = new Bench();
  for (const line of (text ?? "").split("\n").slice(0, -1)) bench.offer(line, 0);
  return bench;
}

/** Each client's newest of some reports. Repeated ones, which differ in their skews, are one to it. */
class Newest {
  readonly #lines = new Map<string, string>();

  constructor(lines: readonly string[] = []) {
    for (const line of lines) this.add(line);
  }

  get lines(): string[] {
    return [...this.#lines.values()];
  }

  add(line: string): void {
    if (!this.has(line)) this.#lines.set(line.split(" ")[3] ?? "", line);
  }

  /** Whether it has this report, or a newer one of its client. */
  has(line: string): boolean {
    const [, origin = "", , id = "", position = "", time = ""] = line.split(" ");
    const held = this.#lines.get(id);
    if (held === undefined) return false;
    const [, heldOrigin = "", , , heldPosition = "", heldTime = ""] = held.split(" ");
    return heldTime > time ||
      (heldTime === time && `${heldOrigin} ${heldPosition}` <= `${origin} ${position}`);
  }
}

/** Checks that a journal of this text has the reports of `kept`, or newer ones. */
function assertHas(text: string | undefined, kept: Newest): void {
  const found = new Newest((text ?? "").split("\n").slice(0, -1));
  for (const line of kept.lines) assert(found.has(line), `${line} was acknowledged, and is lost`);
}

const aLine = fc.tuple(
  fc.constantFrom("A", "B"),
  fc.nat({ max: 2 }),
  fc.constantFrom("a", "b", "c", "d", "e", "f"),
  fc.constantFrom("+1+2", "+2+2"),
  fc.nat({ max: 9 }),
).map(([origin, skew, id, position, time]) => `AT ${origin} +${skew}.000000000 ${id} ${position} ${time}`);
const aConnection = fc.nat({ max: CONNECTIONS - 1 });
const aChance = fc.double({ min: 0, max: 1, noNaN: true });
const aFailure = fc.constantFrom<Failing>(
  "append",
  "append",
  "truncate",
  "sync",
  "rename",
  "open",
  "syncDir",
);

function often(weight: number, arbitrary: fc.Arbitrary<Step>) {
  return { weight, arbitrary };
}

const aStep = fc.oneof(
  often(12, fc.record({ kind: fc.constant("report"), on: aConnection, line: aLine })),
  often(5, fc.record({ kind: fc.constant("flood"), line: aLine })),
  often(3, fc.record({ kind: fc.constant("ask"), on: aConnection })),
  often(2, fc.record({ kind: fc.constantFrom("search", "found"), on: aConnection })),
  often(1, fc.record({ kind: fc.constant("leave"), on: aConnection })),
  often(16, fc.constant({ kind: "turn" })),
  often(4, fc.record({ kind: fc.constant("pass"), ms: fc.constantFrom(300, 1_000, 5_000) })),
  often(3, fc.record({ kind: fc.constant("slow"), isSlow: fc.boolean() })),
  often(
    8,
    fc.record({
      kind: fc.constant("sync"),
      which: fc.nat({ max: 3 }),
      succeeds: fc.nat({ max: 6 }).map((n) => n > 0),
    }),
  ),
  often(2, fc.record({ kind: fc.constant("break"), what: aFailure, bytes: fc.nat({ max: 60 }) })),
  often(2, fc.constant({ kind: "mend" })),
  often(
    1,
    fc.record({
      kind: fc.constant("crash"),
      what: fc.constantFrom("process", "machine"),
      chances: fc.array(aChance, { minLength: 12, maxLength: 12 }),
    }),
  ),
  often(1, fc.constant({ kind: "stop" })),
);
const someSteps = fc.array(aStep, { maxLength: 150, size: "max" });

for (const fsync of FSYNC_MODES) {
  test(`whatever happens, a journal keeps what it promises with --fsync ${fsync}`, async () => {
    await fc.assert(
      fc.asyncProperty(someSteps, async (steps) => {
        const world = new World(fsync);
        for (const step of steps) await world.run(step);
        await world.end();
      }),
      { numRuns: 100 },
    );
  });
}
