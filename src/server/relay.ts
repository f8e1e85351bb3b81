/** Passes one connection on over another, both ways, with what either side may have unread. */
import type { Connection, ConnectionEvents } from "../runtime/runtime.ts";

/**
 * Starts `inner`, and lets whatever comes on either go out on the other.
 * @param unreadBytes what one side may leave unread before the other is not read any more.
 * @returns who is to be told of what happens on `outer`, which has been started already.
 */
export function relay(outer: Connection, inner: Connection, unreadBytes: number): ConnectionEvents {
  inner.start(passOn(inner, outer, unreadBytes));
  return passOn(outer, inner, unreadBytes);
}

function passOn(from: Connection, to: Connection, unreadBytes: number): ConnectionEvents {
  return {
    received(bytes) {
      to.write(bytes);
      if (to.unsentBytes > unreadBytes) from.pause();
    },
    // `from` has room again, so whoever feeds it may be read.
    drained: () => to.resume(),
    ended: () => to.end(),
    closed: () => to.destroy(),
  };
}
