/** A thread that runs stretches of seeds for `deno task sim --jobs`. */
import { Campaign, type Stretch } from "./campaign.ts";

const scope = self as unknown as Pick<Worker, "postMessage" | "onmessage">;
const campaign = new Campaign();

/** Answers every stretch with its outcomes, one by one, and then with "done". */
scope.onmessage = async ({ data }: MessageEvent<Stretch>) => {
  for await (const outcome of campaign.run(data)) scope.postMessage(outcome);
  scope.postMessage("done");
};
