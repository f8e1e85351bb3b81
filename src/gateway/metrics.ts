/** `GET /metrics`: what the server has counted, for Prometheus. */
import { Counter, Gauge, type Metric, Registry } from "prom-client";
import type { DurationCounts } from "../server/durations.ts";
import { VERSION } from "../version.ts";
import type { Api } from "./api.ts";
import type { GatewayContext } from "./context.ts";
import { FAMILIES, type Family, type Scrape } from "./metric_families.ts";
import { askAll } from "./whole.ts";

export function addMetrics(api: Api, context: GatewayContext): void {
  const { runtime, server, place, placesName } = context;
  const { seconds, nanos } = runtime.clock.now();
  const startSeconds = seconds + nanos / 1e9;
  const build = { version: VERSION, runtime: runtime.name, server: place.name, places: placesName };
  api.add({
    method: "get",
    path: "/metrics",
    tag: "operators",
    summary: "What the server has counted, for Prometheus",
    access: "read",
    replies: { 200: { description: "In Prometheus' text format.", type: Registry.PROMETHEUS_CONTENT_TYPE } },
  }, async () => {
    const whole = await askAll(context);
    const text = await renderMetrics({
      whole,
      neighbors: server.herd.neighbors,
      clients: server.registry.size,
      changes: server.registry.seq,
      http: api.counts.all,
      startSeconds,
      build,
    });
    return new Response(text, { headers: { "content-type": Registry.PROMETHEUS_CONTENT_TYPE } });
  });
}

/** In Prometheus' text format. */
async function renderMetrics(scrape: Scrape): Promise<string> {
  // The server counts by itself, so each time a registry is filled and thrown away.
  const registry = new Registry();
  for (const family of FAMILIES) fill(registry, family, scrape);
  return await registry.metrics();
}

function fill(registry: Registry, family: Family, scrape: Scrape): void {
  const { name, help } = family;
  if (family.kind === "histogram") {
    const durations = family.durations(scrape);
    if (durations !== undefined) {
      registry.registerMetric(histogram(name, help, family.boundsSeconds, durations));
    }
    return;
  }
  const samples = family.samples(scrape);
  const [first] = samples;
  if (first === undefined) return;
  const options = { name, help, labelNames: Object.keys(first[0]), registers: [registry] };
  if (family.kind === "counter") {
    const counter = new Counter(options);
    for (const [labels, value] of samples) counter.inc(labels, value);
  } else {
    const gauge = new Gauge(options);
    for (const [labels, value] of samples) gauge.set(labels, value);
  }
}

/** prom-client's own takes observations one by one; these are counted already. */
function histogram(name: string, help: string, bounds: readonly number[], durations: DurationCounts): Metric {
  let count = 0;
  const values: { metricName: string; labels: Record<string, string | number>; value: number }[] = [];
  durations.buckets.forEach((bucket, i) => {
    count += bucket;
    values.push({ metricName: `${name}_bucket`, labels: { le: bounds[i] ?? "+Inf" }, value: count });
  });
  values.push({ metricName: `${name}_sum`, labels: {}, value: durations.sumSeconds });
  values.push({ metricName: `${name}_count`, labels: {}, value: count });
  // All that a registry wants of a metric.
  const metric = { name, get: () => Promise.resolve({ name, help, type: "histogram", values }) };
  return metric as unknown as Metric;
}
