/** Threads that share the seeds of a run. */
import { Campaign, type Stretch } from "./campaign.ts";
import type { Outcome } from "./history.ts";

/** Seeds handed to a thread at a time. */
const STRETCH = 20;

/** Runs seeds on some threads; on one it needs none but its own. */
export class Pool {
  readonly #workers: readonly Worker[];
  readonly #campaign = new Campaign();

  constructor(jobs: number) {
    const url = new URL("./worker.ts", import.meta.url);
    this.#workers = jobs <= 1 ? [] : Array.from({ length: jobs }, () => new Worker(url, { type: "module" }));
  }

  /**
   * Runs all seeds of `stretch`, and tells `outcome` of each, as they come.
   * @param outcome returns whether to go on.
   */
  async run(stretch: Stretch, outcome: (outcome: Outcome) => boolean): Promise<void> {
    const rest = { from: stretch.from, end: stretch.from + stretch.count };
    let goesOn = true;
    const next = (): Stretch | undefined => {
      const count = Math.min(STRETCH, rest.end - rest.from);
      if (count <= 0 || !goesOn) return undefined;
      rest.from += count;
      return { from: rest.from - count, count, plant: stretch.plant };
    };
    const tell = (one: Outcome) => {
      goesOn = outcome(one) && goesOn;
    };
    if (this.#workers.length > 0) {
      await Promise.all(this.#workers.map((worker) => feed(worker, next, tell)));
      return;
    }
    for (let one = next(); one !== undefined; one = next()) {
      for await (const each of this.#campaign.run(one)) tell(each);
    }
  }

  close(): void {
    for (const worker of this.#workers) worker.terminate();
  }
}

/** Gives a worker one stretch after the other. */
async function feed(
  worker: Worker,
  next: () => Stretch | undefined,
  tell: (outcome: Outcome) => void,
): Promise<void> {
  for (let stretch = next(); stretch !== undefined; stretch = next()) {
    await new Promise<void>((resolve, reject) => {
      worker.onerror = (event) => {
        event.preventDefault();
        reject(event.error ?? new Error(event.message));
      };
      worker.onmessage = ({ data }: MessageEvent<Outcome | "done">) => {
        if (data === "done") resolve();
        else tell(data);
      };
      worker.postMessage(stretch);
    });
  }
}
