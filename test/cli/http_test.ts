/** `--http`, and `"http"` in the topology: where the HTTP doors are. */
import { assertEquals, assertRejects } from "@std/assert";
import { readHttp } from "../../src/cli/http.ts";
import { UserError } from "../../src/cli/user_error.ts";
import type { ServerPlace, Topology } from "../../src/herd/topology.ts";
import type { Files } from "../../src/runtime/runtime.ts";
import { test } from "../runner.ts";

const A: ServerPlace = { name: "A", host: "127.0.1.1", port: 1_000, http: 8_000 };
const B: ServerPlace = { name: "B", host: "127.0.1.2", port: 2_000 };
const C: ServerPlace = { name: "C", host: "127.0.1.3", port: 3_000, classic: true };
const TOPOLOGY: Topology = { herd: "herd", servers: [A, B, C], links: [], settings: {} };

const NO_FILES = {
  readText: () => Promise.reject(new Error("no file is read here")),
} as unknown as Files;

async function doorsOf(place: ServerPlace, flag: string | undefined) {
  const flags = flag === undefined ? {} : { http: flag };
  const { own, doors } = await readHttp(flags, undefined, TOPOLOGY, place, NO_FILES);
  return {
    own,
    doors: Object.fromEntries([...doors].map(([name, { host, port }]) => [name, `${host}:${port}`])),
  };
}

test("without a flag a server has the door that the topology gives it, and knows the others", async () => {
  assertEquals(await doorsOf(A, undefined), {
    own: { host: "127.0.1.1", port: 8_000 },
    doors: { A: "127.0.1.1:8000" },
  });
  assertEquals(await doorsOf(B, undefined), { own: undefined, doors: { A: "127.0.1.1:8000" } });
});

test("a flag says where, and beats the topology", async () => {
  assertEquals((await doorsOf(B, "127.0.0.1:80")).own, { host: "127.0.0.1", port: 80 });
  assertEquals((await doorsOf(B, "[::1]:80")).own, { host: "::1", port: 80 });
  assertEquals((await doorsOf(B, ":80")).own, { host: "127.0.1.2", port: 80 });
  assertEquals(await doorsOf(B, "80"), {
    own: { host: "127.0.1.2", port: 80 },
    doors: { A: "127.0.1.1:8000", B: "127.0.1.2:80" },
  });
  assertEquals(await doorsOf(A, "none"), { own: undefined, doors: {} });
});

test("+N gives every server of ours a door", async () => {
  assertEquals((await doorsOf(A, "+100")).doors, { A: "127.0.1.1:1100", B: "127.0.1.2:2100" });
});

test("what is no place to listen is refused with what would be one", async () => {
  for (const wrong of ["here", "a:b", "127.0.0.1", "::1:80", "1:2:3", "127.0.0.1:", "-1", "+", "8.5"]) {
    await assertRejects(() => doorsOf(A, wrong), UserError, "HOST:PORT", wrong);
  }
  for (const far of ["65536", "127.0.0.1:99999", "+65000"]) {
    await assertRejects(() => doorsOf(A, far), UserError, "65535", far);
  }
});

test("a door where a server of the topology listens, or has its door, is refused with whose place it is", async () => {
  await assertRejects(() => doorsOf(B, "2000"), UserError, "B would be on 127.0.1.2:2000, where B listens");
  await assertRejects(() => doorsOf(B, "+0"), UserError, "A would be on 127.0.1.1:1000, where A listens");
  await assertRejects(() => doorsOf(B, "127.0.1.3:3000"), UserError, "where C listens: give another port");
  await assertRejects(() => doorsOf(B, "127.0.1.1:8000"), UserError, "127.0.1.1:8000, where A listens");
  assertEquals((await doorsOf(B, "0")).own, { host: "127.0.1.2", port: 0 });
});
