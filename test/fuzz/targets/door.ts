/** The head of an HTTP request: nobody is taken for a user, or for someone on this machine, who is not. */
import { Buffer } from "node:buffer";
import { DoorGuard } from "../../../src/gateway/door_guard.ts";
import { hashDrawn } from "../../../src/gateway/hashes.ts";
import type { Identity } from "../../../src/gateway/guard.ts";
import { Problem } from "../../../src/gateway/problem.ts";
import { LimitHits } from "../../../src/limit_hits.ts";
import { DEFAULT_LIMITS } from "../../../src/limits.ts";
import { NO_LOG } from "../../../src/log/server_log.ts";
import { textOf } from "../../binary.ts";
import { FakeClock } from "../../fake_clock.ts";
import { mustEqual, type Target } from "../target.ts";

const TOKEN = "0123456789abcdefghjkmnpqrs";
const BASIC = Buffer.from(`deck:${TOKEN}`).toString("base64");
const REMOTE = { host: "127.0.0.1", port: 50_000 };
const SCHEMES = ["basic ", "bearer ", "herd "];
const PROXIES = /^(forwarded|via|x-forwarded-(for|host|proto)|x-real-ip)$/;

const made = hashDrawn(crypto.subtle, TOKEN).then((hash) =>
  new DoorGuard({
    door: { host: "127.0.0.1", port: 8080 },
    users: [{ name: "deck", rights: ["write"], hash, friends: [] }],
    secrets: ["secret"],
    hmac: crypto.subtle,
    crypto: crypto.subtle,
    randomBytes: (count) => new Uint8Array(count),
    limits: DEFAULT_LIMITS,
    limitHits: new LimitHits(),
    log: NO_LOG,
    clock: new FakeClock(),
  })
);

/** The first line is what follows the host in the URL, each other one a header; undefined where HTTP has no such. */
function readRequest(text: string): Request | undefined {
  const [rest = "", ...lines] = text.split("\n");
  try {
    const headers = new Headers({ host: "127.0.0.1" });
    for (const line of lines) {
      const colon = line.indexOf(":");
      const [name, value] = [line.slice(0, colon), line.slice(colon + 1)];
      if (name.toLowerCase() === "host") headers.set(name, value);
      else headers.append(name, value);
    }
    return new Request(`http://127.0.0.1/${rest}`, { headers });
  } catch {
    return undefined;
  }
}

/** Who sends it, by a naive reading: for certain, perhaps, or not. */
function isDeck({ headers, url }: Request): "yes" | "perhaps" | "no" {
  const said = headers.get("authorization");
  if (said === null) return new URL(url).searchParams.get("token") === TOKEN ? "yes" : "no";
  if (said === `Basic ${BASIC}` || said === `Bearer ${TOKEN}`) return "yes";
  const base64 = said.replace(/^basic +/i, "");
  const isLike = /^bearer +/i.test(said) || Buffer.from(base64, "base64").toString() === `deck:${TOKEN}`;
  return isLike ? "perhaps" : "no";
}

/** Whether a browser that was sent to `host` would be on this machine, whoever owns the name. */
function isNumberOrLocal(host: string): boolean {
  const name = host.toLowerCase().replace(/:\d*$/, "");
  return name === "localhost" || /^\[[0-9a-f:.]+\]$/.test(name) || /(^|\.)(\d+|0x[0-9a-f]*)\.?$/.test(name);
}

/** @throws {Error} when it should not have been let in. */
function checkAdmitted({ headers, url, method }: Request): void {
  const host = headers.get("host") ?? "";
  const isForwarded = [...headers.keys()].some((name) => PROXIES.test(name));
  if (!isForwarded) mustEqual(isNumberOrLocal(host), true, `the host ${host}`);
  const origin = headers.get("origin");
  if (origin !== null && !isNumberOrLocal(origin.replace(/^https?:\/\//, ""))) {
    const bare = (text: string) =>
      text.toLowerCase().replace(/^https?:\/\//, "").replace(/:(0*(80|443))?$/, "");
    mustEqual(bare(origin), bare(host), "the origin");
  }
  const site = headers.get("sec-fetch-site") ?? "none";
  const isLink = method === "GET" && !url.includes("?") && headers.get("sec-fetch-dest") === "document";
  mustEqual(site === "none" || site === "same-origin" || isLink, true, `the site ${site}`);
}

function kindOfIdentity(who: Identity | undefined): string {
  return who?.kind ?? "nobody";
}

export const door: Target = {
  name: "door",
  words: [
    "herd",
    `?token=${TOKEN}`,
    "?token=",
    "&",
    "%30",
    "\nauthorization: ",
    `Basic ${BASIC}`,
    `Bearer ${TOKEN}`,
    `Herd Hands 1700000000 ${"ab".repeat(32)}`,
    "basic ",
    "\nhost: ",
    "localhost",
    "127.0.0.1",
    "[::1]",
    "evil.example",
    ":8080",
    ":80",
    "0x7f.1",
    "@",
    "\norigin: ",
    "http://",
    "https://",
    "null",
    "\nsec-fetch-site: ",
    "cross-site",
    "same-site",
    "same-origin",
    "none",
    "\nsec-fetch-mode: navigate",
    "\nsec-fetch-dest: document",
    "\nx-forwarded-for: 192.0.2.1",
    "\nvia: 1.1 x",
    "\xad",
    " ",
    ".",
  ],
  maxBytes: 1_024,
  async run(input) {
    const request = readRequest(textOf(input));
    if (request === undefined) return "no request";
    const guard = await made;
    try {
      guard.admit(request);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return `not admitted: ${error.status} ${error.message.slice(0, 12)}`;
    }
    checkAdmitted(request);
    const kinds: string[] = [];
    for (const access of ["read", "write"] as const) {
      const kind = kindOfIdentity(await guard.identify(request, REMOTE, access));
      const deck = isDeck(request);
      if (kind === "user" && deck === "no") throw new Error("nobody was taken for deck");
      if (access === "write" && kind !== "user" && deck === "yes") throw new Error("deck is not known");
      if (kind === "server") throw new Error("nobody knows the secret");
      if (kind === "anyone") mustEqual([access, request.headers.has("via")], ["read", false], "anyone");
      kinds.push(kind);
    }
    const { headers, url } = request;
    const scheme = SCHEMES.find((known) => headers.get("authorization")?.toLowerCase().startsWith(known)) ??
      "";
    return `${kinds.join()} ${scheme} ${url.includes("token=")} ${headers.has("origin")} ${
      headers.has("via")
    }`;
  },
};
