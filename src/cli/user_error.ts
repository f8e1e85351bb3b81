/** A mistake of the user's: told in one line each on standard error, and exit code 2. */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly lines: readonly string[];
  constructor(...lines: readonly string[]) {
    // What was typed may stand in a line, and must not break it.
    const safe = lines.map((line) => line.replace(/\p{Cc}+/gu, " "));
    super(safe.join("; "));
    this.lines = safe;
  }
}
