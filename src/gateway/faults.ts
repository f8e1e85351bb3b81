/** What a schema finds wrong, in one line. */
import * as v from "valibot";

/** What came stands in it, and may be as long as a body. */
const MOST_CHARS = 500;

export function faultsOf(issues: readonly v.BaseIssue<unknown>[]): string {
  const text = issues.map((issue) => {
    const path = v.getDotPath(issue);
    return path === null ? wordsOf(issue) : `${path}: ${wordsOf(issue)}`;
  }).join("; ");
  return text.length > MOST_CHARS ? `${text.slice(0, MOST_CHARS)}...` : text;
}

function wordsOf({ type, expected, message }: v.BaseIssue<unknown>): string {
  return type === "strict_object" && expected === "never" ? "nothing of that name is taken here" : message;
}
