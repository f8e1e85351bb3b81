/**
 * What classic neighbors say: bare AT lines, from servers that speak no handshake, write white space as the
 * protocol lets clients write it, and a skew as their language writes a number.
 */
import { isBlank, LF, SPACE } from "../wire/bytes.ts";
import { skipBlanks } from "../wire/client_message.ts";
import { type AtLine, type LinkParser, ORIGIN_OFFSET } from "../wire/link_message.ts";
import type { LinkContext } from "./link.ts";

const A = 0x41, T = 0x54;

/**
 * Takes the report in the line `bytes[start, lf)`, where `bytes[lf]` is its LF. It is stored and passed on if it is
 * newer, and forgotten otherwise.
 * @param source the number of the neighbor that sent it, or UNKNOWN.
 * @returns whether it is an AT line of a server of the herd.
 */
export function takeClassicLine(
  context: LinkContext,
  bytes: Uint8Array,
  start: number,
  lf: number,
  source: number,
): boolean {
  const { counters, registry, limits, parser } = context;
  const at = skipBlanks(bytes, start);
  if (bytes[at] !== A || bytes[at + 1] !== T || lf - start > limits.peerLineBytes) return false;
  const line = parseClassicLine(parser, bytes, at, lf, limits.peerLineBytes);
  if (line === undefined || !context.isServer(line.bytes, line.start + ORIGIN_OFFSET, line.originEnd)) {
    return false;
  }
  counters.reportsReceived++;
  const verdict = registry.offer(line, source);
  if (verdict === "full") context.limitHits.hit("clients");
  if (verdict === "new" || verdict === "newer") {
    counters.reportsTaken++;
    context.stored();
  }
  return true;
}

function parseClassicLine(
  parser: LinkParser,
  bytes: Uint8Array,
  start: number,
  lf: number,
  mostBytes: number,
): AtLine | undefined {
  const message = parser.parse(bytes, start, lf + 1);
  if (message?.kind === "at") return message.line;
  // Registries hold the same bytes everywhere, so white space beyond what is needed is not kept.
  const tidy = withProtocolSkew(tidyLine(bytes, start, lf));
  // A neighbor would drop the link over a line that its skew's decimals have made too long.
  if (tidy.length - 1 > mostBytes) return undefined;
  const again = parser.parse(tidy, 0, tidy.length);
  return again?.kind === "at" ? again.line : undefined;
}

/** A copy of the line `bytes[start, lf)`, its fields one space apart, with its LF. */
export function tidyLine(bytes: Uint8Array, start: number, lf: number): Uint8Array {
  const tidy = new Uint8Array(lf - start + 1);
  let length = 0;
  for (let i = skipBlanks(bytes, start); i < lf; i++) {
    const byte = bytes[i]!;
    if (!isBlank(byte)) tidy[length++] = byte;
    else if (i + 1 < lf && !isBlank(bytes[i + 1]!)) tidy[length++] = SPACE;
  }
  tidy[length++] = LF;
  return tidy.subarray(0, length);
}

/** A number as Python and its kin write it, behind the sign that the exercise asks for. */
const NUMBER = /^([+-])(\d{1,12})(?:\.(\d{1,40}))?(?:[eE]([+-]\d{1,2}))?$/;
/** The most bytes that such a number takes. */
const NUMBER_BYTES = 58;

/** @returns `tidy`, a line whose fields are one space apart, with its skew as the protocol writes it, if it is one. */
export function withProtocolSkew(tidy: Uint8Array): Uint8Array {
  const start = tidy.indexOf(SPACE, tidy.indexOf(SPACE) + 1) + 1;
  const end = tidy.indexOf(SPACE, start);
  if (end < 0 || end - start > NUMBER_BYTES) return tidy;
  const skew = protocolSkew(String.fromCharCode(...tidy.subarray(start, end)));
  if (skew === undefined) return tidy;
  const line = new Uint8Array(tidy.length - (end - start) + skew.length);
  line.set(tidy.subarray(0, start));
  for (let i = 0; i < skew.length; i++) line[start + i] = skew.charCodeAt(i);
  line.set(tidy.subarray(end), start + skew.length);
  return line;
}

/** A sign and nine decimals, cut after them: whoever reads the same number must come to the same bytes. */
function protocolSkew(number: string): string | undefined {
  const match = NUMBER.exec(number);
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = "", exponent = "0"] = match;
  const shift = Number(exponent);
  const digits = "0".repeat(Math.max(0, -shift)) + whole + fraction.padEnd(Math.max(0, shift), "0");
  const point = whole.length + Math.max(0, shift);
  const seconds = digits.slice(0, point).replace(/^0+(?=\d)/, "");
  const nanos = digits.slice(point, point + 9).padEnd(9, "0");
  const isNegative = sign === "-" && /[1-9]/.test(seconds + nanos);
  return `${isNegative ? "-" : "+"}${seconds}.${nanos}`;
}
