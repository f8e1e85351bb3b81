/** The parser of clients' lines, beside a naive reading of the protocol. */
import { AHEAD, type ClientMessage, ClientParser } from "../../../src/wire/client_message.ts";
import { IdHash } from "../../../src/wire/id_hash.ts";
import { latin1, textOf } from "../../binary.ts";
import { nanosOf, readClientLine } from "../grammar.ts";
import { kindOf, mustEqual, type Target } from "../target.ts";

const hash = new IdHash(new Uint8Array(1024).map((_, i) => i * 167));
const parser = new ClientParser(hash);
const ahead = new ClientParser(hash);

/** Words of the protocol, and numbers about its bounds. */
export const CLIENT_WORDS = [
  "IAMAT kiwi +34.068930-118.445127 1520023934.918963997\n",
  "WHATSAT kiwi 10 5\n",
  "IAMAT ",
  "WHATSAT ",
  "\r\n",
  "\n",
  "\r",
  "\t",
  "\v",
  "\f",
  "\0",
  "\xa0",
  "\xff",
  "+90.0",
  "-180",
  "+90.00000000000000000001",
  "+180.000",
  "99999999999",
  ".999999999",
  "1.0000000000",
  "00000000000000000000",
  " 50.0 20",
  "50.01",
  "21",
  "__proto__",
];

export const client: Target = {
  name: "client",
  words: CLIENT_WORDS,
  maxBytes: 4_096,
  run(input) {
    // Stale bytes of an earlier read lie behind the LF that stops scans.
    const bytes = new Uint8Array(input.length + 64).fill(0x31);
    bytes.set(input);
    bytes[input.length] = 0x0a;
    const kinds: string[] = [];
    const messages: ClientMessage[] = [];
    let at = 0;
    for (
      let one = parser.parse(bytes, at, input.length);
      one !== undefined;
      one = parser.parse(bytes, at, input.length)
    ) {
      messages.push({ ...one });
      checkLine(one, bytes, at);
      kinds.push(shapeOf(one, bytes));
      at = one.next;
    }
    if (input.indexOf(0x0a, at) >= 0) throw new Error(`a whole line at ${at} was not taken`);
    checkAhead(messages, bytes, input.length);
    return kindOf(kinds);
  },
};

/** Of an invalid line: its first word, and how many fields it has. */
function shapeOf(message: ClientMessage, bytes: Uint8Array): string {
  if (message.kind !== "invalid") return message.kind;
  const fields = textOf(bytes, message.lineStart, message.lineEnd).split(/[ \t\r\f\v]+/);
  const word = /^(IAMAT|WHATSAT)?/.exec(fields[0] ?? "")?.[0];
  return `${word}?${Math.min(fields.length, 5)}`;
}

function checkLine(message: ClientMessage, bytes: Uint8Array, at: number): void {
  const lf = bytes.indexOf(0x0a, at);
  mustEqual([message.lineStart, message.next], [at, lf + 1], "the line's place");
  const withCr = textOf(bytes, at, lf);
  mustEqual(textOf(bytes, message.lineStart, message.lineEnd), withCr.replace(/\r$/, ""), "the line");
  const text = (start: number, end: number) => textOf(bytes, start, end);
  const said = readClientLine(withCr);
  mustEqual(message.kind, said.kind, `the kind of ${JSON.stringify(withCr)}`);
  if (message.kind === "iamat" && said.kind === "iamat") {
    const { id, position, time } = said;
    const nanos = String(BigInt(message.seconds) * 1_000_000_000n + BigInt(message.nanos));
    mustEqual(
      [
        text(message.idStart, message.idEnd),
        text(message.positionStart, message.positionEnd),
        text(message.timeStart, message.timeEnd),
        nanos,
        message.idHash,
      ],
      [id, position, time, String(nanosOf(time)), hash.of(latin1(id), 0, id.length)],
      "the fields",
    );
  } else if (message.kind === "whatsat" && said.kind === "whatsat") {
    mustEqual(
      [text(message.idStart, message.idEnd), text(message.radiusStart, message.radiusEnd), message.bound],
      [said.id, said.radius, Number(said.bound)],
      "the fields",
    );
  }
}

/** Messages read ahead are those that are read one by one. */
function checkAhead(messages: readonly ClientMessage[], bytes: Uint8Array, end: number): void {
  let at = 0;
  for (let done = 0; done <= messages.length; done += AHEAD) {
    const batch = messages.slice(done, done + AHEAD);
    const count = ahead.parseAhead(bytes, at, end);
    mustEqual(ahead.ahead.slice(0, count), batch, "messages read ahead");
    at = batch.at(-1)?.next ?? at;
  }
}
