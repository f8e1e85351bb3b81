/**
 * `text` with all escaped that would not be seen, or would turn around what stands beside it: what a client calls
 * itself, and a place, must not look like another one.
 */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`,
  );
}
