// `npm run page`: makes src/gateway/page_assets.ts, the live page in one module, from src/page and the packages that it
// is built with. Nothing has to be built to run herd: the module is committed, and a test holds it to its sources.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const PAGE = join(ROOT, "src", "page");
const OUT = join(ROOT, "src", "gateway", "page_assets.ts");

/** Parts of a degree that the land's outlines are kept in: a thousandth is a hundred meters. */
const LAND_SCALE = 1_000;

/** Browsers of the last years. */
const TARGET = ["chrome109", "firefox115", "safari16.4"];

/** The assets by their paths: each with its type and its text. */
export async function buildPage() {
  const { outputs, inputs } = await bundle();
  const assets = new Map();
  // Names have a hash of what is in them, so that a browser may keep them for ever.
  const names = new Map();
  const add = (name, type, text) => {
    const hash = createHash("sha256").update(text).digest("hex").slice(0, 10);
    const path = `/assets/${name.replace(/(?=\.\w+$)/, `-${hash}`)}`;
    names.set(`/assets/${name}`, path);
    assets.set(path, { type, text });
  };
  add("page.js", "text/javascript; charset=utf-8", outputs.get("page.js"));
  add("page.css", "text/css; charset=utf-8", outputs.get("page.css"));
  add("icon.svg", "image/svg+xml", readFileSync(join(PAGE, "icon.svg"), "utf8"));
  add("land.json", "application/json", land());
  add("licenses.txt", "text/plain; charset=utf-8", licenses([...packagesOf(inputs), "world-atlas"]));
  let index = readFileSync(join(PAGE, "index.html"), "utf8");
  for (const [name, path] of names) {
    if (!index.includes(name)) throw new Error(`index.html does not name ${name}`);
    index = index.replaceAll(name, path);
  }
  assets.set("/", { type: "text/html; charset=utf-8", text: index });
  return assets;
}

async function bundle() {
  const { build } = await import("esbuild");
  const require = createRequire(join(ROOT, "package.json"));
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: { page: join(PAGE, "main.ts"), style: join(PAGE, "page.css") },
    alias: { leaflet: require.resolve("leaflet/dist/leaflet-src.esm.js") },
    bundle: true,
    minify: true,
    format: "esm",
    target: TARGET,
    charset: "utf8",
    legalComments: "eof",
    loader: { ".png": "empty" },
    outdir: join(ROOT, "dist"),
    metafile: true,
    write: false,
    logLevel: "error",
    plugins: [leafletStyle(require)],
  });
  const textOf = (end) => outputFiles.find(({ path }) => path.endsWith(end)).text;
  return {
    outputs: new Map([["page.js", textOf("page.js")], ["page.css", textOf("style.css")]]),
    inputs: Object.keys(metafile.inputs),
  };
}

/** Leaflet's style sheet names pictures of controls and markers that the page has not: none is brought along. */
function leafletStyle(require) {
  return {
    name: "leaflet style",
    setup(build) {
      build.onResolve(
        { filter: /^leaflet\/dist\/leaflet\.css$/ },
        ({ path }) => ({ path: require.resolve(path) }),
      );
      build.onLoad({ filter: /leaflet\.css$/ }, ({ path }) => ({
        contents: readFileSync(path, "utf8").replaceAll(/^.*(?:url\(|behavior:).*$/gm, ""),
        loader: "css",
      }));
    },
  };
}

/** The land of the world at 1:50 million, each ring as differences of whole parts of a degree. */
function land() {
  const require = createRequire(join(ROOT, "package.json"));
  const { feature } = require("topojson-client");
  const atlas = require("world-atlas/land-50m.json");
  const rings = [];
  for (const { geometry } of feature(atlas, atlas.objects.land).features) {
    for (const polygon of geometry.coordinates) {
      for (const ring of polygon) rings.push(...flatRings(ring).map(differences));
    }
  }
  return JSON.stringify({ scale: LAND_SCALE, rings: rings.filter((ring) => ring.length >= 8) });
}

/** A ring of the globe as rings of a flat map: cut at the antimeridian, and closed along a pole that it goes around. */
function flatRings(ring) {
  const unrolled = [];
  let turns = 0;
  ring.forEach(([longitude, latitude], i) => {
    const step = i === 0 ? 0 : longitude - ring[i - 1][0];
    if (Math.abs(step) > 180) turns -= Math.sign(step);
    unrolled.push([longitude + 360 * turns, latitude]);
  });
  if (turns !== 0) {
    const pole = 90 * Math.sign(ring[0][1]);
    unrolled.push([unrolled.at(-1)[0], pole], [unrolled[0][0], pole], unrolled[0]);
  }
  return [-360, 0, 360]
    .map((shift) => unrolled.map(([longitude, latitude]) => [longitude + shift, latitude]))
    .map((shifted) => cut(cut(shifted, -180, 1), 180, -1))
    .filter((part) => part.length > 3);
}

/** The part of a ring that is east (side 1) or west (side -1) of a meridian. */
function cut(ring, meridian, side) {
  const isInside = ([longitude]) => (longitude - meridian) * side >= 0;
  if (ring.every(isInside)) return ring;
  const part = [];
  ring.forEach((point, i) => {
    const next = ring[(i + 1) % ring.length];
    if (isInside(point)) part.push(point);
    if (isInside(point) === isInside(next)) return;
    const share = (meridian - point[0]) / (next[0] - point[0]);
    part.push([meridian, point[1] + share * (next[1] - point[1])]);
  });
  return part;
}

function differences(ring) {
  const numbers = [];
  let x = 0;
  let y = 0;
  for (const [longitude, latitude] of ring) {
    const dx = Math.round(longitude * LAND_SCALE) - x;
    const dy = Math.round(latitude * LAND_SCALE) - y;
    if (dx === 0 && dy === 0 && numbers.length > 0) continue;
    numbers.push(dx, dy);
    x += dx;
    y += dy;
  }
  return numbers;
}

function packagesOf(inputs) {
  const names = inputs.map((path) =>
    /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path.split(sep).join("/"))?.[1]
  );
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}

/** The terms under which the page passes on what others made. */
function licenses(packages) {
  const parts = packages.map((name) => {
    const folder = join(ROOT, "node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = ["LICENSE", "LICENSE.md", "LICENSE.txt"].map((one) => readIfThere(join(folder, one))).find(
      Boolean,
    );
    if (file === undefined) throw new Error(`no license in ${relative(ROOT, folder)}`);
    return `${name} ${version} (${license})\n\n${file.trim()}\n`;
  });
  return `${
    [
      ...parts,
      "The outlines of the land are by Natural Earth, in the public domain.\n",
    ].join(`\n${"-".repeat(80)}\n\n`)
  }`;
}

function readIfThere(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** What is committed now, by its paths: each with its type and its text. */
export async function committedPage() {
  const { PAGE_ASSETS } = await import(`${pathToFileURL(OUT).href}?${Date.now()}`);
  return new Map(
    Object.entries(PAGE_ASSETS).map(([path, { type, gzip }]) => [
      path,
      { type, text: gunzipSync(Buffer.from(gzip, "base64")).toString("utf8") },
    ]),
  );
}

function moduleText(assets) {
  const entries = [...assets].map(([path, { type, text }]) => {
    const etag = createHash("sha256").update(text).digest("hex").slice(0, 20);
    const gzip = gzipSync(text, { level: 9 }).toString("base64");
    return `  ${JSON.stringify(path)}: { type: ${
      JSON.stringify(type)
    }, etag: "${etag}", gzip:\n    "${gzip}" },\n`;
  });
  return `// deno-fmt-ignore-file
/** The live page, made of src/page by \`npm run page\`: not to be changed by hand. */

export interface PageAsset {
  /** Its content type. */
  readonly type: string;
  /** A hash of what is in it. */
  readonly etag: string;
  /** What is in it, compressed with gzip, in base64. */
  readonly gzip: string;
}

/** By path. */
export const PAGE_ASSETS: Readonly<Record<string, PageAsset>> = {
${entries.join("")}};
`;
}

/** Whether two pages are the same; how they were compressed does not count, that differs between machines. */
function isSame(a, b) {
  const plain = (assets) => JSON.stringify([...assets].map(([path, { type, text }]) => [path, type, text]));
  return plain(a) === plain(b);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await import("./ensure_packages.mjs");
  const assets = await buildPage();
  const committed = await committedPage().catch(() => new Map());
  if (isSame(assets, committed)) {
    console.log("src/gateway/page_assets.ts is as its sources are");
  } else {
    const text = moduleText(assets);
    writeFileSync(OUT, text);
    for (const [path, { text }] of assets) {
      console.log(
        `${path}: ${text.length} characters, ${gzipSync(text, { level: 9 }).length} bytes compressed`,
      );
    }
  }
}
