/// <reference lib="dom" />
/** The colors that the style sheet gives to what is drawn, and which server has which. */

/** Colors of servers; then they repeat, and the one behind them is for whoever is not of the herd. */
const SERVER_COLORS = 7;

export interface Colors {
  readonly dots: readonly string[];
  readonly land: string;
  readonly coast: string;
  readonly grid: string;
  readonly gridText: string;
  readonly halo: string;
  readonly accent: string;
}

export class Palette {
  #colors = readColors();
  readonly #places = new Map<string, number>();
  readonly #listeners: (() => void)[] = [];

  constructor() {
    for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"]) {
      matchMedia(query).addEventListener("change", () => {
        this.#colors = readColors();
        for (const listener of this.#listeners) listener();
      });
    }
  }

  get colors(): Colors {
    return this.#colors;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Gives each server of the herd its color, by its place in the topology. */
  servers(names: readonly string[]): void {
    names.forEach((name, i) => this.#places.set(name, i % SERVER_COLORS));
  }

  /** The number of the color of a server: `--dot-N` in the style sheet. */
  indexOf(server: string): number {
    return this.#places.get(server) ?? SERVER_COLORS;
  }
}

function readColors(): Colors {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(name).trim();
  return {
    dots: Array.from({ length: SERVER_COLORS + 1 }, (_, i) => color(`--dot-${i}`)),
    land: color("--land"),
    coast: color("--coast"),
    grid: color("--grid"),
    gridText: color("--grid-text"),
    halo: color("--halo"),
    accent: color("--accent"),
  };
}
