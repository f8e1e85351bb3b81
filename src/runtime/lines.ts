/** Lines of text from byte streams, for what is not on the hot path: standard input, and the output of children. */

/** The lines of `stream`, without their ends. */
export async function* splitLines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

/** The lines of several streams, each as it comes, and no sooner than they are taken. */
export function mergeLines(streams: readonly AsyncIterable<Uint8Array>[]): AsyncIterable<string> {
  let isTaken = Promise.withResolvers<void>();
  return new ReadableStream<string>({
    start(controller) {
      const pass = async (stream: AsyncIterable<Uint8Array>) => {
        for await (const line of splitLines(stream)) {
          controller.enqueue(line);
          if ((controller.desiredSize ?? 0) <= 0) await isTaken.promise;
        }
      };
      void Promise.all(streams.map(pass)).then(() => controller.close(), (error) => controller.error(error));
    },
    pull() {
      isTaken.resolve();
      isTaken = Promise.withResolvers();
    },
  });
}
