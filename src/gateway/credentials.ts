/** What a request brings to say who sends it. */
import { toText } from "../wire/bytes.ts";
import { PEER_SCHEME } from "./peer_proof.ts";

export type Credentials =
  | { readonly kind: "none" }
  | { readonly kind: "password"; readonly name: string; readonly password: string }
  /** A user's password alone. */
  | { readonly kind: "token"; readonly token: string }
  /** Of another server of the herd. */
  | { readonly kind: "proof"; readonly proof: string }
  | { readonly kind: "unreadable" };

const UNREADABLE: Credentials = { kind: "unreadable" };

/** The name in a URL's query of what apps send that can be given a URL only. */
export const TOKEN_PARAMETER = "token";

/** The header `Authorization`; without one, the token in the URL. */
export function readCredentials(request: Request): Credentials {
  const header = request.headers.get("authorization");
  if (header === null) return ofUrl(request.url);
  const [, scheme = "", rest = ""] = /^([A-Za-z]+) +(\S.*)$/.exec(header) ?? [];
  switch (scheme.toLowerCase()) {
    case "basic":
      return ofBasic(rest);
    case "bearer":
      return { kind: "token", token: rest };
    case PEER_SCHEME:
      return { kind: "proof", proof: rest };
    default:
      return UNREADABLE;
  }
}

function ofUrl(url: string): Credentials {
  const token = new URL(url).searchParams.get(TOKEN_PARAMETER);
  return token === null ? { kind: "none" } : { kind: "token", token };
}

function ofBasic(base64: string): Credentials {
  try {
    const text = toText(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
    const colon = text.indexOf(":");
    if (colon < 0) return UNREADABLE;
    return { kind: "password", name: text.slice(0, colon), password: text.slice(colon + 1) };
  } catch {
    return UNREADABLE;
  }
}
