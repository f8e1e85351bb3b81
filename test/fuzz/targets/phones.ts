/** A request of a phone's app: whatever it says, it is answered, and what is told is what a plain reading of it says. */
import { textOf } from "../../binary.ts";
import { Door } from "../../gateway/phones/door.ts";
import { readAtLine } from "../grammar.ts";
import { mustEqual, type Target } from "../target.ts";

const STATUSES = [200, 400, 404, 405, 413];
const WORDS = [
  "GET /osmand?id=bike&lat=52.5&lon=13.4&timestamp=1600000000",
  "GET /?deviceid=a b&location=1,2&timestamp=2014-06-04+09%3A10%3A11",
  "GET /gpslogger?lat=1.0E-4&lon=-19.1&time=2016-03-05T19:24:29.949Z&id=SRS11",
  "GET /gpslogger?lat=1&lon=2&timeoffset=2016-03-05T21:24:29.949%2B02:00&aid=22ab",
  "GET /gpslogger?latitude=1&long=2&time=1600000000&id=x",
  "POST /\nid=1&notificationToken=a",
  "GET /osmand/?id=1&location=+.5,+-1,3&timestamp=+1600000000",
  "POST /\nid=1&lat=1&lon=2&timestamp=1600000000123&batt=5",
  'POST /osmand\n{"location":{"timestamp":"2021-07-21T08:06:34.444Z","coords":{"latitude":1.5,"longitude":-2.5}},"device_id":"7"}',
  'POST /overland?device_id=x\n{"locations":[{"type":"Feature","geometry":{"type":"Point","coordinates":[2,1]},"properties":{"timestamp":"2015-10-01T08:00:00-0700","device_id":""}}],"current":null}',
  'POST /owntracks?u=jane&d=phone\n{"_type":"location","lat":48.8,"lon":2.2,"tst":1497476456,"tid":"JJ","topic":"owntracks/a/b"}',
  'POST /owntracks\n{"_type":"lwt","tst":1}',
  "POST /gpslogger\nlat=1&lon=2&timestamp=1600000000&id=%00",
  "&lat=",
  "&longitude=",
  "&timestamp=",
  "NaN",
  "1e999",
  "-0",
  "90.0000000001",
  "%",
  "%2F",
  "%0A",
  "[]",
  "{}",
  '"\\ud800"',
  "null",
];

/** The texts of the query, as a phone that asks by them alone means them. */
function fieldsOf(url: URL): ReadonlyMap<string, string> {
  return new Map(url.searchParams);
}

export const phones: Target = {
  name: "phones",
  words: WORDS,
  maxBytes: 1_024,
  async run(input) {
    const [first = "", ...rest] = textOf(input).split("\n");
    const [, method = "GET", target = ""] = /^(GET|POST) (.*)$/.exec(first) ?? ["", "GET", first];
    const path = `/${target.replace(/^\/+/, "")}`;
    const url = new URL(`http://herd.example${path}`);
    const door = await Door.open();
    const body = Uint8Array.from(rest.join("\n"), (char) => char.charCodeAt(0));
    const { status } = await door.ask(method, path, method === "POST" ? { body } : {});
    const faults = door.fake.log.of("error");
    if (faults.length > 0) throw new Error(faults.join("; "));
    if (!STATUSES.includes(status)) throw new Error(`status ${status}`);
    const lines = [...door.fake.server.registry.lines()].map((line) => textOf(line));
    for (const line of lines) {
      if (readAtLine(line) === undefined) throw new Error(`${JSON.stringify(line)} is in the registry`);
    }
    if (status !== 200) mustEqual(lines, [], "what is known though it was refused");
    const fields = fieldsOf(url);
    const latitude = fields.get("lat") || fields.get("latitude");
    const longitude = fields.get("lon") || fields.get("long") || fields.get("longitude");
    const at = lines[0] === undefined ? undefined : readAtLine(lines[0]);
    if (method === "GET" && at !== undefined && !fields.has("location")) {
      const [, lat, lon] = /^([+-][\d.]+)([+-][\d.]+)$/.exec(at.position) ?? [];
      mustEqual(Math.abs(Number(lat) - Number(latitude)) < 1e-8, true, `${lat} of ${latitude}`);
      mustEqual(Math.abs(Number(lon) - Number(longitude)) < 1e-8, true, `${lon} of ${longitude}`);
    }
    return `${method} ${
      url.pathname.slice(0, 5)
    } ${status} ${lines.length} ${url.searchParams.size} ${rest.length}`;
  },
};
