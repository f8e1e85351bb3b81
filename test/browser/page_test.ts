/// <reference lib="dom" />
/** The live page, as people use it: a real browser on a herd of real servers. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import {
  FakePlaces,
  freePort,
  freshClient,
  Herd,
  type LinkPair,
  nowNanos,
  once,
  respond,
  startServer,
  tempFile,
  timeText,
  until,
} from "../conformance/harness.ts";
import { test, withPage } from "./browser.ts";

const NAMES = ["Goloman", "Hands", "Holiday"] as const;
const LINKS: readonly LinkPair[] = [["Goloman", "Hands"], ["Hands", "Holiday"]];
const CAMPUS = "+34.068930-118.445127";
const STILL_FRAMES = 6;
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };

interface Scene {
  readonly herd: Herd;
  urlOf(name: string): string;
}

async function topology(names: readonly string[], links: readonly LinkPair[]) {
  const doors = new Map<string, number>();
  const servers: Record<string, object> = {};
  for (const name of names) {
    doors.set(name, await freePort());
    servers[name] = { host: "127.0.0.1", port: await freePort(), http: doors.get(name) };
  }
  return { doors, file: await tempFile("topology.json", JSON.stringify({ servers, links })) };
}

const scene = once(async (): Promise<Scene> => {
  const { doors, file } = await topology(NAMES, LINKS);
  const herd = new Herd(NAMES, file, {});
  await Promise.all(NAMES.map((name) => herd.start(name)));
  await herd.linked();
  return { herd, urlOf: (name) => `http://127.0.0.1:${doors.get(name)}/` };
});

function now(): string {
  return timeText(nowNanos());
}

/** Waits until the page hears of what happens. */
async function isLive(page: Page): Promise<void> {
  await page.locator('#state[data-state="live"]').waitFor();
}

/** Chooses a client as somebody does who knows its ID. */
async function choose(page: Page, client: string): Promise<void> {
  await page.locator("#newest button", { hasText: client }).click();
  await page.locator("#details").waitFor();
  assertEquals(await page.locator("#details-id").textContent(), client);
}

interface Spot {
  readonly x: number;
  readonly y: number;
}

/** Where the page says that the dot of the chosen client is. */
async function spotOf(page: Page): Promise<Spot> {
  const map = page.locator("#map");
  const [x, y] = await Promise.all([map.getAttribute("data-chosen-x"), map.getAttribute("data-chosen-y")]);
  return { x: Number(x), y: Number(y) };
}

/** The colors that a spot of the dots' canvas has, and that a server's dots have. */
async function colorsAt(
  page: Page,
  { x, y }: Spot,
  server: string,
): Promise<{ seen: string; wanted: string }> {
  return await page.evaluate(([left, top, name]) => {
    const canvas = [...document.querySelectorAll<HTMLCanvasElement>(".sheet")].at(-1)!;
    const ratio = canvas.width / canvas.clientWidth;
    const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true })!;
    pen.drawImage(canvas, -Math.round(left * ratio), -Math.round(top * ratio));
    const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data;
    const body = document.querySelector(`[data-server="${name}"] .body`)!;
    return { seen: `rgb(${red}, ${green}, ${blue})`, wanted: getComputedStyle(body).stroke };
  }, [x, y, server] as const);
}

/** Waits until the dot has stood still for some frames, and says where. */
async function restOf(page: Page): Promise<Spot> {
  await page.evaluate(async (frames) => {
    const { dataset } = document.querySelector<HTMLElement>("#map")!;
    let last = "";
    for (let still = 0; still < frames;) {
      await new Promise(requestAnimationFrame);
      const spot = `${dataset["chosenX"]} ${dataset["chosenY"]}`;
      still = spot === last ? still + 1 : 0;
      last = spot;
    }
  }, STILL_FRAMES);
  return await spotOf(page);
}

test("a client that moves on one server moves on the page of another", async () => {
  const { herd, urlOf } = await scene();
  const client = freshClient("moves");
  await withPage(urlOf("Holiday"), async ({ page }) => {
    await isLive(page);
    await herd.server("Goloman").report(client, CAMPUS, now());
    await choose(page, client);
    const position = page.locator("#details-position");
    assertEquals(await position.textContent(), "34.06893° N, 118.44513° W");
    assertEquals(await page.locator("#details-origin").textContent(), "Goloman");
    const before = await restOf(page);
    const stood = await colorsAt(page, before, "Goloman");
    assertEquals(stood.seen, stood.wanted);

    // The map fits one client, so a hundredth of a degree is far on it; still it stays in view.
    await herd.server("Goloman").report(client, "+34.065-118.440", now());
    await page.locator("#details-position", { hasText: "34.06500° N, 118.44000° W" }).waitFor();
    const after = await until("the dot has moved", async () => {
      const spot = await restOf(page);
      return spot.x > before.x + 10 && spot.y > before.y + 10 ? spot : undefined;
    });
    await until("the canvas shows it there", async () => {
      const { seen, wanted } = await colorsAt(page, after, "Goloman");
      return seen === wanted;
    });
    const pin = await page.locator("#pin-name").boundingBox();
    assert(pin !== null && pin.width > 20);
  });
});

test("a link and its server are down once it is killed, and up once it is back", async () => {
  const { herd, urlOf } = await scene();
  await withPage(urlOf("Hands"), async ({ page }) => {
    await isLive(page);
    const link = (state: string) => page.locator(`#links [data-link="Goloman–Hands"][data-state="${state}"]`);
    const server = page.locator('#graph [data-server="Goloman"]');
    await link("up").waitFor({ state: "attached" });
    assertMatch(await server.getAttribute("aria-label") ?? "", /^Goloman: up/);
    assertEquals(await server.getAttribute("href"), urlOf("Goloman"));
    await herd.kill("Goloman");
    await link("down").waitFor({ state: "attached" });
    assertMatch(await server.getAttribute("aria-label") ?? "", /^Goloman: (down|unknown)/);
    await page.locator("#said", { hasText: "Goloman–Hands is down" }).waitFor({ state: "attached" });
    await herd.start("Goloman");
    await link("up").waitFor({ state: "attached" });
    await page.locator('#graph [data-server="Goloman"][data-state="up"]').waitFor();
  });
});

/** Whether an element can be seen from its left edge to its right. */
async function isInFront(page: Page, selector: string): Promise<boolean> {
  return await page.evaluate((wanted) => {
    const element = document.querySelector(wanted)!;
    const { left, right, top, height } = element.getBoundingClientRect();
    return [left + 12, (left + right) / 2, right - 12].every((x) =>
      element.contains(document.elementFromPoint(x, top + height / 2))
    );
  }, selector);
}

test("a page whose server has gone says so, and goes on by itself", async () => {
  const { herd, urlOf } = await scene();
  const client = freshClient("returns");
  await herd.server("Goloman").report(client, CAMPUS, now());
  await withPage(urlOf("Holiday"), async ({ page }) => {
    await isLive(page);
    await choose(page, client);
    await herd.kill("Holiday");
    await page.locator('#state[data-state="reconnecting"]').waitFor();
    await page.locator("#trouble", { hasText: "Holiday cannot be asked" }).waitFor();
    assertEquals(await page.locator("#rates-of").textContent(), "when last heard");
    for (const width of [1280, 1000]) {
      await page.setViewportSize({ width, height: 800 });
      assert(await isInFront(page, "#trouble"), `nothing lies over what is wrong, ${width} pixels wide`);
      assert(await isInFront(page, "#close"), `nor over the button that closes, ${width} pixels wide`);
    }
    await page.locator('#graph [data-server="Holiday"][data-state="down"]').waitFor();
    await herd.start("Holiday");
    await isLive(page);
    await page.locator("#trouble").waitFor({ state: "hidden" });
    await herd.server("Goloman").report(client, "+34.07-118.44", now());
    await page.locator("#details-position", { hasText: "34.07000° N, 118.44000° W" }).waitFor();
  }, { mayLoseServer: true });
});

test("what is near a client is listed, and marked on the map", async () => {
  const { herd, urlOf } = await scene();
  const client = freshClient("near");
  await herd.server("Hands").report(client, CAMPUS, now());
  await withPage(urlOf("Goloman"), async ({ page }) => {
    await isLive(page);
    await choose(page, client);
    await page.getByLabel("Within").fill("1");
    await page.getByLabel("At most").fill("4");
    await page.getByRole("button", { name: "Ask" }).click();
    await page.locator("#places li").nth(3).waitFor();
    assertEquals(await page.locator("#places li").count(), 4);
    assertMatch(await page.locator("#near-words").textContent() ?? "", /^4 places within 1 km/);
    assertMatch(
      await page.locator("#places li").first().textContent() ?? "",
      /UCLA|University|Boelter|Center/,
    );
    assertEquals(await page.locator(".place-mark").allTextContents(), ["1", "2", "3", "4"]);
    await page.getByLabel("Within").fill("0");
    await page.getByRole("button", { name: "Ask" }).click();
    await page.locator("#near-words", { hasText: "Nothing within 0 km" }).waitFor();
    assertEquals(await page.locator(".place-mark").count(), 0);
  });
});

test("what Google finds is listed, but not drawn on a map that is not Google's", async () => {
  const place = { name: "Powell Library", geometry: { location: { lat: 34.0716, lng: -118.4422 } } };
  const said = {
    status: "OK",
    results: [place],
    html_attributions: ["<a href='https://x.test/'>By somebody</a>"],
  };
  const google = await FakePlaces.start(respond(200, JSON.stringify(said)));
  const { doors, file } = await topology(["Welsh"], []);
  const server = await startServer("Welsh", {
    topology: file,
    flags: ["--places", "google", "--places-url", google.base],
    env: { GOOGLE_PLACES_API_KEY: "a-key-for-tests" },
  });
  const client = freshClient("google");
  await server.report(client, CAMPUS, now());
  await withPage(`http://127.0.0.1:${doors.get("Welsh")}/`, async ({ page }) => {
    await isLive(page);
    await page.locator('#graph [data-server="Welsh"]').waitFor();
    await choose(page, client);
    await page.getByRole("button", { name: "Ask" }).click();
    await page.locator("#places li", { hasText: "Powell Library" }).waitFor();
    assertEquals(await page.locator(".place-mark").count(), 0);
    assertMatch(await page.locator("#places-by").textContent() ?? "", /By somebody.*Google/);
    assertEquals(await page.locator("#places-by a").count(), 0);
  });
});

test("all of it can be done by keys alone, and where one is can be seen", async () => {
  const { herd, urlOf } = await scene();
  const client = freshClient("keys");
  await herd.server("Goloman").report(client, CAMPUS, now());
  await herd.agreed(client);
  await withPage(urlOf("Goloman"), async ({ page }) => {
    await isLive(page);
    const { keyboard } = page;
    const focused = () => page.evaluate(() => document.activeElement?.id ?? "");
    await keyboard.press("Tab");
    assertEquals(await page.locator(":focus").textContent(), "Skip the map");
    await keyboard.press("Tab");
    assertEquals(await focused(), "map");
    assert(await page.locator(".cross").isVisible(), "a cross shows what Enter would choose");
    await keyboard.press("Enter");
    await page.locator("#details").waitFor();
    await keyboard.press("Escape");
    await page.locator("#details").waitFor({ state: "hidden" });

    const seen: string[] = [];
    for (let i = 0; i < 40 && await focused() !== "find-id"; i++) {
      await keyboard.press("Tab");
      const outline = await page.evaluate(() => {
        const focus = document.activeElement!;
        const style = getComputedStyle(focus);
        const ring = focus.querySelector(".touch");
        return style.outlineStyle !== "none" || (ring !== null && getComputedStyle(ring).stroke !== "none");
      });
      assert(outline, `the focus on ${await focused()} can be seen`);
      seen.push(await page.evaluate(() => document.activeElement?.getAttribute("data-server") ?? ""));
    }
    assert(seen.includes("Hands"), "the other servers' pages are links");
    await keyboard.type(client);
    await keyboard.press("Enter");
    await page.locator("#details-id", { hasText: client }).waitFor();
    for (let i = 0; i < 40 && await focused() !== "close"; i++) await keyboard.press("Shift+Tab");
    while (await focused() !== "ask") await keyboard.press("Tab");
    await keyboard.press("Enter");
    await page.locator("#places li").first().waitFor();
    await keyboard.press("Escape");
    await page.locator("#details").waitFor({ state: "hidden" });
    assertEquals(await focused(), "find-id", "the focus goes back to where it was");
  });
});

test("who asks for a client that nobody knows is told so", async () => {
  const { urlOf } = await scene();
  await withPage(urlOf("Goloman"), async ({ page, errors }) => {
    await isLive(page);
    await page.getByLabel("Find a client").fill("no/such.client");
    await page.getByLabel("Find a client").press("Enter");
    await page.locator("#find-words", { hasText: "no/such.client: " }).waitFor();
    // The browser itself writes of every 404.
    assertEquals(errors.splice(0).filter((error) => !error.includes("404")), []);
  });
});

/** How much two colors of the page stand out from each other, as WCAG counts it: 1 to 21. */
async function contrast(page: Page, ink: string, paper: string): Promise<number> {
  return await page.evaluate(([one, other]) => {
    const light = (name: string): number => {
      const probe = document.createElement("i");
      probe.style.color = `var(${name})`;
      document.body.append(probe);
      const isGiven = getComputedStyle(document.documentElement).getPropertyValue(name) !== "";
      const parts = (getComputedStyle(probe).color.match(/[\d.]+/g) ?? []).map(Number);
      probe.remove();
      if (!isGiven || parts.length !== 3) throw new Error(`${name} is no color that nothing shines through`);
      const [red = 0, green = 0, blue = 0] = parts.map((part) => {
        const share = part / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const [a, b] = [light(one), light(other)];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  }, [ink, paper] as const);
}

test("it can be read by day and by night", async () => {
  const { urlOf } = await scene();
  const papers: number[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await withPage(urlOf("Goloman"), async ({ page }) => {
      await isLive(page);
      for (const paper of ["--paper", "--paper-2"]) {
        assert(await contrast(page, "--ink", paper) >= 7, `${colorScheme} ink on ${paper}`);
        assert(await contrast(page, "--soft", paper) >= 4.5, `${colorScheme} soft ink on ${paper}`);
        assert(await contrast(page, "--accent", paper) >= 4.5, `${colorScheme} links on ${paper}`);
      }
      assert(await contrast(page, "--on-accent", "--accent") >= 4.5, `${colorScheme} buttons`);
      assert(await contrast(page, "--bad", "--bad-paper") >= 4.5, `${colorScheme} troubles`);
      for (const paper of ["--paper", "--paper-2"]) {
        assert(await contrast(page, "--edge", paper) >= 3, `${colorScheme} edges of fields on ${paper}`);
      }
      for (const ground of ["--land", "--sea"]) {
        assert(await contrast(page, "--grid-text", ground) >= 4.5, `${colorScheme} degrees on ${ground}`);
      }
      for (let dot = 0; dot < 8; dot++) {
        for (const ground of ["--land", "--sea", "--paper"]) {
          assert(
            await contrast(page, `--dot-${dot}`, ground) >= 2.5,
            `${colorScheme} dot ${dot} on ${ground}`,
          );
        }
      }
      const body = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      papers.push(Number(/\d+/.exec(body)?.[0]));
    }, { colorScheme });
  }
  const [day = 0, night = 255] = papers;
  assert(day > 200 && night < 60, `${papers}`);
});

test("it fits a phone, and fingers choose", async () => {
  const { herd, urlOf } = await scene();
  const client = freshClient("phone");
  await withPage(urlOf("Hands"), async ({ page }) => {
    await isLive(page);
    await herd.server("Hands").report(client, "-33.86785+151.20732", now());
    await choose(page, client);
    const isOnScreen = await page.evaluate(() => {
      const { top } = document.querySelector("#details")!.getBoundingClientRect();
      return top >= 0 && top < innerHeight;
    });
    assert(isOnScreen, "what was chosen from the list is to be seen");
    const spot = await restOf(page);
    await page.locator("#close").tap();
    await page.locator("#details").waitFor({ state: "hidden" });
    await page.locator("#map").tap({ position: { x: spot.x + 6, y: spot.y + 6 } });
    await page.locator("#details-id", { hasText: client }).waitFor();
    const { wide, small } = await page.evaluate(() => ({
      wide: document.documentElement.scrollWidth,
      small: [...document.querySelectorAll("button, input, .leaflet-control-zoom a")]
        .filter((node) => node.checkVisibility())
        .map((node) => ({ what: node.id || node.className, height: node.getBoundingClientRect().height }))
        .filter(({ height }) => height < 44),
    }));
    assertEquals(wide, 390, "nothing is beside the screen");
    assertEquals(small, [], "everything is large enough for a finger");
    const [map, details] = await Promise.all([
      page.locator("#map").boundingBox(),
      page.locator("#details").boundingBox(),
    ]);
    assert(map !== null && details !== null && details.y >= map.y + map.height - 1, "one column");
  }, PHONE);
});

test("who wants no motion sees none", async () => {
  const { herd, urlOf } = await scene();
  const client = freshClient("still");
  await herd.server("Hands").report(client, CAMPUS, now());
  await withPage(urlOf("Hands"), async ({ page }) => {
    await isLive(page);
    await choose(page, client);
    await restOf(page);
    await page.evaluate(() => {
      const spots = new Set<string>();
      const map = document.querySelector<HTMLElement>("#map")!;
      new MutationObserver(() => spots.add(`${map.dataset["chosenX"]} ${map.dataset["chosenY"]}`))
        .observe(map, { attributeFilter: ["data-chosen-x", "data-chosen-y"] });
      Object.assign(globalThis, { spots });
    });
    await herd.server("Hands").report(client, "+36-113", now());
    await page.locator("#details-position", { hasText: "36.00000° N" }).waitFor();
    await restOf(page);
    const spots = await page.evaluate(() => [...(globalThis as unknown as { spots: Set<string> }).spots]);
    assertEquals(spots.length, 1, `the dot was at ${spots}`);
  }, { reducedMotion: "reduce" });
});

/** A password that herd could have drawn, and its line in a users file. */
async function drawToken() {
  const token = randomBytes(24).toString("base64url");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  return { token, hash: `sha256:${Buffer.from(digest).toString("hex")}` };
}

/** A server of its own, and the address of its page. */
async function alone(flags: readonly string[] = []) {
  const { doors, file } = await topology(["Welsh"], []);
  const start = () => startServer("Welsh", { topology: file, flags });
  return { start, url: `http://127.0.0.1:${doors.get("Welsh")}/` };
}

/** Makes the page believe that another tab, or another program, lies before it; or that it is back. */
async function hide(page: Page, isHidden: boolean): Promise<void> {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, isHidden);
}

test("a page that is refused says why, and one that nobody looks at makes room", async () => {
  const { start, url } = await alone(["--limit", "httpStreams=1"]);
  const server = await start();
  const client = freshClient("hidden");
  await withPage(url, async ({ page: first }) => {
    await isLive(first);
    await withPage(url, async ({ page: second, errors }) => {
      await second.locator("#trouble", { hasText: "1 streams are open, as many as may be" }).waitFor();
      await hide(first, true);
      await isLive(second);
      await second.locator("#trouble").waitFor({ state: "hidden" });
      // The browser itself writes of every 503.
      assertEquals(errors.splice(0).filter((error) => !error.includes("503")), []);
    });
    await server.report(client, CAMPUS, now());
    await hide(first, false);
    await first.locator("#newest button", { hasText: client }).waitFor();
  });
});

test("a page whose password was changed says what to do, and shows its server as up", async () => {
  const { doors, file } = await topology(["Welsh"], []);
  const { token, hash } = await drawToken();
  const users = await tempFile("users.txt", `board read ${hash}\n`);
  const start = () => startServer("Welsh", { topology: file, flags: ["--users", users] });
  const server = await start();
  // Whoever comes through a proxy is not on this machine.
  const settings = {
    httpCredentials: { username: "board", password: token },
    extraHTTPHeaders: { via: "1.1 proxy" },
    mayLoseServer: true,
  };
  await withPage(`http://127.0.0.1:${doors.get("Welsh")}/`, async ({ page, errors }) => {
    await isLive(page);
    await page.locator('#graph [data-server="Welsh"][data-state="up"]').waitFor();
    await server.kill();
    await page.locator('#graph [data-server="Welsh"][data-state="down"]').waitFor();
    await writeFile(users, `board read ${(await drawToken()).hash}\n`);
    await start();
    await page.locator("#trouble", { hasText: "Welsh does not tell: this needs a user" }).waitFor();
    await page.locator('#graph [data-server="Welsh"][data-state="up"]').waitFor();
    await page.locator("#said", { hasText: "load the page anew" }).waitFor({ state: "attached" });
    assertEquals(errors.splice(0).filter((error) => !error.includes("401")), []);
  }, settings);
});

test("what a server has forgotten is on the page no more", async () => {
  const { start, url } = await alone();
  const server = await start();
  const client = freshClient("forgotten");
  await server.report(client, CAMPUS, now());
  await withPage(url, async ({ page }) => {
    await isLive(page);
    await choose(page, client);
    const spot = await restOf(page);
    const { seen, wanted } = await colorsAt(page, spot, "Welsh");
    assertEquals(seen, wanted);
    await server.kill();
    await page.locator('#state[data-state="reconnecting"]').waitFor();
    await start();
    await page.locator("#clients-sum", { hasText: /^0 known/ }).waitFor();
    await until("the canvas is clear", async () => {
      const color = await colorsAt(page, spot, "Welsh");
      return color.seen === "rgb(0, 0, 0)";
    });
    await page.locator("#nobody").waitFor();
  }, { mayLoseServer: true });
});

test("servers with long names are named within the picture, and a page without clients says what to do", async () => {
  const names = [
    "a-rather-long-name-of-a-server-1a",
    "B",
    "C",
    "another-one-that-is-longer-still-eu-west",
    "E",
  ];
  const { doors, file } = await topology(names, [["B", "C"]]);
  await startServer("B", { topology: file });
  await withPage(`http://127.0.0.1:${doors.get("B")}/`, async ({ page }) => {
    await isLive(page);
    await page.locator("#nobody", { hasText: "deno task send B iamat kiwi +34.0689-118.4451" }).waitFor();
    const panel = await page.locator("#panel").boundingBox();
    assert(panel !== null);
    for (const name of names) {
      const label = page.locator(`#graph [data-server="${name}"] .name`);
      const box = await label.boundingBox();
      assert(box !== null && box.x >= panel.x && box.x + box.width <= panel.x + panel.width, name);
      const said = await label.textContent() ?? "";
      assert(said.endsWith("…") ? name.startsWith(said.slice(0, -1)) : said === name, said);
    }
  });
});

test("the list goes on after somebody has chosen from it", async () => {
  const { start, url } = await alone();
  const server = await start();
  const [one, other] = [freshClient("clicked"), freshClient("later")];
  await server.report(one, CAMPUS, now());
  await withPage(url, async ({ page }) => {
    await isLive(page);
    await choose(page, one);
    await page.mouse.move(300, 300);
    await server.report(other, CAMPUS, now());
    await page.locator("#newest li").first().filter({ hasText: other }).waitFor();
  });
});

test("ages are right where the browser's clock is hours off", async () => {
  const { start, url } = await alone();
  const server = await start();
  const client = freshClient("clock");
  await server.report(client, CAMPUS, now());
  await withPage(url, async ({ page }) => {
    await page.addInitScript(() => {
      const right = Date.now;
      Date.now = () => right() + 3 * 3_600_000;
    });
    await page.reload();
    await isLive(page);
    const row = page.locator("#newest button", { hasText: client });
    assertMatch(await row.locator(".age").textContent() ?? "", /^(now|\d+ s|1 min)$/);
  });
});

test("Show all shows clients at the poles and on both sides of the antimeridian", async () => {
  const { start, url } = await alone();
  const server = await start();
  const places = ["+90+0", "-90+0", "+0+180", "+0-180"];
  const clients = places.map((place) => freshClient(place.replaceAll(/\W/g, "_")));
  for (const [i, client] of clients.entries()) await server.report(client, places[i]!, now());
  await withPage(url, async ({ page }) => {
    await isLive(page);
    const map = await page.locator("#map").boundingBox();
    assert(map !== null);
    for (const client of clients) {
      await choose(page, client);
      await page.locator("#fit").click();
      const { x, y } = await restOf(page);
      assert(x >= 0 && x <= map.width && y >= 0 && y <= map.height, `${client} at ${x}, ${y}`);
    }
  });
});
