import { assertEquals, assertFalse, assertStrictEquals, assertThrows } from "@std/assert";
import type { PlacesProvider } from "../../src/places/provider.ts";
import {
  makeProvider,
  parsePlacesName,
  type PlacesChoice,
  PlacesChoiceError,
} from "../../src/places/select.ts";
import { test } from "../runner.ts";
import { answering, calm, FakeService, QUERY } from "./fakes.ts";

const embedded: PlacesProvider = {
  name: "embedded",
  searchKey: () => "",
  search: () => Promise.resolve(new Uint8Array()),
};

function made(choice: PlacesChoice, service: FakeService = answering("{}")): PlacesProvider {
  return makeProvider(choice, { ...service.access(), embedded: () => embedded });
}

function faultOf(choice: PlacesChoice): string {
  const { message } = assertThrows(() => made(choice), PlacesChoiceError);
  assertFalse(message.includes("\n"));
  return message;
}

test("select: with a key Google is asked, without one nobody is", () => {
  assertEquals(made({ key: "k" }).name, "google");
  assertStrictEquals(made({}), embedded);
  assertStrictEquals(made({ key: "" }), embedded);
  assertStrictEquals(made({ name: undefined, key: undefined, baseUrl: undefined }), embedded);
});

test("select: a name decides", () => {
  assertStrictEquals(made({ name: "embedded", key: "k" }), embedded);
  assertEquals(made({ name: "google", key: "k" }).name, "google");
  assertEquals(made({ name: "google-new", key: "k" }).name, "google-new");
  assertEquals(made({ name: "overpass" }).name, "overpass");
});

test("select: names are parsed, and others refused with those there are", () => {
  assertEquals(parsePlacesName("google-new"), "google-new");
  const { message } = assertThrows(() => parsePlacesName("yelp\n"), PlacesChoiceError);
  assertEquals(message, `--places "yelp\\n" is unknown: use one of embedded, google, google-new, overpass`);
});

test("select: Google without a key is refused with the way out", () => {
  for (const name of ["google", "google-new"] as const) {
    const message = `--places ${name} needs a key: set GOOGLE_PLACES_API_KEY in the environment, ` +
      "or use --places embedded";
    assertEquals(faultOf({ name }), message);
    assertEquals(faultOf({ name, key: "" }), message);
  }
});

test("select: a key that no header can carry is refused, and not shown", () => {
  for (const key of ["CANARY\n", " CANARY", "CAN ARY", "CANARY\u00e9", "CANARY\0", "\u{1f951}CANARY"]) {
    const message = faultOf({ key });
    assertEquals(message.startsWith("GOOGLE_PLACES_API_KEY holds white space"), true);
    assertFalse(message.includes("CAN"));
  }
});

test("select: a base is a scheme and a host, and is where the requests go", async () => {
  const bases = [
    ["http://127.0.0.1:8080", "http://127.0.0.1:8080"],
    ["http://127.0.0.1:8080/", "http://127.0.0.1:8080"],
    ["HTTPS://Places.Example", "https://places.example"],
    ["http://[::1]:8080", "http://[::1]:8080"],
  ] as const;
  for (const [baseUrl, origin] of bases) {
    for (const name of ["google", "google-new", "overpass"] as const) {
      const service = answering("no", 404);
      await made({ name, key: "k", baseUrl }, service).search(QUERY, calm()).catch(() => {});
      assertEquals(service.request.url.startsWith(`${origin}/`), true, service.request.url);
    }
  }
});

test("select: a base that is anything else is refused, and not shown", () => {
  const wrong = [
    "",
    "CANARY.example",
    "ftp://CANARY.example",
    "http://",
    "http:///CANARY",
    "http://CANARY.example/path",
    "http://CANARY.example//",
    "http://CANARY.example?key=1",
    "http://CANARY.example/?",
    "http://CANARY.example#a",
    "http://user:CANARY@places.example",
    "http://CANARY.example:99999",
    "http://CAN ARY.example",
    "http:\\\\CANARY.example",
  ];
  for (const baseUrl of wrong) {
    const message = faultOf({ name: "overpass", baseUrl });
    assertEquals(
      message,
      "--places-url takes only the scheme and host of an http or https service, such as http://127.0.0.1:8080",
    );
  }
});

test("select: embedded asks nobody, and so takes any base", () => {
  assertStrictEquals(made({ name: "embedded", baseUrl: "http://127.0.0.1:8080" }), embedded);
  assertStrictEquals(made({ baseUrl: "http://127.0.0.1:8080" }), embedded);
});
