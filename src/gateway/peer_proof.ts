/**
 * How a server of the herd that asks another over HTTP proves to be one:
 *
 *     Authorization: Herd <from> <POSIX seconds> <proof>
 *
 * The proof is the HMAC-SHA-256, in hex, of the two others under the herd's secret. It lets read, and nothing else.
 * Whoever hears it can say it again until it is `peerProofMs` old: it is for a wire that TLS or the network guards.
 */
import { fromHex, toHex } from "../herd/handshake.ts";
import { FIXED_WAITS } from "../limits.ts";
import type { Hmac } from "../runtime/runtime.ts";
import { toBytes } from "../wire/bytes.ts";

/** The scheme, in small letters. */
export const PEER_SCHEME = "herd";

const PROOF = /^([!-~]{1,64}) (\d{1,12}) ([0-9a-f]{64})$/;
const ALGORITHM = { name: "HMAC", hash: "SHA-256" };

/**
 * The value of `Authorization` with which the server `from` asks, under the first of `secrets`; undefined without one.
 * @param nowSeconds POSIX seconds.
 */
export async function peerAuthorization(
  hmac: Hmac,
  secrets: readonly string[],
  from: string,
  nowSeconds: number,
): Promise<string | undefined> {
  const [secret] = secrets;
  if (secret === undefined) return undefined;
  const key = await hmac.importKey("raw", toBytes(secret), ALGORITHM, false, ["sign"]);
  const proof = toHex(new Uint8Array(await hmac.sign("HMAC", key, transcript(from, nowSeconds))));
  return `Herd ${from} ${nowSeconds} ${proof}`;
}

/**
 * Who has proved to be a server of the herd; undefined where nobody has.
 * @param proof what stands behind `Herd` in the header.
 * @param secrets any of them is taken.
 */
export async function checkPeer(
  hmac: Hmac,
  secrets: readonly string[],
  proof: string,
  nowSeconds: number,
): Promise<string | undefined> {
  const [, from, seconds, digest] = PROOF.exec(proof) ?? [];
  if (from === undefined || digest === undefined) return undefined;
  const saidSeconds = Number(seconds);
  if (Math.abs(saidSeconds - nowSeconds) * 1_000 > FIXED_WAITS.peerProofMs) return undefined;
  const verdicts = await Promise.all(secrets.map(async (secret) => {
    const key = await hmac.importKey("raw", toBytes(secret), ALGORITHM, false, ["verify"]);
    return await hmac.verify("HMAC", key, fromHex(digest), transcript(from, saidSeconds));
  }));
  return verdicts.includes(true) ? from : undefined;
}

/** No line of a link's handshake begins like this. */
function transcript(from: string, seconds: number): Uint8Array<ArrayBuffer> {
  return toBytes(`HERD-HTTP/1\n${from}\n${seconds}\n`);
}
