/** All that a server counts. */
import type { LinkCounters } from "../herd/link.ts";
import type { JournalCounters } from "../journal/journal.ts";
import type { LimitHits } from "../limit_hits.ts";
import type { FinderCounters } from "../places/finder.ts";
import type { SessionCounters } from "./context.ts";
import type { MeasuredCounts } from "./measures.ts";

export interface ServerCounters extends SessionCounters, LinkCounters, Partial<JournalCounters> {
  readonly places: FinderCounters;
  /** How often each bound was hit; those that were not are left out. */
  readonly limitsHit: LimitHits["nonZero"];
  readonly logBytesLost: number;
  /** Absent where no HTTP door can tell it. */
  readonly measured?: MeasuredCounts;
}
