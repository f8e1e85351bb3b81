/** What is told of an error: in a word, or with all that helps to find its cause. */

/** Causes of causes that are told. */
const MAX_CAUSES = 8;

/** What `error` says of itself. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The stack of `error`, and those of its causes; several lines. */
export function errorText(error: unknown): string {
  const parts: string[] = [];
  let next = error;
  for (let i = 0; i <= MAX_CAUSES && next !== undefined; i++) {
    parts.push(next instanceof Error ? next.stack ?? `${next.name}: ${next.message}` : String(next));
    next = next instanceof Error ? next.cause : undefined;
  }
  return parts.join("\ncaused by ");
}
