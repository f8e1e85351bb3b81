/** All clients that the page knows, in the order of their newest reports. */
import type { Report } from "./answers.ts";
import { MOST_CLIENTS } from "./bounds.ts";
import { Track } from "./track.ts";

export class Fleet {
  /** The one heard last comes last. */
  readonly #tracks = new Map<string, Track>();
  readonly #most: number;

  constructor(most: number = MOST_CLIENTS) {
    this.#most = most;
  }

  get size(): number {
    return this.#tracks.size;
  }

  get(id: string): Track | undefined {
    return this.#tracks.get(id);
  }

  /** The one that was silent longest comes first. */
  all(): Iterable<Track> {
    return this.#tracks.values();
  }

  hear(report: Report, nowMs: number, isGliding: boolean): Track {
    const known = this.#tracks.get(report.id);
    if (known !== undefined) {
      this.#tracks.delete(report.id);
      this.#tracks.set(report.id, known);
      known.hear(report, nowMs, isGliding);
      return known;
    }
    const track = new Track(report, nowMs);
    this.#tracks.set(report.id, track);
    if (this.#tracks.size > this.#most) {
      for (const oldest of this.#tracks.keys()) {
        this.#tracks.delete(oldest);
        break;
      }
    }
    return track;
  }

  forgetAll(): void {
    this.#tracks.clear();
  }

  /** The newest clients whose ID contains `part`, in any case, newest first. */
  newest(count: number, part: string): readonly Track[] {
    const wanted = part.toLowerCase();
    const found: Track[] = [];
    const all = [...this.#tracks.values()];
    for (let i = all.length - 1; i >= 0 && found.length < count; i--) {
      const track = all[i]!;
      if (wanted === "" || track.report.id.toLowerCase().includes(wanted)) found.push(track);
    }
    return found;
  }
}
