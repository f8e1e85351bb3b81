/** The one `test` of every file here, on either runtime. */

type Need = "net" | "run" | "read" | "write" | "env" | "sys";

/** What a test needs of the machine; on Deno it is skipped where the permission was not given. */
export interface TestOptions {
  readonly needs?: readonly Need[];
  /** The runtime that alone can run it. */
  readonly on?: "deno" | "node";
}

interface NodeTestModule {
  test(name: string, fn: () => void | Promise<void>): unknown;
}

const deno = globalThis.Deno as typeof Deno | undefined;
const nodeTest = deno === undefined ? (await import("node:test")) as unknown as NodeTestModule : undefined;

/** Registers a test with Deno's runner or Node's. */
export function test(name: string, fn: () => void | Promise<void>, options: TestOptions = {}): void {
  if (deno !== undefined) {
    const ignore = options.on === "node" ||
      (options.needs ?? []).some((need) => deno.permissions.querySync({ name: need }).state !== "granted");
    deno.test({ name, fn, ignore });
  } else if (options.on !== "deno") {
    nodeTest?.test(name, fn);
  }
}
