/** README.md, "Remembering": what crosses when a server returns with its journal. */
import { assert, assertEquals } from "@std/assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { countOf, freshClient, nowNanos, startHerd, tempDir, test, timeText, until } from "./harness.ts";

const POSITION = "+34.068930-118.445127";
const MANY = 500;

function reaches(text: string, mark: RegExp): boolean {
  return [...text.matchAll(mark)].some(([, seq]) => Number(seq) >= MANY);
}

test("a server that returns with its journal gets and gives what was missed, not everything", async () => {
  const data = await tempDir();
  const herd = await startHerd(["Goloman", "Hands"], [["Goloman", "Hands"]], {
    flags: ["--data-dir", data],
    limits: { fsyncMs: 50, heartbeatMs: 200, heartbeatsMissed: 20 },
  });
  await herd.linked();
  const many = freshClient("many");
  const session = await herd.server("Goloman").client();
  for (let i = 0; i < MANY; i++) {
    await session.send(`IAMAT ${many}-${i} ${POSITION} ${timeText(nowNanos())}\n`);
  }
  for (let i = 0; i < MANY; i++) await session.line();
  await herd.agreed(`${many}-${MANY - 1}`);
  session.destroy();
  // Hands has noted all of it: that it has it, and that Goloman was followed that far. And Goloman has heard so.
  await until("Hands's journal says how far it has come", () => {
    const journal = readFileSync(join(data, "Hands.journal"), "latin1");
    return reaches(journal, /^HERD\/1 MARK (\d+)$/gm) &&
      reaches(journal, /^HERD\/1 HELD Goloman \w+ (\d+)$/gm);
  });
  await herd.server("Goloman").logged("Hands's mark", (line) => reaches(line, / < HERD\/1 MARK (\d+)$/g));
  await herd.kill("Hands");
  const missed = freshClient("missed");
  const at = await herd.server("Goloman").report(missed, POSITION, timeText(nowNanos()));
  const before = herd.server("Goloman").log().length;
  await herd.start("Hands");
  await herd.agreed(missed, at);
  await herd.agreed(`${many}-0`);
  const back = freshClient("back");
  await herd.agreed(back, await herd.server("Hands").report(back, POSITION, timeText(nowNanos())));
  const crossed = herd.server("Goloman").log().slice(before);
  assert(countOf(crossed, ` > AT Goloman`) >= 1, "what was missed was told");
  assertEquals(countOf(crossed, `Hands > AT Goloman`) < MANY / 2, true, "and not everything");
  assertEquals(countOf(crossed, `Hands < AT Goloman`) < MANY / 2, true, "nor told back");
  await herd.stopAll();
});
