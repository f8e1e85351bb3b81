/** Where a text stops being JSON. The engines' own messages name a place for some mistakes only. */

const TOKEN =
  // deno-lint-ignore no-control-regex
  /[ \t\r\n]*(?:([{}[\],:])|("(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?\b|(?:true|false|null)\b))/uy;

type Expected = "value" | "first value" | "key" | "first key" | "colon" | "more" | "nothing";

/** The first place at which `text`, which is no JSON, breaks the grammar: for example `line 3 column 14`. */
export function placeOfJsonError(text: string): string {
  const open: ("{" | "[")[] = [];
  let expected: Expected = "value";
  let at = 0;
  for (;;) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) break;
    const [, mark, string] = match;
    const next = step(expected, mark ?? (string === undefined ? "literal" : "string"), open);
    if (next === undefined) break;
    expected = next;
    at = TOKEN.lastIndex;
  }
  while (/[ \t\r\n]/.test(text[at] ?? "")) at++;
  const before = text.slice(0, at).split("\n");
  const place = `line ${before.length} column ${(before.at(-1) ?? "").length + 1}`;
  return at >= text.length ? `${place}, the end of JSON input` : place;
}

/** What may follow when `token` comes where `expected` is; undefined where it must not. */
function step(expected: Expected, token: string, open: ("{" | "[")[]): Expected | undefined {
  const wantsValue = expected === "value" || expected === "first value";
  const wantsKey = expected === "key" || expected === "first key";
  switch (token) {
    case "{":
    case "[":
      if (!wantsValue) return undefined;
      open.push(token);
      return token === "{" ? "first key" : "first value";
    case "}":
    case "]": {
      const opener = token === "}" ? "{" : "[";
      const first = token === "}" ? "first key" : "first value";
      if (open.at(-1) !== opener || (expected !== "more" && expected !== first)) return undefined;
      open.pop();
      return open.length === 0 ? "nothing" : "more";
    }
    case ",":
      if (expected !== "more") return undefined;
      return open.at(-1) === "{" ? "key" : "value";
    case ":":
      return expected === "colon" ? "value" : undefined;
    case "string":
      if (wantsKey) return "colon";
      break;
  }
  if (!wantsValue) return undefined;
  return open.length === 0 ? "nothing" : "more";
}
