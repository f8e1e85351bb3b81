/** protocol.md's grammar once more, as naive as the page is short: what the parsers are compared with. */

/** What a line says; its fields as texts with one character a byte. */
export type Said =
  | { readonly kind: "iamat"; readonly id: string; readonly position: string; readonly time: string }
  | { readonly kind: "whatsat"; readonly id: string; readonly radius: string; readonly bound: string }
  | { readonly kind: "invalid" };

const SPACE = "[ \\t\\r\\f\\v]";
const FIELD = "([^ \\t\\r\\n\\f\\v]+)";
const THREE_FIELDS = `${SPACE}+${FIELD}${SPACE}+${FIELD}${SPACE}+${FIELD}${SPACE}*$`;
const IAMAT = new RegExp(`^${SPACE}*IAMAT${THREE_FIELDS}`);
const WHATSAT = new RegExp(`^${SPACE}*WHATSAT${THREE_FIELDS}`);
const COORDINATE = "([+-]\\d{1,3})(?:\\.(\\d+))?";
const POSITION = new RegExp(`^${COORDINATE}${COORDINATE}$`);
const TIME = /^0*(\d{1,11})(?:\.\d{1,9})?$/;
const RADIUS = /^(\d+)(?:\.(\d+))?$/;
const AT = new RegExp(
  `^AT ${FIELD} ([+-]\\d{1,12}\\.\\d{9}) ${FIELD} (${COORDINATE}${COORDINATE}) (\\d+(?:\\.\\d{1,9})?)$`,
);

function isWithin(whole: string, decimals: string | undefined, limit: bigint): boolean {
  const size = BigInt(whole.replace(/^[+-]/, ""));
  return size < limit || (size === limit && /^0*$/.test(decimals ?? ""));
}

function isPosition(text: string): boolean {
  const [whole, latitude = "", latitudeDecimals, longitude = "", longitudeDecimals] = POSITION.exec(text) ??
    [];
  return whole !== undefined && isWithin(latitude, latitudeDecimals, 90n) &&
    isWithin(longitude, longitudeDecimals, 180n);
}

/** What a client's line says, its LF taken off. */
export function readClientLine(line: string): Said {
  const [isIamat, id = "", position = "", time = ""] = IAMAT.exec(line) ?? [];
  if (isIamat !== undefined && isPosition(position) && TIME.test(time)) {
    return { kind: "iamat", id, position, time };
  }
  const [isWhatsat, client = "", radius = "", bound = ""] = WHATSAT.exec(line) ?? [];
  const [isRadius, whole = "", decimals] = RADIUS.exec(radius) ?? [];
  if (
    isWhatsat !== undefined && isRadius !== undefined && isWithin(whole, decimals, 50n) &&
    /^\d+$/.test(bound) && BigInt(bound) <= 20n
  ) return { kind: "whatsat", id: client, radius, bound };
  return { kind: "invalid" };
}

/** An AT line of a link. */
export interface AtSaid {
  readonly origin: string;
  readonly id: string;
  readonly position: string;
  readonly time: string;
}

/** What an AT line of a link says, its LF taken off; undefined where it is none. */
export function readAtLine(line: string): AtSaid | undefined {
  const [whole, origin = "", , id = "", position = "", , , , , time = ""] = AT.exec(line) ?? [];
  return whole !== undefined && isPosition(position) && /^0*\d{1,11}(\.|$)/.test(time)
    ? { origin, id, position, time }
    : undefined;
}

/** Nanoseconds of a time's text. */
export function nanosOf(time: string): bigint {
  const [seconds = "", decimals = ""] = time.split(".");
  return BigInt(seconds) * 1_000_000_000n + BigInt(decimals.padEnd(9, "0"));
}

/** A skew's text. */
export function skewText(nanos: bigint): string {
  const size = nanos < 0n ? -nanos : nanos;
  return `${nanos < 0n ? "-" : "+"}${size / 1_000_000_000n}.${
    String(size % 1_000_000_000n).padStart(9, "0")
  }`;
}
