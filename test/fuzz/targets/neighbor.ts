/** A neighbor that has proved itself and then says anything: only reports in the right form, of servers there are, are kept. */
import { textOf } from "../../binary.ts";
import { turnEnds } from "../../settle.ts";
import { FakeServer } from "../../server/fakes.ts";
import type { Hmac } from "../../../src/runtime/runtime.ts";
import { nanosOf, readAtLine } from "../grammar.ts";
import { mustEqual, piecesOf, sizeOf, type Target } from "../target.ts";
import { LINK_WORDS } from "./link.ts";

const NONCE = "0123456789abcdef0123456789abcdef";
const PEER_LINE_BYTES = 256;

/** Proofs that always hold. */
const HMAC: Hmac = {
  importKey: () => Promise.resolve({} as CryptoKey),
  sign: () => Promise.resolve(new Uint8Array(32).buffer),
  verify: () => Promise.resolve(true),
};

/** The newest time of each client, by a naive reading; undefined where a line is too long for a link to go on. */
function refer(text: string): Map<string, bigint> | undefined {
  const newest = new Map<string, bigint>();
  const lines = text.split("\n");
  const last = lines.pop() ?? "";
  if (last !== "" || lines.some((line) => line.replace(/\r$/, "").length > PEER_LINE_BYTES)) return undefined;
  for (const line of lines) {
    const said = readAtLine(line);
    if (said === undefined || (said.origin !== "Hands" && said.origin !== "Goloman")) continue;
    const nanos = nanosOf(said.time);
    if ((newest.get(said.id) ?? -1n) < nanos) newest.set(said.id, nanos);
  }
  return newest;
}

export const neighbor: Target = {
  name: "neighbor",
  words: LINK_WORDS,
  maxBytes: 2_048,
  async run(input) {
    const herd = await new FakeServer({
      hmac: HMAC,
      limits: { lineBytes: 64, peerLineBytes: PEER_LINE_BYTES },
    }).start();
    const link = herd.connect();
    link.say(`HERD/1 HELLO herd Hands Goloman ${NONCE} ${NONCE} - 0\n`);
    await turnEnds();
    link.say(`HERD/1 PROOF ${"ab".repeat(32)}\n`);
    await turnEnds();
    mustEqual(herd.server.herd.neighbors[0]?.linked, true, "linked");
    for (const piece of piecesOf(input)) {
      link.say(piece);
      herd.clock.turn();
    }
    const { registry, herd: links } = herd.server;
    const faults = herd.log.of("error");
    if (faults.length > 0) throw new Error(faults.join("; "));
    const expected = refer(textOf(input));
    if (expected !== undefined) {
      mustEqual(registry.size, expected.size, "clients known");
      const asker = herd.connect();
      for (const [id, nanos] of expected) {
        asker.written = "";
        if (id.length > 40) continue;
        asker.say(`WHATSAT ${id} 0 0\n`);
        const time = asker.written.split("\n")[0]?.split(/ /).at(-1) ?? "";
        mustEqual(
          /^\d/.test(time) ? String(nanosOf(time)) : asker.written,
          String(nanos),
          `the time of ${id}`,
        );
      }
    }
    const { reportsReceived, reportsTaken, strayLines } = links.counters;
    const linked = links.neighbors[0]?.linked === true;
    return `${linked} ${sizeOf(reportsReceived)} ${sizeOf(reportsTaken)} ${
      sizeOf(strayLines)
    } ${registry.size} ${Math.min(4, input.filter((byte) => byte === 0x0a).length)}`;
  },
};
