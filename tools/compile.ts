/**
 * `deno task compile`: makes dist/herd, one file with the program, its packages and the gazetteer in it. The gazetteer
 * is a module, so nothing has to be included by name.
 */
const PERMISSIONS = [
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-run",
  "--allow-env=GOOGLE_PLACES_API_KEY,HERD_SECRET,HERD_PASSWORD,HERD_TOKEN,HERD_STARTER,INIT_CWD,NO_COLOR",
];

/** A thread's own door, which nothing imports. */
const THREADS = ["--include", "src/main_thread.ts"];

const { code } = await new Deno.Command(Deno.execPath(), {
  args: [
    "compile",
    "--quiet",
    "--no-check",
    ...PERMISSIONS,
    ...THREADS,
    "--output",
    "dist/herd",
    "src/main.ts",
  ],
}).spawn().status;

if (code === 0) {
  console.log("made dist/herd: try dist/herd up");
} else {
  console.error(`
herd: dist/herd was not made. If what failed above is a download: deno compile needs a runtime called denort, which
it fetches from Deno's own site, once for each version. Without a way there, take denort-<target>.zip of Deno
${Deno.version.deno} from Deno's releases on another machine, unpack it, and name the file:

  DENORT_BIN=/path/to/denort deno task compile`);
  Deno.exit(1);
}
