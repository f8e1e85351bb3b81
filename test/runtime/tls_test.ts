/** TLS of a runtime, over real sockets: what files are refused, who is believed, and how long a handshake may take. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import type { Address, Connection, DialTls, ListenTls, TlsFiles } from "../../src/runtime/runtime.ts";
import { Authority, type Identity } from "../certificates.ts";
import { test } from "../runner.ts";
import { runtimeHere } from "./runtime_here.ts";

const ours = new Authority();
const theirs = new Authority();
const server = ours.issue(["Alpha"]);
const LOOPBACK = { host: "127.0.0.1", port: 0 };

async function fault(files: Partial<TlsFiles>): Promise<string | undefined> {
  const { network } = await runtimeHere();
  return await network.findTlsFault({ ...server, authorities: ours.certificate, ...files });
}

interface Listening {
  readonly address: Address;
  readonly accepted: Promise<Connection>;
  readonly failure: Promise<string>;
  close(): void;
}

async function listen(options: Partial<ListenTls> = {}): Promise<Listening> {
  const { network } = await runtimeHere();
  let accept: (connection: Connection) => void = () => {};
  let fail: (reason: string) => void = () => {};
  const accepted = new Promise<Connection>((resolve) => accept = resolve);
  const failure = new Promise<string>((resolve) => fail = resolve);
  const listener = await network.listen(LOOPBACK, accept, {
    tls: {
      ...server,
      authorities: ours.certificate,
      handshakeMs: 10_000,
      handshakes: 10,
      failed: (remote, reason) => fail(`${remote.host} ${reason}`),
      ...options,
    },
  });
  return { address: listener.address, accepted, failure, close: () => listener.close() };
}

async function dial(address: Address, options: Partial<DialTls> = {}): Promise<Connection> {
  const { network } = await runtimeHere();
  const tls = { authorities: ours.certificate, names: ["Alpha"], ...options };
  return await network.dial(address, new AbortController().signal, tls);
}

/** Whether a listener takes the one who shows `own` for Beta. */
async function isBeta(own: Identity | undefined): Promise<boolean> {
  const { address, accepted, close } = await listen();
  const dialed = await dial(address, own === undefined ? {} : { own });
  const connection = await accepted;
  const proved = connection.certifies?.("Beta") === true;
  for (const end of [dialed, connection]) end.destroy();
  close();
  return proved;
}

/** What a dialer says of a listener that shows `own`. */
async function refusal(own: Identity): Promise<string> {
  const { address, close } = await listen(own);
  const error = await assertRejects(() => dial(address, { names: ["Alpha", "127.0.0.1"] }), Error);
  close();
  return error.message;
}

test("TLS: files that do not fit are told apart, and those that do are none", async () => {
  assertEquals(await fault({}), undefined);
  assertEquals(await fault({ authorities: undefined }), undefined);
  assertEquals(await fault({ authorities: theirs.certificate + ours.certificate }), undefined);
  assertEquals(await fault({ certificate: "" }), "no certificate");
  assertEquals(await fault({ certificate: server.key }), "no certificate");
  const damaged = server.certificate.replace(/\n.{9}/, "\nAAAAAAAAA");
  assertEquals(await fault({ certificate: damaged }), "no certificate");
  assertEquals(await fault(ours.issue(["Alpha"], { isOld: true })), "no names");
  assertEquals(await fault({ key: "no key" }), "no key");
  assertEquals(await fault({ key: server.certificate }), "no key");
  assertEquals(await fault({ key: ours.issue(["Alpha"]).key }), "unpaired");
  assertEquals(await fault({ authorities: "nobody" }), "no authorities");
  assertEquals(await fault({ authorities: theirs.certificate }), "unsigned");
}, { needs: ["read"] });

test("TLS: a dialer is believed to be whom a certificate of ours names, and nobody else", async () => {
  assertEquals(await isBeta(ours.issue(["Beta"])), true);
  assertEquals(await isBeta(ours.issue(["other.example", "Beta"])), true);
  assertEquals(await isBeta(ours.issue(["Gamma"])), false);
  assertEquals(await isBeta(undefined), false);
  assertEquals(await isBeta(theirs.issue(["Beta"])), false);
  assertEquals(await isBeta(ours.issue(["Beta"], { isExpired: true })), false);
  // Whoever has a certificate of ours must not be able to sign others.
  const deputy = new Authority("Beta", ours);
  const { certificate, key } = deputy.issue(["Beta"]);
  assertEquals(await isBeta({ certificate: certificate + deputy.certificate, key }), false);
  // A certificate of version 1 has no names but its common one.
  assertEquals(await isBeta(ours.issue(["Beta"], { isOld: true })), false);
}, { needs: ["net", "read"] });

test(
  "TLS: a dialer takes a listener whose certificate is of ours and for one of the names, no other",
  async () => {
    for (const names of [["Alpha"], ["127.0.0.1"], ["x.example", "127.0.0.1"]]) {
      const { address, close } = await listen(ours.issue(names));
      const connection = await dial(address, { names: ["Alpha", "127.0.0.1"] });
      assertEquals(connection.remote, address);
      connection.destroy();
      close();
    }
    assertEquals(await refusal(ours.issue(["Beta"])), "its certificate is not for Alpha or 127.0.0.1");
    for (const own of [theirs.issue(["Alpha"]), ours.issue(["Alpha"], { isExpired: true })]) {
      assertMatch(await refusal(own), /certificate/);
    }
  },
  { needs: ["net", "read"] },
);

test("TLS: a listener is not believed for a forged certificate of version 1", async () => {
  // Its issuer has the name of our authority, and not its key.
  await refusal(theirs.issue(["Alpha"], { isOld: true }));
  const deputy = new Authority("Deputy", theirs, { isOld: true });
  const { certificate, key } = deputy.issue(["Alpha"]);
  await refusal({ certificate: certificate + deputy.certificate, key });
  // This one is genuine, but is not looked at on every runtime for whether the listener has its key.
  await refusal(ours.issue(["Alpha"], { isOld: true }));
}, { needs: ["net", "read"] });

/** A connection to `address` without TLS. */
async function plain(address: Address): Promise<{ readonly socket: Socket; readonly closed: Promise<void> }> {
  const socket = connect({ ...address });
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("error", () => {/* A reset is a close too. */});
  socket.resume();
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  return { socket, closed };
}

test("TLS: who says nothing, or too little, is closed when the time of a handshake is over", async () => {
  // The beginning of a handshake: more of it is never sent.
  for (const bytes of [[], [0x16, 3, 1, 2, 0, 1, 0]]) {
    const { address, failure, close } = await listen({ handshakeMs: 50 });
    const { socket, closed } = await plain(address);
    socket.write(Uint8Array.from(bytes));
    await closed;
    assertEquals(await failure, "127.0.0.1 it took longer than 50 ms");
    close();
  }
}, { needs: ["net", "read"] });

test("TLS: who goes before the handshake is done holds its place no longer", async () => {
  const { address, failure, close } = await listen();
  const { socket } = await plain(address);
  socket.end(Uint8Array.from([0x16, 3, 1, 2, 0, 1, 0]));
  assertEquals(await failure, "127.0.0.1 the peer closed the connection");
  close();
}, { needs: ["net", "read"] });

test("TLS: who says all and ends in one piece with the last word of its handshake is heard", async () => {
  const { address, accepted, close } = await listen();
  const raw = connect({ ...address, allowHalfOpen: true });
  let heldBack: Uint8Array[] | undefined;
  // The first piece is what opens the handshake; what the client has to say after the answer goes in one.
  const wire = new Duplex({
    read() {},
    write(bytes: Uint8Array, _, done) {
      if (heldBack === undefined) raw.write(bytes);
      else heldBack.push(bytes);
      heldBack ??= [];
      done();
    },
  });
  raw.on("data", (bytes) => wire.push(bytes));
  const client = connectTls({ socket: wire, ca: ours.certificate, checkServerIdentity: () => undefined });
  client.once("secureConnect", () => {
    client.end("all that there is", () => raw.end(Buffer.concat(heldBack ?? [])));
  });
  const connection = await accepted;
  let heard = "";
  await new Promise<void>((resolve, reject) => {
    const received = (bytes: Uint8Array) => heard += new TextDecoder().decode(bytes);
    connection.start({ received, drained() {}, ended: resolve, closed: reject });
  });
  assertEquals(heard, "all that there is");
  connection.destroy();
  raw.destroy();
  close();
}, { needs: ["net", "read"] });

test("TLS: who speaks without it is closed, and told of", async () => {
  const { address, failure, close } = await listen();
  const { socket, closed } = await plain(address);
  socket.write("IAMAT kiwi +34-118 1520023934\n");
  await closed;
  assertMatch(await failure, /^127\.0\.0\.1 ./);
  close();
}, { needs: ["net", "read"] });

test("TLS: more handshakes at a time than may be are closed at once, and the others go on", async () => {
  const { address, accepted, failure, close } = await listen({ handshakes: 1, handshakeMs: 1_000 });
  const first = await plain(address);
  const second = await plain(address);
  await second.closed;
  assertEquals(await failure, "127.0.0.1 too many are under way");
  assert(!first.socket.destroyed, "the first still waits");
  await first.closed;
  const dialed = await dial(address);
  for (const end of [dialed, await accepted]) end.destroy();
  close();
}, { needs: ["net", "read"] });

test("TLS: a listener that closes ends the handshakes that are under way", async () => {
  const { address, close } = await listen();
  const { closed } = await plain(address);
  // Taken by the listener once a later one has been served.
  (await dial(address)).destroy();
  close();
  await closed;
}, { needs: ["net", "read"] });

test("TLS: a peer that is gone without a word of TLS is told of", async () => {
  const { address, accepted, close } = await listen();
  const raw = connect({ ...address });
  const secure = connectTls({ socket: raw, ca: ours.certificate, checkServerIdentity: () => undefined });
  secure.on("error", () => {});
  await new Promise<void>((resolve) => secure.once("secureConnect", () => resolve()));
  const connection = await accepted;
  const gone = new Promise<void>((resolve) => {
    connection.start({ received() {}, drained() {}, ended: resolve, closed: () => resolve() });
  });
  raw.destroy();
  await gone;
  connection.destroy();
  close();
}, { needs: ["net", "read"] });
