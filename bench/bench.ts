/** What everything in a run of the bench shares. */
import type { Machine } from "./machine.ts";

/** How long things are measured. */
export interface Pace {
  readonly rounds: number;
  /** Seconds before measuring starts, and of measuring. */
  readonly warm: number;
  readonly seconds: number;
  readonly quick: boolean;
}

export const FULL_PACE: Pace = { rounds: 5, warm: 1, seconds: 2, quick: false };
export const GROWTH_PACE: Pace = { ...FULL_PACE, rounds: 3 };
export const QUICK_PACE: Pace = { rounds: 2, warm: 0.4, seconds: 0.8, quick: true };

/** The compiled C programs. */
export interface Tools {
  readonly load: string;
  readonly cServer: string;
}

export interface Bench {
  readonly pace: Pace;
  readonly machine: Machine;
  readonly tools: Tools;
  /** How Node is started; undefined where there is none. */
  readonly node: string | undefined;
  /** The project's folder. */
  readonly root: string;
  /** The folder of an older checkout to compare with, if there is one. */
  readonly before: string | undefined;
  /** For topologies and logs; gone when the run ends. */
  readonly directory: string;
}

/** What one measuring of one contestant brought, by name. */
export type Figures = Readonly<Record<string, number>>;

/** One who takes part in a workload. */
export interface Entrant {
  readonly name: string;
  /** Whom it is compared with, if not with the workload's reference. */
  readonly against?: string;
  /** Left out of quick runs. */
  readonly slow?: boolean;
  /** Whether what it needs is here. */
  isHere(bench: Bench): boolean;
  measure(bench: Bench): Promise<Figures>;
}

/** A column of a workload's table. */
export interface Column {
  readonly figure: string;
  readonly heading: string;
  /** What a figure is divided by before it is printed. */
  readonly unit?: number;
  readonly digits?: number;
}

/** One idea of what to measure. */
export interface Workload {
  readonly name: string;
  readonly title: string;
  /** The first is the one whose spread and ratio are printed. */
  readonly columns: readonly Column[];
  readonly entrants: readonly Entrant[];
  /** Whom the others are compared with. */
  readonly reference?: string;
}
