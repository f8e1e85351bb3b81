/** In which order servers stand around a circle, so that few links cross. */

import { MOST_PAIRS } from "./bounds.ts";

export type Ends = readonly [string, string];

/**
 * The names in an order found by swapping two as long as that helps, and for as long as a person would wait; the first
 * stays first.
 */
export function ringOrder(names: readonly string[], links: readonly Ends[]): readonly string[] {
  let best = [...names];
  let bestCost = cost(best, links);
  let pairs = 0;
  for (let before = Infinity; bestCost > 0 && bestCost < before;) {
    before = bestCost;
    for (let i = 1; i < best.length; i++) {
      for (let j = i + 1; j < best.length; j++) {
        pairs += links.length ** 2 / 2;
        if (pairs > MOST_PAIRS) return best;
        const tried = [...best];
        [tried[i], tried[j]] = [best[j]!, best[i]!];
        const triedCost = cost(tried, links);
        if (triedCost < bestCost) [best, bestCost] = [tried, triedCost];
      }
    }
  }
  return best;
}

/** A crossing costs more than any length. */
function cost(order: readonly string[], links: readonly Ends[]): number {
  const place = new Map(order.map((name, i) => [name, i]));
  const chords = links.map(([a, b]): readonly [number, number] => {
    const [i, j] = [place.get(a) ?? 0, place.get(b) ?? 0];
    return i < j ? [i, j] : [j, i];
  });
  let lengths = 0;
  let crossings = 0;
  chords.forEach(([a, b], i) => {
    lengths += Math.min(b - a, order.length - (b - a)) - 1;
    for (const [c, d] of chords.slice(i + 1)) {
      if ((a < c && c < b && b < d) || (c < a && a < d && d < b)) crossings++;
    }
  });
  return crossings * order.length * (links.length + 1) + lengths;
}

/** How many links cross, for `order` around a circle. */
export function crossings(order: readonly string[], links: readonly Ends[]): number {
  return Math.floor(cost(order, links) / (order.length * (links.length + 1)));
}
