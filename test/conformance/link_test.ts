/** protocol.md, "Between servers", seen from the wire: three servers in a row, with a relay on each link. */

import { assert, assertEquals } from "@std/assert";
import { createServer } from "node:net";
import {
  Client,
  countOf,
  FakePlaces,
  freePort,
  freshClient,
  nextKind,
  nowNanos,
  once,
  Relay,
  respond,
  type RunningServer,
  startServer,
  tempDir,
  tempFile,
  test,
  timeText,
  topologyText,
  until,
} from "./harness.ts";
import { plainBody } from "./places_fixture.ts";

const POSITION = "+34.068930-118.445127";
const SECRET = "canary-secret-of-the-herd-0123456789";
const PLACE_CANARY = "Canary Library";

/**
 * Alpha and Gamma are Beta's neighbors. Each of them knows Beta by the address of a relay; Beta knows both by
 * addresses where nobody listens, so that only they can dial. The names put the dialer once before and once after
 * the dialed in the alphabet.
 */
interface Row {
  readonly start: (name: RowName, options?: StartOptions) => Promise<RunningServer>;
  readonly server: (name: RowName) => RunningServer;
  readonly kill: (name: RowName) => Promise<void>;
  /** Between Alpha and Beta, and between Gamma and Beta. */
  readonly relays: { readonly Alpha: Relay; readonly Gamma: Relay };
  readonly places: FakePlaces;
}

type RowName = "Alpha" | "Beta" | "Gamma";

interface StartOptions {
  readonly limits?: Readonly<Record<string, number>>;
  /** In place of the secret that all have. */
  readonly secret?: string;
}

const theRow = once(async (): Promise<Row> => {
  const betaPort = await freePort();
  const relays = { Alpha: await Relay.start(betaPort), Gamma: await Relay.start(betaPort) };
  const places = await FakePlaces.start(respond(200, plainBody([PLACE_CANARY])));
  const seenBy = async (alpha: number, beta: number, gamma: number): Promise<string> => {
    const ports = new Map([["Alpha", alpha], ["Beta", beta], ["Gamma", gamma]]);
    return await tempFile("topology.json", topologyText(ports, [["Alpha", "Beta"], ["Beta", "Gamma"]]));
  };
  const [deadAlpha, deadGamma] = [await freePort(), await freePort()];
  const topologies = {
    Alpha: await seenBy(await freePort(), relays.Alpha.port, deadGamma),
    Beta: await seenBy(deadAlpha, betaPort, deadGamma),
    Gamma: await seenBy(deadAlpha, relays.Gamma.port, await freePort()),
  };
  const kinds = { Alpha: nextKind(), Beta: nextKind(), Gamma: nextKind() };
  const logDirs = { Alpha: await tempDir(), Beta: await tempDir(), Gamma: await tempDir() };
  const servers = new Map<RowName, RunningServer>();
  const server = (name: RowName): RunningServer => {
    const found = servers.get(name);
    assert(found !== undefined, `${name} does not run`);
    return found;
  };
  const start = async (name: RowName, options: StartOptions = {}): Promise<RunningServer> => {
    const started = await startServer(name, {
      topology: topologies[name],
      kind: kinds[name],
      logDir: logDirs[name],
      flags: ["--places", "google", "--places-url", places.base],
      env: { HERD_SECRET: options.secret ?? SECRET, GOOGLE_PLACES_API_KEY: "some-key" },
      limits: options.limits ?? {},
    });
    servers.set(name, started);
    return started;
  };
  const kill = async (name: RowName): Promise<void> => {
    const killed = server(name);
    servers.delete(name);
    await killed.kill();
  };
  const row: Row = { start, server, kill, relays, places };
  await Promise.all([start("Alpha"), start("Beta"), start("Gamma")]);
  await linked(row);
  return row;
});

/** Waits until a server holds exactly this AT line. */
async function holds(server: RunningServer, client: string, at: string): Promise<void> {
  await until(`${server.name} holds ${JSON.stringify(at)}`, async () => await server.held(client) === at);
}

/** Waits until a report from each end has reached the other, and one from the middle both. */
async function linked(row: Row): Promise<void> {
  const names: readonly RowName[] = ["Alpha", "Beta", "Gamma"];
  for (const origin of names) {
    const client = freshClient("linked");
    const at = await row.server(origin).report(client, POSITION, timeText(nowNanos()));
    for (const name of names) await holds(row.server(name), client, at);
  }
}

test("a link carries AT lines in the client format, and either end may be the one that dialed", async () => {
  const row = await theRow();
  const client = freshClient("format");
  const at = await row.server("Alpha").report(client, POSITION, "1520023934.918963997");
  await holds(row.server("Gamma"), client, at);
  assert(row.relays.Alpha.saidByDialer().includes(`${at}\n`), "from Alpha to Beta");
  assert(row.relays.Gamma.saidByTarget().includes(`${at}\n`), "from Beta to Gamma");
});

test("a report goes to every neighbor once, and not back to the one that it came from", async () => {
  const row = await theRow();
  const client = freshClient("once");
  const at = await row.server("Alpha").report(client, POSITION, timeText(nowNanos()));
  await holds(row.server("Gamma"), client, at);
  // What crosses every wire afterwards, both ways, stands behind anything that this report set off.
  await linked(row);
  assertEquals(countOf(row.relays.Alpha.saidByDialer(), client), 1, "from Alpha to Beta");
  assertEquals(countOf(row.relays.Alpha.saidByTarget(), client), 0, "from Beta back to Alpha");
  assertEquals(countOf(row.relays.Gamma.saidByTarget(), client), 1, "from Beta to Gamma");
  assertEquals(countOf(row.relays.Gamma.saidByDialer(), client), 0, "from Gamma back to Beta");
});

test("the same IAMAT again, and one that is older, flood nothing", async () => {
  const row = await theRow();
  const client = freshClient("again");
  const alpha = row.server("Alpha");
  const at = await alpha.report(client, POSITION, "1520023934.5");
  await holds(row.server("Gamma"), client, at);
  for (let again = 0; again < 3; again++) await alpha.report(client, POSITION, "1520023934.5");
  await alpha.report(client, "+1+1", "1520023934.499999999");
  await linked(row);
  assertEquals(countOf(row.relays.Alpha.saidByDialer(), client), 1, "lines about it from Alpha to Beta");
  await holds(alpha, client, at);

  // The file is written in Beta's own time; what it heard before this stands ahead of it.
  const fence = freshClient("fence");
  await alpha.report(fence, POSITION, "1520023934.5");
  const beta = row.server("Beta");
  await beta.logged("the fence", (line) => line.includes(" < ") && line.includes(fence));
  const log = beta.log().split("\n").filter((line) => line.includes(client));
  assertEquals(log.filter((line) => / < .*AT Alpha /.test(line)).length, 1, log.join("\n"));
});

test("a report that is not newer is not forwarded", async () => {
  const row = await theRow();
  const client = freshClient("newer");
  const newer = await row.server("Beta").report(client, POSITION, "1520023935.5");
  await holds(row.server("Gamma"), client, newer);
  await holds(row.server("Alpha"), client, newer);
  const alphas = countOf(row.relays.Alpha.saidByDialer(), client);
  await row.server("Alpha").report(client, "+1+1", "1520023934.5");
  await row.server("Gamma").report(client, "+2+2", "1520023933.5");
  await linked(row);
  assertEquals(countOf(row.relays.Alpha.saidByDialer(), client), alphas);
  for (const name of ["Alpha", "Beta", "Gamma"] as const) await holds(row.server(name), client, newer);
});

test("place data never crosses a link: the server that was asked asks the service itself", async () => {
  const row = await theRow();
  const client = freshClient("places");
  const at = await row.server("Alpha").report(client, POSITION, timeText(nowNanos()));
  const gamma = row.server("Gamma");
  await holds(gamma, client, at);
  const before = row.places.requests.length;
  const session = await gamma.client();
  await session.send(`WHATSAT ${client} 10 5\n`);
  const reply = await session.whatsat();
  session.destroy();
  assertEquals(reply.at, at);
  assert(reply.json.includes(PLACE_CANARY));
  assertEquals(row.places.requests.length, before + 1);
  await linked(row);
  for (const relay of [row.relays.Alpha, row.relays.Gamma]) {
    const said = relay.saidByDialer() + relay.saidByTarget();
    assert(!said.includes("Canary Library") && !said.includes("WHATSAT"), "it stands on the wire");
  }
});

test("a link that drops is dialed again, however often, and both ends catch up on the rest alone", async () => {
  const row = await theRow();
  const [alpha, gamma] = [row.server("Alpha"), row.server("Gamma")];
  const session = await alpha.client();
  const many = Array.from({ length: 300 }, () => freshClient("crowd"));
  await session.send(many.map((client) => `IAMAT ${client} ${POSITION} 1520023934.5\n`).join(""));
  const ats = await session.lines(many.length);
  session.destroy();
  await holds(gamma, many.at(-1) ?? "", ats.at(-1) ?? "");
  const relay = row.relays.Gamma;
  const [saidBefore, answeredBefore] = [relay.saidByDialer().length, relay.saidByTarget().length];
  await linked(row);
  // By these ends remember how far the other has come.
  await until("both ends have marked how far they are", () => {
    const both = [relay.saidByDialer().slice(saidBefore), relay.saidByTarget().slice(answeredBefore)];
    return both.every((said) => said.includes("\nHERD/1 MARK "));
  });

  for (let round = 0; round < 3; round++) {
    relay.cut();
    const already = relay.connections.length;
    const [here, there, both] = [freshClient("here"), freshClient("there"), freshClient("both")];
    const hereAt = await alpha.report(here, POSITION, timeText(nowNanos()));
    const thereAt = await gamma.report(there, POSITION, timeText(nowNanos()));
    const now = nowNanos();
    await gamma.report(both, "+2+2", timeText(now));
    const bothAt = await alpha.report(both, "+1+1", timeText(now + 1n));
    assertEquals(await gamma.held(here), undefined, "the wire is cut");
    // It knocks, is turned away, and knocks again.
    await until("Gamma has dialed twice in vain", () => relay.connections.length >= already + 2);
    const healed = relay.connections.length;
    relay.mend();
    await holds(gamma, here, hereAt);
    await holds(alpha, there, thereAt);
    for (const name of ["Alpha", "Beta", "Gamma"] as const) await holds(row.server(name), both, bothAt);
    await linked(row);
    const said = relay.saidByDialer(healed) + relay.saidByTarget(healed);
    assert(said.includes(`${hereAt}\n`) && said.includes(`${thereAt}\n`));
    const crowd = many.filter((client) => said.includes(` ${client} `)).length;
    assert(
      crowd < many.length / 2,
      `${crowd} of ${many.length} old reports crossed again, in round ${round}`,
    );
  }
});

test("a server that was killed learns from its neighbor what it knew and what it missed", async () => {
  const row = await theRow();
  const known = freshClient("known");
  const knownAt = await row.server("Gamma").report(known, POSITION, timeText(nowNanos()));
  await holds(row.server("Beta"), known, knownAt);
  await row.kill("Gamma");
  const missed = freshClient("missed");
  const missedAt = await row.server("Alpha").report(missed, POSITION, timeText(nowNanos()));
  await row.start("Gamma");
  await holds(row.server("Gamma"), known, knownAt);
  await holds(row.server("Gamma"), missed, missedAt);
});

test("with the middle server down both sides go on, and agree when it is back", async () => {
  const row = await theRow();
  await row.kill("Beta");
  const [alpha, gamma] = [row.server("Alpha"), row.server("Gamma")];
  const contested = freshClient("contested");
  const time = nowNanos();
  const ends: [string, string][] = [];
  const older = await alpha.report(contested, "+1+1", timeText(time));
  const newer = await gamma.report(contested, "+2+2", timeText(time + 1n));
  ends.push([contested, newer]);
  for (const server of [alpha, gamma]) {
    const client = freshClient("side");
    ends.push([client, await server.report(client, POSITION, timeText(nowNanos()))]);
  }
  const equal = freshClient("equal");
  const alphas = await alpha.report(equal, "+9+9", timeText(time));
  const gammas = await gamma.report(equal, "+1+1", timeText(time));
  // Stale answers meanwhile: each side holds its own.
  assertEquals(await alpha.held(contested), older);
  assertEquals(await gamma.held(equal), gammas);
  ends.push([equal, alphas]);

  await row.start("Beta");
  for (const [client, at] of ends) {
    for (const name of ["Alpha", "Beta", "Gamma"] as const) await holds(row.server(name), client, at);
  }
  await linked(row);
});

test("a far future time is judged at the origin alone", async () => {
  const row = await theRow();
  await row.kill("Gamma");
  const gamma = await row.start("Gamma", { limits: { futureSeconds: 60 } });
  const client = freshClient("future");
  const time = timeText(nowNanos() + 3_600_000_000_000n);
  const at = await row.server("Alpha").report(client, POSITION, time);
  await holds(gamma, client, at);
  const session = await gamma.client();
  const own = `IAMAT ${freshClient("future")} ${POSITION} ${time}`;
  await session.send(`${own}\n`);
  assertEquals(await session.line(), `? ${own}`);
  session.destroy();
});

test("a link on which nothing comes any more is dead: it is given up and dialed again", async () => {
  const row = await theRow();
  await row.kill("Alpha");
  const alpha = await row.start("Alpha", { limits: { heartbeatMs: 300 } });
  await linked(row);
  const relay = row.relays.Alpha;
  const already = relay.connections.length;
  relay.silence();
  await until("Alpha has dialed again", () => relay.connections.length > already);
  relay.cut();
  const client = freshClient("silent");
  const at = await alpha.report(client, POSITION, timeText(nowNanos()));
  relay.mend();
  await holds(row.server("Beta"), client, at);
  await row.kill("Alpha");
  await row.start("Alpha");
  await linked(row);
});

// ------------------------------------------------------------------------------------------------------- the secret

test("the secret never stands on the wire, in a log, or in what the servers print", async () => {
  const row = await theRow();
  for (const relay of [row.relays.Alpha, row.relays.Gamma]) {
    const said = relay.saidByDialer() + relay.saidByTarget();
    assert(said.includes("AT "), "the relay has heard the link");
    assert(!said.includes(SECRET), "the secret stands on the wire");
    const encoded = [btoa(SECRET), [...SECRET].map((c) => c.charCodeAt(0).toString(16)).join("")];
    assert(!encoded.some((text) => said.toLowerCase().includes(text.toLowerCase())), "the secret, encoded");
  }
  for (const name of ["Alpha", "Beta", "Gamma"] as const) {
    const server = row.server(name);
    await server.logged("what it heard", (line) => line.includes("linked-"));
    assert(!server.allLogs().includes(SECRET), `${name}'s log has the secret in it`);
    assert(!(server.program.stdout + server.program.stderr).includes(SECRET), `${name} prints the secret`);
  }
});

test("a neighbor with the wrong secret gets no link, and neither side learns a thing", async () => {
  const row = await theRow();
  await row.kill("Gamma");
  const relay = row.relays.Gamma;
  const already = relay.connections.length;
  const gamma = await row.start("Gamma", { secret: `${SECRET}?` });
  const [inside, outside] = [freshClient("inside"), freshClient("outside")];
  const insideAt = await row.server("Alpha").report(inside, POSITION, timeText(nowNanos()));
  await gamma.report(outside, POSITION, timeText(nowNanos()));
  await holds(row.server("Beta"), inside, insideAt);
  // It has tried, was refused, and tried again, which a server that has its link does not.
  await until(
    "Gamma was refused three times",
    () => relay.connections.slice(already).filter(({ closed }) => closed).length >= 3,
  );
  assertEquals(await gamma.held(inside), undefined);
  assertEquals(await row.server("Beta").held(outside), undefined);
  const said = relay.saidByDialer(already) + relay.saidByTarget(already);
  assert(!said.includes(inside) && !said.includes(outside), "a report crossed the wire");
  assert(!said.includes(SECRET));

  await row.kill("Gamma");
  const right = await row.start("Gamma");
  await holds(right, inside, insideAt);
  await linked(row);
});

test("a handshake heard on the wire opens nothing when it is said again", async () => {
  const row = await theRow();
  await row.kill("Alpha");
  const relay = row.relays.Alpha;
  const from = relay.connections.length;
  await row.start("Alpha");
  await linked(row);
  const heard = relay.saidByDialer(from);
  const handshake = heard.slice(0, heard.indexOf("AT "));
  assert(handshake.includes("\n"), "there is a handshake ahead of the AT lines");
  await row.kill("Alpha");

  const beta = row.server("Beta");
  const forged = freshClient("replayed");
  const replay = await Client.connect(beta.port, "Beta");
  for (const line of handshake.split(/(?<=\n)/)) {
    replay.push(line);
    await beta.turn();
  }
  replay.push(`AT Alpha +0.100000000 ${forged} ${POSITION} ${timeText(nowNanos())}\n`);
  await beta.turn();
  assertEquals(await beta.held(forged), undefined);
  replay.destroy();
  await row.start("Alpha");
  await linked(row);
});

test("in the middle of a client's session a link's own words are an invalid command", async () => {
  const row = await theRow();
  const beta = row.server("Beta");
  const heard = row.relays.Gamma.saidByDialer() + row.relays.Gamma.saidByTarget();
  const words = [...new Set(heard.split("\n"))].filter((line) => line !== "" && line.length < 4_000);
  // One of each kind of message will do.
  const kinds = new Map(
    words.map((line) => [line.split(" ").slice(0, 2).join(" ").replace(/[0-9].*/, ""), line]),
  );
  assert(kinds.size >= 2, "the link has a handshake and AT lines");
  const session = await beta.client();
  await session.send("I am a client\n");
  await session.line();
  for (const line of kinds.values()) {
    await session.send(`${line}\n`);
    assertEquals(await session.line(), `? ${line.replace(/\r$/, "")}`);
  }
  session.destroy();
});

test("who stands at a neighbor's address without the secret is told nothing and believed nothing", async () => {
  const row = await theRow();
  const heard = row.relays.Alpha.connections.map(({ fromTarget }) => fromTarget).findLast((said) =>
    said.includes("AT ")
  );
  const handshake = heard?.slice(0, heard.indexOf("AT ")).split(/(?<=\n)/) ?? [];
  await row.kill("Beta");
  const believed = freshClient("believed");
  const known = freshClient("known");
  await row.server("Alpha").report(known, POSITION, timeText(nowNanos()));
  const at = `AT Beta +0.100000000 ${believed} ${POSITION} ${timeText(nowNanos())}\n`;
  // The impostor has Beta's place, so both of its neighbors come to it. It says all at once, gives back what it is
  // told, and says again what the true Beta once said, each line when the neighbor has spoken.
  const scripts = [[at], [ECHO, at], [...handshake, at]];
  const impostor = await impersonate(row.relays.Alpha.target, scripts);
  await until("each neighbor has met every one of them", () => impostor.visits >= 4 * scripts.length);
  assert(!impostor.heard.includes(known), "it was told of a report");
  assert(!impostor.heard.includes(SECRET), "it was told the secret");
  for (const name of ["Alpha", "Gamma"] as const) {
    assertEquals(await row.server(name).held(believed), undefined);
  }
  await impostor.leave();
  await row.start("Beta");
  await linked(row);
});

/** In an impostor's script: what it has just been told. */
const ECHO = "";

interface Impostor {
  readonly heard: string;
  readonly visits: number;
  leave(): Promise<void>;
}

/** Listens on `port` and has a script for each visitor in turn: a line whenever the visitor has spoken. */
async function impersonate(port: number, scripts: readonly (readonly string[])[]): Promise<Impostor> {
  let heard = "";
  let visits = 0;
  const server = createServer((socket) => {
    const script = [...scripts[visits++ % scripts.length] ?? []];
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      const said = bytes.toString("latin1");
      heard += said;
      const line = script.shift();
      if (line !== undefined) socket.write(line === ECHO ? said : line);
      // The last one follows without another word from the visitor, who may have nothing more to say.
      if (script.length === 1) socket.write(script.shift() ?? "");
      if (script.length === 0) socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", () => resolve()));
  return {
    get heard(): string {
      return heard;
    },
    get visits(): number {
      return visits;
    },
    leave: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

test("a secret from a file beats the environment's; without any, links are of loopback and the log says so", async () => {
  const [onePort, twoPort] = [await freePort(), await freePort()];
  const topology = await tempFile(
    "topology.json",
    topologyText(new Map([["One", onePort], ["Two", twoPort]]), [["One", "Two"]]),
  );
  const secretFile = await tempFile("secret", `${SECRET}\n`);
  const flags = ["--secret-file", secretFile];
  let one = await startServer("One", { topology, flags, env: { HERD_SECRET: "another one" } });
  let two = await startServer("Two", { topology, env: { HERD_SECRET: SECRET } });
  const client = freshClient("file");
  await holds(two, client, await one.report(client, POSITION, timeText(nowNanos())));
  for (const server of [one, two]) {
    assertEquals((await server.stop()).code, 0);
    assert(!server.allLogs().includes(SECRET), "the secret stands in the log");
  }

  one = await startServer("One", { topology });
  two = await startServer("Two", { topology });
  const open = freshClient("open");
  await holds(two, open, await one.report(open, POSITION, timeText(nowNanos())));
  for (const server of [one, two]) {
    await server.logged("a word about loopback", (line) => /loopback/i.test(line));
    await server.stop();
  }
});
