/** Ends HTTP connections whose answer is not taken. */
import type { Server, Socket } from "node:net";

/** How often they are looked at, at least. */
const LOOK_MS = 1_000;

/** How far a socket had come when that last changed. */
interface Progress {
  takenBytes: number;
  sinceMs: number;
}

/**
 * Destroys each socket of `server` that has something to send and takes none of it for `stalledMs`, until the server
 * is closed. `dropped` is told of each.
 * @param connection the event that brings a socket which answers are written to.
 */
export function dropStalled(
  server: Server,
  connection: "connection" | "secureConnection",
  stalledMs: number,
  dropped: () => void,
): void {
  const sockets = new Map<Socket, Progress>();
  server.on(connection, (socket: Socket) => {
    sockets.set(socket, { takenBytes: 0, sinceMs: performance.now() });
    socket.once("close", () => sockets.delete(socket));
  });
  const timer = setInterval(() => {
    const nowMs = performance.now();
    for (const [socket, progress] of sockets) {
      const takenBytes = socket.bytesWritten - socket.writableLength;
      if (socket.writableLength === 0 || takenBytes !== progress.takenBytes) {
        progress.takenBytes = takenBytes;
        progress.sinceMs = nowMs;
      } else if (nowMs - progress.sinceMs >= stalledMs) {
        dropped();
        socket.destroy();
      }
    }
  }, Math.min(LOOK_MS, stalledMs));
  server.once("close", () => clearInterval(timer));
}
