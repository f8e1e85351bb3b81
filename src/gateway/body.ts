/** Bodies of what comes over HTTP, of which no more than a bound is taken. */

/** The text of the body of `message`; undefined where it has more than `mostBytes`. Rejects where it breaks off. */
export async function readText(
  message: Pick<Request | Response, "body" | "headers">,
  mostBytes: number,
): Promise<string | undefined> {
  const { body, headers } = message;
  if (Number(headers.get("content-length") ?? 0) > mostBytes) {
    await body?.cancel();
    return undefined;
  }
  if (body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const part of body) {
    bytes += part.length;
    // Leaving the loop cancels what is left of the body.
    if (bytes > mostBytes) return undefined;
    text += decoder.decode(part, { stream: true });
  }
  return text + decoder.decode();
}
