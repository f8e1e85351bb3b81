/** A whole server in memory, with a journal: what its sessions may say when, and what it finds again. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { parseTopology } from "../../src/herd/topology.ts";
import type { Fsync } from "../../src/journal/journal.ts";
import { DEFAULT_LIMITS } from "../../src/limits.ts";
import { NO_LOG } from "../../src/log/server_log.ts";
import type { Connection, ConnectionEvents, Runtime } from "../../src/runtime/runtime.ts";
import { JournalError } from "../../src/server/journal_keeper.ts";
import { Server } from "../../src/server/server.ts";
import { toBytes, toText } from "../../src/wire/bytes.ts";
import { settle } from "../settle.ts";
import { FakeClock } from "../fake_clock.ts";
import { FakeDisk } from "../journal/fakes.ts";
import { test } from "../runner.ts";

const PATH = "data/A.journal";
const OTHER = "data/A 2.journal";
const TOPOLOGY = parseTopology(
  `{ "servers": { "A": { "host": "127.0.0.1", "port": 1 }, "B": { "host": "127.0.0.1", "port": 2 } },
     "links": [["A", "B"]] }`,
);

/** A client's end of a session. */
class Client implements Connection {
  readonly remote = { host: "127.0.0.1", port: 2 };
  readonly unsentBytes = 0;
  /** What has come, line by line. */
  readonly heard: string[] = [];
  isGone = false;
  #events: ConnectionEvents | undefined;

  start(events: ConnectionEvents): void {
    this.#events = events;
  }
  write(bytes: Uint8Array): void {
    this.heard.push(...toText(bytes).trimEnd().split("\n"));
  }
  pause(): void {}
  resume(): void {}
  end(): void {
    this.destroy();
  }
  destroy(): void {
    if (this.isGone) return;
    this.isGone = true;
    this.#events?.closed(undefined);
  }
  say(text: string): void {
    this.#events?.received(toBytes(text));
  }
}

/** A server and the world around it. */
class World {
  readonly disk: FakeDisk;
  readonly clock = new FakeClock();
  readonly server: Server;
  /** Ends the search that is under way. */
  found: () => void = () => {};
  accept: (connection: Connection) => void = () => {};

  constructor(disk = new FakeDisk(), fsync: Fsync = "always") {
    this.disk = disk;
    const nobody = () => {
      throw new Error("nobody is asked for this here");
    };
    const runtime: Runtime = {
      name: "a test",
      clock: this.clock,
      network: {
        listen: (address, accept) => {
          this.accept = accept;
          return Promise.resolve({ address, close() {} });
        },
        findTlsFault: () => Promise.resolve(undefined),
        dial: nobody,
        serveHttp: nobody,
        fetch: nobody,
      },
      files: disk,
      process: {} as Runtime["process"],
      hmac: crypto.subtle,
      crypto: crypto.subtle,
      randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    };
    this.server = new Server({
      runtime,
      limits: DEFAULT_LIMITS,
      log: NO_LOG,
      topology: TOPOLOGY,
      place: TOPOLOGY.servers[0]!,
      secrets: [],
      journal: { dir: "data", name: "A.journal", inherits: ["A 2.journal", "A 3.journal"], fsync },
      places: {
        answer: () => false,
        find: () => new Promise((resolve) => this.found = () => resolve(toBytes("{}"))),
      },
    });
  }

  static async start(disk?: FakeDisk, fsync?: Fsync): Promise<World> {
    const world = new World(disk, fsync);
    await world.server.recover();
    const started = world.server.start();
    await world.turns();
    await started;
    return world;
  }

  client(): Client {
    const client = new Client();
    this.accept(client);
    return client;
  }

  async turns(): Promise<void> {
    for (let turn = 0; turn === 0 || !this.clock.isIdle; turn++) {
      assert(turn < 10_000, "it spins");
      this.clock.turn();
      await settle();
    }
  }

  get lines(): string[] {
    return Array.from(this.server.registry.lines(), (line) => toText(line));
  }
}

const IAMAT = "IAMAT kiwi +1+2 1700000000\n";
const AT = "AT A +0.000000000 kiwi +1+2 1700000000";

test("an acknowledgment waits for the disk, also of a report that was sent again, and asking does not", async () => {
  const world = await World.start();
  world.disk.holdsSyncs = true;
  const [first, second, third] = [world.client(), world.client(), world.client()];
  first.say(IAMAT);
  second.say(IAMAT);
  third.say("WHATSAT kiwi 0 0\nhello?\n");
  await world.turns();
  assertEquals([first.heard, second.heard, third.heard[0]], [[], [], AT]);
  first.say("hello?\n");
  assertEquals([first.heard, world.server.counters.repeated], [[], 1], "nothing overtakes it");
  world.disk.syncs.shift()?.succeed();
  await settle();
  assertEquals([first.heard, second.heard], [[AT, "? hello?"], [AT]]);
});

test("a report behind a search is journaled at once, and acknowledged behind the answer", async () => {
  const world = await World.start();
  const client = world.client();
  client.say(IAMAT);
  await world.turns();
  client.say("WHATSAT kiwi 10 5\nIAMAT mango +1+2 1\n");
  await world.turns();
  assert(world.disk.durableTexts(PATH)[0]?.includes(" mango "));
  assertEquals(client.heard, [AT]);
  world.found();
  await world.turns();
  assertEquals(client.heard.slice(1, 4), [AT, "{}", ""]);
  assert(client.heard[4]?.includes(" mango "));
});

test("while the disk is full a report is refused and counted, those under way are held, and their session is stalled in the end", async () => {
  const world = await World.start();
  world.disk.failing.add("append");
  const held = world.client();
  held.say(IAMAT);
  await world.turns();
  const refused = world.client();
  refused.say("IAMAT mango +1+2 1\nWHATSAT mango 0 0\nWHATSAT kiwi 0 0\n");
  assertEquals(refused.heard.slice(0, 3), ["? IAMAT mango +1+2 1", "? WHATSAT mango 0 0", AT]);
  assertEquals(world.server.counters.unjournaled, 1);
  assertEquals(held.heard, []);
  for (let ms = 0; ms < DEFAULT_LIMITS.stalledMs + 3_000; ms += 1_000) {
    world.clock.pass(1_000);
    await world.turns();
  }
  assertEquals([held.heard, held.isGone, refused.isGone], [[], true, false]);
  world.disk.failing.clear();
  world.clock.pass(DEFAULT_LIMITS.journalRetryMs);
  await world.turns();
  assertEquals([held.heard, world.disk.text(PATH)], [[], `${AT}\n`]);
  refused.say("IAMAT mango +1+2 1\n");
  await world.turns();
  assert(refused.heard.at(-1)?.startsWith("AT A "));
});

test("what a server held when it was killed its next life holds, in the same order, and so do all after it", async () => {
  const world = await World.start();
  const client = world.client();
  for (let i = 0; i < 50; i++) client.say(`IAMAT c${i * 7 % 20} +${i % 3}+2 ${i % 2}\n`);
  await world.turns();
  let disk = world.disk;
  for (let life = 0; life < 3; life++) {
    disk = disk.crashProcess();
    const next = await World.start(disk);
    assertEquals(next.lines, world.lines);
    assertEquals(disk.paths, [PATH]);
  }
});

test("journals that other threads have left are taken in, and removed once this one has what they had", async () => {
  const line = (id: string, time: number) => `AT A +0.000000000 ${id} +1+2 ${time}\n`;
  const make = () => {
    const disk = new FakeDisk();
    disk.put(PATH, line("a", 1) + line("b", 5));
    disk.put(OTHER, `${line("a", 2)}${line("b", 4)}${line("c", 1)}AT torn`);
    return disk;
  };
  const all = [line("a", 2), line("b", 5), line("c", 1)];
  const world = await World.start(make());
  assertEquals(world.disk.paths, [PATH]);
  for (const text of world.disk.durableTexts(PATH)) assertEquals(text.split(/(?<=\n)/).sort(), all);
  await world.server.stop();
  // Whatever fails there, it does not start, and nothing is lost.
  for (const failing of ["open", "append", "sync", "rename", "syncDir"] as const) {
    const broken = new World(make());
    await broken.server.recover();
    broken.disk.failing.add(failing);
    const started = assertRejects(() => broken.server.start(), JournalError, PATH);
    await broken.turns();
    await started;
    assertEquals(broken.disk.paths.includes(OTHER), true, failing);
    const after = await World.start(broken.disk.crashMachine(() => 0.7));
    assertEquals(after.lines.map((held) => `${held}\n`).sort(), all, failing);
  }
});

test("a journal that cannot be read or made is an error that names it", async () => {
  for (const failing of ["read", "open", "syncDir"] as const) {
    const disk = new FakeDisk();
    disk.put(PATH, "");
    disk.failing.add(failing);
    await assertRejects(() => new World(disk).server.recover(), JournalError, PATH);
  }
});

test("a journal that another server has written since it was read is not opened", async () => {
  const world = await World.start();
  world.client().say(IAMAT);
  await world.turns();
  const next = new World(world.disk);
  await next.server.recover();
  world.client().say("IAMAT mango +1+2 1\n");
  await world.turns();
  const written = world.disk.text(PATH);
  await assertRejects(() => next.server.start(), JournalError);
  assertEquals(world.disk.text(PATH), written);
});

test("what is left out of a journal is nobody's to rely on", async () => {
  const disk = new FakeDisk();
  const held = `HERD/1 HELD B ${"0".repeat(32)} 7\n`;
  const line = (origin: string) => `AT ${origin} +0.000000000 ${origin} +1+2 1\n`;
  disk.put(PATH, line("A") + held);
  assertEquals([...(await World.start(disk.crashProcess())).server.herd.held()].length, 1);
  disk.put(PATH, line("A") + line("Gone") + held);
  const world = await World.start(disk);
  assertEquals([...world.server.herd.held()], []);
  // Nor in a later life that knows the server again.
  world.client().say(IAMAT);
  await world.turns();
  const text = new TextDecoder().decode(disk.bytesOf(PATH));
  assert(text.includes("HERD/1 FORGET\nHERD/1 RUN "));
  disk.put(PATH, text.replace(line("Gone"), ""));
  assertEquals([...(await World.start(disk)).server.herd.held()], []);
});

test("a stop waits for a slow disk, and then what it acknowledges is heard", async () => {
  const world = await World.start();
  world.disk.holdsSyncs = true;
  const client = world.client();
  client.say(IAMAT);
  await world.turns();
  const stopped = world.server.stop();
  world.clock.pass(5_000);
  await world.turns();
  assertEquals([client.heard, client.isGone], [[], false]);
  world.disk.holdsSyncs = false;
  for (const sync of world.disk.syncs) sync.succeed();
  await world.turns();
  assertEquals(client.heard, [AT]);
  world.clock.pass(5_000);
  await world.turns();
  await stopped;
});

test("a stop brings everything to the disk, also what nobody has been told of", async () => {
  const world = await World.start(new FakeDisk(), "never");
  const client = world.client();
  client.say(`${IAMAT}WHATSAT kiwi 10 5\nIAMAT mango +1+2 1\n`);
  const stopped = world.server.stop();
  world.clock.pass(DEFAULT_LIMITS.drainMs);
  await world.turns();
  await stopped;
  assertEquals(world.disk.durableTexts(PATH)[0], world.lines.map((line) => `${line}\n`).join(""));
  assertEquals([world.lines.length, world.disk.openFiles], [2, 0]);
});

test("what is told from within is kept before it is acknowledged, and who waits can give up", async () => {
  const world = await World.start();
  world.disk.holdsSyncs = true;
  const { requests } = world.server;
  assertEquals(requests.tell(IAMAT.trimEnd(), "peer").kind, "taken");
  let isKept = false;
  const kept = requests.kept(new AbortController().signal).then(() => isKept = true);
  const giveUp = new AbortController();
  const given = requests.kept(giveUp.signal);
  await world.turns();
  assertEquals(isKept, false);
  giveUp.abort(new Error("gone"));
  await assertRejects(() => given, Error, "gone");
  world.disk.syncs.shift()?.succeed();
  await kept;
  await requests.kept(new AbortController().signal);
});
