/// <reference lib="dom" />
/** Small helpers around the document. */
import { visible } from "./visible.ts";

/** The element that the page surely has. */
export function element<T extends Element>(selector: string, kind: abstract new () => T): T {
  const found = document.querySelector(selector);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${selector}`);
}

/** A new element with a class and a text. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = "",
  text = "",
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (className !== "") made.className = className;
  if (text !== "") made.textContent = visible(text);
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

export function makeSvg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number>> = {},
): SVGElementTagNameMap[K] {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, `${value}`);
  return made;
}

/** Writes a text where it differs: what has not changed is not laid out anew, nor read aloud. */
export function setText(node: Element, text: string): void {
  const shown = visible(text);
  if (node.textContent !== shown) node.textContent = shown;
}

/** Tells people who do not see it. */
export function announce(text: string): void {
  setText(element("#said", HTMLElement), text);
}
