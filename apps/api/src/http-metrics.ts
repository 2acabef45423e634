import { Counter, Histogram, type MetricsRegistry } from "@waxwing/runtime";
import type { FastifyInstance } from "fastify";

/** Counts and times the requests of `app`. Labels hold the route's pattern, never the URL: their number must stay bounded. */
export function measureRequests(app: FastifyInstance, metrics: MetricsRegistry): void {
  const requests = new Counter({
    name: "waxwing_http_requests_total",
    help: "HTTP requests answered",
    labelNames: ["method", "route", "status"],
    registers: [metrics],
  });
  const durations = new Histogram({
    name: "waxwing_http_request_duration_seconds",
    help: "Time from the request's headers to the end of its answer",
    labelNames: ["method", "route"],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers: [metrics],
  });
  app.addHook("onResponse", (request, reply, done) => {
    const { method } = request;
    const route = request.routeOptions.url ?? "(none)";
    requests.inc({ method, route, status: reply.statusCode });
    durations.observe({ method, route }, reply.elapsedTime / 1_000);
    done();
  });
}
