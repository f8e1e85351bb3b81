/// <reference lib="dom" />
/** Stamps small pictures onto a large one, pixel by pixel. */

/** A square picture: colors as the machine's words of red, green, blue and opacity. */
export interface Pixels {
  readonly side: number;
  readonly colors: Uint32Array;
}

/** The large one. */
export interface Blitter {
  readonly image: ImageData;
  readonly colors: Uint32Array;
}

/** A clear picture of that size: `old` itself where it fits. */
export function blitter(old: Blitter | undefined, width: number, height: number): Blitter {
  if (old !== undefined && old.image.width === width && old.image.height === height) {
    old.colors.fill(0);
    return old;
  }
  const image = new ImageData(Math.max(1, width), Math.max(1, height));
  return { image, colors: new Uint32Array(image.data.buffer) };
}

/** Half of full opacity: an edge's pixel that is fainter gives way to what is there already. */
const HALF = 128;

/** Stamps a picture with its north-west corner at (x, y), whole numbers; what does not fit is left out. */
export function blit(
  { image: { width, height }, colors }: Blitter,
  stamp: Pixels,
  x: number,
  y: number,
): void {
  const { side } = stamp;
  if (x <= -side || y <= -side || x >= width || y >= height) return;
  const firstColumn = Math.max(0, -x);
  const endColumn = Math.min(side, width - x);
  const endRow = Math.min(side, height - y);
  for (let row = Math.max(0, -y); row < endRow; row++) {
    let from = row * side + firstColumn;
    let to = (y + row) * width + x + firstColumn;
    for (let column = firstColumn; column < endColumn; column++, from++, to++) {
      const color = stamp.colors[from]!;
      const opacity = color >>> 24;
      if (opacity >= HALF || (opacity > 0 && colors[to] === 0)) colors[to] = color;
    }
  }
}
