/** `GET /herd` of a whole herd, and `top`, which shows it: as a table, on a terminal, and where nobody is. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import process from "node:process";
import { fileURLToPath } from "node:url";
import {
  atEnd,
  type Finished,
  freePort,
  freshClient,
  Herd,
  nowNanos,
  once,
  permitted,
  run,
  suite,
  tempFile,
  test,
  timeText,
  until,
  within,
} from "./harness.ts";
import { programFor } from "./starter.ts";

const NAMES = ["Ann", "Bob", "Cid"];

interface Doors {
  readonly herd: Herd;
  readonly topology: string;
  readonly http: ReadonlyMap<string, number>;
}

/** Three servers in a row, each with an HTTP door. */
async function startDoors(): Promise<Doors> {
  const http = new Map<string, number>();
  const servers: Record<string, { host: string; port: number; http: number }> = {};
  for (const name of NAMES) {
    http.set(name, await freePort());
    servers[name] = { host: "127.0.0.1", port: await freePort(), http: http.get(name)! };
  }
  const text = JSON.stringify({ herd: "zoo", servers, links: [["Ann", "Bob"], ["Bob", "Cid"]] });
  const topology = await tempFile("topology.json", text);
  const herd = new Herd(NAMES, topology, {});
  await Promise.all(NAMES.map((name) => herd.start(name)));
  await herd.linked();
  return { herd, topology, http };
}

const theDoors = once(startDoors);

/** What of /herd these tests look at. */
interface Told {
  readonly asked: string;
  readonly servers: readonly {
    readonly name: string;
    readonly state: string;
    readonly own: { readonly runtime: string } | null;
  }[];
  readonly links: readonly { readonly ends: readonly string[]; readonly state: string }[];
}

async function told(port: number, query = ""): Promise<Told> {
  const response = await fetch(`http://127.0.0.1:${port}/herd${query}`);
  assertEquals(response.status, 200);
  return await response.json() as Told;
}

function conditions({ servers, links }: Told): string {
  return [...servers, ...links.map(({ ends, state }) => ({ name: ends.join("-"), state }))]
    .map(({ name, state }) => `${name} ${state}`).join(", ");
}

const ALL_UP = "Ann up, Bob up, Cid up, Ann-Bob up, Bob-Cid up";

/** A row of the table, by its first words. */
function row(stdout: string, first: string): readonly string[] {
  const line = stdout.split("\n").find((line) => line.startsWith(`${first} `));
  return line?.split(/ {2,}/) ?? [];
}

test("/herd of one server tells of all servers, their runtimes and their links", async () => {
  const { http } = await theDoors();
  const state = await told(http.get("Ann")!);
  assertEquals(state.asked, "Ann");
  assertEquals(conditions(state), ALL_UP);
  for (const { name, own } of state.servers) assertMatch(own?.runtime ?? "", /^(deno|node) \d/, name);

  const own = await told(http.get("Ann")!, "?scope=own");
  assertEquals(conditions(own), "Ann up, Bob up, Cid unknown, Ann-Bob up, Bob-Cid unknown");
  assertEquals(own.servers.map(({ own }) => own !== null), [true, false, false]);
});

test("top prints a table where the output is no terminal, from the first server or the one that is named", async () => {
  const { topology, http, herd } = await theDoors();
  await herd.server("Bob").report(freshClient("top"), "+1+2", timeText(nowNanos()));
  const first = await run(["top", "--topology", topology]);
  assertEquals([first.code, first.stderr], [0, ""]);
  assertMatch(first.stdout, /^zoo {3}3 of 3 servers up {3}2 of 2 links up {3}\d+ clients {3}Ann at http/);
  for (const name of NAMES) {
    const [, state, runtime] = row(first.stdout, name);
    assertEquals(state, "up");
    assertMatch(runtime ?? "", /^(deno|node) \d/);
  }
  assertEquals(row(first.stdout, "Ann - Bob")[1], "up");
  const bob = await run(["top", "Bob", "--topology", topology]);
  // It has heard one when the herd was started, and this one; of others it may say what they said a second ago.
  assertEquals(row(bob.stdout, "Bob")[6], "2");

  for (const where of [["Cid", "--topology", topology], [`http://127.0.0.1:${http.get("Cid")}/`]]) {
    const { code, stdout } = await run(["top", "--once", ...where]);
    assertEquals(code, 0);
    assertMatch(stdout, /Cid at http:\/\/127\.0\.0\.1:\d+\n/);
    assertEquals(row(stdout, "Ann")[1], "up");
  }
});

function assertMistake({ code, stdout, stderr }: Finished, words: RegExp): void {
  assertEquals([code, stdout], [2, ""], stderr);
  assertMatch(stderr, /^herd: [^\n]+\n$/);
  assertMatch(stderr, words);
}

test("what is wrong with top is one line, and exit code 2", async () => {
  const { topology, herd } = await theDoors();
  const nobody = await freePort();
  const mistakes: readonly (readonly [readonly string[], RegExp, Record<string, string>?])[] = [
    [[`http://127.0.0.1:${nobody}`], new RegExp(`http://127.0.0.1:${nobody} refused the connection`)],
    [[`http://127.0.0.1:${herd.server("Ann").port}`], /not HTTP/],
    [["Dan", "--topology", topology], /no server is named "Dan".*Ann, Bob, Cid/],
    [
      ["localhost:8080"],
      /no server is named "localhost:8080": of a door write the URL, http:\/\/localhost:8080/,
    ],
    [["ftp://x"], /"ftp:\/\/x" is no URL of an HTTP door: write http:\/\/HOST:PORT/],
    [["http://u:p@x"], /--user/],
    [["Ann", "Bob"], /not also Bob/],
    [["--user", "ann"], /HERD_PASSWORD/],
    [["--user", "ann", "--token", "x"], /not both/, { HERD_PASSWORD: "x" }],
    [["--twice"], /unknown flag --twice: .*--once/],
  ];
  for (const [args, words, env = {}] of mistakes) assertMistake(await run(["top", ...args], { env }), words);
});

/** An HTTP door that answers as a test says. */
async function startDoor(
  answer: Parameters<typeof createServer>[1],
): Promise<{ server: Server; url: string }> {
  const server = createServer(answer);
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  atEnd(() =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    })
  );
  return { server, url: `http://127.0.0.1:${port}` };
}

test("top says who it is, and tells where that is wanted or not believed", async () => {
  const seen: (string | undefined)[] = [];
  const { url } = await startDoor((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(401).end();
  });
  const user = ["top", url, "--user", "änn"];
  assertMistake(
    await run(user, { env: { HERD_PASSWORD: "p:w" } }),
    /name and the password, or the token, right/,
  );
  assertMistake(await run(["top", url], { env: { HERD_TOKEN: "t0ken" } }), /right/);
  assertMistake(await run(["top", url]), /wants to know who asks: give --user NAME/);
  assertEquals(seen, [`Basic ${btoa("\xc3\xa4nn:p:w")}`, "Bearer t0ken", undefined]);
});

test("top is told that a door is no herd's, or does not work", async () => {
  const answers = [`{"herd": 1}`, "<html>", undefined];
  const { url } = await startDoor((_, response) => {
    const answer = answers.shift();
    response.writeHead(answer === undefined ? 500 : 200).end(answer);
  });
  assertMistake(await run(["top", url]), /not as the HTTP door of a herd/);
  assertMistake(await run(["top", url]), /not as the HTTP door of a herd/);
  assertMistake(await run(["top", url]), /HTTP status 500/);
});

// The mixed suite would only repeat what the other two do: this runs on the runtime of the tests.
const noTerminal = permitted && existsSync("/usr/bin/script") ? undefined : "a pseudoterminal, by script(1)";

if (suite !== "mixed") {
  test("on a terminal top shows rates and who reports, safely, and q brings the screen back", async () => {
    let asked = 0;
    const evil = "evil\x1b]0;title\x07";
    const { url } = await startDoor((request, response) => {
      if (request.url?.startsWith("/events") === true) {
        response.writeHead(200, { "content-type": "text/event-stream" });
        const data = { id: evil, latitude: 1, longitude: 2, time: "1", origin: "Ann", skew: "+1", at: "" };
        return void response.write(`event: report\ndata: ${JSON.stringify(data)}\n\n`);
      }
      response.end(JSON.stringify(stateOf(++asked)));
    });
    const command = [process.execPath, ...programFor("top"), "top", url].join(" ");
    const child = spawn("script", ["-qefc", `stty cols 100 rows 30; exec ${command}`, "/dev/null"], {
      cwd: fileURLToPath(new URL("../../", import.meta.url)),
      stdio: ["pipe", "pipe", "ignore"],
      env: { ...process.env, NO_COLOR: "1" },
    });
    let shown = "";
    child.stdout.on("data", (bytes) => shown += String(bytes));
    const exited = new Promise<number | null>((resolve) => child.on("close", (code) => resolve(code)));
    try {
      await until(
        "there are rates and clients",
        () => /reports\/s +50/.test(shown) && shown.includes("evil"),
      );
    } finally {
      child.stdin.write("q");
    }
    assertEquals(await within(exited, () => "its end"), 0);
    assert(shown.includes("evil\\x1b]0;title\\x07"), "what would command the terminal is escaped");
    assert(!shown.includes("\x1b]0;"));
    const [before = "", inside = "", after = ""] = shown.split("\x1b[?1049h").flatMap((part) =>
      part.split("\x1b[?1049l")
    );
    assertEquals(before, "");
    assert(inside.includes("\x1b[?25l") && inside.endsWith("\x1b[?7h\x1b[?25h"), "the cursor is back");
    assertEquals(after.trim(), "");
  }, noTerminal);
}

/** A herd of one that takes fifty reports in each second. */
function stateOf(seconds: number) {
  const counters = { repeated: 0, searches: 0, invalid: 0, reportsReceived: 0, reportsSent: 0 };
  return {
    herd: "zoo",
    asked: "Ann",
    servers: [{
      name: "Ann",
      host: "127.0.0.1",
      port: 1,
      http: null,
      classic: false,
      state: "up",
      own: {
        version: "1",
        runtime: "deno",
        places: "embedded",
        run: "run",
        uptimeSeconds: seconds,
        clients: 1,
        changes: 1,
        sessions: 1,
        counters: { ...counters, reports: 50 * seconds },
        links: [],
      },
    }],
    links: [],
  };
}

test("a server that dies is down a moment later, with its links, whoever is asked, and up when it is back", async () => {
  const { herd, http, topology } = await theDoors();
  await herd.kill("Cid");
  for (const name of ["Ann", "Bob"]) {
    await until(
      `${name} knows that Cid is down`,
      async () =>
        conditions(await told(http.get(name)!)) === "Ann up, Bob up, Cid down, Ann-Bob up, Bob-Cid down",
    );
  }
  const { stdout } = await run(["top", "--topology", topology]);
  assertMatch(stdout, /^zoo {3}2 of 3 servers up {3}1 of 2 links up/);
  assertEquals(row(stdout, "Cid").slice(1, 3), ["down", "-"]);
  await herd.start("Cid");
  await herd.kill("Ann");
  const next = await run(["top", "--topology", topology]);
  assertMatch(next.stdout, /Bob at http/, "where the first server is dead the next one is asked");
  await herd.start("Ann");
  await until("all is up", async () => conditions(await told(http.get("Ann")!)) === ALL_UP);
});
