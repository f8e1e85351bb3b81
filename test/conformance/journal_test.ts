/** What a server remembers: the journal, with crashes, damage, and disks that are full. */
import { assert, assertEquals, AssertionError } from "@std/assert";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  type Client,
  freePort,
  freshClient,
  type Kind,
  nanosOf,
  nextKind,
  nowNanos,
  run,
  type RunningServer,
  startHerd,
  startServer,
  tempDir,
  tempFile,
  test,
  timeText,
  topologyText,
  until,
} from "./harness.ts";

const POSITION = "+34.068930-118.445127";

/** A server and its data folder, which can be started again. */
class Home {
  readonly dir: string;
  readonly #topology: string;

  private constructor(dir: string, topology: string) {
    this.dir = dir;
    this.#topology = topology;
  }

  static async make(): Promise<Home> {
    const topology = topologyText(new Map([["Goloman", await freePort()]]), []);
    return new Home(await tempDir(), await tempFile("topology.json", topology));
  }

  get journal(): string {
    return join(this.dir, "Goloman.journal");
  }

  /** The reports in it; what it notes beside them is left out. */
  text(path = this.journal): string {
    return this.bytes(path).replaceAll(/^HERD\/1 .*\n/gm, "");
  }

  bytes(path = this.journal): string {
    return readFileSync(path, "latin1");
  }

  options(
    fsync: string,
    more: { limits?: Record<string, number>; flags?: string[]; wrapper?: string[] } = {},
  ) {
    const { limits = {}, flags = [], wrapper = [] } = more;
    return {
      topology: this.#topology,
      limits,
      wrapper,
      flags: ["--data-dir", this.dir, "--fsync", fsync, ...flags],
    };
  }

  /** Starts it; in a mixed suite each time on the other runtime. */
  async start(fsync = "always", more: Parameters<Home["options"]>[1] = {}): Promise<RunningServer> {
    return await startServer("Goloman", this.options(fsync, more));
  }
}

/** Acknowledged AT lines, each client's last. */
type Acknowledged = Map<string, string>;

/**
 * Reports of many clients on many sessions at once, as fast as they are acknowledged, until `until` resolves, or the
 * server dies. `ids` clients a session report again and again.
 */
async function load(
  server: RunningServer,
  ids: number,
  enough: (count: number) => boolean,
): Promise<Acknowledged> {
  const acknowledged: Acknowledged = new Map();
  let count = 0;
  const take = (line: string) => {
    const client = line.split(" ")[3] ?? "";
    assert(line.startsWith("AT Goloman "), line);
    acknowledged.set(client, line);
    count++;
  };
  const one = async (session: Client, word: string) => {
    try {
      for (let sent = 0; !enough(count);) {
        let batch = "";
        for (let i = 0; i < 40; i++, sent++) {
          batch += `IAMAT ${word}-${sent % ids} ${POSITION} ${timeText(nowNanos() + BigInt(sent))}\n`;
        }
        session.push(batch);
        for (let i = 0; i < 40; i++) take(await session.line());
      }
      await server.kill();
    } catch (error) {
      if (!session.ended || error instanceof AssertionError) throw error;
    }
    // What had come when it died was acknowledged as well.
    for (const line of session.unread.split("\n").slice(0, -1)) take(line);
    session.destroy();
  };
  const sessions = await Promise.all(Array.from({ length: 8 }, () => server.client()));
  await Promise.all(sessions.map((session) => one(session, freshClient("load"))));
  return acknowledged;
}

/** Checks that the server holds each of these lines, or a newer one that it had taken and not acknowledged yet. */
async function assertHolds(server: RunningServer, lines: Acknowledged): Promise<void> {
  const session = await server.client();
  const lost: string[] = [];
  for (const [client, line] of lines) {
    await session.send(`WHATSAT ${client} 0 0\n`);
    const first = await session.line();
    if (first.startsWith("? ")) {
      lost.push(line);
      continue;
    }
    while (await session.line() !== "") { /* the JSON, up to the empty line */ }
    if (first !== line && timeOf(first) <= timeOf(line)) lost.push(line);
  }
  session.destroy();
  assertEquals(lost, [], `${lost.length} of ${lines.size} were acknowledged, and lost`);
}

function timeOf(line: string): bigint {
  return nanosOf(line.split(" ")[5] ?? "");
}

for (const fsync of ["always", "interval", "never"]) {
  test(`journal: with --fsync ${fsync} a server that is killed under load has all that it had acknowledged`, async () => {
    const home = await Home.make();
    const server = await home.start(fsync);
    const acknowledged = await load(server, Infinity, (count) => count >= 2_000);
    assert(acknowledged.size >= 2_000);
    const again = await home.start(fsync);
    assertEquals(again.port, server.port);
    await assertHolds(again, acknowledged);
    await again.logged("what it read", (line) => /read \d+ reports from .*Goloman\.journal/.test(line));
    await again.stop();
  });
}

test("journal: killed in the midst of being rewritten, it has all that was acknowledged", async () => {
  const home = await Home.make();
  const more = { limits: { journalBytes: 2_000 } };
  let rewrites = 0;
  for (let round = 0; round < 4; round++) {
    const server = await home.start("always", more);
    const acknowledged = await load(server, 10, (count) => count >= 4_000 + 333 * round);
    rewrites += server.log().split("the journal was rewritten").length - 1;
    const again = await home.start("always", more);
    await assertHolds(again, acknowledged);
    await again.kill();
  }
  assert(rewrites >= 8, `it was rewritten ${rewrites} times`);
  assert(home.bytes().length < 100_000, "and so is not much larger than what it holds");
});

test("journal: after a kill its neighbors have it again, and it catches up on what it missed", async () => {
  const dir = await tempDir();
  const herd = await startHerd(["Goloman", "Hands"], [["Goloman", "Hands"]], {
    flags: ["--data-dir", dir, "--fsync", "always"],
  });
  await herd.linked();
  const kept = freshClient("kept");
  const line = await herd.server("Goloman").report(kept, POSITION, timeText(nowNanos()));
  await herd.agreed(kept, line);
  await herd.kill("Goloman");
  const missed = freshClient("missed");
  const said = await herd.server("Hands").report(missed, POSITION, timeText(nowNanos()));
  await herd.start("Goloman");
  await herd.agreed(kept, line);
  await herd.agreed(missed, said);
  await herd.linked();
  // A neighbor's reports are journaled too.
  await until("both journals have both reports", () =>
    ["Goloman", "Hands"].every((name) => {
      const text = readFileSync(join(dir, `${name}.journal`), "latin1");
      return text.includes(`${line}\n`) && text.includes(`${said}\n`);
    }));
  assertEquals(await herd.stopAll(), [0, 0]);
});

test("journal: a stop keeps everything, in every mode, and counts what was journaled", async () => {
  for (const fsync of ["always", "interval", "never"]) {
    const home = await Home.make();
    const server = await home.start(fsync);
    const clients = Array.from({ length: 30 }, () => freshClient("stopped"));
    const session = await server.client();
    await session.send(
      clients.map((client) => `IAMAT ${client} ${POSITION} ${timeText(nowNanos())}\n`).join(""),
    );
    const lines = await session.lines(30);
    assertEquals((await server.stop()).code, 0);
    assertEquals(home.text(), lines.map((line) => `${line}\n`).join(""));
    const counters = JSON.parse(/counters (\{.*\})/.exec(server.log())?.[1] ?? "{}");
    assertEquals([counters.journalBytes, counters.journalFailures], [home.bytes().length, 0]);
    assert(counters.journalWrites >= 1);
    const again = await home.start(fsync);
    for (const [i, client] of clients.entries()) assertEquals(await again.held(client), lines[i]);
    await again.stop();
  }
});

test("journal: a torn last line is cut, and what was whole is there", async () => {
  const home = await Home.make();
  const server = await home.start();
  const client = freshClient("whole");
  const line = await server.report(client, POSITION, timeText(nowNanos()));
  await server.kill();
  const whole = home.text();
  assertEquals(whole, `${line}\n`);
  writeFileSync(home.journal, `${whole}AT Goloman +0.000000001 torn.cs.ucla.edu +34.06`);
  const again = await home.start();
  assertEquals([await again.held(client), await again.held("torn.cs.ucla.edu")], [line, undefined]);
  assertEquals(home.text(), whole);
  assertEquals(existsSync(`${home.journal}.damaged`), false);
  await again.logged("the cut", (text) => text.includes("its last line was torn"));
  // And it goes on from there.
  const next = await again.report(freshClient("next"), POSITION, timeText(nowNanos()));
  await again.kill();
  assertEquals(home.text(), `${line}\n${next}\n`);
});

test("journal: from garbage on everything is kept aside, and what stood before is there", async () => {
  const home = await Home.make();
  const server = await home.start();
  const clients = [freshClient("before"), freshClient("behind")];
  const lines = [];
  for (const client of clients) lines.push(await server.report(client, POSITION, timeText(nowNanos())));
  await server.kill();
  const junk = `\0\0\0\xff\n${lines[1]}\n`;
  writeFileSync(home.journal, `${lines[0]}\n${junk}`, "latin1");
  const again = await home.start();
  assertEquals([await again.held(clients[0]!), await again.held(clients[1]!)], [lines[0], undefined]);
  assertEquals([home.text(), home.text(`${home.journal}.damaged`)], [`${lines[0]}\n`, junk]);
  await again.logged("what became of it", (text) => text.includes(`is kept in ${home.journal}.damaged`));
  await again.stop();
});

test("journal: reports of servers that are no more are left out, and said", async () => {
  const home = await Home.make();
  const line = (origin: string) => `AT ${origin} +0.000000001 ${origin}.cs.ucla.edu ${POSITION} 1\n`;
  writeFileSync(home.journal, line("Goloman") + line("Gone"));
  const server = await home.start();
  assertEquals(await server.held("Gone.cs.ucla.edu"), undefined);
  assertEquals(await server.held("Goloman.cs.ucla.edu"), line("Goloman").trimEnd());
  await server.logged(
    "how many",
    (text) => text.includes("left out 1 reports whose origin is not in the topology"),
  );
  await server.stop();
});

// ---------------------------------------------------------------------------------------------------- full disks

/** Files of more than so many KiB cannot be written: for a server that is a full disk, for the log's file too. */
const ROOM_KIB = 1_024;
const FULL = ["bash", "-c", `trap '' XFSZ; ulimit -S -f ${ROOM_KIB}; exec "$@"`, "bash"];
/** So long that a thousand reports fill it. */
const LONG = "x".repeat(2_000);

function iamat(client: string): string {
  return `IAMAT ${client} ${POSITION} ${timeText(nowNanos())}\n`;
}

/** Makes room. @returns whether it could. */
function makeRoom(server: RunningServer): boolean {
  const { status } = spawnSync("prlimit", ["--pid", String(server.program.pid), "--fsize=unlimited"]);
  if (status !== 0) {
    console.error("journal: no prlimit here: what comes after a full disk has room is not tested");
  }
  return status === 0;
}

/** What it has told its console: on a full disk the log's file has no room either. */
function said(server: RunningServer, words: string): boolean {
  return `${server.program.stdout}${server.program.stderr}`.includes(words);
}

/** Reports long ids until the disk is full. @returns what was acknowledged. */
async function fill(server: RunningServer, session: Client): Promise<Acknowledged> {
  const acknowledged: Acknowledged = new Map();
  const isFull = () => said(server, "the journal cannot be written");
  for (let batch = 0; batch < 40 && !isFull(); batch++) {
    const clients = Array.from({ length: 25 }, (_, i) => `${batch}-${i}-${LONG}`);
    session.push(clients.map(iamat).join(""));
    await until("a batch is acknowledged, or the disk is full", () => {
      for (; session.unread.includes("\n"); take(session, acknowledged));
      return acknowledged.has(clients.at(-1)!) || isFull();
    });
  }
  assert(isFull(), server.program.describe());
  return acknowledged;
}

/** Takes a line that has come. */
function take(session: Client, acknowledged: Acknowledged): void {
  const line = session.unreadLine();
  if (line.startsWith("AT ")) acknowledged.set(line.split(" ")[3] ?? "", line);
}

test("journal: with --fsync always a full disk acknowledges nothing, and loses nothing that was", async () => {
  const home = await Home.make();
  const server = await home.start("always", { wrapper: FULL });
  const acknowledged = await fill(server, await server.client());
  assert(said(server, "until it can, locations are refused"));
  // Nothing new is taken, and asking goes on.
  const session = await server.client();
  const refused = iamat(freshClient("refused"));
  await session.send(refused);
  assertEquals(await session.line(), `? ${refused.trimEnd()}`);
  const [known = "", line = ""] = [...acknowledged][0] ?? [];
  await session.send(`WHATSAT ${known} 0 0\n`);
  assertEquals((await session.whatsat()).at, line);
  if (makeRoom(server)) {
    await until(
      "it is written again",
      () => said(server, "the journal is written again, and has everything"),
    );
    const client = freshClient("healed");
    await session.send(iamat(client));
    acknowledged.set(client, await session.line());
  }
  await server.kill();
  const again = await home.start("always");
  await assertHolds(again, acknowledged);
  assert(acknowledged.size > 400, `${acknowledged.size} were acknowledged`);
  await again.stop();
});

test("journal: with --fsync interval a full disk goes on to acknowledge, and once it has room keeps all", async () => {
  const home = await Home.make();
  const server = await home.start("interval", { wrapper: FULL });
  const session = await server.client();
  const acknowledged = await fill(server, session);
  const meanwhile = Array.from({ length: 20 }, () => freshClient("meanwhile"));
  await session.send(meanwhile.map(iamat).join(""));
  for (const client of meanwhile) {
    let line = await session.line();
    while (!line.includes(` ${client} `)) line = await session.line();
    assert(line.startsWith("AT Goloman "), line);
    acknowledged.set(client, line);
  }
  assert(said(server, "locations are acknowledged that a crash would lose"));
  if (makeRoom(server)) {
    await until(
      "it is written again",
      () => said(server, "the journal is written again, and has everything"),
    );
  } else {
    // A crash would lose what was acknowledged in trouble, as it said.
    acknowledged.clear();
  }
  await server.kill();
  const again = await home.start("interval");
  await assertHolds(again, acknowledged);
  await again.stop();
});

// ------------------------------------------------------------------------------------------------------ mistakes

test("journal: a second server on the same port and folder ends with exit code 2, and harms nothing", async () => {
  const home = await Home.make();
  const server = await home.start();
  const client = freshClient("first");
  const line = await server.report(client, POSITION, timeText(nowNanos()));
  const second = await home.start().then(() => undefined, String);
  assert(second?.includes("ended (exit 2") && second.includes("is in use already"), second);
  assertEquals(home.text(), `${line}\n`);
  const next = await server.report(freshClient("next"), POSITION, timeText(nowNanos()));
  await server.kill();
  assertEquals(home.text(), `${line}\n${next}\n`);
});

/** Runs `serve` to its end, which must be exit code 2 and one line. */
async function mistake(args: readonly string[], kind: Kind = nextKind()): Promise<string> {
  const topology = await tempFile(
    "topology.json",
    topologyText(new Map([["Goloman", await freePort()]]), []),
  );
  const log = ["--log-dir", "none", "--places", "embedded"];
  const { code, stdout, stderr } = await run(["serve", "Goloman", "--topology", topology, ...log, ...args], {
    kind,
  });
  assertEquals([code, stdout], [2, ""], stderr);
  const lines = stderr.split("\n");
  assertEquals([lines.length, lines.at(-1)], [2, ""], stderr);
  return lines[0] ?? "";
}

test("journal: a mode that there is not, a folder that is none, and a journal that cannot be read", async () => {
  assertEquals(
    await mistake(["--fsync", "sometimes"]),
    'herd: --fsync "sometimes" is unknown: use one of always, interval, never',
  );
  const file = await tempFile("file", "not a folder");
  const noFolder = await mistake(["--data-dir", file]);
  assert(noFolder.includes(file) && noFolder.includes("--data-dir names its folder"), noFolder);
  const dir = dirname(await tempFile("x", ""));
  mkdirSync(join(dir, "Goloman.journal"));
  const noFile = await mistake(["--data-dir", dir]);
  assert(noFile.includes(join(dir, "Goloman.journal")) && noFile.includes("cannot be opened"), noFile);
});

test("journal: what two workers have acknowledged one finds again, and two after it", async () => {
  const home = await Home.make();
  const server = await home.start("always", { flags: ["--workers", "2"] });
  const acknowledged = await load(server, Infinity, (count) => count >= 1_000);
  assertEquals(existsSync(join(home.dir, "Goloman 2.journal")), true);
  const one = await home.start("always");
  await assertHolds(one, acknowledged);
  assertEquals(existsSync(join(home.dir, "Goloman 2.journal")), false);
  await one.kill();
  const two = await home.start("always", { flags: ["--workers", "2"] });
  // What the first thread found is at the other a moment later.
  for (let look = 0; look < 8; look++) {
    await until("both workers have all", () => assertHolds(two, acknowledged).then(() => true));
  }
  await two.stop();
});
