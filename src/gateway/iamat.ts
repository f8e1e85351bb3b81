/** From a location as programs and phones have it to the line that a client of the herd would send. */

export interface Location {
  readonly id: string;
  /** Decimal degrees. */
  readonly latitude: number;
  readonly longitude: number;
  /** POSIX seconds, as decimal text with up to nine decimals. */
  readonly time: string;
}

/** Decimals of a coordinate: a tenth of a millimeter. More is noise, and `1e-7` is no position. */
const DECIMALS = 9;

/** The IAMAT of `location`, without its line end. Whether it is valid is for the server to say. */
export function iamatLine({ id, latitude, longitude, time }: Location): string {
  return `IAMAT ${id} ${coordinate(latitude)}${coordinate(longitude)} ${time}`;
}

function coordinate(degrees: number): string {
  const text = degrees.toFixed(DECIMALS).replace(/\.?0+$/, "");
  return text.startsWith("-") ? text : `+${text}`;
}
