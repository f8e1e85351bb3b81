/** What the errors of both runtimes have in common. */

/** What was thrown, as an error: anything can be. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** Whether it is an error of the system's, by its name, such as `ENOENT`. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** Whether it says that nobody reads what is written any more: a pipe's, or a terminal's that was closed. */
export function isOfNoReader(error: unknown): boolean {
  return hasCode(error, "EPIPE") || hasCode(error, "EIO");
}
