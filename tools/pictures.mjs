// `node tools/pictures.mjs http://127.0.0.1:12100/ [seconds]`: makes docs/page.png and docs/page-phone.png of the live page
// at that address, after as many seconds as trails take to grow. Wants a Chromium: HERD_CHROMIUM, or one in PATH.
import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const DOCS = join(dirname(fileURLToPath(import.meta.url)), "..", "docs");

const PICTURES = [
  {
    path: join(DOCS, "page.png"),
    window: { viewport: { width: 1440, height: 900 }, colorScheme: "light" },
    asksWhatIsNear: true,
  },
  {
    path: join(DOCS, "page-phone.png"),
    window: {
      viewport: { width: 390, height: 844 },
      colorScheme: "dark",
      deviceScaleFactor: 2,
      hasTouch: true,
      isMobile: true,
    },
    asksWhatIsNear: false,
  },
];

function findChromium() {
  const found = (process.env.PATH ?? "").split(delimiter)
    .flatMap((folder) => ["chromium", "chromium-browser", "google-chrome"].map((name) => join(folder, name)))
    .find((path) => existsSync(path));
  return process.env.HERD_CHROMIUM ?? found;
}

/** Chooses the client in the middle of the map, as Enter does there. */
async function chooseInTheMiddle(page) {
  await page.locator("#map").focus();
  await page.keyboard.press("Enter");
  await page.locator("#details").waitFor();
  await page.locator("#map").blur();
}

async function take(browser, url, seconds, { path, window, asksWhatIsNear }) {
  const context = await browser.newContext(window);
  const page = await context.newPage();
  await page.goto(url);
  await page.locator('#state[data-state="live"]').waitFor();
  await page.waitForTimeout(1000 * seconds);
  await page.locator("#fit").click();
  if (asksWhatIsNear) {
    await chooseInTheMiddle(page);
    await page.locator("#radius").fill("0.5");
    await page.locator("#bound").fill("5");
    await page.locator("#ask").click();
    await page.locator("#near-words", { hasNotText: "Asking" }).waitFor();
    await page.locator("#ask").blur();
  }
  await page.waitForTimeout(2000);
  await page.screenshot({ path });
  await context.close();
  console.log(path);
}

const [url, seconds = "60"] = process.argv.slice(2);
if (url === undefined || !URL.canParse(url) || !(Number(seconds) >= 0)) {
  console.error("usage: node tools/pictures.mjs http://127.0.0.1:12100/ [seconds]");
  process.exit(2);
}
const executablePath = findChromium();
if (executablePath === undefined) {
  console.error("there is no Chromium in PATH: install one, or name it in HERD_CHROMIUM");
  process.exit(2);
}
const browser = await chromium.launch({
  executablePath,
  chromiumSandbox: process.getuid?.() !== 0,
  args: ["--disable-gpu"],
});
try {
  for (const picture of PICTURES) await take(browser, url, Number(seconds), picture);
} finally {
  await browser.close();
}
