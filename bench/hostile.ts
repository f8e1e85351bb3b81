/**
 * Those that a server could do without: `hostile.ts PORT IDLE SLOW`. IDLE sessions say nothing; SLOW ones ask without
 * end and take a little of what they are told now and then; one more says a line of garbage every millisecond. Says
 * `all are there` when they are, and goes on until it is stopped.
 */
import { connect, type Socket } from "node:net";

const [port = 0, idle = 0, slow = 0] = Deno.args.map(Number);

/** Sessions that are being opened at a time. */
const AT_ONCE = 100;
/** A slow reader takes this much, this often. */
const SIP_BYTES = 4_096;
const SIP_MS = 100;
const GARBAGE_MS = 1;
const GARBAGE_BYTES = 60;

function open(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port }, () => resolve(socket));
    socket.once("error", reject);
  });
}

async function openMany(count: number): Promise<readonly Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const few = Array.from({ length: Math.min(AT_ONCE, count - sockets.length) }, open);
    sockets.push(...await Promise.all(few));
  }
  return sockets;
}

/** Asks as long as the socket takes it, and reads a sip at a time. */
function askWithoutEnd(socket: Socket, number: number): void {
  const line = `IAMAT slow-${number} +34.068930-118.445127 1520023934.918963997\n`;
  const lines = new TextEncoder().encode(line.repeat(1_000));
  const ask = () => {
    while (socket.write(lines));
  };
  socket.on("drain", ask);
  ask();
  socket.pause();
  setInterval(() => void socket.read(Math.min(SIP_BYTES, socket.readableLength)), SIP_MS);
}

function sayGarbage(socket: Socket): void {
  socket.resume();
  setInterval(() => {
    const line = crypto.getRandomValues(new Uint8Array(GARBAGE_BYTES)).map((byte) => byte === 10 ? 0 : byte);
    line[GARBAGE_BYTES - 1] = 10;
    socket.write(line);
  }, GARBAGE_MS);
}

const sockets = await openMany(idle + slow + 1);
// Whoever is closed by the server is missed when its sessions are counted.
for (const socket of sockets) socket.on("close", () => console.log("one was closed"));
for (let i = 0; i < slow; i++) askWithoutEnd(sockets[idle + i]!, i);
sayGarbage(sockets[idle + slow]!);
console.log("all are there");
