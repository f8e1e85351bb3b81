/** The order of changes against an array that is searched and spliced. */
import { assert, assertEquals } from "@std/assert";
import { ChangeOrder, END, type OrderPlace } from "../../src/registry/change_order.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

type Operation =
  | { readonly kind: "append" }
  | { readonly kind: "change"; readonly which: number; readonly times: number }
  | { readonly kind: "rename"; readonly which: number }
  | { readonly kind: "open"; readonly back: number }
  | { readonly kind: "step"; readonly which: number; readonly count: number }
  | { readonly kind: "close"; readonly which: number };

interface Walker {
  readonly place: OrderPlace;
  /** What lies ahead of it, in order. */
  ahead: number[];
}

/** The order under test, and what it is to agree with. */
class Model {
  readonly standing = new Map<number, number>();
  readonly order = new ChangeOrder((entry, at) => void this.standing.set(entry, at), 8);
  entries: number[] = [];
  readonly walkers: Walker[] = [];
  longest = 0;
  #next = 0;

  run(operation: Operation): void {
    switch (operation.kind) {
      case "append": {
        const entry = this.#next++;
        this.standing.set(entry, this.order.append(entry));
        this.entries.push(entry);
        for (const walker of this.walkers) walker.ahead.push(entry);
        break;
      }
      case "change":
        for (let i = 0; i < operation.times && this.entries.length > 0; i++) {
          this.#change(this.entries[(operation.which + 7 * i) % this.entries.length]!);
        }
        break;
      case "rename":
        if (this.entries.length > 0) this.#rename(this.entries[operation.which % this.entries.length]!);
        break;
      case "open":
        this.#open(operation.back);
        break;
      case "step":
        this.#step(operation.which, operation.count);
        break;
      case "close": {
        const [walker] = this.walkers.splice(operation.which % Math.max(1, this.walkers.length), 1);
        if (walker !== undefined) this.order.forget(walker.place);
        break;
      }
    }
    this.longest = Math.max(this.longest, this.order.end);
  }

  #change(entry: number): void {
    this.standing.set(entry, this.order.toEnd(entry, this.standing.get(entry)!));
    const moveBack = (list: number[]) => [...list.filter((one) => one !== entry), entry];
    this.entries = moveBack(this.entries);
    for (const walker of this.walkers) walker.ahead = moveBack(walker.ahead);
  }

  #rename(entry: number): void {
    const renamed = this.#next++;
    const at = this.standing.get(entry)!;
    this.standing.delete(entry);
    this.standing.set(renamed, at);
    this.order.renumber(at, renamed);
    const rename = (list: number[]) => list.map((one) => one === entry ? renamed : one);
    this.entries = rename(this.entries);
    for (const walker of this.walkers) walker.ahead = rename(walker.ahead);
  }

  #open(back: number): void {
    const place = { at: this.order.end };
    let ahead: number[] = [];
    for (let i = 0; i < back; i++) {
      const entry = this.order.previous(place);
      if (entry === END) break;
      ahead = [entry, ...ahead];
    }
    assertEquals(ahead, back === 0 ? [] : this.entries.slice(-back), "what previous() passed");
    this.order.keep(place);
    this.walkers.push({ place, ahead });
  }

  #step(which: number, count: number): void {
    const walker = this.walkers[which % Math.max(1, this.walkers.length)];
    if (walker === undefined) return;
    for (let i = 0; i < count; i++) assertEquals(this.order.next(walker.place), walker.ahead.shift() ?? END);
  }
}

const operations: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Operation>({ kind: "append" }) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("change" as const), which: fc.nat(99), times: fc.nat(60) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("rename" as const), which: fc.nat(99) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("open" as const), back: fc.nat(40) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("step" as const), which: fc.nat(9), count: fc.nat(30) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("close" as const), which: fc.nat(9) }) },
);

test("entries come in the order of their last change, to every walker, while holes are swept", () => {
  let sweeps = 0;
  fc.assert(
    fc.property(fc.array(operations, { minLength: 50, maxLength: 400 }), (list) => {
      const model = new Model();
      for (const operation of list) model.run(operation);
      if (model.order.end < model.longest) sweeps++;
      for (const { place, ahead } of model.walkers) {
        for (const entry of ahead) assertEquals(model.order.next(place), entry);
        assertEquals(model.order.next(place), END);
      }
    }),
    { seed: 20_261_124, numRuns: 300 },
  );
  assert(sweeps > 100, `only ${sweeps} of 300 runs swept`);
});

test("the array stays within a few times the entries, however often they change", () => {
  const standing: number[] = [];
  const order = new ChangeOrder((entry, at) => standing[entry] = at);
  for (let entry = 0; entry < 50_000; entry++) standing.push(order.append(entry));
  let longest = 0;
  for (let i = 0; i < 2_000_000; i++) {
    const entry = (i * 7_919) % 50_000;
    standing[entry] = order.toEnd(entry, standing[entry]!);
    longest = Math.max(longest, order.end);
  }
  assert(longest < 5 * 50_000 + 65_536, `${longest} slots`);
});
