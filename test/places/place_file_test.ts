import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type PlacesFile, readPlacesFile } from "../../src/places/place_file.ts";
import { PlacesFileError } from "../../src/places/place_rows.ts";
import { fc } from "../fast_check.ts";
import { test } from "../runner.ts";

const encoder = new TextEncoder();

function read(text: string): PlacesFile {
  return readPlacesFile(encoder.encode(text), "my places.txt");
}

function failure(text: string): string {
  return assertThrows(() => read(text), PlacesFileError).message;
}

interface GeoNamesFields {
  readonly id?: string;
  readonly name?: string;
  readonly latitude?: string;
  readonly longitude?: string;
  readonly code?: string;
  readonly country?: string;
}

function geoNames(fields: GeoNamesFields = {}): string {
  const { id = "5368361", name = "Los Angeles", latitude = "34.05223", longitude = "-118.24368" } = fields;
  const { code = "P\tPPLA2", country = "US" } = fields;
  const rest = ["", "CA", "037", "", "", "3971883", "89", "96", "America/Los_Angeles", "2019-12-12"];
  return [id, name, "Los Angeles", "L.A.,LA", latitude, longitude, code, country, ...rest].join("\t");
}

function feature(name: string, coordinates: unknown, properties: object = {}): string {
  const geometry = { type: "Point", coordinates };
  return JSON.stringify({ type: "Feature", properties: { name, ...properties }, geometry });
}

function collection(...features: readonly string[]): string {
  return `{\n"type": "FeatureCollection",\n"features": [\n${features.join(",\n")}\n]}\n`;
}

function names(file: PlacesFile): readonly string[] {
  return Array.from(file.places.latitudes, (_, row) => file.places.result(row).name);
}

test("a GeoNames row becomes a place", () => {
  const file = read(geoNames() + "\n");
  assertEquals([file.format, file.places.size, file.skipped, file.firstSkipped], [
    "geonames",
    1,
    0,
    undefined,
  ]);
  assertEquals(file.places.result(0), {
    name: "Los Angeles",
    placeId: "geonames:5368361",
    latitude: 34.05223,
    longitude: -118.24368,
    types: ["locality", "political"],
    vicinity: "United States",
  });
});

test("GeoNames feature codes become Google's types, by their class where the code says nothing", () => {
  const codes = [
    "S\tMUS",
    "S\tMSQE",
    "T\tMT",
    "P\tPPL",
    "S\tDF",
    "S\tCH",
    "S\tQQQQQ",
    "\t",
    "S\tMUSEUMS",
    "A\tADM1",
    "S\tMUS",
  ];
  const { places } = read(codes.map((code) => geoNames({ code })).join("\n"));
  assertEquals(codes.map((_, row) => places.result(row).types[0]), [
    ...["museum", "mosque", "natural_feature", "locality", "point_of_interest", "church"],
    ...[
      "point_of_interest",
      "point_of_interest",
      "point_of_interest",
      "administrative_area_level_1",
      "museum",
    ],
  ]);
});

test("a GeoNames country code is spelled out where there is one", () => {
  const codes = ["JP", "", "BR", "jp", "JP", "J", "BP", "FR"];
  const { places } = read(codes.map((country) => geoNames({ country })).join("\n"));
  assertEquals(codes.map((_, row) => places.result(row).vicinity), [
    "Japan",
    undefined,
    "Brazil",
    undefined,
    "Japan",
    undefined,
    "BP",
    "France",
  ]);
});

test("coordinates are the numbers that the text says, to the last bit", () => {
  const digit = fc.constantFrom(..."0123456789");
  const fraction = fc.string({ unit: digit, maxLength: 20, size: "max" }).map((digits) =>
    digits && `.${digits}`
  );
  const decimal = fc.tuple(fc.boolean(), fc.nat({ max: 89 }), fraction);
  fc.assert(
    fc.property(fc.array(decimal, { minLength: 1, maxLength: 50 }), (decimals) => {
      const texts = decimals.map(([negative, whole, fraction]) => (negative ? "-" : "") + whole + fraction);
      const lines = texts.map((text) => geoNames({ latitude: text, longitude: text }));
      const { places } = read(lines.join("\n"));
      assertEquals([...places.latitudes], texts.map(Number));
      assertEquals([...places.longitudes], texts.map(Number));
    }),
  );
});

test("GeoNames lines may end in LF or CRLF or not at all, follow a byte order mark, or be blank", () => {
  const [one, two] = [geoNames({ name: "東京" }), geoNames({ name: "São Paulo" })];
  for (const text of [`${one}\n${two}`, `\ufeff${one}\r\n${two}\r\n`, `\n\n${one}\n \t \n\r\n${two}\n\n`]) {
    const file = read(text);
    assertEquals([names(file), file.skipped], [["東京", "São Paulo"], 0]);
    assertEquals(file.places.result(0).placeId, "geonames:5368361");
  }
});

test("bad GeoNames rows are left out and counted, and the first is told of", () => {
  const bad: readonly (readonly [string, string])[] = [
    [geoNames({ latitude: "90.1" }), `the latitude "90.1" is not a number from -90 to 90`],
    [geoNames({ latitude: "" }), `the latitude "" is not a number from -90 to 90`],
    [geoNames({ latitude: "3.4e1" }), `the latitude "3.4e1" is not a number from -90 to 90`],
    [geoNames({ latitude: "1.2.3" }), `the latitude "1.2.3" is not a number from -90 to 90`],
    [geoNames({ longitude: "-180.5" }), `the longitude "-180.5" is not a number from -180 to 180`],
    [geoNames({ longitude: "." }), `the longitude "." is not a number from -180 to 180`],
    [geoNames({ id: "x1" }), `the geonameid "x1" is not a whole number`],
    [geoNames({ id: "4294967296" }), `the geonameid "4294967296" is not a whole number`],
    [geoNames({ name: "" }), "has no name"],
    [geoNames() + "\tmore", "has 20 tab-separated columns, where a GeoNames row has 19"],
    ["Los Angeles", "has 1 tab-separated column, where a GeoNames row has 19"],
  ];
  for (const [line, reason] of bad) {
    const file = read([geoNames(), "", line, geoNames(), "also\tbad"].join("\r\n"));
    assertEquals([file.places.size, file.skipped], [2, 2]);
    assertEquals(file.firstSkipped, { line: 3, reason });
  }
});

test("what a bad field holds is shown on one line, cut where it is long", () => {
  const { firstSkipped } = read([geoNames(), geoNames({ latitude: `\u0007${"9".repeat(5000)}` })].join("\n"));
  assertStringIncludes(firstSkipped?.reason ?? "", '"\\u0007999');
  assert((firstSkipped?.reason.length ?? Infinity) < 150);
});

test("thousands of GeoNames rows keep their order", () => {
  const lines = Array.from({ length: 5000 }, (_, row) => geoNames({ id: String(row), name: `place ${row}` }));
  const file = read(lines.join("\n"));
  assertEquals(names(file), lines.map((_, row) => `place ${row}`));
  assertEquals(file.places.result(4999).placeId, "geonames:4999");
});

test("an empty file is refused", () => {
  for (const text of ["", "\n\r\n \t\n", "\ufeff", "\ufeff\n"]) {
    const message = failure(text);
    assertStringIncludes(message, "my places.txt: the file is empty");
    assertStringIncludes(message, "GeoNames dump (19 tab-separated columns) or GeoJSON");
  }
});

test("a file of no format known is refused with its first line's fault", () => {
  const message = failure("\nname,lat,lng\nRoyce Hall,34.07,-118.44\n");
  assertStringIncludes(message, "my places.txt: line 2: has 1 tab-separated column, ");
  assertStringIncludes(message, "GeoNames dump (19 tab-separated columns) or GeoJSON");
  assertEquals(message.includes("\n"), false);
});

test("a zip archive, as GeoNames offers it, is told apart", () => {
  assertStringIncludes(failure("PK\u0003\u0004\u0014"), "my places.txt: this is a zip archive; unpack it");
  assertStringIncludes(failure("PK is Pakistan"), "my places.txt: line 1: has 1 tab-separated column");
});

test("GeoJSON Point features become places", () => {
  const text = collection(
    feature("Royce {Hall}", [-118.4422, 34.0729, 130], { vicinity: "Los Angeles" }),
    feature('say "]}" \\', [0, 0]),
  );
  for (
    const variant of [text, "\ufeff" + text, text.replaceAll("\n", "\r\n"), JSON.stringify(JSON.parse(text))]
  ) {
    const file = read(variant);
    assertEquals([file.format, file.places.size, file.skipped], ["geojson", 2, 0]);
    assertEquals(file.places.result(0), {
      name: "Royce {Hall}",
      placeId: "herd:1",
      latitude: 34.0729,
      longitude: -118.4422,
      types: ["point_of_interest", "establishment"],
      vicinity: "Los Angeles",
    });
    assertEquals([file.places.result(1).name, file.places.result(1).vicinity], ['say "]}" \\', undefined]);
  }
});

test("the features are found wherever they stand in the collection", () => {
  const list = `"features" : [ ${feature("here", [1, 2])} ]`;
  const before =
    '"crs": {"features": [{"a": "}"}], "n": [1, [2]]}, "bbox": [1, 2], "null": null, "x": "]", "t": true';
  for (
    const text of [`{${before}, ${list}}`, `{ ${list}, ${before}}`, `{"type":"FeatureCollection",${list}\n}`]
  ) {
    assertEquals(names(read(text)), ["here"]);
  }
});

test("a GeoJSON name is taken from name, title, NAME, or is unnamed", () => {
  const properties = [
    ...[{ name: "a", title: "b", NAME: "c" }, { title: "b", NAME: "c" }, { NAME: "c" }, {
      name: "",
      title: "b",
    }],
    ...[{ name: 7 }, {}, null, "none", [1]],
  ];
  const features = properties.map((value) =>
    JSON.stringify({ type: "Feature", properties: value, geometry: { type: "Point", coordinates: [1, 2] } })
  );
  assertEquals(names(read(collection(...features))), [
    ...["a", "b", "c", "b"],
    ...["unnamed", "unnamed", "unnamed", "unnamed", "unnamed"],
  ]);
});

test("what is no Point feature is left out and counted, and the first is told of", () => {
  const line = { type: "LineString", coordinates: [[0, 0], [1, 1]] };
  const bad: readonly (readonly [string, string])[] = [
    [JSON.stringify({ type: "Feature", geometry: line }), `the geometry is a "LineString", not a "Point"`],
    [JSON.stringify({ type: "Feature", geometry: null }), "the feature has no geometry"],
    [JSON.stringify(line), `is not a GeoJSON "Feature"`],
    [
      feature("x", [34.07, -118.44]),
      "the latitude -118.44 is not a number from -90 to 90 (longitude comes first)",
    ],
    [feature("x", ["1", 2]), `the longitude "1" is not a number from -180 to 180`],
    [feature("x", [1]), "the latitude undefined is not a number from -90 to 90 (longitude comes first)"],
    [feature("x", "1,2"), "the longitude undefined is not a number from -180 to 180"],
    [`{"type": "Feature", }`, "is not JSON"],
  ];
  for (const [text, reason] of bad) {
    const inCollection = read(collection(feature("a", [1, 2]), text, feature("b", [1, 2]), "{}"));
    assertEquals([names(inCollection), inCollection.skipped], [["a", "b"], 2]);
    assertEquals(inCollection.firstSkipped, { line: 5, reason });
    const inLines = read([feature("a", [1, 2]), "", text, feature("b", [1, 2]), "{}"].join("\n"));
    assertEquals([names(inLines), inLines.skipped, inLines.format], [["a", "b"], 2, "geojson"]);
    assertEquals(inLines.firstSkipped, { line: 3, reason });
  }
});

test("GeoJSON features may stand one a line, and a broken line harms no other", () => {
  const lines = [feature("a", [1, 2]), '{"type": "Feature", "proper', feature("b", [3, 4]), ""];
  const file = read(lines.join("\r\n"));
  assertEquals(names(file), ["a", "b"]);
  assertEquals(file.firstSkipped, { line: 2, reason: "is not JSON" });
  assertEquals([file.places.result(0).placeId, file.places.result(1).placeId], ["herd:1", "herd:3"]);
});

test("a single GeoJSON feature is read, also over several lines", () => {
  const pretty = JSON.stringify(JSON.parse(feature("alone", [1, 2])), null, 2);
  assertEquals(names(read(pretty)), ["alone"]);
  assertEquals(names(read(feature("alone", [1, 2]))), ["alone"]);
});

test("GeoJSON that is broken off or jumbled is refused with the line", () => {
  const text = collection(feature("a", [1, 2]), feature("b", [3, 4]));
  const cutWithin = text.slice(0, text.indexOf('"b"'));
  assertStringIncludes(failure(cutWithin), "my places.txt: line 5: the feature that begins here has no end");
  const cutBetween = text.slice(0, text.indexOf("\n]"));
  assertStringIncludes(failure(cutBetween), "the file ends within its list of features");
  const jumbled = collection(feature("a", [1, 2]), "null", feature("b", [3, 4]));
  assertStringIncludes(failure(jumbled), `my places.txt: line 5: expected a feature, "{", or the end`);
});

test("GeoJSON without a usable feature is refused with the first one's fault", () => {
  assertStringIncludes(failure(collection()), "my places.txt: no row of the file is a place; it should be");
  assertStringIncludes(
    failure("{}"),
    `my places.txt: line 1: is not a GeoJSON "Feature"; no row of the file`,
  );
  assertStringIncludes(failure("{\n"), "my places.txt: line 1: is not JSON; no row of the file is a place");
  assertStringIncludes(
    failure(collection(feature("a", [500, 2]))),
    "my places.txt: line 4: the longitude 500 is not a number from -180 to 180; no row of the file is a place",
  );
});

test("whatever the bytes are, reading ends in places or in a PlacesFileError", () => {
  const pieces = fc.array(
    fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      '"',
      "\\",
      ":",
      ",",
      '"features"',
      "\n",
      "\t",
      "1",
      " ",
      feature("a", [1, 2]),
    ),
    { maxLength: 40, size: "max" },
  );
  fc.assert(
    fc.property(fc.boolean(), pieces, (isJson, parts) => {
      try {
        assert(read((isJson ? "{" : "") + parts.join("")).places.size > 0);
      } catch (error) {
        if (!(error instanceof PlacesFileError)) throw error;
        assertStringIncludes(error.message, "my places.txt: ");
      }
    }),
    { numRuns: 2000 },
  );
});
