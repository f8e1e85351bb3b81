/** The IDs that devices get. */
import { assertEquals } from "@std/assert";
import { clientId, deviceId } from "../../../src/gateway/phones/client_id.ts";
import { fc } from "../../fast_check.ts";
import { test } from "../../runner.ts";

test("white space and control characters are percent-encoded, and nothing else", () => {
  assertEquals(clientId("kiwi.cs.ucla.edu"), "kiwi.cs.ucla.edu");
  assertEquals(clientId("my phone"), "my%20phone");
  assertEquals(clientId("a\tb\r\nc\u0000d\u007fe\u0085f"), "a%09b%0D%0Ac%00d%7Fe%C2%85f");
  assertEquals(clientId("Jörg's-100%-☎️/\u00a0"), "Jörg's-100%-☎️/\u00a0");
  assertEquals(clientId("half\ud83d"), "half\ufffd");
  assertEquals(clientId(""), undefined);
  assertEquals(clientId(undefined), undefined);
});

test("a user's device has one slash in its ID, whatever the names", () => {
  assertEquals(deviceId("jane", "phone"), "jane/phone");
  assertEquals(deviceId("jane/tablet", "old phone"), "jane%2Ftablet/old%20phone");
  assertEquals(deviceId("jane", ""), undefined);
  assertEquals(deviceId(undefined, "phone"), undefined);
  fc.assert(fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (user, device) => {
    assertEquals(deviceId(user, device)?.split("/").length, 2);
  }));
});

test("any name becomes one field of a line", () => {
  fc.assert(fc.property(fc.string({ minLength: 1, unit: "binary" }), (name) => {
    const id = clientId(name) ?? " ";
    assertEquals([...id].every((char) => char > " "), true);
  }));
});
