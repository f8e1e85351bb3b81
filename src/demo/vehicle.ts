/** Something that moves through the city, and what it says of itself. */
import { type City, type Point, SPEED_LIMITS, toDegrees } from "./city.ts";
import type { PhoneApp } from "./phone.ts";
import type { Manner } from "./route.ts";

/** Where a vehicle goes, leg by leg. */
export interface Driver {
  /** The next leg from a crossing: the crossings on the way, and how long it stands there first, in seconds, above 0. */
  next(from: number): { readonly way: readonly number[]; readonly standS: number };
}

export class Vehicle {
  /** As its reports name it: `bus-12.la`, or `bike-3.la/osmand` of a phone. */
  readonly id: string;
  /** The app that tells where it is; undefined where it speaks the protocol itself. */
  readonly app: PhoneApp | undefined;
  readonly manner: Manner;
  readonly #city: City;
  readonly #driver: Driver;
  /** The crossing behind it, */
  #behind: number;
  /** those ahead, */
  #ahead: number[] = [];
  /** and how far it has come towards the first of these. */
  #comeM = 0;
  #standS = 0;
  #timeS = 0;

  constructor(
    name: string,
    app: PhoneApp | undefined,
    city: City,
    manner: Manner,
    driver: Driver,
    start: number,
  ) {
    this.id = app === undefined ? name : `${name}/${app}`;
    this.app = app;
    this.manner = manner;
    this.#city = city;
    this.#driver = driver;
    this.#behind = start;
  }

  /** Lets `seconds` pass. */
  advance(seconds: number): void {
    let left = seconds;
    while (left > 0) {
      const used = this.#standS > 0 ? this.#stand(left) : this.#move(left);
      left -= used;
      this.#timeS += used;
    }
  }

  /** @returns the seconds that it took, at most `left`. */
  #stand(left: number): number {
    const used = Math.min(left, this.#standS);
    this.#standS -= used;
    return used;
  }

  #move(left: number): number {
    const next = this.#ahead[0];
    if (next === undefined) {
      const { way, standS } = this.#driver.next(this.#behind);
      this.#ahead = [...way];
      this.#standS = standS;
      return 0;
    }
    const road = this.#city.road(this.#behind, next);
    const speed = Math.min(this.manner.speed, SPEED_LIMITS[road.kind]);
    const neededS = (road.lengthM - this.#comeM) / speed;
    if (neededS > left) {
      this.#comeM += left * speed;
      return left;
    }
    // Where it turns off the way ends for it, and so the light is not waited for.
    if (this.#ahead.length > 1) this.#standS = this.#city.waitS(this.#behind, next, this.#timeS + neededS);
    this.#behind = next;
    this.#ahead.shift();
    this.#comeM = 0;
    return neededS;
  }

  get point(): Point {
    const { x, y } = this.#city.crossing(this.#behind);
    const next = this.#ahead[0];
    if (next === undefined || this.#comeM === 0) return { x, y };
    const to = this.#city.crossing(next);
    const share = this.#comeM / this.#city.road(this.#behind, next).lengthM;
    return { x: x + share * (to.x - x), y: y + share * (to.y - y) };
  }

  /** Its IAMAT, without a line end. @param time POSIX seconds, as decimal text. */
  report(time: string): string {
    const { latitude, longitude } = this.position;
    return `IAMAT ${this.id} ${signed(latitude)}${signed(longitude)} ${time}`;
  }

  /** Decimal degrees in six decimals, a tenth of a meter. */
  get position(): { readonly latitude: string; readonly longitude: string } {
    const { latitude, longitude } = toDegrees(this.point);
    return { latitude: latitude.toFixed(6), longitude: longitude.toFixed(6) };
  }
}

function signed(degrees: string): string {
  return degrees.startsWith("-") ? degrees : `+${degrees}`;
}
