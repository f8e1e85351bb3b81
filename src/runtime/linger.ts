/** Ending a connection first, in good order. */
import { FIXED_WAITS } from "../limits.ts";
import type { Clock, Connection } from "./runtime.ts";

/**
 * Ends `connection` so that what was written arrives: a close while the peer still sends would be a reset, which
 * throws away what the peer has not read. The peer gets a second to end its side too.
 */
export function endFirst(connection: Connection, clock: Clock): void {
  connection.resume();
  connection.end();
  clock.after(FIXED_WAITS.lingerMs, () => connection.destroy());
}
