/** How numbers and times are written for people. */

const compact = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });
const grouped = new Intl.NumberFormat("en");

export function count(value: number): string {
  return value < 10_000 ? grouped.format(value) : compact.format(value);
}

/** A rate a second. */
export function rate(value: number): string {
  if (value === 0) return "0";
  return value < 10 ? value.toFixed(1) : count(Math.round(value));
}

/** Decimal degrees with the letters of the sky: `34.06893° N`. */
export function latitude(degrees: number, decimals = 5): string {
  return bearing(degrees, decimals, "N", "S");
}

export function longitude(degrees: number, decimals = 5): string {
  return bearing(degrees, decimals, "E", "W");
}

/** The equator and the meridian of Greenwich are of neither side. */
function bearing(degrees: number, decimals: number, ahead: string, behind: string): string {
  const words = `${Math.abs(degrees).toFixed(decimals)}°`;
  if (degrees === 0) return words;
  return `${words} ${degrees < 0 ? behind : ahead}`;
}

export function kilometers(km: number): string {
  if (km < 1) return `${Math.round(km * 1000)} m`;
  return km < 10 ? `${km.toFixed(1)} km` : `${Math.round(km)} km`;
}

/** How long ago; a clock that is behind shows as now. */
export function ago(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 2) return "now";
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h`;
  return `${Math.floor(whole / 86_400)} d`;
}

/** `tourist_attraction` as people write it. */
export function kind(types: readonly string[]): string {
  return (types[0] ?? "place").replaceAll("_", " ");
}
