/** A strict reader of Prometheus' text format, version 0.0.4, written from its description. */

export type Kind = "counter" | "gauge" | "histogram";

export interface Exposed {
  /** By name: what kind of metric it is. */
  readonly kinds: ReadonlyMap<string, Kind>;
  /** By name and labels, these in the order of their names: `name{a="b",c="d"}`. */
  readonly values: ReadonlyMap<string, number>;
}

const NAME = "[a-z][a-z0-9_]*";
const LABEL = `${NAME}="(?:[^"\\\\\\n]|\\\\["\\\\n])*"`;
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (-?\\d+(?:\\.\\d+)?(?:e-?\\d+)?)$`);

/**
 * Reads `text`.
 * @throws {Error} where it is not in the format, or breaks a rule of what is in it.
 */
export function readExposition(text: string): Exposed {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const kinds = new Map<string, Kind>();
  const values = new Map<string, number>();
  let family = "";
  let hasHelp = "";
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const help = new RegExp(`^# HELP (${NAME}) \\S.*\\.$`).exec(line);
    const type = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram)$`).exec(line);
    if (help !== null) {
      hasHelp = help[1]!;
    } else if (type !== null) {
      family = type[1]!;
      if (family !== hasHelp) throw new Error(`${family} has no help`);
      if (kinds.has(family)) throw new Error(`${family} comes twice`);
      kinds.set(family, type[2] as Kind);
    } else {
      const [key, value] = readSample(line, family, kinds.get(family));
      if (values.has(key)) throw new Error(`${key} comes twice`);
      values.set(key, value);
    }
  }
  for (const [name, kind] of kinds) checkFamily(name, kind, values);
  return { kinds, values };
}

function readSample(line: string, family: string, kind: Kind | undefined): [key: string, value: number] {
  const [, name, labels, value] = SAMPLE.exec(line) ?? [];
  if (name === undefined) throw new Error(`not a sample: ${line}`);
  const own = kind === "histogram" ? ["_bucket", "_sum", "_count"].map((end) => family + end) : [family];
  if (!own.includes(name)) throw new Error(`${name} stands under ${family}`);
  const sorted = (labels?.match(new RegExp(LABEL, "g")) ?? []).sort().join(",");
  return [sorted === "" ? name : `${name}{${sorted}}`, Number(value)];
}

function checkFamily(name: string, kind: Kind, values: ReadonlyMap<string, number>): void {
  if ((kind === "counter") !== name.endsWith("_total")) throw new Error(`${name} is a ${kind}`);
  const own = [...values].filter(([key]) => key === name || key.startsWith(`${name}{`));
  if (kind !== "histogram") {
    if (own.length === 0) throw new Error(`${name} has no value`);
    if (kind === "counter" && own.some(([, value]) => value < 0)) throw new Error(`${name} counts below 0`);
    return;
  }
  const buckets = [...values].filter(([key]) => key.startsWith(`${name}_bucket{le=`)).map(([, value]) =>
    value
  );
  const all = values.get(`${name}_count`);
  if (buckets.some((count, i) => count < (buckets[i - 1] ?? 0))) throw new Error(`${name} is not cumulative`);
  if (buckets.at(-1) !== all) throw new Error(`${name} has not all in its last bucket`);
  if (!values.has(`${name}_sum`)) throw new Error(`${name} has no sum`);
}
