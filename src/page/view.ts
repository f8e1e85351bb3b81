/** What of the world the map shows, in the numbers that drawing thousands of dots wants. */

export interface View {
  /** Pixels that the whole world is wide. */
  readonly scale: number;
  /** Pixels from the world's north-west corner to the map's. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Whether two show the same. */
export function isSameView(a: View, b: View): boolean {
  return a.scale === b.scale && a.left === b.left && a.top === b.top && a.width === b.width &&
    a.height === b.height;
}
