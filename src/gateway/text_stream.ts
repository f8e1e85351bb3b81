/** The body of an answer that is made piece by piece, each once the reader has taken the last. */
import { toBytes } from "../wire/bytes.ts";

/** The length from which on a piece is sent. */
export const PIECE_CHARS = 65_536;

export interface TextSource {
  /** The next piece; undefined at the end. Called again only when it has resolved, and was taken. */
  next(): Promise<string | undefined>;
  /** Nobody reads any more: `next` is not called again. */
  end(): void;
}

export function textStream(source: TextSource): ReadableStream<Uint8Array> {
  let isRead = true;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const text = await source.next();
      // Whoever read it may have gone meanwhile.
      if (!isRead) return;
      if (text === undefined) controller.close();
      else controller.enqueue(toBytes(text));
    },
    cancel() {
      isRead = false;
      source.end();
    },
  }, { highWaterMark: 0 });
}
