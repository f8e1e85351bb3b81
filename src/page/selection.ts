/** The client that was chosen, if any. */
export class Selection {
  #id: string | undefined;
  readonly #listeners: ((id: string | undefined) => void)[] = [];

  get id(): string | undefined {
    return this.#id;
  }

  choose(id: string | undefined): void {
    if (id === this.#id) return;
    this.#id = id;
    for (const listener of this.#listeners) listener(id);
  }

  onChange(listener: (id: string | undefined) => void): void {
    this.#listeners.push(listener);
  }
}
