/**
 * Someone who looks at a server's page: `onlooker.ts PORT`. Reads its events as they come, its state every two
 * seconds and its metrics every five. Says `it looks on` once the events have begun, and ends when they do.
 */
const [port = 0] = Deno.args.map(Number);
const door = `http://127.0.0.1:${port}`;

/** How often the page asks, and how often a scraper does. */
const STATE_MS = 2_000;
const METRICS_MS = 5_000;
const TRIES = 100;
const RETRY_MS = 50;

async function ask(path: string): Promise<void> {
  const response = await fetch(`${door}${path}`);
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
}

/** The door opens a moment after the server's port. */
async function listen(): Promise<Response> {
  for (let tries = 0;; tries++) {
    try {
      return await fetch(`${door}/events?since=now`);
    } catch (error) {
      if (tries === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

const events = await listen();
if (!events.ok || events.body === null) throw new Error(`/events: ${events.status}`);
setInterval(() => void ask("/herd"), STATE_MS);
setInterval(() => void ask("/metrics"), METRICS_MS);
console.log("it looks on");
let bytes = 0;
for await (const piece of events.body) bytes += piece.length;
console.log(`the events ended after ${bytes} bytes`);
Deno.exit(1);
