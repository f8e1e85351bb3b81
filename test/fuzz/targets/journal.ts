/** A journal of any bytes: the start succeeds, with every whole record before the first damage and none behind it. */
import { JournalReader, type JournalTaker } from "../../../src/journal/journal_reader.ts";
import type { Note } from "../../../src/journal/notes.ts";
import { recover } from "../../../src/journal/recovery.ts";
import { Registry } from "../../../src/registry/registry.ts";
import type { Files, ReadFile } from "../../../src/runtime/runtime.ts";
import { IdHash } from "../../../src/wire/id_hash.ts";
import { LinkParser } from "../../../src/wire/link_message.ts";
import { latin1 as bytesOf, textOf } from "../../binary.ts";
import { nanosOf, readAtLine } from "../grammar.ts";
import { kindOf, mustEqual, piecesOf, sizeOf, type Target } from "../target.ts";
import { LINK_WORDS } from "./link.ts";

const RUN = "0123456789abcdef0123456789abcdef";
const LINE_BYTES = 128;
const seed = new Uint8Array(1024).map((_, i) => i * 167);
const hash = new IdHash(seed);

/** What a journal says: a word for each whole line before the damage. */
interface Told {
  readonly words: readonly string[];
  readonly wholeBytes: number;
  readonly damaged: boolean;
}

function wordOf(line: string): string | undefined {
  if (readAtLine(line) !== undefined) return line;
  const withoutCr = line.replace(/\r$/, "");
  const [, mark] = /^HERD\/1 MARK (\d{1,15})$/.exec(withoutCr) ?? [];
  if (mark !== undefined) return `mark ${Number(mark)}`;
  const [, run] = /^HERD\/1 RUN ([0-9a-f]{32})$/.exec(withoutCr) ?? [];
  if (run !== undefined) return `run ${run}`;
  if (withoutCr === "HERD/1 FORGET") return "forget";
  const [, who, of, seq] = /^HERD\/1 HELD ([!-~]+) ([0-9a-f]{32}) (\d{1,15})$/.exec(withoutCr) ?? [];
  return who === undefined ? undefined : `held ${who} ${of} ${Number(seq)}`;
}

function refer(text: string, lineBytes: number): Told {
  const words: string[] = [];
  let at = 0;
  for (let lf = text.indexOf("\n"); lf >= 0; lf = text.indexOf("\n", at)) {
    const line = text.slice(at, lf);
    const word = line.length > lineBytes ? undefined : wordOf(line);
    if (word === undefined) return { words, wholeBytes: at, damaged: true };
    words.push(word);
    at = lf + 1;
  }
  const rest = text.length - at;
  const isLong = rest > lineBytes + 1 || (rest === lineBytes + 1 && !text.endsWith("\r"));
  return { words, wholeBytes: at, damaged: isLong };
}

function wordOfNote(note: Note): string {
  switch (note.kind) {
    case "run":
      return `run ${note.run}`;
    case "forget":
      return "forget";
    case "held":
      return `held ${note.neighbor} ${note.held.run} ${note.held.seq}`;
  }
}

function readIn(pieces: readonly Uint8Array[]): Told {
  const words: string[] = [];
  const taker: JournalTaker = {
    expect() {},
    take: ({ bytes, start, end }) => words.push(textOf(bytes, start, end)),
    mark: (seq) => words.push(`mark ${seq}`),
    note: (note) => words.push(wordOfNote(note)),
  };
  const reader = new JournalReader(new LinkParser(hash), taker, LINE_BYTES);
  for (const piece of pieces) reader.feed(piece);
  return { words, wholeBytes: reader.wholeBytes, damaged: reader.damaged };
}

/** A disk with one file on it, and whatever is put aside. */
function diskOf(bytes: Uint8Array, aside: number[]): Files {
  const unused = (): never => {
    throw new Error("no use for this here");
  };
  const openRead = (): Promise<ReadFile> => {
    let at = 0;
    return Promise.resolve({
      sizeBytes: bytes.length,
      read(into) {
        const part = bytes.subarray(at, at + Math.min(into.length, 97));
        into.set(part);
        at += part.length;
        return Promise.resolve(part.length);
      },
      close() {},
    });
  };
  return {
    openRead,
    openAppend: () => ({
      file: {
        appendSync: (more) => void aside.push(...more),
        truncateSync: () => void (aside.length = 0),
        sync: () => Promise.resolve(),
        close() {},
      },
      sizeBytes: 0,
    }),
    readText: unused,
    isReadOnce: unused,
    readBytes: unused,
    renameSync: unused,
    changeText: unused,
    remove: unused,
    makeDir: unused,
    syncDir: () => Promise.resolve(),
  };
}

/** The newest time of each client of a server that there is. */
function newestOf(words: readonly string[]): Map<string, bigint> {
  const newest = new Map<string, bigint>();
  for (const word of words) {
    const said = readAtLine(word);
    if (said === undefined || (said.origin !== "Hands" && said.origin !== "Goloman")) continue;
    const nanos = nanosOf(said.time);
    if ((newest.get(said.id) ?? -1n) < nanos) newest.set(said.id, nanos);
  }
  return newest;
}

async function checkRecovery(input: Uint8Array, expected: Told): Promise<void> {
  const registry = new Registry(new IdHash(seed), 1_000_000);
  const aside: number[] = [];
  const isServer = (bytes: Uint8Array, start: number, end: number) =>
    ["Hands", "Goloman"].includes(textOf(bytes, start, end));
  const found = await recover({ files: diskOf(input, aside), registry, isServer }, "it");
  mustEqual([found?.wholeBytes, found?.sizeBytes], [expected.wholeBytes, input.length], "what is whole");
  mustEqual(found?.asidePath, expected.damaged ? "it.damaged" : undefined, "where the damage is put");
  if (expected.damaged) mustEqual(aside, [...input.subarray(expected.wholeBytes)], "what is put aside");
  const newest = newestOf(expected.words);
  mustEqual(registry.size, newest.size, "clients known");
  for (const [id, nanos] of newest) {
    const bytes = bytesOf(id);
    const entry = registry.find(bytes, 0, bytes.length, hash.of(bytes, 0, bytes.length));
    const time = textOf(registry.lineOf(entry)).split(" ").at(-1) ?? "";
    mustEqual(String(nanosOf(time)), String(nanos), `the time of ${id}`);
  }
}

export const journal: Target = {
  name: "journal",
  words: [
    ...LINK_WORDS,
    `HERD/1 RUN ${RUN}\n`,
    `HERD/1 HELD Hands ${RUN} 12\n`,
    "RUN ",
    "HELD ",
    RUN,
    "\0".repeat(64),
    "x".repeat(130),
  ],
  maxBytes: 2_048,
  async run(input) {
    const text = textOf(input);
    const expected = refer(text, LINE_BYTES);
    mustEqual(readIn([input]), expected, "in one read");
    mustEqual(readIn(piecesOf(input)), expected, "in pieces");
    await checkRecovery(input, refer(text, 1_048_576));
    const kinds = expected.words.map((word) => /^\w+/.exec(word)?.[0] ?? "");
    return `${kindOf(kinds)} ${expected.damaged} ${sizeOf(input.length - expected.wholeBytes)}`;
  },
};
