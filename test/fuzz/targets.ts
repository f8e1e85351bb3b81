/** All that is fuzzed, by name. */
import type { Target } from "./target.ts";
import { classic } from "./targets/classic.ts";
import { client } from "./targets/client.ts";
import { cut } from "./targets/cut.ts";
import { door } from "./targets/door.ts";
import { framer } from "./targets/framer.ts";
import { handshake } from "./targets/handshake.ts";
import { journal } from "./targets/journal.ts";
import { link } from "./targets/link.ts";
import { neighbor } from "./targets/neighbor.ts";
import { phones } from "./targets/phones.ts";
import { session } from "./targets/session.ts";
import { topology } from "./targets/topology.ts";

export const TARGETS: readonly Target[] = [
  client,
  framer,
  session,
  handshake,
  link,
  neighbor,
  classic,
  journal,
  cut,
  topology,
  door,
  phones,
];
