/** The code under simulation: the servers of `src/`, or a copy of them with a change. */
import type { ServiceDownError } from "../../src/places/http.ts";
import type { PlacesFinder } from "../../src/places/finder.ts";
import type { AddressInUseError, FileNotFoundError } from "../../src/runtime/runtime.ts";
import type { Server } from "../../src/server/server.ts";

export interface Subject {
  readonly Server: typeof Server;
  readonly PlacesFinder: typeof PlacesFinder;
  readonly ServiceDownError: typeof ServiceDownError;
  readonly AddressInUseError: typeof AddressInUseError;
  readonly FileNotFoundError: typeof FileNotFoundError;
  /** What one batch of the flood may hold, in bytes. */
  readonly floodBytes: number;
}

/** Loads the sources from `root`, the URL of a folder like `src/`. */
export async function loadSubject(root: URL): Promise<Subject> {
  const load = (path: string): Promise<unknown> => import(new URL(path, root).href);
  const { Server } = await load("server/server.ts") as typeof import("../../src/server/server.ts");
  const { PlacesFinder } = await load("places/finder.ts") as typeof import("../../src/places/finder.ts");
  const { ServiceDownError } = await load("places/http.ts") as typeof import("../../src/places/http.ts");
  const { FLOOD_WRITE_BYTES } = await load(
    "herd/flood_batches.ts",
  ) as typeof import("../../src/herd/flood_batches.ts");
  const { AddressInUseError, FileNotFoundError } = await load(
    "runtime/runtime.ts",
  ) as typeof import("../../src/runtime/runtime.ts");
  return {
    Server,
    PlacesFinder,
    ServiceDownError,
    AddressInUseError,
    FileNotFoundError,
    floodBytes: FLOOD_WRITE_BYTES,
  };
}
