/**
 * What classic neighbors say: bare AT lines, from servers that speak no handshake and write white space as the
 * protocol lets clients write it.
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
  const line = parseClassicLine(parser, bytes, at, lf);
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
): AtLine | undefined {
  const message = parser.parse(bytes, start, lf + 1);
  if (message?.kind === "at") return message.line;
  // Registries hold the same bytes everywhere, so white space beyond what is needed is not kept.
  const tidy = tidyLine(bytes, start, lf);
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
