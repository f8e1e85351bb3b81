/**
 * What the users file keeps in place of passwords: of one that herd has drawn, whose 130 bits nobody guesses, its
 * SHA-256; of one that a person has chosen, PBKDF2 with HMAC-SHA-256, which makes every guess cost.
 */
import { fromHex, toHex } from "../herd/handshake.ts";
import type { PasswordCrypto } from "../runtime/runtime.ts";
import { toBytes } from "../wire/bytes.ts";

/** All in hex, in lower case. */
export type StoredHash =
  | { readonly kind: "sha256"; readonly digest: string }
  | {
    readonly kind: "pbkdf2-sha256";
    readonly iterations: number;
    readonly salt: string;
    readonly digest: string;
  };

export const LEAST_ITERATIONS = 100_000;
export const MOST_ITERATIONS = 10_000_000;
/** Of what herd itself makes. */
const OWN_ITERATIONS = 600_000;
const SALT_BYTES = 16;
const DIGEST_BITS = 256;

const SHA256 = /^sha256:([0-9a-f]{64})$/;
const PBKDF2 = /^pbkdf2-sha256:([1-9]\d{0,8}):((?:[0-9a-f]{2}){8,64}):([0-9a-f]{64})$/;

/** The hash that `text` writes; undefined where it writes none. */
export function parseHash(text: string): StoredHash | undefined {
  const token = SHA256.exec(text)?.[1];
  if (token !== undefined) return { kind: "sha256", digest: token };
  const [, iterations, salt, digest] = PBKDF2.exec(text) ?? [];
  if (salt === undefined || digest === undefined) return undefined;
  const count = Number(iterations);
  if (count < LEAST_ITERATIONS || count > MOST_ITERATIONS) return undefined;
  return { kind: "pbkdf2-sha256", iterations: count, salt, digest };
}

export function renderHash(hash: StoredHash): string {
  switch (hash.kind) {
    case "sha256":
      return `sha256:${hash.digest}`;
    case "pbkdf2-sha256":
      return `pbkdf2-sha256:${hash.iterations}:${hash.salt}:${hash.digest}`;
  }
}

/** 32 signs, of which none looks like another. */
const SIGNS = "0123456789abcdefghjkmnpqrstvwxyz";
/** Of five bits each. */
const TOKEN_SIGNS = 26;

/** A password that nobody guesses, made of digits and small letters: it is typed on phones, and stands in URLs. */
export function drawPassword(randomBytes: (count: number) => Uint8Array): string {
  return Array.from(randomBytes(TOKEN_SIGNS), (byte) => SIGNS[byte % SIGNS.length]).join("");
}

/** The hash to keep of a password that `drawPassword` made. */
export async function hashDrawn(crypto: PasswordCrypto, password: string): Promise<StoredHash> {
  return { kind: "sha256", digest: await sha256(crypto, password) };
}

/** The hash to keep of a password that a person has chosen. */
export async function hashChosen(
  crypto: PasswordCrypto,
  randomBytes: (count: number) => Uint8Array,
  password: string,
  iterations = OWN_ITERATIONS,
): Promise<StoredHash> {
  const salt = toHex(randomBytes(SALT_BYTES));
  return {
    kind: "pbkdf2-sha256",
    iterations,
    salt,
    digest: await pbkdf2(crypto, password, salt, iterations),
  };
}

/** SHA-256 of `text`, in hex. */
export async function sha256(crypto: PasswordCrypto, text: string): Promise<string> {
  return toHex(new Uint8Array(await crypto.digest("SHA-256", toBytes(text))));
}

/** PBKDF2 of `password`, in hex. Letters with accents are taken in one form, however a keyboard makes them. */
export async function pbkdf2(
  crypto: PasswordCrypto,
  password: string,
  salt: string,
  iterations: number,
): Promise<string> {
  const key = await crypto.importKey("raw", toBytes(password.normalize("NFC")), "PBKDF2", false, [
    "deriveBits",
  ]);
  const algorithm = { name: "PBKDF2", hash: "SHA-256", salt: fromHex(salt), iterations };
  return toHex(new Uint8Array(await crypto.deriveBits(algorithm, key, DIGEST_BITS)));
}

/** Whether two digests are the same; as long in the coming where they differ at once as where they do at the end. */
export function areSame(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
