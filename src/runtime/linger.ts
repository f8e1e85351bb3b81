/** Ending a connection first, in good order. */
import type { Clock, Connection } from "./runtime.ts";

const LINGER_MS = 1_000;

/**
 * Ends `connection` so that what was written arrives: a close while the peer still sends would be a reset, which
 * throws away what the peer has not read. The peer gets a second to end its side too.
 */
export function endFirst(connection: Connection, clock: Clock): void {
  connection.resume();
  connection.end();
  clock.after(LINGER_MS, () => connection.destroy());
}
