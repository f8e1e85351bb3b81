/** A whole session, beside a model of it that is a page long: the same replies to the byte, however it is split. */
import { DEFAULT_LIMITS } from "../../../src/limits.ts";
import { latin1, textOf } from "../../binary.ts";
import { FakeServer } from "../../server/fakes.ts";
import { nanosOf, readClientLine, skewText } from "../grammar.ts";
import { kindOf, mustEqual, piecesOf, sizeOf, type Target } from "../target.ts";
import { CLIENT_WORDS } from "./client.ts";

const LINE_BYTES = 64;
const NO_PLACES = "{}";

/** What the clock of the fake says. */
const NOW_NANOS = 1_700_000_000n * 1_000_000_000n;
const FUTURE_NANOS = BigInt(DEFAULT_LIMITS.futureSeconds) * 1_000_000_000n;

interface Held {
  readonly nanos: bigint;
  readonly position: string;
  readonly at: string;
}

/** Whether `a` wins over `b`: of one server and one clock, at equal times the smaller position text. */
function isNewer(a: Held, b: Held): boolean {
  return a.nanos > b.nanos || (a.nanos === b.nanos && a.position < b.position);
}

/** What protocol.md says that comes back. */
function refer(text: string): string {
  const registry = new Map<string, Held>();
  const lines = text.split("\n");
  const last = lines.pop() ?? "";
  // A CR that no LF follows is part of the line.
  const all = [...lines.map((line) => ({ line, shown: line.replace(/\r$/, "") })), {
    line: last,
    shown: last,
  }];
  if (last === "") all.pop();
  return all.map(({ line, shown }) => {
    if (shown.length > LINE_BYTES) return `? ${shown.slice(0, LINE_BYTES)}\n`;
    const said = readClientLine(line);
    switch (said.kind) {
      case "invalid":
        return `? ${shown}\n`;
      case "whatsat": {
        const held = registry.get(said.id);
        return held === undefined ? `? ${shown}\n` : `${held.at}\n${NO_PLACES}\n\n`;
      }
      case "iamat": {
        const { id, position, time } = said;
        const nanos = nanosOf(time);
        if (nanos - NOW_NANOS > FUTURE_NANOS) return `? ${shown}\n`;
        const at = `AT Goloman ${skewText(NOW_NANOS - nanos)} ${id} ${position} ${time}`;
        const held = registry.get(id);
        if (held === undefined || isNewer({ nanos, position, at }, held)) {
          registry.set(id, { nanos, position, at });
        }
        return `${at}\n`;
      }
    }
  }).join("");
}

async function converse(reads: readonly Uint8Array[]): Promise<string> {
  const herd = await new FakeServer({
    limits: { lineBytes: LINE_BYTES },
    places: {
      answer(_query, out) {
        out.append(latin1(NO_PLACES));
        return true;
      },
      find: () => Promise.resolve(latin1(NO_PLACES)),
    },
  }).start();
  const session = herd.connect();
  for (const read of reads) {
    session.say(read);
    // What came may wait for the next turn; some of what comes then comes before that.
    if (read.length % 3 > 0) herd.clock.turn();
  }
  for (let turns = 0; turns < 1_000 && !session.isEnded && !session.isClosed; turns++) {
    herd.clock.turn();
    if (turns === 500) session.sayEnd();
  }
  const { failed } = herd.server.counters;
  if (failed > 0) throw new Error(herd.log.of("error").join("; "));
  if (!session.isEnded) throw new Error("the session did not end");
  return session.written;
}

export const session: Target = {
  name: "session",
  words: CLIENT_WORDS,
  maxBytes: 2_048,
  async run(input) {
    const text = textOf(input);
    const expected = refer(text);
    mustEqual(await converse([input]), expected, "in one read");
    mustEqual(await converse(piecesOf(input)), expected, "in pieces");
    return kindOf(expected.split("\n").map((line) => `${line.slice(0, 2)}${sizeOf(line.length)}`));
  },
};
