/** How the log names whoever speaks from an IPv6 address. */
import { assertEquals } from "@std/assert";
import { test } from "../runner.ts";
import { FakeServer } from "./fakes.ts";

test("an IPv6 address and its port are told apart, whoever speaks from there", async () => {
  const herd = await new FakeServer().start();
  const nonce = "0".repeat(32);
  herd.connect("::1").say(`HERD/1 HELLO herd Bruin Goloman ${nonce} ${nonce} - 0\n`);
  assertEquals(herd.log.of("debug"), ["[::1]:50000: session opened"]);
  assertEquals(herd.log.of("warn"), [
    "[::1]:50000: refused a hello from Bruin of herd to Goloman: no such link",
  ]);
});
