/** `--http`, and `"http"` in the topology: where the HTTP doors are. */
import { assertEquals, assertThrows } from "@std/assert";
import { readHttp } from "../../src/cli/http.ts";
import { UserError } from "../../src/cli/user_error.ts";
import type { ServerPlace, Topology } from "../../src/herd/topology.ts";
import { test } from "../runner.ts";

const A: ServerPlace = { name: "A", host: "10.0.0.1", port: 1_000, http: 8_000 };
const B: ServerPlace = { name: "B", host: "10.0.0.2", port: 2_000 };
const C: ServerPlace = { name: "C", host: "10.0.0.3", port: 3_000, classic: true };
const TOPOLOGY: Topology = { herd: "herd", servers: [A, B, C], links: [], settings: {} };

function doorsOf(place: ServerPlace, flag: string | undefined) {
  const { own, doors } = readHttp(flag, undefined, TOPOLOGY, place);
  return {
    own,
    doors: Object.fromEntries([...doors].map(([name, { host, port }]) => [name, `${host}:${port}`])),
  };
}

test("without a flag a server has the door that the topology gives it, and knows the others", () => {
  assertEquals(doorsOf(A, undefined), {
    own: { host: "10.0.0.1", port: 8_000 },
    doors: { A: "10.0.0.1:8000" },
  });
  assertEquals(doorsOf(B, undefined), { own: undefined, doors: { A: "10.0.0.1:8000" } });
});

test("a flag says where, and beats the topology", () => {
  assertEquals(doorsOf(B, "127.0.0.1:80").own, { host: "127.0.0.1", port: 80 });
  assertEquals(doorsOf(B, "[::1]:80").own, { host: "::1", port: 80 });
  assertEquals(doorsOf(B, ":80").own, { host: "10.0.0.2", port: 80 });
  assertEquals(doorsOf(B, "80"), {
    own: { host: "10.0.0.2", port: 80 },
    doors: { A: "10.0.0.1:8000", B: "10.0.0.2:80" },
  });
  assertEquals(doorsOf(A, "none"), { own: undefined, doors: {} });
});

test("+N gives every server of ours a door", () => {
  assertEquals(doorsOf(A, "+100").doors, { A: "10.0.0.1:1100", B: "10.0.0.2:2100" });
});

test("what is no place to listen is refused with what would be one", () => {
  for (const wrong of ["here", "a:b", "127.0.0.1", "::1:80", "1:2:3", "127.0.0.1:", "-1", "+", "8.5"]) {
    assertThrows(() => doorsOf(A, wrong), UserError, "HOST:PORT", wrong);
  }
  for (const far of ["65536", "127.0.0.1:99999", "+65000"]) {
    assertThrows(() => doorsOf(A, far), UserError, "65535", far);
  }
});
