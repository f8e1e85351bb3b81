/** The newest report of a client, as programs and people want to see it. */
import * as v from "valibot";
import { viewAtLine } from "../registry/report_order.ts";
import { toText } from "../wire/bytes.ts";

export const clientReportSchema = v.strictObject({
  id: v.pipe(v.string(), v.description("The client's ID. Bytes that are not UTF-8 show as U+FFFD.")),
  latitude: v.pipe(v.number(), v.description("Decimal degrees, -90 to 90.")),
  longitude: v.pipe(v.number(), v.description("Decimal degrees, -180 to 180.")),
  time: v.pipe(v.string(), v.description("The client's time: POSIX seconds, as it wrote them.")),
  origin: v.pipe(v.string(), v.description("The server that the client told.")),
  skew: v.pipe(
    v.string(),
    v.description("That server's clock at arrival minus the client's time, in seconds."),
  ),
  at: v.pipe(v.string(), v.description("The AT line, as every server of the herd has it.")),
});

export type ClientReport = v.InferOutput<typeof clientReportSchema>;

/** Reads the AT line `bytes[start, end)`, which is known to be one. */
export function readReport(bytes: Uint8Array, start = 0, end = bytes.length): ClientReport {
  const line = viewAtLine(bytes, start, end);
  const position = toText(bytes, line.positionStart, line.positionEnd);
  const middle = Math.max(position.lastIndexOf("+"), position.lastIndexOf("-"));
  return {
    id: toText(bytes, line.idStart, line.idEnd),
    latitude: Number(position.slice(0, middle)),
    longitude: Number(position.slice(middle)),
    time: toText(bytes, line.positionEnd + 1, end),
    origin: toText(bytes, start + 3, line.originEnd),
    skew: toText(bytes, line.skewStart, line.skewEnd),
    at: toText(bytes, start, end),
  };
}
