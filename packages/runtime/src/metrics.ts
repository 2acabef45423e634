import { collectDefaultMetrics, Registry } from "prom-client";

/** prom-client's instruments, so that one version of it serves the whole process. */
export { Counter, Gauge, Histogram } from "prom-client";

/** Counters, gauges and histograms are made with `new Counter({ registers: [registry], ... })` of prom-client. */
export type MetricsRegistry = Registry;

/**
 * A registry of its own, never prom-client's global one: two roles in one process, or two tests, must not share
 * counters.
 *
 * @param options.processMetrics also measure the process (CPU, memory, event loop delay)
 * @param options.role becomes the label `role` of every metric
 */
export function createMetrics(options: {
  readonly processMetrics: boolean;
  readonly role?: string;
}): MetricsRegistry {
  const registry = new Registry();
  if (options.role !== undefined) registry.setDefaultLabels({ role: options.role });
  if (options.processMetrics) collectDefaultMetrics({ register: registry });
  return registry;
}

/** The answer to `GET /metrics`: Prometheus text format and its content type. */
export async function renderMetrics(
  registry: MetricsRegistry,
): Promise<{ readonly contentType: string; readonly body: string }> {
  return { contentType: registry.contentType, body: await registry.metrics() };
}
