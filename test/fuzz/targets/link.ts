/** The parser of links' lines, beside a naive reading. */
import { IdHash } from "../../../src/wire/id_hash.ts";
import { type LinkMessage, LinkParser, ORIGIN_OFFSET } from "../../../src/wire/link_message.ts";
import { latin1, textOf } from "../../binary.ts";
import { nanosOf, readAtLine } from "../grammar.ts";
import { kindOf, mustEqual, type Target } from "../target.ts";

const hash = new IdHash(new Uint8Array(1024).map((_, i) => i * 167));
const parser = new LinkParser(hash);

export const LINK_WORDS = [
  "AT Hands +0.263873386 kiwi +34.068930-118.445127 1520023934.918963997\n",
  "AT Goloman -999999999999.000000000 mango -90.0+180 0\n",
  "HERD/1 MARK 12\n",
  "HERD/1 BEAT\n",
  "HERD/1 WELCOME\n",
  "HERD/1 ",
  "MARK ",
  "BEAT",
  "AT ",
  "Hands ",
  "+0.000000000 ",
  "999999999999999",
  "\r\n",
  "\n",
  "\r",
  "\0",
  "\xff",
  "__proto__",
  "9",
];

export const link: Target = {
  name: "link",
  words: LINK_WORDS,
  maxBytes: 4_096,
  run(input) {
    const bytes = new Uint8Array(input.length + 64).fill(0x31);
    bytes.set(input);
    bytes[input.length] = 0x0a;
    const kinds: string[] = [];
    let at = 0;
    for (
      let one = parser.parse(bytes, at, input.length);
      one !== undefined;
      one = parser.parse(bytes, at, input.length)
    ) {
      checkLine(one, bytes, at);
      kinds.push(shapeOf(one, bytes));
      at = one.next;
    }
    if (input.indexOf(0x0a, at) >= 0) throw new Error(`a whole line at ${at} was not taken`);
    return kindOf(kinds);
  },
};

/** Of another line: its first word, and how many fields it has. */
function shapeOf(message: LinkMessage, bytes: Uint8Array): string {
  if (message.kind !== "other") return message.kind;
  const fields = textOf(bytes, message.lineStart, message.lineEnd).split(" ");
  return `${/^(AT|HERD\/1)?/.exec(fields[0] ?? "")?.[0]}?${Math.min(fields.length, 7)}`;
}

function checkLine(message: LinkMessage, bytes: Uint8Array, at: number): void {
  const lf = bytes.indexOf(0x0a, at);
  mustEqual(message.next, lf + 1, "the next line's place");
  const withCr = textOf(bytes, at, lf);
  const said = readAtLine(withCr);
  if (message.kind === "at" || said !== undefined) {
    mustEqual(message.kind, said === undefined ? "no AT line" : "at", JSON.stringify(withCr));
  }
  if (message.kind === "at" && said !== undefined) {
    const { line } = message;
    const text = (start: number, end: number) => textOf(line.bytes, start, end);
    mustEqual(
      [
        text(line.start, line.end),
        text(line.start + ORIGIN_OFFSET, line.originEnd),
        text(line.idStart, line.idEnd),
        text(line.positionStart, line.positionEnd),
        String(BigInt(line.seconds) * 1_000_000_000n + BigInt(line.nanos)),
        line.idHash,
      ],
      [
        withCr,
        said.origin,
        said.id,
        said.position,
        String(nanosOf(said.time)),
        hash.of(latin1(said.id), 0, said.id.length),
      ],
      "the fields",
    );
    return;
  }
  const line = withCr.replace(/\r$/, "");
  const [, word, seq] = /^HERD\/1 (MARK|SEEN) (\d{1,15})$/.exec(line) ?? [];
  if (message.kind === "mark" || message.kind === "seen") {
    mustEqual([message.kind, message.seq], [word?.toLowerCase(), Number(seq)], JSON.stringify(line));
  } else if (message.kind === "beat") mustEqual(line, "HERD/1 BEAT", "a beat");
  else if (seq !== undefined || line === "HERD/1 BEAT") throw new Error(`${line} is ${message.kind}`);
}
