/// <reference lib="dom" />
/** The client that was chosen: what is known of it. */
import type { Report } from "./answers.ts";
import { announce, element, setText } from "./dom.ts";
import type { Fleet } from "./fleet.ts";
import { ago, latitude, longitude } from "./format.ts";
import type { Palette } from "./palette.ts";
import type { Selection } from "./selection.ts";
import { heardSeconds, nowSeconds, skewWords } from "./times.ts";

export class DetailsView {
  readonly #fleet: Fleet;
  readonly #palette: Palette;
  readonly #selection: Selection;
  readonly #box = element("#details", HTMLElement);
  /** What had the focus before, to get it back. */
  #before: Element | null = null;

  constructor(fleet: Fleet, palette: Palette, selection: Selection) {
    this.#fleet = fleet;
    this.#palette = palette;
    this.#selection = selection;
    element("#close", HTMLButtonElement).addEventListener("click", () => selection.choose(undefined));
    this.#box.addEventListener("keydown", (event) => {
      if (event.key === "Escape") selection.choose(undefined);
    });
    selection.onChange((id) => this.#changed(id));
  }

  show(): void {
    const id = this.#selection.id;
    const report = id === undefined ? undefined : this.#fleet.get(id)?.report;
    if (report !== undefined) this.#fill(report);
  }

  #changed(id: string | undefined): void {
    const hadFocus = this.#box.contains(document.activeElement);
    const wasHidden = this.#box.hidden;
    this.#box.hidden = id === undefined;
    element("main", HTMLElement).classList.toggle("has-chosen", id !== undefined);
    if (id === undefined) {
      announce("No client is chosen.");
      if (hadFocus && this.#before instanceof HTMLElement) this.#before.focus();
      return;
    }
    if (wasHidden) this.#before = document.activeElement;
    setText(element("#details-id", HTMLElement), id);
    this.show();
    announce(`${id} is chosen.`);
  }

  #fill(report: Report): void {
    const put = (selector: string, text: string) => setText(element(selector, HTMLElement), text);
    put("#details-position", `${latitude(report.latitude)}, ${longitude(report.longitude)}`);
    const at = new Date(Number(report.time) * 1000);
    const isToday = at.toDateString() === new Date(nowSeconds() * 1000).toDateString();
    const time = isToday ? at.toLocaleTimeString() : at.toLocaleString();
    const age = ago(nowSeconds() - heardSeconds(report));
    put("#details-time", `${time} (heard ${age === "now" ? "now" : `${age} ago`})`);
    put("#details-origin", report.origin);
    put("#details-skew", skewWords(report.skew));
    put("#details-at", report.at);
    element("#details-dot", HTMLElement).className = `dot color-${this.#palette.indexOf(report.origin)}`;
    this.#box.dataset["latitude"] = `${report.latitude}`;
    this.#box.dataset["longitude"] = `${report.longitude}`;
  }
}
