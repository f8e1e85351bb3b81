/** A real browser that looks at pages of real servers, and what it must never do meanwhile. */
import { existsSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { atEnd, once, test as conformanceTest } from "../conformance/harness.ts";

const isNode = !("Deno" in globalThis);
/** HERD_BROWSER=required: a machine without a browser fails the tests instead of skipping them. */
const REQUIRED = isNode && process.env["HERD_BROWSER"] === "required";

/** No wait for the page is longer than this, in milliseconds. */
export const PATIENCE_MS = 20_000;

function findChromium(): string | undefined {
  const given = process.env["HERD_CHROMIUM"];
  if (given !== undefined && given !== "") return given;
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return ["chromium", "chromium-browser", "google-chrome"]
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((path) => existsSync(path) && statSync(path).isFile());
}

// Only Node drives it, so that a test is not run twice; on Deno the environment may not even be read.
const chromiumPath = isNode ? findChromium() : undefined;

function missing(): string | undefined {
  if (!isNode) return "Node drives the browser";
  if (chromiumPath === undefined && !REQUIRED) return "there is no Chromium; HERD_CHROMIUM names one";
  return undefined;
}

/** Registers a test that wants a browser. */
export function test(name: string, fn: () => Promise<void>): void {
  conformanceTest(`in a browser, ${name}`, fn, missing());
}

const browser = once(async (): Promise<Browser> => {
  if (chromiumPath === undefined) throw new Error("HERD_BROWSER=required, and there is no Chromium in PATH");
  const { chromium } = await import("playwright-core");
  const launched = await chromium.launch({
    executablePath: chromiumPath,
    // The sandbox of Chromium refuses root.
    chromiumSandbox: process.getuid?.() !== 0,
    args: [
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  atEnd(() => launched.close());
  return launched;
});

/** What a page did that no page may do. */
export interface Watched {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors of the console and of scripts. */
  readonly errors: string[];
  /** Requests that went elsewhere. */
  readonly strays: string[];
}

/** Shows `url` in a window of its own to `look`, and fails if the page erred, or asked anybody else. */
export async function withPage(
  url: string,
  look: (watched: Watched) => Promise<void>,
  options: BrowserContextOptions & { readonly mayLoseServer?: boolean } = {},
): Promise<void> {
  const { mayLoseServer = false, ...settings } = options;
  const context = await (await browser()).newContext({ viewport: { width: 1280, height: 800 }, ...settings });
  try {
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    const watched: Watched = { page, context, errors: [], strays: [] };
    const { origin } = new URL(url);
    page.on("request", (request) => {
      if (new URL(request.url()).origin !== origin) watched.strays.push(request.url());
    });
    page.on("pageerror", (error) => watched.errors.push(String(error)));
    page.on("console", (message) => {
      const isLoss = mayLoseServer && /ERR_CONNECTION_|ERR_INCOMPLETE_|ERR_EMPTY_/.test(message.text());
      if (["error", "warning"].includes(message.type()) && !isLoss) watched.errors.push(message.text());
    });
    await page.goto(url);
    const { errors, strays } = watched;
    try {
      await look(watched);
    } catch (error) {
      throw errors.length === 0 ? error : new Error(`the page erred: ${errors.join("; ")}`, { cause: error });
    }
    if (errors.length + strays.length > 0) throw new Error(JSON.stringify({ errors, strays }, null, 2));
  } finally {
    await context.close();
  }
}
