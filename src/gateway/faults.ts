/** What a schema finds wrong, in one line. */
import * as v from "valibot";

export function faultsOf(issues: readonly v.BaseIssue<unknown>[]): string {
  return issues.map((issue) => {
    const path = v.getDotPath(issue);
    return path === null ? issue.message : `${path}: ${issue.message}`;
  }).join("; ");
}
