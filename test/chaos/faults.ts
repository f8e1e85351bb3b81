/** Makes planned faults happen, and undoes them. */
import { FIVE, type LinkPair, until } from "../conformance/harness.ts";
import type { SmallDisk } from "./disk.ts";
import type { Findings } from "./findings.ts";
import type { Ledger } from "./ledger.ts";
import type { Load } from "./load.ts";
import { Locks } from "./locks.ts";
import type { Pack } from "./pack.ts";
import { describeFault, type Fault, linksOf, type PlannedFault, type ServerName, type Tail } from "./plan.ts";
import { acknowledgedReport } from "./questions.ts";
import { wait } from "./wait.ts";

export interface FaultContext {
  readonly pack: Pack;
  readonly load: Load;
  readonly ledger: Ledger;
  readonly findings: Findings;
  readonly disk: SmallDisk;
  readonly diskOf: ServerName;
  /** Ends the run before its time. */
  readonly stop: AbortSignal;
  halt(): void;
  /** Tells what happens, with its time. */
  say(text: string): void;
}

/** What is said to be in a journal's tail, and must never be believed. */
export const FORGED_CLIENT = "forged.cs.ucla.edu";
const FORGED_RECORD = `AT Welsh +0.000000001 ${FORGED_CLIENT} +1.00000+1.00000 1700000000.000000000\n`;

/** Each begins with a byte that no line has in this place, lest it mends a record that the kill has torn. */
const TAILS: Readonly<Record<Tail, string>> = {
  torn: "\0AT Welsh +0.0000",
  noise: `\0\xff\xfe\n${"\x01\x80\n".repeat(50)}`,
  forged: `\0\n${FORGED_RECORD}`,
};

/** The longest record of a run is shorter: a kill can tear one, at the end. */
const RECORD_BYTES = 256;

/**
 * Makes the faults of a round happen, each at its time. Resolves once all are undone.
 * @throws {Error} when one cannot be made or undone, such as a server that does not start; then no further one begins.
 */
export async function performAll(context: FaultContext, faults: readonly PlannedFault[]): Promise<void> {
  const locks = new Locks();
  const performed = await Promise.allSettled(faults.map(async ({ atMs, fault }) => {
    await lasting(context, atMs);
    if (context.stop.aborted) return;
    await locks.hold(concerns(context, fault), async () => {
      if (context.stop.aborted) return;
      context.say(describeFault(fault));
      try {
        await perform(context, fault);
      } catch (error) {
        context.halt();
        throw error;
      }
    });
  }));
  for (const result of performed) if (result.status === "rejected") throw result.reason;
}

/** What no other fault may be about meanwhile. */
function concerns({ diskOf }: FaultContext, fault: Fault): readonly string[] {
  const wires = (links: readonly LinkPair[]) => links.map((link) => `wire ${[...link].sort().join("-")}`);
  switch (fault.kind) {
    case "kill":
    case "tail":
    case "terminate":
    case "freeze":
      return [fault.server];
    case "cut":
      return wires(fault.links);
    case "stall":
    case "delay":
      return wires([fault.link]);
    case "lone":
      return [fault.server, ...wires(linksOf(fault.server))];
    case "fill":
      return fault.kills ? [diskOf, ...wires(linksOf(diskOf))] : [diskOf];
    case "blackout":
      return FIVE;
  }
}

async function perform(context: FaultContext, fault: Fault): Promise<void> {
  const { pack, findings: { tally } } = context;
  switch (fault.kind) {
    case "kill":
      return await killAndStart(context, fault.server, fault.downMs);
    case "tail":
      return await killAndStart(context, fault.server, fault.downMs, fault.tail);
    case "terminate":
      tally.terminations++;
      await pack.terminate(fault.server);
      await lasting(context, fault.downMs);
      return await startAgain(context, fault.server);
    case "freeze":
      tally.freezes++;
      pack.freeze(fault.server);
      await lasting(context, fault.forMs);
      return pack.thaw(fault.server);
    case "cut":
      return await cut(context, fault.links, fault.how, () => lasting(context, fault.forMs));
    case "stall": {
      tally.stalls++;
      const wire = pack.wire(fault.link);
      wire.stall(fault.oneWay ? fault.link[0] : undefined);
      await lasting(context, fault.forMs);
      return wire.goOn();
    }
    case "delay": {
      tally.delays++;
      const wire = pack.wire(fault.link);
      wire.delayMs = fault.delayMs;
      await lasting(context, fault.forMs);
      wire.delayMs = 0;
      return;
    }
    case "lone":
      return await cut(context, linksOf(fault.server), "close", async () => {
        await lasting(context, fault.forMs);
        await killAndStart(context, fault.server, fault.downMs);
      });
    case "fill":
      return await fill(context, () => whileFull(context, fault.forMs, fault.kills));
    case "blackout":
      return await blackout(context, fault.downMs);
  }
}

async function killAndStart(
  context: FaultContext,
  server: ServerName,
  downMs: number,
  tail?: Tail,
): Promise<void> {
  const { pack, findings: { tally } } = context;
  tally.kills++;
  await pack.kill(server);
  const sizeBytes = tail === undefined ? undefined : pack.soil(server, TAILS[tail]);
  await lasting(context, downMs);
  await startAgain(context, server);
  if (sizeBytes === undefined) return;
  tally.tails++;
  checkCut(context, server, sizeBytes);
}

async function startAgain({ pack, stop, say }: FaultContext, server: ServerName): Promise<void> {
  if (stop.aborted) return;
  await pack.start(server);
  const said = pack.life(server)?.server.program.stdout ?? "";
  const read = /read (\d+) reports from .* in (\d+) ms/.exec(said)?.[0].replace(
    / from .* in/,
    " of its journal in",
  );
  say(`${server} is back${read === undefined ? "" : `: ${read}`}`);
}

/** A soiled journal must have been cut where the soil begins, or where the kill had torn its last record. */
function checkCut({ pack, findings }: FaultContext, server: ServerName, sizeBytes: number): void {
  const said = pack.life(server)?.server.program.stdout ?? "";
  const to = Number(/cut .* from \d+ to (\d+) bytes/.exec(said)?.[1] ?? "NaN");
  if (to <= sizeBytes && to > sizeBytes - RECORD_BYTES) return;
  findings.add(`${server}'s journal of ${sizeBytes} bytes was soiled, and not cut there: ${said}`);
}

async function cut(
  { pack, findings: { tally } }: FaultContext,
  links: readonly LinkPair[],
  how: "reset" | "close",
  meanwhile: () => Promise<void>,
): Promise<void> {
  const wires = links.map((link) => pack.wire(link));
  tally.cuts += wires.length;
  for (const wire of wires) wire.cut(how);
  await meanwhile();
  for (const wire of wires) wire.mend();
}

/** Fills the small disk, and makes room again; it is over once the server is known to have found out. */
async function fill(context: FaultContext, meanwhile: () => Promise<void>): Promise<void> {
  const { pack, load, ledger, findings, disk, diskOf, stop, say } = context;
  findings.tally.fills++;
  load.trouble.begin();
  disk.fill(pack.pidOf(diskOf));
  await meanwhile();
  disk.clear(pack.pidOf(diskOf));
  await until(
    `${diskOf} takes reports again`,
    () => stop.aborted ? "stopped" : pack.isHealed(diskOf) && acknowledgedReport(pack, ledger, diskOf),
  );
  load.trouble.end();
  say(`${diskOf} has room again, and takes reports`);
}

async function whileFull(context: FaultContext, forMs: number, kills: boolean): Promise<void> {
  if (!kills) return await lasting(context, forMs);
  await cut(context, linksOf(context.diskOf), "close", async () => {
    await lasting(context, forMs / 2);
    await killAndStart(context, context.diskOf, 0);
    await lasting(context, forMs / 2);
  });
}

async function blackout(context: FaultContext, downMs: number): Promise<void> {
  const { pack, findings: { tally } } = context;
  tally.kills += FIVE.length;
  await Promise.all(FIVE.map((name) => pack.kill(name)));
  await lasting(context, downMs);
  await Promise.all(FIVE.map((name) => startAgain(context, name)));
}

/** Lets a fault last, or ends it when the run is to stop. */
function lasting({ stop }: FaultContext, ms: number): Promise<void> {
  return wait(ms, stop);
}
