/** `up`: one command, every server of the topology. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { createServer } from "node:net";
import process from "node:process";
import { Authority } from "../certificates.ts";
import { atEnd, Client, freePort, suite, tempFile, test, timeText, topologyText, until } from "./harness.ts";
import { startStarter } from "./starter.ts";

/** Where `up` puts a server's page. */
const HTTP_OFFSET = 100;

// The mixed suite would only repeat what the other two do: up starts processes of its own runtime.
if (suite !== "mixed") {
  test("up starts every server, says what runs where and what to try, and stops them all", async () => {
    const ports = new Map([["Ann", await freePort(HTTP_OFFSET)], ["Bob", await freePort(HTTP_OFFSET)], [
      "Cid",
      await freePort(HTTP_OFFSET),
    ]]);
    const file = await tempFile("topology.json", topologyText(ports, [["Ann", "Bob"], ["Bob", "Cid"]]));
    const { child, said, exited } = startStarter(["up", "--topology", file, "--log-dir", "none"]);
    try {
      await until("the herd is up", () => said.out.includes("Ctrl-C stops the herd.") || said.err !== "");
      assertEquals(said.err, "");
      assertMatch(said.out, /^A herd of 3 is up:$/m);
      for (const [name, port] of ports) {
        assertMatch(said.out, new RegExp(`^ +${name} +127\\.0\\.0\\.1:${port} `, "m"));
      }
      assertMatch(said.out, /Bob .*linked to Ann, Cid$/m);
      assertEquals(said.out.match(/^ {2}(deno task|printf).*/gm)?.length, 3, "three things to try");
      const page = /^See it move: +(http:\S+)$/m.exec(said.out)?.[1];
      assertEquals(page, `http://127.0.0.1:${(ports.get("Ann") ?? 0) + HTTP_OFFSET}/`);
      const state = await (await fetch(new URL("/herd", page))).json();
      assertEquals([state.asked, state.servers.length], ["Ann", 3]);

      const first = await Client.connect(ports.get("Ann") ?? 0, "the first");
      await first.send(`IAMAT up.test +1+2 ${timeText(1_520_023_934_500_000_000n)}\n`);
      await first.line();
      await until("the last server knows it", async () => {
        const last = await Client.connect(ports.get("Cid") ?? 0, "the last");
        await last.send("WHATSAT up.test 0 0\n");
        const line = await last.line();
        last.destroy();
        return line.startsWith("AT Ann ");
      });
      first.destroy();
    } finally {
      // Not `child.kill`: on Deno that reports an end by the signal, whatever the process made of it.
      if (child.pid !== undefined) process.kill(child.pid, "SIGTERM");
    }
    assertEquals(await exited(), 0);
    for (const port of ports.values()) {
      const refused = await Client.connect(port, "too late").then(() => false, () => true);
      assert(refused, `nobody listens on ${port} any more`);
    }
  });

  test("up leaves servers marked classic to the programs that run them, and says so", async () => {
    const servers = {
      Cid: { host: "127.0.0.2", port: await freePort(HTTP_OFFSET), classic: true },
      Ann: { host: "127.0.0.1", port: await freePort(HTTP_OFFSET) },
    };
    const file = await tempFile("topology.json", JSON.stringify({ servers, links: [["Ann", "Cid"]] }));
    const { child, said, exited } = startStarter(["up", "--topology", file, "--log-dir", "none"]);
    try {
      await until("the herd is up", () => said.out.includes("Ctrl-C stops the herd.") || said.err !== "");
      assertEquals(said.err, "");
      assertMatch(said.out, /^A herd of 1 is up:$/m);
      assertMatch(said.out, /^ +Cid .*linked to Ann \(classic: not started here\)$/m);
      assertMatch(said.out, /task send Ann iamat/);
    } finally {
      if (child.pid !== undefined) process.kill(child.pid, "SIGTERM");
    }
    assertEquals(await exited(), 0);

    const { Cid } = servers;
    const alone = await tempFile("topology.json", JSON.stringify({ servers: { Cid }, links: [] }));
    const none = startStarter(["up", "--topology", alone]);
    assertEquals(await none.exited(), 2);
    assertMatch(
      none.said.err,
      /^herd: [^\n]*every server is marked classic, so there is none to start[^\n]*\n$/,
    );
  });

  test("up opens no HTTP door where others could come in and nobody says who may do what", async () => {
    const servers = { Ann: { host: "0.0.0.0", port: await freePort(HTTP_OFFSET) } };
    const file = await tempFile("topology.json", JSON.stringify({ servers, links: [] }));
    const users = await tempFile("users.txt", `deck read sha256:${"9f".repeat(32)}\n`);
    for (const flags of [[], ["--users", users]]) {
      const { child, said, exited } = startStarter(["up", "--topology", file, "--log-dir", "none", ...flags]);
      try {
        await until("it is up", () => said.out.includes("Ctrl-C stops the herd."));
        assertEquals(said.out.includes("http://"), flags.length > 0, said.out);
      } finally {
        if (child.pid !== undefined) process.kill(child.pid, "SIGTERM");
      }
      assertEquals(await exited(), 0);
    }
  });

  test("up hands TLS on to every server, and to what there is to try", async () => {
    const names = ["Ann", "Bob"];
    const ports = new Map([["Ann", await freePort(HTTP_OFFSET)], ["Bob", await freePort(HTTP_OFFSET)]]);
    const authority = new Authority();
    const { certificate, key } = authority.issue(names);
    const ca = await tempFile("ca.pem", authority.certificate);
    const settings = {
      tlsCert: await tempFile("cert.pem", certificate),
      tlsKey: await tempFile("key.pem", key),
    };
    const topology = JSON.parse(topologyText(ports, [["Ann", "Bob"]])) as object;
    const file = await tempFile("topology.json", JSON.stringify({ ...topology, settings }));
    const { child, said, exited } = startStarter([
      "up",
      "--topology",
      file,
      "--log-dir",
      "none",
      "--tls-ca",
      ca,
    ]);
    try {
      await until("the herd is up", () => said.out.includes("Ctrl-C stops the herd.") || said.err !== "");
      assertEquals(said.err, "");
      const tries = said.out.match(/^ {2}deno task send.*/gm) ?? [];
      assertEquals(tries.map((line) => line.includes(` --tls-ca ${ca} `)), [true, true]);
      assert(!said.out.includes("| nc"), "netcat speaks no TLS");
      const [ann, bob] = await Promise.all(
        names.map((name) => Client.connect(ports.get(name) ?? 0, name, { ca: authority.certificate })),
      );
      assert(ann !== undefined && bob !== undefined);
      await ann.send(`IAMAT up.tls +1+2 ${timeText(1_520_023_934_500_000_000n)}\n`);
      const at = await ann.line();
      await until("Bob knows it", async () => {
        await bob.send("WHATSAT up.tls 0 0\n");
        const line = await bob.line();
        return line === at;
      });
      for (const session of [ann, bob]) session.destroy();
    } finally {
      if (child.pid !== undefined) process.kill(child.pid, "SIGTERM");
    }
    assertEquals(await exited(), 0);
  });

  test("where a port is taken up says which, stops what it has started, and ends with 2", async () => {
    const [ann, bob] = [await freePort(HTTP_OFFSET), await freePort(HTTP_OFFSET)];
    const holder = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => holder.listen(bob, "127.0.0.1", resolve));
    atEnd(() => new Promise((resolve) => holder.close(() => resolve())));
    const file = await tempFile("topology.json", topologyText(new Map([["Ann", ann], ["Bob", bob]]), []));
    const { said, exited } = startStarter(["up", "--topology", file, "--log-dir", "none"]);
    assertEquals(await exited(), 2, said.err);
    assertMatch(
      said.err,
      new RegExp(`^Bob: 127\\.0\\.0\\.1:${bob}, where Bob listens, is in use already`, "m"),
    );
    assertMatch(said.err, /^herd: Bob ended with exit code 2, so the others are stopped$/m);
  });

  test("up starts nothing when the topology is wrong: one line, exit code 2", async () => {
    const file = await tempFile("topology.json", `{"servers": {}, "links": []}`);
    const { said, exited } = startStarter(["up", "--topology", file]);
    assertEquals(await exited(), 2);
    assertEquals(said.out, "");
    assertMatch(said.err, /^herd: [^\n]*servers: a herd has at least one server\n$/);
  });
}
