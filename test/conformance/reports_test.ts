/** protocol.md, "IAMAT" and "Which report is newer", on one server. */

import { assert, assertEquals } from "@std/assert";
import {
  assertRefused,
  checkAt,
  freshClient,
  fromUtf8,
  nanosOf,
  nowNanos,
  once,
  startAlone,
  test,
  timeText,
  utf8,
} from "./harness.ts";

const theServer = once(() => startAlone("Goloman"));

const POSITION = "+34.068930-118.445127";
const SECOND = 1_000_000_000n;
const DAY = 86_400n * SECOND;

/** The server runs on the test's machine, so the two clocks differ by what it takes to read them. */
const CLOCK_SLACK = 5n * SECOND;

/** Checks that an IAMAT of each client, position and time is taken, and that WHATSAT then gives its bytes. */
async function assertTaken(cases: readonly (readonly [string, string, string])[]): Promise<void> {
  const server = await theServer();
  const session = await server.client();
  for (const [client, position, time] of cases) {
    await session.send(`IAMAT ${client} ${position} ${time}\n`);
    const line = await session.line();
    checkAt(line, { origin: "Goloman", client, position, time });
    await session.send(`WHATSAT ${client} 0 0\n`);
    assertEquals((await session.whatsat()).at, line);
  }
  session.destroy();
}

test("an IAMAT is answered with its own bytes, the server's name and the skew", async () => {
  const session = await (await theServer()).client();
  await session.send("IAMAT kiwi.cs.ucla.edu +34.068930-118.445127 1520023934.918963997\n");
  const line = await session.line();
  const clock = checkAt(line, {
    origin: "Goloman",
    client: "kiwi.cs.ucla.edu",
    position: "+34.068930-118.445127",
    time: "1520023934.918963997",
  });
  assert(line.startsWith("AT Goloman +"), "the skew of a time long past is positive");
  const now = nowNanos();
  assert(
    clock > now - CLOCK_SLACK && clock < now + CLOCK_SLACK,
    `skew plus time is ${clock}, the clock ${now}`,
  );
  session.destroy();
});

test("the skew is the server's clock minus the client's time: positive in the past, negative in the future", async () => {
  const server = await theServer();
  const before = nowNanos();
  const offsets = [-DAY, -60n * SECOND, -1_500_000_000n, 60n * SECOND, DAY - 60n * SECOND];
  for (const offset of offsets) {
    const client = freshClient("skew");
    const time = timeText(nowNanos() + offset);
    const line = await server.report(client, POSITION, time);
    assertEquals(line.split(" ")[2]?.[0], offset < 0n ? "+" : "-", line);
    const clock = checkAt(line, { origin: "Goloman", client, position: POSITION, time });
    assert(clock > before - CLOCK_SLACK && clock < nowNanos() + CLOCK_SLACK, line);
  }
});

test("the skew is exact: the clock that it gives never steps back from one request to the next", async () => {
  const session = await (await theServer()).client();
  const client = freshClient("exact");
  // A skew through floating point is off by a hundred nanoseconds either way, another for each of these times.
  const times = Array.from({ length: 400 }, (_, i) => {
    const fraction = String((i * 123_456_789) % 1_000_000_000).padStart(9, "0");
    return `${1_000_000_000 + i * 1_234_567}.${fraction}`;
  });
  await session.send(times.map((time) => `IAMAT ${client} ${POSITION} ${time}\n`).join(""));
  let last = 0n;
  for (const time of times) {
    const line = await session.line();
    const clock = checkAt(line, { origin: "Goloman", client, position: POSITION, time });
    assert(
      clock >= last,
      `${line} puts the clock at ${clock}, ${last - clock} ns before the request ahead of it`,
    );
    last = clock;
  }
  session.destroy();
});

test("any bytes but white space are a client", async () => {
  const ids = [
    "mango.cs.ucla.edu",
    "x",
    "__proto__",
    "constructor",
    "toString",
    "IAMAT",
    "AT",
    "?",
    "+34-118",
    "\x00",
    "nul\x00inside",
    "\xff\xfe",
    "\x80\x81\x1b[2J",
    "\xed\xa0\x80",
    utf8("羊🐑é"),
    '"quoted"\\n',
    "%00%s%n",
    "x".repeat(4_000),
  ];
  await assertTaken(ids.map((id) => [id, POSITION, "1520023934.5"]));
});

test("two clients whose bytes differ are two, also where text would take them for one", async () => {
  const server = await theServer();
  const pairs = [["\xff", "\xfe"], ["\xed\xa0\x80", "\xef\xbf\xbd"], ["Kiwi", "kiwi"], [
    utf8("\u00e9"),
    utf8("e\u0301"),
  ]];
  for (const [one = "", two = ""] of pairs) {
    const word = freshClient("pair");
    const first = await server.report(word + one, "+1+1", "1520023934.5");
    const second = await server.report(word + two, "+2+2", "1520023934.5");
    assertEquals(await server.held(word + one), first);
    assertEquals(await server.held(word + two), second);
  }
});

test("good positions are taken and given back as they came", async () => {
  const positions = [
    "+34.068930-118.445127",
    "+34-118",
    "-34+118",
    "+0+0",
    "-0-0",
    "+0.0-0.0",
    "+90+180",
    "-90-180",
    "+90.0000-180.0000",
    "-90.000000000000000000000+180.0",
    "+89.99999999999999999999999+179.99999999999999999999999",
    "+034.5-007.25",
    "+090-180",
    "+4-8",
    "+4.5-8",
    "+4-8.123456789012345678901234567890",
  ];
  await assertTaken(positions.map((position) => [freshClient("position"), position, "1520023934.5"]));
});

test("bad positions are refused", async () => {
  const positions = [
    "+90.0001-118",
    "-90.0001-118",
    "+91-118",
    "+180-118",
    "+34+180.0001",
    "+34-180.0001",
    "+34-181",
    "+34+999",
    // A hair past the edge, which floating point cannot see.
    "+90.00000000000000000000000000001+0",
    "+0-180.00000000000000000000000000001",
    "34.068930-118.445127",
    "+34.068930 -118.445127",
    "+34.068930118.445127",
    "+34.068930,-118.445127",
    "+34.068930",
    "-118",
    "+",
    "+-",
    "++",
    "+34-",
    "+-118",
    "+34--118",
    "++34-118",
    "+34-118-",
    "+34-118+5",
    "+34-118/",
    "+34-118+0CRSWGS_84/",
    "+.5-118",
    "+34-.5",
    // "a point and more digits": a point alone is not enough.
    "+34.-118",
    "+34-118.",
    "+34..5-118",
    "+34.5.5-118",
    "+0034-118",
    "+34-0118",
    "+0034.5-0118.5",
    "+3e1-118",
    "+34-1e2",
    "+0x22-118",
    "+NaN-118",
    "+Infinity-118",
    "+34_0-118",
    "+34N-118W",
    utf8("\u221234-118"),
    "+34\xc2\xb0-118",
    "+\x003-118",
    utf8("+３４-１１８"),
    utf8("+٣٤-118"),
    "x",
  ];
  const client = freshClient("position");
  await assertRefused(
    await theServer(),
    positions.map((position) => `IAMAT ${client} ${position} 1520023934.5`),
  );
  assertEquals(await (await theServer()).held(client), undefined);
});

test("good times are taken and given back as they came", async () => {
  const times = [
    "0",
    "1",
    "0.000000001",
    "1520023934",
    "1520023934.0",
    "1520023934.9",
    "1520023934.918963997",
    "1520023934.000000000",
    "999999999.999999999",
    timeText(nowNanos()),
  ];
  await assertTaken(times.map((time) => [freshClient("time"), POSITION, time]));
});

test("bad times are refused", async () => {
  const times = [
    "1520023934.9189639971",
    "1520023934.0000000000",
    "nan",
    "NaN",
    "inf",
    "Infinity",
    "-inf",
    "1e9",
    "1E9",
    "1.5e9",
    "1520023934e0",
    "0x10",
    "0b1",
    "0o7",
    "-1",
    "+1",
    "-0",
    "+1520023934.5",
    ".5",
    ".",
    "1520023934..5",
    "1520023934.5.5",
    "1520023934,5",
    "1_000",
    "1 000",
    "1520023934s",
    "1520023934.5Z",
    "2026-11-23T00:00:00Z",
    "now",
    "null",
    "1520023934\x00",
    utf8("１５２００２３９３４"),
    utf8("١٥٢٠"),
    "99999999999999999999999999999999999999",
    "1".repeat(400),
  ];
  const client = freshClient("time");
  await assertRefused(await theServer(), times.map((time) => `IAMAT ${client} ${POSITION} ${time}`));
  assertEquals(await (await theServer()).held(client), undefined);
});

test("an IAMAT with too few or too many fields is refused", async () => {
  const client = freshClient("fields");
  await assertRefused(await theServer(), [
    "IAMAT",
    "IAMAT ",
    `IAMAT ${client}`,
    `IAMAT ${client} ${POSITION}`,
    `IAMAT ${client} 1520023934.5`,
    `IAMAT ${POSITION} 1520023934.5`,
    `IAMAT ${client} 1520023934.5 ${POSITION}`,
    `IAMAT ${client} ${POSITION} 1520023934.5 extra`,
    `IAMAT ${client} ${POSITION} 1520023934.5 1520023934.5`,
    `IAMAT two words ${POSITION} 1520023934.5`,
    `IAMAT IAMAT ${client} ${POSITION} 1520023934.5`,
    `${client} ${POSITION} 1520023934.5`,
  ]);
  assertEquals(await (await theServer()).held(client), undefined);
});

test("a time more than 24 hours in the server's future is refused, one less is not", async () => {
  const server = await theServer();
  const client = freshClient("future");
  // The test takes time too: within half a minute of the limit it could be either.
  const tooFar = [timeText(nowNanos() + DAY + 30n * SECOND), timeText(nowNanos() + 2n * DAY), "4102444800"];
  await assertRefused(server, tooFar.map((time) => `IAMAT ${client} ${POSITION} ${time}`));
  assertEquals(await server.held(client), undefined);
  const justNear = timeText(nowNanos() + DAY - SECOND);
  const line = await server.report(client, POSITION, justNear);
  assertEquals(await server.held(client), line);
});

// --------------------------------------------------------------------------------------------- which report is newer

test("the later time wins, compared exactly, whichever came first", async () => {
  const pairs: readonly (readonly [earlier: string, later: string])[] = [
    ["1520023934.918963900", "1520023934.918964000"],
    ["1520023934.918963996", "1520023934.918963997"],
    ["1520023934", "1520023934.000000001"],
    ["999999999.5", "1000000000.5"],
    ["999999999.999999999", "1000000000"],
    ["9", "10"],
    ["0", "0.000000001"],
    ["1520023934.09", "1520023934.1"],
    ["1520023934.5", "1520023934.50001"],
    ["1520023933.999999999", "1520023934"],
    // Zeros in front say nothing.
    ["00999999999.5", "1000000000.5"],
  ];
  const server = await theServer();
  for (const [earlier, later] of pairs) {
    const one = freshClient("newer");
    await server.report(one, "+1+1", earlier);
    const newer = await server.report(one, "+2+2", later);
    assertEquals(await server.held(one), newer, `${earlier}, then ${later}`);

    const two = freshClient("newer");
    const held = await server.report(two, "+2+2", later);
    await server.report(two, "+1+1", earlier);
    assertEquals(await server.held(two), held, `${later}, then ${earlier}`);
  }
});

test("the reply to an IAMAT speaks of that IAMAT, also when the registry holds a newer one", async () => {
  const server = await theServer();
  const client = freshClient("older");
  const session = await server.client();
  const reports = [["+2+2", "1520023934.5"], ["+1+1", "1520023933.5"], ["+3+3", "1520023934.5"], [
    "+4+4",
    "7",
  ]];
  await session.send(reports.map(([position, time]) => `IAMAT ${client} ${position} ${time}\n`).join(""));
  for (const [position = "", time = ""] of reports) {
    checkAt(await session.line(), { origin: "Goloman", client, position, time });
  }
  session.destroy();
});

test("at equal times on one server the position text decides, whichever came first", async () => {
  const server = await theServer();
  // "compare origin, then position text, then skew (the smaller one wins …)": the smaller in each comparison.
  const pairs = [
    ["+1+1", "+2+2"],
    ["+1+1", "-1-1"],
    ["+1+1", "+1+1.0"],
    ["+10+1", "+9+1"],
    ["+34-118", "+34.0-118"],
  ];
  for (const [smaller = "", larger = ""] of pairs) {
    for (const order of [[smaller, larger], [larger, smaller]]) {
      const client = freshClient("tie");
      for (const position of order) await server.report(client, position, "1520023934.5");
      const position = (await server.held(client))?.split(" ")[4];
      assertEquals(position, smaller, `${order.join(", then ")}`);
    }
  }
});

test("the same IAMAT again changes nothing: the first arrival stays, past or future", async () => {
  const server = await theServer();
  for (const time of ["1520023934.5", timeText(nowNanos() + 100n * SECOND)]) {
    const client = freshClient("again");
    const first = await server.report(client, POSITION, time);
    for (let again = 0; again < 3; again++) {
      const reply = await server.report(client, POSITION, time);
      assert(
        nanosOf(reply.split(" ")[2] ?? "") >= nanosOf(first.split(" ")[2] ?? ""),
        `${first}, then ${reply}`,
      );
      assertEquals(await server.held(client), first);
    }
  }
});

test("the registry holds the newest report of every client, among many", async () => {
  const server = await theServer();
  const session = await server.client();
  const clients = Array.from({ length: 1_000 }, () => freshClient("many"));
  const say = (time: number): Promise<void> =>
    session.send(clients.map((client, i) => `IAMAT ${client} +${i % 90}-1 ${time + (i % 3)}.5\n`).join(""));
  await say(1_500_000_000);
  await session.lines(clients.length);
  await say(1_500_000_001);
  const newest = await session.lines(clients.length);
  await session.send(clients.map((client) => `WHATSAT ${client} 0 1\n`).join(""));
  for (const [i, client] of clients.entries()) {
    const reply = await session.whatsat();
    assertEquals(reply.at, newest[i], fromUtf8(client));
  }
  session.destroy();
});
