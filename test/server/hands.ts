/** Hands, the neighbor of the server under test, as far as its links need it. */
import { assert } from "@std/assert";
import {
  type Challenge,
  type Hello,
  parseHandshake,
  Prover,
  renderHandshake,
} from "../../src/herd/handshake.ts";
import type { FakeConnection } from "./fakes.ts";

const NONCE = "0123456789abcdef0123456789abcdef";

export const HELLO: Hello = {
  kind: "hello",
  herd: "herd",
  from: "Hands",
  to: "Goloman",
  nonce: NONCE,
  run: NONCE,
  held: undefined,
};

/** Says hello on `connection`, and waits for the challenge. */
export async function sayHello(connection: FakeConnection): Promise<Challenge> {
  connection.say(renderHandshake(HELLO));
  await connection.when(({ written }) => written.endsWith("\n"));
  const challenge = parseHandshake(connection.written.slice(0, -1));
  assert(challenge?.kind === "challenge", connection.written);
  return challenge;
}

/** The line with the proof that `challenge` asks for. */
export async function proofLine(challenge: Challenge, secret = "secret"): Promise<string> {
  const proof = await new Prover(crypto.subtle, [secret]).prove("dialer", HELLO, challenge);
  return renderHandshake({ kind: "proof", proof });
}

/** Makes `connection` the link from Hands. */
export async function rise(connection: FakeConnection): Promise<void> {
  connection.say(await proofLine(await sayHello(connection)));
  await connection.when(({ written }) => written.endsWith("HERD/1 WELCOME\n"));
}
