/** The vehicles of the city: buses on lines, taxis between hubs, bikes and people on foot anywhere. All follow from a seed. */
import { BOULEVARD_COLUMNS, BOULEVARD_ROWS, type City } from "./city.ts";
import type { PhoneApp } from "./phone.ts";
import { Random } from "./random.ts";
import { findRoute, type Manner } from "./route.ts";
import { type Driver, Vehicle } from "./vehicle.ts";

type Kind = "bus" | "taxi" | "bike" | "walker";

/** Of every twenty vehicles. */
const TWENTY: readonly Kind[] = [
  ...Array<Kind>(4).fill("bus"),
  ...Array<Kind>(9).fill("taxi"),
  ...Array<Kind>(5).fill("bike"),
  ...Array<Kind>(2).fill("walker"),
];

/** The most that each goes, in meters a second. */
const SPEEDS: Readonly<Record<Kind, number>> = { bus: 12, taxi: 24, bike: 5.5, walker: 1.4 };

/** Who has a phone, and which apps are on them, in turn. The others speak the protocol themselves. */
const APPS: Readonly<Record<Kind, readonly PhoneApp[]>> = {
  bus: [],
  taxi: [],
  bike: ["osmand", "gpslogger"],
  walker: ["owntracks", "overland"],
};

const LINES = 8;
const HUBS = 9;
/** A bus stops at every so manieth crossing of its line. */
const STOP_EVERY = 3;

/** What all that move share. */
interface Surroundings {
  readonly city: City;
  /** The crossings that streets lead to. */
  readonly anywhere: readonly number[];
  readonly hubs: readonly number[];
  readonly lines: readonly (readonly number[])[];
}

/** `count` vehicles. */
export function makeFleet(city: City, seed: number, count: number): readonly Vehicle[] {
  const random = new Random(seed, "fleet");
  const isOnGrid = (i: number) => city.crossing(i).roads.some(({ kind }) => kind !== "ring");
  const anywhere = city.crossings.map((_, i) => i).filter(isOnGrid);
  const surroundings: Surroundings = {
    city,
    anywhere,
    hubs: Array.from({ length: HUBS }, () => random.pick(anywhere)),
    lines: Array.from({ length: LINES }, () => makeLine(city, random)),
  };
  const made = new Map<Kind, number>();
  return Array.from({ length: count }, (_, i) => {
    // Kinds are spread, so that a small fleet has some of each.
    const kind = TWENTY[(i * 7) % TWENTY.length]!;
    const number = (made.get(kind) ?? 0) + 1;
    made.set(kind, number);
    return makeVehicle(surroundings, kind, number, new Random(seed, `${kind} ${number}`));
  });
}

/** A loop along two boulevards each way. */
function makeLine(city: City, random: Random): readonly number[] {
  const [west, east] = twoOf(BOULEVARD_COLUMNS, random);
  const [south, north] = twoOf(BOULEVARD_ROWS, random);
  const line: number[] = [];
  for (let column = west; column < east; column++) line.push(city.at(column, north));
  for (let row = north; row > south; row--) line.push(city.at(east, row));
  for (let column = east; column > west; column--) line.push(city.at(column, south));
  for (let row = south; row < north; row++) line.push(city.at(west, row));
  return line;
}

/** Two of `list`, the one that comes first there first. */
function twoOf(list: readonly number[], random: Random): readonly [number, number] {
  const first = random.below(list.length - 1);
  return [list[first]!, list[first + 1 + random.below(list.length - 1 - first)]!];
}

function makeVehicle(around: Surroundings, kind: Kind, number: number, random: Random): Vehicle {
  const { city, anywhere, hubs, lines } = around;
  const speed = SPEEDS[kind] * random.between(0.85, 1.1);
  const manner: Manner = { speed, usesRing: kind === "taxi" || kind === "bus" };
  const apps = APPS[kind];
  const app = apps[(number - 1) % apps.length];
  const make = (driver: Driver, start: number) => {
    const vehicle = new Vehicle(`${kind}-${number}.la`, app, city, manner, driver, start);
    // They do not all set out at once.
    vehicle.advance(random.between(0, 300));
    return vehicle;
  };
  switch (kind) {
    case "bus": {
      const line = random.pick(lines);
      const start = random.below(line.length);
      return make(new LineDriver(line, start, random), line[start]!);
    }
    case "taxi":
      return make(new TripDriver(city, hubs, manner, random), random.pick(anywhere));
    case "bike":
    case "walker":
      return make(new TripDriver(city, anywhere, manner, random), random.pick(anywhere));
  }
}

/** Goes round a line, from stop to stop. */
class LineDriver implements Driver {
  readonly #line: readonly number[];
  readonly #random: Random;
  #at: number;

  constructor(line: readonly number[], start: number, random: Random) {
    this.#line = line;
    this.#at = start;
    this.#random = random;
  }

  next() {
    const way = Array.from(
      { length: STOP_EVERY },
      (_, i) => this.#line[(this.#at + i + 1) % this.#line.length]!,
    );
    this.#at = (this.#at + STOP_EVERY) % this.#line.length;
    return { way, standS: this.#random.between(6, 14) };
  }
}

/** Goes from one place to the next. */
class TripDriver implements Driver {
  readonly #city: City;
  readonly #places: readonly number[];
  readonly #manner: Manner;
  readonly #random: Random;

  constructor(city: City, places: readonly number[], manner: Manner, random: Random) {
    this.#city = city;
    this.#places = places;
    this.#manner = manner;
    this.#random = random;
  }

  next(from: number) {
    const way = findRoute(this.#city, from, this.#random.pick(this.#places), this.#manner);
    return { way, standS: this.#random.between(4, 20) };
  }
}
