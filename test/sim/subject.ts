/** The code under simulation: the servers of `src/`, or a copy of them with a change. */
import { FLOOD_WRITE_BYTES } from "../../src/herd/flood_batches.ts";
import { PlacesFinder } from "../../src/places/finder.ts";
import { ServiceDownError } from "../../src/places/http.ts";
import { AddressInUseError, FileNotFoundError } from "../../src/runtime/runtime.ts";
import { Server } from "../../src/server/server.ts";

export interface Subject {
  readonly Server: typeof Server;
  readonly PlacesFinder: typeof PlacesFinder;
  readonly ServiceDownError: typeof ServiceDownError;
  readonly AddressInUseError: typeof AddressInUseError;
  readonly FileNotFoundError: typeof FileNotFoundError;
  /** What one batch of the flood may hold, in bytes. */
  readonly floodBytes: number;
}

/** The servers as they are. */
export const SOURCES: Subject = {
  Server,
  PlacesFinder,
  ServiceDownError,
  AddressInUseError,
  FileNotFoundError,
  floodBytes: FLOOD_WRITE_BYTES,
};

/** Loads a copy of the sources from `root`, the URL of a folder like `src/`. */
export async function loadSubject(root: URL): Promise<Subject> {
  const load = (path: string): Promise<unknown> => import(new URL(path, root).href);
  const { Server } = await load("server/server.ts") as typeof import("../../src/server/server.ts");
  const { PlacesFinder } = await load("places/finder.ts") as typeof import("../../src/places/finder.ts");
  const { ServiceDownError } = await load("places/http.ts") as typeof import("../../src/places/http.ts");
  const { AddressInUseError, FileNotFoundError } = await load(
    "runtime/runtime.ts",
  ) as typeof import("../../src/runtime/runtime.ts");
  const { FLOOD_WRITE_BYTES } = await load(
    "herd/flood_batches.ts",
  ) as typeof import("../../src/herd/flood_batches.ts");
  return {
    Server,
    PlacesFinder,
    ServiceDownError,
    AddressInUseError,
    FileNotFoundError,
    floodBytes: FLOOD_WRITE_BYTES,
  };
}
