/** HMAC-SHA-256 as WebCrypto offers it, done at once: nothing may wait for a thread that no seed commands. */
import { createHmac } from "node:crypto";
import type { Hmac } from "../../src/runtime/runtime.ts";

type Bytes = Parameters<Hmac["sign"]>[2];

function bytesOf(data: Bytes): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}

/** The keys are of this module's own making, and nobody else looks into them. */
const secrets = new WeakMap<CryptoKey, Uint8Array>();

function macOf(key: CryptoKey, data: Bytes): Uint8Array<ArrayBuffer> {
  const secret = secrets.get(key);
  if (secret === undefined) throw new TypeError("the key is none of the simulation's");
  return new Uint8Array(createHmac("sha256", secret).update(bytesOf(data)).digest());
}

export const simHmac: Hmac = {
  importKey(...args: unknown[]): Promise<CryptoKey> {
    const [, secret] = args as [string, Bytes];
    const key = {} as CryptoKey;
    secrets.set(key, bytesOf(secret).slice());
    return Promise.resolve(key);
  },
  sign: (_algorithm, key, data) => Promise.resolve(macOf(key, data).buffer),
  verify(_algorithm, key, signature, data) {
    const mac = macOf(key, data);
    const claimed = bytesOf(signature);
    return Promise.resolve(claimed.length === mac.length && mac.every((byte, i) => byte === claimed[i]));
  },
};
