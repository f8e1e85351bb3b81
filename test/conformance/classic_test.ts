/** protocol.md, "Classic links": our servers among servers of other programs, which speak bare AT lines alone. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { spawn, spawnSync } from "node:child_process";
import { connect, createServer, type Server, type Socket } from "node:net";
import process from "node:process";
import { fileURLToPath } from "node:url";
import {
  assertRefused,
  atEnd,
  freePort,
  freshClient,
  nowNanos,
  permitted,
  run,
  type RunningServer,
  startServer,
  tempFile,
  test as testAnywhere,
  timeText,
  until,
  within,
} from "./harness.ts";

const POSITION = "+34.068930-118.445127";

/** Where classic servers live: another address of loopback than that of the tests' clients. */
const THERE = "127.0.0.2";

const lacking = process.platform === "linux" ? undefined : `${THERE} is no address of this system`;

function test(name: string, fn: () => Promise<void>, without: string | undefined = lacking): void {
  testAnywhere(`classic: ${name}`, fn, without);
}

/** How a server of another program treats who connects to it. */
type Style =
  /** It reads lines as long as they come, */
  | "keeps"
  /** or one line, and closes, */
  | "closes"
  /** or all that comes up to the end, of which it takes the first line, */
  | "waits"
  /** or lines, and says each back, and then an error. */
  | "echoes";

/** A server of another program: it remembers what it was told, and no more. */
class Classic {
  readonly port: number;
  readonly style: Style;
  readonly lines: string[] = [];
  /** What each connection brought. */
  readonly connections: string[][] = [];
  mostOpen = 0;
  #server: Server | undefined;
  readonly #open = new Set<Socket>();
  readonly #served = new Set<Socket>();

  private constructor(port: number, style: Style) {
    this.port = port;
    this.style = style;
  }

  /** One that does not run yet. */
  static async at(style: Style): Promise<Classic> {
    const classic = new Classic(await freePort(), style);
    atEnd(() => classic.die());
    return classic;
  }

  static async start(style: Style): Promise<Classic> {
    const classic = await Classic.at(style);
    await classic.live();
    return classic;
  }

  async live(): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (socket) => this.#serve(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.port, THERE, resolve);
    });
  }

  /** Stops, and forgets everything. */
  async die(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = new Promise<void>((resolve) =>
      server === undefined ? resolve() : server.close(() => resolve())
    );
    for (const socket of this.#open) socket.destroy();
    await closed;
    this.lines.length = 0;
    this.connections.length = 0;
  }

  /** Says something to whoever is connected. */
  sayBack(bytes: string): void {
    for (const socket of this.#open) socket.write(bytes);
  }

  async got(line: string): Promise<void> {
    await until(`the classic server got ${line}`, () => this.lines.includes(line));
  }

  /** The connections on which it was told something. */
  get told(): readonly string[][] {
    return this.connections.filter((lines) => lines.length > 0);
  }

  /** Reports of `client` that it got. */
  about(client: string): string[] {
    return this.lines.filter((line) => line.includes(` ${client} `));
  }

  #serve(socket: Socket): void {
    const mine: string[] = [];
    let text = "";
    const take = (line: string) => {
      mine.push(line);
      this.lines.push(line);
    };
    this.connections.push(mine);
    this.#open.add(socket);
    this.mostOpen = Math.max(this.mostOpen, this.#open.size);
    socket.on("error", () => {});
    socket.on("close", () => this.#open.delete(socket));
    socket.on("end", () => {
      if (this.style === "waits" && text !== "") take(text.slice(0, text.indexOf("\n")));
      socket.end();
    });
    socket.on("data", (bytes) => {
      text += String(bytes);
      if (this.style === "waits") return;
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        // As a program that reads one line does: what came with it was read, and is lost.
        if (this.style === "closes" && this.#served.has(socket)) break;
        this.#served.add(socket);
        take(line);
        if (this.style === "echoes") socket.write(`${line}\n? ${line}\n`);
      }
      if (this.style === "closes" && this.#served.has(socket)) socket.end();
    });
  }
}

interface HerdOfBoth {
  readonly topology: string;
  start(
    name: string,
    options?: { flags?: readonly string[]; limits?: Record<string, number> },
  ): Promise<RunningServer>;
}

/** A topology of ours, on 127.0.0.1, and of classic servers. */
async function herdOf(
  own: readonly string[],
  classic: Readonly<Record<string, { readonly port: number; readonly host?: string }>>,
  links: readonly (readonly [string, string])[],
): Promise<HerdOfBoth> {
  const servers: Record<string, unknown> = {};
  for (const name of own) servers[name] = { host: "127.0.0.1", port: await freePort() };
  for (const [name, { port, host = THERE }] of Object.entries(classic)) {
    servers[name] = { host, port, classic: true };
  }
  const topology = await tempFile("topology.json", JSON.stringify({ servers, links }));
  return { topology, start: (name, options = {}) => startServer(name, { topology, ...options }) };
}

/** Sends bytes on a session from `host`, ends it, and gives all that came back. */
async function tell(server: RunningServer, bytes: string, host = THERE): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port: server.port, localAddress: host, allowHalfOpen: true });
  let said = "";
  const ended = new Promise<void>((resolve, reject) => {
    socket.on("data", (some) => said += String(some));
    socket.on("end", resolve);
    socket.on("error", reject);
  });
  socket.end(bytes);
  try {
    await within(ended, () => `the end of a session from ${host}`);
  } finally {
    socket.destroy();
  }
  return said;
}

function at(origin: string, client: string, time = timeText(nowNanos()), position = POSITION): string {
  return `AT ${origin} +0.000000001 ${client} ${position} ${time}`;
}

async function report(server: RunningServer, client: string, time = timeText(nowNanos())): Promise<string> {
  return await server.report(client, POSITION, time);
}

async function holds(server: RunningServer, line: string): Promise<void> {
  const client = line.split(" ")[3] ?? "";
  await until(`${server.name} holds ${line}`, async () => await server.held(client) === line);
}

test("reports go to a classic neighbor in bare lines, and come from it to the whole herd, but not back", async () => {
  const cid = await Classic.start("keeps");
  const herd = await herdOf(["Ann", "Bob"], { Cid: cid }, [["Ann", "Bob"], ["Ann", "Cid"]]);
  const [ann, bob] = [await herd.start("Ann"), await herd.start("Bob")];
  const fromBob = await report(bob, freshClient("bobs"));
  await cid.got(fromBob);
  const client = freshClient("cids");
  const fromCid = at("Cid", client);
  assertEquals(await tell(ann, `${fromCid}\n`), "", "a report gets no reply");
  await holds(bob, fromCid);
  // What was sent last stands behind whatever the others set off.
  const last = await report(ann, freshClient("fence"));
  await cid.got(last);
  assertEquals(cid.about(client), []);
  assertEquals(cid.lines.filter((line) => line === fromBob).length, 1);
  assertEquals(cid.lines.filter((line) => !line.startsWith("AT ")), [], "nothing but reports");
  assertEquals(cid.connections.length, 1, "one connection is kept");
});

test("one that says a report again, or an older one, changes nothing", async () => {
  const cid = await Classic.start("keeps");
  const herd = await herdOf(["Ann", "Bob"], { Cid: cid }, [["Ann", "Bob"], ["Ann", "Cid"]]);
  const [ann, bob] = [await herd.start("Ann"), await herd.start("Bob")];
  const client = freshClient("again");
  const line = await report(ann, client, "1520023934.5");
  await holds(bob, line);
  await cid.got(line);
  const older = at("Cid", client, "1520023934.4");
  assertEquals(await tell(ann, `${line}\n${older}\n${line}\n`), "");
  await cid.got(await report(ann, freshClient("fence")));
  assertEquals(cid.about(client), [line]);
  await holds(ann, line);
});

test("AT is taken from the addresses of classic neighbors alone, and only if it is a report", async () => {
  const cid = await Classic.start("keeps");
  const herd = await herdOf(["Ann", "Bob"], { Cid: cid }, [["Ann", "Bob"], ["Ann", "Cid"]]);
  const [ann, bob] = [await herd.start("Ann"), await herd.start("Bob")];
  const client = freshClient("stranger");
  await assertRefused(ann, [at("Cid", client), at("Ann", client)]);
  assertEquals(await ann.held(client), undefined);
  // Bob is no neighbor of Cid's.
  const strange = at("Cid", client);
  assertEquals(await tell(bob, `${strange}\n`), `? ${strange}\n`);
  assertEquals(await bob.held(client), undefined);
  const bad = [
    at("Nobody", client),
    at("cid", client),
    at("Cid", client, "nan"),
    at("Cid", client, "1520023934.5", "34-118"),
    `AT Cid 0.1 ${client} ${POSITION} 1520023934.5`,
    `AT Cid +0.100000000 ${client} ${POSITION}`,
    `${at("Cid", client)} more`,
    `at Cid +0.100000000 ${client} ${POSITION} 1520023934.5`,
    `\u00a0${at("Cid", client)}`,
    "AT",
    "HERD/1 BEAT",
    "",
  ];
  const replies = await tell(ann, bad.map((line) => `${line}\n`).join(""));
  assertEquals(replies, bad.map((line) => `? ${line}\n`).join(""));
  assertEquals(await ann.held(client), undefined);
  const own = freshClient("own");
  const mixed = `${at("Cid", client)}\nIAMAT ${own} ${POSITION} 1520023934.5\nhello\n`;
  const [reply = "", error, ...rest] = (await tell(ann, mixed)).split("\n");
  assert(reply.startsWith("AT Ann ") && reply.includes(own), reply);
  assertEquals([error, ...rest], ["? hello", ""]);
});

test("white space is as free as a client's, and what is kept is the same everywhere", async () => {
  const cid = await Classic.start("keeps");
  const herd = await herdOf(["Ann", "Bob"], { Cid: cid }, [["Ann", "Bob"], ["Ann", "Cid"]]);
  const [ann, bob] = [await herd.start("Ann"), await herd.start("Bob")];
  const forms: readonly ((line: string) => string)[] = [
    (line) => `${line}\r\n`,
    (line) => ` \t${line}\v\f \n`,
    (line) => `${line.replaceAll(" ", " \t ")}\n`,
    (line) => `${line.replaceAll(" ", "\r")}\r\r\n`,
    (line) => line, // the last line of a session needs no end
  ];
  const lines = forms.map(() => at("Cid", freshClient("white")));
  assertEquals(await tell(ann, forms.map((form, i) => form(lines[i]!)).join("")), "");
  for (const line of lines) await holds(bob, line);
  const long = at("Cid", freshClient("long").padEnd(4_080, "x"));
  const socket = connect({ host: "127.0.0.1", port: ann.port, localAddress: THERE });
  socket.write(long.slice(0, -1));
  await ann.turn();
  socket.end(`${long.slice(-1)}\n`);
  await holds(ann, long); // it may be longer than a client's line
  socket.destroy();
  const endless = "x".repeat(40_000);
  assertEquals(await tell(ann, `${endless}\n`), `? ${endless.slice(0, 4_096)}\n`);
});

test("a skew may be any number, and has the protocol's nine decimals everywhere", async () => {
  const cid = await Classic.start("keeps");
  const herd = await herdOf(["Ann", "Bob"], { Cid: cid }, [["Ann", "Bob"], ["Ann", "Cid"]]);
  const [ann, bob] = [await herd.start("Ann"), await herd.start("Bob")];
  const skews = [["+0.26387310028076172", "+0.263873100"], ["-9.5367431640625e-05", "-0.000095367"], [
    "+2",
    "+2.000000000",
  ]];
  for (const [from, to] of skews) {
    const client = freshClient("skew");
    assertEquals(await tell(ann, `AT Cid ${from} ${client} ${POSITION} 1520023934.5\n`), "");
    await holds(bob, `AT Cid ${to} ${client} ${POSITION} 1520023934.5`);
  }
  const wrong = `AT Cid +nan ${freshClient("skew")} ${POSITION} 1520023934.5`;
  assertEquals(await tell(ann, `${wrong}\n`), `? ${wrong}\n`);
});

test("a neighbor that closes after each line gets every report, each on a connection of its own", async () => {
  const cid = await Classic.start("closes");
  const herd = await herdOf(["Ann"], { Cid: cid }, [["Ann", "Cid"]]);
  const ann = await herd.start("Ann");
  const session = await ann.client();
  const clients = Array.from({ length: 120 }, () => freshClient("crowd"));
  await session.send(clients.map((client) => `IAMAT ${client} ${POSITION} 1520023934.5\n`).join(""));
  for (const line of await session.lines(clients.length)) await cid.got(line);
  // By now each line has a connection of its own, and the registry is not told from its beginning any more.
  const connections = cid.told.length;
  for (let i = 0; i < 5; i++) {
    const fresh = freshClient("single");
    await cid.got(await report(ann, fresh));
    assertEquals(cid.about(fresh).length, 1);
  }
  assertEquals(cid.told.length, connections + 5);
  // Four at a time, of each a last one that may be about to close, and one that carries nothing.
  assert(cid.mostOpen <= 9, `${cid.mostOpen} connections were open at a time`);
  const told = cid.lines.length;
  assert(told <= 1 + 2 + clients.length + 5, `${told} lines for ${clients.length + 5} reports`);
  session.destroy();
});

test("one that reads up to the end of a connection gets every report, if it is said to be such", async () => {
  const cid = await Classic.start("waits");
  const herd = await herdOf(["Ann"], { Cid: cid }, [["Ann", "Cid"]]);
  const ann = await herd.start("Ann", { limits: { classicHangUps: 0 } });
  for (let i = 0; i < 10; i++) await cid.got(await report(ann, freshClient("end")));
});

for (const style of ["keeps", "closes"] as const) {
  test(`a neighbor that ${style} and comes back empty is told everything again`, async () => {
    const cid = await Classic.at(style);
    const herd = await herdOf(["Ann"], { Cid: cid }, [["Ann", "Cid"]]);
    const ann = await herd.start("Ann");
    const lines = [];
    for (let i = 0; i < 20; i++) lines.push(await report(ann, freshClient("early")));
    const own = at("Cid", freshClient("own"));
    await tell(ann, `${own}\n`);
    await cid.live();
    for (const line of [...lines, own]) await cid.got(line);
    for (let restart = 0; restart < 2; restart++) {
      const absences = () => ann.log().split(" Cid ! not reached yet").length;
      const before = absences();
      await cid.die();
      await until("it is found to be away", () => absences() > before);
      lines.push(await report(ann, freshClient("meanwhile")));
      await cid.live();
      for (const line of [...lines, own]) await cid.got(line);
    }
  });
}

test("what a neighbor says back on our connection is taken where it is a report", async () => {
  const cid = await Classic.start("echoes");
  const herd = await herdOf(["Ann", "Bob"], { Cid: cid }, [["Ann", "Bob"], ["Ann", "Cid"]]);
  const [ann, bob] = [await herd.start("Ann"), await herd.start("Bob")];
  const mine = await report(ann, freshClient("mine"));
  await cid.got(mine);
  const line = at("Cid", freshClient("back"));
  cid.sayBack(`? what\n\n${"x".repeat(100_000)}\nAT nonsense\n${line}\r\n`);
  await holds(bob, line);
  await cid.got(await report(ann, freshClient("fence")));
  assertEquals(cid.lines.includes(line), false, "it is not sent back");
  assertEquals(cid.lines.filter((one) => one === mine).length, 1);
  assertEquals(cid.lines.filter((one) => !one.startsWith("AT ")), [], "nothing but reports");
});

test("of two at one address each gets what the other says", async () => {
  const [cid, dee] = [await Classic.start("keeps"), await Classic.start("keeps")];
  const herd = await herdOf(["Ann"], { Cid: cid, Dee: dee }, [["Ann", "Cid"], ["Ann", "Dee"]]);
  const ann = await herd.start("Ann");
  await cid.got(await report(ann, freshClient("linked")));
  for (const origin of ["Cid", "Dee"]) {
    const line = at(origin, freshClient("shared"));
    assertEquals(await tell(ann, `${line}\n`), "");
    await (origin === "Cid" ? dee : cid).got(line);
  }
});

test("with workers too, reports are taken on every session, and not sent back", async () => {
  const cid = await Classic.start("keeps");
  const herd = await herdOf(["Ann", "Bob"], { Cid: cid }, [["Ann", "Bob"], ["Ann", "Cid"]]);
  const [ann, bob] = [await herd.start("Ann", { flags: ["--workers", "2"] }), await herd.start("Bob")];
  const lines = Array.from({ length: 24 }, () => at("Cid", freshClient("worker")));
  for (const line of lines) assertEquals(await tell(ann, `${line}\n`), "");
  for (const line of lines) await holds(bob, line);
  await cid.got(await report(bob, freshClient("fence")));
  assertEquals(cid.lines.filter((line) => lines.includes(line)), []);
});

test("a server marked classic is not ours to run", async () => {
  const herd = await herdOf(["Ann"], { Cid: { port: 1 } }, [["Ann", "Cid"]]);
  const { code, stderr, stdout } = await run(["serve", "Cid", "--topology", herd.topology]);
  assertEquals([code, stdout], [2, ""]);
  assertStringIncludes(stderr, `herd: Cid is marked classic in ${herd.topology}, so another program runs it`);
  assertStringIncludes(stderr, "herd can run Ann\n");
});

// -------------------------------------------------------------------------------------- servers of another program

const hasPython = permitted && lacking === undefined && spawnSync("python3", ["--version"]).status === 0;

/** Starts the asyncio server that the bench measures herd beside. */
function startAsyncio(
  name: string,
  port: number,
  neighbors: readonly string[],
  flood: "each" | "keep",
): void {
  const script = fileURLToPath(new URL("../../bench/asyncio_server.py", import.meta.url));
  const args = [
    script,
    name,
    `${port}`,
    "--host",
    THERE,
    "--flood",
    flood,
    "--neighbors",
    neighbors.join(","),
  ];
  const child = spawn("python3", args, { stdio: ["ignore", "ignore", "inherit"] });
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  atEnd(async () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(child.pid, "SIGKILL");
    await ended;
  });
}

/** Asks a server of any kind what it holds of a client. */
async function heldAt(host: string, port: number, client: string): Promise<string | undefined> {
  const socket = connect({ host, port });
  try {
    return await within(
      new Promise<string | undefined>((resolve, reject) => {
        let said = "";
        socket.on("error", reject);
        socket.on("data", (bytes) => {
          said += String(bytes);
          const end = said.indexOf("\n");
          if (end >= 0) resolve(said.startsWith("AT ") ? said.slice(0, end) : undefined);
        });
        socket.write(`WHATSAT ${client} 0 0\n`);
      }),
      () => `what ${host}:${port} holds`,
    );
  } finally {
    socket.destroy();
  }
}

for (const flood of ["each", "keep"] as const) {
  for (const ring of [false, true]) {
    const shape = ring ? "ring" : "row";
    test(
      `in a ${shape} with asyncio servers (${flood}) reports cross both ways`,
      async () => {
        const [deePort, edPort] = [await freePort(), await freePort()];
        const links = [["Ann", "Bob"], ["Bob", "Dee"], ["Dee", "Ed"], ...(ring ? [["Ed", "Ann"]] : [])];
        const herd = await herdOf(
          ["Ann", "Bob"],
          { Dee: { port: deePort }, Ed: { port: edPort } },
          links as [string, string][],
        );
        const [ann, bob] = [await herd.start("Ann"), await herd.start("Bob")];
        startAsyncio("Dee", deePort, [`127.0.0.1:${bob.port}`, `${THERE}:${edPort}`], flood);
        startAsyncio(
          "Ed",
          edPort,
          [`${THERE}:${deePort}`, ...(ring ? [`127.0.0.1:${ann.port}`] : [])],
          flood,
        );
        const places = [["127.0.0.1", ann.port], ["127.0.0.1", bob.port], [THERE, deePort], [
          THERE,
          edPort,
        ]] as const;
        for (const [host, port] of places) {
          // An asyncio server tells only whoever is there just then, so a client reports until all know it.
          const client = freshClient("mixed");
          let line: string | undefined;
          await until(`all know what ${host}:${port} was told`, async () => {
            const socket = connect({ host, port });
            socket.on("error", () => {});
            socket.end(`IAMAT ${client} ${POSITION} ${timeText(nowNanos())}\n`);
            await until("it is answered or refused", () => socket.readableLength > 0 || socket.destroyed);
            socket.destroy();
            line = await heldAt(host, port, client);
            if (line === undefined) return false;
            for (let tries = 0; tries < 20; tries++) {
              const held = await Promise.all(places.map(([host, port]) => heldAt(host, port, client)));
              if (held.every((one) => one === line)) return true;
            }
            return false;
          });
          assert(line !== undefined);
        }
      },
      hasPython ? undefined : lacking ?? "there is no python3",
    );
  }
}
