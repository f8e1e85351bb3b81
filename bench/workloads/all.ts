/** Every workload, in the order in which they run. */
import type { Workload } from "../bench.ts";
import { BEFORE } from "./before.ts";
import { CATCH_UP } from "./catch_up.ts";
import { CLIENTS } from "./clients.ts";
import { FLOOD } from "./flood.ts";
import { WHOLE_HERD } from "./herd.ts";
import { HOSTILE } from "./hostile.ts";
import { JOURNAL } from "./journal.ts";
import { PINGPONG } from "./pingpong.ts";
import { PIPELINED } from "./pipelined.ts";
import { START_UP } from "./start_up.ts";
import { WAY } from "./way.ts";
import { WEB } from "./web.ts";
import { WHATSAT } from "./whatsat.ts";
import { WORKERS } from "./workers.ts";

export const WORKLOADS: readonly Workload[] = [
  ...PIPELINED,
  ...PINGPONG,
  ...CLIENTS,
  WHATSAT,
  ...FLOOD,
  WAY,
  ...WHOLE_HERD,
  CATCH_UP,
  START_UP,
  ...WORKERS,
  ...JOURNAL,
  ...HOSTILE,
  ...WEB,
  ...BEFORE,
];
