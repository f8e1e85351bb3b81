/**
 * A chaos run: five real servers under load, while a plan of faults is carried out. It goes in rounds. At the end of
 * each the faults are healed and the load is stopped, and then the registries must agree, and hold all that was
 * acknowledged. After that all five are killed, and each must know as much from its disk alone.
 */
import { join } from "node:path";
import { FIVE, FIVE_LINKS, type Kind, until } from "../conformance/harness.ts";
import { type DiskWay, SmallDisk } from "./disk.ts";
import { type FaultContext, FORGED_CLIENT, performAll } from "./faults.ts";
import { Findings } from "./findings.ts";
import { Ledger } from "./ledger.ts";
import { Load } from "./load.ts";
import { Pack } from "./pack.ts";
import { describeFault, type Fault, makePlan, type PlannedFault, seconds, type ServerName } from "./plan.ts";
import { acknowledgedReport, type Holdings, holdingsOf, knows } from "./questions.ts";
import { Random } from "./random.ts";
import { wait } from "./wait.ts";

export interface ChaosOptions {
  /** Of faults under load, all rounds together. */
  readonly seconds: number;
  readonly seed: number;
  readonly kindOf: (name: ServerName) => Kind;
  readonly fsync: string;
  readonly roamers: number;
  /** Reports a second, at most. */
  readonly rate: number;
  /** A fault of the servers that the run must find: they have no disk. */
  readonly plant?: "forget" | undefined;
  readonly disk?: DiskWay | undefined;
  /** A new folder, for everything that the servers write. */
  readonly dir: string;
  /** Ends the run before its time. */
  readonly stop: AbortSignal;
  say(text: string): void;
}

export interface ChaosReport {
  readonly ledger: Ledger;
  readonly findings: Findings;
  readonly disk: SmallDisk;
}

const ROUND_SECONDS = 30;
/** After so long registries that do not agree never will. */
const AGREE_MS = 60_000;
const AGREE_AGAIN_MS = 50;

class Run {
  readonly #context: FaultContext;

  constructor(context: FaultContext) {
    this.#context = context;
  }

  /** @returns whether all is as it should be: otherwise no further round makes sense. */
  async round({ lengthMs, faults }: Round): Promise<boolean> {
    const { load, findings, say, stop } = this.#context;
    load.start();
    await Promise.all([performAll(this.#context, faults), wait(lengthMs, stop)]);
    await load.stop();
    if (stop.aborted) return false;
    const agreed = await this.#agreement();
    if (agreed === undefined) return false;
    this.#audit(agreed);
    if (findings.lost.length === 0) await this.#startCold(agreed);
    say(`${findings.lost.length} acknowledged reports lost so far`);
    return findings.lost.length === 0;
  }

  /** Waits until every server holds the same. */
  async #agreement(): Promise<Holdings | undefined> {
    const { ledger, findings, say } = this.#context;
    const begunMs = performance.now();
    // To compare everything takes a while, and would hide how long it was until there was nothing to wait for.
    const news = await this.#news();
    if (await this.#sameOnAll(news) === undefined) return undefined;
    const ms = performance.now() - begunMs;
    say(`a report to each server was known to all after ${Math.round(ms)} ms`);
    findings.tally.spreadMs = Math.max(findings.tally.spreadMs, ms);
    const agreed = await this.#sameOnAll(Array.from({ length: ledger.size }, (_, client) => client));
    if (agreed === undefined) return undefined;
    findings.tally.agreements++;
    say(
      `all five agree on ${ledger.size} clients; that was known after ${
        Math.round(performance.now() - begunMs)
      } ms`,
    );
    return agreed;
  }

  /** @returns new clients, of whom a report was sent to each server. */
  async #news(): Promise<readonly number[]> {
    const { pack, ledger, findings } = this.#context;
    const clients: number[] = [];
    for (const name of FIVE) {
      if (await acknowledgedReport(pack, ledger, name) === undefined) {
        findings.add(`${name} does not take a report though all is healed`);
      }
      clients.push(ledger.size - 1);
    }
    return clients;
  }

  /** Asks until all five hold the same of all these clients, which they have to in the end. */
  async #sameOnAll(clients: readonly number[]): Promise<Holdings | undefined> {
    const { pack, ledger, findings, stop } = this.#context;
    const begunMs = performance.now();
    let trouble = "";
    do {
      const all = await Promise.all(FIVE.map((name) => holdingsOf(pack, ledger, name, clients)))
        .catch((error: Error) => void (trouble = error.message));
      if (all !== undefined) trouble = differenceOf(ledger, all);
      if (trouble === "") return all?.[0];
      await wait(AGREE_AGAIN_MS, stop);
    } while (performance.now() - begunMs < AGREE_MS && !stop.aborted);
    findings.add(`the registries do not agree: ${trouble}`);
    return undefined;
  }

  #audit(holdings: Holdings): void {
    const { ledger, findings } = this.#context;
    for (let client = 0; client < holdings.length; client++) {
      const loss = ledger.lossOf(client, holdings[client]);
      if (loss !== undefined) findings.lost.push(loss);
    }
  }

  /** Kills all five, and looks at what each brings back from its disk before it has spoken to any other. */
  async #startCold(agreed: Holdings): Promise<void> {
    const { pack, ledger, findings, say } = this.#context;
    const origin = FIVE[findings.tally.agreements % FIVE.length] ?? FIVE[0];
    const last = await acknowledgedReport(pack, ledger, origin);
    if (last === undefined) return findings.add(`${origin} does not take a report though all is healed`);
    for (const name of FIVE) {
      await until(`${name} has journaled ${last}`, () => pack.hasJournaled(name, last))
        .catch((error: Error) => findings.add(error.message));
    }
    for (const link of FIVE_LINKS) pack.wire(link).cut("close");
    await Promise.all(FIVE.map((name) => pack.kill(name)));
    await Promise.all(FIVE.map((name) => pack.start(name)));
    for (const name of FIVE) {
      const alone = await holdingsOf(pack, ledger, name);
      findings.tally.coldStarts++;
      agreed.forEach((line, client) => {
        if (alone[client] === line) return;
        findings.lost.push(`${name}'s disk has ${alone[client] ?? "nothing"} where it held ${line}`);
      });
      if (await knows(pack, name, FORGED_CLIENT)) findings.add(`${name} believed what stood behind damage`);
    }
    for (const link of FIVE_LINKS) pack.wire(link).mend();
    if (findings.lost.length > 0) return;
    say("all five were killed, and each knew everything from its own disk");
  }
}

/** What two servers hold differently, in words; empty where nothing is. */
function differenceOf(ledger: Ledger, all: readonly Holdings[]): string {
  const [first = [], ...others] = all;
  for (let client = 0; client < ledger.size; client++) {
    const i = others.findIndex((other) => other[client] !== first[client]);
    if (i < 0) continue;
    const [one, other] = [first[client] ?? "nothing", others[i]?.[client] ?? "nothing"];
    return `of ${ledger.nameOf(client)} ${FIVE[0]} holds ${one}, ${FIVE[i + 1]} ${other}`;
  }
  return "";
}

/** Runs it, and leaves no process, no socket and no mount behind. The folder stays. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { seed, say } = options;
  const halt = new AbortController();
  const findings = new Findings((problem) => say(`PROBLEM: ${problem}`));
  options.stop.addEventListener("abort", () => {
    // Who stops a run by Ctrl-C stops the servers too, and none of them has failed.
    findings.close();
    halt.abort();
  });
  const ledger = new Ledger();
  const diskOf = new Random(seed).pick(FIVE);
  const disk = SmallDisk.make(join(options.dir, diskOf), options.disk);
  const pack = await Pack.make({ ...options, remembers: options.plant !== "forget", disk, diskOf, findings });
  const load = new Load({ ...options, pack, ledger, findings, disk, diskOf });
  const run = new Run({
    pack,
    load,
    ledger,
    findings,
    disk,
    diskOf,
    stop: halt.signal,
    halt: () => halt.abort(),
    say,
  });
  try {
    const plan = planOf(options, disk);
    tellPlan(plan, disk, diskOf, say);
    await Promise.all(FIVE.map((name) => pack.start(name)));
    for (const [i, round] of plan.entries()) {
      say(`round ${i + 1} of ${plan.length}`);
      if (!await run.round(round)) break;
    }
    if (!halt.signal.aborted) await Promise.all(FIVE.map((name) => pack.terminate(name)));
    pack.readLogs();
  } catch (error) {
    findings.add(`the run failed: ${error instanceof Error ? error.stack : error}`);
  } finally {
    halt.abort();
    await Promise.all([pack.close(), load.stop()]);
    disk.unmount();
  }
  return { ledger, findings, disk };
}

interface Round {
  readonly lengthMs: number;
  readonly faults: readonly PlannedFault[];
}

function planOf({ seconds: length, seed, plant, fsync }: ChaosOptions, disk: SmallDisk): readonly Round[] {
  const rounds = Math.max(1, Math.round(length / ROUND_SECONDS));
  const without: Fault["kind"][] = disk.way === "none" ? ["fill"] : [];
  if (plant === "forget") without.push("fill", "tail");
  const keepsWhenFull = fsync === "always";
  return makePlan({ seed, rounds, seconds: length / rounds, without, keepsWhenFull })
    .map((faults) => ({ lengthMs: length / rounds * 1_000, faults }));
}

function tellPlan(
  plan: readonly Round[],
  disk: SmallDisk,
  diskOf: ServerName,
  say: (text: string) => void,
): void {
  say(`the small disk, which is ${diskOf}'s: ${disk.describe()}`);
  plan.forEach(({ faults }, i) => {
    say(`the plan of round ${i + 1}:`);
    for (const { atMs, fault } of faults) say(`  at ${seconds(atMs)}: ${describeFault(fault)}`);
  });
}
