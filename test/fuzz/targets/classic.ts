/** A session from a classic neighbor's address: its reports are taken, with white space as free as a client's; the rest is a client's. */
import { textOf } from "../../binary.ts";
import { FakeServer } from "../../server/fakes.ts";
import { nanosOf, readAtLine, readClientLine } from "../grammar.ts";
import { kindOf, mustEqual, piecesOf, type Target } from "../target.ts";
import { CLIENT_WORDS } from "./client.ts";
import { LINK_WORDS } from "./link.ts";

const LINE_BYTES = 64;
const PEER_LINE_BYTES = 256;
/** One day after what the clock of the fake says. */
const LATEST_NANOS = (1_700_000_000n + 86_400n) * 1_000_000_000n;

/** What a line is to do, and about whom. */
type Due = readonly ["taken" | "answered" | "refused", string];

function dueOf(line: string): Due {
  const shown = line.replace(/\r$/, "");
  const said = shown.length > LINE_BYTES ? undefined : readClientLine(line);
  if (said?.kind === "iamat" && nanosOf(said.time) <= LATEST_NANOS) return ["answered", said.id];
  if (said?.kind === "iamat" || said?.kind === "whatsat" || line.length > PEER_LINE_BYTES) {
    return ["refused", ""];
  }
  const tidy = line.replace(/[ \t\r\f\v]+/g, " ").replace(/^ | $/g, "");
  const at = readAtLine(tidy);
  const isReport = at !== undefined && ["Goloman", "Hands"].includes(at.origin);
  return isReport ? ["taken", at.id] : ["refused", ""];
}

export const classic: Target = {
  name: "classic",
  words: [...LINK_WORDS, ...CLIENT_WORDS, "  AT\tHands   +0.000000000 \r kiwi\v+1+2\f3 \t\r\n"],
  maxBytes: 2_048,
  async run(input) {
    const text = textOf(input);
    const lines = text.split("\n").slice(0, -1);
    const due = lines.map(dueOf);
    for (const pieces of [[input], piecesOf(input)]) {
      const herd = await new FakeServer({
        classic: true,
        dial: () => new Promise(() => {}),
        limits: { lineBytes: LINE_BYTES, peerLineBytes: PEER_LINE_BYTES },
        places: { answer: () => false, find: () => new Promise(() => {}) },
      }).start();
      const session = herd.connect("127.0.0.1");
      for (const piece of pieces) session.say(piece);
      const faults = herd.log.of("error");
      if (faults.length > 0) throw new Error(faults.join("; "));
      // Behind a WHATSAT that waits, replies wait too.
      if (/^\s*(WHATSAT|HERD)/m.test(text)) continue;
      const clients = new Set(due.filter(([what]) => what !== "refused").map(([, id]) => id));
      mustEqual(herd.server.registry.size, clients.size, "clients known");
      const unfinished = text.slice(text.lastIndexOf("\n") + 1).length > PEER_LINE_BYTES;
      if (unfinished) continue;
      const replies = session.written.split("\n").slice(0, -1).map((reply) => reply.slice(0, 2));
      const expected = due.filter(([what]) => what !== "taken").map(([what]) =>
        what === "answered" ? "AT" : "? "
      );
      mustEqual(replies, expected, "replies");
    }
    return kindOf(due.map(([what]) => what)) + ` ${new Set(due.map(([, id]) => id)).size}`;
  },
};
