/// <reference lib="dom" />
/** The live page: brings together what is heard of the herd and what is shown of it. */
import type { HerdView, Report } from "./answers.ts";
import { ClientsLayer } from "./clients_layer.ts";
import { DetailsView } from "./details_view.ts";
import { announce, element, setText } from "./dom.ts";
import { Feed, type FeedState } from "./feed.ts";
import { Fleet } from "./fleet.ts";
import { HerdGraph } from "./herd_view.ts";
import { pollHerd } from "./herd_poll.ts";
import { drawLand, fitClients, makeMap } from "./map_view.ts";
import { NearView } from "./near_view.ts";
import { NewestView } from "./newest_view.ts";
import { Palette } from "./palette.ts";
import { PinView } from "./pin_view.ts";
import { choosesByPointing } from "./pointing.ts";
import { RateMeter } from "./rates.ts";
import { RatesView } from "./rates_view.ts";
import { Retry } from "./retry.ts";
import { Selection } from "./selection.ts";
import { byAge } from "./times.ts";

/** Pause between two looks at what has changed, for all that is words. */
const WORDS_MS = 500;
/** For so long after the first client the map is moved to show those that come after it. */
const GATHERING_MS = 10_000;
/** Pixels that the chosen client keeps from the edges of the map. */
const EDGE = 40;

const stillness = matchMedia("(prefers-reduced-motion: reduce)");
const palette = new Palette();
const fleet = new Fleet();
const selection = new Selection();
const mapBox = element("#map", HTMLElement);
const map = makeMap(mapBox, stillness.matches);
const layer = new ClientsLayer(map, fleet, palette, selection);
const pin = new PinView(fleet, layer, selection);
const details = new DetailsView(fleet, palette, selection);
const near = new NearView(map, fleet, palette, selection);
const newest = new NewestView(fleet, palette, selection, (report) => hear(report, false));
const graph = new HerdGraph(palette);
const rates = new RatesView(new RateMeter());
/** Once somebody has touched the map, or chosen a client, it stays where it is. */
let isTouched = false;
/** When the first client was heard, and how many there were when the map was last moved to show them. */
let firstMs = 0;
let fitted = 0;

function hear(report: Report, isNew: boolean): void {
  const nowMs = performance.now();
  const track = fleet.hear(report, nowMs, isNew && !stillness.matches);
  layer.heard(track, nowMs, isNew && !stillness.matches);
}

/** Shows all clients at the start, and again while the first of them gather. */
function fitAtStart(): void {
  if (isTouched || fleet.size === fitted) return;
  if (fitted === 0) firstMs = performance.now();
  if (performance.now() - firstMs > GATHERING_MS) return;
  fitted = fleet.size;
  fitClients(map, fleet);
}

function showFeedState(state: FeedState, why = ""): void {
  const words = { connecting: "Connecting", live: "Live", reconnecting: "Reconnecting" }[state];
  const pill = element("#state", HTMLElement);
  if (pill.dataset["state"] !== state) {
    pill.dataset["state"] = state;
    setText(element("#state-words", HTMLElement), words);
    announce(state === "live" ? "Live." : "The connection is lost. Trying again.");
  }
  showTroubles({ feed: why === "" ? "" : `No news of the clients: ${why}. Trying again…` });
}

/** What goes wrong now; the herd's silence explains the feed's. */
const troubles = { herd: "", feed: "" };

function showTroubles(changed: Partial<typeof troubles>): void {
  Object.assign(troubles, changed);
  const words = troubles.herd || troubles.feed;
  const trouble = element("#trouble", HTMLElement);
  if (words !== "" && words !== trouble.textContent) announce(words);
  trouble.hidden = words === "";
  setText(trouble, words);
}

function showHerd(herd: HerdView, nowMs: number): void {
  document.title = `${herd.asked} · ${herd.herd}`;
  setText(element("#herd", HTMLElement), herd.herd);
  setText(element("#asked", HTMLElement), `as ${herd.asked} knows it`);
  if (troubles.herd !== "") feed.listenAnew();
  showTroubles({ herd: "" });
  near.provider = herd.servers.find(({ name }) => name === herd.asked)?.own?.places ?? "";
  const before = JSON.stringify(herd.servers.map(({ name }) => palette.indexOf(name)));
  graph.show(herd);
  rates.show(herd, nowMs);
  element("#legend", HTMLElement).hidden = herd.servers.length < 2;
  setText(element("#nobody-try", HTMLElement), `deno task send ${herd.asked} iamat kiwi +34.0689-118.4451`);
  if (before !== JSON.stringify(herd.servers.map(({ name }) => palette.indexOf(name)))) layer.refresh();
  lastHerd = herd;
}

let lastHerd: HerdView | undefined;

/** Of a server that does not tell, this one's page knows nothing of the others either. */
function showTrouble(words: string, hasAnswered: boolean): void {
  const asked = lastHerd?.asked;
  if (lastHerd !== undefined) {
    const state = hasAnswered ? "up" : "down";
    graph.show({
      ...lastHerd,
      servers: lastHerd.servers.map((server) => ({
        ...server,
        state: server.name === asked ? state : "unknown",
      })),
      links: lastHerd.links.map((link) => ({ ...link, state: "unknown" })),
    });
  }
  rates.stale();
  const what = hasAnswered ? "does not tell" : "cannot be asked";
  showTroubles({ herd: `${asked ?? "The server"} ${what}: ${words}. Trying again…` });
}

function showWords(): void {
  fitAtStart();
  newest.show();
  details.show();
  element("#nobody", HTMLElement).hidden = fleet.size > 0 ||
    element("#state", HTMLElement).dataset["state"] !== "live";
}

function draw(): void {
  const nowMs = performance.now();
  layer.draw(nowMs);
  pin.draw(nowMs);
  requestAnimationFrame(draw);
}

/** The chosen client stands in the page's address, so that it can be passed on. */
function keepInAddress(id: string | undefined): void {
  history.replaceState(null, "", id === undefined ? location.pathname : `#${encodeURIComponent(id)}`);
}

function chooseFromAddress(): void {
  try {
    const id = decodeURIComponent(location.hash.slice(1));
    if (id !== "" && fleet.get(id) !== undefined) selection.choose(id);
  } catch { /* An address that somebody broke chooses nobody. */ }
}

function bringIntoView(id: string | undefined): void {
  const track = id === undefined ? undefined : fleet.get(id);
  if (track === undefined) return;
  isTouched = true;
  // The details lie over the map where it is wide; else below it, and far above the list.
  const card = element("#details", HTMLElement);
  const isOver = getComputedStyle(card).position === "absolute";
  const covered = isOver ? card.offsetLeft + card.offsetWidth : 0;
  if (!isOver) element(".stage", HTMLElement).scrollIntoView({ block: "start" });
  const { x: width, y: height } = map.getSize();
  const { x, y } = layer.pointOf(track, performance.now());
  const isSeen = x > covered + EDGE && x < width - EDGE && y > EDGE && y < height - EDGE;
  if (isSeen) return;
  map.panBy([x - (covered + width) / 2, y - height / 2], { animate: !stillness.matches });
}

function bringLand(retry: Retry): void {
  drawLand(map, element("#land", HTMLLinkElement).href, palette).catch(() => {
    setTimeout(() => bringLand(retry), retry.next());
  });
}

const feed = new Feed({
  known(reports) {
    fleet.forgetAll();
    layer.refresh();
    for (const report of byAge(reports)) hear(report, false);
    fitAtStart();
    chooseFromAddress();
    showWords();
  },
  report: (report) => hear(report, true),
  restart() {
    fleet.forgetAll();
    layer.refresh();
  },
  state: showFeedState,
});

function start(): void {
  const fit = () => fitClients(map, fleet);
  element("#fit", HTMLButtonElement).addEventListener("click", fit);
  choosesByPointing(map, layer, selection, fit);
  selection.onChange(keepInAddress);
  addEventListener("hashchange", chooseFromAddress);
  selection.onChange(bringIntoView);
  selection.onChange(showWords);
  for (const touch of ["pointerdown", "wheel", "keydown"]) {
    mapBox.addEventListener(touch, () => isTouched = true, { passive: true });
  }
  bringLand(new Retry());
  feed.start();
  pollHerd({ herd: showHerd, trouble: showTrouble });
  setInterval(showWords, WORDS_MS);
  requestAnimationFrame(draw);
}

start();
