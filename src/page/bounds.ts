/** Every bound of the page, in one place, as src/limits.ts has the server's. Times are in milliseconds. */

/** Clients that the page keeps: beyond it the one that was silent longest makes room. */
export const MOST_CLIENTS = 20_000;
/** Points of one client's trail. */
export const TRAIL_POINTS = 40;
/** How old a trail gets. */
export const TRAIL_MS = 90_000;
/** Pieces of trails drawn at a time, shared by all that are in view. */
export const MOST_TRAIL_PIECES = 20_000;
/** Rings around the newest that are drawn at a time. */
export const MOST_PULSES = 16;
/** Clients in the list of the newest. */
export const LISTED_CLIENTS = 8;
/** Readings in a plot, one each HERD_POLL_MS. */
export const PLOT_READINGS = 90;
/** Pause between two questions about the herd. */
export const HERD_POLL_MS = 2_000;
/** How long any answer may take. */
export const ANSWER_MS = 8_000;
/** How long the clients and the land may take, which are megabytes, on a slow network. */
export const DOWNLOAD_MS = 120_000;
/** Places may be asked of a service on the other side of the world, and the server waits for it. */
export const PLACES_ANSWER_MS = 35_000;
/** Pause before a server that did not answer is tried again: it doubles from the least to the most. */
export const LEAST_RETRY_MS = 1_000;
export const MOST_RETRY_MS = 10_000;
/** A clock of the browser that differs from the server's by no more than this is right. */
export const CLOCK_MS = 5_000;
/** Pairs of links that are looked at for an order of the servers in which few cross: some hundredths of a second. */
export const MOST_PAIRS = 5_000_000;
/** Changes of servers and links that are read aloud one by one; of more it is said how many. */
export const TOLD_CHANGES = 4;
