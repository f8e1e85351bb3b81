/** Reading a stream of events as it comes, and what of it is kept. */
import { assertEquals } from "@std/assert";
import { EventStreamReader, type StreamEvent } from "../../src/top/event_stream.ts";
import { NewestClients } from "../../src/top/newest.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

const TEXT =
  'retry: 1\n\n: hello\n\nevent: report\ndata: {"id":1}\n\ndata:a\r\ndata: b\r\nid: 7\r\n\r\nevent: report\n\n';
const EVENTS: readonly StreamEvent[] = [
  { name: "report", data: '{"id":1}' },
  { name: "message", data: "a\nb" },
];

test("events are read in whatever pieces they come", () => {
  fc.assert(fc.property(fc.array(fc.nat(TEXT.length)), (cuts) => {
    const reader = new EventStreamReader();
    const places = [0, ...cuts.sort((a, b) => a - b), TEXT.length];
    const events = places.slice(1).flatMap((end, i) => reader.push(TEXT.slice(places[i], end)));
    assertEquals(events, EVENTS);
  }));
});

test("an event that is too large is left out, in one line or many, and the next one is read", () => {
  const large = "x".repeat(300_000);
  for (const text of [`data: ${large}\n\n`, `data: ${large}`, "data: 1234567890\n".repeat(30_000)]) {
    for (const pieces of [[text], text.match(/[^]{1,9999}/g) ?? []]) {
      const reader = new EventStreamReader();
      const events = [...pieces, "\n", "\n", "data: next\n\n"].flatMap((piece) => reader.push(piece));
      assertEquals(events, [{ name: "message", data: "next" }]);
    }
  }
});

function report(id: string, more: object = {}): StreamEvent {
  const data = JSON.stringify({
    id,
    latitude: 1,
    longitude: -2,
    origin: "A",
    time: "1",
    skew: "+1",
    at: "",
    ...more,
  });
  return { name: "report", data };
}

test("the clients that have reported last come first, each once, and no more than a screen can show", () => {
  const clients = new NewestClients();
  clients.take([report("a"), report("b")], 1);
  clients.take([report("c"), report("a", { latitude: 3 })], 2);
  assertEquals(clients.list.map(({ id, atMs, latitude }) => [id, atMs, latitude]), [
    ["a", 2, 3],
    ["c", 2, 1],
    ["b", 1, 1],
  ]);
  clients.take(Array.from({ length: 1_000 }, (_, i) => report(`many-${i}`)), 3);
  assertEquals(clients.list.length, 200);
  assertEquals(clients.list[0]?.id, "many-999");
});

test("an event that is no report is passed over", () => {
  const clients = new NewestClients();
  const events = [
    { name: "message", data: report("a").data },
    { name: "report", data: "{" },
    { name: "report", data: "null" },
    report("b", { latitude: "1" }),
    report("c"),
  ];
  clients.take(events, 1);
  assertEquals(clients.list.map(({ id }) => id), ["c"]);
});
