/**
 * The journal: what makes a server remember. A file of AT lines and marks behind the registry, appended in the order
 * of changes, much as a link sends them. As for a link, the registry is its queue: a cursor stands where the file ends,
 * so that a disk that is full or slow costs no memory and gets the newest report of each client once it works again.
 *
 * Everything that has changed by the end of a turn of the event loop is appended at once, and with `always` brought to
 * the disk, before any reply leaves that acknowledges it (`holds`). While one such commit is on its way to the disk the
 * next one gathers. When the file has outgrown what it holds, it is rewritten from the registry beside the old one, and
 * the first commit that goes to the new file makes it the journal.
 */
import type { Held } from "../herd/handshake.ts";
import type { Limits } from "../limits.ts";
import { DueLines } from "../registry/due_lines.ts";
import type { Cursor, Registry } from "../registry/registry.ts";
import type { Clock, DurableFile, Files, Timer } from "../runtime/runtime.ts";
import { toBytes } from "../wire/bytes.ts";
import { renderMark } from "../wire/link_message.ts";
import { FORGET_LINE, renderHeld, renderRun } from "./notes.ts";

export const FSYNC_MODES = ["always", "interval", "never"] as const;

/**
 * When what was appended is brought to the disk, before which a crash of the machine can take it back. A crash of the
 * process takes back nothing that was appended, and nothing is acknowledged that was not.
 * `always`: before it is acknowledged. `interval`: once a second. `never`: when the system sees fit.
 */
export type Fsync = (typeof FSYNC_MODES)[number];

/** Lines appended at a time, in bytes. */
const BATCH_BYTES = 131_072;

/** Batches appended in one turn of the event loop: more is due only after the disk was in trouble. */
const BATCHES_PER_TURN = 16;

/** Changes that a commit may bring to a new file together with its becoming the journal. */
const FEW_CHANGES = 16_384;

/** Someone whose replies wait for a commit. */
export interface CommitWaiter {
  /** What acknowledges changes up to number `seq` may leave. Who holds more has to `wait` again. */
  committed(seq: number): void;
}

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
  /** It began without a part of what the file holds. */
  readonly forgets?: boolean;
  /** How much of each neighbor's changes the registry holds now. */
  held(): Iterable<readonly [neighbor: string, held: Held]>;
  /** Lines appended at a time. */
  readonly batchBytes?: number;
  onEvent(event: JournalEvent): void;
}

/** A new file on its way to be the journal. */
interface Rewrite {
  readonly file: DurableFile;
  readonly cursor: Cursor;
  sizeBytes: number;
  /** The last change when this was last gone on with. */
  seenSeq: number;
  /** Changes that were still to be copied when it last came to the disk. */
  leftChanges: number;
  /** Whether the next commit is to make it the journal. */
  isReady: boolean;
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
  readonly #batchBytes: number;
  readonly #due: DueLines;
  #file: DurableFile;
  #cursor: Cursor;
  #sizeBytes: number;
  /** What of it holds the newest report of a client, when that was last known. */
  #liveBytes: number;
  /** Whether a write broke off, so that what stands behind `#sizeBytes` must be cut. */
  #isTorn = false;
  /** Whether anything stands in it that was not brought to the disk: what an earlier life left may be that too. */
  #isDirty = true;
  /** The change up to which everything is where it was promised to be. */
  #committedSeq = 0;
  #waiting = new Set<CommitWaiter>();
  /** A commit on its way to the disk. Nothing is appended meanwhile: the next one gathers. */
  #committing: Promise<void> | undefined;
  /** With `interval`: what is being brought to the disk while the journal goes on. */
  #syncing: Promise<void> | undefined;
  /** Whether the file says already which life this is; then what it says of how far it has come. */
  #hasRun = false;
  #markedSeq: number;
  readonly #writtenHeld = new Map<string, Held>();
  #areNotesDue = false;
  #isDue = false;
  #trouble: Trouble | undefined;
  #rewrite: Rewrite | undefined;
  #retry: Timer | undefined;
  readonly #ticker: Timer;
  #isClosed = false;
  #onRewritten: ((cause: unknown) => void) | undefined;

  /**
   * Opens the file for what is still to come. Everything in the registry must stand in it already.
   * @param wholeBytes what was found whole in it; the rest is cut.
   * @param liveBytes how many of them hold the newest report of a client, about.
   * @throws {Error} when the file cannot be opened or cut.
   */
  constructor(options: JournalOptions, wholeBytes: number, liveBytes: number) {
    const { files, clock, limits, registry, dir, name, batchBytes = BATCH_BYTES } = options;
    this.#options = options;
    this.#path = `${dir}/${name}`;
    this.#batchBytes = batchBytes;
    this.#due = new DueLines(batchBytes);
    const { file, sizeBytes } = files.openAppend(this.#path);
    if (sizeBytes > wholeBytes) file.truncateSync(wholeBytes);
    this.#file = file;
    this.#sizeBytes = wholeBytes;
    this.#liveBytes = liveBytes;
    this.#cursor = registry.openCursor(registry.seq);
    this.#markedSeq = registry.seq;
    this.#ticker = clock.every(limits.fsyncMs, () => this.#tick());
    this.changed();
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

  /** Whether a reply that acknowledges changes up to number `seq` has to wait. */
  holds(seq: number): boolean {
    return seq > this.#committedSeq && (this.#trouble === undefined || this.refuses);
  }

  /** `waiter` is told of the next commit, once. */
  wait(waiter: CommitWaiter): void {
    this.#waiting.add(waiter);
    this.changed();
  }

  /** `waiter` does not wait any more. */
  forget(waiter: CommitWaiter): void {
    this.#waiting.delete(waiter);
  }

  /** Writes the journal anew from the registry, whatever its size. @throws {Error} when that fails. */
  async rewrite(): Promise<void> {
    const cause = await new Promise<unknown>((resolve) => {
      this.#onRewritten = resolve;
      if (this.#rewrite === undefined) this.#beginRewrite();
    });
    if (cause !== undefined) throw cause;
  }

  /** Brings everything to the disk, and closes the file. Whoever still waits is not told. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#ticker.cancel();
    this.#retry?.cancel();
    await this.#committing;
    await this.#syncing;
    this.#dropRewrite(new Error("the journal was closed"));
    this.#areNotesDue = true;
    while (this.#append() === "more");
    try {
      await this.#file.sync();
    } catch (error) {
      this.#fail(error, true);
    }
    const { registry, files } = this.#options;
    registry.closeCursor(this.#cursor);
    this.#file.close();
    await files.remove(this.#newPath).catch(() => {/* Mostly there is none. */});
  }

  readonly #run = (): void => {
    this.#isDue = false;
    if (this.#committing !== undefined || this.#isClosed) return;
    if (this.#rewrite?.isReady === true) this.#swap(this.#rewrite);
    else if (this.#trouble === undefined) this.#commit();
  };

  /** Appends everything that has changed, and with `always` brings it to the disk. */
  #commit(): void {
    const { registry, fsync } = this.#options;
    const appended = this.#append();
    if (appended === "failed") return;
    if (appended === "more") return this.changed();
    if (fsync !== "always" || !this.#isDirty) return this.#committed(registry.seq);
    this.#isDirty = false;
    this.#commitWith(this.#file.sync(), (error) => this.#fail(error, true));
  }

  /** `work` commits all that has changed so far. */
  #commitWith(work: Promise<void>, failed: (error: unknown) => void): void {
    const { seq } = this.#options.registry;
    this.#committing = work.then(() => {
      this.#committing = undefined;
      this.counters.journalSyncs++;
      this.#committed(seq);
    }, (error) => {
      this.#committing = undefined;
      failed(error);
    });
  }

  #committed(seq: number): void {
    this.#committedSeq = seq;
    this.#tell(seq);
    // What has gathered meanwhile is next, or a new file that has come to be ready.
    if (this.#options.registry.isDue(this.#cursor) || this.#rewrite?.isReady === true) this.changed();
    this.#rewriteWhenLarge();
  }

  #tell(seq: number): void {
    if (this.#waiting.size === 0) return;
    const waiters = this.#waiting;
    this.#waiting = new Set();
    for (const waiter of waiters) waiter.committed(seq);
  }

  /** Appends what is due. When that fails, all of it stays due. */
  #append(): "all" | "more" | "failed" {
    const { registry } = this.#options;
    const cursor = this.#cursor;
    for (let batches = 0; registry.isDue(cursor); batches++) {
      if (batches === BATCHES_PER_TURN) return "more";
      const { at, seq } = cursor;
      const undo = () => void Object.assign(cursor, { at, seq });
      if (!this.#tryAppend(() => this.#appendTo(this.#takeDue(cursor)), undo)) return "failed";
    }
    return !this.#areNotesDue || this.#tryAppend(() => this.#appendNotes()) ? "all" : "failed";
  }

  /** @param undo is called before anybody hears of a failure. */
  #tryAppend(append: () => void, undo: () => void = () => {}): boolean {
    try {
      if (!this.#hasRun) this.#appendTo(this.#beginning());
      this.#hasRun = true;
      append();
      return true;
    } catch (error) {
      undo();
      // A new file may have taken the room that this one needs.
      this.#dropRewrite(error);
      this.#fail(error, false);
      return false;
    }
  }

  /** What this life puts before all else. */
  #beginning(): Uint8Array {
    const run = toBytes(renderRun(this.#options.run));
    return this.#options.forgets === true ? Uint8Array.of(...FORGET_LINE, ...run) : run;
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

  /** The next lines from `cursor` on, good until the next call; none where only holes were left. */
  #takeDue(cursor: Cursor): Uint8Array {
    this.#due.clear();
    this.#options.registry.takeDue(cursor, Infinity, this.#due, this.#batchBytes);
    return this.#due.out.view();
  }

  #appendTo(lines: Uint8Array): void {
    if (lines.length === 0) return;
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
    if (!this.#isDirty || this.#trouble?.needsRewrite === true) return;
    if (this.#syncing !== undefined || this.#committing !== undefined) return;
    this.#isDirty = false;
    const file = this.#file;
    this.#syncing = file.sync().then(() => {
      this.#syncing = undefined;
      this.counters.journalSyncs++;
    }, (error) => {
      this.#syncing = undefined;
      // A file that was replaced meanwhile need not come to the disk any more.
      if (file === this.#file) this.#fail(error, true);
    });
  }

  #fail(cause: unknown, needsRewrite: boolean): void {
    this.counters.journalFailures++;
    const trouble = this.#trouble;
    this.#trouble = { needsRewrite: needsRewrite || trouble?.needsRewrite === true };
    if (trouble === undefined) this.#options.onEvent({ kind: "trouble", cause });
    // Only `always` promises that what is acknowledged is kept whatever the disk does.
    if (!this.refuses) this.#tell(Infinity);
    this.#retrySoon();
  }

  #retrySoon(): void {
    if (this.#isClosed) return;
    const { clock, limits } = this.#options;
    this.#retry?.cancel();
    this.#retry = clock.after(limits.journalRetryMs, () => this.#heal());
  }

  #heal(): void {
    if (this.#trouble?.needsRewrite !== true) {
      if (this.#append() !== "failed") this.#healed();
    } else if (this.#rewrite === undefined) {
      this.#beginRewrite();
    }
  }

  #healed(): void {
    if (this.#trouble === undefined) return;
    this.#trouble = undefined;
    this.#options.onEvent({ kind: "healed" });
    this.changed();
  }

  #rewriteWhenLarge(): void {
    const grownBytes = this.#sizeBytes - this.#liveBytes;
    if (grownBytes <= this.#options.limits.journalBytes || grownBytes < this.#liveBytes) return;
    if (this.#rewrite === undefined && this.#trouble === undefined && !this.#isClosed) this.#beginRewrite();
  }

  #beginRewrite(): void {
    const { files, registry } = this.#options;
    // If this one fails there is none again before the journal has grown as much once more.
    this.#liveBytes = this.#sizeBytes;
    try {
      const { file } = files.openAppend(this.#newPath);
      this.#rewrite = {
        file,
        cursor: registry.openCursor(0),
        sizeBytes: 0,
        seenSeq: registry.seq,
        leftChanges: Infinity,
        isReady: false,
      };
      file.truncateSync(0);
      this.#write(this.#rewrite, toBytes(renderRun(this.#options.run)));
    } catch (error) {
      return this.#rewriteFailed(error);
    }
    this.#goOn(this.#rewrite);
  }

  /** Copies a little in each turn of the event loop, so that nobody is delayed. */
  #goOn(rewrite: Rewrite): void {
    if (this.#rewrite !== rewrite) return;
    const { clock, registry } = this.#options;
    try {
      // Twice as many as changed meanwhile, or it would never come to an end.
      this.#copy(rewrite, 2 * (registry.seq - rewrite.seenSeq));
    } catch (error) {
      return this.#rewriteFailed(error);
    }
    rewrite.seenSeq = registry.seq;
    if (registry.isDue(rewrite.cursor)) return clock.soon(() => this.#goOn(rewrite));
    rewrite.file.sync().then(() => this.#copied(rewrite), (error) => {
      if (this.#rewrite === rewrite) this.#rewriteFailed(error);
    });
  }

  /** Everything is there but what has changed while it came to the disk. */
  #copied(rewrite: Rewrite): void {
    if (this.#rewrite !== rewrite) return;
    const left = this.#options.registry.seq - rewrite.cursor.seq;
    const isShrinking = left <= rewrite.leftChanges / 2;
    rewrite.leftChanges = left;
    if (left > FEW_CHANGES && isShrinking) return this.#goOn(rewrite);
    rewrite.isReady = true;
    this.changed();
  }

  /** Copies `lines` lines, a batch at least. */
  #copy(rewrite: Rewrite, lines: number): void {
    let copied = 0;
    do {
      const batch = this.#takeDue(rewrite.cursor);
      this.#write(rewrite, batch);
      this.#write(rewrite, renderMark(rewrite.cursor.seq));
      copied += this.#due.lines;
    } while (copied < lines && this.#options.registry.isDue(rewrite.cursor));
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
    this.#commitWith(this.#replace(rewrite), (error) => {
      if (this.#rewrite === rewrite) return this.#rewriteFailed(error);
      this.#rewriteEnded(error);
      this.#fail(error, true);
    });
  }

  async #replace(rewrite: Rewrite): Promise<void> {
    const { files, dir, registry, onEvent } = this.#options;
    await rewrite.file.sync();
    if (this.#rewrite !== rewrite) throw new Error("the new journal was given up");
    files.renameSync(this.#newPath, this.#path);
    const fromBytes = this.#sizeBytes;
    registry.closeCursor(this.#cursor);
    closeQuietly(this.#file);
    this.#file = rewrite.file;
    this.#cursor = rewrite.cursor;
    this.#sizeBytes = this.#liveBytes = rewrite.sizeBytes;
    this.#isTorn = this.#isDirty = false;
    this.#hasRun = true;
    this.#writtenHeld.clear();
    this.#rewrite = undefined;
    await files.syncDir(dir);
    this.counters.journalRewrites++;
    onEvent({ kind: "rewritten", fromBytes, toBytes: this.#sizeBytes });
    this.#rewriteEnded(undefined);
    this.#healed();
  }

  get #newPath(): string {
    return `${this.#path}.new`;
  }

  /** The old file is as good as it was. */
  #rewriteFailed(cause: unknown): void {
    this.counters.journalFailures++;
    this.#options.onEvent({ kind: "not-rewritten", cause });
    this.#dropRewrite(cause);
    if (this.#trouble !== undefined) this.#retrySoon();
    else this.changed();
  }

  #dropRewrite(cause: unknown): void {
    const rewrite = this.#rewrite;
    this.#rewrite = undefined;
    if (rewrite !== undefined) {
      this.#options.registry.closeCursor(rewrite.cursor);
      try {
        rewrite.file.truncateSync(0); // so that it takes no room until there is a next one
      } catch { /* The next one tries again. */ }
      closeQuietly(rewrite.file);
    }
    this.#rewriteEnded(cause);
  }

  #rewriteEnded(cause: unknown): void {
    this.#onRewritten?.(cause);
    this.#onRewritten = undefined;
  }
}

/** Of a file of which nothing is needed any more. */
function closeQuietly(file: DurableFile): void {
  try {
    file.close();
  } catch { /* What it could not write is not missed. */ }
}
