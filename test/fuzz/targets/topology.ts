/** A topology file: whatever its text, it is a topology, or has problems that are a line each. */
import { parseTopology, TopologyError } from "../../../src/herd/topology.ts";
import { kindOf, type Target } from "../target.ts";

export const topology: Target = {
  name: "topology",
  words: [
    '{"servers":{"A":{"host":"::1","port":1},"B":{"host":"::1","port":2}},"links":[["A","B"]]}',
    '"servers"',
    '"links"',
    '"settings":{"limits":{"lineBytes":1}}',
    '["A","A"]',
    '["A","C"]',
    '"A":{"host":"::1","port":1}',
    '"__proto__":{"host":"::1","port":3}',
    '"port":0',
    '"port":1.5',
    "null",
    "\\",
    '"',
    "{",
    "}",
    "[",
    "]",
    ",",
    "\n",
    "\u2028",
  ],
  maxBytes: 1_024,
  run(input) {
    const text = new TextDecoder().decode(input);
    try {
      const { servers, links } = parseTopology(text);
      return `good, ${servers.length} servers, ${links.length} links`;
    } catch (error) {
      if (!(error instanceof TopologyError)) throw error;
      if (error.problems.length === 0) throw new Error("a mistake without a word about it");
      for (const problem of error.problems) {
        if (/[\r\n]/.test(problem)) throw new Error(`two lines: ${JSON.stringify(problem)}`);
      }
      return kindOf(
        error.problems.map((problem) => /: (?:\w+ ){1,3}/.exec(problem)?.[0] ?? problem.slice(0, 8)),
      );
    }
  },
};
