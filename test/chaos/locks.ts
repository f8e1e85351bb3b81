/** Things that one fault at a time may be about: whoever comes second waits. */

export class Locks {
  readonly #last = new Map<string, Promise<void>>();

  /** Runs `fn` once it alone has all of `names`. They are taken in one order, so that nobody waits in a circle. */
  async hold(names: readonly string[], fn: () => Promise<void>): Promise<void> {
    const releases: (() => void)[] = [];
    try {
      for (const name of [...new Set(names)].sort()) releases.push(await this.#take(name));
      await fn();
    } finally {
      for (const release of releases) release();
    }
  }

  async #take(name: string): Promise<() => void> {
    const before = this.#last.get(name) ?? Promise.resolve();
    let release: () => void = () => {};
    this.#last.set(name, before.then(() => new Promise<void>((resolve) => release = resolve)));
    await before;
    return () => release();
  }
}
