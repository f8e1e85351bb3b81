/** Known bugs, each planted by one change of the sources: a simulation that does not catch them proves nothing. */
import type { Edit } from "./variants.ts";

export interface Plant extends Edit {
  readonly name: string;
  /** What is wrong then. */
  readonly why: string;
}

export const PLANTS: readonly Plant[] = [
  {
    name: "no-tie-break",
    why: "of two reports of one time each server keeps the one that came first",
    file: "registry/registry.ts",
    find: "this.#compareTied(entry, line, source);",
    replace: "-1;",
  },
  {
    name: "larger-origin-wins",
    why: "of two reports of one time the greater origin wins, everywhere",
    file: "registry/report_order.ts",
    find: `export function compareTied(a: AtLine, b: AtLine): number {`,
    replace: `export function compareTied(b: AtLine, a: AtLine): number {`,
  },
  {
    name: "seconds-only",
    why: "times are compared by their whole seconds",
    file: "registry/registry.ts",
    find: "line.nanos - chunk.words[base + NANOS]! ||",
    replace: "",
  },
  {
    name: "flood-what-is-known",
    why: "a report that is held already is forwarded once more",
    file: "herd/link.ts",
    find: `if (verdict !== "new" && verdict !== "newer") return;`,
    replace: `if (verdict === "older") return;
    if (verdict === "same") {
      const again = new OutBuffer(0);
      again.append(line.bytes.slice(line.start, line.end + 1));
      this.send(again.bytes, 0, again.length, 1);
    }`,
  },
  {
    name: "forward-to-sender",
    why: "a report is flooded also to who sent it",
    file: "registry/registry.ts",
    find: "words[base + (source < 32 ? KNOWN : KNOWN_HIGH)]! |= 1 << (source & 31);",
    replace: "",
  },
  {
    name: "forget-cursor",
    why: "on a new link only what is new from then on is sent",
    file: "herd/link.ts",
    find: "ofThisLife || (peerHolds === undefined ? 0 : this.#context.resumeAfter(peerHolds)),",
    replace: "registry.seq,",
  },
  {
    name: "mark-too-early",
    why: "a MARK speaks of what has not been sent yet",
    file: "herd/link.ts",
    find: "const seq = waiting === undefined ? this.#cursor?.seq ?? 0 : waiting - 1;",
    replace: "const seq = this.#context.registry.seq;",
  },
  {
    name: "mark-what-waits",
    why: "a MARK speaks of reports that are still waited with",
    file: "herd/link.ts",
    find: "const seq = waiting === undefined ? this.#cursor?.seq ?? 0 : waiting - 1;",
    replace: "const seq = waiting === undefined || true ? this.#cursor?.seq ?? 0 : 0;",
  },
  {
    name: "see-too-much",
    why: "a neighbor says that it has seen more than came to it",
    file: "herd/link.ts",
    find: "this.#toSay = seq;",
    replace: "this.#toSay = seq + 1;",
  },
  {
    name: "trust-old-marks",
    why: "a neighbor that has lost its memory is taken to know what it knew in its earlier life",
    file: "herd/link.ts",
    find: "memory.knownFrom = registry.seq;",
    replace: "",
  },
  {
    name: "judge-again",
    why: "a report from the future of a neighbor's clock is refused there, though its origin took it",
    file: "herd/link.ts",
    find: "const verdict = registry.offer(line, this.#owner.memory.index);",
    replace: `const future = this.#context.runtime.clock.now().seconds + this.#context.limits.futureSeconds;
    if (line.seconds > future) return;
    const verdict = registry.offer(line, this.#owner.memory.index);`,
  },
  {
    name: "no-heartbeat",
    why: "a link whose neighbor is silent for ever is kept",
    file: "herd/link.ts",
    find: "if (silentMs > limits.heartbeatMs * (limits.heartbeatsMissed + 0.5)) {",
    replace: "if (silentMs > 3_600_000) {",
  },
  {
    name: "wall-clock-heartbeat",
    why: "silence is measured by the clock on the wall, which may jump",
    file: "herd/herd.ts",
    find: `makeLinkContext({
      runtime,`,
    replace: `makeLinkContext({
      runtime: {
        ...runtime,
        randomBytes: (count) => runtime.randomBytes(count),
        clock: {
          now: () => runtime.clock.now(),
          monotonicMs: () => 1_000 * runtime.clock.now().seconds + runtime.clock.now().nanos / 1e6,
          after: (ms, fn) => runtime.clock.after(ms, fn),
          every: (ms, fn) => runtime.clock.every(ms, fn),
          soon: (fn) => runtime.clock.soon(fn),
        },
      },`,
  },
  {
    name: "keep-ghost",
    why: "the link that a newer one replaces stays open",
    file: "herd/neighbor.ts",
    find: `ghost?.close("a newer link took its place");`,
    replace: "void ghost;",
  },
  {
    name: "overtake",
    why: "a reply overtakes the search before it",
    file: "server/session.ts",
    find: "if (this.#pending.length > 0) this.#hold(start);",
    replace: "",
  },
  {
    name: "drop-at-half-close",
    why: "a client that ends its side does not get what its searches bring",
    file: "server/session.ts",
    find: "if (this.#pending.length === 0 && isSent) return this.#finish();",
    replace: "return this.#finish();",
  },
  {
    name: "read-on",
    why: "a session is read on, however many replies its client leaves unread",
    file: "server/session.ts",
    find: "return this.#context.limits.unreadBytes - this.#connection.unsentBytes - this.#heldBytes;",
    replace: "return 1e9;",
  },
  {
    name: "push-on",
    why: "a link is written to, however much its neighbor leaves unread",
    file: "herd/link.ts",
    find: "if (this.#connection.unsentBytes >= limits.linkUnsentBytes) return this.#fallBehind();",
    replace: "",
  },
  {
    name: "long-line-goes-on",
    why: "the rest of a line that was too long is taken for a line of its own",
    file: "wire/line_reader.ts",
    find: "this.#dropping = true;",
    replace: "",
  },
  {
    name: "stale-view",
    why: "a WHATSAT that waits for its search holds a view of bytes that are used again",
    file: "server/session.ts",
    find: "pending.reply.append(out.view(start));",
    replace: "pending.reply.bytes = out.view(start); pending.reply.length = out.length - start;",
  },
  {
    name: "leave-ticker",
    why: "a timer goes on after the server has stopped",
    file: "herd/herd.ts",
    find: "timer.cancel();\n    this.#ticker?.cancel();",
    replace: "timer.cancel();",
  },
  {
    name: "lose-place",
    why: "a sweep of the order of changes moves entries and not the places of those who follow it",
    file: "registry/change_order.ts",
    find:
      "if (place.at >= this.#from && place.at < stop) place.at = this.#to + this.#count(this.#from, place.at);",
    replace: "",
  },
  {
    name: "acknowledge-first",
    why: "a report is acknowledged before the journal has it",
    file: "server/durable_connection.ts",
    find: "if (this.#held.length === 0 && !this.#journal.holds(seq)) return this.inner.write(bytes);",
    replace: "if (seq >= 0) return this.inner.write(bytes);",
  },
  {
    name: "no-sync",
    why: "a report is acknowledged when it was written, though not brought to the disk",
    file: "journal/journal.ts",
    find: `if (fsync !== "always" || !this.#isDirty) return this.#committed(registry.seq);`,
    replace: "return this.#committed(registry.seq);",
  },
  {
    name: "keep-torn-tail",
    why: "the torn end of a journal is not cut, and what follows it is not read",
    file: "journal/journal.ts",
    find: "if (sizeBytes > wholeBytes) file.truncateSync(wholeBytes);",
    replace: "",
  },
  {
    name: "forgetful-rewrite",
    why: "a journal that is rewritten leaves out what has changed meanwhile",
    file: "journal/journal.ts",
    find: "this.#copy(rewrite, Infinity);",
    replace: "rewrite.cursor.at = Infinity;",
  },
  {
    name: "rename-unsynced",
    why: "the name of a rewritten journal is not brought to the disk",
    file: "journal/journal.ts",
    find: "await files.syncDir(dir);\n    this.counters",
    replace: "this.counters",
  },
];
