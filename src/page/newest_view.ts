/// <reference lib="dom" />
/** The newest clients, and finding one by its ID. */
import { readClient, type Report } from "./answers.ts";
import { ANSWER_MS, LISTED_CLIENTS } from "./bounds.ts";
import { element, make, setText } from "./dom.ts";
import { fetchJson, troubleOf } from "./fetch_json.ts";
import type { Fleet } from "./fleet.ts";
import { ago, count } from "./format.ts";
import type { Palette } from "./palette.ts";
import type { Selection } from "./selection.ts";
import { heardSeconds, nowSeconds } from "./times.ts";

const canHover = matchMedia("(hover: hover)");

interface Row {
  readonly item: HTMLLIElement;
  readonly button: HTMLButtonElement;
  readonly dot: HTMLElement;
  readonly id: HTMLElement;
  readonly place: HTMLElement;
  readonly age: HTMLElement;
}

export class NewestView {
  readonly #fleet: Fleet;
  readonly #palette: Palette;
  readonly #selection: Selection;
  readonly #found: (report: Report) => void;
  readonly #list = element("#newest", HTMLElement);
  readonly #input = element("#find-id", HTMLInputElement);
  readonly #words = element("#find-words", HTMLElement);
  readonly #rows: readonly Row[];

  /** @param found is told of a client that the server knows and the page did not. */
  constructor(fleet: Fleet, palette: Palette, selection: Selection, found: (report: Report) => void) {
    this.#fleet = fleet;
    this.#palette = palette;
    this.#selection = selection;
    this.#found = found;
    this.#rows = Array.from({ length: LISTED_CLIENTS }, () => this.#row());
    this.#list.append(...this.#rows.map(({ item }) => item));
    this.#input.addEventListener("input", () => {
      setText(this.#words, "");
      this.show(true);
    });
    element("#find", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#find(this.#input.value.trim());
    });
  }

  /** @param isAsked also while someone is about to choose: else what they aim at stays where it is. */
  show(isAsked = false): void {
    setText(element("#clients-sum", HTMLElement), `${count(this.#fleet.size)} known`);
    if (!isAsked && this.#isAimedAt()) return this.#showAges();
    const tracks = this.#fleet.newest(LISTED_CLIENTS, this.#input.value.trim());
    this.#rows.forEach((row, i) => {
      const report = tracks[i]?.report;
      row.item.hidden = report === undefined;
      if (report === undefined) return;
      row.button.value = report.id;
      row.dot.className = `dot color-${this.#palette.indexOf(report.origin)}`;
      setText(row.id, report.id);
      setText(row.place, report.origin);
      row.button.setAttribute("aria-pressed", `${report.id === this.#selection.id}`);
    });
    this.#showAges();
  }

  /** What was clicked or tapped keeps the focus, and under a finger the hover too, long after. */
  #isAimedAt(): boolean {
    return (canHover.matches && this.#list.matches(":hover")) ||
      this.#list.querySelector(":focus-visible") !== null;
  }

  #showAges(): void {
    const now = nowSeconds();
    for (const { item, button, age } of this.#rows) {
      const track = item.hidden ? undefined : this.#fleet.get(button.value);
      setText(age, track === undefined ? "" : ago(now - heardSeconds(track.report)));
      button.setAttribute("aria-pressed", `${button.value === this.#selection.id}`);
    }
  }

  #row(): Row {
    const item = make("li");
    const button = make("button", "client");
    button.type = "button";
    const dot = make("span", "dot");
    const id = make("span", "id");
    const place = make("span", "via");
    const age = make("span", "age");
    button.append(dot, id, place, age);
    button.addEventListener("click", () => this.#selection.choose(button.value));
    item.append(button);
    item.hidden = true;
    return { item, button, dot, id, place, age };
  }

  /** The client of that very ID, or the newest with it as a part, or one that only the server knows. */
  async #find(id: string): Promise<void> {
    if (id === "") return;
    setText(this.#words, "");
    const track = this.#fleet.get(id) ?? this.#fleet.newest(1, id)[0];
    if (track !== undefined) return this.#selection.choose(track.report.id);
    try {
      const report = readClient(await fetchJson(`/clients/${encodeURIComponent(id)}`, ANSWER_MS));
      this.#found(report);
      this.#selection.choose(report.id);
    } catch (error) {
      setText(this.#words, `${id}: ${troubleOf(error)}`);
    }
  }
}
