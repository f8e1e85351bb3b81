/** Positions on the map: Web Mercator, with the world as a square of side 1 and (0, 0) at its north-west corner. */

/** Where the square ends: what is nearer to a pole is drawn at its edge. Decimal degrees. */
export const MOST_LATITUDE = 85.051128779807;

const EARTH_RADIUS_KM = 6371.0088;
const RADIANS = Math.PI / 180;

/** @param longitude decimal degrees, -180 to 180. */
export function worldX(longitude: number): number {
  return (longitude + 180) / 360;
}

/** @param latitude decimal degrees, -90 to 90. */
export function worldY(latitude: number): number {
  const sine = Math.sin(Math.max(-MOST_LATITUDE, Math.min(MOST_LATITUDE, latitude)) * RADIANS);
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
}

/** The longitude at `x`, in decimal degrees. */
export function longitudeAt(x: number): number {
  return x * 360 - 180;
}

/** The latitude at `y`, in decimal degrees. */
export function latitudeAt(y: number): number {
  return Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) / RADIANS;
}

export interface Position {
  /** Decimal degrees. */
  readonly latitude: number;
  readonly longitude: number;
}

/** The way between two positions over the ground, in kilometers. */
export function distanceKm(a: Position, b: Position): number {
  const north = Math.sin((b.latitude - a.latitude) * RADIANS / 2);
  const east = Math.sin((b.longitude - a.longitude) * RADIANS / 2);
  const h = north * north +
    Math.cos(a.latitude * RADIANS) * Math.cos(b.latitude * RADIANS) * east * east;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(h)));
}
