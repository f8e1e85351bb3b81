/**
 * The devices that can be friends: clients with an ID of the form `user/device`. They are learned from the registry's
 * order of changes, as a link does it, so that no post looks through all clients: a post reads `WALK_BYTES` of what
 * has changed at most, what is left is read between posts, up to what had changed by the last post, and only the
 * `httpFriendsKnown` that reported last are kept and looked through.
 */
import { DueLines } from "../../registry/due_lines.ts";
import type { Cursor } from "../../registry/registry.ts";
import type { Timer } from "../../runtime/runtime.ts";
import { FIXED_WAITS } from "../../limits.ts";
import { LF, SPACE } from "../../wire/bytes.ts";
import { readReport } from "../client_report.ts";
import type { GatewayContext } from "../context.ts";
import type { Identity } from "../guard.ts";

/** What is read at a time: some thousands of lines, in a millisecond or two. */
const WALK_BYTES = 262_144;

export interface Friend {
  readonly id: string;
  readonly latitude: number;
  readonly longitude: number;
  /** POSIX seconds. */
  readonly seconds: number;
}

export class Friends {
  readonly #context: GatewayContext;
  readonly #due = new DueLines(WALK_BYTES);
  /** By their IDs, in the order of their last change. */
  readonly #known = new Map<string, Friend>();
  #cursor: Cursor | undefined;
  #walkTo = 0;
  #timer: Timer | undefined;

  constructor(context: GatewayContext) {
    this.#context = context;
    context.closing.addEventListener("abort", () => this.#close(), { once: true });
  }

  /** Whom a device of `who`, the client `self`, is told of: newest first, `httpFriends` at most. */
  newest(who: Identity, self: string): readonly Friend[] {
    const { guard, limits, limitHits, server: { registry } } = this.#context;
    this.#walkTo = registry.seq;
    if (this.#timer === undefined) this.#walk();
    const friends = [...this.#known.values()].filter(({ id }) => id !== self && guard.isFriend(who, id));
    if (friends.length > limits.httpFriends) limitHits.hit("httpFriends");
    return friends.sort((a, b) => b.seconds - a.seconds).slice(0, limits.httpFriends);
  }

  #walk(): void {
    const { runtime, closing, server: { registry } } = this.#context;
    this.#timer = undefined;
    if (closing.aborted) return;
    const cursor = this.#cursor ??= registry.openCursor(0);
    const due = this.#due;
    due.clear();
    registry.takeDue(cursor, Infinity, due, WALK_BYTES);
    this.#learn(due.out.view());
    if (cursor.seq >= this.#walkTo || !registry.isDue(cursor)) return;
    this.#timer = runtime.clock.after(FIXED_WAITS.friendsMs, () => this.#walk());
  }

  #learn(lines: Uint8Array): void {
    for (let start = 0, end = 0; start < lines.length; start = end + 1) {
      end = lines.indexOf(LF, start);
      if (!isOfDevice(lines, start)) continue;
      const { id, latitude, longitude, time } = readReport(lines, start, end);
      // One `tst` of 0 and OwnTracks on Android understands nothing of the whole answer.
      if (Number(time) < 1) continue;
      this.#known.delete(id);
      this.#known.set(id, { id, latitude, longitude, seconds: Number(time) });
    }
    const { limits, limitHits } = this.#context;
    for (const id of this.#known.keys()) {
      if (this.#known.size <= limits.httpFriendsKnown) break;
      limitHits.hit("httpFriendsKnown");
      this.#known.delete(id);
    }
  }

  #close(): void {
    if (this.#cursor !== undefined) this.#context.server.registry.closeCursor(this.#cursor);
  }
}

const SLASH = 0x2f;

/** Whether the ID in the AT line at `start` has one slash, with something on both sides of it. */
function isOfDevice(lines: Uint8Array, start: number): boolean {
  let at = start;
  for (let spaces = 0; spaces < 3; at++) if (lines[at] === SPACE) spaces++;
  const idStart = at;
  let slash = 0;
  for (; lines[at] !== SPACE; at++) {
    if (lines[at] !== SLASH) continue;
    if (slash > 0 || at === idStart) return false;
    slash = at;
  }
  return slash > 0 && slash < at - 1;
}
