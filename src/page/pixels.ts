/// <reference lib="dom" />
/**
 * Draws small pictures and lines pixel by pixel: ten thousand calls of the canvas take longer than a frame where no
 * graphics processor helps.
 */

/** Pixels around a sheet that can be written but are not seen, so that nothing has to be cut at its edges. */
export const MARGIN = 16;

/** A picture's pixels that are not clear. */
export interface Stamp {
  /** Where each stands on a sheet, counted from the picture's north-west corner. */
  readonly places: Uint32Array;
  /** As the machine's words of red, green, blue and opacity. */
  readonly colors: Uint32Array;
  /** So many of them, the first, are opaque enough to stand before all else; the others give way to what is there. */
  readonly solid: number;
}

/** What is drawn on. */
export interface Sheet {
  /** With the margin. */
  readonly image: ImageData;
  readonly colors: Uint32Array;
}

/** Half of full opacity. */
const HALF = 128;

/** A clear sheet of that size: `old` itself where it fits. */
export function clearSheet(old: Sheet | undefined, width: number, height: number): Sheet {
  const [wide, high] = [width + 2 * MARGIN, height + 2 * MARGIN];
  if (old?.image.width === wide && old.image.height === high) {
    old.colors.fill(0);
    return old;
  }
  const image = new ImageData(wide, high);
  return { image, colors: new Uint32Array(image.data.buffer) };
}

/** Shows what is drawn on `sheet`, in place of all that the canvas had. */
export function showSheet(pen: CanvasRenderingContext2D, { image }: Sheet): void {
  pen.putImageData(image, -MARGIN, -MARGIN);
}

/**
 * @param side of the picture, at most MARGIN.
 * @param width of the canvas that it is for.
 */
export function makeStamp(pixels: Uint32Array, side: number, width: number): Stamp {
  const opacity = (i: number) => pixels[i]! >>> 24;
  const all = [...pixels.keys()].filter((i) => opacity(i) > 0);
  const solid = all.filter((i) => opacity(i) >= HALF);
  const order = [...solid, ...all.filter((i) => opacity(i) < HALF)];
  return {
    places: Uint32Array.from(order, (i) => Math.floor(i / side) * (width + 2 * MARGIN) + i % side),
    colors: Uint32Array.from(order, (i) => pixels[i]!),
    solid: solid.length,
  };
}

/** Stamps a picture with its north-west corner at (x, y), whole numbers; one that is not wholly within the margin, not. */
export function stampAt(
  { image: { width, height }, colors: all }: Sheet,
  stamp: Stamp,
  x: number,
  y: number,
): void {
  if (x < -MARGIN || y < -MARGIN || x > width - 2 * MARGIN || y > height - 2 * MARGIN) return;
  const corner = (y + MARGIN) * width + x + MARGIN;
  const { places, colors, solid } = stamp;
  for (let i = 0; i < solid; i++) all[corner + places[i]!] = colors[i]!;
  for (let i = solid; i < places.length; i++) {
    const at = corner + places[i]!;
    if (all[at] === 0) all[at] = colors[i]!;
  }
}

/**
 * A line of that many pixels' thickness (fewer than MARGIN) between two points, where nothing more opaque stands. What
 * of it is outside of the sheet is left out.
 */
export function lineOn(
  { image: { width, height }, colors }: Sheet,
  color: number,
  thick: number,
  [x1, y1, x2, y2]: readonly [number, number, number, number],
): void {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const right = width - 2 * MARGIN;
  const bottom = height - 2 * MARGIN;
  // The part of the way that is within: from 0, its start, to 1, its end.
  let [from, to] = [0, 1];
  for (
    const [step, room] of [[-dx, x1 + MARGIN], [dx, right - x1], [-dy, y1 + MARGIN], [
      dy,
      bottom - y1,
    ]] as const
  ) {
    if (step === 0 && room < 0) return;
    if (step < 0) from = Math.max(from, room / step);
    if (step > 0) to = Math.min(to, room / step);
  }
  if (from > to) return;
  const steps = Math.ceil(Math.max(Math.abs(dx), Math.abs(dy)) * (to - from));
  const aside = Math.abs(dx) > Math.abs(dy) ? width : 1;
  const opacity = color >>> 24;
  for (let i = 0; i <= steps; i++) {
    const part = steps === 0 ? from : from + (to - from) * i / steps;
    let at = (Math.round(y1 + dy * part) + MARGIN) * width + Math.round(x1 + dx * part) + MARGIN;
    for (let j = 0; j < thick; j++, at += aside) if (colors[at]! >>> 24 < opacity) colors[at] = color;
  }
}
