import { assertEquals } from "@std/assert";
import { converse } from "../../src/cli/conversation.ts";
import { DEFAULT_LIMITS } from "../../src/limits.ts";
import { test } from "../runner.ts";
import { turnEnds } from "../settle.ts";
import { FakeConnection } from "../server/fakes.ts";

/** Lines without an end, which count how many were taken. */
class Endless {
  taken = 0;
  async *lines(): AsyncGenerator<string> {
    for (;;) yield await Promise.resolve(`line ${++this.taken}`);
  }
}

/** Someone who never types. */
async function* silence(): AsyncGenerator<string> {
  yield await new Promise<string>(() => {});
}

async function* linesOf(...lines: readonly string[]): AsyncGenerator<string> {
  for (const line of lines) yield await Promise.resolve(line);
}

test("lines are said, and what comes is printed to its end", async () => {
  const connection = new FakeConnection();
  const printed: string[] = [];
  const done = converse(connection, linesOf("a", "b"), (text) => printed.push(text));
  await connection.when(({ isEnded }) => isEnded);
  assertEquals(connection.written, "a\nb\n");
  connection.say("AT a\n?");
  connection.say(" b\n");
  connection.sayEnd();
  assertEquals(await done, { refused: true, complete: true, said: 2, received: 9 });
  assertEquals(printed.join(""), "AT a\n? b\n");
});

test("no more is said than the server takes", async () => {
  const connection = new FakeConnection();
  connection.onWrite = ({ length }) => connection.unsentBytes += length;
  const endless = new Endless();
  const done = converse(connection, endless.lines(), () => {});
  await connection.when(({ unsentBytes }) => unsentBytes > DEFAULT_LIMITS.unreadBytes);
  const { taken } = endless;
  await turnEnds();
  assertEquals(endless.taken, taken);
  connection.drain();
  await connection.when(({ unsentBytes }) => unsentBytes > DEFAULT_LIMITS.unreadBytes);
  connection.destroy();
  const { complete } = await done;
  assertEquals([complete, endless.taken > taken], [false, true]);
});

test("who has nothing to say hears that the server has gone", async () => {
  for (const go of ["sayEnd", "destroy"] as const) {
    const connection = new FakeConnection();
    const done = converse(connection, silence(), () => {});
    connection[go]();
    assertEquals(await done, { refused: false, complete: false, said: 0, received: 0 });
  }
});
