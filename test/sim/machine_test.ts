/** The simulated machine, where it could be wrong and make every history a lie. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { AddressInUseError, type ConnectionEvents, FileNotFoundError } from "../../src/runtime/runtime.ts";
import { test } from "../runner.ts";
import { Life } from "./life.ts";
import { Random } from "./random.ts";
import { Scheduler } from "./scheduler.ts";
import { SimClock, WallClock } from "./sim_clock.ts";
import type { End, Owner, Weather } from "./sim_connection.ts";
import { SimDisk } from "./sim_disk.ts";
import { SimNetwork } from "./sim_network.ts";
import { Trace } from "./trace.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Runs what is due within `ms`. */
async function pass(scheduler: Scheduler, ms: number): Promise<void> {
  await scheduler.run(scheduler.nowUs + ms * 1_000);
}

test("the scheduler goes by time, then arrivals before ends of turns, then the order they were set in", async () => {
  const scheduler = new Scheduler();
  const life = new Life(scheduler);
  const clock = new SimClock(life, new WallClock(0n), 0);
  const seen: string[] = [];
  clock.after(2, () => seen.push("later"));
  clock.after(1, () => {
    clock.soon(() => seen.push("end of turn"));
    seen.push("first");
  });
  clock.after(1, () => seen.push("second"));
  const cancelled = clock.after(1, () => seen.push("never"));
  cancelled.cancel();
  await pass(scheduler, 5);
  assertEquals(seen, ["first", "second", "end of turn", "later"]);
  assertEquals(clock.timers.size, 0);
});

test("a life that has ended does nothing any more, and one that stalls does it later", async () => {
  const scheduler = new Scheduler();
  const seen: string[] = [];
  const ended = new Life(scheduler);
  ended.after(1, () => seen.push("ghost"));
  ended.end();
  const stalled = new Life(scheduler);
  const clock = new SimClock(stalled, new WallClock(0n), 0);
  const late = clock.after(2, () => seen.push("cancelled while it was late"));
  clock.after(1, () => {
    seen.push(`after ${clock.monotonicMs()} ms`);
    late.cancel();
  });
  stalled.stall(10_000);
  await pass(scheduler, 20);
  assertEquals(seen, ["after 10 ms"]);
});

test("the clock on the wall jumps, the other one does not", () => {
  const scheduler = new Scheduler();
  const wall = new WallClock(-1_500_000_000n);
  const clock = new SimClock(new Life(scheduler), wall, 5);
  assertEquals(clock.now(), { seconds: 1_799_999_998, nanos: 500_000_000 });
  wall.jump(3_600_000_000_001n);
  assertEquals(clock.now(), { seconds: 1_800_003_598, nanos: 500_000_001 });
  assertEquals(clock.monotonicMs(), 5);
});

interface Wire {
  readonly scheduler: Scheduler;
  readonly network: SimNetwork;
  readonly server: Owner;
  readonly client: Owner;
  readonly dialed: End;
  readonly accepted: End;
}

function owner(scheduler: Scheduler, network: SimNetwork, address: string): Owner {
  const manners = { takesAtOnce: true, tellsLastEnd: true };
  return { host: network.addHost(address), life: new Life(scheduler), manners, ends: new Set() };
}

async function connect(weather: Weather = { splits: 0, shortWrites: 0 }, windowBytes = 100): Promise<Wire> {
  const scheduler = new Scheduler();
  const ways = { minDelayMs: 1, maxDelayMs: 9, minWindowBytes: windowBytes, maxWindowBytes: windowBytes };
  const trace = new Trace(scheduler, false);
  const network = new SimNetwork({ AddressInUseError }, scheduler, new Random(7), trace, ways, weather);
  const server = owner(scheduler, network, "10.0.0.1");
  const client = owner(scheduler, network, "10.0.0.2");
  const accepts: End[] = [];
  await network.for(server).listen({ host: "10.0.0.1", port: 1 }, (one) => accepts.push(one as End));
  const dialing = network.dial(client, { host: "10.0.0.1", port: 1 }, new AbortController().signal);
  await pass(scheduler, 100);
  return { scheduler, network, server, client, dialed: await dialing, accepted: accepts[0]! };
}

/** Keeps all that comes, in words. */
class Ear implements ConnectionEvents {
  text = "";
  readonly told: string[] = [];
  received(bytes: Uint8Array): void {
    this.text += decoder.decode(bytes);
  }
  drained(): void {
    this.told.push("drained");
  }
  ended(): void {
    this.told.push("ended");
  }
  closed(cause: Error | undefined): void {
    this.told.push(cause === undefined ? "closed" : "broke");
  }
}

function listen(end: End): Ear {
  const ear = new Ear();
  end.start(ear);
  return ear;
}

test("bytes keep their order, however they are cut up, and an end follows them", async () => {
  const { scheduler, dialed, accepted } = await connect({ splits: 0.8, shortWrites: 0.8 });
  const [there, back] = [listen(accepted), listen(dialed)];
  const text = Array.from({ length: 200 }, (_, i) => `line ${i}\n`).join("");
  for (let at = 0; at < text.length; at += 13) dialed.write(encoder.encode(text.slice(at, at + 13)));
  dialed.end();
  await pass(scheduler, 5_000);
  assertEquals(there.text, text);
  assertEquals(there.told, ["ended"]);
  accepted.write(encoder.encode("bye"));
  accepted.end();
  await pass(scheduler, 100);
  assertEquals(back.text, "bye");
  assertEquals(back.told.at(-1), "closed");
  assertEquals(there.told.at(-1), "closed");
});

test("who does not read fills the window, and the rest stays with the sender until it is read", async () => {
  const { scheduler, dialed, accepted } = await connect();
  const there = listen(accepted);
  const here = listen(dialed);
  accepted.pause();
  dialed.write(new Uint8Array(250).fill(0x61));
  await pass(scheduler, 1_000);
  assertEquals(dialed.unsentBytes, 150, "a window of 100 bytes is full");
  assertEquals([there.text, here.told], ["", []]);
  accepted.resume();
  await pass(scheduler, 1_000);
  assertEquals([there.text.length, dialed.unsentBytes, here.told], [250, 0, ["drained"]]);
});

test("a way that is cut keeps what is under way until it is mended", async () => {
  const { scheduler, network, server, client, dialed, accepted } = await connect();
  const [there, back] = [listen(accepted), listen(dialed)];
  network.cut(client.host, server.host);
  dialed.write(encoder.encode("held"));
  accepted.write(encoder.encode("other way"));
  await pass(scheduler, 1_000);
  assertEquals([there.text, back.text], ["", "other way"]);
  network.mend(client.host, server.host);
  await pass(scheduler, 100);
  assertEquals(there.text, "held");
});

test("nobody hears of a machine without power, until it is there again and knows nothing", async () => {
  const { scheduler, network, server, dialed, accepted } = await connect();
  listen(accepted);
  const here = listen(dialed);
  server.life.end();
  network.abandon(server, false);
  server.host.isUp = false;
  dialed.write(encoder.encode("hello?"));
  await pass(scheduler, 10_000);
  assertEquals(here.told, []);
  network.switchOn(server.host);
  await pass(scheduler, 100);
  assertEquals(here.told, ["broke"]);
});

test("a connection that is swallowed tells neither end", async () => {
  const { scheduler, dialed, accepted } = await connect();
  const [there, here] = [listen(accepted), listen(dialed)];
  dialed.swallow();
  dialed.write(encoder.encode("hello?"));
  accepted.destroy();
  await pass(scheduler, 60_000);
  assertEquals([there.text, here.told], ["", []]);
});

test("a dial is refused where nobody listens, and given up where nobody answers", async () => {
  const { scheduler, network, server, client } = await connect();
  const causes: string[] = [];
  const keep = (error: Error) => void causes.push(error.message);
  network.dial(client, { host: "10.0.0.1", port: 2 }, new AbortController().signal).catch(keep);
  await pass(scheduler, 100);
  assertEquals(causes, ["connection refused"]);
  network.cut(client.host, server.host);
  const giveUp = new AbortController();
  network.dial(client, { host: "10.0.0.1", port: 1 }, giveUp.signal).catch(keep);
  await pass(scheduler, 10_000);
  assertEquals(causes.length, 1);
  giveUp.abort();
  await pass(scheduler, 1);
  assertEquals(causes[1], "gave up");
});

function openDisk(): { readonly disk: SimDisk; readonly scheduler: Scheduler; readonly life: Life } {
  const scheduler = new Scheduler();
  return { disk: new SimDisk({ FileNotFoundError }, new Random(3)), scheduler, life: new Life(scheduler) };
}

test("a crash of the machine takes back what was not synced, and nothing else", async () => {
  const lengths = new Set<number>();
  for (let i = 0; i < 50; i++) {
    const { scheduler, life } = openDisk();
    const disk = new SimDisk({ FileNotFoundError }, new Random(i));
    const files = disk.for(life);
    const { file } = files.openAppend("data/a");
    file.appendSync(encoder.encode("synced"));
    const synced = Promise.all([file.sync(), files.syncDir("data")]);
    file.appendSync(encoder.encode(", or not"));
    await pass(scheduler, 100);
    await synced;
    disk.crash();
    const text = decoder.decode(disk.contents().get("data/a"));
    assert(text.startsWith("synced"), text);
    lengths.add(text.length);
  }
  assert(lengths.size > 3, "it may be cut anywhere");
});

test("a name that was not synced may be gone after a crash of the machine, and the old one be back", async () => {
  const names = new Set<string>();
  for (let i = 0; i < 50; i++) {
    const { scheduler, life } = openDisk();
    const disk = new SimDisk({ FileNotFoundError }, new Random(i));
    const files = disk.for(life);
    files.openAppend("data/a").file.appendSync(encoder.encode("old"));
    const synced = files.syncDir("data");
    await pass(scheduler, 100);
    await synced;
    files.openAppend("data/b");
    files.renameSync("data/b", "data/a");
    disk.crash();
    names.add([...disk.contents().keys()].join());
  }
  assertEquals(names, new Set(["data/a", "data/a,data/b"]));
});

test("a crash of the process takes back nothing; a full disk takes a part and says so", () => {
  const { disk, life } = openDisk();
  const { file } = disk.for(life).openAppend("a");
  file.appendSync(encoder.encode("all of it"));
  life.end();
  assertEquals(decoder.decode(disk.contents().get("a")), "all of it");
  disk.troubles.isFull = true;
  assertThrows(() => file.appendSync(encoder.encode("more")), Error, "no space");
});
