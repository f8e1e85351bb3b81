/**
 * The journal: what makes a server remember. A file of AT lines and marks behind the registry, appended in the order
 * of changes, much as a link sends them. As for a link, the registry is its queue: a cursor stands where the file ends,
 * so that a disk that is full or slow costs no memory and gets the newest report of each client once it works again.
 *
 * Everything that has changed by the end of a turn of the event loop is appended at once, and with `always` brought to
 * the disk, before any reply that could speak of it leaves (`waits`). While one such commit is on its way to the disk
 * the next one gathers. When the file has outgrown what it holds, it is rewritten from the registry beside the old one, and
 * the first commit that goes to the new file makes it the journal.
 */
import type { Held } from "../herd/handshake.ts";
import type { Limits } from "../limits.ts";
import { DueLines } from "../registry/due_lines.ts";
import type { Cursor, Registry } from "../registry/registry.ts";
import type { Clock, DurableFile, Files, Timer } from "../runtime/runtime.ts";
import { toBytes } from "../wire/bytes.ts";
import { renderMark } from "../wire/link_message.ts";
import { renderHeld, renderRun } from "./notes.ts";

export const FSYNC_MODES = ["always", "interval", "never"] as const;

/**
 * When what was appended is brought to the disk, before which a crash of the machine can take it back. A crash of the
 * process takes back nothing that was appended, and nothing is acknowledged that was not.
 * `always`: before it is acknowledged. `interval`: once a second. `never`: when the system sees fit.
 */
export type Fsync = (typeof FSYNC_MODES)[number];

/** Lines appended at a time. */
const APPEND_BYTES = 131_072;

/** Batches appended in one turn of the event loop: more is due only after the disk was in trouble. */
const BATCHES_PER_TURN = 16;

/** Someone whose replies wait for a commit. */
export interface CommitWaiter {
  /** Commits up to number `commit` are done. */
  committed(commit: number): void;
}

/** Nothing has to be waited for. */
export const COMMITTED = 0;

export interface JournalCounters {
  /** Bytes appended, and how often. */
  journalBytes: number;
  journalWrites: number;
  journalSyncs: number;
  journalRewrites: number;
  /** Writes, syncs and rewrites that failed. */
  journalFailures: number;
}

/** What a person should hear of. */
export type JournalEvent =
  /** It cannot be written. Told once, until it is `healed`. */
  | { readonly kind: "trouble"; readonly cause: unknown }
  | { readonly kind: "healed" }
  | { readonly kind: "rewritten"; readonly fromBytes: number; readonly toBytes: number }
  | { readonly kind: "not-rewritten"; readonly cause: unknown };

export interface JournalOptions {
  readonly files: Files;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly registry: Registry;
  readonly dir: string;
  /** The file's name in it. */
  readonly name: string;
  readonly fsync: Fsync;
  /** This life of the server. */
  readonly run: string;
  /** How much of each neighbor's changes the registry holds now. */
  held(): Iterable<readonly [neighbor: string, held: Held]>;
  onEvent(event: JournalEvent): void;
}

/** A new file on its way to be the journal. */
interface Rewrite {
  readonly file: DurableFile;
  readonly cursor: Cursor;
  sizeBytes: number;
  /** What the journal had been given in all when this was last gone on with. */
  seenBytes: number;
  /** `ready`: it was brought to the disk, and what has changed since is little. */
  phase: "copying" | "syncing" | "ready";
}

interface Trouble {
  /** A disk that could not bring bytes home may have forgotten them: only a new file can be trusted. */
  readonly needsRewrite: boolean;
}

export class Journal {
  readonly counters: JournalCounters = {
    journalBytes: 0,
    journalWrites: 0,
    journalSyncs: 0,
    journalRewrites: 0,
    journalFailures: 0,
  };
  readonly #options: JournalOptions;
  readonly #path: string;
  readonly #due = new DueLines(APPEND_BYTES);
  #file: DurableFile;
  #cursor: Cursor;
  #sizeBytes: number;
  /** What of it holds the newest report of a client, when that was last known. */
  #liveBytes: number;
  /** Whether a write broke off, so that what stands behind `#sizeBytes` must be cut. */
  #isTorn = false;
  /** Whether anything was appended that was not brought to the disk. */
  #isDirty = false;
  /** The number of the commit that gathers now, and those that wait for it. */
  #commit = COMMITTED + 1;
  #gathering: CommitWaiter[] = [];
  /** The change up to which everything is committed. */
  #committedSeq: number;
  /** Those that wait for the commit before, while that is on its way to the disk; and what it commits. */
  #syncing: CommitWaiter[] | undefined;
  #syncingSeq = 0;
  /** Whether the file says already which life this is; then what it says of how far it has come. */
  #hasRun = false;
  #markedSeq: number;
  #writtenHeld = new Map<string, Held>();
  #areNotesDue = false;
  #isDue = false;
  #trouble: Trouble | undefined;
  #rewrite: Rewrite | undefined;
  #retry: Timer | undefined;
  readonly #ticker: Timer;
  #isClosed = false;
  /** Told when nothing is on its way to the disk any more, and when a rewrite has ended. */
  #onSettled: (() => void) | undefined;
  #onRewritten: ((cause: unknown) => void) | undefined;

  /**
   * Opens the file for what is still to come. Everything in the registry must stand in it already.
   * @param wholeBytes what was found whole in it; the rest is cut.
   * @param liveBytes how many of them hold the newest report of a client, about.
   * @throws {Error} when the file cannot be opened or cut.
   */
  constructor(options: JournalOptions, wholeBytes: number, liveBytes: number) {
    const { files, clock, limits, registry, dir, name } = options;
    this.#options = options;
    this.#path = `${dir}/${name}`;
    const { file, sizeBytes } = files.openAppend(this.#path);
    if (sizeBytes > wholeBytes) file.truncateSync(wholeBytes);
    this.#file = file;
    this.#sizeBytes = wholeBytes;
    this.#liveBytes = liveBytes;
    // The file may be new, and its end may have been brought to the disk by nobody.
    this.#isDirty = true;
    this.#cursor = registry.openCursor(registry.seq);
    this.#committedSeq = this.#markedSeq = registry.seq;
    this.#ticker = clock.every(limits.fsyncMs, () => this.#tick());
  }

  /** Whether no report may be acknowledged now, since it could not be kept as was promised. */
  get refuses(): boolean {
    return this.#trouble !== undefined && this.#options.fsync === "always";
  }

  /** Something in the registry changed: it is appended at the end of this turn. */
  changed(): void {
    if (this.#isDue || this.#isClosed) return;
    this.#isDue = true;
    this.#options.clock.soon(this.#run);
  }

  /** The number of the last change: what acknowledges a report that is held now, acknowledges all up to it. */
  get lastSeq(): number {
    return this.#options.registry.seq;
  }

  /**
   * The commit before which no reply may leave that acknowledges the changes up to number `seq`; `waiter` will be told
   * of it. `COMMITTED` where nothing has to be waited for.
   */
  waits(waiter: CommitWaiter, seq: number): number {
    if (seq <= this.#committedSeq || (this.#trouble !== undefined && !this.refuses)) return COMMITTED;
    if (this.#syncing !== undefined && seq <= this.#syncingSeq) {
      enlist(this.#syncing, waiter);
      return this.#commit - 1;
    }
    enlist(this.#gathering, waiter);
    this.changed();
    return this.#commit;
  }

  /** Writes the journal anew from the registry, whatever its size. @throws {Error} when that fails. */
  async rewrite(): Promise<void> {
    const cause = await new Promise<unknown>((resolve) => {
      this.#onRewritten = resolve;
      if (this.#rewrite === undefined) this.#beginRewrite();
    });
    if (cause !== undefined) throw cause;
  }

  /** Brings everything to the disk, and closes the file. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#ticker.cancel();
    this.#retry?.cancel();
    if (this.#syncing !== undefined) await new Promise<void>((resolve) => this.#onSettled = resolve);
    this.#dropRewrite();
    this.#areNotesDue = true;
    while (this.#append() === "more");
    try {
      await this.#file.sync();
    } catch (cause) {
      this.#options.onEvent({ kind: "trouble", cause });
    }
    this.#release(this.#gathering);
    this.#options.registry.closeCursor(this.#cursor);
    this.#file.close();
  }

  readonly #run = (): void => {
    this.#isDue = false;
    if (this.#syncing === undefined && this.#trouble === undefined && !this.#isClosed) this.#commitNow();
  };

  #commitNow(): void {
    if (this.#rewrite?.phase === "ready") return this.#swap(this.#rewrite);
    const appended = this.#append();
    if (appended === "failed") return;
    if (appended === "more") return this.changed();
    this.#begin();
    if (this.#options.fsync !== "always" || !this.#isDirty) return this.#end();
    this.#isDirty = false;
    this.#file.sync().then(() => {
      this.counters.journalSyncs++;
      this.#end();
    }, (error) => {
      this.#fail(error, true);
      this.#settle();
    });
  }

  /** Everything that has changed is appended: those who wait for it wait for the disk now. */
  #begin(): void {
    this.#commit++;
    this.#syncing = this.#gathering;
    this.#gathering = [];
    this.#syncingSeq = this.#options.registry.seq;
  }

  /** The commit is where it was promised to be. */
  #end(): void {
    const waiters = this.#syncing ?? [];
    this.#syncing = undefined;
    this.#committedSeq = this.#syncingSeq;
    this.#release(waiters);
    this.#settle();
    this.#rewriteWhenLarge();
  }

  /** Nothing is on its way to the disk any more: what has gathered is next, and what did not get there. */
  #settle(): void {
    if (this.#syncing !== undefined) this.#gathering = [...this.#syncing, ...this.#gathering];
    this.#syncing = undefined;
    this.#letGo();
    this.#onSettled?.();
    if (this.#gathering.length > 0 || this.#options.registry.isDue(this.#cursor)) this.changed();
  }

  /** Only `always` promises that what is acknowledged is kept whatever the disk does. */
  #letGo(): void {
    if (this.#trouble === undefined || this.refuses) return;
    const waiters = this.#gathering;
    this.#gathering = [];
    this.#commit++;
    this.#release(waiters);
  }

  #release(waiters: readonly CommitWaiter[]): void {
    const done = this.#commit - 1;
    for (const waiter of waiters) waiter.committed(done);
  }

  /** Appends what is due. When that fails, all of it stays due. */
  #append(): "all" | "more" | "failed" {
    const { registry } = this.#options;
    const cursor = this.#cursor;
    const due = this.#due;
    for (let batches = 0; registry.isDue(cursor); batches++) {
      if (batches === BATCHES_PER_TURN) return "more";
      const { at, seq } = cursor;
      due.clear();
      registry.takeDue(cursor, Infinity, due, APPEND_BYTES);
      if (due.out.length === 0) break;
      if (!this.#tryAppend(() => this.#appendTo(due.out.view()))) {
        cursor.at = at;
        cursor.seq = seq;
        return "failed";
      }
    }
    return !this.#areNotesDue || this.#tryAppend(() => this.#appendNotes()) ? "all" : "failed";
  }

  #tryAppend(append: () => void): boolean {
    try {
      if (!this.#hasRun) this.#appendTo(toBytes(renderRun(this.#options.run)));
      this.#hasRun = true;
      append();
      return true;
    } catch (error) {
      this.#fail(error, false);
      return false;
    }
  }

  /** Everything that has changed is appended: notes how far that is, of this server's changes and its neighbors'. */
  #appendNotes(): void {
    const { seq } = this.#options.registry;
    const held = this.#newlyHeld();
    if (seq > this.#markedSeq) this.#appendTo(renderMark(seq));
    this.#markedSeq = seq;
    for (const [neighbor, how] of held) {
      this.#appendTo(toBytes(renderHeld(neighbor, how)));
      this.#writtenHeld.set(neighbor, how);
    }
    this.#areNotesDue = false;
  }

  #newlyHeld(): (readonly [neighbor: string, held: Held])[] {
    return Array.from(this.#options.held()).filter(([neighbor, { run, seq }]) => {
      const written = this.#writtenHeld.get(neighbor);
      return written?.run !== run || written.seq !== seq;
    });
  }

  #appendTo(lines: Uint8Array): void {
    if (this.#isTorn) this.#file.truncateSync(this.#sizeBytes);
    this.#isTorn = true;
    this.#file.appendSync(lines);
    this.#isTorn = false;
    this.#isDirty = true;
    this.#sizeBytes += lines.length;
    this.counters.journalBytes += lines.length;
    this.counters.journalWrites++;
  }

  #tick(): void {
    const { registry, fsync } = this.#options;
    this.#areNotesDue = registry.seq > this.#markedSeq || this.#newlyHeld().length > 0;
    if (this.#areNotesDue) this.changed();
    if (fsync === "interval") this.#syncNow();
  }

  /** Brings what was appended to the disk, and lets nobody wait for it. */
  #syncNow(): void {
    if (!this.#isDirty || this.#syncing !== undefined || this.#trouble !== undefined) return;
    this.#isDirty = false;
    const file = this.#file;
    file.sync().then(() => void this.counters.journalSyncs++, (error) => {
      // A file that was replaced meanwhile, or closed, need not come to the disk any more.
      if (file === this.#file && !this.#isClosed) this.#fail(error, true);
    });
  }

  #fail(cause: unknown, needsRewrite: boolean): void {
    this.counters.journalFailures++;
    if (this.#trouble === undefined) this.#options.onEvent({ kind: "trouble", cause });
    this.#trouble = { needsRewrite: needsRewrite || this.#trouble?.needsRewrite === true };
    this.#dropRewrite(cause);
    this.#letGo();
    this.#retrySoon();
  }

  #retrySoon(): void {
    if (this.#isClosed) return;
    const { clock, limits } = this.#options;
    this.#retry?.cancel();
    this.#retry = clock.after(limits.journalRetryMs, () => this.#heal());
  }

  #heal(): void {
    if (this.#trouble?.needsRewrite === true) return this.#beginRewrite();
    const appended = this.#append();
    if (appended === "failed") return;
    this.#healed();
  }

  #healed(): void {
    if (this.#trouble === undefined) return;
    this.#trouble = undefined;
    this.#options.onEvent({ kind: "healed" });
    this.changed();
  }

  #rewriteWhenLarge(): void {
    const grownBytes = this.#sizeBytes - this.#liveBytes;
    if (grownBytes < this.#options.limits.journalBytes || grownBytes < this.#liveBytes) return;
    if (this.#rewrite === undefined && this.#trouble === undefined && !this.#isClosed) this.#beginRewrite();
  }

  #beginRewrite(): void {
    const { files, registry } = this.#options;
    try {
      const { file } = files.openAppend(`${this.#path}.new`);
      const seenBytes = this.counters.journalBytes;
      this.#rewrite = { file, cursor: registry.openCursor(0), sizeBytes: 0, seenBytes, phase: "copying" };
      file.truncateSync(0);
      this.#write(this.#rewrite, toBytes(renderRun(this.#options.run)));
    } catch (error) {
      return this.#rewriteFailed(error);
    }
    this.#goOn(this.#rewrite);
  }

  /** Copies a little in each turn of the event loop, so that nobody is delayed. */
  #goOn(rewrite: Rewrite): void {
    const { clock, registry } = this.#options;
    if (this.#rewrite !== rewrite) return;
    // Twice as much as was new meanwhile, or it would never come to an end.
    const bytes = Math.max(APPEND_BYTES, 2 * (this.counters.journalBytes - rewrite.seenBytes));
    rewrite.seenBytes = this.counters.journalBytes;
    try {
      this.#copy(rewrite, bytes);
    } catch (error) {
      return this.#rewriteFailed(error);
    }
    if (registry.isDue(rewrite.cursor)) return clock.soon(() => this.#goOn(rewrite));
    rewrite.phase = "syncing";
    rewrite.file.sync().then(() => {
      if (this.#rewrite !== rewrite) return;
      rewrite.phase = "ready";
      if (this.#trouble?.needsRewrite === true) this.#swap(rewrite);
      else this.changed();
    }, (error) => {
      if (this.#rewrite === rewrite) this.#rewriteFailed(error);
    });
  }

  #copy(rewrite: Rewrite, bytes: number): void {
    const { registry } = this.#options;
    const due = this.#due;
    for (const end = rewrite.sizeBytes + bytes; rewrite.sizeBytes < end && registry.isDue(rewrite.cursor);) {
      due.clear();
      registry.takeDue(rewrite.cursor, Infinity, due, APPEND_BYTES);
      this.#write(rewrite, due.out.view());
      this.#write(rewrite, renderMark(rewrite.cursor.seq));
    }
  }

  #write(rewrite: Rewrite, bytes: Uint8Array): void {
    rewrite.file.appendSync(bytes);
    rewrite.sizeBytes += bytes.length;
  }

  /** A commit to the new file, with which it becomes the journal. */
  #swap(rewrite: Rewrite): void {
    try {
      this.#copy(rewrite, Infinity);
      for (const [neighbor, held] of this.#options.held()) {
        this.#write(rewrite, toBytes(renderHeld(neighbor, held)));
      }
    } catch (error) {
      return this.#rewriteFailed(error);
    }
    this.#begin();
    this.#replace(rewrite).then(() => {
      this.#end();
      this.#healed();
    }, (error) => {
      if (this.#rewrite === rewrite) this.#rewriteFailed(error);
      else this.#fail(error, true);
      this.#settle();
    });
  }

  async #replace(rewrite: Rewrite): Promise<void> {
    const { files, dir, registry, onEvent } = this.#options;
    await rewrite.file.sync();
    if (this.#rewrite !== rewrite) throw new Error("the new journal was given up");
    files.renameSync(`${this.#path}.new`, this.#path);
    const fromBytes = this.#sizeBytes;
    this.#file.close();
    registry.closeCursor(this.#cursor);
    this.#file = rewrite.file;
    this.#cursor = rewrite.cursor;
    this.#sizeBytes = this.#liveBytes = rewrite.sizeBytes;
    this.#isTorn = this.#isDirty = false;
    this.#hasRun = true;
    this.#writtenHeld.clear();
    this.#rewrite = undefined;
    await files.syncDir(dir);
    this.counters.journalRewrites++;
    this.counters.journalSyncs++;
    onEvent({ kind: "rewritten", fromBytes, toBytes: this.#sizeBytes });
    this.#rewriteEnded(undefined);
  }

  /** The old file is as good as it was. */
  #rewriteFailed(cause: unknown): void {
    this.counters.journalFailures++;
    this.#options.onEvent({ kind: "not-rewritten", cause });
    this.#dropRewrite(cause);
    // Not again before it has grown as much once more.
    this.#liveBytes = this.#sizeBytes;
    if (this.#trouble !== undefined) this.#retrySoon();
    else this.changed();
  }

  #dropRewrite(cause: unknown = new Error("it was given up")): void {
    const rewrite = this.#rewrite;
    this.#rewrite = undefined;
    if (rewrite !== undefined) {
      this.#options.registry.closeCursor(rewrite.cursor);
      rewrite.file.close();
      this.#options.files.remove(`${this.#path}.new`).catch(() => {/* It is in nobody's way. */});
    }
    this.#rewriteEnded(cause);
  }

  #rewriteEnded(cause: unknown): void {
    this.#onRewritten?.(cause);
    this.#onRewritten = undefined;
  }
}

function enlist(waiters: CommitWaiter[], waiter: CommitWaiter): void {
  // Many writes of one connection in a row are one wait; elsewhere a second entry does no harm.
  if (waiters.at(-1) !== waiter) waiters.push(waiter);
}
