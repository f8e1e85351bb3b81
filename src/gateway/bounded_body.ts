/** Bodies of requests and answers, read up to a bound. */

/** The body of `message`; undefined where it has more than `mostBytes`. */
export async function readText(
  message: Pick<Response, "body">,
  mostBytes: number,
): Promise<string | undefined> {
  if (message.body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const part of message.body) {
    bytes += part.length;
    // Leaving the loop cancels what is left of the body.
    if (bytes > mostBytes) return undefined;
    text += decoder.decode(part, { stream: true });
  }
  return text + decoder.decode();
}

/**
 * `request`, or one that is the same but for its body, which has been read, where nobody has said how long that is;
 * undefined where it has more than `mostBytes`.
 */
export async function withBoundedBody(request: Request, mostBytes: number): Promise<Request | undefined> {
  const { url, method, headers, signal, body } = request;
  if (body === null) return request;
  const length = headers.get("content-length");
  if (length !== null && !headers.has("transfer-encoding")) {
    return Number(length) <= mostBytes ? request : undefined;
  }
  const text = await readText({ body }, mostBytes);
  return text === undefined ? undefined : new Request(url, { method, headers, signal, body: text });
}
