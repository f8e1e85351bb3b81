/** Virtual time: everything that happens in a history is an event here, and happens in one order. */

/** What came from outside goes before what a server put off to the end of its turn (`Clock.soon`). */
export const ARRIVAL = 0, END_OF_TURN = 1;
export type Phase = typeof ARRIVAL | typeof END_OF_TURN;

/** Steps of a promise that may follow each event before the next one: more than any in a server needs at once. */
const PROMISE_STEPS = 16;

export interface Event {
  readonly us: number;
  readonly phase: Phase;
  /** Events of one moment go by this, and then by the order in which they were set. */
  readonly tie: number;
  readonly number: number;
  /** Undefined once cancelled. */
  fn: (() => void) | undefined;
}

function isBefore(a: Event, b: Event): boolean {
  if (a.us !== b.us) return a.us < b.us;
  if (a.phase !== b.phase) return a.phase < b.phase;
  if (a.tie !== b.tie) return a.tie < b.tie;
  return a.number < b.number;
}

export class Scheduler {
  /** Microseconds since the history began. */
  nowUs = 0;
  /** Events that have happened. */
  happened = 0;
  #set = 0;
  /** A heap: each event is before the two at twice its place, and one further. */
  readonly #heap: Event[] = [];

  /** Calls `fn` at `us`, or now where that is past. @param tie places it among events of the same moment. */
  at(us: number, fn: () => void, tie = 0.5, phase: Phase = ARRIVAL): Event {
    const event = { us: Math.max(us, this.nowUs), phase, tie, number: this.#set++, fn };
    this.#up(event);
    return event;
  }

  after(ms: number, fn: () => void, tie = 0.5): Event {
    return this.at(this.nowUs + Math.round(ms * 1_000), fn, tie);
  }

  /** Lets everything happen up to `us`, or until `done`. What an event throws ends it. */
  async run(us: number, done: () => boolean = () => false): Promise<void> {
    while (!done()) {
      const event = this.#heap[0];
      if (event === undefined || event.us > us) {
        this.nowUs = Math.max(us, this.nowUs);
        return;
      }
      this.#takeFirst();
      if (event.fn === undefined) continue;
      this.nowUs = event.us;
      this.happened++;
      event.fn();
      for (let i = 0; i < PROMISE_STEPS; i++) await undefined;
    }
  }

  #up(event: Event): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  #takeFirst(): void {
    const heap = this.#heap;
    const event = heap.pop()!;
    const length = heap.length;
    if (length === 0) return;
    let at = 0;
    for (let child = 1; child < length; child = 2 * at + 1) {
      if (child + 1 < length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, event)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = event;
  }
}
