/** `demo`: a herd and its vehicles, for a few seconds. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { atEnd, Client, freePort, run, suite, tempFile, test, until } from "./harness.ts";
import { startStarter } from "./starter.ts";

/** Where `demo` puts a server's page. */
const HTTP_OFFSET = 100;

interface Places {
  readonly file: string;
  /** The servers' ports, and those of their HTTP doors. */
  readonly ports: readonly number[];
  readonly http: readonly number[];
}

/** One of each that speaks in its own way. */
const CLIENTS = [
  "bus-1.la",
  "taxi-1.la",
  "bike-1.la/osmand",
  "bike-2.la/gpslogger",
  "walker-1.la/owntracks",
  "walker-2.la/overland",
];

async function threePlaces(): Promise<Places> {
  const ports: number[] = [];
  const http: number[] = [];
  for (let i = 0; i < 3; i++) {
    ports.push(await freePort());
    http.push(await freePort());
  }
  const servers = Object.fromEntries(
    ["Ann", "Bob", "Cid"].map((name, i) => [name, { host: "127.0.0.1", port: ports[i], http: http[i] }]),
  );
  const text = JSON.stringify({ servers, links: [["Ann", "Bob"], ["Bob", "Cid"]] });
  return { file: await tempFile("topology.json", text), ports, http };
}

/** What the server on `port` knows of `client`. */
async function ask(port: number, client: string): Promise<string> {
  const session = await Client.connect(port, "a server of the demo");
  await session.send(`WHATSAT ${client} 0 0\n`);
  const line = await session.line();
  session.destroy();
  return line;
}

function topologyOf(port: number): string {
  return fileURLToPath(new URL(`../../log/demo-${port}.json`, import.meta.url));
}

// The mixed suite would only repeat what the other two do: demo starts processes of its own runtime.
if (suite !== "mixed") {
  test("demo runs a herd with vehicles that every server knows, says where to look, and leaves nothing behind", async () => {
    const { file, ports, http } = await threePlaces();
    const { child, said, exited } = startStarter(["demo", "--topology", file, "--vehicles", "30"]);
    try {
      await until("the demo is up", () => said.out.includes("Ctrl-C stops it all."));
      assertMatch(said.out, /^A herd of 3, and a city with 30 vehicles, seed 1:$/m);
      assertMatch(said.out, new RegExp(`^See it move: +http://127\\.0\\.0\\.1:${http[0]}/$`, "m"));
      for (const port of ports) assertMatch(said.out, new RegExp(`127\\.0\\.0\\.1:${port} `));
      for (const port of ports) {
        for (const client of CLIENTS) {
          const at = await until(`${port} knows ${client}`, async () => {
            const line = await ask(port, client);
            return line.startsWith("AT ") && line;
          });
          assertMatch(
            at,
            new RegExp(`^AT (Ann|Bob|Cid) \\S+ ${client} \\+34\\.0\\d+-118\\.4\\d+ \\d+(\\.\\d+)?$`),
          );
        }
      }
      const herd = await (await fetch(`http://127.0.0.1:${http[0]}/herd`)).json() as {
        servers: readonly { state: string; own: { clients: number } | null }[];
      };
      assertEquals(herd.servers.map(({ state }) => state), ["up", "up", "up"]);
    } finally {
      process.kill(child.pid!, "SIGTERM");
    }
    assertEquals(await exited(), 0, said.err);
    assertMatch(said.out, /\n\d+ reports \(\d+ by phones' apps\) and \d+ search(es)?, all answered.*\.\n$/);
    assertEquals(said.err, "");
    assert(!existsSync(topologyOf(ports[0]!)), "it leaves nothing behind");
    for (const port of ports) {
      assert(await ask(port, "x").then(() => false, () => true), `${port} is free again`);
    }
  });

  test("demo ends by itself, and where the topology gives no doors it opens those where top looks for them", async () => {
    const text = JSON.stringify({
      servers: { Ann: { host: "127.0.0.1", port: await freePort(HTTP_OFFSET) } },
      links: [],
    });
    const file = await tempFile("topology.json", text);
    const { said, exited } = startStarter(["demo", "--topology", file, "--vehicles", "1", "--seconds", "1"]);
    assertEquals(await exited(), 0, said.err);
    assertMatch(said.out, /^It ends after 1 s\. Ctrl-C stops it all\.$/m);
    assertMatch(said.out, /\n\d+ reports?.* and \d+ search(es)?, all answered.*\.\n$/);
    assert(said.out.includes(`deno task top --topology ${file} `), said.out);
  });

  test("where a port is taken, demo uses others and says which; a stop signal ends it in good order", async () => {
    const { file, ports, http } = await threePlaces();
    const holder = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => holder.listen(ports[1], "127.0.0.1", resolve));
    atEnd(() => new Promise((resolve) => holder.close(() => resolve())));
    const { child, said, exited } = startStarter(["demo", "--topology", file, "--vehicles", "3"]);
    try {
      await until("the demo is up", () => said.out.includes("Ctrl-C stops it all."));
      const [, above] = /^A port of the topology is taken, so all are (\d+000) above it\./m.exec(said.out) ??
        [];
      assertMatch(said.out, new RegExp(`http://127\\.0\\.0\\.1:${http[0]! + Number(above)}/$`, "m"));
      const first = ports[0]! + Number(above);
      assertMatch(said.out, new RegExp(`deno task top --topology log/demo-${first}\\.json`));
      assert(existsSync(topologyOf(first)));
      await until("a vehicle is known", async () => (await ask(first, "bus-1.la")).startsWith("AT "));
    } finally {
      process.kill(child.pid!, "SIGTERM");
    }
    assertEquals(await exited(), 0, said.err);
    assertMatch(said.out, /reports?( \(\d+ by phones' apps\))? and \d+ search(es)?, all answered/);
  });

  test("a server that is killed comes back, and its vehicles go on elsewhere meanwhile", async () => {
    const { file, ports } = await threePlaces();
    const { child, said, exited } = startStarter(["demo", "--topology", file, "--vehicles", "12"]);
    try {
      await until("the demo is up", () => said.out.includes("Ctrl-C stops it all."));
      await until("a vehicle is known", async () => (await ask(ports[2]!, "taxi-1.la")).startsWith("AT "));
      const [, pid] = /^ +kill -9 (\d+) /m.exec(said.out) ?? [];
      process.kill(Number(pid), "SIGKILL");
      await until("it is missed", () => /^herd: Cid ended with exit code \d+; it returns/m.test(said.err));
      await until("it is back", () => /^herd: Cid is back, process \d+$/m.test(said.err));
      await until("it knows all again", async () => (await ask(ports[2]!, "taxi-1.la")).startsWith("AT "));
    } finally {
      process.kill(child.pid!, "SIGTERM");
    }
    assertEquals(await exited(), 0, said.err);
    assertMatch(said.out, /[1-9]\d* times? a vehicle lost its server and went on at another\.\n$/);
  });
}

test("a flag of demo that makes no sense is one line that names it, exit code 2", async () => {
  const mistakes: readonly (readonly [readonly string[], RegExp])[] = [
    [["--vehicles", "0"], /--vehicles "0": give a whole number from 1 to 5,000/],
    [["--seconds", "1.5"], /--seconds "1\.5"/],
    [["--seed", "x"], /--seed "x"/],
    [["Goloman"], /not Goloman/],
    [["--topology", "no-such.json"], /no-such\.json: there is no such topology file/],
  ];
  for (const [args, words] of mistakes) {
    const { code, stdout, stderr } = await run(["demo", ...args]);
    assertEquals([code, stdout], [2, ""]);
    assertMatch(stderr, /^herd: [^\n]+\n$/);
    assertMatch(stderr, words);
  }
});
