/** The outlines of the land, as tools/page.mjs packs them: whole numbers, each the difference to the one before. */
import * as v from "valibot";

const landSchema = v.object({
  /** Parts of a degree. */
  scale: v.number(),
  /** longitude, latitude, longitude, latitude, ... */
  rings: v.array(v.array(v.number())),
});

export type LatLng = [number, number];

/** Closed rings of latitude and longitude, in decimal degrees. */
export function readLand(value: unknown): LatLng[][] {
  const { scale, rings } = v.parse(landSchema, value);
  return rings.map((ring) => {
    const points: LatLng[] = [];
    let x = 0;
    let y = 0;
    for (let i = 0; i + 1 < ring.length; i += 2) {
      x += ring[i]!;
      y += ring[i + 1]!;
      points.push([y / scale, x / scale]);
    }
    return points;
  });
}
