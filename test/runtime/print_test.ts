/** What is printed arrives, however slow its reader is. */
import { assertEquals } from "@std/assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { test } from "../runner.ts";

/** More than any pipe holds. */
const CHARS = 2_000_000;

const PROGRAM = `
  import { nodeRuntime } from ${JSON.stringify(new URL("../../src/runtime/node.ts", import.meta.url).href)};
  nodeRuntime().process.printError("x".repeat(${CHARS}));
`;

test("on Node more than a pipe holds is printed whole", async () => {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", PROGRAM], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let text = "";
  child.stderr.on("data", (bytes) => text += String(bytes));
  const [code] = await once(child, "close");
  assertEquals([code, text.length, text.replaceAll("x", "").slice(0, 500)], [0, CHARS, ""]);
}, { on: "node" });
