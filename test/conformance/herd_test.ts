/** protocol.md, "Between servers" and "The default herd": five servers that end up knowing the same. */

import { assert, assertEquals } from "@std/assert";
import { readFile } from "node:fs/promises";
import {
  FIVE,
  FIVE_LINKS,
  freePort,
  freshClient,
  type Herd,
  nanosOf,
  nowNanos,
  once,
  startHerd,
  startServer,
  tempFile,
  test,
  timeText,
  topologyText,
  until,
} from "./harness.ts";

const POSITION = "+34.068930-118.445127";

/** Started in the order of their names; later tests stop and start its servers. */
const theHerd = once(async (): Promise<Herd> => {
  const herd = await startHerd(FIVE, FIVE_LINKS, { order: FIVE });
  await herd.linked();
  return herd;
});

/** Small numbers from a fixed seed, the same on every run. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(state / 4_294_967_296 * below);
  };
}

test("topology.json is the default herd", async () => {
  const text = await readFile(new URL("../../topology.json", import.meta.url), "utf8");
  const { servers, links } = JSON.parse(text);
  assertEquals(
    servers,
    Object.fromEntries(FIVE.map((name, index) => [name, { host: "127.0.0.1", port: 12_000 + index }])),
  );
  const pairs = (links as string[][]).map((pair) => pair.toSorted().join(" ")).sort();
  assertEquals(pairs, FIVE_LINKS.map((pair) => pair.join(" ")));
});

test("a report to any server is the same AT line, to the byte, on all five", async () => {
  const herd = await theHerd();
  for (const origin of FIVE) {
    const client = freshClient("five");
    const at = await herd.server(origin).report(client, POSITION, timeText(nowNanos()));
    assert(at.startsWith(`AT ${origin} `));
    await herd.agreed(client, at);
  }
});

test("a client that moves from server to server is where it was last, on all five", async () => {
  const herd = await theHerd();
  const client = freshClient("moves");
  const start = nowNanos();
  let at = "";
  for (const [index, origin] of [...FIVE, ...FIVE.toReversed()].entries()) {
    at = await herd.server(origin).report(client, `+${index}-${index}`, timeText(start + BigInt(index)));
  }
  await herd.agreed(client, at);
});

test("odd client bytes, and longest lines, reach every server unchanged", async () => {
  const herd = await theHerd();
  const long = freshClient("long").padEnd(4_096 - "IAMAT  +34-118 1520023934.5".length, "x");
  for (
    const client of [`${freshClient()}\xff\xfe\x80`, `${freshClient()}\x00\x1b[2J\xa0`, "__proto__", long]
  ) {
    const at = await herd.server("Welsh").report(client, "+34-118", "1520023934.5");
    await herd.agreed(client, at);
  }
});

test("reports to all servers at once, in disorder, end in the newest of each client on all five", async () => {
  const herd = await theHerd();
  const random = seeded(7);
  const clients = Array.from({ length: 20 }, () => freshClient("storm"));
  const newest = new Map<string, string>();
  const sessions = new Map(
    await Promise.all(FIVE.map(async (name) => [name, await herd.server(name).client()] as const)),
  );
  const said = new Map<string, string[]>(FIVE.map((name) => [name, []]));
  for (let round = 0; round < 400; round++) {
    const client = clients[random(clients.length)] ?? "";
    // Times of one client are never equal here, and often only nanoseconds apart.
    const time = `1520023934.${String(random(3) * 400_000_000 + round).padStart(9, "0")}`;
    const origin = FIVE[random(FIVE.length)] ?? "Goloman";
    said.get(origin)?.push(`IAMAT ${client} +${round % 90}-1 ${time}\n`);
    const best = newest.get(client);
    if (best === undefined || nanosOf(time) > nanosOf(best)) newest.set(client, time);
  }
  await Promise.all([...sessions].map(async ([name, session]) => {
    const lines = said.get(name) ?? [];
    await session.send(lines.join(""));
    await session.lines(lines.length);
    session.destroy();
  }));
  for (const [client, time] of newest) {
    const at = await until(`the newest of ${client} is everywhere`, async () => {
      const agreed = await herd.agreed(client);
      return agreed.endsWith(` ${time}`) ? agreed : undefined;
    });
    assert(at.includes(` ${client} `));
  }
});

test("at equal times the same report wins on all five, whichever arrived first where", async () => {
  const herd = await theHerd();
  const origins: readonly (readonly [string, string])[] = [["Goloman", "Welsh"], ["Hands", "Holiday"], [
    "Welsh",
    "Wilkes",
  ]];
  for (const [one, two] of origins) {
    for (const [first, second] of [[one, two], [two, one]] as const) {
      for (const [a, b] of [["+1+1", "+2+2"], ["+2+2", "+1+1"]] as const) {
        const client = freshClient("tie");
        const time = timeText(nowNanos());
        // Both at once: neither waits for the other's flood.
        await Promise.all([
          herd.server(first).report(client, a, time),
          herd.server(second).report(client, b, time),
        ]);
        const winner = await until(`all hold ${one}'s report of ${client}`, async () => {
          const agreed = await herd.agreed(client);
          // "compare origin, then position text, then skew (the smaller one wins …)": the smaller origin.
          return agreed.startsWith(`AT ${one} `) ? agreed : undefined;
        });
        assert(winner.endsWith(` ${client} ${first === one ? a : b} ${time}`), winner);
      }
    }
  }
});

test("any two servers killed and started again: the others go on, and in the end all know the same", async () => {
  const herd = await theHerd();
  // Every server goes once at least; Holiday's absence cuts Welsh off.
  for (const pair of [["Goloman", "Hands"], ["Holiday", "Wilkes"], ["Welsh", "Goloman"]]) {
    const before = freshClient("before");
    const oldAt = await herd.server(pair[0] ?? "").report(before, POSITION, timeText(nowNanos()));
    await herd.agreed(before, oldAt);

    await Promise.all(pair.map((name) => herd.kill(name)));
    const reports: [client: string, at: string][] = [[before, oldAt]];
    const contested = freshClient("contested");
    let newestContested = "";
    for (const server of herd.running) {
      const client = freshClient("meanwhile");
      reports.push([client, await server.report(client, POSITION, timeText(nowNanos()))]);
      newestContested = await server.report(
        contested,
        POSITION,
        timeText(nowNanos() + BigInt(reports.length)),
      );
    }
    reports.push([contested, newestContested]);

    await Promise.all(pair.map((name) => herd.start(name)));
    for (const [client, at] of reports) await herd.agreed(client, at);
    await herd.linked();
  }
});

test("a herd stopped and started in other orders is a herd again", async () => {
  const herd = await theHerd();
  assertEquals(await herd.stopAll(), [0, 0, 0, 0, 0], "exit codes after SIGTERM");
  // From the far end inwards, and then all at once.
  for (const name of ["Welsh", "Wilkes", "Hands", "Goloman"]) await herd.start(name);
  const early = freshClient("early");
  const at = await herd.server("Welsh").report(early, POSITION, timeText(nowNanos()));
  await herd.start("Holiday");
  await herd.agreed(early, at);
  await herd.linked();

  assertEquals(await herd.stopAll(), [0, 0, 0, 0, 0]);
  await Promise.all(FIVE.map((name) => herd.start(name)));
  await herd.linked();
});

test("a missing neighbor costs the others nothing, from the start on", async () => {
  const herd = await startHerd(FIVE, FIVE_LINKS, { order: ["Holiday", "Welsh"] });
  const client = freshClient("missing");
  const at = await herd.server("Welsh").report(client, POSITION, timeText(nowNanos()));
  await herd.agreed(client, at);
  assertEquals(await herd.stopAll(), [0, 0]);
});

test("in a triangle with one side that never comes up, reports go the other way round", async () => {
  const names = ["Alpha", "Beta", "Gamma"] as const;
  const links = [["Alpha", "Beta"], ["Beta", "Gamma"], ["Alpha", "Gamma"]] as const;
  const ports = new Map<string, number>();
  for (const name of names) ports.set(name, await freePort());
  for (const [one, other] of links) {
    // Each end of the side knows the other by an address where nobody listens.
    const servers = await Promise.all(names.map(async (name) => {
      const lost = name === one ? other : name === other ? one : undefined;
      const seen = new Map(ports);
      if (lost !== undefined) seen.set(lost, await freePort());
      const topology = await tempFile("topology.json", topologyText(seen, links));
      return await startServer(name, { topology });
    }));
    for (const origin of servers) {
      const client = freshClient("triangle");
      const at = await origin.report(client, POSITION, timeText(nowNanos()));
      for (const server of servers) {
        await until(`${server.name} holds it`, async () => await server.held(client) === at);
      }
    }
    for (const server of servers) assertEquals((await server.stop()).code, 0);
  }
});
