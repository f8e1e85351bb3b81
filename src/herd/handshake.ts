/**
 * How two neighbors prove who they are, in five lines:
 *
 *     dialer    HERD/1 HELLO <herd> <from> <to> <nonce> <run> <held run> <held seq>
 *     acceptor  HERD/1 CHALLENGE <nonce> <run> <held run> <held seq> <proof>
 *     dialer    HERD/1 PROOF <proof>
 *     acceptor  HERD/1 WELCOME
 *
 * or `HERD/1 BUSY` in place of the second, when both dial at once. A proof is the HMAC-SHA-256, in hex, of its
 * sender's role and the two first lines but for the proof, under the shared secret: it speaks of both nonces, both
 * names and all that was said, so it can be neither replayed nor spliced. A run is one life of a server; `held`
 * tells how much of the other's changes one has, for the catch-up (`-` and 0 for nothing).
 */
import type { Hmac } from "../runtime/runtime.ts";
import { toBytes } from "../wire/bytes.ts";
import { LINK_VERSION } from "../wire/link_message.ts";

/** How much of a neighbor's changes is held: all up to `seq` of its run `run`. */
export interface Held {
  readonly run: string;
  readonly seq: number;
}

export interface Hello {
  readonly kind: "hello";
  readonly herd: string;
  readonly from: string;
  readonly to: string;
  readonly nonce: string;
  readonly run: string;
  readonly held: Held | undefined;
}

export interface Challenge {
  readonly kind: "challenge";
  readonly nonce: string;
  readonly run: string;
  readonly held: Held | undefined;
  readonly proof: string;
}

export interface Proof {
  readonly kind: "proof";
  readonly proof: string;
}

export type HandshakeMessage = Hello | Challenge | Proof | { readonly kind: "welcome" } | {
  readonly kind: "busy";
};

const NONCE = /^[0-9a-f]{32}$/;
const PROOF = /^[0-9a-f]{64}$/;
const SEQ = /^\d{1,15}$/;

/** The bytes with which a session asks to become a link. */
export const HELLO_PREFIX: Uint8Array = toBytes(`${LINK_VERSION} HELLO `);

export function renderHandshake(message: HandshakeMessage): string {
  return `${renderLine(message)}\n`;
}

function renderLine(message: HandshakeMessage): string {
  switch (message.kind) {
    case "hello":
      return `${LINK_VERSION} HELLO ${message.herd} ${message.from} ${message.to} ${message.nonce} ${
        renderPast(message)
      }`;
    case "challenge":
      return `${LINK_VERSION} CHALLENGE ${message.nonce} ${renderPast(message)} ${message.proof}`;
    case "proof":
      return `${LINK_VERSION} PROOF ${message.proof}`;
    case "welcome":
      return `${LINK_VERSION} WELCOME`;
    case "busy":
      return `${LINK_VERSION} BUSY`;
  }
}

function renderPast(message: { readonly run: string; readonly held: Held | undefined }): string {
  return `${message.run} ${message.held?.run ?? "-"} ${message.held?.seq ?? 0}`;
}

/** The handshake message that `line` is, or undefined. */
export function parseHandshake(line: string): HandshakeMessage | undefined {
  const [version, word, ...fields] = line.split(" ");
  if (version !== LINK_VERSION) return undefined;
  switch (word) {
    case "HELLO":
      return parseHello(fields);
    case "CHALLENGE":
      return parseChallenge(fields);
    case "PROOF": {
      const [proof = ""] = fields;
      return fields.length === 1 && PROOF.test(proof) ? { kind: "proof", proof } : undefined;
    }
    case "WELCOME":
      return fields.length === 0 ? { kind: "welcome" } : undefined;
    case "BUSY":
      return fields.length === 0 ? { kind: "busy" } : undefined;
    default:
      return undefined;
  }
}

function parseHello(fields: readonly string[]): Hello | undefined {
  const [herd = "", from = "", to = "", nonce = "", run = "", heldRun = "", heldSeq = ""] = fields;
  const held = parseHeld(heldRun, heldSeq);
  if (fields.length !== 7 || !NONCE.test(nonce) || !NONCE.test(run) || held === null) return undefined;
  return { kind: "hello", herd, from, to, nonce, run, held };
}

function parseChallenge(fields: readonly string[]): Challenge | undefined {
  const [nonce = "", run = "", heldRun = "", heldSeq = "", proof = ""] = fields;
  const held = parseHeld(heldRun, heldSeq);
  const fits = fields.length === 5 && NONCE.test(nonce) && NONCE.test(run) && PROOF.test(proof);
  return fits && held !== null ? { kind: "challenge", nonce, run, held, proof } : undefined;
}

function parseHeld(run: string, seq: string): Held | undefined | null {
  if (run === "-" && seq === "0") return undefined;
  return NONCE.test(run) && SEQ.test(seq) ? { run, seq: Number(seq) } : null;
}

type Role = "dialer" | "acceptor";

/** Makes and checks proofs. With several secrets, the first is used and any is taken, so that they can be rotated. */
export class Prover {
  readonly #hmac: Hmac;
  readonly #keys: Promise<readonly CryptoKey[]>;
  /** Whether there is a secret at all. */
  readonly hasSecret: boolean;

  /** @param secrets none means that anyone who may connect is believed. */
  constructor(hmac: Hmac, secrets: readonly string[]) {
    this.#hmac = hmac;
    this.hasSecret = secrets.length > 0;
    // WebCrypto takes no empty key; without a secret the proofs prove nothing, and need only
    // to agree; on a text that no secret can be.
    const texts = this.hasSecret ? secrets : ["\0"];
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    this.#keys = Promise.all(
      texts.map((text) => this.#hmac.importKey("raw", toBytes(text), algorithm, false, ["sign", "verify"])),
    );
  }

  /** The proof of `role`, in hex, under the secret number `which`. */
  async prove(role: Role, hello: Hello, challenge: Omit<Challenge, "proof">, which = 0): Promise<string> {
    const key = (await this.#keys)[which]!;
    return toHex(new Uint8Array(await this.#hmac.sign("HMAC", key, transcript(role, hello, challenge))));
  }

  /** The number of the secret under which `proof` holds, or -1. Takes the same time wherever a proof is wrong. */
  async check(proof: string, role: Role, hello: Hello, challenge: Omit<Challenge, "proof">): Promise<number> {
    const said = transcript(role, hello, challenge);
    const keys = await this.#keys;
    const verdicts = await Promise.all(
      keys.map((key) => this.#hmac.verify("HMAC", key, fromHex(proof), said)),
    );
    return verdicts.indexOf(true);
  }
}

function transcript(role: Role, hello: Hello, challenge: Omit<Challenge, "proof">): Uint8Array<ArrayBuffer> {
  return toBytes(`${role}\n${renderLine(hello)}\n${challenge.nonce} ${renderPast(challenge)}\n`);
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
