/** How a server of the herd proves over HTTP to be one. */
import { assert, assertEquals } from "@std/assert";
import { checkPeer, peerAuthorization } from "../../src/gateway/peer_proof.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

const { subtle } = crypto;
const NOW = 1_800_000_000;

async function proofOf(secrets: readonly string[], from = "Hands", seconds = NOW): Promise<string> {
  const header = await peerAuthorization(subtle, secrets, from, seconds) ?? "";
  assert(header.startsWith("Herd "), header);
  return header.slice("Herd ".length);
}

test("whoever knows a secret of the herd is who they say, whatever their name", async () => {
  await fc.assert(fc.asyncProperty(
    fc.stringMatching(/^[!-~]{1,64}$/),
    fc.string({ minLength: 1 }),
    async (name, secret) => {
      assertEquals(await checkPeer(subtle, [secret], await proofOf([secret], name), NOW), name);
    },
  ));
});

test("the first of two secrets is used, and either is taken, while they are rotated", async () => {
  const before = await proofOf(["old"]);
  const between = await proofOf(["new", "old"]);
  assertEquals(await checkPeer(subtle, ["new", "old"], before, NOW), "Hands");
  assertEquals(await checkPeer(subtle, ["old", "new"], between, NOW), "Hands");
  assertEquals(await checkPeer(subtle, ["new"], between, NOW), "Hands");
  assertEquals(await checkPeer(subtle, ["old"], between, NOW), undefined);
});

test("without a secret there is no proof, and none is taken", async () => {
  assertEquals(await peerAuthorization(subtle, [], "Hands", NOW), undefined);
  assertEquals(await checkPeer(subtle, [], await proofOf(["secret"]), NOW), undefined);
});

test("a proof is good for a minute before and after our clock, and no longer", async () => {
  const proof = await proofOf(["secret"]);
  for (const [offset, who] of [[-60, "Hands"], [60, "Hands"], [-61, undefined], [61, undefined]] as const) {
    assertEquals(await checkPeer(subtle, ["secret"], proof, NOW + offset), who, `${offset} s`);
  }
});

test("nothing in a proof can be changed", async () => {
  const proof = await proofOf(["secret"]);
  await fc.assert(fc.asyncProperty(
    fc.nat(proof.length - 1),
    fc.stringMatching(/^[ -~]$/),
    async (at, char) => {
      fc.pre(proof[at] !== char);
      const changed = proof.slice(0, at) + char + proof.slice(at + 1);
      assertEquals(await checkPeer(subtle, ["secret"], changed, NOW), undefined, changed);
    },
  ));
  const [from, seconds, digest] = proof.split(" ");
  for (
    const text of [`Welsh ${seconds} ${digest}`, `${from} ${NOW + 1} ${digest}`, `${proof} `, "", "Herd"]
  ) {
    assertEquals(await checkPeer(subtle, ["secret"], text, NOW), undefined, text);
  }
});
