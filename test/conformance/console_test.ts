/** A server whose console nobody reads: any more, or at all. */
import { assert, assertEquals } from "@std/assert";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import {
  Client,
  freePort,
  permitted,
  suite,
  tempDir,
  tempFile,
  test,
  topologyText,
  until,
  within,
} from "./harness.ts";
import { programFor } from "./starter.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

interface Served {
  readonly child: ChildProcess;
  readonly port: number;
  /** The text of its log file. */
  log(): string;
  stop(): void;
  exited: Promise<number | null>;
}

type Terminal = "held" | "closed";

/** Gives a program a terminal; where its own output is not read, the terminal is held, and closed when it is killed. */
const SCRIPT = "/usr/bin/script";

/**
 * Starts a server that tells of every session on its console.
 * @param terminal what is to become of the one that it has; else its console is a pipe.
 */
async function serve(terminal?: Terminal): Promise<Served> {
  const port = await freePort();
  const dir = await tempDir();
  const file = await tempFile("topology.json", topologyText(new Map([["A", port]]), []));
  const flags = ["--topology", file, "--log-dir", dir, "--log-level", "debug", "--places", "embedded"];
  const command = [process.execPath, ...programFor("serve"), "serve", "A", ...flags];
  const pid = join(dir, "pid");
  // With a session of its own it is not told to end with its terminal.
  const as = terminal === "closed" ? ["setsid", "--wait"] : [];
  const words = [...as, "sh", "-c", 'echo $$ > "$0" && exec "$@"', pid, ...command];
  const [program = "", ...args] = terminal === undefined
    ? command
    : [SCRIPT, "--quiet", "--command", words.map(quoted).join(" "), "/dev/null"];
  const child = spawn(program, args, {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, SHELL: "/bin/sh" },
  });
  const exited = new Promise<number | null>((resolve) => child.on("close", (code) => resolve(code)));
  const path = join(dir, "A.log");
  return {
    child,
    port,
    exited,
    log: () => existsSync(path) ? readFileSync(path, "latin1") : "",
    stop: () => kill(terminal === undefined ? child.pid : Number(readFileSync(pid, "latin1"))),
  };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function kill(pid: number | undefined): void {
  if (pid !== undefined && pid > 0) process.kill(pid, "SIGTERM");
}

async function isServed(port: number): Promise<void> {
  const client = await Client.connect(port, "a client");
  await client.send("hello\n");
  assertEquals(await client.line(), "? hello");
  client.destroy();
}

if (suite !== "mixed") {
  test("a server serves on when whoever read its console has gone, and still stops in order", async () => {
    const served = await serve();
    const { child, port, exited } = served;
    try {
      let said = "";
      child.stdout?.on("data", (bytes) => said += String(bytes));
      await until("it listens", () => said.includes("A listens on"));
      child.stdout?.destroy();
      child.stderr?.destroy();
      for (let round = 0; round < 5; round++) await isServed(port);
    } finally {
      served.stop();
    }
    assertEquals(await within(exited, () => "its end"), 0);
  });

  test("a console that is full holds nobody up: what nobody reads is lost, and counted", async () => {
    const served = await serve();
    try {
      await until("it listens", () => isServed(served.port).then(() => true));
      const full = () => served.log().includes("a line was not shown on the console");
      // A pipe holds 64 KiB, whoever has its other end some more, and the server itself as much again.
      for (let round = 0; round < 200 && !full(); round++) {
        await Promise.all(Array.from({ length: 50 }, () => isServed(served.port)));
      }
      assert(full(), "it came so far");
      await isServed(served.port);
    } finally {
      served.stop();
    }
    // The end of the process, since its pipes are not read to theirs.
    const ended = new Promise<number | null>((resolve) => served.child.on("exit", (code) => resolve(code)));
    assertEquals(await within(ended, () => "its end"), 0);
    const [, counted] = /"consoleChars":(\d+)/.exec(served.log()) ?? [];
    assert(Number(counted) > 0, "the lines are counted");
    served.child.stdout?.destroy();
    served.child.stderr?.destroy();
  });

  test("a terminal that is held holds nobody up, and one that is closed ends nobody", async () => {
    for (const terminal of ["held", "closed"] as const) {
      const served = await serve(terminal);
      const { child, port, log } = served;
      try {
        await until("it listens", () => isServed(port).then(() => true));
        if (terminal === "closed") {
          child.kill("SIGKILL");
          await served.exited;
        }
        // What a terminal holds, the pipe behind it, and whoever passes the one on to the other.
        const full = () => terminal === "closed" || log().includes("a line was not shown on the console");
        for (let round = 0; round < 5 || (round < 200 && !full()); round++) {
          await Promise.all(Array.from({ length: 50 }, () => isServed(port)));
        }
        assert(full(), "it came so far");
        served.stop();
        await until("it has stopped in order", () => log().includes("stopped, after"));
        assert(!log().includes("a fault of herd's own"), log());
      } finally {
        child.kill("SIGKILL");
        child.stdout?.destroy();
        child.stderr?.destroy();
        if (!log().includes("stopped, after")) served.stop();
      }
    }
  }, !permitted || existsSync(SCRIPT) ? undefined : `there is no ${SCRIPT}`);
}
