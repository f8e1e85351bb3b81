/// <reference lib="dom" />
/**
 * The chosen client on the map, as an element of the page. `#map` says in data attributes which it is and where its
 * dot is drawn, in pixels from the map's north-west corner: `data-chosen`, `data-chosen-x`, `data-chosen-y`.
 */
import type { ClientsLayer } from "./clients_layer.ts";
import { element, setText } from "./dom.ts";
import type { Fleet } from "./fleet.ts";
import type { Selection } from "./selection.ts";

export class PinView {
  readonly #fleet: Fleet;
  readonly #layer: ClientsLayer;
  readonly #selection: Selection;
  readonly #map = element("#map", HTMLElement);
  readonly #pin = element("#pin", HTMLElement);
  #shown = "";

  constructor(fleet: Fleet, layer: ClientsLayer, selection: Selection) {
    this.#fleet = fleet;
    this.#layer = layer;
    this.#selection = selection;
  }

  draw(nowMs: number): void {
    const id = this.#selection.id;
    const track = id === undefined ? undefined : this.#fleet.get(id);
    if (id === undefined || track === undefined) return this.#hide();
    const { x, y } = this.#layer.pointOf(track, nowMs);
    const shown = `${id} ${x.toFixed(1)} ${y.toFixed(1)}`;
    if (shown === this.#shown) return;
    this.#shown = shown;
    setText(element("#pin-name", HTMLElement), id);
    this.#pin.hidden = false;
    this.#pin.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
    const { dataset } = this.#map;
    dataset["chosen"] = id;
    dataset["chosenX"] = x.toFixed(1);
    dataset["chosenY"] = y.toFixed(1);
  }

  #hide(): void {
    if (this.#shown === "") return;
    this.#shown = "";
    this.#pin.hidden = true;
    const { dataset } = this.#map;
    delete dataset["chosen"];
    delete dataset["chosenX"];
    delete dataset["chosenY"];
  }
}
