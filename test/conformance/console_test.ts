/** A server whose console nobody reads any more. */
import { assertEquals } from "@std/assert";
import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { Client, freePort, suite, tempFile, test, topologyText, until, within } from "./harness.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

if (suite !== "mixed") {
  test("a server serves on when whoever read its console has gone, and still stops in order", async () => {
    const port = await freePort();
    const file = await tempFile("topology.json", topologyText(new Map([["A", port]]), []));
    const program = "Deno" in globalThis ? ["run", "--quiet", "-A", "src/main.ts"] : ["src/main_node.ts"];
    const flags = ["--topology", file, "--log-dir", "none", "--log-level", "debug", "--places", "embedded"];
    const child = spawn(process.execPath, [...program, "serve", "A", ...flags], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const exited = new Promise<number | null>((resolve) => child.on("close", (code) => resolve(code)));
    try {
      let said = "";
      child.stdout.on("data", (bytes) => said += String(bytes));
      await until("it listens", () => said.includes("A listens on"));
      child.stdout.destroy();
      child.stderr.destroy();
      // At this level every session is told of on the console.
      for (let round = 0; round < 5; round++) {
        const client = await Client.connect(port, "a client");
        await client.send("hello\n");
        assertEquals(await client.line(), "? hello");
        client.destroy();
      }
    } finally {
      if (child.pid !== undefined) process.kill(child.pid, "SIGTERM");
    }
    assertEquals(await within(exited, () => "its end"), 0);
  });
}
