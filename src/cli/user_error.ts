/** A mistake of the user's: told in one line each on standard error, and exit code 2. */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly lines: readonly string[];
  constructor(...lines: readonly string[]) {
    super(lines.join("; "));
    this.lines = lines;
  }
}
