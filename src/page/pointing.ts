/// <reference lib="dom" />
/** Choosing clients on the map, by pointer and by keys. */
import type { ClientsLayer } from "./clients_layer.ts";
import { element, setText } from "./dom.ts";
import type * as L from "./leaflet.ts";
import type { Selection } from "./selection.ts";

/** Pixels around a dot that still mean it; a finger is thicker than a mouse. */
const MOUSE_RADIUS = 12;
const TOUCH_RADIUS = 26;

export function choosesByPointing(
  map: L.Map,
  layer: ClientsLayer,
  selection: Selection,
  fit: () => void,
): void {
  const container = map.getContainer();
  const radius = matchMedia("(pointer: coarse)").matches ? TOUCH_RADIUS : MOUSE_RADIUS;
  const hint = element("#hint", HTMLElement);
  map.on("click", ({ containerPoint: { x, y } }) => {
    selection.choose(layer.nearest(x, y, radius, performance.now())?.report.id);
  });
  map.on("mousemove", ({ containerPoint: { x, y } }) => {
    const track = layer.nearest(x, y, MOUSE_RADIUS, performance.now());
    const isShown = track !== undefined && track.report.id !== selection.id;
    container.classList.toggle("over", track !== undefined);
    hint.hidden = !isShown;
    if (!isShown) return;
    setText(hint, track.report.id);
    hint.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
  });
  map.on("mouseout movestart", () => hint.hidden = true);
  container.addEventListener("keydown", (event) => {
    if (event.target !== container || event.ctrlKey || event.metaKey || event.altKey) return;
    switch (event.key) {
      case "Enter": {
        const { x, y } = map.getSize();
        const track = layer.nearest(x / 2, y / 2, Math.max(x, y), performance.now());
        if (track !== undefined) selection.choose(track.report.id);
        break;
      }
      case "Escape":
        selection.choose(undefined);
        break;
      case "f":
      case "F":
        fit();
        break;
      default:
        return;
    }
    event.preventDefault();
  });
}
