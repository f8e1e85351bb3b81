/** A short run of `deno task chaos`, with every kind of fault in it; and that it finds a herd that forgets. */
import { assert, assertEquals } from "@std/assert";
import { FIVE, nextKind, suite, tempDir, test } from "../conformance/harness.ts";
import { makePlan, type PlanOptions } from "./plan.ts";
import { type ChaosOptions, type ChaosReport, runChaos } from "./run.ts";
import { summary } from "./summary.ts";

const SHORT: PlanOptions = { seed: 11, rounds: 1, seconds: 12, without: [], keepsWhenFull: true };

async function shortRun(seconds: number, plant?: "forget"): Promise<ChaosReport> {
  const kinds = new Map(FIVE.map((name) => [name, nextKind()]));
  const story: string[] = [];
  const report = await runChaos(
    {
      seconds,
      seed: SHORT.seed,
      kindOf: (name) => kinds.get(name) ?? "deno",
      fsync: "always",
      roamers: 16,
      rate: 600,
      plant,
      dir: await tempDir(),
      stop: new AbortController().signal,
      say: (text) => void story.push(text),
    } satisfies ChaosOptions,
  );
  // What a failed assertion alone would not tell.
  if (report.findings.problems.length > 0) throw new Error([...story, summary(report)].join("\n"));
  return report;
}

// One run has servers on both runtimes.
if (suite === "mixed") {
  test("chaos: a seed makes one plan, and a short one has every kind of fault", () => {
    const plan = makePlan(SHORT);
    assertEquals(makePlan(SHORT), plan);
    assert(JSON.stringify(makePlan({ ...SHORT, seed: SHORT.seed + 1 })) !== JSON.stringify(plan));
    const kinds = new Set(plan.flat().map(({ fault }) => fault.kind));
    assertEquals([...kinds].sort(), [
      "blackout",
      "cut",
      "delay",
      "fill",
      "freeze",
      "kill",
      "lone",
      "stall",
      "tail",
      "terminate",
    ]);
  });

  test("chaos: nothing acknowledged is lost, all five agree, and each knows it from its disk alone", async () => {
    const report = await shortRun(SHORT.seconds);
    const { lost, tally } = report.findings;
    assertEquals(lost, []);
    assertEquals([tally.agreements, tally.coldStarts], [1, FIVE.length]);
    assert(report.ledger.acknowledgedCount > 100 && tally.kills > FIVE.length, summary(report));
  });

  test("chaos: a herd that forgets when it is killed is found out", async () => {
    const { findings } = await shortRun(5, "forget");
    assert(findings.lost.length > 0, "reports are lost, and nobody noticed");
  });
}
