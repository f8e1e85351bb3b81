/// <reference lib="dom" />
/** The servers and links of the herd, as a small graph, and in words for who does not see it. */
import type { HerdView, ServerView, State } from "./answers.ts";
import { TOLD_CHANGES } from "./bounds.ts";
import { announce, element, make, makeSvg, setText } from "./dom.ts";
import type { Palette } from "./palette.ts";
import { ringOrder } from "./ring_order.ts";

const WIDTH = 360;
const HEIGHT = 188;
const MIDDLE_Y = 104;
const RADIUS_X = 96;
const RADIUS_Y = 62;
/** From a server's middle to its name, which stands outside of the circle. */
const NAME_X = 22;
const NAME_Y = 30;
/** Below a name its state. */
const STATE_Y = 15;
/** With more servers than this names would lie over each other: there are none, and the circle takes their room. */
const NAMED = 16;
const WIDE_X = 168;
const WIDE_Y = 78;
/** Beside the picture, which names may reach into. */
const MARGIN = 14;
/** Room that a server takes on the circle. */
const ROOM = 34;

interface Node {
  readonly group: SVGElement;
  readonly label: SVGTextElement;
  readonly words: SVGTextElement;
}

export class HerdGraph {
  readonly #palette: Palette;
  readonly #box = element("#graph", HTMLElement);
  readonly #list = element("#links", HTMLElement);
  readonly #nodes = new Map<string, Node>();
  readonly #lines = new Map<string, { readonly line: SVGElement; readonly item: HTMLElement }>();
  readonly #states = new Map<string, State>();
  #shape = "";

  constructor(palette: Palette) {
    this.#palette = palette;
  }

  show(herd: HerdView): void {
    const shape = JSON.stringify([
      herd.asked,
      herd.servers.map(({ name, http }) => [name, http]),
      herd.links.map(({ ends }) => ends),
    ]);
    if (shape !== this.#shape) {
      this.#shape = shape;
      this.#palette.servers(herd.servers.map(({ name }) => name));
      this.#build(herd);
    }
    const changes: string[] = [];
    for (const server of herd.servers) this.#showServer(server, herd.asked, changes);
    for (const { ends: [a, b], state } of herd.links) this.#showLink(a, b, state, changes);
    if (changes.length > TOLD_CHANGES) announce(`${changes.length} servers and links have changed.`);
    else if (changes.length > 0) announce(`${changes.join(", ")}.`);
    const up = herd.servers.filter(({ state }) => state === "up").length;
    const unknown = herd.servers.filter(({ state }) => state === "unknown").length;
    setText(
      element("#servers-sum", HTMLElement),
      `${up} of ${herd.servers.length} up${unknown === 0 ? "" : `, ${unknown} unknown`}`,
    );
  }

  #showServer({ name, state, own }: ServerView, asked: string, changes: string[]): void {
    const node = this.#nodes.get(name);
    if (node === undefined) return;
    node.group.setAttribute("data-state", state);
    node.group.setAttribute(
      "aria-label",
      `${name}: ${state}${name === asked ? ", the server of this page" : ""}`,
    );
    setText(node.words, state === "up" && own !== null ? (own.runtime.split(" ")[0] ?? "up") : state);
    this.#note(name, state, changes);
  }

  #showLink(a: string, b: string, state: State, changes: string[]): void {
    const link = this.#lines.get(linkName(a, b));
    if (link === undefined) return;
    link.line.setAttribute("data-state", state);
    link.item.dataset["state"] = state;
    setText(link.item, `${linkName(a, b)}: ${state}`);
    this.#note(`the link ${linkName(a, b)}`, state, changes);
  }

  #note(what: string, state: State, changes: string[]): void {
    const before = this.#states.get(what);
    this.#states.set(what, state);
    if (before !== undefined && before !== state) changes.push(`${what} is ${state}`);
  }

  #build(herd: HerdView): void {
    this.#nodes.clear();
    this.#lines.clear();
    this.#states.clear();
    const svg = makeSvg("svg", {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      class: herd.servers.length > NAMED ? "many" : "few",
      role: "group",
      "aria-labelledby": "servers-title",
    });
    const names = herd.servers.map(({ name }) => name);
    const places = placesOf(ringOrder(names, herd.links.map(({ ends }) => ends)));
    const items = herd.links.map(({ ends: [a, b] }) => {
      const item = make("li");
      item.dataset["link"] = linkName(a, b);
      const [from, to] = [places.get(a)!, places.get(b)!];
      const line = makeSvg("line", { x1: from.x, y1: from.y, x2: to.x, y2: to.y, class: "link" });
      svg.append(line);
      this.#lines.set(linkName(a, b), { line, item });
      return item;
    });
    for (const server of herd.servers) svg.append(this.#node(server, herd, places.get(server.name)!));
    this.#list.replaceChildren(...items);
    this.#box.replaceChildren(svg);
    for (const [name, { label }] of this.#nodes) shorten(label, name, roomFor(places.get(name)!));
  }

  #node({ name, http }: ServerView, { asked, servers }: HerdView, { x, y, size, label }: Place): SVGElement {
    const page = pageOf(http);
    const group = page === undefined || name === asked
      ? makeSvg("g", { role: "img" })
      : makeSvg("a", { href: page });
    group.setAttribute("class", `node color-${this.#palette.indexOf(name)}${name === asked ? " asked" : ""}`);
    group.setAttribute("data-server", name);
    group.setAttribute("transform", `translate(${x} ${y}) scale(${size.toFixed(3)})`);
    const words = makeSvg("text", { x: label.x, y: label.y + STATE_Y, class: `state ${label.side}` });
    group.append(
      makeSvg("circle", { r: 24, class: "touch" }),
      makeSvg("circle", { r: 16, class: "ring" }),
      makeSvg("circle", { r: 10, class: "body" }),
      makeSvg("path", { d: "m-4.5-4.5 9 9m0-9-9 9", class: "cross-out" }),
    );
    const text = makeSvg("text", { x: label.x, y: label.y, class: `name ${label.side}` });
    if (servers.length <= NAMED) group.append(text, words);
    const title = makeSvg("title");
    title.textContent = name === asked ? `${name}, the server of this page` : name;
    group.prepend(title);
    this.#nodes.set(name, { group, label: text, words });
    return group;
  }
}

interface Place {
  readonly x: number;
  readonly y: number;
  /** Of its circles: 1, or less where many stand close. */
  readonly size: number;
  /** Where its name stands, from there. */
  readonly label: { readonly x: number; readonly y: number; readonly side: "left" | "right" | "middle" };
}

function linkName(a: string, b: string): string {
  return `${a}–${b}`;
}

function placesOf(order: readonly string[]): ReadonlyMap<string, Place> {
  const isNamed = order.length <= NAMED;
  const [radiusX, radiusY, middleY] = isNamed ? [RADIUS_X, RADIUS_Y, MIDDLE_Y] : [WIDE_X, WIDE_Y, HEIGHT / 2];
  const size = isNamed ? 1 : Math.min(1, Math.PI * (WIDE_X + WIDE_Y) / order.length / ROOM);
  const away = order.length === 1 ? 0 : 1;
  return new Map(order.map((name, i) => {
    const angle = 2 * Math.PI * i / order.length - Math.PI / 2;
    const x = WIDTH / 2 + away * radiusX * Math.cos(angle);
    const y = middleY + away * radiusY * Math.sin(angle);
    return [name, { x: Math.round(x * 10) / 10, y: Math.round(y * 10) / 10, size, label: labelAt(angle) }];
  }));
}

function labelAt(angle: number): Place["label"] {
  const [east, south] = [Math.cos(angle), Math.sin(angle)];
  if (east > 0.3) return { x: NAME_X, y: south > 0.5 ? 8 : 0, side: "right" };
  if (east < -0.3) return { x: -NAME_X, y: south > 0.5 ? 8 : 0, side: "left" };
  return { x: 0, y: south < 0 ? -NAME_Y - 8 : NAME_Y + 2, side: "middle" };
}

/** How wide a name may be there: to the edge of the picture, and into the margin that it has. */
function roomFor({ x, label: { x: away, side } }: Place): number {
  const left = x + away + MARGIN;
  const right = WIDTH - x - away + MARGIN;
  return side === "left" ? left : side === "right" ? right : 2 * Math.min(left, right);
}

/** Writes as much of `name` as fits, with a sign that there is more. Its title has all of it. */
function shorten(label: SVGTextElement, name: string, room: number): void {
  label.textContent = name;
  const letters = Array.from(name);
  while (letters.length > 1 && label.getComputedTextLength() > room) {
    letters.pop();
    label.textContent = `${letters.join("")}…`;
  }
}

/** Where a server's own page is; undefined for what is no address of the web. */
function pageOf(http: string | null): string | undefined {
  if (http === null || !URL.canParse(http)) return undefined;
  const url = new URL("/", http);
  return url.protocol === "http:" || url.protocol === "https:" ? url.href : undefined;
}
