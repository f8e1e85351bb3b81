/** Reading a file that a user has named. */
import { errorMessage } from "../log/error_text.ts";
import { FileNotFoundError } from "../runtime/runtime.ts";
import { UserError } from "./user_error.ts";

/** @throws {UserError} when `path` cannot be read. */
export async function readUserFile<T>(path: string, what: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof FileNotFoundError) throw new UserError(`${path}: there is no such ${what} file`);
    throw new UserError(
      `${path}: the ${what} file cannot be read (${errorMessage(error)})`,
    );
  }
}
