/** TLS: for clients, for links, for `send`, and with several threads; and whom it keeps out. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { spawn } from "node:child_process";
import { Authority, type Identity } from "../certificates.ts";
import {
  checkAt,
  Client,
  type ClientTls,
  converse,
  freePort,
  freshClient,
  type Kind,
  type LinkPair,
  nextKind,
  nodeCommand,
  nowNanos,
  once,
  run,
  type RunningServer,
  startServer,
  suite,
  tempFile,
  test,
  timeText,
  topologyText,
  until,
} from "./harness.ts";

const POSITION = "+34.068930-118.445127";
const ours = new Authority();
const theirs = new Authority();
const NAMES = ["Alpha", "Beta", "Gamma"] as const;
const LINKS: readonly LinkPair[] = [["Alpha", "Beta"], ["Beta", "Gamma"]];

function shown(identity?: Identity): ClientTls {
  const ca = ours.certificate;
  return identity === undefined ? { ca } : { ca, cert: identity.certificate, key: identity.key };
}

async function tlsFlags(identity: Identity, authorities: string = ours.certificate): Promise<string[]> {
  return [
    "--tls-cert",
    await tempFile("cert.pem", identity.certificate),
    "--tls-key",
    await tempFile("key.pem", identity.key),
    "--tls-ca",
    await tempFile("ca.pem", authorities),
  ];
}

async function topologyOf(links: readonly LinkPair[] = LINKS): Promise<string> {
  const ports = new Map<string, number>();
  for (const name of NAMES) ports.set(name, await freePort());
  return await tempFile("topology.json", topologyText(ports, links));
}

interface StartOptions {
  readonly topology?: string;
  readonly identity?: Identity;
  readonly flags?: readonly string[];
  readonly limits?: Readonly<Record<string, number>>;
  readonly kind?: Kind;
}

async function start(name: string, options: StartOptions = {}): Promise<RunningServer> {
  const { identity = ours.issue([name]), flags = [], limits = {} } = options;
  return await startServer(name, {
    topology: options.topology ?? await topologyOf([]),
    flags: [...await tlsFlags(identity), ...flags],
    limits,
    tls: shown(),
    kind: options.kind ?? nextKind(),
  });
}

const alone = once(() => start("Alpha"));

test("TLS: a client without a certificate is served as always, with TLS 1.3 and 1.2", async () => {
  const server = await alone();
  for (const maxVersion of [undefined, "TLSv1.2"] as const) {
    const tls = maxVersion === undefined ? shown() : { ...shown(), maxVersion };
    const session = await Client.connect(server.port, "Alpha", tls);
    const report = { origin: "Alpha", client: freshClient(), position: POSITION, time: timeText(nowNanos()) };
    await session.send(
      `IAMAT ${report.client} ${POSITION} ${report.time}\nWHATSAT ${report.client} 10 3\nwhat\n`,
    );
    const at = await session.line();
    checkAt(at, report);
    assertEquals((await session.whatsat()).at, at);
    assertEquals(await session.line(), "? what");
    session.destroy();
  }
});

test("TLS: who ends its sending side gets every reply that is due, the last line's too", async () => {
  const server = await alone();
  assertEquals(await converse(server, "no LF behind this"), "? no LF behind this\n");
  const lines = Array.from({ length: 20_000 }, (_, i) => `line ${i}`);
  const replies = await converse(server, lines.join("\n"));
  assertEquals(replies, lines.map((line) => `? ${line}\n`).join(""));
});

test("TLS: who speaks without it is closed, and gets no answer", async () => {
  const server = await alone();
  const plain = await Client.connect(server.port, "Alpha");
  await plain.send("WHATSAT kiwi 10 5\n");
  // What comes, if anything, is TLS's word that this was none.
  assert(["", "\x15"].includes((await plain.rest()).slice(0, 1)), "a reply");
  plain.destroy();
  const client = freshClient();
  const at = await server.report(client, POSITION, timeText(nowNanos()));
  assertEquals(await server.held(client), at);
});

test("TLS: handshakes that fail or take too long are logged and counted, and harm nobody", async () => {
  const server = await start("Alpha", { limits: { handshakeMs: 2_000 } });
  const silent = await Client.connect(server.port, "Alpha");
  const garbled = await Client.connect(server.port, "Alpha");
  garbled.push("\x16\x03\x01\x00\x05hello");
  await silent.dropped();
  await garbled.dropped();
  await server.logged(
    "the silent one",
    (line) => line.includes("handshake failed: it took longer than 2000 ms"),
  );
  assertEquals(await converse(server, "served?\n"), "? served?\n");
  assertEquals((await server.stop()).code, 0);
  assertMatch(server.log(), /"handshakesFailed":2\b/);
});

/** Alpha knows Beta and Gamma, and nobody runs there. */
const guarded = once(async () => {
  const kind = suite === "mixed" ? "deno" : suite;
  return await start("Alpha", { topology: await topologyOf([["Alpha", "Beta"]]), kind });
});

const HELLO = `HERD/1 HELLO herd Beta Alpha ${"0".repeat(32)} ${"1".repeat(32)} - 0`;

/** What Alpha says to who says hello in Beta's name, and then reports in it. */
async function helloAs(identity: Identity | undefined): Promise<string> {
  const server = await guarded();
  const session = await Client.connect(server.port, "Alpha", shown(identity));
  await session.send(`${HELLO}\n`);
  const answer = await session.line();
  if (answer === `? ${HELLO}`) {
    const client = freshClient("stranger");
    const line = `AT Beta +0.1 ${client} ${POSITION} 1520023934.5`;
    await session.send(`${line}\n`);
    assertEquals(await session.line(), `? ${line}`);
    assertEquals(await server.held(client), undefined);
  }
  session.destroy();
  return answer;
}

test("TLS: only who shows a certificate of ours with the neighbor's name or host may become its link", async () => {
  assertMatch(await helloAs(ours.issue(["Beta"])), /^HERD\/1 CHALLENGE /);
  assertMatch(await helloAs(ours.issue(["127.0.0.1"])), /^HERD\/1 CHALLENGE /);
  assertEquals(await helloAs(undefined), `? ${HELLO}`);
  assertEquals(await helloAs(ours.issue(["Gamma"])), `? ${HELLO}`);
  assertEquals(await helloAs(theirs.issue(["Beta"])), `? ${HELLO}`);
  const server = await guarded();
  await server.logged("why", (line) => line.includes("refused a hello from Beta: no certificate"));
});

test("TLS: every client is served, whatever certificate it shows", async () => {
  const server = await guarded();
  for (const identity of [ours.issue(["Beta"]), theirs.issue(["Beta"])]) {
    const session = await Client.connect(server.port, "Alpha", shown(identity));
    await session.send("hello\n");
    assertEquals(await session.line(), "? hello");
    session.destroy();
  }
});

/** A client that says hello on a session and then on one that it resumes: prints both answers. */
const RESUMING = `
const [port, ca, cert, key, hello] = process.argv.slice(1);
const visit = (session) => new Promise((resolve, reject) => {
  const socket = require("node:tls").connect({
    host: "127.0.0.1", port, ca, cert, key, session, checkServerIdentity: () => undefined });
  let ticket, said = "";
  const done = () => {
    if (ticket === undefined || !said.includes("\\n")) return;
    resolve({ ticket, said: said.split(" ")[0] + " " + socket.isSessionReused() });
    socket.destroy();
  };
  socket.on("session", (got) => { ticket = got; done(); });
  socket.on("data", (bytes) => { said += bytes; done(); });
  socket.on("error", reject);
  socket.write(hello + "\\n");
});
visit().then(async (first) => console.log(first.said + ", " + (await visit(first.ticket)).said));
`;

async function resumes(identity: Identity): Promise<string> {
  const server = await guarded();
  const args = [String(server.port), ours.certificate, identity.certificate, identity.key, HELLO];
  const child = spawn(nodeCommand(), ["-e", RESUMING, "--", ...args]);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => said += String(bytes));
  await new Promise((resolve) => child.on("close", resolve));
  return said.trim();
}

// A server on Deno is asked by a client on Node: clients on Deno resume no such session, and servers on Node neither.
if (suite === "mixed") {
  test("TLS: a session that is resumed proves nothing", async () => {
    for (const identity of [ours.issue(["Beta"], { isExpired: true }), theirs.issue(["Beta"])]) {
      assertEquals(await resumes(identity), "? false, ? true");
    }
    assertEquals(await resumes(ours.issue(["Beta"])), "HERD/1 false, ? true");
  });
}

test("TLS: a herd floods over links with TLS, and links again when a server returns", async () => {
  const topology = await topologyOf();
  const flags = ["--secret-file", await tempFile("secret", "canary-of-the-herd\n")];
  const servers = await Promise.all(NAMES.map((name) => start(name, { topology, flags })));
  const agree = async (origin: RunningServer) => {
    const client = freshClient("flooded");
    const at = await origin.report(client, POSITION, timeText(nowNanos()));
    for (const server of servers) await until("all hold it", async () => await server.held(client) === at);
  };
  for (const server of servers) await agree(server);
  const beta = servers[1]!;
  assertEquals((await beta.stop()).code, 0);
  servers[1] = await start("Beta", { topology, flags });
  for (const server of servers) await agree(server);
  const keys = /PRIVATE KEY|canary-of-the-herd/;
  for (const server of servers) {
    assert(!keys.test(server.allLogs() + server.program.stderr), "a secret in a log");
  }
});

test("TLS: a server with a certificate of others, or for another name, is no neighbor", async () => {
  for (const identity of [theirs.issue(["Beta"]), ours.issue(["Gamma"])]) {
    const topology = await topologyOf([["Alpha", "Beta"]]);
    const alpha = await start("Alpha", { topology });
    const flags = await tlsFlags(identity, ours.certificate + theirs.certificate);
    const beta = await startServer("Beta", { topology, flags, tls: { ca: theirs.certificate } });
    await alpha.logged("that it is not reached", (line) => /Beta ! not reached yet .*certificate/.test(line));
    await alpha.logged("that it was refused", (line) => line.includes("refused a hello from Beta"));
    const client = freshClient("kept-in");
    await alpha.report(client, POSITION, timeText(nowNanos()));
    assert(!/link up/.test(alpha.log() + beta.log()));
    await alpha.stop();
    await beta.stop();
  }
});

test("TLS: with several threads a neighbor may reach any of them, and a stranger none", async () => {
  const topology = await topologyOf([["Alpha", "Beta"]]);
  const workers = ["--workers", "3"];
  const [alpha, beta] = await Promise.all([
    start("Alpha", { topology, flags: workers }),
    start("Beta", { topology, flags: workers }),
  ]);
  for (const [origin, other] of [[alpha, beta], [beta, alpha], [alpha, beta]] as const) {
    const client = freshClient("threads");
    const at = await origin.report(client, POSITION, timeText(nowNanos()));
    for (let look = 0; look < 6; look++) {
      await until("each thread holds it", async () => await other.held(client) === at);
    }
  }
  assert(!/refused a hello/.test(alpha.allLogs() + beta.allLogs()), "no thread refuses a neighbor");
  for (let visit = 0; visit < 12; visit++) {
    const stranger = await Client.connect(alpha.port, "Alpha", shown(theirs.issue(["Beta"])));
    await stranger.send(`${HELLO}\n`);
    assertEquals(await stranger.line(), `? ${HELLO}`);
    stranger.destroy();
  }
  assertEquals((await alpha.stop()).code, 0);
  assertEquals((await beta.stop()).code, 0);
});

test("TLS: send speaks it with --tls-ca, and says what is wrong where that does not fit", async () => {
  const topology = await topologyOf([]);
  const server = await start("Alpha", { topology });
  const send = (...args: string[]) => run(["send", "Alpha", ...args, "--topology", topology]);
  const ca = await tempFile("ca.pem", ours.certificate);
  const client = freshClient("sent");
  const told = await send("iamat", client, POSITION, "1520023934.5", "--tls-ca", ca);
  assertEquals([told.code, told.stderr], [0, ""]);
  assertEquals(told.stdout.trimEnd(), await server.held(client));
  const asked = await run(["send", "Alpha", "--topology", topology, "--tls-ca", ca], { stdin: "what\nelse" });
  assertEquals([asked.code, asked.stdout], [1, "? what\n? else\n"]);

  const plain = await send("whatsat", client, "10", "0");
  assertEquals([plain.code, plain.stdout], [2, ""]);
  assertMatch(plain.stderr, /^herd: Alpha [^\n]*--tls-ca[^\n]*\n$/);
  const wrong = await send(
    "whatsat",
    client,
    "10",
    "0",
    "--tls-ca",
    await tempFile("ca.pem", theirs.certificate),
  );
  assertEquals([wrong.code, wrong.stdout], [2, ""]);
  assertMatch(wrong.stderr, /^herd: Alpha [^\n]*certificate[^\n]*\n$/);
  const missing = await send("whatsat", client, "10", "0", "--tls-ca", "/no/such.pem");
  assertEquals(missing.code, 2);
  assertMatch(missing.stderr, /^herd: \/no\/such\.pem: there is no such certificate file\n$/);
  await server.stop();
});

test("TLS: a mistake in its flags or files is one line that names it, and exit code 2", async () => {
  const { certificate, key } = ours.issue(["Alpha"]);
  const cert = await tempFile("cert.pem", certificate);
  const keyFile = await tempFile("key.pem", key);
  const ca = await tempFile("ca.pem", ours.certificate);
  const other = await tempFile("other.pem", theirs.certificate);
  const junk = await tempFile("junk.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  const old = ours.issue(["Alpha"], { isOld: true });
  const oldFile = await tempFile("old.pem", old.certificate);
  const oldKey = await tempFile("old.key", old.key);
  const topology = await topologyOf();
  const mistakes: readonly (readonly [args: readonly string[], word: string])[] = [
    [["--tls-cert", cert], "--tls-key"],
    [["--tls-key", keyFile], "--tls-cert"],
    [["--tls-ca", ca], "--tls-cert"],
    [["--tls-cert", cert, "--tls-key", keyFile], "--tls-ca"],
    [["--tls-cert", "/no/such", "--tls-key", keyFile, "--tls-ca", ca], "/no/such: there is no such"],
    [["--tls-cert", junk, "--tls-key", keyFile, "--tls-ca", ca], junk],
    [["--tls-cert", oldFile, "--tls-key", oldKey, "--tls-ca", ca], "subjectAltName"],
    [["--tls-cert", cert, "--tls-key", cert, "--tls-ca", ca], "no private key"],
    [["--tls-cert", cert, "--tls-key", oldKey, "--tls-ca", ca], "not the key"],
    [["--tls-cert", cert, "--tls-key", keyFile, "--tls-ca", keyFile], "no certificate"],
    [["--tls-cert", cert, "--tls-key", keyFile, "--tls-ca", junk], junk],
    [["--tls-cert", cert, "--tls-key", keyFile, "--tls-ca", other], "signed by no certificate"],
  ];
  for (const [args, word] of mistakes) {
    const { code, stdout, stderr } = await run([
      "serve",
      "Alpha",
      "--topology",
      topology,
      "--log-dir",
      "none",
      ...args,
    ]);
    const told = `${args.join(" ")}\n${stdout}${stderr}`;
    assertEquals([code, stdout], [2, ""], told);
    assertMatch(stderr, /^herd: [^\n]+\n$/, told);
    assert(stderr.includes(word), told);
  }
});
