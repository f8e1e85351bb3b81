/**
 * A city that never was, where Los Angeles is: a grid of streets, every fourth of them a boulevard, an avenue across,
 * a ring road around, and parks without streets. Lengths are in meters, x to the east and y to the north.
 */
import { Random } from "./random.ts";

/** Its middle, in degrees: near the protocol's example. */
const CENTER = { latitude: 34.07, longitude: -118.44 };
const METERS_PER_DEGREE = 111_320;

/** Crossings of the grid, from west to east and from south to north. */
const COLUMNS = 33;
const ROWS = 25;
const BLOCK_M = 150;
/** Every so manieth street is a boulevard. */
const BOULEVARD = 4;
/** How far outside the grid the ring road is. */
const RING_M = 300;
/** Between two boulevards, each way; so many of these blocks of blocks have no streets. */
const PARKS = 5;

/** A light shows each way green for so long, in seconds. */
const GREEN_S = 20;

export type RoadKind = "street" | "boulevard" | "ring";

/** What one may drive on it, in meters a second. */
export const SPEED_LIMITS: Readonly<Record<RoadKind, number>> = { street: 9, boulevard: 14, ring: 25 };

/** One way along a road, from the crossing that has it. */
export interface Road {
  readonly to: number;
  readonly kind: RoadKind;
  readonly lengthM: number;
}

export interface Crossing {
  readonly x: number;
  readonly y: number;
  readonly roads: readonly Road[];
  /** When its light is green to the north and the south, in seconds from the beginning of each turn, if it has one. */
  readonly lightS: number | undefined;
}

interface NewCrossing extends Crossing {
  readonly roads: Road[];
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export class City {
  readonly crossings: readonly Crossing[];

  constructor(seed: number) {
    this.crossings = build(new Random(seed, "city"));
  }

  crossing(index: number): Crossing {
    return this.crossings[index]!;
  }

  /** The road from one crossing to the next. */
  road(from: number, to: number): Road {
    return this.crossing(from).roads.find((road) => road.to === to)!;
  }

  /** The number of the crossing in a column and a row of the grid. */
  at(column: number, row: number): number {
    return gridIndex(column, row);
  }

  /** How long whoever comes from `from` to `at` has to wait for green there, at `timeS`. */
  waitS(from: number, at: number, timeS: number): number {
    const { x, y, lightS } = this.crossing(at);
    if (lightS === undefined) return 0;
    const before = this.crossing(from);
    const isNorthSouth = Math.abs(y - before.y) > Math.abs(x - before.x);
    const phaseS = (timeS + lightS + (isNorthSouth ? 0 : GREEN_S)) % (2 * GREEN_S);
    return phaseS < GREEN_S ? 0 : 2 * GREEN_S - phaseS;
  }
}

/** Columns and rows of boulevards. */
export const BOULEVARD_COLUMNS: readonly number[] = everyFourth(COLUMNS);
export const BOULEVARD_ROWS: readonly number[] = everyFourth(ROWS);

function everyFourth(count: number): readonly number[] {
  return Array.from({ length: Math.ceil(count / BOULEVARD) }, (_, i) => i * BOULEVARD);
}

/** Decimal degrees of a point of the city. */
export function toDegrees({ x, y }: Point): { readonly latitude: number; readonly longitude: number } {
  const perDegree = METERS_PER_DEGREE * Math.cos(CENTER.latitude * Math.PI / 180);
  return { latitude: CENTER.latitude + y / METERS_PER_DEGREE, longitude: CENTER.longitude + x / perDegree };
}

function gridIndex(column: number, row: number): number {
  return row * COLUMNS + column;
}

function build(random: Random): readonly Crossing[] {
  const crossings: NewCrossing[] = [];
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++) crossings.push(gridCrossing(column, row, random));
  }
  addGrid(crossings, choosePark(random));
  addAvenue(crossings);
  addRing(crossings);
  return crossings;
}

function gridCrossing(column: number, row: number, random: Random): NewCrossing {
  const hasLight = column % BOULEVARD === 0 && row % BOULEVARD === 0;
  return {
    x: (column - (COLUMNS - 1) / 2) * BLOCK_M,
    y: (row - (ROWS - 1) / 2) * BLOCK_M,
    roads: [],
    lightS: hasLight ? random.between(0, 2 * GREEN_S) : undefined,
  };
}

/** Whether a crossing lies in a park. Boulevards lie in none. */
function choosePark(random: Random): (column: number, row: number) => boolean {
  const parks = new Set<string>();
  const across = BOULEVARD_COLUMNS.length - 1, up = BOULEVARD_ROWS.length - 1;
  while (parks.size < PARKS) parks.add(`${random.below(across)} ${random.below(up)}`);
  return (column, row) =>
    column % BOULEVARD !== 0 && row % BOULEVARD !== 0 &&
    parks.has(`${Math.floor(column / BOULEVARD)} ${Math.floor(row / BOULEVARD)}`);
}

function addGrid(crossings: NewCrossing[], isPark: (column: number, row: number) => boolean): void {
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++) {
      if (isPark(column, row)) continue;
      const here = gridIndex(column, row);
      if (column + 1 < COLUMNS && !isPark(column + 1, row)) {
        join(crossings, here, gridIndex(column + 1, row), row % BOULEVARD === 0 ? "boulevard" : "street");
      }
      if (row + 1 < ROWS && !isPark(column, row + 1)) {
        join(crossings, here, gridIndex(column, row + 1), column % BOULEVARD === 0 ? "boulevard" : "street");
      }
    }
  }
}

/** Two blocks to the east for each to the north, from one edge of the grid to the other. */
function addAvenue(crossings: NewCrossing[]): void {
  const first = BOULEVARD;
  for (let i = 0; 2 * (i + 1) < COLUMNS; i++) {
    join(crossings, gridIndex(2 * i, first + i), gridIndex(2 * (i + 1), first + i + 1), "boulevard");
  }
}

/** A rectangle with round corners, joined to the ends of the boulevards. */
function addRing(crossings: NewCrossing[]): void {
  const east = (COLUMNS - 1) / 2 * BLOCK_M, north = (ROWS - 1) / 2 * BLOCK_M;
  const add = (x: number, y: number): number => crossings.push({ x, y, roads: [], lightS: undefined }) - 1;
  const ring: number[] = [];
  /** The end of a boulevard, and the way out to the ring. */
  const out = (end: number, dx: number, dy: number) => {
    const { x, y } = crossings[end]!;
    const there = add(x + dx * RING_M, y + dy * RING_M);
    join(crossings, end, there, "boulevard");
    ring.push(there);
  };
  const corner = (x: number, y: number, fromDegrees: number) => {
    for (const step of [30, 60]) {
      const angle = (fromDegrees - step) * Math.PI / 180;
      ring.push(add(x + RING_M * Math.cos(angle), y + RING_M * Math.sin(angle)));
    }
  };
  for (const column of BOULEVARD_COLUMNS) out(gridIndex(column, ROWS - 1), 0, 1);
  corner(east, north, 90);
  for (const row of BOULEVARD_ROWS.toReversed()) out(gridIndex(COLUMNS - 1, row), 1, 0);
  corner(east, -north, 0);
  for (const column of BOULEVARD_COLUMNS.toReversed()) out(gridIndex(column, 0), 0, -1);
  corner(-east, -north, -90);
  for (const row of BOULEVARD_ROWS) out(gridIndex(0, row), -1, 0);
  corner(-east, north, 180);
  ring.forEach((here, i) => join(crossings, here, ring[(i + 1) % ring.length]!, "ring"));
}

/** Both ways. */
function join(crossings: NewCrossing[], a: number, b: number, kind: RoadKind): void {
  const one = crossings[a]!, other = crossings[b]!;
  const lengthM = Math.hypot(other.x - one.x, other.y - one.y);
  one.roads.push({ to: b, kind, lengthM });
  other.roads.push({ to: a, kind, lengthM });
}
