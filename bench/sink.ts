/**
 * Neighbors that cost next to nothing: they take links as servers do, read what is flooded, and throw it away. With
 * them a relaying server's own cost shows, whatever processors its neighbors would have to share.
 *
 *   sink.ts TOPOLOGY NAME...
 *
 * On SIGTERM it says `received {…}`: the bytes that came on each link.
 */
import { type Hello, parseHandshake, Prover, renderHandshake, toHex } from "../src/herd/handshake.ts";
import { parseTopology } from "../src/herd/topology.ts";
import { BEAT_LINE } from "../src/wire/link_message.ts";

const READ_BYTES = 262_144;
const BEAT_MS = 5_000;

const [path = "", ...names] = Deno.args;
const topology = parseTopology(await Deno.readTextFile(path));
const prover = new Prover(crypto.subtle, []);
const received: Record<string, number> = {};

for (const { name, host, port } of topology.servers) {
  if (names.includes(name)) acceptLinks(name, Deno.listen({ hostname: host, port }));
}
Deno.addSignalListener("SIGTERM", () => {
  console.log(`received ${JSON.stringify(received)}`);
  Deno.exit(0);
});

async function acceptLinks(name: string, listener: Deno.TcpListener): Promise<void> {
  for await (const conn of listener) takeLink(name, conn).catch(() => {/* The server is gone. */});
}

async function takeLink(name: string, conn: Deno.TcpConn): Promise<void> {
  const hello = parseHandshake(await readLine(conn));
  if (hello?.kind !== "hello") return conn.close();
  await greet(conn, hello);
  const beat = setInterval(() => conn.write(BEAT_LINE).catch(() => {/* The read says so. */}), BEAT_MS);
  const buffer = new Uint8Array(READ_BYTES);
  received[name] ??= 0;
  try {
    for (let count = await conn.read(buffer); count !== null; count = await conn.read(buffer)) {
      received[name] += count;
    }
  } finally {
    clearInterval(beat);
    conn.close();
  }
}

/** The acceptor's part of the handshake. Any proof will do. */
async function greet(conn: Deno.TcpConn, hello: Hello): Promise<void> {
  const bare = { kind: "challenge" as const, nonce: randomHex(), run: randomHex(), held: undefined };
  await say(conn, renderHandshake({ ...bare, proof: await prover.prove("acceptor", hello, bare) }));
  await readLine(conn);
  await say(conn, renderHandshake({ kind: "welcome" }));
}

async function say(conn: Deno.TcpConn, text: string): Promise<void> {
  await conn.write(new TextEncoder().encode(text));
}

/** One line, read byte by byte so that nothing behind it is taken. */
async function readLine(conn: Deno.TcpConn): Promise<string> {
  const byte = new Uint8Array(1);
  let line = "";
  while (await conn.read(byte) !== null && byte[0] !== 0x0a) line += String.fromCharCode(byte[0] ?? 0);
  return line;
}

function randomHex(): string {
  return toHex(crypto.getRandomValues(new Uint8Array(16)));
}
