/** Certificates for the tests, made when they run: valid whatever the date, and nothing has to be installed. */
import { Buffer } from "node:buffer";
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** A certificate and its key, as PEM. */
export interface Identity {
  readonly certificate: string;
  readonly key: string;
}

/** What a certificate may be told to be. */
export interface CertificateOptions {
  /** Of version 1: without names, and without anything that says what it is for. */
  readonly isOld?: boolean;
  readonly isExpired?: boolean;
}

const DAY_MS = 86_400_000;
const COMMON_NAME = "2.5.4.3";
const ALTERNATIVE_NAMES = "2.5.29.17";
const BASIC_CONSTRAINTS = "2.5.29.19";
const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80
    ? [length]
    : length < 0x100
    ? [0x81, length]
    : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return der(0x30, ...parts);
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  const bytes = [40 * first + second, ...rest].flatMap((arc) => {
    const digits = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) digits.unshift(left & 0x7f | 0x80);
    return digits;
  });
  return der(0x06, Buffer.from(bytes));
}

function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, "");
  const isEarly = text < "2050";
  return der(isEarly ? 0x17 : 0x18, Buffer.from(isEarly ? text.slice(2) : text));
}

function nameOf(commonName: string): Buffer {
  return sequence(der(0x31, sequence(oid(COMMON_NAME), der(0x0c, Buffer.from(commonName)))));
}

function alternativeName(name: string): Buffer {
  const isAddress = /^\d+\.\d+\.\d+\.\d+$/.test(name);
  return isAddress ? der(0x87, Buffer.from(name.split(".").map(Number))) : der(0x82, Buffer.from(name));
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), der(0x04, value));
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** An authority that signs certificates, with a key of its own whatever its name. */
export class Authority {
  /** As PEM. */
  readonly certificate: string;
  readonly #name: string;
  readonly #key: KeyObject;

  /** @param issuer who signs its certificate; itself, when not given. */
  constructor(name = "Authority of the test", issuer?: Authority, options: CertificateOptions = {}) {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    this.#name = name;
    this.#key = privateKey;
    const isAuthority = extension(BASIC_CONSTRAINTS, sequence(der(0x01, Buffer.from([0xff]))));
    this.certificate = (issuer ?? this).#sign(name, publicKey, isAuthority, options);
  }

  /** A certificate for `names`: names of hosts or servers, and IPv4 addresses. */
  issue(names: readonly string[], options: CertificateOptions = {}): Identity {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const alternatives = extension(ALTERNATIVE_NAMES, sequence(...names.map(alternativeName)));
    return {
      certificate: this.#sign(names[0] ?? "nobody", publicKey, alternatives, options),
      key: String(privateKey.export({ type: "pkcs8", format: "pem" })),
    };
  }

  #sign(subject: string, key: KeyObject, extensions: Buffer, options: CertificateOptions): string {
    const algorithm = sequence(oid(ECDSA_WITH_SHA256));
    const endMs = Date.now() + (options.isExpired === true ? -DAY_MS : 30 * DAY_MS);
    const version3 = der(0xa0, der(0x02, Buffer.from([2])));
    const body = sequence(
      ...(options.isOld === true ? [] : [version3]),
      der(0x02, Buffer.from([1]), randomBytes(8)),
      algorithm,
      nameOf(this.#name),
      sequence(time(Date.now() - 30 * DAY_MS), time(endMs)),
      nameOf(subject),
      key.export({ type: "spki", format: "der" }),
      ...(options.isOld === true ? [] : [der(0xa3, sequence(extensions))]),
    );
    const signature = der(0x03, Buffer.from([0]), sign("sha256", body, this.#key));
    return pem("CERTIFICATE", sequence(body, algorithm, signature));
  }
}
