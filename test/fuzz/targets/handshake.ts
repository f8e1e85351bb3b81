/** Who cannot prove to be a neighbor: whatever is said, in either role, nothing is believed, and nothing breaks. */
import { textOf } from "../../binary.ts";
import { turnEnds } from "../../settle.ts";
import { FakeConnection, FakeServer } from "../../server/fakes.ts";
import type { Hmac } from "../../../src/runtime/runtime.ts";
import { piecesOf, sizeOf, type Target } from "../target.ts";

const NONCE = "0123456789abcdef0123456789abcdef";
const PROOF = "ab".repeat(32);
const HELLO = `HERD/1 HELLO herd Hands Goloman ${NONCE} ${NONCE} - 0\n`;

/** Proofs that nobody can guess, and that need no wait. */
const HMAC: Hmac = {
  importKey: () => Promise.resolve({} as CryptoKey),
  sign: () => Promise.resolve(new Uint8Array(32).fill(7).buffer),
  verify: () => Promise.resolve(false),
};

/** Who dialed: the one who is not believed, this server, or a client who becomes a link or not by its first line. */
type Role = "acceptor" | "dialer" | "client";
const ROLES: readonly Role[] = ["acceptor", "dialer", "client"];

async function makeScene(role: Role): Promise<{ herd: FakeServer; connection: FakeConnection }> {
  const dialed = new FakeConnection();
  const dial = () => Promise.resolve(dialed);
  const herd = await new FakeServer(role === "dialer" ? { hmac: HMAC, dial } : { hmac: HMAC }).start();
  if (role === "dialer") {
    await turnEnds();
    return { herd, connection: dialed };
  }
  const connection = herd.connect();
  if (role === "acceptor") {
    connection.say(HELLO);
    await turnEnds();
  }
  return { herd, connection };
}

export const handshake: Target = {
  name: "handshake",
  words: [
    HELLO,
    `HERD/1 CHALLENGE ${NONCE} ${NONCE} - 0 ${PROOF}\n`,
    `HERD/1 PROOF ${PROOF}\n`,
    "HERD/1 WELCOME\n",
    "HERD/1 BUSY\n",
    "HERD/1 BEAT\n",
    "HERD/1 MARK 1\n",
    "AT Hands +0.000000000 kiwi +1+2 3\n",
    "HERD/1 ",
    "HELLO ",
    "herd Hands Goloman ",
    "herd Goloman Hands ",
    NONCE,
    " - 0",
    "\r\n",
    "\n",
    " ",
    "\0",
    "\xff",
    "x".repeat(20_000),
  ],
  maxBytes: 40_000,
  async run(input) {
    const role = ROLES[(input[0] ?? 0) % ROLES.length]!;
    const said = input.subarray(1);
    const { herd, connection } = await makeScene(role);
    const pieces = said.length > 2_048 ? [said.slice(0, 1_024), said.slice(1_024)] : piecesOf(said);
    for (const [i, piece] of pieces.entries()) {
      connection.say(piece);
      if (i % 4 === 0) await turnEnds();
    }
    await turnEnds();
    connection.sayEnd();
    await turnEnds();
    herd.clock.pass(5_000);
    const { counters, herd: links, registry } = herd.server;
    const faults = herd.log.of("error");
    if (faults.length > 0 || counters.failed + links.counters.linksFailed > 0) {
      throw new Error(faults.join("; "));
    }
    if (links.neighbors.some(({ linked }) => linked)) throw new Error("it is a link without a proof");
    if (/HERD\/1 (WELCOME|PROOF)\n/.test(connection.written.replace(/^\? [^\n]*/gm, ""))) {
      throw new Error("it was believed");
    }
    if (links.counters.reportsReceived + links.counters.reportsTaken > 0) {
      throw new Error("a report was taken");
    }
    if (registry.size > 0 && !/^\s*IAMAT/m.test(textOf(said))) throw new Error("the registry changed");
    if (!connection.isClosed) throw new Error("it was not closed in time");
    const words = connection.written.split("\n").map((line) => /^(HERD\/1 \w+|AT|\?)/.exec(line)?.[0] ?? "");
    return `${role} ${words.slice(0, 6).join(",")} ${links.counters.handshakesRefused} ${
      sizeOf(said.length)
    }`;
  },
};
