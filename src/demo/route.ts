/** The fastest way from one crossing to another. */
import { type City, SPEED_LIMITS } from "./city.ts";

export interface Manner {
  /** The most, in meters a second. */
  readonly speed: number;
  readonly usesRing: boolean;
}

/** The crossings on the way, without the one that it starts from; empty where there is no way, or none is needed. */
export function findRoute(city: City, from: number, to: number, { speed, usesRing }: Manner): number[] {
  const seconds = new Map([[from, 0]]);
  const cameFrom = new Map<number, number>();
  const open = new Set([from]);
  while (open.size > 0) {
    const here = nearest(open, seconds);
    if (here === to) return trace(cameFrom, from, to);
    open.delete(here);
    for (const road of city.crossing(here).roads) {
      if (road.kind === "ring" && !usesRing) continue;
      const there = seconds.get(here)! + road.lengthM / Math.min(speed, SPEED_LIMITS[road.kind]);
      if (there >= (seconds.get(road.to) ?? Infinity)) continue;
      seconds.set(road.to, there);
      cameFrom.set(road.to, here);
      open.add(road.to);
    }
  }
  return [];
}

function nearest(open: ReadonlySet<number>, seconds: ReadonlyMap<number, number>): number {
  let best = -1;
  let least = Infinity;
  for (const one of open) {
    const time = seconds.get(one)!;
    if (time >= least) continue;
    least = time;
    best = one;
  }
  return best;
}

function trace(cameFrom: ReadonlyMap<number, number>, from: number, to: number): number[] {
  const way: number[] = [];
  for (let at = to; at !== from; at = cameFrom.get(at)!) way.push(at);
  return way.reverse();
}
